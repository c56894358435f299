"""The path of a frame, for one camera. `Flow.step` reads as the numbered steps of the design:

1. A frame outside the authority's window goes no further.
2. A zone that shows what it showed when nobody was found goes no further. Else it is cut out and scaled so that the
   smallest wanted face is just large enough for the detector; where so little is seen that the pack's figures do not
   hold, the frame goes no further.
3. Faces are detected; those whose centre lies outside the zone go no further.
4. Faces join tracks.
5. Each track keeps its few best shots, after a second look from the original pixels.
6. Shots of a passage become templates, fused.
7. The fused template is compared with every entry of the list.
8. At or above the threshold, with a second agreeing shot, a possible match is raised, with copies of its pictures;
   pictures of shots that cannot agree with any entry are overwritten.
9. Otherwise the track ends: its slots are overwritten, and one is added to faces seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from overt.domain.alert import PossibleMatch
from overt.domain.authority import Camera
from overt.domain.face import Faces, Quality
from overt.domain.figures import Counts
from overt.domain.geometry import FloatArray, Region
from overt.domain.profile import DETECT, EMBED, MATCH, REFINE, SCALE, TRACK
from overt.domain.rules import RecognitionRules
from overt.faces.closer import CloserLook
from overt.faces.crop import Surroundings
from overt.faces.embed import Embedder
from overt.faces.quality import cautions
from overt.faces.zone import ZoneDetector
from overt.recognition.conditions import Conditions
from overt.recognition.encounter import Encounters, Verdict
from overt.recognition.match import WatchIndex
from overt.recognition.shots import ShotBoard, ShotMemory, TrackShots
from overt.recognition.stages import Stages
from overt.recognition.stillness import Stillness
from overt.recognition.track import NO_TRACK, Tracker
from overt.recognition.turns import Turns
from overt.video.frame import Frame
from overt.video.redact import LEAST_SCORE

FAST_TICK_S = 0.05


class Looks(Protocol):
    """What the flow needs of a recogniser (`faces.recogniser.Recogniser`)."""

    @property
    def closer_look(self) -> CloserLook: ...

    @property
    def embedder(self) -> Embedder: ...

    def zone_detector(self, region: Region, scale: float) -> ZoneDetector: ...


class Onlooker(Protocol):
    """Whoever shows a camera to people (`engine.viewing.Viewing`)."""

    def looks(self) -> bool:
        """Whether the next frame is for people, too."""
        ...

    def saw(self, frame: Frame, found: Faces, tracks: NDArray[np.int64]) -> None:
        """Takes a frame with everything in it that may be a face, and the track of each, below 0 for none."""
        ...


@dataclass(kw_only=True)
class _Passage:
    """A track and what has come of it. `number`: 0 until it is a passage. `best`: of all looks, good enough or not."""

    shots: TrackShots
    first_usable_us: int
    usable: int = 0
    number: int = 0
    seen_us: int = 0
    best: Quality | None = None


@dataclass(frozen=True, kw_only=True)
class Viewpoint:
    """One camera of a deployment.

    Attributes:
        position: in the deployment.
        passages_before: passages of this camera that were counted before, in the same run.
    """

    position: int
    camera: Camera
    passages_before: int = 0


class Flow:
    """One camera's way from frames to possible matches.

    Args:
        may_scan: says whether a frame may be looked at now.
        conditions: what the camera shows against the pack's operating envelope; None: nothing is judged.
        onlooker: gets the frames that were searched; None: nobody ever looks.
        now_us: the time by which faces age, on the clock of the frames' capture times; None: that of the last frame.
        threshold: cosine for a passage.
    """

    def __init__(
        self,
        *,
        viewpoint: Viewpoint,
        rules: RecognitionRules,
        looks: Looks,
        index: WatchIndex,
        threshold: float,
        memory: ShotMemory,
        may_scan: Callable[[], bool],
        conditions: Conditions | None = None,
        onlooker: Onlooker | None = None,
        now_us: Callable[[], int] | None = None,
    ) -> None:
        self._position, self._camera, self._rules, self._looks = viewpoint.position, viewpoint.camera, rules, looks
        self._index, self._may_scan, self._clock_us = index, may_scan, now_us
        self._conditions, self._onlooker = conditions or Conditions(None), onlooker
        self._tracker = Tracker(rules)
        self._board = ShotBoard(rules, memory)
        self._encounters = Encounters(rules, threshold)
        self._passages: dict[int, _Passage] = {}
        self._templates: FloatArray = np.zeros((rules.shots_kept, memory.templates.shape[2]), np.float32)
        self._zone: tuple[int, int, Turns] | None = None
        self._stillness = Stillness(self._camera.smallest_face_px)
        self._loop = 0
        self._ticked_us = 0
        self._last_number = viewpoint.passages_before
        self.counts = Counts()
        self.stages = Stages()

    def prepare(self, width: int, height: int) -> ZoneDetector:
        """The detector for the next look at frames of this size; the first call may take a second."""
        return self._turns(width, height).next

    def step(self, frame: Frame, *, in_haste: bool = False) -> list[PossibleMatch]:
        """Takes one frame all the way; see the top of this file.

        Args:
            in_haste: pictures that were due were missed. Fewer faces are looked at closer then, those of passages that
                have fewest shots first: else tracks that break for want of looks would each begin with a closer one.
        """
        if not self._may_scan():  # 1
            self.end(self._now_us(frame))
            return []
        if frame.loop != self._loop:
            self.end(self._now_us(frame))
            self._loop = frame.loop
        is_watched = self._onlooker is not None and self._onlooker.looks()
        with self.stages.timed(SCALE):
            turns = self._turns(frame.width, frame.height)  # 2
            zone = turns.next
            if not is_watched and not self.in_view and self._stillness.nothing_new(frame, zone.region):
                self.tick(self._now_us(frame))
                return []
            if not self._conditions.see_zone(zone.cut_out(frame), self.in_view, frame.captured_us):
                zone.wipe()
                self.end(self._now_us(frame))
                return []
        with self.stages.timed(DETECT):
            everything = zone.find(LEAST_SCORE if is_watched else self._rules.continue_score)  # 3
            found = everything[everything.scores >= self._rules.continue_score] if is_watched else everything
            within = self._camera.zone.contains(*(found.centres / (frame.width, frame.height)).T)
            faces = found[within]
            turns.saw(faces)
            if is_watched or len(found) or self.in_view:
                self._stillness.forget()
            else:
                self._stillness.found_nobody(frame.captured_us)
        with self.stages.timed(TRACK):  # 4
            tracks = self._tracker.update(faces, frame.captured_us)
        with self.stages.timed(REFINE):  # 5
            wanted = self._wanted(frame, faces, tracks)
            if in_haste:
                wanted = sorted(wanted, key=lambda one: _urgency(one[1]))[: self._rules.closer_looks_in_haste]
            for _, passage in wanted:
                passage.shots.last_taken_us = frame.captured_us
            self._take_shots(frame, found, faces[np.array([i for i, _ in wanted], np.intp)], [one for _, one in wanted])
        matches = []
        for passage in self._to_compare(frame.captured_us):
            with self.stages.timed(EMBED):  # 6
                self._make_templates(passage, self._now_us(frame))
            with self.stages.timed(MATCH):  # 7, 8
                match = self._compare(passage, frame, self._now_us(frame))
            if match is not None:
                matches.append(match)
            self.tick(self._now_us(frame))  # 9, however many others wait for their turn
        self.tick(self._now_us(frame))  # 9
        if self._onlooker is not None and is_watched:
            self._onlooker.saw(frame, everything, self._tracks_of(everything, within, tracks))
        return matches

    def pass_time(self, until_us: int) -> None:
        """Lets the timer run from the last tick to a later moment, where nobody else does: footage played fast."""
        step_us = round(FAST_TICK_S * 1e6)
        for now_us in range(self._ticked_us + step_us if self._ticked_us else until_us, until_us, step_us):
            self.tick(now_us)

    def tick(self, now_us: int) -> None:
        """Forgets whoever has gone, and whoever has stayed for the longest time that a passage may last."""
        self._ticked_us = now_us
        self._stillness.pass_time(now_us)
        for track in self._tracker.expire(now_us):
            self._forget(track, now_us)
        limit_us = self._rules.passage_limit_s * 1e6
        for track, passage in list(self._passages.items()):
            if now_us - passage.first_usable_us >= limit_us:
                self._tracker.drop(track)
                self._forget(track, now_us)

    def end(self, now_us: int) -> None:
        """Ends all tracks: the footage or the authority is over, or the stream broke."""
        if self._zone is not None:
            self._zone[2].begin_anew()
        self._stillness.forget()
        self._tracker.clear()
        for track in list(self._passages):
            self._forget(track, now_us)

    @property
    def in_view(self) -> int:
        return len(self._tracker)

    @property
    def passages_open(self) -> int:
        return sum(1 for passage in self._passages.values() if passage.number)

    def oldest_unmatched_s(self, now_us: int) -> float:
        """Time since the last sighting of the face that has been out of sight longest and is still kept, seconds."""
        return max((max(0, now_us - passage.seen_us) / 1e6 for passage in self._passages.values()), default=0.0)

    def slots(self) -> tuple[int, int, int]:
        """Slots for people, those that are taken, and free ones that are not blank."""
        return self._board.count()

    def _tracks_of(self, everything: Faces, within: NDArray[np.bool_], tracks: NDArray[np.int64]) -> NDArray[np.int64]:
        """The track of each of `everything`; `tracks`: of those that are good enough and `within` the zone."""
        all_tracks = np.full(len(everything), NO_TRACK, np.int64)
        all_tracks[np.flatnonzero(everything.scores >= self._rules.continue_score)[within]] = tracks
        return all_tracks

    def _turns(self, width: int, height: int) -> Turns:
        if self._zone is None or self._zone[:2] != (width, height):
            zone_detector = partial(self._looks.zone_detector, self._camera.zone.region(width, height))
            self._zone = (width, height, Turns(self._rules, self._camera.smallest_face_px, zone_detector))
        return self._zone[2]

    def _now_us(self, frame: Frame) -> int:
        return frame.captured_us if self._clock_us is None else self._clock_us()

    def _to_compare(self, now_us: int) -> Iterator[_Passage]:
        """Passages with a new shot, or held back by a cool-down that is over; those that end meanwhile are left out."""
        for track in list(self._passages):
            passage = self._passages.get(track)
            if passage is None or not passage.number:
                continue
            if passage.shots.waiting or self._encounters.due_again(passage.number, now_us):
                yield passage

    def _wanted(
        self, frame: Frame, faces: Faces, tracks: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    ) -> list[tuple[int, _Passage]]:
        """Counts usable sightings; gives the faces that deserve a closer look: their place, and their passage."""
        wanted: list[tuple[int, _Passage]] = []
        for i, track in enumerate(tracks.tolist()):
            usable = faces.scores[i] >= self._rules.start_score and faces.widths[i] >= self._camera.smallest_face_px
            passage = self._passages.get(track)
            if passage is not None:
                passage.seen_us = frame.captured_us
            if track < 0 or not usable:
                continue
            if passage is None:
                shots = self._board.open()
                if shots is None:
                    continue
                passage = _Passage(shots=shots, first_usable_us=frame.captured_us, seen_us=frame.captured_us)
                self._passages[track] = passage
            passage.usable += 1
            if passage.number == 0 and passage.usable >= self._rules.passage_detections:
                self._last_number += 1
                passage.number = self._last_number
                self.counts = replace(self.counts, faces_detected=self.counts.faces_detected + 1)
            if self._board.wants(passage.shots, frame.captured_us, float(faces.widths[i]), float(faces.scores[i])):
                wanted.append((i, passage))
        return wanted

    def _take_shots(self, frame: Frame, found: Faces, chosen: Faces, passages: list[_Passage]) -> None:
        """Looks closer at some faces, and offers what is good enough to their passages.

        Args:
            found: every face of the frame, also those outside the zone: no crop shows another one than its own.
            chosen: those to look at; `passages`: the passage of each.
        """
        if not passages:
            return
        zone = self._camera.zone
        size = np.array([frame.width, frame.height], np.float32)

        def inside(centre: FloatArray) -> bool:
            return bool(zone.contains(*(centre / size).reshape(2, 1))[0])

        within = self.prepare(frame.width, frame.height).region
        around = Surroundings(boxes=found.boxes, corners=np.array(zone.corners, np.float32) * size)
        for shot in self._looks.closer_look.shots(frame, chosen, within, inside, around):
            passage = passages[shot.position]
            if passage.best is None or shot.quality.overall > passage.best.overall:
                passage.best = shot.quality
            if shot.quality.overall >= self._rules.least_quality:
                self._board.offer(passage.shots, shot, frame.captured_us, self._now_us(frame))

    def _make_templates(self, passage: _Passage, now_us: int) -> None:
        if not passage.shots.waiting:
            return
        chips = self._board.chips(passage.shots)
        templates = self._templates[: len(chips)]
        self._looks.embedder.embed(chips, templates)
        self._board.take_templates(passage.shots, templates, now_us)
        templates.fill(0)

    def _compare(self, passage: _Passage, frame: Frame, now_us: int) -> PossibleMatch | None:
        if passage.shots.searches == 0:
            self.counts = replace(self.counts, faces_seen=self.counts.faces_seen + 1)
        passage.shots.searches += 1
        fused, shots = self._board.probes(passage.shots)
        found, singly = self._index.search(fused), self._index.search(shots)
        own = self._index.scores_of(shots, int(found.entries[0]))
        meeting = self._encounters.judge(passage.number, found, singly, own, frame.captured_us)
        self._index.wipe()
        hopeless = np.flatnonzero(~self._encounters.could_agree(singly)).tolist()
        self._board.forget_crops(passage.shots, hopeless, now_us)
        self._saw_pixels()
        if meeting.verdict is Verdict.COOLING_DOWN:
            self.counts = replace(self.counts, cooled_down=self.counts.cooled_down + 1)
        if meeting.verdict is not Verdict.POSSIBLE_MATCH:
            return None
        self.counts = replace(self.counts, possible_matches=self.counts.possible_matches + 1)
        pictures = self._board.pictures(passage.shots)
        self._board.forget_crops(passage.shots, range(len(passage.shots.kept)), now_us)
        self._saw_pixels()
        return PossibleMatch(
            camera=self._position,
            passage=passage.number,
            entry=meeting.entry,
            score=meeting.score,
            shots=len(passage.shots.kept),
            cautions=cautions(passage.shots.best),
            captured_us=frame.captured_us,
            first_usable_us=passage.first_usable_us,
            media_time_s=frame.media_time_s,
            pictures=pictures,
        )

    def _forget(self, track: int, now_us: int) -> None:
        passage = self._passages.pop(track, None)
        if passage is None:
            return
        if passage.number and passage.best is not None:
            self._conditions.see_passage(passage.best, now_us)
        self._board.close(passage.shots, now_us)
        self._encounters.forget(passage.number)
        age = max(0.0, (now_us - passage.seen_us) / 1e6)
        self.counts = replace(self.counts, unmatched_age_max_s=max(self.counts.unmatched_age_max_s, age))
        self._saw_pixels()

    def _saw_pixels(self) -> None:
        if self._board.oldest_s > self.counts.oldest_pixel_max_s:
            self.counts = replace(self.counts, oldest_pixel_max_s=self._board.oldest_s)


def _urgency(passage: _Passage) -> tuple[bool, int, int]:
    """Lower is more urgent: what is a passage already, then whoever has fewest shots, then whoever waits longest."""
    return not passage.number, len(passage.shots.kept), passage.shots.last_taken_us
