"""Counts add up, differ and come out as the line that ends a run."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.figures import Counts, RunFigures, add_up, difference, percentile

COUNTS = st.builds(Counts, **{field.name: st.integers(min_value=0, max_value=10**9) for field in fields(Counts)})


def test_counts_are_summed_and_worst_cases_are_kept() -> None:
    north = Counts(frames=10, faces_seen=2, unmatched_age_max_s=0.8, cpu_s=1.5)
    south = Counts(frames=5, faces_seen=1, unmatched_age_max_s=0.3, cpu_s=0.5)
    assert add_up([north, south]) == Counts(frames=15, faces_seen=3, unmatched_age_max_s=0.8, cpu_s=2.0)


def test_the_sum_of_nothing_is_nothing() -> None:
    assert add_up([]) == Counts()


@given(COUNTS, COUNTS)
def test_a_difference_added_to_the_earlier_reading_is_the_later_one(earlier: Counts, more: Counts) -> None:
    later = add_up([earlier, more])
    assert add_up([earlier, difference(later, earlier)]) == later


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([], 0.5, None),
        ([7.0], 0.0, 7.0),
        ([7.0], 1.0, 7.0),
        ([4.0, 1.0, 3.0, 2.0], 0.5, 2.0),
        ([4.0, 1.0, 3.0, 2.0], 0.51, 3.0),
        ([float(n) for n in range(1, 101)], 0.99, 99.0),
        ([float(n) for n in range(1, 51)], 0.99, 50.0),
    ],
)
def test_a_percentile_is_one_of_the_values(values: list[float], share: float, found: float | None) -> None:
    assert percentile(values, share) == found


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.sampled_from([0.5, 0.99]))
def test_a_percentile_is_the_smallest_value_with_that_share_at_or_below_it(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found is not None
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values)


RUN = RunFigures(
    counts=Counts(frames=60, faces_seen=2, faces_detected=3, cpu_s=1.23456, video_s=2.4, green_s=1.52, amber_s=0.2),
    alerts=1,
    latencies_s=(0.4321,),
)


def test_the_line_that_ends_a_run_holds_the_promised_keys() -> None:
    line = json.loads(json.dumps(RUN.line()))
    assert list(line) == ["figures"]
    assert line["figures"] == {
        "frames": 60,
        "dropped": 0,
        "faces_seen": 2,
        "faces_detected": 3,
        "alerts": 1,
        "unmatched_age_max_s": 0.0,
        "oldest_pixel_max_s": 0.0,
        "latency_p50_s": 0.432,
        "latency_p99_s": 0.432,
        "cpu_s": 1.235,
        "video_s": 2.4,
        "green_s": 1.5,
        "amber_s": 0.2,
        "red_s": 0.0,
    }


@pytest.mark.parametrize("latencies_s", [None, ()], ids=["frames not at their own speed", "no alert"])
def test_without_latencies_the_line_says_null(latencies_s: tuple[float, ...] | None) -> None:
    figures = replace(RUN, latencies_s=latencies_s).line()["figures"]
    assert isinstance(figures, dict)
    assert figures["latency_p50_s"] is None
    assert figures["latency_p99_s"] is None
