"""Best shots: the few pictures of a passage that are kept, in preallocated slots, until it is over.

Rules:
  - a track owns one slot from its first usable face to its end, and nothing of it lies anywhere else;
  - a picture is overwritten as soon as its template is made; a template when its track ends;
  - a better shot takes the place of the worst; equal ones do not (each search may be a false alert);
  - what is overwritten is measured: how long after the last sighting, and how old the oldest picture was.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overt.domain.face import Quality
from overt.domain.geometry import FloatArray
from overt.domain.rules import RecognitionRules
from overt.faces.align import CHIP_SIZE


@dataclass(frozen=True, kw_only=True, eq=False)
class ShotMemory:
    """The slots of one camera, allocated once by whoever owns the memory.

    Attributes:
        chips: shape (tracks, shots, 112, 112, 3), uint8: aligned faces that wait for their template.
        templates: shape (tracks, shots + 1, length), float32: a template a shot, and the fused one last.
    """

    chips: NDArray[np.uint8]
    templates: FloatArray

    @staticmethod
    def sizes(rules: RecognitionRules, length: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes of `chips` and `templates`."""
        return (
            (rules.tracks_limit, rules.shots_kept, CHIP_SIZE, CHIP_SIZE, 3),
            (rules.tracks_limit, rules.shots_kept + 1, length),
        )


@dataclass(kw_only=True)
class _Kept:
    """What is known of one kept shot besides its slot."""

    quality: Quality
    captured_us: int
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
    """Decides which shots of each track are kept, and fuses their templates."""

    def __init__(self, rules: RecognitionRules, memory: ShotMemory) -> None:
        self._rules, self._memory = rules, memory
        self._free = list(range(rules.tracks_limit))[::-1]
        self._spacing_us = round(rules.shot_spacing_s * 1_000_000)

    def open(self) -> TrackShots | None:
        """A slot for a new track; None when all are taken."""
        return TrackShots(slot=self._free.pop()) if self._free else None

    def wants(self, shots: TrackShots, captured_us: int, size_px: float) -> bool:
        """Whether a closer look may pay: a first shot, a free place, a clearly larger face, or a longer wait.

        Args:
            size_px: width of the face, pixels of the frame.
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
        larger = size_px >= worst.width_px * self._rules.shot_gain
        return larger or captured_us - shots.last_taken_us >= 3 * self._spacing_us

    def offer(self, shots: TrackShots, chip: NDArray[np.uint8], quality: Quality, captured_us: int) -> bool:
        """Keeps a shot if there is room or if it is clearly better than the worst kept one; says whether it did."""
        kept = _Kept(quality=quality, captured_us=captured_us)
        if len(shots.kept) < self._rules.shots_kept:
            shots.kept.append(kept)
            position = len(shots.kept) - 1
        else:
            position = min(range(len(shots.kept)), key=lambda p: shots.kept[p].quality.overall)
            if quality.overall < shots.kept[position].quality.overall * self._rules.shot_gain:
                return False
            shots.kept[position] = kept
        np.copyto(self._memory.chips[shots.slot, position], chip)
        return True

    def chips(self, shots: TrackShots) -> list[NDArray[np.uint8]]:
        """The pictures that wait for a template, in the order of `shots.waiting`."""
        return [self._memory.chips[shots.slot, position] for position in shots.waiting]

    def take_templates(self, shots: TrackShots, templates: FloatArray, now_us: int) -> float:
        """Stores the templates of the waiting shots, overwrites their pictures, and fuses all of the track's templates,
        each weighed by its quality.

        Args:
            templates: shape (len(shots.waiting), length).

        Returns:
            Age of the oldest picture that was overwritten, seconds.
        """
        oldest = 0.0
        for row, position in enumerate(shots.waiting):
            np.copyto(self._memory.templates[shots.slot, position], templates[row])
            self._memory.chips[shots.slot, position].fill(0)
            shots.kept[position].embedded = True
            oldest = max(oldest, (now_us - shots.kept[position].captured_us) / 1e6)
        fused = self._memory.templates[shots.slot, -1]
        fused.fill(0)
        for position, shot in enumerate(shots.kept):
            row = self._memory.templates[shots.slot, position]
            weight = np.float32(max(shot.quality.overall, 0.05))
            row *= weight
            fused += row
            row /= weight
        fused /= np.float32(max(float(np.sqrt(fused @ fused)), 1e-12))
        return oldest

    def probes(self, shots: TrackShots) -> tuple[FloatArray, FloatArray]:
        """The fused template, shape (1, length), and those of the kept shots, shape (k, length); views of the slot."""
        templates = self._memory.templates[shots.slot]
        return templates[-1:], templates[: len(shots.kept)]

    def close(self, shots: TrackShots, now_us: int) -> float:
        """Overwrites the track's slot and frees it.

        Returns:
            Age of the oldest picture in it, seconds; those with a template were overwritten before.
        """
        self._memory.chips[shots.slot].fill(0)
        self._memory.templates[shots.slot].fill(0)
        self._free.append(shots.slot)
        waiting = (shots.kept[position].captured_us for position in shots.waiting)
        oldest = max(((now_us - captured_us) / 1e6 for captured_us in waiting), default=0.0)
        shots.kept.clear()
        return oldest
