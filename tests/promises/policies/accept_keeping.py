"""How long each policy lets things be kept: one function for each rule, with the expected value written out."""

from __future__ import annotations

import pytest

from overt.domain.listed import BadExemption, answers_from_us, require_exemption
from overt.domain.policy import Policy
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.suppression import Table, hidden_in
from overt.domain.time import SECOND_US

KEPT = {
    "uk-police": {"list_h": 24, "not_the_person_s": 20, "possible_match_h": 24, "answer_days": 366, "delay_h": 24},
    "eu-ai-act": {"list_h": 12, "not_the_person_s": 20, "possible_match_h": 24, "answer_days": 366, "delay_h": 24},
    "consent": {"list_h": 24, "not_the_person_s": 0, "possible_match_h": 24, "answer_days": 92, "delay_h": 0},
}


def list_after_end_h(policy: Policy) -> None:
    assert policy.retention().list_after_end_us == KEPT[policy.name]["list_h"] * HOUR_US


def not_the_person_s(policy: Policy) -> None:
    assert policy.retention().not_the_person_us == KEPT[policy.name]["not_the_person_s"] * SECOND_US


def possible_match_h(policy: Policy) -> None:
    assert policy.retention().possible_match_us == KEPT[policy.name]["possible_match_h"] * HOUR_US


def listed_answer_days(policy: Policy) -> None:
    assert policy.retention().listed_answer_us == KEPT[policy.name]["answer_days"] * DAY_US


def listed_answer_delay_h(policy: Policy) -> None:
    assert answers_from_us(DAY_US, policy.rules) == DAY_US + KEPT[policy.name]["delay_h"] * HOUR_US


#: The five grounds of section 45(4) of the Data Protection Act 2018, and of article 15(1) of Directive 2016/680.
GROUNDS = (
    *("obstructs-inquiry", "prejudices-crime-prevention"),
    *("public-security", "national-security", "rights-of-others"),
)
EXEMPTIONS = {"uk-police": GROUNDS, "eu-ai-act": GROUNDS, "consent": ()}


def listed_exemptions(policy: Policy) -> None:
    assert set(policy.rules.listed_exemptions) == set(EXEMPTIONS[policy.name])
    for code in EXEMPTIONS[policy.name]:
        assert require_exemption(code, "one", "another", policy.rules) == code
    for code in ("convenience", "", *(() if EXEMPTIONS[policy.name] else GROUNDS)):
        with pytest.raises(BadExemption, match="listed_exemptions"):
            require_exemption(code, "one", "another", policy.rules)


def publish_at_least(policy: Policy) -> None:
    at_least = {"uk-police": 5, "eu-ai-act": 5, "consent": 5}[policy.name]
    for count in (at_least - 1, at_least):
        table = Table(cells={"arrest": count, "none": 100})
        assert bool(hidden_in(table, policy.rules.publish_at_least)) is (count < at_least)
