"""`overt demo` as people start it: terminal and console show one run, and all of it ends together."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import skimage
from PIL import Image

from overt.services.demo_stage import PASSWORD, PLAYERS
from tests.browser.served import Served, demonstrated
from tests.integration.deployments import OVERT
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


def test_it_takes_another_port_where_one_is_in_use(tmp_path: Path, footage: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with demonstrated(tmp_path, footage, "--once", port=port) as console:
            assert f":{port}/" not in console.address
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", console.address)
            assert console.process.wait(60) == 0  # with the footage


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
