"""How long each policy lets things be kept: one function for each rule, with the expected value written out."""

from __future__ import annotations

from overt.domain.policy import Policy
from overt.domain.retention import HOUR_US
from overt.domain.suppression import Table, hidden_in
from overt.domain.time import SECOND_US

KEPT = {
    "uk-police": {"list_h": 24, "not_the_person_s": 20, "possible_match_h": 24},
    "eu-ai-act": {"list_h": 12, "not_the_person_s": 20, "possible_match_h": 24},
    "consent": {"list_h": 24, "not_the_person_s": 0, "possible_match_h": 24},
}


def list_after_end_h(policy: Policy) -> None:
    assert policy.retention().list_after_end_us == KEPT[policy.name]["list_h"] * HOUR_US


def not_the_person_s(policy: Policy) -> None:
    assert policy.retention().not_the_person_us == KEPT[policy.name]["not_the_person_s"] * SECOND_US


def possible_match_h(policy: Policy) -> None:
    assert policy.retention().possible_match_us == KEPT[policy.name]["possible_match_h"] * HOUR_US


def publish_at_least(policy: Policy) -> None:
    at_least = {"uk-police": 5, "eu-ai-act": 5, "consent": 5}[policy.name]
    for count in (at_least - 1, at_least):
        table = Table(cells={"arrest": count, "none": 100})
        assert bool(hidden_in(table, policy.rules.publish_at_least)) is (count < at_least)
