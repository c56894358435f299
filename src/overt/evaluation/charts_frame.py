"""What stands around a chart: title, axes with their units, ticks, and words above that name a place below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from overt.evaluation.charts_scale import Reading, apart, read, ticks
from overt.evaluation.charts_sheet import LETTER, ROW, WIDTH, Sheet

_GAP: Final = 12.0  # between two words of a row, and beside the numbers of an axis


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One scale: what it is with its unit, its ends, and how its numbers are said."""

    label: str
    low: float
    high: float
    reads: Reading = "number"
    log: bool = False

    def ticks(self) -> list[tuple[float, str]]:
        """Values, ascending, and how they read; no two read the same."""
        found = {read(value, self.reads): value for value in ticks(self.low, self.high, log=self.log)}
        return [(value, text) for text, value in found.items()]


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word above the axes over the value `x`; `led`: by a line down to `y`, through all of the axes without one."""

    x: float
    text: str
    y: float | None = None
    colour: str = "ink"
    led: bool = True


def frame(sheet: Sheet, title: str, x: Axis, y: Axis | None, words: Sequence[Word], height: float, room: float) -> None:
    """Title, words, axes and their labels, from the top down.

    Args:
        sheet: a new one.
        title: takes as many rows as it needs.
        x, y: the scales; without `y` the axes start at the left edge.
        words: stand above the axes.
        height: of the axes.
        room: kept free to the right of the axes.
    """
    sheet.paragraph(title, bold=True)
    if x.log:
        sheet.axes.set_xscale("log", nonpositive="mask")
    sheet.axes.set_xlim(x.low, x.high)
    left, right = _across(sheet, x, _upright(sheet, y), WIDTH - room)
    sheet.down += _GAP
    sizes = [LETTER * len(word.text) + _GAP for word in words]
    placed = _arranged([sheet.along(word.x) for word in words], sizes)
    top = sheet.down
    sheet.down += ROW * (1 + max((row for _, row in placed), default=-1)) + (4 if words else 0)
    sheet.place(height)
    for word, size, (centre, row) in zip(words, sizes, placed, strict=True):
        base = top + ROW * (row + 1) - 4
        sheet.write(centre, base, word.text, "center", word.colour)
        _lead(sheet, word, (centre - size / 2, centre + size / 2), base + 4)
    _lower(sheet, x, left, right - left)


def _upright(sheet: Sheet, y: Axis | None) -> float:
    """Draws the upright scale, with its label above it; returns how much room its numbers take."""
    axes = sheet.axes
    if y is None:
        axes.yaxis.set_visible(False)
        axes.spines["left"].set_visible(False)
        return 6.0
    sheet.paragraph(y.label, colour="quiet")
    marked = y.ticks()
    if y.log:
        axes.set_yscale("log", nonpositive="mask")
    axes.set_ylim(y.low, y.high)
    axes.set_yticks([value for value, _ in marked], [text for _, text in marked])
    axes.set_yticks([], minor=True)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="y")
    axes.spines["left"].set_visible(False)
    return LETTER * max((len(text) for _, text in marked), default=0) + _GAP


def _across(sheet: Sheet, x: Axis, left: float, right: float) -> tuple[float, float]:
    """Left and right end of the axes, drawn in so far that the outermost numbers stay on the sheet."""
    sheet.across(left, right)
    spans = [(sheet.along(value), (LETTER * len(text) + _GAP) / 2) for value, text in x.ticks()]
    left += max(0.0, *(half - middle for middle, half in spans))
    right -= max(0.0, *(middle + half - WIDTH for middle, half in spans))
    sheet.across(left, right)
    return left, right


def _lower(sheet: Sheet, x: Axis, left: float, width: float) -> None:
    """Draws the numbers of the lower scale, as many as have room, and its label."""
    marked = x.ticks()
    while len(marked) > 2 and sum(LETTER * len(text) + _GAP for _, text in marked) > width:
        marked = marked[::2]
    sheet.axes.set_xticks([value for value, _ in marked], [text for _, text in marked])
    sheet.axes.set_xticks([], minor=True)
    sheet.down += ROW + 2
    sheet.paragraph(x.label, left, colour="quiet")
    sheet.down += 6


def _arranged(places: Sequence[float], sizes: Sequence[float]) -> list[tuple[float, int]]:
    """Centre and row of each word: one row where all fit beside each other, else one each.

    In rows of their own words begin at their places and the rightmost stands lowest, so that no leader passes through
    another word.
    """
    if sum(sizes) <= WIDTH:
        return [(centre, 0) for centre in apart(places, sizes, 0, WIDTH)]
    order = sorted(range(len(places)), key=lambda index: places[index])
    centres = [min(place - _GAP / 2, WIDTH - size) + size / 2 for place, size in zip(places, sizes, strict=True)]
    return [(centre, order.index(index)) for index, centre in enumerate(centres)]


def _lead(sheet: Sheet, word: Word, span: tuple[float, float], start: float) -> None:
    """From a word, which reaches over a span, to its place: straight down where the place lies under the word."""
    if not word.led:
        return
    place = sheet.along(word.x)
    top = sheet.under(sheet.axes.get_ylim()[1])
    sheet.leader([min(max(place, span[0]), span[1]), place], [start, top], word.colour)
    end = sheet.under(sheet.axes.get_ylim()[0] if word.y is None else word.y)
    sheet.leader([place, place], [top, end], word.colour, dashed=word.y is None)
