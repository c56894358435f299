"""`overt rehearse`: what it makes, what it says, and what it refuses before the long work."""

from __future__ import annotations

from pathlib import Path

import pytest
import skimage
import typer
from PIL import Image

from overt.cli import rehearse as command
from overt.cli.errors import ending
from overt.cli.rehearse import left_out, sentences
from overt.evaluation.rehearse_cast import Cast, LeftOut
from overt.evaluation.rehearse_truth import Header, TruePassage, Truth, read_truth, truth_path

SMALL = ("--seconds", "2", "--passages", "2", "--size", "320x240", "--fps", "8")


def overt(*arguments: str | Path) -> int:
    app = typer.Typer()
    app.callback()(lambda: None)
    command.add_to(app)
    try:
        return ending(lambda: app(["rehearse", *map(str, arguments)]))
    except SystemExit as end:
        return int(end.code or 0)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    folder = tmp_path / "people"
    folder.mkdir()
    Image.fromarray(skimage.data.astronaut()).save(folder / "ann.png")
    Image.new("RGB", (90, 90), "grey").save(folder / "wall.png")
    return folder


@pytest.mark.long
def test_it_makes_a_clip_and_its_truth_and_says_so(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "street.mp4"
    assert overt(people, "--out", out, *SMALL, "--light", "dusk") == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "Left out: wall.png: no face was found." in said.err
    assert "2 passages of 1 people in 2 seconds" in said.err
    assert "This is simulated. Do not add its figures to those of deployments or trials." in said.err
    assert read_truth(truth_path(out)).header.light == "dusk"
    before = out.read_bytes()
    assert overt(people, "--out", out, *SMALL) == 2
    assert "is there already" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert overt(people, "--out", out, *SMALL, "--replace", "--background", people / "wall.png") == 0
    assert read_truth(truth_path(out)).header.background != "drawn"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none", "--out", "a.mp4"), "is not a folder"),
        (("people", "--out", "a.avi"), "does not end with .mp4"),
        (("people", "--out", "none/a.mp4"), "does not exist"),
        (("people", "--out", "a.mp4", "--size", "large"), "WIDTHxHEIGHT"),
        (("people", "--out", "a.mp4", "--size", "321x240"), "321 x 240"),
        (("people", "--out", "a.mp4", "--seconds", "0"), "seconds"),
        (("people", "--out", "a.mp4", "--passages", "1000"), "1,000 passages"),
        (("people", "--out", "a.mp4", "--background", "none.png"), "does not exist"),
        (("people", "--out", "a.mp4", "--background", "people/ann.png"), "shows 1 face"),
        (("people", "--out", "a.mp4", "--light", "noon"), "noon"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(
    people: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert overt(*arguments) == 2
    assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["people"]


def test_of_many_pictures_left_out_ten_are_named() -> None:
    pictures = tuple(LeftOut(picture=f"{number}.png", reason="no face was found") for number in range(12))
    told = left_out(Cast(roles=(), people=(), left_out=pictures))
    assert len(told) == 11
    assert told[0] == "Left out: 0.png: no face was found."
    assert told[-1] == "Left out, too: 2 further pictures."


def test_people_who_are_there_twice_at_once_are_told() -> None:
    header = Header(
        seed=1,
        light="day",
        density="dense",
        width=320,
        height=240,
        fps=10,
        frames=20,
        passages=2,
        people=1,
        pictures="00",
        background="drawn",
        overt="1",
    )
    passages = tuple(
        TruePassage(
            passage=number,
            person="ann",
            picture="ann.png",
            first_frame=0,
            last_frame=19,
            first_usable_frame=None,
            last_usable_frame=None,
            usable_frames=0,
            largest_face_px=0.0,
        )
        for number in (1, 2)
    )
    told = sentences(Truth(header=header, passages=passages, frames=((),) * 20), Path("a.mp4"))
    assert told[0].startswith("2 passages of 1 people in 2 seconds; 0 of them")
    assert "twice at once" in told[1]
    assert "a.truth.jsonl" in told[2]
