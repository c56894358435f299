"""A draft as a page and as Markdown: nothing is loaded, everything is escaped, and what is open is marked."""

from __future__ import annotations

import re

import pytest

from overt.notices.assessment import OPEN, Assessment, Figure, Grid, Part, to_html, to_markdown

NASTY = '<script>alert("x")</script> | *bold* `code` # [a](b) _c_ \\'
TOLD = Assessment(
    title=f"Assessment {NASTY}",
    lead=NASTY,
    rests_on=(("Policy", NASTY),),
    parts=(
        Part(heading="Empty"),
        Part(
            heading=NASTY,
            words=(NASTY, "two\nlines"),
            figures=(Figure(name=NASTY, says="2 of 9", source=NASTY),),
            grid=Grid(header=("What", NASTY), rows=((NASTY, "b"),)),
            questions=(NASTY, "Why?"),
        ),
    ),
)


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    page = to_html(TOLD)
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "default-src 'none'" in page
    assert page.count(f"{OPEN} ") == 2
    assert "2 open questions" in page


def test_markdown_takes_nothing_of_it_as_its_own() -> None:
    text = to_markdown(TOLD)
    assert "<script" not in re.sub(r"\\<", "", text)
    assert all(line.count(" | ") - line.count("\\ | ") < 4 for line in text.split("\n"))
    assert f"> **{OPEN} 2.** Why?" in text
    assert "\n## 2. " in text
    assert "two lines" in text


def test_a_row_is_as_long_as_its_header() -> None:
    with pytest.raises(ValueError, match="as many cells"):
        Grid(header=("a",), rows=(("b", "c"),))
