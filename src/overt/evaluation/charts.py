"""Charts of figures with their intervals, each as the text of one `<svg>`.

Rules:
  - accent for the subject, quiet for context, ink for the figures; a second line of one colour has other dashes;
  - an interval is a band with edges or a whisker, and is never left out where it is known;
  - what a line or a group is stands beside it, and labels keep apart;
  - an axis of shares that starts near nought starts at nought; a scale of powers cannot show nought, so a whisker that
    reaches it ends in a wedge at the edge, as one without an upper limit does;
  - the text alternative holds the numbers that a person would read off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from overt.evaluation.charts_forest import Whisker, forest
from overt.evaluation.charts_frame import Axis, Word, frame
from overt.evaluation.charts_palette import LIGHT
from overt.evaluation.charts_scale import Reading, apart, limits, read
from overt.evaluation.charts_sheet import LETTER, ROW, Sheet, drawn, folded

__all__ = ["Bars", "Line", "Reading", "Whisker", "curve", "forest", "histogram"]

Dash = str | tuple[int, tuple[float, ...]]

_DASHES: Final[tuple[Dash, ...]] = ("solid", (0, (5, 2)), (0, (1.5, 1.5)), (0, (7, 2, 1.5, 2)))
_FEW: Final = 15  # points of a line, up to which each is marked as measured
_HEIGHT: Final = 240.0
_LABEL_LETTERS: Final = 17


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a curve.

    Attributes:
        label: what it is, in a few words; may be empty.
        x, y: its points in drawing order; NaN in `y` is a gap.
        low, high: interval of each `y`, both or neither.
        subject: what the chart is about, else context.

    Raises:
        ValueError: no points, lengths that differ, an infinite number, one limit alone, or a limit beyond its point.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    subject: bool = True

    def __post_init__(self) -> None:
        _keep_numbers(self, "x", "y", "low", "high")
        columns = [column for column in (self.x, self.y, self.low, self.high) if column is not None]
        if len(columns) == 3:
            raise ValueError(f"the line {self.label!r} has one limit and not the other")
        if len({len(column) for column in columns}) != 1 or not len(self.x):
            raise ValueError(f"the line {self.label!r} has no points, or columns of different lengths")
        if not all(map(math.isfinite, self.x)) or any(math.isinf(value) for column in columns for value in column):
            raise ValueError(f"the line {self.label!r} has a point that is nowhere")
        if all(map(math.isnan, self.y)):
            raise ValueError(f"the line {self.label!r} has gaps only")
        if self.low is not None and self.high is not None:
            for low, y, high in zip(self.low, self.y, self.high, strict=True):
                if low > y or y > high:
                    raise ValueError(f"the line {self.label!r} leaves its interval: {low}, {y}, {high}")


@dataclass(frozen=True, kw_only=True)
class Bars:
    """One group of a histogram.

    Attributes:
        label: what the group is.
        edges: of the bins, ascending, one more than `shares`.
        shares: of the group in each bin, 0 to 1.
        subject: what the chart is about, else context.

    Raises:
        ValueError: no bins, edges that do not ascend or do not fit the shares, or a number that is no share.
    """

    label: str
    edges: Sequence[float]
    shares: Sequence[float]
    subject: bool = True

    def __post_init__(self) -> None:
        _keep_numbers(self, "edges", "shares")
        if not len(self.shares) or len(self.edges) != len(self.shares) + 1:
            raise ValueError(f"the group {self.label!r} needs bins, and one edge more than it has bins")
        if not all(map(math.isfinite, self.edges)) or not all(
            left < right for left, right in zip(self.edges, self.edges[1:], strict=False)
        ):
            raise ValueError(f"the edges of the group {self.label!r} do not ascend")
        if not all(0 <= share <= 1 for share in self.shares):
            raise ValueError(f"the group {self.label!r} holds a number that is no share")


def _keep_numbers(of: Line | Bars, *names: str) -> None:
    """Arrays become tuples, so that a frozen value stays as it is."""
    for name in names:
        if (column := getattr(of, name)) is not None:
            object.__setattr__(of, name, tuple(float(number) for number in column))


def curve(
    lines: Sequence[Line],
    *,
    title: str,
    x_label: str,
    y_label: str,
    log_x: bool = False,
    log_y: bool = False,
    marks: Sequence[tuple[float, str]] = (),
    x_reads: Reading = "number",
    y_reads: Reading = "number",
) -> str:
    """Lines with their intervals; on a scale of powers a point that is not above 0 is a gap.

    Args:
        lines: at least one.
        title: what is shown, with n.
        x_label, y_label: what the axes are, with unit.
        log_x, log_y: scales of powers of ten.
        marks: vertical lines, each with a word.
        x_reads, y_reads: how the numbers of an axis are said.

    Raises:
        ValueError: no line.
    """
    if not lines:
        raise ValueError("a curve needs a line")

    def draw(sheet: Sheet) -> str:
        heights = [value for line in lines for column in (line.y, line.low, line.high) for value in column or ()]
        x = _axis(x_label, [value for line in lines for value in line.x] + [at for at, _ in marks], x_reads, log=log_x)
        low, high = limits(heights, log=log_y, whole=y_reads != "number")
        y = Axis(label=y_label, low=low, high=high, reads=y_reads, log=log_y)
        labels = [folded(line.label, _LABEL_LETTERS) for line in lines]
        widest = max((len(row) for label in labels for row in label), default=0)
        words = [Word(x=at, text=text) for at, text in marks]
        frame(sheet, title, x, y, words, _HEIGHT, LETTER * widest + 24 if widest else 12)
        for line, dash in zip(lines, _dashes([line.subject for line in lines]), strict=True):
            _draw_line(sheet, line, dash)
        _name_lines(sheet, lines, labels)
        return " ".join(
            [f"{title}.", *(_line_in_words(line, x_reads, y_reads) for line in lines), *_said(marks, x_reads)]
        )

    return drawn(draw)


def histogram(
    groups: Sequence[Bars],
    *,
    title: str,
    x_label: str,
    marks: Sequence[tuple[float, str]] = (),
    x_reads: Reading = "number",
    y_label: str = "Share of each group in a bin",
) -> str:
    """How groups spread over bins, each as a share of itself.

    Args:
        groups: at least one.
        title: what is shown, with n.
        x_label, y_label: what the axes are, with unit.
        marks: vertical lines, each with a word.
        x_reads: how the numbers below are said.

    Raises:
        ValueError: no group.
    """
    if not groups:
        raise ValueError("a histogram needs a group")

    def draw(sheet: Sheet) -> str:
        edges = [edge for group in groups for edge in group.edges]
        most = max(share for group in groups for share in group.shares) or 1.0
        x = _axis(x_label, edges + [at for at, _ in marks], x_reads)
        y = Axis(label=y_label, low=0, high=1.05 * most, reads="percent")
        words = [Word(x=at, text=text) for at, text in marks] + [_peak(group) for group in groups]
        frame(sheet, title, x, y, words, _HEIGHT, 12)
        for group, dash in zip(groups, _dashes([group.subject for group in groups]), strict=True):
            colour = _colour(subject=group.subject)
            sheet.axes.stairs(group.shares, group.edges, fill=True, color=colour, alpha=0.22, linewidth=0)
            sheet.axes.stairs(group.shares, group.edges, color=colour, linestyle=dash, linewidth=1.6, baseline=None)
        return " ".join([f"{title}.", *(_group_in_words(group, x_reads) for group in groups), *_said(marks, x_reads)])

    return drawn(draw)


def _axis(label: str, values: Sequence[float], reads: Reading, *, log: bool = False) -> Axis:
    """A lower scale that ends where the values do."""
    shown = [value for value in values if value > 0 or not log]
    low, high = min(shown, default=0.1), max(shown, default=1.0)
    if low == high:
        low, high = limits([low], log=log)
    return Axis(label=label, low=low, high=high, reads=reads, log=log)


def _colour(*, subject: bool) -> str:
    return LIGHT["accent" if subject else "quiet"]


def _dashes(subjects: Sequence[bool]) -> list[Dash]:
    """A pattern for each line, other ones for lines of the same colour."""
    return [_DASHES[subjects[:index].count(subject) % len(_DASHES)] for index, subject in enumerate(subjects)]


def _draw_line(sheet: Sheet, line: Line, dash: Dash) -> None:
    axes, colour = sheet.axes, _colour(subject=line.subject)
    if line.low is not None and line.high is not None:
        bottom = axes.get_ylim()[0]
        low = [max(value, bottom) for value in line.low]  # a scale of powers has no place for 0
        axes.fill_between(line.x, low, line.high, color=colour, alpha=0.14, linewidth=0)
        for limit in (low, line.high):
            axes.plot(line.x, limit, color=colour, linewidth=0.7)
    few = len(line.x) <= _FEW
    axes.plot(
        line.x,
        line.y,
        color=colour,
        linestyle=dash,
        linewidth=2.2 if line.subject else 1.5,
        marker=("o" if line.subject else "s") if few else "",
        markersize=5,
        zorder=2.2 if line.subject else 2.1,
        clip_on=not few,
    )


def _name_lines(sheet: Sheet, lines: Sequence[Line], labels: Sequence[Sequence[str]]) -> None:
    """Each label to the right of the axes, as near to the end of its line as the others allow."""
    ends = [_end(line, sheet) for line in lines]
    top, bottom = (sheet.under(value) for value in reversed(sheet.axes.get_ylim()))
    named = [index for index, label in enumerate(labels) if label]
    sizes = [ROW * len(labels[index]) + 6 for index in named]
    right = sheet.along(sheet.axes.get_xlim()[1])
    for index, centre in zip(named, apart([ends[index][1] for index in named], sizes, top, bottom), strict=True):
        colour = "accent" if lines[index].subject else "quiet"
        sheet.leader([ends[index][0], right + 4, right + 12], [ends[index][1], ends[index][1], centre], colour)
        first = centre - ROW * len(labels[index]) / 2
        for row, text in enumerate(labels[index], 1):
            sheet.write(right + 16, first + ROW * row - 4, text, "left", colour)


def _end(line: Line, sheet: Sheet) -> tuple[float, float]:
    """Where the last point of a line that can be seen lies on the sheet."""
    (left, right), (low, high) = sheet.axes.get_xlim(), sheet.axes.get_ylim()
    seen = [(x, y) for x, y in zip(line.x, line.y, strict=True) if left <= x <= right and low <= y <= high]
    x, y = seen[-1] if seen else (right, low)
    return sheet.along(x), sheet.under(y)


def _peak(group: Bars) -> Word:
    """The group's label over its fullest bin."""
    most = max(group.shares)
    at = list(group.shares).index(most)
    middle = (group.edges[at] + group.edges[at + 1]) / 2
    return Word(x=middle, text=group.label, y=most, colour="accent" if group.subject else "quiet")


def _line_in_words(line: Line, x_reads: Reading, y_reads: Reading) -> str:
    points = [(x, y) for x, y in zip(line.x, line.y, strict=True) if not math.isnan(y)]
    first, last = ((read(y, y_reads), read(x, x_reads)) for x, y in (points[0], points[-1]))
    span = f"from {first[0]} at {first[1]} to {last[0]} at {last[1]}"
    low, high = (read(limit(y for _, y in points), y_reads) for limit in (min, max))
    return f"{line.label or 'One line'}: {span}, lowest {low}, highest {high}."


def _group_in_words(group: Bars, reads: Reading) -> str:
    filled = [index for index, share in enumerate(group.shares) if share > 0]
    if not filled:
        return f"{group.label}: none."
    low, high = read(group.edges[filled[0]], reads), read(group.edges[filled[-1] + 1], reads)
    return f"{group.label}: between {low} and {high}, most near {read(_peak(group).x, reads)}."


def _said(marks: Sequence[tuple[float, str]], reads: Reading) -> list[str]:
    return [f"{text}: marked at {read(at, reads)}." for at, text in marks]
