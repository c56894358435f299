"""A deployment's counts taken apart: the parts add up, and tell nothing that is still to be decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overt.domain.decision import Result, Verdict
from overt.domain.parts import SOON_MS, by_camera, by_decider, over_time
from overt.domain.retention import DAY_US
from overt.domain.tally import DECOY, MINUTE_US, VOLUNTEER, AlertFacts, DeploymentFacts, MinuteFacts, count
from overt.testing.fixed_clock import SOME_DAY_US
from tests.stores import uuid
from tests.unit.domain.test_tally import LOOK, NOT_THEM, UNSURE, alert, minute, said

ANN, BEN = uuid(0), uuid(1)


def facts(*alerts: AlertFacts, minutes: tuple[MinuteFacts, ...] = (minute(),)) -> DeploymentFacts:
    return DeploymentFacts(
        deployment=uuid(1), kind="operation", entries=3, withdrawn=1, alerts=alerts, minutes=minutes, officer_min=90
    )


def test_the_cameras_add_up_to_the_whole() -> None:
    whole = facts(
        alert(1, Result.RIGHT),
        alert(2, Result.WRONG_PERSON, camera="south"),
        alert(3, camera="south"),
        minutes=(minute(), minute(camera="south", seen=50), minute(1, camera="east", seen=0)),
    )
    apart, together = by_camera(whole), count(whole)
    assert list(apart) == ["east", "north", "south"]
    for name in ("faces_detected", "faces_seen", "lost", "camera_minutes", "unlisted", "false_low", "false_high"):
        assert sum(getattr(one, name) for one in apart.values()) == getattr(together, name)
    assert [one.listed.alerts for one in apart.values()] == [0, 1, 2]
    assert {one.timed for one in apart.values()} == {0}


def test_a_camera_that_only_alerted_so_far_is_one() -> None:
    assert list(by_camera(facts(alert(camera="south"), minutes=()))) == ["south"]


def test_each_persons_verdicts_are_counted_with_how_long_they_took() -> None:
    first = replace(alert(1, verdicts=said(LOOK, LOOK)), looked_ms=(5000, 2999), needed=2)
    second = replace(alert(2, verdicts=said(NOT_THEM, UNSURE)), looked_ms=(3000, None), needed=2)
    ann, ben = by_decider([first, second])
    assert (ann.account, ann.verdicts, ann.worth_a_look, ann.not_the_person, ann.cannot_tell) == (ANN, 2, 1, 1, 0)
    assert (ann.looked_ms, ann.soon) == ((3000, 5000), 0)
    assert (ben.account, ben.verdicts, ben.worth_a_look, ben.not_the_person, ben.cannot_tell) == (BEN, 2, 1, 0, 1)
    assert (ben.looked_ms, ben.soon) == ((2999,), 1)
    assert SOON_MS == 3000


def test_how_long_it_took_may_be_unknown() -> None:
    (ann,) = by_decider([alert(1)])
    assert (ann.verdicts, ann.looked_ms) == (1, ())


@pytest.mark.parametrize("undecided", [False, True])
def test_nothing_that_one_of_two_said_is_counted_before_the_other_has_spoken(undecided: bool) -> None:
    waits = replace(alert(1, verdicts=said(NOT_THEM), undecided=undecided), looked_ms=(4000,), needed=2)
    assert by_decider([waits]) == []
    both = replace(waits, verdicts=said(NOT_THEM, LOOK), looked_ms=(4000, 4000))
    assert [one.verdicts for one in by_decider([both])] == [1, 1]


@pytest.mark.parametrize("about", [VOLUNTEER, DECOY])
def test_volunteers_and_decoys_are_in_no_part(about: str) -> None:
    other = facts(alert(1, Result.RIGHT, about=about))
    assert by_decider(other.alerts) == []
    (found,) = over_time(other)
    assert (found.alerts, found.false_so_far, found.passages_so_far) == (0, 0, 99)


def test_the_slices_add_up_and_end_where_the_stop_rule_stands() -> None:
    hour_us = 60 * MINUTE_US
    minutes = tuple(minute(at) for at in range(240))
    alerts = [
        alert(1, Result.RIGHT, after_us=5 * MINUTE_US),
        alert(2, Result.WRONG_PERSON, after_us=70 * MINUTE_US),
        alert(2, Result.WRONG_ENTRY, after_us=70 * MINUTE_US + 1000),
        alert(3, verdicts=said(Verdict.NOT_THE_PERSON), after_us=2 * hour_us),
        alert(4, verdicts=(), after_us=3 * hour_us),  # waits for people
    ]
    whole = facts(*alerts, minutes=minutes)
    found, tally = over_time(whole), count(whole)
    assert len(found) == 24
    assert {one.until_us - one.from_us for one in found} == {10 * MINUTE_US}
    assert [one.until_us for one in found[:-1]] == [one.from_us for one in found[1:]]
    assert sum(one.searched for one in found) == tally.faces_seen
    assert sum(one.detected for one in found) == tally.faces_detected
    assert [sum(getattr(one, name) for one in found) for name in ("right", "wrong", "unverified")] == [1, 2, 2]
    assert (found[0].right, found[7].wrong, found[12].unverified, found[12].alerts) == (1, 2, 1, 1)
    assert (found[-1].false_so_far, found[-1].passages_so_far) == (tally.false_to_stop, tally.unlisted) == (2, 23_999)
    assert [one.false_so_far for one in found[6:13]] == [0, 1, 1, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("minutes", "length_min", "slices"),
    [(1, 1, 1), (24, 1, 24), (25, 2, 13), (8 * 60, 30, 16), (60 * 60, 180, 20), (24 * 1440, 1440, 24)],
)
def test_slices_have_a_round_length_and_are_at_most_so_many(minutes: int, length_min: int, slices: int) -> None:
    midnight = minute(-9 * 60)
    last = replace(midnight, minute_us=midnight.minute_us + (minutes - 1) * MINUTE_US)
    found = over_time(facts(minutes=(midnight, last)))
    assert (found[0].until_us - found[0].from_us, len(found)) == (length_min * MINUTE_US, slices)


def test_many_days_are_told_in_slices_of_several() -> None:
    last = replace(minute(), minute_us=SOME_DAY_US + 200 * DAY_US)
    found = over_time(facts(minutes=(minute(), last)))
    assert len(found) <= 24
    assert (found[0].until_us - found[0].from_us) % DAY_US == 0
    assert sum(one.searched for one in found) == 200


def test_a_volunteers_alert_outside_the_counted_time_belongs_to_its_edge() -> None:
    early = alert(1, about=VOLUNTEER, after_us=-5 * MINUTE_US)
    late = alert(2, about=VOLUNTEER, after_us=5 * MINUTE_US)
    (found,) = over_time(facts(early, late))
    assert found.passages_so_far == 98


def test_of_nothing_there_is_no_slice() -> None:
    assert over_time(facts(minutes=())) == []
