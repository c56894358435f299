"""Was I on a list? When it may be answered, and which references count as the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.listed import (
    MOST_A_DAY,
    BadExemption,
    BadReference,
    TooEarly,
    TooLate,
    TooMany,
    answers_from_us,
    asked,
    normal,
    require_exemption,
    require_pace,
    require_time,
)
from overt.domain.retention import DAY_US, HOUR_US
from overt.services.policies import load_policy

UK = load_policy("uk-police").rules


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("PNC/12-34 A", "pnc 12 34 a"),
        ("  pnc 12.34\ta\n", "pnc 12 34 a"),
        ("ＰＮＣ　１２－３４　Ａ", "pnc 12 34 a"),
        ("STRASSE 7", "strasse 7"),
        ("Straße 7", "strasse 7"),
        ("JOSÉ", "josé"),
        ("Jose\u0301", "josé"),
        ("İ1", "i̇1"),
        ("Αθήνα-3", "αθήνα 3"),
        ("12\u200b34", "12 34"),
        ("***", "***"),
        ("* - *", "*-*"),
        ("", ""),
    ],
    ids=[
        *("punctuation", "blanks", "full width", "capitals", "sharp s", "composed", "decomposed", "dotted i"),
        *("greek", "no width", "nothing but signs", "signs and blanks", "empty"),
    ],
)
def test_the_normal_form_is_as_documented(reference: str, expected: str) -> None:
    assert normal(reference) == expected


@pytest.mark.parametrize(
    ("one", "other"), [("A-1/23", "A-12/3"), ("123", "1 23"), ("ann", "anna"), ("jose", "josé")], ids=str
)
def test_what_may_be_two_people_stays_two(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@given(st.text())
def test_the_normal_form_is_its_own(reference: str) -> None:
    once = normal(reference)
    assert normal(once) == once
    assert normal(f" {reference.upper()} ") == normal(reference.upper())


@pytest.mark.parametrize("reference", ["", "  \n", "x" * 513], ids=["empty", "blank", "long"])
def test_nothing_is_asked_about_no_reference(reference: str) -> None:
    with pytest.raises(BadReference, match="from 1 to 512"):
        asked(reference)
    assert asked(" Ann ") == "ann"


def test_nobody_is_told_before_the_delay_nor_after_the_key() -> None:
    from_us = answers_from_us(DAY_US, UK)
    assert from_us == DAY_US + 24 * HOUR_US
    require_time(from_us, from_us, from_us + 1)
    with pytest.raises(TooEarly, match="listed_answer_delay_h"):
        require_time(from_us - 1, from_us, from_us + 1)
    with pytest.raises(TooLate, match="listed_answer_days"):
        require_time(from_us + 1, from_us, from_us + 1)


def test_an_answer_is_refused_for_a_named_reason_and_by_two() -> None:
    assert require_exemption("public-security", "ann", "ben", UK) == "public-security"
    for code in ("busy", ""):
        with pytest.raises(BadExemption, match="listed_exemptions"):
            require_exemption(code, "ann", "ben", UK)
    with pytest.raises(BadExemption, match="two people"):
        require_exemption("public-security", "ann", "ann", UK)
    with pytest.raises(BadExemption, match="none"):
        require_exemption("public-security", "ann", "ben", load_policy("consent").rules)


def test_whoever_goes_through_names_is_stopped() -> None:
    taken = [DAY_US + at for at in range(MOST_A_DAY)]
    require_pace(taken[1:], 2 * DAY_US - 1)
    with pytest.raises(TooMany, match="20 requests"):
        require_pace(taken, 2 * DAY_US - 1)
    require_pace(taken, 2 * DAY_US)
