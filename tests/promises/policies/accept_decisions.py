"""What each rule about verdicts, open alerts and holds has to do, with the value that each policy has to give it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from overt.domain.deciding import (
    BadHold,
    NoContact,
    NotShown,
    is_overdue,
    may_see,
    pauses,
    require_contact,
    require_hold_ends,
    require_verdict,
    seen_by,
    standing,
    undecided_in_us,
)
from overt.domain.decision import Standing, Verdict
from overt.domain.decoying import Moment, may_show
from overt.domain.policy import Policy, Rules
from overt.domain.retention import DAY_US
from overt.domain.time import SECOND_US

NOW_US = 1_795_338_000_000_000  # 2026-11-22T09:00:00Z
MINUTE_US = 60 * SECOND_US


@dataclass(frozen=True)
class Said:
    account: str
    verdict: Verdict


@dataclass(frozen=True)
class Look:
    account: str
    shown_us: int


FIRST, SECOND = (Said(account, Verdict.WORTH_A_LOOK) for account in ("ann", "ben"))


def blind_first(policy: Policy) -> None:
    blind = {"uk-police": True, "eu-ai-act": True, "consent": True}[policy.name]
    assert may_see([], policy.rules).score is not blind
    assert may_see([FIRST, SECOND], policy.rules).score


def two_verdicts(policy: Policy) -> None:
    two, rules = {"uk-police": True, "eu-ai-act": True, "consent": False}[policy.name], policy.rules
    assert standing([FIRST], rules) is (Standing.ONE_OF_TWO if two else Standing.WORTH_A_LOOK)
    assert seen_by([FIRST], SECOND.account, rules) == (() if two else (FIRST,))
    assert seen_by([FIRST, SECOND], SECOND.account, rules) == (FIRST, SECOND)
    if two:
        with pytest.raises(NoContact):
            require_contact(standing([FIRST], rules))
    else:
        require_contact(standing([FIRST], rules))
    require_contact(standing([FIRST, SECOND], rules))


def look_at_least_s(policy: Policy) -> None:
    seconds = {"uk-police": 2.0, "eu-ai-act": 3.0, "consent": 2.0}[policy.name]
    shown_us = NOW_US - round(seconds * SECOND_US)
    _gives_a_verdict(shown_us, policy.rules)
    with pytest.raises(NotShown, match="look_at_least_s"):
        _gives_a_verdict(shown_us + 1, policy.rules)


def undecided_after_min(policy: Policy) -> None:
    minutes = {"uk-police": 5, "eu-ai-act": 5, "consent": 10}[policy.name]
    raised_us = NOW_US - minutes * MINUTE_US
    assert is_overdue(raised_us, NOW_US, policy.rules)
    assert not is_overdue(raised_us + 1, NOW_US, policy.rules)
    assert undecided_in_us(raised_us + 1, NOW_US, policy.rules) == 1


def open_alerts_max(policy: Policy) -> None:
    most, rules = {"uk-police": 4, "eu-ai-act": 2, "consent": 4}[policy.name], policy.rules
    assert not pauses(most - 1, rules)
    assert pauses(most, rules)
    assert pauses(most // 2 + 1, rules, paused=True)
    assert not pauses(most // 2, rules, paused=True)


def decoys_per_h_max(policy: Policy) -> None:
    """In a run of two hours, of which one is over, so many may have been shown in the last."""
    most, hour_us = {"uk-police": 1, "eu-ai-act": 1, "consent": 0}[policy.name], 60 * MINUTE_US
    moment = Moment(now_us=NOW_US, began_us=NOW_US - hour_us, closes_us=NOW_US + hour_us, waiting=0)
    shown = [replace(moment, shown_us=(NOW_US - MINUTE_US,) * count) for count in range(most + 1)]
    assert [may_show(one, policy.rules.decoys_per_h_max) for one in shown] == [True] * most + [False]


def hold_max_days(policy: Policy) -> None:
    days = {"uk-police": 180, "eu-ai-act": 180, "consent": 31}[policy.name]
    require_hold_ends(NOW_US + days * DAY_US, NOW_US, policy.rules)
    with pytest.raises(BadHold, match="hold_max_days"):
        require_hold_ends(NOW_US + days * DAY_US + 1, NOW_US, policy.rules)


def _gives_a_verdict(shown_us: int, rules: Rules) -> None:
    require_verdict(
        [],
        [Look("ann", shown_us)],
        account="ann",
        words="the same ears",
        concluded=False,
        now_us=NOW_US,
        rules=rules,
    )
