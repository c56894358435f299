"""`overt demo` on the command line: its options, and what happens when its run is ended in the console."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import skimage
from PIL import Image
from typer.testing import CliRunner

from overt.bootstrap import prepare_demo
from overt.cli.demo import _with_console
from overt.cli.main import build
from overt.cli.screen import Terminal
from overt.cli.watch import Ending
from overt.console.runs import Runs
from overt.settings import Settings
from tests.unit.video.clips import numbered, write_clip


def test_help_names_every_option() -> None:
    said = CliRunner().invoke(build(), ["demo", "--help"]).output
    for option in ("--once", "--footage", "--no-console", "--port", "--json"):
        assert option in said


def test_a_run_that_is_ended_in_the_console_leaves_the_console_until_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made: list[Runs] = []

    class Known(Runs):
        """The real ones, which the test can end as a page does."""

        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            made.append(self)

    footage, ending, answers, told = tmp_path / "footage", Ending(), [], []
    ending.prepared = True
    footage.mkdir()
    write_clip(footage / "street.mp4", numbered(20))
    Image.fromarray(skimage.data.astronaut()).save(footage / "eileen.png")

    def somebody_at_the_console() -> None:
        said, until_s = "", time.monotonic() + 60
        while "http" not in said and time.monotonic() < until_s:
            said += capfd.readouterr().err
            time.sleep(0.05)
        address = said[said.index("http") :].split()[0]
        (run,) = made[0].going_on()
        assert made[0].end(run.deployment)
        while not run.over and time.monotonic() < until_s:
            time.sleep(0.05)
        with urlopen(f"{address}healthz", timeout=10) as answer:
            answers.append(answer.read())
        while "until you press Ctrl-C" not in said and time.monotonic() < until_s:
            said += capfd.readouterr().err
            time.sleep(0.05)
        told.append(said)
        ending._ask(signal.SIGINT, None)

    monkeypatch.setattr("overt.console.runs.Runs", Known)
    settings = Settings(home=tmp_path / "home", runtime="onnxruntime")
    with prepare_demo(
        settings, footage, once=False, pictures=True, announce=lambda _: None, progress=lambda *_: None
    ) as ready:
        somebody = threading.Thread(target=somebody_at_the_console)
        somebody.start()
        _with_console(ready, Terminal(rehearsal=True), ending, port=0, once=False)
        somebody.join(60)
    assert answers == [b"ok\n"]
    assert ending.stop.is_set()
    assert "It was ended in the console, which stays until you press Ctrl-C." in told[0]
