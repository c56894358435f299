"""Nobody can be recognised in a live picture, nor in the still of a camera that is tried.

The attacker is given more than anybody has: where every face is and its five landmarks, the product's own embedder, and
a gallery of the same people redacted in the same way, so that mosaic is compared with mosaic. A face that no detector
finds any more is no defence here: it is aligned by the true landmarks. What the attacker gets right at first rank must
be what guessing gets right: the interval of the share holds one in as many as there are people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray, Region, Zone
from overt.evaluation.intervals import Figure
from overt.faces.align import CHIP_SIZE, align
from overt.faces.recogniser import Portrait
from overt.faces.zone import ZoneDetector
from overt.video.frame import Frame
from overt.video.redact import LEAST_SCORE, NO_TRACK, Redactor, Sightings
from tests.needs import data_folder, rounds
from tests.promises import scenes
from tests.promises.rig import recogniser
from tests.unit.video.test_redact import frame_of

Picture = NDArray[np.uint8]
W, H = 960, 540
#: Width of a face in the scene, pixels; the smallest that is wanted has 40.
WIDTHS = (45.0, 110.0)
SMALLEST_PX = 40
PEOPLE = 150


@dataclass(frozen=True)
class Scene:
    """One person before the camera. `landmarks`: the true ones, shape (5, 2), pixels of the frame."""

    frame: Frame
    box: FloatArray
    landmarks: FloatArray


Shows = Callable[[Scene], Picture]


def of_the_middle(picture: Picture) -> Portrait | None:
    """The face of a portrait that is meant."""
    height, width = picture.shape[:2]
    found = recogniser().portraits(picture)
    return min(
        found, key=lambda one: float(np.hypot(*((one.box[:2] + one.box[2:] - (width, height)) / 2))), default=None
    )


def before_a_wall(picture: Picture, portrait: Portrait, random: np.random.Generator) -> Scene:
    """A portrait, scaled and put before a wall in moving light, somewhere."""
    scale = random.uniform(*WIDTHS) / float(portrait.box[2] - portrait.box[0])
    person = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    person = person[: H - 2, : W - 2]
    height, width = person.shape[:2]
    x, y = int(random.integers(0, W - width)), int(random.integers(0, H - height))
    rough = random.integers(60, 190, (H // 8, W // 8, 3)).astype(np.uint8)
    wall = np.asarray(cv2.resize(cv2.GaussianBlur(rough, (0, 0), 4), (W, H)), np.uint8)
    wall[y : y + height, x : x + width] = person
    at = np.array([x, y], np.float32)
    return Scene(frame_of(wall), portrait.box * np.float32(scale) + np.tile(at, 2), portrait.landmarks * scale + at)


@cache
def people() -> list[tuple[Scene, Scene]]:
    """Two pictures each of people of Labeled Faces in the Wild, each in a scene of its own."""
    random = np.random.default_rng(11)
    folders = [one for one in sorted((data_folder() / "lfw").iterdir()) if len(list(one.glob("*.jpg"))) >= 2]
    pairs: list[tuple[Scene, Scene]] = []
    wanted = rounds(few=PEOPLE, many=500)
    for k in random.permutation(len(folders)):
        scenes_of_one = []
        for path in sorted(folders[k].glob("*.jpg"))[:2]:
            picture = np.asarray(cv2.imread(str(path)), np.uint8)
            portrait = of_the_middle(picture)
            if portrait is not None:
                scenes_of_one.append(before_a_wall(picture, portrait, random))
        if len(scenes_of_one) == 2:
            pairs.append((scenes_of_one[0], scenes_of_one[1]))
        if len(pairs) == wanted:
            break
    return pairs


def live(scene: Scene) -> Picture:
    """What a tile shows of a scene: faces are looked for as the flow does, in turns, and nobody says where they are."""
    return _tile(scene, (20, 14))


def still(scene: Scene) -> Picture:
    """What the still of a tried camera shows, likewise."""
    return _tile(scene, (20, 10))


def _tile(scene: Scene, detector_px: tuple[int, ...]) -> Picture:
    sightings = Sightings()
    for face_px in detector_px:
        found = _detector(face_px).detect(scene.frame, LEAST_SCORE)
        sightings.take(found.boxes, np.full(len(found), NO_TRACK), 0)
    return Redactor(Zone(), W, H).tile(scene.frame, sightings.boxes(0))


@cache
def _detector(face_px: int) -> ZoneDetector:
    return recogniser().zone_detector(Region(x=0, y=0, width=W, height=H), face_px / SMALLEST_PX)


def template(scene: Scene, shows: Shows) -> FloatArray:
    """What the attacker makes of a scene, with the true landmarks."""
    tile = shows(scene)
    chip, found = np.zeros((CHIP_SIZE, CHIP_SIZE, 3), np.uint8), np.zeros(recogniser().length, np.float32)
    align(tile, scene.landmarks * np.float32(tile.shape[1] / W), chip)
    recogniser().embedder.embed_still(chip, found)
    return found


def rank_one(pairs: list[tuple[Scene, Scene]], shows: Shows) -> tuple[int, int]:
    """How many of how many people the attacker names rightly at first rank."""
    gallery = np.stack([template(first, shows) for first, _ in pairs])
    probes = np.stack([template(second, shows) for _, second in pairs])
    # Equal scores name nobody: the order in which a gallery happens to lie is no knowledge.
    scores = probes @ gallery.T + np.random.default_rng(0).uniform(0, 1e-6, (len(pairs), len(pairs)))
    return int((scores.argmax(axis=1) == np.arange(len(pairs))).sum()), len(pairs)


def mosaic_of_forty(redactor: Redactor, box: FloatArray) -> None:
    """A fault: what most people would call a mosaic."""
    tile = redactor._tile
    height, width = tile.shape[:2]
    left, top = np.floor(np.maximum(box[:2], 0)).astype(int).tolist()
    right, bottom = np.ceil(np.minimum(box[2:], (width, height))).astype(int).tolist()
    part = tile[top:bottom, left:right]
    cells = tuple(max(1, min(40, side)) for side in (right - left, bottom - top))
    coarse = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
    part[:] = cv2.resize(coarse, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)


def is_chance(hits: int, of: int) -> bool:
    share = Figure.of(hits, of)
    return share.low <= 1 / of <= share.high


@pytest.mark.timeout(900)
@pytest.mark.parametrize("shows", [live, still], ids=["a live tile", "the still of a tried camera"])
def test_with_everything_known_but_the_person_an_attacker_only_guesses(shows: Shows) -> None:
    hits, of = rank_one(people(), shows)
    assert of >= PEOPLE
    assert is_chance(hits, of), Figure.of(hits, of).sentence("people named rightly")


@pytest.mark.timeout(900)
def test_planted_a_finer_mosaic_gives_people_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Redactor, "_cover_box", mosaic_of_forty)
    hits, of = rank_one(people(), live)
    assert hits / of > 0.5
    assert not is_chance(hits, of)


@pytest.mark.timeout(300)
def test_the_man_of_the_sample_footage_is_nobody_in_a_tile() -> None:
    """Enrolled as he is, and looked for in every tile of his clip, at his true landmarks."""
    pictures = scenes.listed()[::8]
    known, scores, plain = None, [], []
    for picture in pictures:
        portrait = max(recogniser().portraits(picture), key=lambda one: float(one.quality.overall))
        known = portrait.template if known is None else known
        height, width = picture.shape[:2]
        tile = Redactor(Zone(), width, height).tile(frame_of(picture), portrait.box[None, :])
        chip, found = np.zeros((CHIP_SIZE, CHIP_SIZE, 3), np.uint8), np.zeros(recogniser().length, np.float32)
        align(tile, portrait.landmarks * np.float32(tile.shape[1] / width), chip)
        recogniser().embedder.embed_still(chip, found)
        scores.append(float(found @ known))
        plain.append(float(portrait.template @ known))
        assert recogniser().portraits(np.asarray(tile, np.uint8)) == []
    assert min(plain) > 0.6
    assert max(scores) < 0.3
