"""What has to be done before the start, rule by rule; the policies' own values are in tests/promises/policies."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from overt.domain.before_start import (
    MINUTE_US,
    MOST_METRES,
    MOST_SIGNS,
    SIGN_DOWN,
    SIGNS_NOT_CHECKED,
    Before,
    Evaluation,
    Sign,
    SignCheck,
    Stage,
    Trial,
    sign_lapse,
)
from overt.domain.history import History
from overt.domain.policy import Policy
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.terms import broken
from overt.services.policies import load_policy
from tests.terms import NOW_US, OPENS_US, asking

UK, EU, CONSENT = (load_policy(name) for name in ("uk-police", "eu-ai-act", "consent"))
TRIAL = Trial(pack="p", pack_name="small", sha256="0" * 64)
SIGN = Sign(where="by the station", stands=True, readable=True, before_zone_m=20)


def ruled(policy: Policy = UK, **rules: Any) -> Policy:
    return replace(policy, rules=replace(policy.rules, **rules))


def said(rule: str, policy: Policy = UK, stage: Stage = Stage.STARTING, urgent: bool = False, **done: Any) -> list[str]:
    terms = asking(before=Before(stage=stage, **done), urgent_since_us=NOW_US if urgent else None)
    return [one.sentence for one in broken(terms, History(), policy, NOW_US) if one.rule == rule]


def look(at_us: int = NOW_US, **sign: Any) -> SignCheck:
    return SignCheck(at_us=at_us, signs=(replace(SIGN, **sign),))


@pytest.mark.parametrize(
    "wrong", [{"where": "  "}, {"before_zone_m": -1}, {"before_zone_m": MOST_METRES + 1}], ids=["nowhere", "-1", "far"]
)
def test_a_sign_says_where_it_is(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="sign"):
        replace(SIGN, **wrong)


@pytest.mark.parametrize("count", [0, MOST_SIGNS + 1])
def test_a_look_is_about_some_signs(count: int) -> None:
    with pytest.raises(ValueError, match="signs"):
        SignCheck(at_us=0, signs=(SIGN,) * count)


def test_a_look_holds_as_long_as_the_policy_says() -> None:
    assert look().due_us(UK.rules) == NOW_US + 60 * MINUTE_US
    assert look().due_us(ruled(signs_checked_every_min=0).rules) is None


def test_scanning_pauses_where_nobody_has_looked_or_a_sign_is_down() -> None:
    rules, unasked = UK.rules, ruled(signs_checked_every_min=0).rules
    never = sign_lapse(None, rules, NOW_US)
    assert never is not None
    assert (never.reason, "looked at the signs yet" in never.sentence) == (SIGNS_NOT_CHECKED, True)
    assert sign_lapse(None, unasked, NOW_US) is None
    assert sign_lapse(look(NOW_US - 60 * MINUTE_US), rules, NOW_US) is None
    late = sign_lapse(look(NOW_US - 60 * MINUTE_US - 1), rules, NOW_US)
    assert late is not None
    assert "every 60 minutes" in late.sentence
    assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d UTC;", late.sentence), late.sentence
    assert sign_lapse(look(NOW_US + 1), rules, NOW_US) is not None, "a look of the future is none"
    for changed, words in (({"stands": False}, "does not stand"), ({"readable": False}, "cannot be read")):
        down = sign_lapse(look(**changed), unasked, NOW_US)
        assert down is not None
        assert down.reason == SIGN_DOWN
        assert words in down.sentence


def test_the_notice_is_published_and_early_enough_unless_it_is_urgent() -> None:
    name = "notice_published_h"
    assert "Nobody has said" in said(name)[0]
    assert "in the future" in said(name, notice_us=NOW_US + 1)[0]
    late_us = OPENS_US - 24 * HOUR_US + 1
    assert "at least 24 hours before" in said(name, notice_us=late_us)[0]
    assert said(name, EU, urgent=True, notice_us=late_us) == []
    assert said(name, UK, urgent=True, notice_us=late_us) != [], "this policy knows no urgency"
    assert said(name, EU, urgent=True) != [], "urgent or not, it is published"
    assert said(name, ruled(notice_published_h=0)) == []


def test_signs_are_looked_at_before_the_start() -> None:
    name = "signs_before_zone_m"
    assert said(name, signs=look()) == []
    assert "within the last 24 hours" in said(name, signs=look(NOW_US - 24 * HOUR_US - 1))[0]
    assert said(name, signs=look(NOW_US + 1)) != []
    assert said(name, ruled(signs_before_zone_m=0)) == []
    assert "stands 9 metres before" in said(name, signs=look(before_zone_m=9))[0]
    assert "by the station does not stand" in said(name, signs=look(stands=False))[0]
    assert "by the station cannot be read" in said(name, signs=look(readable=False))[0]


def test_where_both_rules_miss_a_look_one_says_so() -> None:
    name = "signs_checked_every_min"
    assert said(name) == []
    alone = ruled(signs_before_zone_m=0)
    assert "yet" in said(name, alone)[0]
    assert said(name, alone, stage=Stage.SIGNING) == []
    assert "since" in said(name, signs=look(NOW_US - 61 * MINUTE_US))[0]
    assert said(name, ruled(signs_checked_every_min=0, signs_before_zone_m=0)) == []


def test_those_whom_it_concerns_were_asked() -> None:
    name = "consultation_terms"
    assert "of nobody" in said(name, stage=Stage.ENTERING)[0]
    assert said(name, consulted=(frozenset({"who", "when", "changed"}),)) == [
        "Consultation no. 1 does not say replies, and the policy asks for it."
    ]
    assert said(name, CONSENT) == []


def test_the_pack_was_measured_at_this_threshold_or_below() -> None:
    one = Evaluation(kind="identify", pack="p", threshold=0.4, at_us=NOW_US)
    both = (one, replace(one, kind="groups"))
    name = "evaluations"
    assert said(name, pack="p", threshold=0.4, evaluations=both) == []
    assert said(name, stage=Stage.ENTERING) == []
    assert len(said(name, pack="p", threshold=0.4)) == 2
    assert "(0.3999)" in said(name, pack="p", threshold=0.3999, evaluations=both)[0]
    assert said(name, pack="q", threshold=0.4, evaluations=both) != []
    assert said(name, pack="p", evaluations=both) != [], "without a threshold nothing is known to be measured"


def test_what_is_filed_is_current() -> None:
    old = Evaluation(kind="envelope", pack="p", threshold=0.4, at_us=OPENS_US - 365 * DAY_US - 1)
    name = "evaluation_age_max_days"
    assert "at most 365 days old" in said(name, pack="p", threshold=0.4, evaluations=(old,))[0]
    renewed = (old, replace(old, at_us=NOW_US))
    assert said(name, pack="p", threshold=0.4, evaluations=renewed) == []
    assert said(name, stage=Stage.ENTERING, pack="p", threshold=0.4, evaluations=(old,)) == []


def test_a_trial_comes_before_the_first_operation() -> None:
    name = "trial_before_operation"
    assert said(name, stage=Stage.ENTERING) == []
    assert said(name, stage=Stage.SIGNING) != []
    assert said(name, trial=True) == said(name, pack="p", trials=(TRIAL,)) == []
    assert said(name, ruled(trial_before_operation=False)) == []


def test_a_trial_of_another_pack_does_not_count_and_both_packs_are_named() -> None:
    name, other = "trial_before_operation", replace(TRIAL, pack="q" * 64)
    (sentence,) = said(name, pack="p" * 64, pack_name="swift", trials=(other,))
    assert "of a trial with the model pack small (qqqqqqqqqqqq)" in sentence
    assert "runs with the model pack swift (pppppppppppp)" in sentence
    (unnamed,) = said(name, pack="p" * 64, trials=(TRIAL, replace(other, pack_name="")))
    assert "with the model pack qqqqqqqqqqqq, and" in unnamed
    assert "runs with the model pack pppppppppppp;" in unnamed
    for pack, trial in ((None, replace(TRIAL, pack="")), ("", replace(TRIAL, pack=""))):
        (unknown,) = said(name, pack=pack, trials=(trial,))
        assert unknown.count("a model pack that is not known") == 2, "what is not known is not the same"


def test_of_several_the_newest_of_this_pack_counts() -> None:
    one = Evaluation(kind="identify", pack="p", threshold=0.4, at_us=2, sha256="a")
    others = (replace(one, at_us=1, sha256="b"), replace(one, at_us=3, pack="q"), replace(one, at_us=3, threshold=0.5))
    trials = (TRIAL, replace(TRIAL, sha256="c"), replace(TRIAL, pack="q"))
    before = Before(pack="p", threshold=0.4, evaluations=(*others, one), trials=trials)
    assert before.newest("identify") == one
    assert before.newest("groups") is None
    assert before.reported() == trials[1]
    assert replace(before, pack=None).reported() is None


def test_the_oversight_answers_the_five_conditions() -> None:
    name = "conditions_age_max_days"
    assert "yet" in said(name, stage=Stage.SIGNING)[0]
    assert "since" in said(name, conditions_us=NOW_US - 365 * DAY_US - 1)[0]
    assert said(name, conditions_us=NOW_US - 365 * DAY_US) == []
    assert said(name, conditions_us=NOW_US + 1) != []
    assert said(name, EU) == said(name, stage=Stage.ENTERING) == []
