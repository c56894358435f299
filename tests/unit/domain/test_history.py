"""What went before is counted over any 30 days, in ground and hours, and against all that was written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.history import MONTH_US, Start, most_in_30_days, share_reused, shingles
from overt.domain.retention import DAY_US, HOUR_US
from tests.terms import OPENS_US, earlier, square

HERE = square(100)
NO_TEXT: tuple[frozenset[str], ...] = ()


def one(_: Start) -> float:
    return 1


@pytest.mark.parametrize(
    ("days", "most"),
    [
        ((), 0),
        ((1, 2, 3), 3),
        ((30,), 0),
        ((29.99,), 1),
        ((-1, 0, 1), 3),
        ((-20, 20), 1),
        ((-30,), 0),
        ((-29, -28, 29), 2),
    ],
)
def test_the_heaviest_thirty_days_count_whichever_they_are(days: tuple[float, ...], most: int) -> None:
    starts = [earlier(day, area=HERE) for day in days]
    assert most_in_30_days(starts, OPENS_US, one) == most


@given(st.lists(st.floats(-70, 70), max_size=12), st.floats(-70, 70))
def test_more_starts_never_make_the_month_lighter(days: list[float], more: float) -> None:
    starts = [earlier(day, area=HERE) for day in days]
    assert most_in_30_days([*starts, earlier(more, area=HERE)], OPENS_US, one) >= most_in_30_days(starts, OPENS_US, one)


def test_a_month_is_thirty_days() -> None:
    assert MONTH_US == 30 * DAY_US


def test_coverage_is_camera_hours_times_hectares() -> None:
    start = Start(area=square(200), opens_us=0, closes_us=3 * HOUR_US, cameras=2)
    assert start.coverage() == pytest.approx(2 * 3 * 4, rel=0.003)


def test_a_sliver_on_the_map_buys_no_hours() -> None:
    start = Start(area=square(2), opens_us=0, closes_us=HOUR_US, cameras=4)
    assert start.coverage() == pytest.approx(4 * 4 * 0.05)
    assert replace(start, cameras=8).coverage() > start.coverage()


def test_a_text_is_cut_into_every_five_words_whatever_the_capitals() -> None:
    text = "One two three four five six."
    assert len(shingles(text)) == 2
    assert shingles(text) == shingles("one, TWO - three four\nfive six")
    assert len(shingles("Only four words here")) == 1
    assert shingles(" ... ") == frozenset()


def test_the_digests_do_not_hold_the_words() -> None:
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in shingles("a secret operation in the old town"))


@pytest.mark.parametrize(
    ("before", "share"),
    [(NO_TEXT, 0.0), ((frozenset("ab"),), 0.5), ((frozenset("a"), frozenset("b")), 0.5), ((frozenset("abcdef"),), 1.0)],
)
def test_what_is_reused_is_counted_against_everything_before(before: tuple[frozenset[str], ...], share: float) -> None:
    assert share_reused(frozenset("abcd"), before) == share


def test_nothing_reuses_nothing() -> None:
    assert share_reused(frozenset(), (frozenset("ab"),)) == 0.0
