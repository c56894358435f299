"""One row for each figure: its words, and below them its point and whisker on a common scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from overt.evaluation.charts_frame import Axis, Word, frame
from overt.evaluation.charts_palette import LIGHT
from overt.evaluation.charts_scale import Reading, limits, read
from overt.evaluation.charts_sheet import LETTERS, NO_BREAK, ROW, WIDTH, Sheet, drawn, folded
from overt.evaluation.intervals import in_words

_WHISKER: Final = 18.0  # height below the words


@dataclass(frozen=True, kw_only=True)
class Whisker:
    """One row of a forest plot.

    Attributes:
        label: whose figure it is.
        value, low, high: the figure and its interval; `high` may be infinite.
        note: for example "n = 312".
        says: the figure in words, where those of the chart do not fit.

    Raises:
        ValueError: the value is no number or lies outside its interval.
    """

    label: str
    value: float
    low: float
    high: float
    note: str = ""
    says: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.low) and self.low <= self.value <= self.high):
            raise ValueError(f"{self.label!r} leaves its interval: {self.low}, {self.value}, {self.high}")

    def words(self, reads: Reading) -> str:
        """The figure with its interval."""
        if self.says:
            return self.says
        if reads == "number" or not (self.low >= 0 and self.high <= 1):
            return f"{read(self.value, reads)} ({read(self.low, reads)} to {read(self.high, reads)})"
        return in_words(self.value, self.low, self.high)


def forest(
    rows: Sequence[Whisker],
    *,
    title: str,
    x_label: str,
    reference: float | None = None,
    log_x: bool = False,
    reads: Reading = "number",
    reference_label: str = "",
) -> str:
    """Figures with their intervals below each other.

    On a scale of powers an interval that reaches 0 ends in a wedge at the left edge, and a figure of 0 is one; an
    interval without an upper limit ends in a wedge at the right edge.

    Args:
        rows: at least one, in reading order.
        title: what is shown.
        x_label: what the scale is, with its unit.
        reference: a value to compare with, as a dashed line beside each whisker.
        log_x: a scale of powers of ten.
        reads: how numbers are said; shares with "percent" or "one in".
        reference_label: the word over the dashed line; its number where empty.

    Raises:
        ValueError: no row.
    """
    if not rows:
        raise ValueError("a forest plot needs a row")

    def draw(sheet: Sheet) -> str:
        values = [value for row in rows for value in (row.low, row.value, row.high)]
        low, high = limits([*values, *([] if reference is None else [reference])], log=log_x, whole=reads != "number")
        words = (
            [] if reference is None else [Word(x=reference, text=reference_label or read(reference, reads), led=False)]
        )
        texts = [_rows_of(row, row.words(reads)) for row in rows]
        heights = [ROW * len(text) + _WHISKER for text in texts]
        axis = Axis(label=x_label, low=low, high=high, reads=reads, log=log_x)
        sheet.axes.set_ylim(sum(heights), 0)
        frame(sheet, title, axis, None, words, sum(heights), 12)
        top = 0.0
        for row, text, height in zip(rows, texts, heights, strict=True):
            _write(sheet, text, sheet.under(top))
            if reference is not None:  # between the words, not through them
                place, ends = sheet.along(reference), (top + height - _WHISKER + 4, top + height)
                sheet.leader([place, place], [sheet.under(end) for end in ends], "quiet", dashed=True)
            _draw(sheet, row, top + height - _WHISKER / 2, log=log_x)
            top += height
        return f"{title}. {_said(rows, reads)}"

    return drawn(draw)


def _rows_of(row: Whisker, figure: str) -> list[tuple[str, str]]:
    """Rows of text, each a left and a right part: the label, and beside its last row the figure where there is room."""
    note = row.note.replace(" ", NO_BREAK)
    labels = folded(f"{row.label} ({note})" if note else row.label, LETTERS)
    if len(labels) == 1 and len(labels[0]) + len(figure) <= LETTERS - 2:
        return [(labels[0], figure)]
    return [*((label, "") for label in labels), ("", figure)]


def _write(sheet: Sheet, text: Sequence[tuple[str, str]], top: float) -> None:
    for number, (left, right) in enumerate(text, 1):
        if left:
            sheet.write(0, top + ROW * number - 2, left)
        if right:
            sheet.write(WIDTH, top + ROW * number - 2, right, "right")


def _draw(sheet: Sheet, row: Whisker, y: float, *, log: bool) -> None:
    axes, ink = sheet.axes, LIGHT["ink"]
    left, right = axes.get_xlim()
    low, high = (left if log and row.low <= 0 else row.low), min(row.high, right)
    axes.plot([low, high], [y, y], color=ink, linewidth=1.6, solid_capstyle="butt")
    wedged = log and row.low <= 0, row.high > right
    for end, wedge, mark in ((low, wedged[0], "<"), (high, wedged[1], ">")):
        axes.plot(
            [end], [y], marker=mark if wedge else "|", markersize=8, color=ink, markeredgewidth=1.6, clip_on=False
        )
    if not (log and row.value <= 0):
        axes.plot([row.value], [y], marker="o", markersize=8, color=ink, markeredgewidth=0, clip_on=False)


def _said(rows: Sequence[Whisker], reads: Reading) -> str:
    return " ".join(f"{row.label}: {row.words(reads)}{f', {row.note}' if row.note else ''}." for row in rows)
