"""Policy as code: each rule of each policy has one acceptance test, and that test alone notices when the rule changes.

The acceptance functions stand in `tests/promises/policies/accept_*.py`, one function for each rule, named like it.
A change that Overt itself refuses counts as noticed only where the refusal names the rule.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from overt.domain.errors import OvertError
from overt.domain.policy import RULES, Policy
from overt.services.policies import POLICIES, load_policy

Acceptance = Callable[[Policy], None]
LOADED = {name: load_policy(name) for name in POLICIES}
MODULES = [
    importlib.import_module(f"tests.promises.policies.{path.stem}")
    for path in sorted((Path(__file__).parent / "policies").glob("accept_*.py"))
]


def functions(module: ModuleType) -> Iterator[tuple[str, Acceptance]]:
    """The acceptance functions of a module: its own that take a policy and nothing else."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and list(inspect.signature(function).parameters) == ["policy"]:
            yield name, function


FOUND = [found for module in MODULES for found in functions(module)]
ACCEPTANCE = dict(FOUND)


def notices(name: str, policy: Policy) -> bool:
    try:
        ACCEPTANCE[name](policy)
    except (AssertionError, OvertError, ValueError, pytest.fail.Exception):
        return True
    return False


def changes(policy: Policy, rule: str) -> Iterator[object]:
    """Other values of the rule: a figure up and down, true for false, a list with each code left out or one more."""
    value = getattr(policy.rules, rule)
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, float):
        yield from (value * 1.1, value * 0.9) if value else (0.05,)
    else:
        yield from (tuple(code for code in value if code != left_out) for left_out in value)
        yield (*value, "something-new")


def changed(policy: Policy, rule: str, value: object) -> Policy | None:
    """The policy with that value; None where Overt refuses it and names the rule."""
    try:
        rules = replace(policy.rules, **{rule: value})  # type: ignore[arg-type] # the rule varies on purpose
    except ValueError as error:
        if rule in str(error):
            return None
        raise
    return replace(policy, rules=rules)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_exactly_one_acceptance_function(rule: str) -> None:
    assert [name for name, _ in FOUND].count(rule) == 1


def test_every_acceptance_function_is_named_like_a_rule() -> None:
    assert {name for name, _ in FOUND} <= set(RULES)


@pytest.mark.parametrize("policy", LOADED.values(), ids=POLICIES)
@pytest.mark.parametrize("rule", ACCEPTANCE)
def test_every_policy_keeps_its_rules(rule: str, policy: Policy) -> None:
    ACCEPTANCE[rule](policy)


@pytest.mark.parametrize("policy", LOADED.values(), ids=POLICIES)
@pytest.mark.parametrize("rule", ACCEPTANCE)
def test_a_changed_rule_is_noticed_by_its_own_acceptance_function_alone(rule: str, policy: Policy) -> None:
    for value in changes(policy, rule):
        mutant = changed(policy, rule, value)
        if mutant is not None:
            assert {name for name in ACCEPTANCE if notices(name, mutant)} == {rule}, f"{rule} = {value!r}"


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_changed_in_some_policy(rule: str) -> None:
    assert any(
        changed(policy, rule, value) is not None for policy in LOADED.values() for value in changes(policy, rule)
    )
