"""A longer list or a smaller wanted share never gives a lower threshold, on any curve."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import Refused
from overt.recognition.threshold import false_alerts_per_1000, threshold_for


@st.composite
def curves(draw: st.DrawFn) -> ImpostorCurve:
    """Curves with bulges, gaps and plateaus, but 30 errors at two thresholds at least."""
    high = draw(st.lists(st.integers(31, 10**6), min_size=1, max_size=20, unique=True))
    low = draw(st.lists(st.integers(0, 29), max_size=10))
    errors = tuple(sorted([*high, 10**6 + 1, *low], reverse=True))
    grid = sorted(draw(st.sets(st.integers(-200, 200), min_size=len(errors), max_size=len(errors))))
    return ImpostorCurve(
        thresholds=tuple(step / 200 for step in grid),
        errors=errors,
        comparisons=draw(st.integers(10**6 + 1, 10**9)),
        people=100,
        pictures=200,
        source="drawn",
    )


LIST_SIZES = st.integers(1, 1_000_000)
SHARES = st.floats(1e-6, 0.5)


def value_of(curve: ImpostorCurve, list_size: int, wanted_far: float) -> float:
    """The threshold, or more than any cosine where there is none."""
    try:
        return threshold_for(curve, list_size, wanted_far).value
    except Refused:
        return 2.0


@given(curves(), LIST_SIZES, LIST_SIZES, SHARES)
def test_a_longer_list_never_lowers_the_threshold(curve: ImpostorCurve, one: int, other: int, far: float) -> None:
    assert value_of(curve, min(one, other), far) <= value_of(curve, max(one, other), far)


@given(curves(), LIST_SIZES, SHARES, SHARES)
def test_a_stricter_wish_never_lowers_the_threshold(curve: ImpostorCurve, size: int, one: float, other: float) -> None:
    assert value_of(curve, size, max(one, other)) <= value_of(curve, size, min(one, other))


@given(curves(), LIST_SIZES, SHARES)
def test_a_threshold_keeps_to_what_was_wanted_and_says_so(curve: ImpostorCurve, size: int, far: float) -> None:
    try:
        found = threshold_for(curve, size, far)
    except Refused:
        return
    assert found.far_expected <= far * (1 + 1e-9)
    assert 0 <= found.far_low <= found.far_expected <= found.far_high <= 1
    assert 0 <= found.errors <= curve.comparisons
    assert found.extrapolated == (curve.errors_at(found.value) < 30 or found.value > last_with_30(curve))


@given(curves(), LIST_SIZES, st.floats(-1, 1), st.floats(-1, 1))
def test_a_higher_score_never_expects_more_false_alerts(
    curve: ImpostorCurve, size: int, one: float, other: float
) -> None:
    low, high = (false_alerts_per_1000(curve, score, size) for score in sorted((one, other)))
    assert 0 <= high <= low * (1 + 1e-12) <= 1000 * (1 + 1e-9)


def last_with_30(curve: ImpostorCurve) -> float:
    return max(t for t, n in zip(curve.thresholds, curve.errors, strict=True) if n >= 30)
