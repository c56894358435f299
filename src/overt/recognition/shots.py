"""Best shots: the few pictures of a passage that are kept, in preallocated slots, until it is over.

Rules:
  - a track owns one slot from its first usable face to its end, and nothing of it lies anywhere else;
  - a chip (the aligned face) is overwritten as soon as its template is made; a template when its track ends;
  - a crop (the face as a person may be shown it) is overwritten when its shot cannot take part in a match, when an
    alert has been raised, and when its track ends;
  - a better shot takes the place of the worst; equal ones do not (each search may be a false alert);
  - what is overwritten is measured: how long after the last sighting, and how old the oldest picture was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overt.domain.alert import PICTURES_LIMIT, MatchPicture
from overt.domain.face import Quality
from overt.domain.geometry import FloatArray
from overt.domain.rules import RecognitionRules
from overt.faces.align import CHIP_SIZE
from overt.faces.closer import CROP_SIZE, Shot
from overt.faces.quality import at_most


@dataclass(frozen=True, kw_only=True, eq=False)
class ShotMemory:
    """The slots of one camera, allocated once by whoever owns the memory.

    Attributes:
        chips: shape (tracks, shots, 112, 112, 3), uint8: aligned faces that wait for their template.
        crops: shape (tracks, shots, 256, 256, 3), uint8: the same shots as a person may be shown them, each in
            the upper left corner of its place.
        templates: shape (tracks, shots + 1, length), float32: a template a shot, and the fused one last.
    """

    chips: NDArray[np.uint8]
    crops: NDArray[np.uint8]
    templates: FloatArray

    @staticmethod
    def sizes(rules: RecognitionRules, length: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Shapes of `chips`, `crops` and `templates`."""
        return (
            (rules.tracks_limit, rules.shots_kept, CHIP_SIZE, CHIP_SIZE, 3),
            (rules.tracks_limit, rules.shots_kept, CROP_SIZE, CROP_SIZE, 3),
            (rules.tracks_limit, rules.shots_kept + 1, length),
        )


@dataclass(kw_only=True)
class _Kept:
    """What is known of one kept shot besides its slot. `crop_size`: height and width, None once it is overwritten."""

    quality: Quality
    captured_us: int
    crop_size: tuple[int, int] | None
    embedded: bool = False


@dataclass(kw_only=True)
class TrackShots:
    """The shots of one track.

    Attributes:
        slot: its slot in the memory.
        kept: by position in the slot.
        last_taken_us: when a shot was last tried.
        searches: how often the passage was compared with the list.
    """

    slot: int
    kept: list[_Kept] = field(default_factory=list)
    last_taken_us: int = 0
    searches: int = 0

    @property
    def waiting(self) -> list[int]:
        """Positions of the shots without a template."""
        return [position for position, shot in enumerate(self.kept) if not shot.embedded]

    @property
    def best(self) -> Quality:
        return max((shot.quality for shot in self.kept), key=lambda quality: quality.overall)


