"""The counting behind the figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overt.domain.deciding import standing
from overt.domain.decision import Followed, Result, Standing, Verdict
from overt.domain.ids import new_id
from overt.domain.tally import (
    DECOY,
    LISTED,
    MINUTE_US,
    OUTCOME_WAITS_US,
    SAME_PASSAGE_US,
    VOLUNTEER,
    AlertFacts,
    Concluded,
    DeploymentFacts,
    MinuteFacts,
    State,
    Tally,
    count,
    together,
)
from overt.testing.fixed_clock import SOME_DAY_US
from tests.stores import decision, uuid
from tests.unit.services.verdicts import ONE, TWO

LOOK, NOT_THEM, UNSURE = Verdict.WORTH_A_LOOK, Verdict.NOT_THE_PERSON, Verdict.CANNOT_TELL


def said(*verdicts: Verdict) -> tuple[tuple[str, Verdict], ...]:
    return tuple((uuid(at), verdict) for at, verdict in enumerate(verdicts))


def alert(
    passage: int = 1,
    result: Result | None = None,
    *,
    after_us: int = 0,
    about: str = LISTED,
    camera: str = "north",
    verdicts: tuple[tuple[str, Verdict], ...] | None = None,
    undecided: bool = False,
    held_min: int = 0,
    followed: Followed = Followed.NOTHING,
) -> AlertFacts:
    """An alert on which "worth a look" stands, unless other verdicts are given."""
    return AlertFacts(
        alert=new_id(SOME_DAY_US + after_us, lambda many: passage.to_bytes(many, "big")),
        camera=camera,
        passage=passage,
        about=about,
        threshold_e4=5000,
        latency_ms=400,
        verdicts=said(LOOK) if verdicts is None else verdicts,
        undecided=undecided,
        concluded=None
        if result is None
        else Concluded(result=result, held_min=held_min, followed=followed, served_aim=False),
    )


def minute(at: int = 0, camera: str = "north", *, seen: int = 100, frames: int = 1500) -> MinuteFacts:
    return MinuteFacts(
        camera=camera,
        minute_us=SOME_DAY_US + at * MINUTE_US,
        frames=frames,
        faces_detected=seen + 1,
        faces_seen=seen,
        lost=1,
    )


def counted(*alerts: AlertFacts, minutes: tuple[MinuteFacts, ...] = (minute(),)) -> Tally:
    return count(
        DeploymentFacts(deployment=uuid(1), kind="operation", entries=3, withdrawn=1, alerts=alerts, minutes=minutes)
    )


def false(tally: Tally) -> tuple[int, int, int]:
    return tally.false_low, tally.false_high, tally.unlisted


@pytest.mark.parametrize("needed", [1, 2])
@pytest.mark.parametrize(
    "verdicts",
    [(), (LOOK,), (NOT_THEM,), (UNSURE,), (LOOK, LOOK), (LOOK, UNSURE), (NOT_THEM, NOT_THEM), (UNSURE, UNSURE)],
)
def test_an_alert_stands_where_the_rules_of_deciding_put_it(verdicts: tuple[Verdict, ...], needed: int) -> None:
    where = standing(
        [decision(at, account=uuid(at), verdict=verdict) for at, verdict in enumerate(verdicts)],
        TWO if needed == 2 else ONE,
    )
    expected = {
        Standing.OPEN: State.OPEN,
        Standing.ONE_OF_TWO: State.OPEN,
        Standing.WORTH_A_LOOK: State.WORTH_A_LOOK,
        Standing.NOT_THE_PERSON: State.NOT_THE_PERSON,
        Standing.CANNOT_TELL: State.CANNOT_TELL,
        Standing.DISAGREE: State.CANNOT_TELL,
    }[where]
    assert replace(alert(verdicts=said(*verdicts)), needed=needed).state is expected


def test_the_five_states_add_up_to_all_alerts() -> None:
    tally = counted(
        alert(1),
        alert(2, verdicts=said(NOT_THEM)),
        alert(3, verdicts=said(UNSURE)),
        alert(4, verdicts=()),
        alert(5, verdicts=(), undecided=True),
    ).listed
    states = tally.worth_a_look, tally.not_the_person, tally.cannot_tell, tally.open, tally.undecided
    assert (states, tally.alerts) == ((1, 1, 1, 1, 1), 5)


def test_what_came_of_alerts_is_counted_by_its_code() -> None:
    tally = counted(*[alert(at, result, held_min=at) for at, result in enumerate(Result, 1)]).listed
    assert (tally.right, tally.wrong_person, tally.wrong_entry) == (1, 1, 1)
    assert (tally.not_engaged, tally.lost, tally.unverified) == (1, 1, 1)
    assert (tally.concluded, tally.engaged) == (6, 4)
    wrong = [at for at, result in enumerate(Result, 1) if result in (Result.WRONG_PERSON, Result.WRONG_ENTRY)]
    assert tally.held_wrongly_min == sum(wrong)


def test_what_was_done_then_is_counted_by_its_code() -> None:
    found = counted(*[alert(at, Result.RIGHT, followed=followed) for at, followed in enumerate(Followed, 1)]).listed
    done = found.id_shown, found.arrests, found.safeguarding, found.service, found.other_lawful, found.ground_gone
    assert (done, found.concluded) == ((1, 1, 1, 1, 1, 1), 7)


def test_undecided_in_time_counts_as_not_verified_even_if_a_verdict_came_later() -> None:
    late = alert(1, Result.RIGHT, undecided=True)
    tally = counted(late)
    assert (tally.listed.undecided, tally.listed.worth_a_look) == (1, 0)
    assert (tally.listed.right, tally.listed.right_late) == (0, 1)
    assert false(tally) == (0, 1, 100)


def test_a_wrong_person_that_came_late_still_counts_as_wrong() -> None:
    tally = counted(alert(1, Result.WRONG_PERSON, undecided=True, held_min=9))
    assert (tally.listed.wrong_person, tally.listed.held_wrongly_min) == (1, 9)
    assert false(tally) == (1, 1, 100)


def test_the_low_count_is_confirmed_wrong_and_the_high_one_all_that_is_not_confirmed_right() -> None:
    tally = counted(*[alert(at, result) for at, result in enumerate([*Result, None], 1)])
    assert false(tally) == (1, 6, 99)


def test_two_entries_for_one_stranger_are_one_false_passage() -> None:
    other = alert(1, Result.WRONG_PERSON, after_us=SAME_PASSAGE_US)
    assert false(counted(alert(1, Result.LOST), other)) == (1, 1, 100)
    assert false(counted(alert(1), replace(other, camera="south"))) == (1, 2, 100)
    assert false(counted(alert(1), alert(2))) == (0, 2, 100)


def test_a_number_of_a_passage_that_comes_again_much_later_is_of_another_run() -> None:
    assert false(counted(alert(1), alert(1, after_us=SAME_PASSAGE_US + 1000))) == (0, 2, 100)


def test_a_passage_of_which_one_alert_is_right_is_no_false_one() -> None:
    assert false(counted(alert(1, Result.WRONG_ENTRY), alert(1, Result.RIGHT, after_us=1000))) == (0, 0, 99)


def test_volunteers_and_decoys_enter_no_figure_but_their_own() -> None:
    tally = counted(
        alert(1, Result.RIGHT),
        alert(2, Result.RIGHT, about=VOLUNTEER),
        alert(3, Result.WRONG_PERSON, about=VOLUNTEER),
        alert(4, about=DECOY, verdicts=said(NOT_THEM)),
    )
    assert (tally.listed.alerts, tally.volunteers.alerts, tally.decoys.alerts) == (1, 2, 1)
    assert (tally.volunteers.right, tally.decoys.not_the_person) == (1, 1)
    assert false(tally) == (0, 0, 96)


def test_a_stranger_who_alerts_on_a_volunteer_too_is_still_a_false_passage() -> None:
    assert false(counted(alert(1), alert(1, about=VOLUNTEER, after_us=1000))) == (0, 1, 100)


def test_there_are_never_fewer_passages_than_false_ones() -> None:
    assert false(counted(alert(1), alert(2), minutes=())) == (0, 2, 2)


def test_only_minutes_with_frames_count_as_scanned() -> None:
    minutes = (minute(0), minute(0, "south"), minute(0), minute(1), minute(2, frames=0, seen=0))
    tally = counted(minutes=minutes)
    assert (tally.cameras, tally.minutes, tally.camera_minutes) == (2, 2, 3)
    assert (tally.faces_detected, tally.faces_seen, tally.lost) == (405, 400, 5)
    assert (tally.entries, tally.withdrawn) == (3, 1)


def test_for_the_stop_rule_an_alert_counts_once_it_no_longer_waits() -> None:
    hour = OUTCOME_WAITS_US // MINUTE_US
    open_one, worth_it = alert(1, verdicts=()), alert(2)
    settled = [
        alert(3, verdicts=said(NOT_THEM)),
        alert(4, verdicts=said(UNSURE)),
        alert(5, verdicts=(), undecided=True),
        alert(6, Result.LOST),
    ]
    assert counted(open_one, worth_it).false_to_stop == 0
    assert counted(open_one, worth_it, *settled).false_to_stop == 4
    assert counted(worth_it, minutes=(minute(hour - 2),)).false_to_stop == 0
    assert counted(worth_it, minutes=(minute(hour - 1),)).false_to_stop == 1
    assert counted(open_one, minutes=(minute(hour),)).false_to_stop == 0
    assert counted(alert(1, Result.RIGHT), minutes=(minute(hour),)).false_to_stop == 0


def test_a_passage_waits_only_while_all_its_alerts_do() -> None:
    assert counted(alert(1, verdicts=()), alert(1, verdicts=said(NOT_THEM), after_us=1000)).false_to_stop == 1


def test_latencies_and_thresholds_are_in_order_and_unmeasured_ones_left_out() -> None:
    slow, fast = replace(alert(1), latency_ms=900), replace(alert(2), latency_ms=300, threshold_e4=4000)
    tally = counted(slow, replace(alert(3), latency_ms=None), fast, replace(alert(4), disclosed=2)).listed
    assert (tally.latencies_ms, tally.thresholds_e4, tally.disclosed) == ((300, 400, 900), (4000, 5000), 2)


def test_deployments_of_one_kind_add_up() -> None:
    one, other = counted(alert(1, Result.RIGHT)), counted(replace(alert(2), latency_ms=300, threshold_e4=4000))
    whole = together([one, other])
    assert (whole.deployment, whole.kind, whole.deployments) == ("", "operation", 2)
    assert (whole.faces_seen, whole.unlisted, whole.false_high, whole.entries) == (200, 199, 1, 6)
    assert (whole.listed.alerts, whole.listed.right) == (2, 1)
    assert (whole.listed.latencies_ms, whole.listed.thresholds_e4) == ((300, 400), (4000, 5000))


def test_a_trial_and_an_operation_cannot_be_added_up() -> None:
    with pytest.raises(ValueError, match="operation and trial"):
        together([counted(), replace(counted(), kind="trial")])
    with pytest.raises(ValueError, match="nothing"):
        together([])


def test_an_alert_that_is_none_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="UUIDv7"):
        replace(alert(), alert="0193527e-8a00-4000-8000-000000000001")
    with pytest.raises(ValueError, match="none of listed"):
        replace(alert(), about="passer-by")


def test_the_time_of_an_alert_is_that_of_its_id() -> None:
    assert alert(after_us=5_000_400).raised_us == SOME_DAY_US + 5_000_000
