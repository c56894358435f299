"""One evaluation as one HTML file that needs nothing else.

Rules:
  - the file loads nothing: no script, no font, no picture, no style sheet; its own policy forbids a browser to;
  - every text is escaped; only a chart is taken as it is, and one that could run or load something is refused;
  - what a figure does not mean stands in the same section as the figure, never in a note at the end;
  - what the figures rest on stands at the end of every report that knows it;
  - it can be read by day and by night, on a phone, on paper in black and white, and by a screen reader.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from overt.evaluation.charts_palette import DARK, LIGHT, variables

_LONG: Final = 4  # sections, from which on a reader wants a table of contents
_NUMBER: Final = re.compile(r"(?:[-−]?[\d.,]*\d|1 in [\d,]+|(?:under|over) [\d.]+)(?: %)?(?: \([^()]*\))?")
_ABSENT: Final = frozenset({"", "–", "—", "-", "none"})
_DRAWN: Final = frozenset(
    {"svg", "g", "defs", "path", "use", "text", "tspan", "clippath", "rect", "circle", "line", "polyline", "polygon"}
)
_WITHIN: Final = re.compile(r"#[\w.-]+")


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table; the first cell of a row names the row, and columns that hold numbers only align right.

    Attributes:
        header: one heading for each column.
        rows: as many cells each as there are headings.
        caption: what the table holds; the section's heading where empty.

    Raises:
        ValueError: no heading, or a row of another length.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""

    def __post_init__(self) -> None:
        if not self.header:
            raise ValueError("a table without headings says nothing")
        wrong = next((row for row in self.rows if len(row) != len(self.header)), None)
        if wrong is not None:
            raise ValueError(f"a row has {len(wrong)} cells where {len(self.header)} headings stand: {wrong}")

    def numeric(self, column: int) -> bool:
        """Whether every cell of a column that holds anything holds a number, and one does."""
        cells = [row[column] for row in self.rows if row[column] not in _ABSENT]
        return bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)


@dataclass(frozen=True, kw_only=True)
class Section:
    """One thing that was measured.

    Attributes:
        heading: what it is.
        sentences: one paragraph each.
        grid: the figures as a table.
        chart: an `<svg>` of `overt.evaluation.charts`, which carries its own text alternative.
        misuse: what the figures here do not mean; a line is a paragraph.

    Raises:
        ValueError: no heading, or a chart that is no `<svg>`, has no text alternative, or could run or load something.
    """

    heading: str
    sentences: tuple[str, ...] = ()
    grid: Grid | None = None
    chart: str = ""
    misuse: str = ""

    def __post_init__(self) -> None:
        if not self.heading.strip():
            raise ValueError("a section needs a heading")
        if not self.chart:
            return
        if not (self.chart.startswith("<svg ") and self.chart.rstrip().endswith("</svg>")):
            raise ValueError("a chart is one <svg> and nothing else")
        if "aria-label=" not in self.chart.partition(">")[0]:
            raise ValueError("a chart needs a text alternative (aria-label)")
        if found := _Drawing.faults(self.chart):
            raise ValueError(f"a chart may neither run nor load anything: {', '.join(found)}")


@dataclass(frozen=True, kw_only=True)
class Report:
    """An evaluation for people.

    Attributes:
        title: what was evaluated.
        lead: the answer, in a sentence or two.
        sections: in the order in which they are read.
        provenance: what the figures rest on, as (label, text).

    Raises:
        ValueError: no title.
    """

    title: str
    lead: str
    sections: tuple[Section, ...]
    provenance: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("a report needs a title")


class _Drawing(HTMLParser):
    """Reads a chart as a browser would, and notes what is no drawing."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def faults(cls, chart: str) -> list[str]:
        """Elements and attributes that a chart may not have."""
        reader = cls()
        reader.feed(chart)
        reader.close()
        return reader.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _DRAWN:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            text = (value or "").lower()
            leads_out = name in {"href", "xlink:href", "src"} and not _WITHIN.fullmatch(text)
            if name.startswith("on") or leads_out or "url(" in text.replace("url(#", ""):
                self.found.append(f"{name} of <{tag}>")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"<!{decl}>")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}-->")


def to_html(report: Report) -> str:
    """The whole file. A number stays on one line with its per cent sign (by a no-break space)."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    title = _text(report.title)
    yield '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"""
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{title}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n<main>\n<header>"
    yield f"<h1>{title}</h1>"
    if report.lead:
        yield f'<p class="lead">{_text(report.lead)}</p>'
    yield "</header>"
    if len(report.sections) >= _LONG:
        yield from _contents(report)
    for number, section in enumerate(report.sections, 1):
        yield from _section(section, number)
    if report.provenance:
        yield from _provenance(report.provenance)
    yield "</main>\n</body>\n</html>"


def _contents(report: Report) -> Iterator[str]:
    yield '<nav aria-labelledby="contents">\n<h2 id="contents">Contents</h2>\n<ol>'
    for number, section in enumerate(report.sections, 1):
        yield f'<li><a href="#part-{number}">{_text(section.heading)}</a></li>'
    yield "</ol>"
    if report.provenance:
        yield '<p><a href="#provenance">What the figures rest on</a></p>'
    yield "</nav>"


