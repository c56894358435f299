"""When a decoy may come, who is shown one, and who was right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overt.domain.decision import Verdict
from overt.domain.decoying import MARGIN_US, Moment, are_shown_to, comes, may_show, was_right
from overt.domain.retention import HOUR_US
from overt.domain.roles import Role

NOW_US = 1_795_338_000_000_000
MOMENT = Moment(now_us=NOW_US, began_us=NOW_US - HOUR_US, closes_us=NOW_US + HOUR_US, waiting=0)


@pytest.mark.parametrize(
    ("changes", "per_hour", "may"),
    [
        ({}, 1, True),
        ({}, 0, False),
        ({"waiting": 1}, 1, False),
        ({"began_us": NOW_US - MARGIN_US}, 1, True),
        ({"began_us": NOW_US - MARGIN_US + 1}, 1, False),
        ({"closes_us": NOW_US + MARGIN_US + 1}, 1, True),
        ({"closes_us": NOW_US + MARGIN_US}, 1, False),
        ({"shown_us": (NOW_US - HOUR_US + 1,)}, 1, False),
        ({"shown_us": (NOW_US - HOUR_US,)}, 1, True),
        ({"shown_us": (NOW_US - 1,)}, 2, True),
    ],
    ids=range(10),
)
def test_when_a_decoy_may_be_shown(changes: dict[str, object], per_hour: int, may: bool) -> None:
    assert may_show(replace(MOMENT, **changes), per_hour) is may  # type: ignore[arg-type]


def test_a_decoy_is_as_likely_at_each_moment_as_at_any_other() -> None:
    half = (1 << 63).to_bytes(8, "big")
    assert comes(1, HOUR_US, half), "63 % in an hour of one an hour"
    assert not comes(0.5, HOUR_US, half), "39 %"
    assert not comes(6, 0, bytes(8))
    assert not comes(0, HOUR_US, bytes(8))
    assert not comes(6, -5, bytes(8)), "a clock that went back brings none"
    assert comes(6, 1, bytes(8))


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("same", [True, False])
def test_who_was_right(verdict: Verdict, same: bool) -> None:
    right = {(Verdict.WORTH_A_LOOK, True), (Verdict.NOT_THE_PERSON, False)}
    assert was_right(verdict, same=same) is ((verdict, same) in right)


def test_nobody_who_goes_up_to_people_is_shown_one() -> None:
    assert are_shown_to([Role.OPERATOR])
    assert are_shown_to([Role.AUDITOR])
    assert not are_shown_to([Role.ENGAGEMENT_OFFICER])
    assert not are_shown_to([Role.OPERATOR, Role.ENGAGEMENT_OFFICER])
