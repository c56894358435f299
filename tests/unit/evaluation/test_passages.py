"""What passages score, and how much more often a passage is taken for somebody: hand-worked, and on drawn templates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import Refused
from overt.domain.rules import RecognitionRules
from overt.evaluation.passages import NO_SCORE, Comparison, scores_with, step_of

RULES = RecognitionRules()
ENTRIES = np.eye(3, 8, dtype=np.float32)
GRID = tuple(step / 200 for step in range(201))
CURVE = ImpostorCurve(
    thresholds=GRID,
    errors=tuple(int(10**9 * 10 ** (-10 * t)) for t in GRID),
    comparisons=10**9,
    people=2000,
    pictures=2000,
    source="a formula",
)


def towards(*cosines: float) -> np.ndarray:
    """A unit vector with these cosines to the entries."""
    made = np.zeros(8, np.float32)
    made[: len(cosines)] = cosines
    made[7] = np.sqrt(1 - float((made**2).sum()))
    return made


def comparison(passage: int, fused: np.ndarray, *shots: np.ndarray) -> Comparison:
    return Comparison(passage=passage, frame=0, fused=fused[None], shots=np.stack(shots))


def test_a_single_shot_never_alerts_whatever_it_scores() -> None:
    scores = scores_with([comparison(1, towards(0.9), towards(0.9))], ENTRIES, RULES)
    assert scores.tolist() == [[NO_SCORE] * 3]


def test_the_fused_template_has_to_reach_it_and_two_shots_have_to_agree() -> None:
    agreeing = comparison(1, towards(0.6, 0.1), towards(0.58, 0.1), towards(0.57, 0.1), towards(0.0))
    alone = comparison(2, towards(0.6), towards(0.9), towards(0.3))
    scores = scores_with([agreeing, alone], ENTRIES, RULES)
    assert scores[0] == pytest.approx([0.6, 0.1, 0.0], abs=1e-6)
    assert scores[1, 0] == pytest.approx(0.3 + RULES.agree_margin, abs=1e-6)


def test_the_best_comparison_of_a_passage_counts() -> None:
    early = comparison(7, towards(0.3), towards(0.3), towards(0.3))
    late = comparison(7, towards(0.5), towards(0.5), towards(0.5))
    (row,) = scores_with([late, early], ENTRIES, RULES)
    assert row[0] == pytest.approx(0.5, abs=1e-6)


def drawn(passages: int, entries: int, times: float, seed: int = 1) -> np.ndarray:
    """Scores whose share at or above t is `times` that of the curve."""
    share = np.random.default_rng(seed).uniform(size=(passages, entries))
    return np.asarray(np.clip(-np.log10(share / times) / 10, 0, 1), np.float32)


@pytest.mark.parametrize("times", [0.5, 1.0, 2.5])
def test_a_planted_step_is_found_again_within_its_interval(times: float) -> None:
    found = step_of(drawn(200, 2000, times), CURVE, "drawn", seed=1)
    assert found.low < times < found.high
    assert found.value == pytest.approx(times, rel=0.35)
    assert found.errors >= 100
    assert (found.of, found.source) == ("a passage", "drawn")


def test_the_same_seed_gives_the_same_interval_and_the_order_of_passages_does_not_matter() -> None:
    scores = drawn(150, 1500, 1.5)
    one, other = (step_of(given, CURVE, "drawn", seed=3) for given in (scores, scores[::-1]))
    assert (one.value, one.threshold, one.errors) == (other.value, other.threshold, other.errors)
    assert step_of(scores, CURVE, "drawn", seed=3) == one


def test_one_passage_that_looks_like_everybody_widens_the_interval() -> None:
    scores = drawn(200, 2000, 1.0)
    odd = scores.copy()
    odd[0, :300] = 0.9
    plain, bulged = step_of(scores, CURVE, "drawn", seed=1), step_of(odd, CURVE, "drawn", seed=1)
    assert plain.threshold <= bulged.threshold < 0.6  # thirty passages have to speak
    assert bulged.high - bulged.low > 2 * (plain.high - plain.low)


@pytest.mark.parametrize("shape", [(0, 10), (3, 10), (1, 99)])
def test_too_few_passages_are_refused_with_what_to_do(shape: tuple[int, int]) -> None:
    with pytest.raises(Refused, match="too few") as refusal:
        step_of(np.zeros(shape, np.float32), CURVE, "drawn", seed=1)
    assert refusal.value.todo


def test_a_curve_that_never_gets_there_is_refused() -> None:
    steep = replace(CURVE, errors=(10**9, *(0,) * 200))
    with pytest.raises(Refused, match="too few"):
        step_of(drawn(200, 2000, 1.0), steep, "drawn", seed=1)


@given(st.lists(st.floats(-0.5, 0.7), min_size=2, max_size=5), st.floats(-0.5, 0.7))
def test_a_score_is_exactly_where_an_alert_ends(shots: list[float], fused: float) -> None:
    """Against the rule of the encounter itself, at thresholds a little lower and higher."""
    made = comparison(1, towards(fused), *(towards(one) for one in shots))
    score = float(scores_with([made], ENTRIES, RULES)[0, 0])
    own = np.array(shots)
    for threshold, alerts in ((score - 1e-3, True), (score + 1e-3, False)):
        agreeing = np.count_nonzero(own >= threshold - RULES.agree_margin) >= RULES.agreeing_shots
        assert bool(fused >= threshold and agreeing) is alerts
