"""What each policy asks of a list's entries: one function for each rule, with the expected value written out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypeVar

from overt.domain.entries import EntryFacts, approvals_needed, broken_entry, broken_list
from overt.domain.policy import Policy
from overt.domain.retention import HOUR_US
from overt.domain.time import SECOND_US
from overt.testing.fixed_clock import SOME_DAY_US as NOW_US  # 2026-11-22T09:00:00Z

T = TypeVar("T")
STRANGE = "something-else"
#: An entry of which every column is filled; whether a policy allows its codes does not matter here.
FULL = EntryFacts(
    reference="ann",
    category="some",
    ground=True,
    offence=True,
    serious=True,
    source="some",
    picture_date=date(2026, 11, 1),
    ground_checked_us=NOW_US,
    expires_us=NOW_US + HOUR_US,
    response="some",
    age="adult",
)
#: Each column left empty.
EMPTY = {
    "reference": replace(FULL, reference=""),
    "category": replace(FULL, category=""),
    "ground": replace(FULL, ground=False),
    "offence": replace(FULL, offence=False),
    "serious": replace(FULL, serious=None),
    "age": replace(FULL, age=""),
    "source": replace(FULL, source=""),
    "picture_date": replace(FULL, picture_date=None),
    "ground_checked_at": replace(FULL, ground_checked_us=None),
    "expires": replace(FULL, expires_us=None),
    "response": replace(FULL, response=""),
}


def expected(policy: Policy, *, uk: T, eu: T, consent: T) -> T:
    return {"uk-police": uk, "eu-ai-act": eu, "consent": consent}[policy.name]


def breaks(policy: Policy, rule: str, facts: EntryFacts) -> bool:
    return rule in {one.rule for one in broken_entry(facts, policy.rules, NOW_US)}


def categories(policy: Policy) -> None:
    allowed = expected(
        policy,
        uk={
            *("wanted-by-court", "suspected-of-offence", "bail-or-court-condition", "missing-at-risk"),
            *("risk-of-harm", "associate", "witness", "victim", "volunteer", "decoy"),
        },
        eu={"victim", "missing", "imminent-threat", "annex-ii-suspect", "volunteer", "decoy"},
        consent={"self-excluded", "volunteer", "decoy"},
    )
    for code in {*allowed, *policy.rules.categories, "other", "intelligence", STRANGE}:
        assert breaks(policy, "categories", replace(FULL, category=code)) == (code not in allowed), code


def sources(policy: Policy) -> None:
    allowed = expected(
        policy,
        uk={"custody", "police", "partner-agency", "family", "public-appeal", "taken-with-consent"},
        eu={"custody", "police", "partner-agency", "family", "taken-with-consent"},
        consent={"taken-with-consent"},
    )
    for code in {
        *allowed,
        *policy.rules.sources,
        "lfr",
        "lfr-alert",
        "LFR alert 12",
        "live facial recognition",
        STRANGE,
    }:
        assert breaks(policy, "sources", replace(FULL, source=code)) == (code not in allowed), code


def trusted_sources(policy: Policy) -> None:
    police = {"custody", "police", "taken-with-consent"}
    trusted = expected(policy, uk=police, eu=police, consent={"taken-with-consent"})
    for code in {*trusted, *policy.rules.sources, *policy.rules.trusted_sources, STRANGE}:
        needed = approvals_needed(replace(FULL, source=code), policy.rules, NOW_US)
        assert ("foreign-source" in needed) == (code not in trusted), code


def responses(policy: Policy) -> None:
    allowed = expected(
        policy, uk={"arrest", "speak", "welfare"}, eu={"arrest", "speak", "welfare"}, consent={"speak", "welfare"}
    )
    for code in {*allowed, *policy.rules.responses, STRANGE}:
        assert breaks(policy, "responses", replace(FULL, response=code)) == (code not in allowed), code


def welfare_only(policy: Policy) -> None:
    only = expected(policy, uk={"missing-at-risk", "victim"}, eu={"victim", "missing"}, consent={"self-excluded"})
    for code in {*only, *policy.rules.categories}:
        facts = replace(FULL, category=code, response="welfare")
        assert not breaks(policy, "welfare_only", facts)
        assert breaks(policy, "welfare_only", replace(facts, response="arrest")) == (code in only), code


def entry_fields(policy: Policy) -> None:
    every = set(EMPTY)
    needed = expected(policy, uk=every - {"offence"}, eu=every - {"offence"}, consent=every - {"offence", "serious"})
    assert not breaks(policy, "entry_fields", FULL)
    for column, facts in EMPTY.items():
        assert breaks(policy, "entry_fields", facts) == (column in needed), column


def second_approval_under_age(policy: Policy) -> None:
    def needed(age: str) -> set[str]:
        found = approvals_needed(replace(FULL, age=age), policy.rules, NOW_US)
        return {code for code in found if code.startswith(("under", "age"))}

    assert needed("adult") == set()
    assert needed("13-17") == {"under-18"}
    assert needed("under-13") == {"under-13"}
    assert needed("") == {"age-unknown"}


def ground_age_max_h(policy: Policy) -> None:
    at_the_limit = replace(FULL, ground_checked_us=NOW_US - 24 * HOUR_US)
    assert not breaks(policy, "ground_age_max_h", at_the_limit)
    assert breaks(policy, "ground_age_max_h", replace(FULL, ground_checked_us=NOW_US - 24 * HOUR_US - 1))
    assert breaks(policy, "ground_age_max_h", replace(FULL, ground_checked_us=NOW_US + SECOND_US))


def picture_age_max_years(policy: Policy) -> None:
    years = expected(policy, uk=5, eu=5, consent=2)

    def old(day: date) -> bool:
        return "old-picture" in approvals_needed(replace(FULL, picture_date=day), policy.rules, NOW_US)

    assert not old(date(2026 - years, 11, 23))
    assert old(date(2026 - years, 11, 22))
    assert breaks(policy, "picture_age_max_years", replace(FULL, picture_date=date(2026, 11, 24)))


def list_max(policy: Policy) -> None:
    most = expected(policy, uk=2000, eu=100, consent=500)
    assert "list_max" not in {one.rule for one in broken_list([FULL] * most, policy.rules)}
    assert "list_max" in {one.rule for one in broken_list([FULL] * (most + 1), policy.rules)}


def min_serious_share(policy: Policy) -> None:
    least = expected(policy, uk=60, eu=100, consent=0)

    def broken(serious: int) -> bool:
        entries = [FULL] * serious + [replace(FULL, serious=False)] * (100 - serious)
        return "min_serious_share" in {one.rule for one in broken_list(entries, policy.rules)}

    assert not broken(least)
    assert least == 0 or broken(least - 1)
