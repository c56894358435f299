"""Who takes part: names, turns, what is left out and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from overt.domain.errors import Refused
from overt.domain.face import Quality
from overt.evaluation.rehearse_cast import Cast, cast_of, people_in
from overt.faces.recogniser import Portrait

FACE = np.array([30, 30, 80, 90], np.float32)
POINTS = np.array([[44, 52], [66, 52], [55, 64], [46, 76], [64, 76]], np.float32)
FIT = Quality(
    width_px=50,
    eyes_px=22,
    sharpness=1,
    light=100,
    burnt=0,
    contrast=30,
    yaw=0,
    pitch=0,
    roll=0,
    score=0.9,
    overall=0.9,
)


class Red:
    """Finds one face in a picture that is red at its corner, a small one where it is green, else none."""

    def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]:
        blue, green, red = (int(level) for level in picture[0, 0])
        if max(green, red) < 100 or blue > 100:
            return []
        box = FACE if red > green else np.array([30, 30, 60, 70], np.float32)
        return [Portrait(box=box, landmarks=POINTS, quality=FIT, template=np.zeros(4, np.float32))]


def picture(path: Path, colour: str = "red") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (110, 130), colour).save(path)
    return path


def cast(folder: Path, *, passages: int = 10, seed: int = 1, most_people: int | None = None) -> Cast:
    return cast_of(
        folder,
        people_in(folder),
        Red(),
        lambda done, total: None,
        passages=passages,
        most_people=most_people,
        seed=seed,
    )


def test_a_file_is_a_person_and_so_is_a_folder(tmp_path: Path) -> None:
    for name in ("bob.png", "ann/2.png", "ann/1.png", ".hidden.png", "ann/.thumb.png"):
        picture(tmp_path / name)
    (tmp_path / "entries.csv").write_text("reference\n")
    (tmp_path / "empty").mkdir()
    found = {person: [path.name for path in paths] for person, paths in people_in(tmp_path).items()}
    assert found == {"ann": ["1.png", "2.png"], "bob": ["bob.png"]}
    held = {person: [path.name for path in paths] for person, paths in people_in(tmp_path, hold_back=True).items()}
    assert held == {"ann": ["2.png"], "bob": ["bob.png"]}


def test_no_folder_a_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is not a folder"):
        people_in(tmp_path / "none")
    with pytest.raises(Refused, match="is not a folder"):
        people_in(picture(tmp_path / "a.png"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match="holds no picture"):
        people_in(tmp_path / "empty")


def test_what_cannot_be_used_is_named_with_its_reason(tmp_path: Path) -> None:
    picture(tmp_path / "ann" / "1.png", "black")
    picture(tmp_path / "ann" / "2.png")
    picture(tmp_path / "far.png", "green")
    (tmp_path / "torn.png").write_bytes(b"no picture")
    (tmp_path / "none.png").write_bytes(b"")
    found = cast(tmp_path)
    assert [(role.person, role.picture) for role in found.roles] == [("ann", "ann/2.png")]
    assert found.people == ((0,),)
    reasons = {one.picture: one.reason for one in found.left_out}
    assert reasons["ann/1.png"] == "no face was found"
    assert reasons["far.png"] == "its face is 30 pixels wide, fewer than 32"
    assert reasons["torn.png"].startswith("it is not a picture")
    assert reasons["none.png"] == "it is empty"


def test_a_folder_without_any_face_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", "black")
    with pytest.raises(Refused, match=r"None of the 1 pictures.*a\.png: no face was found"):
        cast(tmp_path)


def test_no_more_is_read_than_the_passages_need(tmp_path: Path) -> None:
    for person in "abcdef":
        for number in range(4):
            picture(tmp_path / person / f"{number}.png")
    told: list[tuple[int, int]] = []
    found = cast_of(
        tmp_path, people_in(tmp_path), Red(), lambda *at: told.append(at), passages=3, most_people=None, seed=2
    )
    assert [len(own) for own in found.people] == [1, 1, 1]
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    few = cast(tmp_path, passages=6, most_people=2)
    assert [len(own) for own in few.people] == [3, 3]
    assert [len(own) for own in cast(tmp_path, passages=50).people] == [4] * 6


def test_the_seed_draws_the_people_and_the_digest_knows_their_pictures(tmp_path: Path) -> None:
    for number in range(12):
        picture(tmp_path / f"p{number}.png", f"#f{number:x}0000")
    one, again, other = (cast(tmp_path, passages=4, seed=seed) for seed in (1, 1, 2))
    assert [role.person for role in one.roles] == [role.person for role in again.roles]
    assert [role.person for role in one.roles] != [role.person for role in other.roles]
    assert one.digest == again.digest != other.digest
