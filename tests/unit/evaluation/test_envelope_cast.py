"""Who is on the list and who before the camera, and the levels that follow."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from overt.domain.errors import Refused
from overt.domain.rules import RecognitionRules
from overt.evaluation.envelope import (
    SIDE_LIGHT,
    YAW,
    Cast,
    by_angle,
    by_yaw,
    cast_of,
    light_angle,
    natural_yaws,
    side_lights,
    spoiled_level,
)
from overt.evaluation.envelope_edges import Level
from overt.evaluation.envelope_look import OneLook
from overt.evaluation.envelope_spoil import CONDITIONS
from overt.evaluation.samples import pictures_by_person
from overt.testing.toy_model import toy_recogniser
from tests.unit.evaluation.painted import painted_people

TOY = toy_recogniser()
LOOK = OneLook(TOY, RecognitionRules())
DARK = CONDITIONS[0]
WIDTH = next(one for one in CONDITIONS if one.name == "width")


def silent(done: int, total: int) -> None:
    assert 0 < done <= total


def cast(folder: Path, *, people: int = 6, list_size: int = 12, seed: int = 1) -> Cast:
    pictures = pictures_by_person(folder)
    return cast_of(pictures, TOY, people=people, list_size=list_size, seed=seed, progress=silent)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return painted_people(tmp_path_factory.mktemp("painted"), pictures=3)


@pytest.fixture(scope="module")
def six(folder: Path) -> Cast:
    return cast(folder)


def hues(drawn: Cast) -> list[int]:
    return [int(np.argmax(entry)) for entry in drawn.entries]


def test_probes_come_first_and_others_fill_the_list(six: Cast) -> None:
    assert len(six.probes) == 6
    assert sorted(hues(six)) == list(range(12))
    for i, probe in enumerate(six.probes):
        assert probe is not None
        seen = LOOK.look(probe.picture, probe.face)
        assert seen.template is not None
        assert int(np.argmax(seen.template)) == hues(six)[i]
    assert [len(paths) for paths in six.further] == [2] * 6


def test_the_seed_alone_draws_the_people(folder: Path, six: Cast) -> None:
    again, other = cast(folder), cast(folder, seed=2)
    assert hues(again) == hues(six)
    assert again.further == six.further
    assert hues(other) != hues(six)


def test_a_person_whose_probe_shows_no_face_stays_in_as_a_miss(tmp_path: Path) -> None:
    folder = painted_people(tmp_path / "people", pictures=2)
    blank = Image.new("RGB", (240, 240), (128, 128, 128))
    for person in sorted(folder.iterdir())[:4]:
        blank.save(person / f"{person.name}_1.png")
    (folder / "p11" / "p11_1.png").write_bytes(b"no picture")
    drawn = [cast(folder, people=12, list_size=8, seed=seed) for seed in range(2)]
    missing = [sum(probe is None for probe in one.probes) for one in drawn]
    assert max(missing) > 0
    for one in drawn:
        level = spoiled_level(one, LOOK, DARK, 0, 1, silent)
        assert level.not_acquired == sum(probe is None for probe in one.probes)
        assert len(level.own) == 8


def test_a_list_that_cannot_be_filled_is_refused(folder: Path) -> None:
    with pytest.raises(Refused, match="does not fill a list of 13") as caught:
        cast(folder, list_size=13)
    assert "at most 12" in caught.value.todo


@pytest.mark.parametrize("pictures", [1, 2])
def test_people_without_two_usable_pictures_are_refused(tmp_path: Path, pictures: int) -> None:
    folder = painted_people(tmp_path / "people", pictures=pictures, people=3)
    if pictures == 2:
        for path in folder.rglob("*.png"):
            Image.new("RGB", (60, 60)).save(path)
    with pytest.raises(Refused, match="two pictures"):
        cast(folder, list_size=3)


def test_a_clean_level_finds_everybody_and_a_hopeless_one_nobody(six: Cast) -> None:
    clean = spoiled_level(six, LOOK, DARK, 0, 1, silent)
    assert clean.level == DARK.clean
    assert clean.found(0.9).all()
    assert clean.own == pytest.approx(np.ones(6))
    assert clean.other.max() <= 0
    tiny = spoiled_level(six, LOOK, WIDTH, len(WIDTH.levels), 1, silent)
    assert tiny.level == WIDTH.levels[-1]
    assert tiny.median("zone_light") is None  # six are too few for a median


def test_a_level_depends_on_nothing_that_was_measured_before(six: Cast) -> None:
    spoiled_level(six, LOOK, DARK, 1, 1, silent)
    one = spoiled_level(six, LOOK, DARK, 3, 1, silent)
    two = spoiled_level(six, LOOK, DARK, 3, 1, silent)
    other = spoiled_level(six, LOOK, DARK, 3, 2, silent)
    assert one.live["zone_light"].tolist() == two.live["zone_light"].tolist()
    assert one.live["zone_light"].tolist() != other.live["zone_light"].tolist()


def test_the_second_best_is_never_the_own_entry(folder: Path) -> None:
    twins = cast(folder)
    doubled = Cast(
        entries=np.concatenate([twins.entries[:6], twins.entries[:1], twins.entries[7:]]),
        probes=twins.probes,
        further=twins.further,
    )
    level = spoiled_level(doubled, LOOK, DARK, 0, 1, silent)
    assert level.found(0.5).tolist() == [False, *[True] * 5]  # two entries score alike: nobody is the best
    assert level.other[0] == pytest.approx(1)


def test_natural_pictures_carry_their_yaw(six: Cast) -> None:
    flat = natural_yaws(six, LOOK, TOY, silent)
    assert len(flat.people) == 12
    assert flat.people.tolist() == sorted(flat.people.tolist())
    assert (flat.live["yaw"] < 0.1).all()
    assert flat.found(0.9).all()


def test_a_natural_picture_without_a_face_has_no_yaw(six: Cast, tmp_path: Path) -> None:
    Image.new("RGB", (60, 60)).save(tmp_path / "blank.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    further = (tuple(sorted(tmp_path.iterdir())), six.further[1])
    flat = natural_yaws(Cast(entries=six.entries, probes=six.probes[:2], further=further), LOOK, TOY, silent)
    assert flat.people.tolist() == [1, 1]


def turned(yaws: NDArray[np.float64], name: str) -> Level:
    n = len(yaws)
    own, other = np.full(n, 0.8), np.zeros(n)
    return Level(level=0, people=np.arange(n) % 11, own=own, other=other, live={name: yaws, "face_yaw": yaws})


def test_levels_of_yaw_need_ten_people() -> None:
    yaws = np.concatenate([np.full(22, 0.05), np.full(11, 0.1), np.full(9, 0.35), np.full(11, 1.0)])
    condition, levels = by_yaw(turned(yaws, "yaw"))
    assert condition is YAW
    assert [(one.level, len(one.people)) for one in levels] == [(0.05, 22), (0.15, 11), (0.85, 11)]
    assert levels[1].median("face_yaw") == pytest.approx(0.1)


def test_levels_of_side_light_are_cut_by_the_angle() -> None:
    condition, levels = by_angle(turned(np.repeat([12.0, 12.1, 25.0, 60.0, 180.0], 11), "angle"))
    assert condition is SIDE_LIGHT
    assert [(one.level, len(one.people)) for one in levels] == [(6.0, 11), (18.5, 22), (63.5, 11), (100.0, 11)]


@pytest.mark.parametrize(
    ("stem", "angle"),
    [
        ("yaleB01_P00A+000E+00", 0),
        ("yaleB01_P00A-035E+00", 35),
        ("x_A+000E+90", 90),
        ("x_A+120E+00", 120),
        ("x_A+060E+60", math.degrees(math.acos(0.25))),
        ("x_A+000E+00_2", None),
        ("somebody_0001", None),
    ],
)
def test_the_lights_angle_is_read_from_the_name(stem: str, angle: float | None) -> None:
    assert light_angle(stem) == (None if angle is None else pytest.approx(angle, abs=1e-4))


@pytest.fixture
def lit(tmp_path: Path) -> Path:
    """Twelve people, each with frontal light, light from two sides, and a file of another name."""
    folder = painted_people(tmp_path / "lit", pictures=4)
    for path in folder.rglob("*.png"):
        name, _, number = path.stem.rpartition("_")
        ending = ("A+000E+00", "A+005E+00", "A-050E+10", "extra")[int(number)]
        path.rename(path.with_name(f"{name}_{ending}.png"))
    return folder


def test_side_light_is_compared_with_the_frontal_picture(six: Cast, lit: Path) -> None:
    (lit / "p03" / "p03_A-050E+10.png").write_bytes(b"no picture")
    (lit / "p05" / "p05_A+000E+00.png").unlink()
    (lit / "p06" / "p06_A+000E+00.png").write_bytes(b"no picture")
    flat = side_lights(pictures_by_person(lit), six, LOOK, TOY, silent)
    assert len(flat.people) == 20
    assert sorted({round(angle) for angle in flat.live["angle"]}) == [5, 51]
    assert flat.not_acquired == 1
    alike = set(hues(six)[:2]) - {
        5,
        6,
    }  # two of the cast stay on the list beside ten of these, and may be their doubles
    assert flat.found(0.9).sum() == 20 - 2 * len(alike) - (3 not in alike)


def test_a_set_that_names_no_light_is_refused(six: Cast, folder: Path) -> None:
    with pytest.raises(Refused, match="No light's direction"):
        side_lights(pictures_by_person(folder), six, LOOK, TOY, silent)
