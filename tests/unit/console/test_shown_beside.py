"""A run that the console shows, and a terminal beside it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import skimage
from PIL import Image

from overt.bootstrap import Ready, prepare_watch
from overt.console.runs import Beside, Run, Runs, WatchedAlready, _Watcher
from overt.domain.errors import BadFootage
from overt.domain.figures import RunFigures
from overt.settings import Settings
from tests.installations import in_memory
from tests.integration.deployments import write_deployment
from tests.unit.services.runs import MATCH, Person, kept, prepared
from tests.unit.video.clips import numbered, write_clip


class Terminal(Person):
    """Somebody who is told the figures, too."""

    def __init__(self, *faults: int) -> None:
        super().__init__(*faults)
        self.last: list[RunFigures] = []

    def figures(self, figures: RunFigures) -> None:
        self.last.append(figures)


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Ready]:
    people = tmp_path / "people"
    people.mkdir()
    Image.fromarray(skimage.data.astronaut()).save(people / "eileen.png")
    clip = write_clip(tmp_path / "clip.mp4", numbered(10))
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people)
    settings = Settings(home=tmp_path / "home", runtime="onnxruntime")
    how: dict[str, Any] = {"rehearsal": True, "fast": True, "once": True, "passphrase": str}
    with ExitStack() as opened:
        yield opened.enter_context(prepare_watch(file, settings, **how))


def runs_of(ready: Ready) -> Runs:
    return Runs(ready.keeping.installation, Settings())


def test_both_are_told_of_the_same_run(ready: Ready) -> None:
    runs, terminal = runs_of(ready), Terminal()
    beside: Beside = terminal
    run = runs.add(ready)
    assert runs.going_on() == [run]
    with pytest.raises(WatchedAlready):
        runs.add(ready)
    runs.watch(run, ready, beside)
    assert runs.going_on() == []
    assert (run.over, run.why) == (True, "")
    (figures,) = terminal.last
    assert figures.counts.frames > 0
    assert terminal.healths
    assert run.healths[0] == terminal.healths[-1]


def test_why_it_ended_is_kept_and_told_to_whoever_watches(ready: Ready, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes((tmp_path / "clip.mp4").read_bytes() + b"more")
    runs = runs_of(ready)
    run = runs.add(ready)
    with pytest.raises(BadFootage, match="changed while it was played"):
        runs.watch(run, ready)
    assert "changed while it was played" in run.why
    in_a_thread = runs.run(ready)
    assert in_a_thread.thread is not None
    in_a_thread.thread.join(60)
    assert in_a_thread.over
    assert in_a_thread.why == run.why


def test_an_alert_that_the_terminal_could_not_show_comes_again_and_counts_once() -> None:
    installation, terminal = in_memory(), Terminal(errno.ENOSPC)
    run = Run(deployment="d", name="High Street", cameras=("north", "south"), closes_us=0, began_us=0)
    watcher = _Watcher(run, installation, terminal)
    desk = kept(installation, prepared(), watcher)
    desk.raise_alert(MATCH)
    assert not desk.deliver()
    assert (run.alerts, terminal.taken) == (0, [])
    assert desk.deliver()
    assert (run.alerts, len(terminal.taken)) == (1, 1)


def test_troubles_are_kept_for_the_page_and_told_at_once() -> None:
    run = Run(deployment="d", name="High Street", cameras=("north",), closes_us=0, began_us=0)
    terminal = Terminal()
    for watcher in (_Watcher(run, in_memory(), terminal), _Watcher(run, in_memory(), None)):
        watcher.trouble("north", "The camera does not answer.")
        watcher.trouble("north", "")
    assert [one.says for one in run.troubles] == ["The camera does not answer.", "The picture is back."] * 2
    assert terminal.told == [("north", "The camera does not answer."), ("north", "")]
