"""The whole measurement of an envelope: every condition, level by level, with what was kept of an earlier run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from overt.domain.errors import Refused
from overt.domain.progress import Progress
from overt.evaluation.envelope import (
    SIDE_LIGHT,
    YAW,
    Cast,
    by_angle,
    by_crowd,
    by_yaw,
    natural_yaws,
    side_lights,
    spoiled_level,
)
from overt.evaluation.envelope_crowd import CROWD, Crowd
from overt.evaluation.envelope_edges import Curve, Level, curve
from overt.evaluation.envelope_kept import KeptLevels
from overt.evaluation.envelope_look import OneLook
from overt.evaluation.envelope_spoil import CONDITIONS, Condition
from overt.evaluation.samples import FindsPortraits

NAMES: Final = (*(condition.name for condition in CONDITIONS), YAW.name, SIDE_LIGHT.name, CROWD.name)
_CLEAN: Final = "clean"

Step = Callable[[str], Progress]


def chosen_names(only: Sequence[str], *, lit: bool, streets: bool) -> tuple[str, ...]:
    """The conditions to measure, in their order; all that can be where `only` is empty.

    Args:
        lit: there are pictures that carry the light's direction.
        streets: there are rehearsed streets.

    Raises:
        Refused: an unknown name, or one for which the pictures or streets are missing.
    """
    unknown = next((name for name in only if name not in NAMES), None)
    if unknown is not None:
        raise Refused(f"There is no condition {unknown}.", f"Name any of {', '.join(NAMES)}.")
    if SIDE_LIGHT.name in only and not lit:
        raise Refused("Side light is measured on pictures that carry its direction.", "Name them with --side-light.")
    if CROWD.name in only and not streets:
        raise Refused("What a crowd costs is measured on rehearsed streets.", "Name them with --street.")
    there = {SIDE_LIGHT.name: lit, CROWD.name: streets}
    return tuple(name for name in NAMES if (name in only if only else there.get(name, True)))


def measured(
    cast: Cast,
    look: OneLook,
    recogniser: FindsPortraits,
    *,
    names: Sequence[str],
    threshold: float,
    seed: int,
    step: Step,
    lit: Mapping[str, Sequence[Path]] | None = None,
    crowd: Crowd | None = None,
    kept: KeptLevels | None = None,
) -> tuple[Curve, ...]:
    """One curve for each condition that enough people show.

    Args:
        names: of `chosen_names`.
        threshold: cosine.
        seed: of every random choice.
        step: called with the name of a condition and its level before its pictures are looked at; gives the progress.
        lit: pictures that carry the light's direction, where side light is measured.
        crowd: the rehearsed streets, where what a crowd costs is measured.
        kept: finished levels of an earlier run; new ones are added.
    """

    def level(name: str, index: int, at: float, make: Callable[[Progress], Level]) -> Level:
        known = None if kept is None else kept.get(name, index, at)
        if known is None:
            known = make(step(f"{name} {at:.3g}" if index else name))
            if kept is not None:
                kept.put(name, index, known)
        return known

    def spoiled(condition: Condition, index: int) -> Level:
        at = (condition.clean, *condition.levels)[index]
        return level(
            condition.name, index, at, lambda progress: spoiled_level(cast, look, condition, index, seed, progress)
        )

    def clean(progress: Progress) -> Level:
        return _at(spoiled_level(cast, look, CONDITIONS[0], 0, seed, progress), 0.0)

    curves: list[Curve] = []
    for condition in (one for one in CONDITIONS if one.name in names):
        first = _at(level(_CLEAN, 0, 0.0, clean) if not curves else curves[0].levels[0], condition.clean)
        worse = tuple(spoiled(condition, index) for index in range(1, len(condition.levels) + 1))
        curves.append(curve(condition, (first, *worse), threshold, seed))
    natural = []
    if YAW.name in names:
        natural.append(by_yaw(level(YAW.name, 0, 0.0, lambda p: natural_yaws(cast, look, recogniser, p))))
    if SIDE_LIGHT.name in names:
        given = lit or {}
        natural.append(
            by_angle(level(SIDE_LIGHT.name, 0, 0.0, lambda p: side_lights(given, cast, look, recogniser, p)))
        )
    if CROWD.name in names and crowd is not None:
        natural.append(by_crowd(level(f"{CROWD.name} {crowd.key}", 0, 0.0, crowd.watch)))
    curves.extend(curve(condition, levels, threshold, seed) for condition, levels in natural if len(levels) > 1)
    return tuple(curves)


def _at(level: Level, value: float) -> Level:
    return Level(level=value, people=level.people, own=level.own, other=level.other, live=level.live)
