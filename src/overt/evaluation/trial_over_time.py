"""Precision as a trial went on: of all prompts up to each, how many were right."""

from __future__ import annotations

from typing import Final

from overt.evaluation.charts import Line, curve
from overt.evaluation.intervals import Figure
from overt.evaluation.report import Section
from overt.evaluation.trial import Trial
from overt.evaluation.trial_match import RIGHT, WRONG, captured_us

FEWEST: Final = 5
MISUSE: Final = (
    "Each point holds all prompts before it, so the points are not independent, and the line settles by itself: that "
    "it grows flat is no sign that anything got better. Its last point is the precision of the whole trial."
)


def precision_so_far(found: Trial) -> tuple[tuple[float, Figure], ...]:
    """Minutes since the first prompt of which it could be told who it was, and the precision of all such prompts up to
    then, in the order of time."""
    told = sorted(
        (captured_us(one.prompt, found.kind), one.came in RIGHT)
        for one in found.matched.judged
        if one.came in (*RIGHT, *WRONG)
    )
    right, points = 0, []
    for count, (at_us, is_right) in enumerate(told, 1):
        right += is_right
        points.append(((at_us - told[0][0]) / 60e6, Figure.of(right, count)))
    return tuple(points)


def over_time(found: Trial) -> tuple[Section, ...]:
    """The section of a report; none where fewer than `FEWEST` prompts could be told."""
    points = precision_so_far(found)
    if len(points) < FEWEST:
        return ()
    figures = [figure for _, figure in points]
    line = Line(
        label="precision so far",
        x=[minutes for minutes, _ in points],
        y=[figure.num / figure.den for figure in figures],
        low=[figure.low for figure in figures],
        high=[figure.high for figure in figures],
    )
    halfway = figures[(len(figures) - 1) // 2]
    return (
        Section(
            heading="Precision over time",
            sentences=(
                f"{halfway.sentence('prompts on people who could be told were right, in the first half')}.",
                f"{figures[-1].sentence('prompts on people who could be told were right, in all of them')}.",
            ),
            chart=curve(
                [line],
                title=f"Precision as the trial went on ({found.kind}, n = {len(points)} prompts)",
                x_label="minutes since the first prompt",
                y_label="precision so far",
                y_reads="percent",
            ),
            misuse=MISUSE,
        ),
    )
