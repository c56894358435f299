"""A face outside the zone is never aligned and never becomes a template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray, Region, Zone
from overt.domain.rules import RecognitionRules
from overt.faces import closer
from overt.faces.align import align
from overt.faces.closer import CloserLook
from overt.faces.embed import Embedder
from overt.faces.zone import ZoneDetector
from overt.recognition.flow import Flow, Viewpoint
from overt.recognition.match import WatchIndex
from overt.testing.fixed_clock import FixedClock
from overt.video.source import SourceSettings, open_source
from tests.needs import sample_footage
from tests.promises.rig import WHOLE, a_camera, man, recogniser
from tests.promises.test_forgotten_within_a_second import memory


class Counting:
    """The real recogniser; counts what it is asked for."""

    def __init__(self) -> None:
        self.detected = self.embedded = 0
        self.length = recogniser().length

    @property
    def closer_look(self) -> CloserLook:
        return recogniser().closer_look

    @property
    def embedder(self) -> Embedder:
        return _CountingEmbedder(self)

    def zone_detector(self, region: Region, scale: float) -> ZoneDetector:
        self.detected += 1
        return recogniser().zone_detector(region, scale)


class _CountingEmbedder(Embedder):
    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    def embed(self, chips: Sequence[NDArray[np.uint8]], out: FloatArray) -> None:
        self._counting.embedded += len(chips)
        recogniser().embedder.embed(chips, out)


@pytest.fixture
def aligned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for every face that was aligned."""
    made: list[int] = []

    def counted(picture: NDArray[np.uint8], landmarks: FloatArray, out: NDArray[np.uint8]) -> None:
        made.append(1)
        align(picture, landmarks, out)

    man()  # the picture of the list is read once, and aligned, before anybody is counted
    monkeypatch.setattr(closer, "align", counted)
    return made


def counted(zone: Zone, *, may_scan: Callable[[], bool] = lambda: True) -> tuple[Counting, Flow]:
    """Takes two seconds of the stranger's clip through the flow."""
    rules = RecognitionRules()
    looks = Counting()
    path = Flow(
        viewpoint=Viewpoint(position=0, camera=a_camera("clip", zone=zone)),
        rules=rules,
        looks=looks,
        index=WatchIndex(man(), np.zeros(1, np.int32)),
        threshold=0.5,
        memory=memory(rules),
        may_scan=may_scan,
    )
    clip = sample_footage() / "WolfgangLanger_Pexels.mp4"
    source = open_source(str(clip), clock=FixedClock(), settings=SourceSettings(recorded=True))
    for frame in islice(source.frames(), 0, 48, 3):
        path.step(frame)
        del frame
    path.end(0)
    return looks, path


def zone_around_the_face() -> Zone:
    """The whole picture but for a large notch in which her face is: its rectangle holds the face, the zone does not."""
    clip = sample_footage() / "WolfgangLanger_Pexels.mp4"
    source = open_source(str(clip), clock=FixedClock(), settings=SourceSettings(recorded=True))
    found = []
    for frame in islice(source.frames(), 0, 48, 6):
        region = Region(x=0, y=0, width=frame.width, height=frame.height)
        faces = recogniser().zone_detector(region, 0.5).detect(frame, 0.4)
        found.append(faces.centres / (frame.width, frame.height))
        del frame
    centres = np.concatenate(found)
    left, right = (float(v) for v in (centres[:, 0].min() - 0.05, centres[:, 0].max() + 0.05))
    low = float(centres[:, 1].max() + 0.05)
    assert left > 0.0
    assert right < 1.0
    assert low < 1.0
    corners = ((0.0, 0.0), (left, 0.0), (left, low), (right, low), (right, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    return Zone(corners=corners)


def test_p31_a_face_outside_the_zone_is_neither_aligned_nor_made_into_a_template(aligned: list[int]) -> None:
    looks, path = counted(zone_around_the_face())
    assert looks.detected == 2  # a fine detector and a coarser one for every second look
    assert (len(aligned), looks.embedded) == (0, 0)
    assert (path.counts.faces_detected, path.counts.faces_seen) == (0, 0)


def test_the_same_face_inside_the_zone_is(aligned: list[int]) -> None:
    looks, path = counted(WHOLE)
    assert len(aligned) >= 3
    assert looks.embedded >= 3
    assert path.counts.faces_seen == 1


def test_planted_a_zone_that_takes_everybody_is_found_out(aligned: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    zone = zone_around_the_face()
    monkeypatch.setattr(Zone, "contains", lambda self, x, y: np.ones(np.shape(x), np.bool_))
    looks, _ = counted(zone)
    assert aligned
    assert looks.embedded


def test_outside_the_window_no_picture_is_even_looked_at(aligned: list[int]) -> None:
    looks, path = counted(WHOLE, may_scan=lambda: False)
    assert (looks.detected, len(aligned), looks.embedded) == (0, 0, 0)
    assert path.counts.faces_detected == 0