def _section(section: Section, number: int) -> Iterator[str]:
    name = f"part-{number}"
    yield f'<section aria-labelledby="{name}">\n<h2 id="{name}">{_text(section.heading)}</h2>'
    for sentence in section.sentences:
        yield f"<p>{_text(sentence)}</p>"
    if section.chart:
        yield f"<figure>\n{section.chart.rstrip()}\n</figure>"
    if section.grid is not None:
        yield from _table(section.grid, name)
    if section.misuse:
        yield f'<div class="misuse" role="note" aria-labelledby="{name}-not">'
        yield f'<h3 id="{name}-not">What this does not mean</h3>'
        yield from (f"<p>{_text(paragraph)}</p>" for paragraph in section.misuse.splitlines())
        yield "</div>"
    yield "</section>"


def _table(grid: Grid, section: str) -> Iterator[str]:
    name = f"{section}-table" if grid.caption else section
    numbers = [' class="number"' if grid.numeric(column) else "" for column in range(len(grid.header))]
    yield f'<div class="wide" role="region" aria-labelledby="{name}" tabindex="0">\n<table>'
    if grid.caption:
        yield f'<caption id="{name}">{_text(grid.caption)}</caption>'
    heads = (f'<th scope="col"{kind}>{_text(head)}</th>' for head, kind in zip(grid.header, numbers, strict=True))
    yield f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>"
    for first, *rest in grid.rows:
        cells = (f"<td{kind}>{_text(cell)}</td>" for cell, kind in zip(rest, numbers[1:], strict=True))
        yield f'<tr><th scope="row"{numbers[0]}>{_text(first)}</th>{"".join(cells)}</tr>'
    yield "</tbody>\n</table>\n</div>"


def _provenance(rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield '<section class="provenance" aria-labelledby="provenance">'
    yield '<h2 id="provenance">What the figures rest on</h2>\n<dl>'
    for label, text in rows:
        yield f"<dt>{_text(label)}</dt><dd>{_text(text)}</dd>"
    yield "</dl>\n</section>"


def _text(text: str) -> str:
    """Escaped; what is no letter in any encoding, as in the name of a file, becomes a question mark."""
    return html.escape(text.encode("utf-8", "replace").decode(), quote=False).replace(" %", "\u00a0%")


def _style() -> str:
    return _STYLE.replace("LIGHT", variables(LIGHT)).replace("DARK", variables(DARK))


_STYLE: Final = """\
:root { LIGHT }
@media screen and (prefers-color-scheme: dark) { :root { DARK } }
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 16px/1.4 system-ui, sans-serif; }
body { margin: 0; font-variant-numeric: tabular-nums lining-nums; }
main { max-width: 48rem; margin: 0 auto; padding: 24px 16px 40px; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 24px; margin: 0 0 8px; }
h2 { font-size: 19px; margin: 0 0 8px; }
h3 { font-size: 16px; margin: 0 0 4px; }
p { margin: 0 0 8px; max-width: 66ch; text-wrap: pretty; }
h1, h2, h3, p, li, dd, td { overflow-wrap: break-word; }
.lead { font-size: 19px; }
nav, section { border-top: 1px solid var(--line); margin-top: 24px; padding-top: 16px; }
nav ol { margin: 0 0 8px; padding-left: 32px; }
nav li { margin-bottom: 4px; }
a { color: var(--accent); text-underline-offset: 2px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
figure { margin: 16px 0; max-width: 520px; }
figure svg { display: block; width: 100%; height: auto; }
.wide { overflow-x: auto; margin: 16px 0; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: left; padding-bottom: 8px; font-weight: 700; font-size: 16px; }
th, td { text-align: left; vertical-align: top; padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { vertical-align: bottom; border-bottom: 1px solid var(--quiet); }
tbody th { font-weight: 400; }
.number { text-align: right; }
tbody .number { white-space: nowrap; }
.misuse { margin-top: 16px; max-width: calc(66ch + 32px); padding: 8px 16px; background: var(--amber-ground);
  border-left: 4px solid var(--amber); border-radius: 4px; }
.misuse h3 { color: var(--amber); }
.misuse p:last-child { margin-bottom: 0; }
dl { margin: 0; display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; font-size: 14px; }
dt, dd { margin: 0; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); }
dt { color: var(--quiet); }
dd { overflow-wrap: anywhere; min-width: 0; }
@media (max-width: 480px) {
  main { padding: 16px 12px 24px; }
  th:not(.number), td:not(.number) { min-width: 8rem; }
  dl { display: block; }
  dt { border-bottom: 0; padding-bottom: 0; }
  dd { padding-top: 0; }
}
@media print {
  @page { size: A4; margin: 18mm 16mm; }
  html { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; }
  figure { max-width: 12cm; }
  figure, tr, .misuse, dt, dd { break-inside: avoid; }
  .misuse { break-before: avoid; border: 1pt solid var(--amber); border-left-width: 4pt; background: none; }
  thead { display: table-header-group; }
  .wide { overflow: visible; }
  a { color: inherit; text-decoration: none; }
}
"""
