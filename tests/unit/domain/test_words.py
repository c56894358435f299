"""Counts with their nouns, and foreign text made short and harmless."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.words import many, shown, toml_string


@pytest.mark.parametrize(("count", "words"), [(0, "0 walks"), (1, "1 walk"), (2, "2 walks"), (1200, "1,200 walks")])
def test_a_count_has_its_noun(count: int, words: str) -> None:
    assert many(count, "walk") == words


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [many(count, "entry", "entries") for count in (1, 3)] == ["1 entry", "3 entries"]


def test_what_somebody_wrote_is_cut_and_cannot_move_a_cursor() -> None:
    assert shown("\x1b[2Jä") == r"'\x1b[2J\xe4'"
    assert shown("a" * 41) == "'" + "a" * 40 + "...'"
    assert shown("a" * 40) == "'" + "a" * 40 + "'"


@given(st.text())
def test_any_text_survives_toml(text: str) -> None:
    assert tomllib.loads(f"a = {toml_string(text)}")["a"] == text
