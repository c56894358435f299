"""Time is aware UTC, whole microseconds, and written in one way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.time import to_datetime, to_text, to_us

AFTER_1970 = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone


def test_a_time_is_written_with_milliseconds_and_z() -> None:
    assert to_text(to_us(datetime(2026, 11, 22, 9, 0, 0, 1_999, tzinfo=UTC))) == "2026-11-22T09:00:00.001Z"


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    here = datetime(2026, 11, 22, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    assert to_us(here) == to_us(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        to_us(datetime(2026, 11, 22, 9, 0))  # noqa: DTZ001 - the case of this test


@given(AFTER_1970)
def test_no_microsecond_is_lost_on_the_way_there_and_back(moment: datetime) -> None:
    assert to_datetime(to_us(moment)) == moment


@given(AFTER_1970)
def test_the_text_reads_back_as_the_moment_cut_to_milliseconds(moment: datetime) -> None:
    us = to_us(moment)
    assert to_us(datetime.fromisoformat(to_text(us))) == us // 1000 * 1000
