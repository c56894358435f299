"""`overt demo` as people start it: terminal and console show one run, and all of it ends together."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import skimage
from PIL import Image

from overt.bootstrap import prepare_demo
from overt.console.runs import Runs
from overt.domain.decision import Followed, Means, Result, Verdict
from overt.domain.roles import Action
from overt.services import adjudicate
from overt.services.at_alerts import alerts, allowed
from overt.services.demo_stage import PASSWORD, PLAYERS
from overt.services.figures import figures_of
from overt.services.outcomes import conclude
from overt.services.sessions import sign_in
from overt.settings import Settings
from tests.browser.served import Served, demonstrated
from tests.integration.deployments import OVERT
from tests.needs import sample_footage
from tests.unit.video.clips import numbered, write_clip

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    """A clip in which nobody passes, and somebody for the list."""
    folder = tmp_path / "footage"
    folder.mkdir()
    write_clip(folder / "street.mp4", numbered(20))
    Image.fromarray(skimage.data.astronaut()).save(folder / "eileen.png")
    return folder


@pytest.fixture
def running(tmp_path: Path, footage: Path) -> Iterator[Served]:
    with demonstrated(tmp_path, footage) as found:
        yield found


def answered(console: Served, path: str, cookie: str = "", **form: str) -> str:
    """The page that comes; its address and cookie in the first line."""
    address = console.address.rstrip("/")
    request = Request(address + path, data=urlencode(form).encode() if form else None)
    request.add_header("Origin", address)
    request.add_header("Cookie", cookie)
    with urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


def test_terminal_and_console_show_the_same_run_and_end_with_the_figures(running: Served, tmp_path: Path) -> None:
    told = running.said.read_text("utf-8")
    assert f"Decide about prompts in the console: {running.address}" in told
    page = answered(running, "/sign-in")
    for one in PLAYERS:
        assert f"Sign in as {one.name}" in page
    assert PASSWORD in page
    home = tmp_path / "demo-home"
    assert [path.name for path in home.iterdir()] == ["cache"]
    assert running.interrupted() == 0
    assert "frames decoded" in (tmp_path / "printed.txt").read_text("utf-8")
    assert "Traceback" not in running.said.read_text("utf-8")
    assert list((home / "cache").iterdir()) == []


@pytest.mark.long
def test_it_takes_another_port_where_one_is_in_use(tmp_path: Path, footage: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with demonstrated(tmp_path, footage, "--once", port=port) as console:
            assert f":{port}/" not in console.address
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", console.address)
            assert console.process.wait(60) == 0  # with the footage


@pytest.mark.long
@pytest.mark.parametrize("option", ["--no-console", "--json"])
def test_in_a_terminal_alone_nobody_is_there_to_decide(tmp_path: Path, footage: Path, option: str) -> None:
    done = subprocess.run(
        [*OVERT, "demo", "--once", option, "--footage", str(footage)],
        env={**os.environ, "OVERT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "http" not in done.stderr
    assert "Threshold" in done.stderr  # nobody decides first
    if option == "--json":
        assert json.loads(done.stdout)["rehearsal"] is True


def test_a_prompt_of_the_sample_footage_is_decided_by_its_people(tmp_path: Path) -> None:
    """Who is on the list passes; the operator sees both faces and decides, the officer says what came of it."""
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("single_face.jpg", "single_face.mp4"):
        shutil.copy(sample_footage() / name, clips)
    settings = Settings(home=tmp_path / "home")
    with prepare_demo(settings, clips, once=False, pictures=True, announce=print, progress=_nothing) as ready:
        installation = ready.keeping.installation
        runs = Runs(installation, ready.settings)
        run = runs.run(ready)
        operator, officer = (
            sign_in(installation, name, PASSWORD, new_password=str).account
            for name in ("operator", "engagement officer")
        )
        until_s = time.monotonic() + 60
        while not (found := alerts(installation, operator)):
            assert time.monotonic() < until_s, run.troubles
            time.sleep(0.1)
        alert = found[0].row.id
        policy = allowed(installation, operator, Action.ALERT_SEE, alert)
        seen = adjudicate.show(installation, alert, account=operator.id)
        assert 1 <= len(seen.pictures) <= 3
        for jpeg in (seen.listed, *(one.jpeg for one in seen.pictures)):
            assert jpeg is not None
            assert min(Image.open(io.BytesIO(jpeg)).size) > 60
        time.sleep(policy.rules.look_at_least_s)
        adjudicate.decide(
            installation,
            alert,
            Verdict.WORTH_A_LOOK,
            words="the same face",
            account=operator.id,
            rules=policy.rules,
            retention=policy.retention(),
        )
        conclude(
            installation,
            alert,
            means=Means.DOCUMENT,
            result=Result.RIGHT,
            held_min=1,
            followed=Followed.NOTHING,
            served_aim=True,
            account=officer.id,
            rules=allowed(installation, officer, Action.ALERT_CONCLUDE, alert).rules,
        )
        runs.end_all()
        assert (run.over, run.why) == (True, "")
        (figures,) = figures_of(installation)
        assert (figures.name, figures.tally.listed.right, figures.tally.entries) == ("Demonstration", 1, 1)
    assert not list((settings.home / "cache").iterdir())


def _nothing(_: int, __: int) -> None:
    """Nobody looks on."""
