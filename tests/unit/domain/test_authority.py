"""The authority's window: nothing before it opens, nothing at its end or after."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from overt.domain.authority import Window
from overt.domain.errors import OutsideAuthority
from overt.domain.time import to_us

OPENS = to_us(datetime(2026, 11, 22, 9, tzinfo=UTC))
CLOSES = to_us(datetime(2026, 11, 22, 17, tzinfo=UTC))
WINDOW = Window(opens_us=OPENS, closes_us=CLOSES)


@pytest.mark.parametrize(
    ("now_us", "holds"),
    [(OPENS - 1, False), (OPENS, True), (CLOSES - 1, True), (CLOSES, False)],
    ids=["a microsecond early", "at the start", "a microsecond before the end", "at the end"],
)
def test_the_window_holds_from_its_start_until_just_before_its_end(now_us: int, holds: bool) -> None:
    assert WINDOW.holds(now_us) is holds
    if holds:
        WINDOW.require(now_us)
    else:
        with pytest.raises(OutsideAuthority):
            WINDOW.require(now_us)


def test_before_the_start_the_refusal_says_when_it_begins() -> None:
    with pytest.raises(OutsideAuthority, match=r"not yet open: it begins at 2026-11-22T09:00:00\.000Z") as caught:
        WINDOW.require(OPENS - 60_000_000)
    assert caught.value.todo


def test_after_the_end_the_refusal_says_when_it_ended() -> None:
    with pytest.raises(OutsideAuthority, match=r"over: it ended at 2026-11-22T17:00:00\.000Z"):
        WINDOW.require(CLOSES)


@pytest.mark.parametrize("closes_us", [OPENS, OPENS - 1])
def test_a_window_that_ends_before_it_starts_is_refused(closes_us: int) -> None:
    with pytest.raises(ValueError, match="later than valid_from"):
        Window(opens_us=OPENS, closes_us=closes_us)
