"""What is known about an entry, and what a policy asks of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from overt.domain.entries import (
    BadField,
    EntryFacts,
    approvals_needed,
    broken_entry,
    broken_list,
    facts_of,
    from_alert,
    missing_approvals,
)
from overt.domain.policy import Rules
from overt.services.policies import load_policy
from overt.testing.fixed_clock import SOME_DAY_US as NOW_US
from tests.promises.policies.accept_entries import FULL

RULES: Rules = load_policy("uk-police").rules
GOOD = replace(FULL, category="wanted-by-court", source="custody", response="arrest")
ROW = {
    "reference": "ann",
    "category": " wanted-by-court ",
    "ground": "failed to appear",
    "serious": "Yes",
    "age": "adult",
    "source": "custody",
    "picture_date": "2026-11-01",
    "ground_checked_at": "2026-11-22T08:00:00Z",
    "expires": "2026-11-22T20:00:00+01:00",
    "response": "arrest",
}


def test_a_whole_row_becomes_facts_and_keeps_no_words_of_the_ground() -> None:
    facts = facts_of(ROW)
    assert facts == EntryFacts(
        reference="ann",
        category="wanted-by-court",
        ground=True,
        serious=True,
        source="custody",
        picture_date=date(2026, 11, 1),
        ground_checked_us=NOW_US - 3_600_000_000,
        expires_us=NOW_US + 10 * 3_600_000_000,
        response="arrest",
        age="adult",
    )
    assert "appear" not in repr(facts)
    assert broken_entry(facts, RULES, NOW_US) == ()
    assert approvals_needed(facts, RULES, NOW_US) == ()


def test_an_empty_row_has_no_facts() -> None:
    assert facts_of({}) == EntryFacts(reference="")


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("serious", "maybe", "Write one of yes, no."),
        ("age", "17", "Write one of adult, 13-17, under-13."),
        ("picture_date", "1 May", "Write a day such as 2026-11-22."),
        ("ground_checked_at", "2026-11-22T08:00:00", "Write a time with its zone"),
        ("expires", "tomorrow", "Write a time with its zone"),
        ("age", "x" * 100, "Write one of adult"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(column: str, text: str, says: str) -> None:
    with pytest.raises(BadField, match=f"^ann has .* as its {column}, which cannot be read") as refused:
        facts_of({**ROW, column: text})
    assert says in refused.value.todo
    assert len(refused.value.sentence) < 120


def test_every_broken_rule_is_told_with_its_name() -> None:
    broken = broken_entry(EntryFacts(reference=""), RULES, NOW_US)
    assert [one.rule for one in broken] == ["entry_fields", "ground_age_max_h"]
    assert broken[0].sentence.startswith("An entry without a reference does not give reference, category, ground")
    assert all(one.todo for one in broken)


def test_what_somebody_wrote_is_shown_harmless() -> None:
    (broken,) = broken_entry(replace(GOOD, category="\x1b[2Jintelligence"), RULES, NOW_US)
    assert broken.rule == "categories"
    assert "\x1b" not in broken.sentence


@pytest.mark.parametrize(
    "source",
    [
        "lfr",
        "LFR",
        "lfr-alert",
        "an alert",
        "live_facial_recognition",
        "Live Facial Recognition, 3 May",
        "facerecognition",
        "overt",
        "rLFR",
    ],
)
def test_an_alert_is_known_by_any_name(source: str) -> None:
    assert from_alert(source)
    (broken,) = broken_entry(replace(GOOD, source=source), RULES, NOW_US)
    assert broken.rule == "sources"
    assert "live facial recognition" in broken.sentence


@pytest.mark.parametrize("source", ["custody", "police", "family", "public-appeal", "", "overtly", "passport"])
def test_other_sources_are_no_alerts(source: str) -> None:
    assert not from_alert(source)


def test_an_older_limit_of_age_makes_every_grown_up_wait() -> None:
    older = replace(RULES, second_approval_under_age=21)
    assert approvals_needed(GOOD, older, NOW_US) == ("under-21",)
    assert approvals_needed(replace(GOOD, age="under-13"), older, NOW_US) == ("under-13",)
    assert approvals_needed(replace(GOOD, age=""), RULES, NOW_US) == ("age-unknown",)


def test_an_entry_may_need_an_approval_for_several_reasons() -> None:
    facts = replace(GOOD, age="13-17", source="family", picture_date=None)
    assert approvals_needed(facts, RULES, NOW_US) == ("under-18", "foreign-source", "old-picture")
    assert [one.rule for one in missing_approvals(facts, RULES, NOW_US)] == [
        *("second_approval_under_age", "trusted_sources", "picture_age_max_years")
    ]


def test_a_picture_of_a_leap_day_grows_old_on_the_first_of_march() -> None:
    at_years_end = replace(GOOD, picture_date=date(2024, 2, 29))
    assert "old-picture" not in approvals_needed(at_years_end, replace(RULES, picture_age_max_years=3), NOW_US)


def test_a_picture_of_today_is_no_picture_of_tomorrow_anywhere() -> None:
    assert broken_entry(replace(GOOD, picture_date=date(2026, 11, 23)), RULES, NOW_US) == ()


@pytest.mark.parametrize(
    ("category", "about"), [("volunteer", "volunteer"), ("decoy", "decoy"), ("witness", "listed"), ("", "listed")]
)
def test_an_entry_stands_for_a_volunteer_a_decoy_or_somebody_listed(category: str, about: str) -> None:
    assert EntryFacts(reference="ann", category=category).about == about


def test_a_list_is_counted_and_its_serious_entries_too() -> None:
    assert broken_list([], RULES) == ()
    small = replace(RULES, list_max=2)
    found = broken_list([GOOD, replace(GOOD, serious=None), replace(GOOD, serious=False)], small)
    assert [one.rule for one in found] == ["list_max", "min_serious_share"]
    assert "3 entries" in found[0].sentence
    assert "1 of 3" in found[1].sentence
    trial = [GOOD, *[replace(GOOD, category=category, serious=None) for category in ("volunteer", "decoy")]]
    assert broken_list(trial, replace(RULES, min_serious_share=1.0)) == ()


@pytest.mark.parametrize("share", [0.07, 0.29, 0.58])
def test_a_share_that_is_just_met_is_met(share: float) -> None:
    entries = [GOOD] * round(share * 100) + [replace(GOOD, serious=False)] * (100 - round(share * 100))
    assert broken_list(entries, replace(RULES, min_serious_share=share)) == ()


@pytest.mark.parametrize(
    ("change", "rule", "says"),
    [
        ({"category": "intelligence"}, "categories", "has the category 'intelligence'; the closed list is wanted-by"),
        ({"source": "passport"}, "sources", "has a picture from the source 'passport'; the closed list is custody"),
        ({"response": "shoot"}, "responses", "expects the response 'shoot'; the closed list is arrest"),
        ({"category": "victim"}, "welfare_only", "is of the category victim, whose response is welfare"),
        ({"ground_checked_us": NOW_US + 1}, "ground_age_max_h", "checked at a time still to come"),
        ({"ground_checked_us": NOW_US - 90_000_000_000}, "ground_age_max_h", "checked 25.0 hours ago; 24 are the most"),
        ({"picture_date": date(2027, 1, 1)}, "picture_age_max_years", "a picture of a day still to come"),
        ({"serious": None}, "entry_fields", "does not give serious"),
    ],
)
def test_each_rule_refuses_with_a_sentence(change: dict[str, object], rule: str, says: str) -> None:
    (broken,) = broken_entry(replace(GOOD, **change), RULES, NOW_US)  # type: ignore[arg-type] # the field varies
    assert broken.rule == rule
    assert broken.sentence.startswith("ann ")
    assert says in broken.sentence
