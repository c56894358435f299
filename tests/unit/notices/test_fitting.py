"""Type is as large as it can be, and never larger."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from overt.notices.fitting import PT_MM, fitted, lines_of, width_em
from tests.needs import needs_part

WIDEST = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
TEXTS = st.text(alphabet="abcdefgimwMWŵŷâ ,.-0123'", min_size=1, max_size=120).filter(str.strip)


@given(TEXTS)
def test_no_word_is_lost_and_no_line_is_too_long(text: str) -> None:
    lines = lines_of(text, 8.0)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_em(line) <= 8.0 for line in lines)


@given(TEXTS, st.floats(40, 200), st.floats(20, 120))
@settings(deadline=None)
def test_what_fits_fits_and_one_size_more_would_not(text: str, width_mm: float, height_mm: float) -> None:
    found = fitted(text, width_mm=width_mm, height_mm=height_mm, most=60, least=4)
    size_mm = found.size * PT_MM
    assert all(width_em(line) * size_mm <= width_mm + 1e-6 for line in found.lines)
    if found.size > 4:
        assert len(found.lines) * 1.15 * size_mm <= height_mm + 1e-6
        assert "".join(text.split()) == "".join("".join(found.lines).split())


def test_a_last_line_of_one_word_is_avoided() -> None:
    text = "Saturday 28 November 2026, 09:00 to 17:00 GMT"
    assert len(fitted(text, width_mm=184, height_mm=15, most=24, least=12, weight=0.93).lines) == 1
    assert fitted("Live facial recognition is in use here", width_mm=184, height_mm=110, most=200, least=12).size > 60


def test_a_word_longer_than_the_line_is_broken_in_the_smallest_type_only() -> None:
    found = fitted("w" * 90, width_mm=100, height_mm=100, most=40, least=12)
    assert found.size == 12
    assert len(found.lines) > 1


@pytest.mark.parametrize(
    "text", ["Live facial recognition is in use here", "Mae adnabod wynebau byw ar waith yma", "%*&@#WM"]
)
def test_widths_are_at_least_those_of_the_widest_font(text: str) -> None:
    needs_part(WIDEST.is_file(), "needs the fonts DejaVu")
    assert ImageFont.truetype(str(WIDEST), 1000).getlength(text) / 1000 <= width_em(text) * 1.001
