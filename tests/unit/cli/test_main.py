"""The command line: help, version, exit codes, refusals, and `overt list check`."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import skimage
from PIL import Image
from rich.console import Console

from overt import __version__
from overt.cli.errors import ending, explain
from overt.cli.lists import as_record, show, summary
from overt.cli.main import build
from overt.domain.errors import BadWatchList, PartMissing, Refused
from overt.services.lists import check_list
from overt.testing.toy_reader import ToyFace, ToyReader, paint

OVERT = [sys.executable, "-c", "from overt.cli.main import run; run()"]


def overt(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OVERT, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "80", **variables},
    )


def put(path: Path, *faces: ToyFace) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(paint(*faces)[:, :, ::-1]).save(path)


def shown(folder: Path) -> str:
    out = io.StringIO()
    show(check_list(folder, ToyReader(), look_alike_threshold=0.45), Console(file=out, width=80, highlight=False))
    return out.getvalue()


@pytest.fixture
def astronaut(tmp_path: Path) -> Path:
    """A folder with one good portrait."""
    folder = tmp_path / "people"
    folder.mkdir()
    Image.fromarray(skimage.data.astronaut()).save(folder / "astronaut.png")
    return folder


def test_the_version_is_told() -> None:
    done = overt("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"overt {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--help"], ["list", "watch", "--version"]),
        (["list", "--help"], ["check"]),
        (["list", "check", "--help"], ["FOLDER", "--json", "--look-alike"]),
    ],
)
def test_help_names_what_there_is(arguments: list[str], says: list[str]) -> None:
    done = overt(*arguments)
    assert done.returncode == 0
    for word in says:
        assert word in done.stdout


def test_help_imports_nothing_heavy_and_so_is_quick() -> None:
    listing = "import sys; from overt.cli.main import build; build(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, timeout=60, check=True)
    heavy = {"numpy", "cv2", "av", "openvino", "onnxruntime", "onnx", "scipy", "pydantic", "PIL"}
    assert not heavy & set(loaded.stdout.split())


@pytest.mark.parametrize("arguments", [["wach"], ["list", "check"], ["list", "check", "x", "--look-alike", "2"]])
def test_a_wrong_command_ends_with_2(arguments: list[str]) -> None:
    done = overt(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("error", "code"), [(Refused, 2), (BadWatchList, 2), (PartMissing, 3)])
def test_a_refusal_says_what_happened_and_what_to_do(
    error: type[Refused], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        raise error("The list is empty.", "Put pictures into it.")

    assert ending(command) == code
    assert capsys.readouterr().err == "The list is empty.\nPut pictures into it.\n"


def test_a_refusal_without_advice_is_one_line() -> None:
    out = io.StringIO()
    explain(Refused("No."), out)
    assert out.getvalue() == "No.\n"


def test_an_interrupted_command_ends_with_130() -> None:
    def command() -> None:
        raise KeyboardInterrupt

    assert ending(command) == 130


def test_an_error_of_our_own_is_not_hidden() -> None:
    def command() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ending(command)


def test_an_application_can_be_built_twice() -> None:
    assert build() is not build()


@pytest.mark.long
def test_a_good_list_ends_with_0_and_a_sentence(astronaut: Path) -> None:
    done = overt("list", "check", astronaut)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].split() == ["astronaut.png", "astronaut", "usable"]
    assert done.stdout.splitlines()[-1] == "1 of 1 picture can be used, for 1 of 1 entry."
    assert "\x1b" not in done.stdout


@pytest.mark.long
def test_a_finding_ends_with_1_and_json_prints_nothing_else(astronaut: Path) -> None:
    (astronaut / "notes.txt").write_text("words")
    put(astronaut / "wall.png")
    done = overt("list", "check", astronaut, "--json")
    assert done.returncode == 1
    record = json.loads(done.stdout)
    assert [(one["picture"], one["verdict"]) for one in record["pictures"]] == [
        ("astronaut.png", "usable"),
        ("notes.txt", "refused"),
        ("wall.png", "refused"),
    ]
    assert record["pictures"][2]["reasons"] == ["no face was found"]
    assert record["counts"]["usable"] == 1


@pytest.mark.parametrize("name", ["absent", "file", "empty"])
@pytest.mark.long
def test_a_folder_that_is_no_list_ends_with_2_and_no_traceback(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    done = overt("list", "check", tmp_path / name)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_a_wrong_setting_ends_with_2(astronaut: Path) -> None:
    done = overt("list", "check", astronaut, OVERT_RUNTIME="abacus")
    assert done.returncode == 2
    assert done.stderr.startswith("OVERT_RUNTIME is 'abacus', which is not allowed.")


@pytest.mark.long
def test_checking_a_list_writes_nothing(astronaut: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    home = tmp_path / "home"
    assert overt("list", "check", astronaut, OVERT_HOME=str(home), HOME=str(tmp_path)).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
@pytest.mark.long
def test_ctrl_c_ends_a_check_with_130(astronaut: Path) -> None:
    for number in range(3000):  # longer than anybody waits here
        (astronaut / f"p{number}.png").hardlink_to(astronaut / "astronaut.png")
    started = subprocess.Popen(
        [*OVERT, "list", "check", str(astronaut)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(2.5)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=30)
    assert started.returncode == 130
    assert b"Traceback" not in err
    assert out == b""


def test_the_table_puts_findings_first_and_stays_within_80_columns(tmp_path: Path) -> None:
    put(tmp_path / "ann.png", ToyFace(person=1))
    put(tmp_path / "bob" / ("a-very-long-name-" * 4 + ".png"), ToyFace(person=2, quirk="blurred", width=20))
    put(tmp_path / "cat.png", ToyFace(person=3, likeness=128))
    put(tmp_path / "dan.png", ToyFace(person=4, likeness=128))
    said = shown(tmp_path)
    assert max(map(len, said.splitlines())) <= 80
    assert re.findall(r"refused|looks alike|usable", said)[:4] == ["refused", "looks alike", "looks alike", "usable"]
    assert "cat (cat.png) and dan (dan.png) look alike to the machine: score 0.50." in said
    flat = " ".join(said.split())
    assert "3 of 4 pictures can be used, for 3 of 4 entries." in flat
    assert "1 pair of entries looks alike" in flat
    assert "An entry without a usable picture cannot be found." in flat


def test_names_are_shown_as_they_are_and_never_as_markup(tmp_path: Path) -> None:
    put(tmp_path / "[red]ann.png", ToyFace(person=1))
    assert "[red]ann.png" in shown(tmp_path)


def test_several_pairs_of_look_alikes_are_counted(tmp_path: Path) -> None:
    for person in range(3):
        put(tmp_path / f"p{person}.png", ToyFace(person=person, likeness=200))
    report = check_list(tmp_path, ToyReader())
    assert "3 pairs of entries look alike" in summary(report)
    assert as_record(report)["look_alikes"][0]["entries"] == ["p0", "p1"]
