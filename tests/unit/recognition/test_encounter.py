"""When a comparison becomes a possible match: a decision table."""

from __future__ import annotations

import numpy as np
import pytest

from overt.domain.geometry import FloatArray
from overt.domain.rules import RecognitionRules
from overt.recognition.encounter import Encounters, Verdict
from overt.recognition.match import Candidates

RULES = RecognitionRules()
THRESHOLD = 0.5
NEAR = THRESHOLD - RULES.agree_margin
SECOND_US = 1_000_000
NOTHING, MATCH, COOLING = Verdict.NOTHING, Verdict.POSSIBLE_MATCH, Verdict.COOLING_DOWN


def found(*pairs: tuple[int, float]) -> Candidates:
    return Candidates(
        entries=np.array([entry for entry, _ in pairs], np.int32),
        scores=np.array([score for _, score in pairs], np.float32),
    )


def own(entry: int, shots: Candidates) -> FloatArray:
    """The score of each shot with an entry: its best one where that is the entry, else nothing."""
    return np.where(shots.entries == entry, shots.scores, np.float32(0)).astype(np.float32)


def judge(encounters: Encounters, *, passage: int = 1, entry: int = 3, score: float = 0.6, at_s: float = 0) -> Verdict:
    """Two shots that agree."""
    shots = found((entry, score), (entry, score))
    now_us = round(at_s * SECOND_US)
    return encounters.judge(passage, found((entry, score)), shots, own(entry, shots), now_us).verdict


@pytest.mark.parametrize(
    ("fused", "shots", "verdict"),
    [
        ((3, 0.5), [(3, 0.5), (3, 0.5)], MATCH),  # at the threshold is enough
        ((3, 0.499), [(3, 0.6), (3, 0.6)], NOTHING),  # the fused one counts
        ((3, 0.9), [(3, 0.9)], NOTHING),  # one shot is no second opinion
        ((3, 0.9), [(3, 0.9), (4, 0.9)], NOTHING),  # the second thinks of somebody else
        ((3, 0.9), [(4, 0.9), (4, 0.9)], NOTHING),  # both do
        ((3, 0.9), [(3, 0.9), (3, NEAR - 0.01)], NOTHING),  # the second is too far away
        ((3, 0.5), [(3, NEAR + 1e-4), (3, NEAR + 1e-4)], MATCH),  # fused is better than each: both near enough
        ((3, 0.9), [(3, 0.9), (4, 0.9), (3, 0.5)], MATCH),  # two of three agree
    ],
)
def test_what_counts_as_a_possible_match(
    fused: tuple[int, float], shots: list[tuple[int, float]], verdict: Verdict
) -> None:
    looks = found(*shots)
    meeting = Encounters(RULES, THRESHOLD).judge(1, found(fused), looks, own(fused[0], looks), 0)
    assert meeting.verdict is verdict
    assert meeting.entry == fused[0]
    assert meeting.score == pytest.approx(fused[1])


def test_a_passage_and_an_entry_alert_once_however_long_it_lasts() -> None:
    encounters = Encounters(RULES, THRESHOLD)
    verdicts = [judge(encounters, at_s=s) for s in (0, 1, 20, 50)]
    assert verdicts == [MATCH, NOTHING, NOTHING, NOTHING]


def test_one_passage_may_alert_for_two_entries() -> None:
    encounters = Encounters(RULES, THRESHOLD)
    assert [judge(encounters, entry=3), judge(encounters, entry=4)] == [MATCH, MATCH]


def test_the_same_entry_again_within_the_cool_down_is_held_back_counted_once_and_due_when_it_is_over() -> None:
    encounters = Encounters(RULES, THRESHOLD)
    end_s = RULES.cool_down_s
    assert judge(encounters, passage=1, at_s=0) is MATCH
    assert judge(encounters, passage=2, at_s=end_s - 0.2) is COOLING
    assert judge(encounters, passage=2, at_s=end_s - 0.1) is NOTHING
    assert not encounters.due_again(2, round((end_s - 0.1) * SECOND_US))
    assert encounters.due_again(2, round(end_s * SECOND_US))
    assert judge(encounters, passage=2, at_s=end_s + 0.1) is MATCH
    assert not encounters.due_again(2, round((2 * end_s + 1) * SECOND_US))


def test_two_entries_of_one_person_do_not_silence_each_other() -> None:
    shots = found((3, 0.90), (4, 0.91))
    scores = np.array([0.90, 0.89], np.float32)  # of entry 3: the second shot likes entry 4 a little better
    assert Encounters(RULES, THRESHOLD).judge(1, found((3, 0.92)), shots, scores, 0).verdict is MATCH


def test_what_was_held_back_does_not_begin_a_new_cool_down() -> None:
    encounters = Encounters(RULES, THRESHOLD)
    times_s = [0, 0.5 * RULES.cool_down_s, RULES.cool_down_s]
    verdicts = [judge(encounters, passage=n, at_s=s) for n, s in enumerate(times_s)]
    assert verdicts == [MATCH, COOLING, MATCH]


def test_a_cool_down_is_the_entrys_own() -> None:
    encounters = Encounters(RULES, THRESHOLD)
    assert judge(encounters, passage=1, entry=3) is MATCH
    assert judge(encounters, passage=2, entry=4, at_s=1) is MATCH


def test_a_passage_that_is_over_is_forgotten_and_the_cool_down_is_not() -> None:
    encounters = Encounters(RULES, THRESHOLD)
    judge(encounters, passage=1)
    judge(encounters, passage=2, entry=4)
    encounters.forget(1)
    assert encounters._alerted == {(2, 4)}
    assert judge(encounters, passage=9, at_s=1) is COOLING


def test_a_shot_that_is_near_to_no_entry_can_never_agree() -> None:
    far = np.nextafter(np.float32(NEAR), np.float32(0))
    shots = found((3, NEAR), (4, 0.9), (3, float(far)), (5, -0.2))
    assert Encounters(RULES, THRESHOLD).could_agree(shots).tolist() == [True, True, False, False]
