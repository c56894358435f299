"""The draft of an impact assessment as a page or as Markdown: what is known stands there, what people have to say is
asked, and the two cannot be taken for each other.

Rules:
  - a figure carries its count, its interval and where it comes from, in the same row;
  - a question is marked as one, with a place for its answer; a draft says how many are open;
  - nothing is loaded: no script, no font, no picture; every text is escaped;
  - it can be read on paper in black and white, and by a screen reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

OPEN: Final = "TO ANSWER"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was measured.
        says: its value with count and interval.
        source: where it comes from.
    """

    name: str
    says: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table; the first cell of a row names the row.

    Raises:
        ValueError: a row has another length than the header.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError("each row of a table has as many cells as its header")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of an assessment.

    Attributes:
        words: what is known and filled in, a paragraph each.
        figures: what was measured.
        grid: a table, or None.
        questions: what people have to answer here.
    """

    heading: str
    words: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    grid: Grid | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """A whole draft. `rests_on`: label and text of what it was written from."""

    title: str
    lead: str
    rests_on: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]

    @property
    def open_questions(self) -> int:
        return sum(len(part.questions) for part in self.parts)

    @property
    def state(self) -> str:
        return (
            f"This is a draft. It has {self.open_questions} open questions, each marked {OPEN}. It is an assessment "
            "once people who may do so have answered and signed it. Figures were filled in by Overt as they were "
            "measured; Overt assesses nothing."
        )


_FIGURES: Final = ("What was measured", "Figure, with its count and 95 % interval", "Where it comes from")


def to_markdown(told: Assessment) -> str:
    """The draft as Markdown (CommonMark with tables)."""
    return "\n".join(_markdown(told)) + "\n"


def _markdown(told: Assessment) -> Iterator[str]:
    yield from (f"# {_plain(told.title)}", "", _plain(told.lead), "", f"**{_plain(told.state)}**", "")
    yield from _table(("Written from", ""), told.rests_on)
    number = 0
    for at, part in enumerate(told.parts, start=1):
        yield from (f"## {at}. {_plain(part.heading)}", "")
        for words in part.words:
            yield from (_plain(words), "")
        if part.figures:
            yield from _table(_FIGURES, tuple((one.name, one.says, one.source) for one in part.figures))
        if part.grid is not None:
            yield from _table(part.grid.header, part.grid.rows)
        for question in part.questions:
            number += 1
            yield from (f"> **{OPEN} {number}.** {_plain(question)}", ">", "> Answer:", "")
    yield from ("---", "", "Answered by, role, date:", "", "Agreed by, role, date:", "", "To be looked at again by:")


def _table(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    yield f"| {' | '.join(map(_cell, header))} |"
    yield f"|{'---|' * len(header)}"
    yield from (f"| {' | '.join(map(_cell, row))} |" for row in rows)
    yield ""


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """On one line, and without what Markdown or HTML would take as its own."""
    line = " ".join(text.split())
    for sign in ("\\", "`", "*", "_", "<", "[", "#"):
        line = line.replace(sign, "\\" + sign)
    return line


_STYLE: Final = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #0b0c0c; --quiet: #505a5f; --line: #b1b4b6; --amber: #8a5a00;
  --amber-paper: #fff4d6; }
@media (prefers-color-scheme: dark) { :root { --paper: #101416; --ink: #f1f3f4; --quiet: #a9b4ba; --line: #3a444a;
  --amber: #ffc65c; --amber-paper: #33260a; } }
body { font: 16px/1.4 system-ui, sans-serif; background: var(--paper); color: var(--ink); margin: 0 auto;
  max-width: 960px; padding: 24px 16px 40px; }
h1 { font-size: 36px; line-height: 1.2; margin: 0 0 16px; } h2 { font-size: 24px; margin: 40px 0 8px; }
p { max-width: 66ch; margin: 0 0 16px; } .lead { font-size: 19px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; margin: 0 0 16px; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line); }
td { font-variant-numeric: tabular-nums; } th { font-weight: 600; } .from { color: var(--quiet); font-size: 14px; }
.state, .open { border: 1px solid var(--amber); border-left-width: 4px; padding: 8px 16px; margin: 0 0 16px;
  break-inside: avoid; }
.state { background: var(--amber-paper); color: var(--amber); font-weight: 600; }
.open b { color: var(--amber); } .open p { margin: 0 0 8px; } .answer { min-height: 72px; color: var(--quiet); }
.signed { display: grid; gap: 40px; margin-top: 40px; } .signed p { border-bottom: 1px solid var(--line); margin: 0; }
@media print { :root { --paper: #ffffff; --ink: #000000; --quiet: #333333; --line: #999999; --amber: #000000;
  --amber-paper: #ffffff; color-scheme: light; } body { max-width: none; padding: 0; font-size: 12pt; }
  tr { break-inside: avoid; } }
"""


def to_html(told: Assessment) -> str:
    """The draft as one page that needs nothing else."""
    return "\n".join(_html(told)) + "\n"


def _html(told: Assessment) -> Iterator[str]:
    title = escape(told.title)
    yield '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield (
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>"
    )
    yield f'<h1>{title}</h1>\n<p class="lead">{escape(told.lead)}</p>\n<p class="state">{escape(told.state)}</p>'
    yield from _html_table(("Written from", ""), told.rests_on)
    number = 0
    for at, part in enumerate(told.parts, start=1):
        yield f'<section aria-labelledby="part-{at}">\n<h2 id="part-{at}">{at}. {escape(part.heading)}</h2>'
        yield from (f"<p>{escape(words)}</p>" for words in part.words)
        if part.figures:
            yield from _html_table(_FIGURES, tuple((one.name, one.says, one.source) for one in part.figures))
        if part.grid is not None:
            yield from _html_table(part.grid.header, part.grid.rows)
        for question in part.questions:
            number += 1
            yield (
                f'<div class="open"><p><b>{OPEN} {number}.</b> {escape(question)}</p>'
                '<p class="answer">Answer:</p></div>'
            )
        yield "</section>"
    yield (
        '<div class="signed"><p>Answered by, role, date:</p><p>Agreed by, role, date:</p>'
        "<p>To be looked at again by:</p></div>\n</main>\n</body>\n</html>"
    )


def _html_table(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    yield '<div class="scroll"><table>\n<thead><tr>'
    yield "".join(f'<th scope="col">{escape(one)}</th>' for one in header) + "</tr></thead>\n<tbody>"
    for row in rows:
        first, *rest = (escape(cell) for cell in row)
        yield f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
    yield "</tbody></table></div>"
