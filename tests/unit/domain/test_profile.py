"""Where the time of a run went."""

from __future__ import annotations

import pytest

from overt.domain.profile import IDLE, STAGES, STEP_MS, STEPS, Profile, step_of, together


def results(**counts: int) -> tuple[int, ...]:
    """So many looks by the step in which they count: `s3=2` two within the fourth step."""
    found = [0] * STEPS
    for step, count in counts.items():
        found[int(step[1:])] = count
    return tuple(found)


def profile(**counts: int) -> Profile:
    return Profile(spent_s={"decode": 1.5, IDLE: 2.0}, video_s=10.0, looks=80, results=results(**counts))


@pytest.mark.parametrize(
    ("age_us", "step"), [(-5, 0), (0, 0), (4_999, 0), (5_000, 1), (999_999, 199), (1_000_000, 200), (60_000_000, 200)]
)
def test_a_result_counts_in_the_step_of_its_age(age_us: int, step: int) -> None:
    assert step_of(age_us) == step


def test_a_share_of_the_results_is_within_the_upper_end_of_its_step() -> None:
    seen = profile(s0=50, s3=49, s200=1)
    assert seen.result_ms(0.5) == STEP_MS
    assert seen.result_ms(0.51) == seen.result_ms(0.99) == 4 * STEP_MS
    assert seen.result_ms(1) == STEPS * STEP_MS
    assert profile(s7=1).result_ms(0) == 8 * STEP_MS


def test_nothing_timed_has_no_time() -> None:
    assert profile().result_ms(0.5) is None


def test_several_processes_add_up() -> None:
    both = together([profile(s1=3), profile(s1=1, s2=5)])
    assert (both.processes, both.video_s, both.looks, both.results) == (2, 20.0, 160, results(s1=4, s2=5))
    assert tuple(both.spent_s) == STAGES
    assert (both.spent_s["decode"], both.spent_s[IDLE], both.spent_s["detect"]) == (3.0, 4.0, 0.0)


def test_no_process_is_nothing() -> None:
    none = together([])
    assert (none.processes, none.looks, sum(none.results), len(none.results)) == (0, 0, 0, STEPS)
