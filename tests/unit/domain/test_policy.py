"""No policy loosens what Overt itself guarantees, and a policy out of force starts nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.errors import Refused
from overt.domain.policy import (
    FIGURES,
    LFR_SOURCES,
    NEEDED,
    OPEN_ENDED,
    PLACES,
    RULES,
    Cited,
    Policy,
    PolicyNotInForce,
    Rules,
    Suspension,
)
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.time import SECOND_US, to_us
from overt.services.policies import load_policy

POLICY = load_policy("uk-police")
RULES_OF_UK = POLICY.rules
LAST_DAY_US = to_us(datetime(2027, 6, 30, tzinfo=UTC))


def with_rule(name: str, value: Any) -> Rules:
    return replace(RULES_OF_UK, **{name: value})


def test_every_figure_has_a_range_and_every_rule_a_type() -> None:
    assert set(RULES.values()) == {"Codes", "int", "float", "bool"}
    assert set(FIGURES) == {name for name, kind in RULES.items() if kind in ("int", "float")}
    assert set(NEEDED) <= {name for name, kind in RULES.items() if kind == "Codes"}


@pytest.mark.parametrize(
    ("rule", "loosest", "beyond"),
    [
        ("look_at_least_s", 2.0, 1.99),
        ("wanted_far_max", 0.001, 0.00101),
        ("list_after_end_h", 24.0, 24.1),
        ("not_the_person_s", 40.0, 40.1),
        ("possible_match_h", 744.0, 744.1),
        ("ground_age_max_h", 24, 25),
        ("second_approval_under_age", 18, 17),
        ("urgent_hours", 24, 25),
        ("max_hours", 24.0, 24.1),
    ],
)
def test_the_guarantees_of_overt_hold_in_every_policy(rule: str, loosest: float, beyond: float) -> None:
    assert getattr(with_rule(rule, loosest), rule) == loosest
    with pytest.raises(ValueError, match=f"^{rule} must be from .* in every policy"):
        with_rule(rule, beyond)


@given(rule=st.sampled_from(sorted(FIGURES)), value=st.floats(allow_nan=True))
def test_a_figure_outside_its_range_is_never_taken(rule: str, value: float) -> None:
    low, high = FIGURES[rule]
    figure = int(value) if RULES[rule] == "int" and abs(value) < 1e9 else value
    if low <= figure <= high:
        assert getattr(with_rule(rule, figure), rule) == figure
    else:
        with pytest.raises(ValueError, match=f"^{rule} must be"):
            with_rule(rule, figure)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("list_max", 10.5),
        ("list_max", True),
        ("max_hours", True),
        ("max_hours", "8"),
        ("max_hours", float("nan")),
        ("max_hours", float("inf")),
    ],
)
def test_a_figure_of_another_type_is_refused(rule: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{rule} must be a (whole )?number from"):
        with_rule(rule, value)


def test_a_switch_is_true_or_false() -> None:
    with pytest.raises(ValueError, match=r"^stop_rule must be true or false$"):
        with_rule("stop_rule", 1)


@pytest.mark.parametrize("rule", NEEDED)
def test_what_every_policy_must_hold_cannot_be_left_out(rule: str) -> None:
    with pytest.raises(ValueError, match=f"{rule} must not be empty"):
        with_rule(rule, ())
    for code in NEEDED[rule]:
        rest = tuple(other for other in getattr(RULES_OF_UK, rule) if other != code)
        with pytest.raises(ValueError, match=f"{rule} must hold {code} in every policy|{rule} must not be empty"):
            with_rule(rule, rest)


@pytest.mark.parametrize("code", sorted(OPEN_ENDED))
def test_no_list_is_left_open(code: str) -> None:
    with pytest.raises(ValueError, match=f"^categories is a closed list; {code} would leave it open"):
        with_rule("categories", (*RULES_OF_UK.categories, code))


@pytest.mark.parametrize("code", sorted(LFR_SOURCES))
def test_no_picture_comes_from_an_alert(code: str) -> None:
    with pytest.raises(ValueError, match=f"^sources must not hold {code}"):
        with_rule("sources", (*RULES_OF_UK.sources, code))


@pytest.mark.parametrize("code", ["Wanted", "wanted by court", "wanted--by", "-wanted", "", "wanted\n"])
def test_a_code_is_small_letters_digits_and_hyphens(code: str) -> None:
    with pytest.raises(ValueError, match=r"^ranks must hold codes"):
        with_rule("ranks", (code,))


def test_a_code_stands_once() -> None:
    with pytest.raises(ValueError, match=r"^ranks names a code twice"):
        with_rule("ranks", ("superintendent", "superintendent"))


@pytest.mark.parametrize("kind", PLACES)
def test_places_that_need_care_are_refused_or_need_a_second_officer(kind: str) -> None:
    refused, second = set(RULES_OF_UK.refused_places), set(RULES_OF_UK.second_officer_places)
    assert (kind in refused) != (kind in second)
    with pytest.raises(ValueError, match=f"^refused_places or second_officer_places must name {kind}"):
        replace(RULES_OF_UK, refused_places=tuple(refused - {kind}), second_officer_places=tuple(second - {kind}))


@pytest.mark.parametrize(
    ("rule", "value", "says"),
    [
        ("trusted_sources", ("custody", "found"), "trusted_sources names found, which is not among sources"),
        ("welfare_only", ("lost",), "welfare_only names lost, which is not among categories"),
        ("responses", ("arrest",), "welfare_only names categories, so responses must hold welfare"),
        ("refused_places", ("assembly", "worship", "court"), "both name court"),
    ],
)
def test_rules_that_contradict_each_other_are_refused(rule: str, value: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        with_rule(rule, value)


def test_without_welfare_categories_no_welfare_response_is_needed() -> None:
    assert replace(RULES_OF_UK, welfare_only=(), responses=("arrest",)).responses == ("arrest",)


def test_one_person_alone_never_runs_everything() -> None:
    assert not replace(RULES_OF_UK, roles_apart=False, two_verdicts=True).roles_apart
    with pytest.raises(ValueError, match=r"^roles_apart may only be false where two_verdicts is true"):
        replace(RULES_OF_UK, roles_apart=False, two_verdicts=False)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"list_max .*; stop_rule .*"):
        replace(RULES_OF_UK, list_max=0, stop_rule=None)  # type: ignore[arg-type] # on purpose


def test_a_rule_without_its_source_is_refused() -> None:
    cited = {**POLICY.cited, "list_max": Cited(source=" ", lawyer="")}
    with pytest.raises(ValueError, match="source is missing for list_max"):
        replace(POLICY, cited=cited)
    del cited["list_max"]
    with pytest.raises(ValueError, match="source is missing for list_max"):
        replace(POLICY, cited=cited)


@pytest.mark.parametrize(("field", "value"), [("name", "UK police"), ("version", 0)])
def test_a_policy_has_a_code_and_a_version(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{field} must be"):
        replace(POLICY, **{field: value})  # type: ignore[arg-type] # the field varies on purpose


def test_a_policy_is_in_force_until_the_end_of_its_review_day() -> None:
    POLICY.require_in_force(LAST_DAY_US)
    POLICY.require_in_force(LAST_DAY_US + DAY_US - 1)
    with pytest.raises(PolicyNotInForce, match="was to be reviewed by 2027-06-30") as caught:
        POLICY.require_in_force(LAST_DAY_US + DAY_US)
    assert isinstance(caught.value, Refused)
    assert "review" in caught.value.todo


@pytest.mark.parametrize(("offset_us", "suspended"), [(-1, False), (0, True), (DAY_US - 1, True), (DAY_US, False)])
def test_a_suspended_policy_starts_nothing_and_says_why(offset_us: int, suspended: bool) -> None:
    from_us = to_us(datetime(2026, 12, 1, tzinfo=UTC))
    policy = replace(
        POLICY, suspension=Suspension(from_us=from_us, until_us=from_us + DAY_US, reason="A court is looking at it. ")
    )
    if suspended:
        with pytest.raises(PolicyNotInForce, match=r"until 2026-12-02T00:00:00\.000Z: A court is looking at it\."):
            policy.require_in_force(from_us + offset_us)
    else:
        policy.require_in_force(from_us + offset_us)


def test_a_suspension_has_an_end_and_a_reason() -> None:
    with pytest.raises(ValueError, match="suspended_until must be later"):
        Suspension(from_us=5, until_us=5, reason="why")
    with pytest.raises(ValueError, match="suspended_reason must say why"):
        Suspension(from_us=5, until_us=6, reason="\t")


def test_the_policy_says_how_long_things_are_kept() -> None:
    kept = replace(
        POLICY, rules=replace(RULES_OF_UK, list_after_end_h=1.5, not_the_person_s=0.0, possible_match_h=744.0)
    ).retention()
    assert kept.list_after_end_us == 3 * HOUR_US // 2
    assert kept.not_the_person_us == 0
    assert kept.possible_match_us == 31 * DAY_US
    assert POLICY.retention().not_the_person_us == 20 * SECOND_US


def test_a_policy_is_a_value_that_nobody_changes() -> None:
    assert load_policy("uk-police") == POLICY
    assert Policy.__dataclass_params__.frozen  # type: ignore[attr-defined] # not in the stubs
    assert POLICY.review_by == date(2027, 6, 30)
