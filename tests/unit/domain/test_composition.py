"""What a list is made of: every entry once in each table, in codes and counts that the ledger can hold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from overt.domain.composition import (
    NEW,
    NOT_SAID,
    ON_THE_LAST,
    OVERLAP,
    TABLES,
    composition_of,
    read_composition,
)
from overt.domain.entries import EntryFacts
from overt.domain.retention import HOUR_US
from overt.domain.time import to_datetime
from overt.ledger.entry import Entry
from overt.services.policies import POLICIES, load_policy
from overt.testing.fixed_clock import SOME_DAY_US

RULES = load_policy("uk-police").rules
TODAY = to_datetime(SOME_DAY_US).date()


def entry(**given: object) -> EntryFacts:
    return EntryFacts(reference="R", **given)  # type: ignore[arg-type] # what varies is named


def test_every_entry_is_counted_once_in_each_table() -> None:
    entries = [entry(), entry(category="missing", serious=True, age="adult", response="welfare"), entry(serious=False)]
    tables = composition_of(entries, RULES, SOME_DAY_US, 2).tables
    assert tuple(tables) == TABLES
    assert {sum(cells.values()) for cells in tables.values()} == {3}
    assert tables["serious"] == {"yes": 1, "no": 1, NOT_SAID: 1}
    assert tables["categories"]["missing"] == 1
    assert tables["categories"][NOT_SAID] == 2
    assert tables[OVERLAP] == {ON_THE_LAST: 2, NEW: 1}
    assert OVERLAP not in composition_of(entries, RULES, SOME_DAY_US).tables


def test_who_tests_the_system_is_a_volunteer_whatever_they_test() -> None:
    cells = composition_of([entry(category="decoy"), entry(category="volunteer")], RULES, SOME_DAY_US).tables
    assert cells["categories"]["volunteer"] == 2
    assert "decoy" not in cells["categories"]


@pytest.mark.parametrize(
    ("days", "band"),
    [
        (0, "under-1-year"),
        (364, "under-1-year"),
        (366, "1-to-2-years"),
        (1097, "3-to-5-years"),
        (3000, "6-to-10-years"),
        (9000, "older"),
    ],
)
def test_pictures_are_told_in_bands_of_years(days: int, band: str) -> None:
    one = entry(picture_date=TODAY - timedelta(days=days))
    assert composition_of([one], RULES, SOME_DAY_US).tables["picture_ages"][band] == 1


@pytest.mark.parametrize(("hours", "band"), [(0, "under-6-h"), (6, "6-to-12-h"), (23, "12-to-24-h"), (24, "older")])
def test_grounds_are_told_in_bands_of_hours(hours: int, band: str) -> None:
    one = entry(ground_checked_us=SOME_DAY_US - hours * HOUR_US)
    assert composition_of([one], RULES, SOME_DAY_US).tables["ground_ages"][band] == 1


@pytest.mark.parametrize("policy", POLICIES)
def test_the_ledger_holds_it_and_gives_it_back(policy: str) -> None:
    made = composition_of([entry(category="missing")] * 3, load_policy(policy).rules, SOME_DAY_US, 0)
    kept = Entry(index=0, kind="list.sealed", at_us=0, actor="system", facts=made.facts())
    assert read_composition(Entry.from_bytes(kept.to_bytes()).facts) == dict(made.tables)


def test_what_an_earlier_version_wrote_has_no_tables() -> None:
    assert read_composition({"list": "x", "entries": 3}) == {}


@pytest.mark.parametrize("fact", [("yes",), ("yes", -1), ("yes", 1, "yes", 2), (1, 1), ("yes", True), 3])
def test_a_table_that_is_none_is_refused(fact: object) -> None:
    with pytest.raises(ValueError, match="serious is no table"):
        read_composition({"serious": fact})