class ShotBoard:
    """Decides which shots of each track are kept, and fuses their templates.

    Attributes:
        oldest_s: age of the oldest picture, chip or crop, that was ever overwritten, seconds.
    """

    def __init__(self, rules: RecognitionRules, memory: ShotMemory) -> None:
        self._rules, self._memory = rules, memory
        self._free = list(range(rules.tracks_limit))[::-1]
        self._spacing_us = round(rules.shot_spacing_s * 1_000_000)
        self.oldest_s = 0.0

    def open(self) -> TrackShots | None:
        """A slot for a new track; None when all are taken."""
        return TrackShots(slot=self._free.pop()) if self._free else None

    def wants(self, shots: TrackShots, captured_us: int, size_px: float, score: float) -> bool:
        """Whether a closer look may pay: a first shot, a free place, a clearly larger face, or a longer wait; and what
        cannot become better than the worst kept shot is not looked at.

        Args:
            size_px: width of the face, pixels of the frame.
            score: the detector's.
        """
        if not shots.kept:
            return True
        if captured_us - shots.last_taken_us < self._spacing_us:
            return False
        if shots.searches >= self._rules.searches_limit:
            return False
        if len(shots.kept) < self._rules.shots_kept:
            return True
        worst = min(shots.kept, key=lambda shot: shot.quality.overall).quality
        if at_most(size_px, score) < worst.overall * self._rules.shot_gain:
            return False
        larger = size_px >= worst.width_px * self._rules.shot_gain
        return larger or captured_us - shots.last_taken_us >= 3 * self._spacing_us

    def offer(self, shots: TrackShots, shot: Shot, captured_us: int, now_us: int) -> bool:
        """Keeps a shot if there is room or if it is clearly better than the worst kept one; says whether it did."""
        height, width = shot.crop.shape[:2]
        kept = _Kept(quality=shot.quality, captured_us=captured_us, crop_size=(height, width))
        if len(shots.kept) < self._rules.shots_kept:
            shots.kept.append(kept)
            position = len(shots.kept) - 1
        else:
            position = min(range(len(shots.kept)), key=lambda p: shots.kept[p].quality.overall)
            if shot.quality.overall < shots.kept[position].quality.overall * self._rules.shot_gain:
                return False
            self._forget_chip(shots, position, now_us)
            self._forget_crop(shots, position, now_us)
            shots.kept[position] = kept
        np.copyto(self._memory.chips[shots.slot, position], shot.chip)
        np.copyto(self._memory.crops[shots.slot, position, :height, :width], shot.crop)
        return True

    def chips(self, shots: TrackShots) -> list[NDArray[np.uint8]]:
        """The pictures that wait for a template, in the order of `shots.waiting`."""
        return [self._memory.chips[shots.slot, position] for position in shots.waiting]

    def take_templates(self, shots: TrackShots, templates: FloatArray, now_us: int) -> None:
        """Stores the templates of the waiting shots, overwrites their chips, and fuses all of the track's templates,
        each weighed by its quality.

        Args:
            templates: shape (len(shots.waiting), length).
        """
        for row, position in enumerate(shots.waiting):
            np.copyto(self._memory.templates[shots.slot, position], templates[row])
            self._forget_chip(shots, position, now_us)
            shots.kept[position].embedded = True
        fused = self._memory.templates[shots.slot, -1]
        fused.fill(0)
        for position, shot in enumerate(shots.kept):
            row = self._memory.templates[shots.slot, position]
            weight = np.float32(max(shot.quality.overall, 0.05))
            row *= weight
            fused += row
            row /= weight
        fused /= np.float32(max(float(np.sqrt(fused @ fused)), 1e-12))

    def probes(self, shots: TrackShots) -> tuple[FloatArray, FloatArray]:
        """The fused template, shape (1, length), and those of the kept shots, shape (k, length); views of the slot."""
        templates = self._memory.templates[shots.slot]
        return templates[-1:], templates[: len(shots.kept)]

    def forget_crops(self, shots: TrackShots, positions: Iterable[int], now_us: int) -> None:
        """Overwrites the crops of some of the kept shots, where they still stand."""
        for position in positions:
            self._forget_crop(shots, position, now_us)

    def pictures(self, shots: TrackShots) -> tuple[MatchPicture, ...]:
        """Copies of the crops that still stand, best first, at most 3; the caller overwrites them."""
        standing = [position for position, shot in enumerate(shots.kept) if shot.crop_size is not None]
        standing.sort(key=lambda position: -shots.kept[position].quality.overall)
        return tuple(self._picture(shots, position) for position in standing[:PICTURES_LIMIT])

    def close(self, shots: TrackShots, now_us: int) -> None:
        """Overwrites the track's slot and frees it."""
        for position in range(len(shots.kept)):
            self._forget_chip(shots, position, now_us)
            self._forget_crop(shots, position, now_us)
        self._memory.templates[shots.slot].fill(0)
        self._free.append(shots.slot)
        shots.kept.clear()

    def count(self) -> tuple[int, int, int]:
        """How many slots there are, how many are taken, and in how many free ones there is anything but zeros."""
        parts = self._memory.chips, self._memory.crops, self._memory.templates
        left = sum(1 for slot in self._free if any(part[slot].any() for part in parts))
        return self._rules.tracks_limit, self._rules.tracks_limit - len(self._free), left

    def _picture(self, shots: TrackShots, position: int) -> MatchPicture:
        shot = shots.kept[position]
        assert shot.crop_size is not None
        height, width = shot.crop_size
        pixels = bytearray(height * width * 3)
        copy = np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
        np.copyto(copy, self._memory.crops[shots.slot, position, :height, :width])
        return MatchPicture(
            width=width, height=height, bgr=pixels, captured_us=shot.captured_us, quality=shot.quality.overall
        )

    def _forget_chip(self, shots: TrackShots, position: int, now_us: int) -> None:
        self._memory.chips[shots.slot, position].fill(0)
        if not shots.kept[position].embedded:
            self._saw(shots.kept[position], now_us)

    def _forget_crop(self, shots: TrackShots, position: int, now_us: int) -> None:
        shot = shots.kept[position]
        if shot.crop_size is not None:
            self._memory.crops[shots.slot, position].fill(0)
            shot.crop_size = None
            self._saw(shot, now_us)

    def _saw(self, shot: _Kept, now_us: int) -> None:
        self.oldest_s = max(self.oldest_s, (now_us - shot.captured_us) / 1e6)
