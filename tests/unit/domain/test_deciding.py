"""The rules of a verdict and of what came of an alert."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations, product

import pytest

from overt.domain.deciding import (
    MOST_CHARACTERS,
    MOST_MINUTES,
    BadHold,
    BadOutcome,
    DecidedAlready,
    NoContact,
    NotShown,
    NoWords,
    Outcome,
    is_overdue,
    may_see,
    pauses,
    require_contact,
    require_hold_ends,
    require_outcome,
    require_verdict,
    require_words,
    seen_by,
    standing,
    stands,
    undecided_in_us,
    verdicts_needed,
)
from overt.domain.decision import Followed, Means, Result, Standing, Verdict
from overt.domain.policy import Rules
from overt.domain.retention import DAY_US
from overt.domain.time import SECOND_US
from overt.services.policies import load_policy

T0 = 1_795_338_000_000_000
RULES = load_policy("uk-police").rules
LOOK, NOT, CANNOT = Verdict.WORTH_A_LOOK, Verdict.NOT_THE_PERSON, Verdict.CANNOT_TELL


@dataclass(frozen=True)
class Said:
    account: str
    verdict: Verdict


@dataclass(frozen=True)
class Look:
    account: str
    shown_us: int


def rules(**changes: object) -> Rules:
    return replace(RULES, **changes)  # type: ignore[arg-type]


ONE, TWO = rules(two_verdicts=False), rules(two_verdicts=True)


def said(*verdicts: Verdict) -> list[Said]:
    """By as many people."""
    return [Said(f"account {at}", verdict) for at, verdict in enumerate(verdicts)]


def test_where_nobody_decided_it_is_open() -> None:
    for each in (ONE, TWO):
        assert standing([], each) is Standing.OPEN
        assert not stands(standing([], each))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_one_verdict_stands_by_itself_or_waits_for_the_second(verdict: Verdict) -> None:
    assert standing(said(verdict), ONE) is Standing(str(verdict))
    assert stands(standing(said(verdict), ONE))
    assert standing(said(verdict), TWO) is Standing.ONE_OF_TWO
    assert not stands(Standing.ONE_OF_TWO)
    assert (verdicts_needed(ONE), verdicts_needed(TWO)) == (1, 2)


@pytest.mark.parametrize(("first", "second"), [*product(Verdict, repeat=2)])
def test_two_verdicts_stand_where_they_agree_and_else_disagree(first: Verdict, second: Verdict) -> None:
    expected = first if first == second else "disagree"
    assert standing(said(first, second), TWO) == expected
    assert standing(said(first, second), ONE) == expected


def test_one_person_twice_is_not_two_people() -> None:
    assert standing([Said("ann", LOOK), Said("ann", LOOK)], TWO) is Standing.ONE_OF_TWO


@pytest.mark.parametrize("order", [*permutations([LOOK, LOOK, NOT])])
def test_a_further_word_takes_the_leave_to_make_contact_and_never_gives_it(order: tuple[Verdict, ...]) -> None:
    assert standing(said(*order), TWO) is Standing.DISAGREE
    with pytest.raises(NoContact, match="disagree"):
        require_contact(standing(said(*order), TWO))


@pytest.mark.parametrize("where", list(Standing))
def test_contact_is_made_on_worth_a_look_only(where: Standing) -> None:
    if where is Standing.WORTH_A_LOOK:
        require_contact(where)
        return
    with pytest.raises(NoContact) as caught:
        require_contact(where)
    assert where.replace("-", " ") in str(caught.value)


def test_nobody_sees_anothers_word_before_all_are_in() -> None:
    first, both = said(LOOK), said(LOOK, NOT)
    assert not may_see(first, TWO).others
    assert seen_by(first, "account 0", TWO) == tuple(first)
    assert seen_by(first, "account 1", TWO) == seen_by(first, "an auditor", TWO) == ()
    assert may_see(both, TWO).others
    assert seen_by(both, "account 0", TWO) == seen_by(both, "an auditor", TWO) == tuple(both)
    assert seen_by(first, "account 1", ONE) == tuple(first)


@pytest.mark.parametrize(
    ("count", "needed", "blind", "seen"),
    [
        (0, ONE, True, False),
        (1, ONE, True, True),
        (0, TWO, True, False),
        (1, TWO, True, False),
        (2, TWO, True, True),
        (0, ONE, False, True),
        (0, TWO, False, True),
    ],
)
def test_under_a_blind_first_policy_the_score_comes_last(count: int, needed: Rules, blind: bool, seen: bool) -> None:
    assert may_see(said(*[LOOK] * count), replace(needed, blind_first=blind)).score is seen


def decides(
    decisions: list[Said],
    looks: list[Look],
    *,
    words: str = "the same ears",
    concluded: bool = False,
    now_us: int = T0,
) -> None:
    require_verdict(decisions, looks, account="ann", words=words, concluded=concluded, now_us=now_us, rules=RULES)


def test_only_who_was_shown_the_pictures_long_enough_before_decides() -> None:
    shown = Look("ann", T0)
    decides([], [shown], now_us=T0 + 2 * SECOND_US)
    decides([], [shown, Look("ann", T0 + 100)], now_us=T0 + 2 * SECOND_US)
    with pytest.raises(NotShown, match="less than 2 seconds"):
        decides([], [shown], now_us=T0 + 2 * SECOND_US - 1)
    with pytest.raises(NotShown, match="have not been shown"):
        decides([], [Look("ben", T0)], now_us=T0 + DAY_US)


def test_nobody_decides_twice_nor_after_it_is_known_what_came_of_it() -> None:
    looks = [Look("ann", 0)]
    decides([Said("ben", NOT)], looks)
    with pytest.raises(DecidedAlready, match="given once"):
        decides([Said("ben", NOT), Said("ann", LOOK)], looks)
    with pytest.raises(DecidedAlready, match="what came of this alert"):
        decides([Said("ben", NOT)], looks, concluded=True)


@pytest.mark.parametrize(
    "words", ["", "  ", "...", "42", "ok", "\n\t-", "\ud800 the same", "x" * (MOST_CHARACTERS + 1)]
)
def test_a_verdict_without_words_is_none(words: str) -> None:
    with pytest.raises(NoWords):
        decides([], [Look("ann", 0)], words=words)


@pytest.mark.parametrize("words", ["yes", "Ohr, Kinn", "耳が同じ", "х" * MOST_CHARACTERS])
def test_words_of_any_language_are_words(words: str) -> None:
    require_words(words)


RIGHT = Outcome(means=Means.DOCUMENT, result=Result.RIGHT, held_min=4, followed=Followed.ARREST, served_aim=True)
WRONG = replace(RIGHT, result=Result.WRONG_PERSON, followed=Followed.ID_SHOWN, served_aim=False)
LOST = Outcome(
    means=Means.NOT_IDENTIFIED, result=Result.LOST, held_min=None, followed=Followed.NOTHING, served_aim=False
)
UNVERIFIED = replace(LOST, result=Result.UNVERIFIED, held_min=1)


@pytest.mark.parametrize(
    "outcome",
    [
        RIGHT,
        WRONG,
        LOST,
        UNVERIFIED,
        replace(LOST, result=Result.NOT_ENGAGED),
        replace(RIGHT, held_min=0),
        replace(RIGHT, held_min=MOST_MINUTES),
        replace(RIGHT, result=Result.WRONG_ENTRY),
        replace(WRONG, followed=Followed.OTHER_LAWFUL),
        replace(UNVERIFIED, followed=Followed.SAFEGUARDING),
    ],
)
def test_what_can_have_come_of_an_alert(outcome: Outcome) -> None:
    require_outcome(outcome)


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (replace(RIGHT, means=Means.NOT_IDENTIFIED), "by ordinary means"),
        (replace(WRONG, means=Means.NOT_IDENTIFIED), "by ordinary means"),
        (replace(RIGHT, result=Result.WRONG_ENTRY, means=Means.NOT_IDENTIFIED), "by ordinary means"),
        (replace(UNVERIFIED, means=Means.FINGERPRINT), "by ordinary means"),
        (replace(LOST, means=Means.KNOWN), "by ordinary means"),
        (replace(RIGHT, held_min=None), "spoken to"),
        (replace(UNVERIFIED, held_min=None), "spoken to"),
        (replace(LOST, held_min=0), "spoken to"),
        (replace(LOST, result=Result.NOT_ENGAGED, held_min=3), "spoken to"),
        (replace(RIGHT, held_min=-1), "no time"),
        (replace(RIGHT, held_min=MOST_MINUTES + 1), "no time"),
        (replace(LOST, followed=Followed.SERVICE), "nobody was spoken to"),
        (replace(WRONG, followed=Followed.ARREST), "Nobody is arrested"),
        (replace(UNVERIFIED, followed=Followed.ARREST), "Nobody is arrested"),
        (replace(UNVERIFIED, followed=Followed.ID_SHOWN), "shown a document"),
        (replace(WRONG, followed=Followed.GROUND_GONE), "ground no longer held"),
        (replace(RIGHT, followed=Followed.GROUND_GONE, served_aim=True), "ground no longer held"),
        (replace(WRONG, served_aim=True), "serves the aim"),
        (replace(LOST, served_aim=True), "serves the aim"),
    ],
)
def test_what_cannot_have_come_of_an_alert_is_refused(outcome: Outcome, why: str) -> None:
    with pytest.raises(BadOutcome, match=why):
        require_outcome(outcome)


def test_somebody_listed_for_their_welfare_is_not_arrested() -> None:
    with pytest.raises(BadOutcome, match="welfare"):
        require_outcome(RIGHT, welfare_only=True)
    require_outcome(replace(RIGHT, followed=Followed.SAFEGUARDING), welfare_only=True)


def test_an_alert_is_overdue_from_its_minute_on() -> None:
    minutes_us = RULES.undecided_after_min * 60 * SECOND_US
    assert not is_overdue(T0, T0 + minutes_us - 1, RULES)
    assert is_overdue(T0, T0 + minutes_us, RULES)
    assert undecided_in_us(T0, T0 + 1, RULES) == minutes_us - 1


@pytest.mark.parametrize("most", [1, 2, 3, 4, 64])
def test_scanning_pauses_at_the_limit_and_goes_on_at_half_of_it(most: int) -> None:
    each = rules(open_alerts_max=most)
    assert [pauses(count, each) for count in (0, most - 1, most, most + 1)] == [False, False, True, True]
    assert not pauses(most // 2, each, paused=True)
    assert not pauses(0, each, paused=True)
    assert pauses(most // 2 + 1, each, paused=True)


def test_a_hold_ends_ahead_and_within_what_the_policy_allows() -> None:
    longest_us = RULES.hold_max_days * DAY_US
    for until_us in (T0 + 1, T0 + longest_us):
        require_hold_ends(until_us, T0, RULES)
    for until_us in (T0 - 1, T0, T0 + longest_us + 1):
        with pytest.raises(BadHold, match="at most 180 days"):
            require_hold_ends(until_us, T0, RULES)
