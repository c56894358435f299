"""What was done since a copy was made is done again when the copy is put back."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain import complaining
from overt.domain.decision import Recipient, Verdict
from overt.domain.retention import DAY_US, RetentionRules
from overt.domain.roles import Action, Role, RolesOpposed
from overt.domain.time import SECOND_US
from overt.ledger.entry import Fact
from overt.services import erase
from overt.services.acting import NAME_LOST, WORDS_LOST, act, file_paper
from overt.services.adjudicate import AlertErased, evidence, hold, lift, show
from overt.services.complaints import answer_complaint, complaints, file_complaint
from overt.services.conditions import conditions_at
from overt.services.decoy_alerts import shown_of
from overt.services.erase import erase_alert, erase_draft, erase_list, withdraw_entry
from overt.services.evaluations import evaluations_filed, trial_reports
from overt.services.halts import (
    Halt,
    HeldByOversight,
    halts,
    lift_halt,
    place_halt,
    require_not_held,
    standing_halts,
)
from overt.services.installation import Installation, opened
from overt.services.leaflets import leaflets_of
from overt.services.meeting import say_seen
from overt.services.outcomes import alert_record, disclose
from overt.services.panel import (
    approve_panel_key,
    countersign,
    countersigned_in,
    draw_up_countersignature,
    panel_now,
    propose_panel_key,
    sign_countersignature,
)
from overt.services.people import Account, account_of
from overt.services.retain import ClockJumped, Retained, confirm_clock, require_steady_clock, retain
from overt.services.sealed_lists import open_list
from overt.services.sign_checks import last_check
from overt.services.slips import Given, give, last_given
from overt.services.terms import ANSWER, FINDING, OFFICERS, STOPPED
from overt.store.ports import Work
from overt.store.records import (
    AccountState,
    DeploymentRow,
    DeploymentState,
    ErasureRow,
    HoldRow,
    LookRow,
    OutcomeRow,
    State,
    Subject,
)
from tests import stores
from tests.authority import KEY as OFFICERS_KEY
from tests.authority import public
from tests.installations import PASSPHRASE
from tests.people import administrators, person
from tests.unit.services.handed_over import CASE, evidential, handed, over
from tests.unit.services.homes import Home, made
from tests.unit.services.keeping import (
    ANN,
    BEN,
    RULES,
    drafted,
    enrolled,
    entered,
    portraits,
    raised,
    sealed,
    state_of_alert,
    state_of_draft,
    state_of_list,
)
from tests.unit.services.policed import policed
from tests.unit.services.verdicts import ONE, TWO, decided


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return made(tmp_path)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.sqlite"


@pytest.fixture
def alert(home: Home, copy: Path) -> str:
    """Of an alert that is in the copy."""
    alert = home.do(raised)
    home.copied(copy)
    home.clock.advance(60)
    return alert


@pytest.fixture
def list_id(home: Home, copy: Path, tmp_path: Path) -> str:
    """Of a list that is in the copy."""
    people = portraits(tmp_path / "people", "ann", "bob")
    row = home.do(lambda installation: sealed(installation, enrolled(people)).row)
    home.copied(copy)
    return row.id


def receipts(installation: Installation) -> list[ErasureRow]:
    return installation.store.read(lambda work: work.erasures.all())


def held(installation: Installation, alert: str, days: int) -> HoldRow:
    until_us = installation.clock.now_us() + days * DAY_US
    return hold(installation, alert, case="CR/2026/17", until_us=until_us, placed_by=ANN, seconded_by=BEN, rules=ONE)


def put_back(home: Home, copy: Path, tmp_path: Path, *, lost: bool) -> None:
    """From the copy and the ledger alone where the store is lost."""
    if not lost:
        home.restored(copy, replace=True)
        return
    ledger = home.exported(tmp_path / "ledger.txt")
    home.lose_store()
    home.restored(copy, ledger=ledger)


@pytest.mark.parametrize("lost", [False, True])
def test_the_receipts_of_what_was_erased_come_back_as_they_were(
    home: Home, alert: str, copy: Path, tmp_path: Path, lost: bool
) -> None:
    home.do(lambda installation: erase_alert(installation, alert, "by-hand"))
    (before,) = home.do(receipts)
    put_back(home, copy, tmp_path, lost=lost)
    (after,) = home.do(receipts)
    assert replace(after, residue_cleared_us=None) == replace(before, residue_cleared_us=None)
    assert home.do(lambda installation: state_of_alert(installation, alert)) == State.ERASED


def test_a_list_that_was_erased_since_is_erased_with_its_receipt(home: Home, list_id: str, copy: Path) -> None:
    home.do(lambda installation: erase_list(installation, list_id, "by-hand"))
    done = home.restored(copy, replace=True)
    assert done.erased == 1
    (receipt,) = home.do(receipts)
    assert (receipt.subject, receipt.reason) == (Subject.LIST, "by-hand")
    assert home.do(lambda installation: state_of_list(installation, list_id)) == State.ERASED
    home.restored(copy, replace=True)
    assert len(home.do(receipts)) == 1


def test_an_erasure_that_had_only_begun_is_finished(home: Home, alert: str, copy: Path) -> None:
    home.do(lambda installation: erase._begin(installation, Subject.ALERT, alert, "by-hand") and None)
    home.restored(copy, replace=True)
    assert home.do(lambda installation: state_of_alert(installation, alert)) == State.ERASED
    (receipt,) = home.do(receipts)
    assert receipt.reason == "by-hand"


def test_an_erasure_that_had_begun_in_the_copy_is_finished_under_its_receipt(home: Home, copy: Path) -> None:
    def half_erased(installation: Installation) -> str:
        alert = raised(installation)
        erase._begin(installation, Subject.ALERT, alert, "by-hand")
        return alert

    with opened(home.place, clock=home.clock, random_bytes=os.urandom) as installation:
        alert = half_erased(installation)
        from overt.services.backup import back_up

        back_up(home.place, installation, copy)
    home.restored(copy, replace=True)
    assert home.do(lambda installation: state_of_alert(installation, alert)) == State.ERASED
    assert [receipt.reason for receipt in home.do(receipts)] == ["by-hand"]


def test_an_entry_that_was_withdrawn_does_not_come_back(home: Home, list_id: str, copy: Path) -> None:
    home.do(lambda installation: withdraw_entry(installation, list_id, 0, "by-hand"))
    (before,) = home.do(receipts)
    home.restored(copy, replace=True)

    def look(installation: Installation) -> tuple[str, ...]:
        (after,) = receipts(installation)
        assert (after.id, after.subject_id, after.key_destroyed_us) == (before.id, f"{list_id}/0", before.begun_us)
        (row,) = installation.store.read(lambda work: work.lists.all())
        return open_list(installation, row, PASSPHRASE)[1].references

    assert home.do(look) == ("", "bob")


def test_entries_of_a_list_that_is_not_in_the_copy_are_passed_over(home: Home, copy: Path, tmp_path: Path) -> None:
    home.copied(copy)

    def then(installation: Installation) -> None:
        row = sealed(installation, enrolled(portraits(tmp_path / "people", "ann", "bob"))).row
        withdraw_entry(installation, row.id, 0, "by-hand")
        erase_list(installation, row.id, "by-hand")
        alert = raised(installation)
        decided(installation, alert, Verdict.WORTH_A_LOOK, account=ANN, rules=RULES)
        lift(installation, alert, held(installation, alert, 1).id, account=BEN)
        erase_alert(installation, alert, "by-hand")

    home.do(then)
    home.restored(copy, replace=True)
    assert home.do(receipts) == []
    assert home.do(lambda installation: installation.store.read(lambda work: work.lists.all())) == []


@pytest.mark.parametrize("lost", [False, True])
def test_not_the_person_is_gone_in_time_after_a_restore_too(
    home: Home, alert: str, copy: Path, tmp_path: Path, lost: bool
) -> None:
    row = home.do(lambda found: decided(found, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES))
    put_back(home, copy, tmp_path, lost=lost)
    assert home.do(lambda found: found.store.read(lambda work: work.alerts.decisions(alert))) == [
        replace(row, words=None)
    ]
    home.clock.advance(19)
    assert home.do(retain).alerts == 0
    home.clock.advance(1)
    assert home.do(retain).alerts == 1
    assert [receipt.reason for receipt in home.do(receipts)] == ["not-the-person"]


def test_a_word_that_was_changed_counts_as_it_was_last(home: Home, alert: str, copy: Path) -> None:
    home.do(lambda found: decided(found, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES))
    home.clock.advance(1)
    home.do(lambda found: decided(found, alert, Verdict.WORTH_A_LOOK, account=BEN, rules=RULES))
    home.restored(copy, replace=True)
    home.clock.advance(3600)
    assert home.do(retain).alerts == 0


def test_a_hold_holds_after_a_restore_with_the_digest_of_its_case(home: Home, alert: str, copy: Path) -> None:
    row = home.do(lambda installation: held(installation, alert, 3))
    home.restored(copy, replace=True)
    (found,) = home.do(lambda installation: installation.store.read(lambda work: work.alerts.holds(alert)))
    digest = home.do(lambda installation: installation.digest("CR/2026/17"))
    assert found == replace(row, case=digest)
    home.clock.advance(2 * 24 * 3600)
    assert home.do(retain) == Retained()
    assert home.do(lambda installation: evidence(installation, alert)).reference == "bob"
    home.clock.advance(24 * 3600)
    assert home.do(retain).alerts == 1


def test_a_hold_that_was_lifted_stays_lifted(home: Home, alert: str, copy: Path) -> None:
    row = home.do(lambda installation: held(installation, alert, 3))
    home.clock.advance(1)
    assert home.do(lambda installation: lift(installation, alert, row.id, account=BEN))
    home.restored(copy, replace=True)
    home.clock.advance(24 * 3600)
    assert home.do(retain).alerts == 1


def test_a_hold_on_what_had_been_erased_by_then_is_passed_over(home: Home, alert: str, copy: Path) -> None:
    home.do(lambda installation: held(installation, alert, 3))
    home.do(lambda installation: erase_alert(installation, alert, "by-hand"))
    for _ in range(2):
        home.restored(copy, replace=True)
        with pytest.raises(AlertErased):
            home.do(lambda installation: evidence(installation, alert))


@pytest.mark.parametrize("before_the_copy", [True, False])
def test_a_clock_that_jumped_is_not_confirmed_by_a_restore(home: Home, copy: Path, before_the_copy: bool) -> None:
    def jump(installation: Installation) -> None:
        require_steady_clock(installation)
        home.clock.set_now(home.clock.now_us() + DAY_US)
        with pytest.raises(ClockJumped):
            require_steady_clock(installation)

    if before_the_copy:
        home.do(jump)
    home.copied(copy)
    if not before_the_copy:
        home.do(jump)
    home.restored(copy, replace=True)
    for _ in range(2):
        with pytest.raises(ClockJumped, match=r"\+1440 minutes"):
            home.do(require_steady_clock)
    assert home.do(confirm_clock)
    home.restored(copy, replace=True)
    home.do(require_steady_clock)


def changed(home: Home, change: Callable[[Work], object]) -> None:
    home.do(lambda installation: installation.store.write(change) and None)


def deployment_in(home: Home, deployment: str) -> DeploymentRow:
    row = home.do(lambda installation: installation.store.read(lambda work: work.deployments.get(deployment)))
    assert row is not None
    return row


@pytest.mark.parametrize("begun_only", [False, True])
def test_a_draft_that_was_erased_since_is_erased_with_its_receipt(home: Home, copy: Path, begun_only: bool) -> None:
    draft = home.do(drafted)
    home.copied(copy)
    if begun_only:
        home.do(lambda installation: erase._begin(installation, Subject.DRAFT, draft, "by-hand") and None)
    else:
        home.do(lambda installation: erase_draft(installation, draft, "by-hand"))
    done = home.restored(copy, replace=True)
    assert home.do(lambda installation: state_of_draft(installation, draft)) is State.ERASED
    assert done.erased == 1
    assert [(receipt.subject, receipt.reason) for receipt in home.do(receipts)] == [(Subject.DRAFT, "by-hand")]


def test_an_entry_that_was_withdrawn_from_a_draft_does_not_come_back(home: Home, copy: Path) -> None:
    draft = home.do(drafted)
    home.copied(copy)

    def change(work: Work) -> None:
        assert work.drafts.withdraw(draft, 0)
        work.record("draft.withdrawn", actor=ANN, facts={"draft": draft, "position": 0})

    changed(home, change)
    home.restored(copy, replace=True)
    row, left = home.do(
        lambda found: found.store.read(lambda work: (work.drafts.get(draft), work.drafts.entries(draft)))
    )
    assert row is not None
    assert (row.withdrawn, left) == (1, [])


@pytest.mark.parametrize("before", [DeploymentState.NEW, DeploymentState.AUTHORISED])
def test_a_cancelled_authority_is_not_good_again_after_a_restore(
    home: Home, copy: Path, before: DeploymentState
) -> None:
    deployment = home.do(lambda installation: entered(installation).id)
    signed = stores.authority(deployment=deployment)
    changed(home, lambda work: work.authorities.add(signed))
    changed(home, lambda work: work.deployments.move(deployment, [DeploymentState.NEW], before))
    home.copied(copy)
    facts: dict[str, Fact] = {"reason": "d" * 64}
    changed(home, lambda work: work.record("authority.cancelled", actor=ANN, deployment=deployment, facts=facts))
    home.restored(copy, replace=True)
    (found,) = home.do(lambda installation: installation.store.read(lambda work: work.authorities.of(deployment)))
    assert found == replace(signed, cancelled_us=home.clock.now_us())
    row = deployment_in(home, deployment)
    assert (row.state, row.ended_us) == (DeploymentState.CANCELLED, home.clock.now_us())


def test_a_deployment_that_ended_does_not_run_again_after_a_restore(home: Home, copy: Path) -> None:
    deployment = home.do(lambda installation: entered(installation).id)
    home.copied(copy)
    changed(home, lambda work: work.record("deployment.ended", actor=ANN, deployment=deployment))
    home.clock.advance(60)
    home.restored(copy, replace=True)
    row = deployment_in(home, deployment)
    assert (row.state, row.ended_us) == (DeploymentState.ENDED, home.clock.now_us() - 60 * SECOND_US)


@pytest.mark.parametrize("kind", ["deployment.ended", "authority.cancelled"])
def test_the_list_of_a_deployment_that_ended_early_dies_as_early_after_a_restore(
    home: Home, copy: Path, kind: str
) -> None:
    of = home.do(lambda installation: sealed(installation, enrolled(portraits(copy.parent / "people", "ann"))))
    home.copied(copy)
    changed(home, lambda work: work.record(kind, actor=ANN, deployment=of.row.deployment))
    ended_us = home.clock.now_us()
    home.restored(copy, replace=True)
    kept = home.do(lambda found: found.store.read(lambda work: work.lists.get(of.row.id)))
    assert kept is not None
    assert kept.erase_after_us == ended_us + DAY_US < of.row.erase_after_us


def test_what_was_watched_since_the_copy_owes_its_review_after_a_restore(home: Home, copy: Path) -> None:
    deployment = home.do(lambda installation: entered(installation).id)
    home.copied(copy)
    for _ in range(2):
        changed(home, lambda work: work.record("watch.started", actor=ANN, deployment=deployment))
    changed(home, lambda work: work.record("watch.started", actor=ANN))
    home.restored(copy, replace=True)
    (paper,) = home.do(lambda found: found.store.read(lambda work: work.papers.all("started")))
    assert (paper.deployment, paper.account) == (deployment, ANN)


def test_what_ended_that_no_deployment_is_named_for_changes_none(home: Home, copy: Path) -> None:
    deployment = home.do(lambda installation: entered(installation).id)
    home.copied(copy)
    changed(home, lambda work: work.record("deployment.ended", actor=ANN))
    changed(home, lambda work: work.record("authority.cancelled", actor=ANN))
    home.restored(copy, replace=True)
    assert deployment_in(home, deployment).state is DeploymentState.NEW


def test_an_account_has_what_it_had_last_and_one_made_since_is_passed_over(home: Home, copy: Path) -> None:
    before = [stores.account(number, roles=("authorising-officer",)) for number in (1, 2, 3, 4)]
    changed(home, stores.added(*before))
    home.copied(copy)
    until_us = before[0].made_us + 77
    noted: list[tuple[str, int, dict[str, Fact]]] = [
        ("closed", 1, {}),
        ("closed", 9, {}),
        ("changed", 2, {"what": "training", "until_us": until_us}),
        ("proposed", 2, {"what": "key", "key": f"ed25519:{'f' * 64}"}),
        ("approved", 2, {"roles": ("authorising-officer",), "proposed_by": BEN}),
        ("proposed", 3, {"what": "roles", "roles": ("auditor",), "rank": ""}),
        ("changed", 4, {"what": "roles", "roles": ("authorising-officer", "auditor"), "rank": "chief"}),
        ("changed", 4, {"what": "password"}),
    ]

    def note(work: Work) -> None:
        for kind, number, facts in noted:
            account = stores.account(number).id
            work.record(f"account.{kind}", actor=BEN, facts={"account": account, **facts})

    changed(home, note)
    home.restored(copy, replace=True)
    assert home.do(lambda installation: installation.store.read(lambda work: work.accounts.all())) == [
        replace(before[0], state=AccountState.CLOSED, password=""),
        replace(before[1], trained_until_us=until_us, key="f" * 64, made_by=BEN, approved_by=BEN),
        replace(before[2], roles=("auditor",), rank="", key="", state=AccountState.PROPOSED, made_by=BEN),
        replace(before[3], roles=("authorising-officer", "auditor"), rank="chief"),
    ]


def test_a_second_factor_that_was_taken_off_or_lost_since_stays_off(home: Home, copy: Path) -> None:
    rows = [stores.account(number) for number in (1, 2, 3, 4, 5)]
    changed(home, stores.added(*rows, *(stores.second_factor(number, counts_us=9) for number in (1, 2, 3, 4, 5))))
    home.copied(copy)

    def note(work: Work) -> None:
        noted: list[tuple[str, int, dict[str, Fact]]] = [
            (rows[0].id, 1, {"what": "second-factor", "on": False}),
            (rows[1].id, 2, {"what": "second-factor", "on": True}),
            (rows[2].id, 3, {"what": "password"}),
            (BEN, 4, {"what": "password"}),
        ]
        for actor, number, facts in noted:
            work.record("account.changed", actor=actor, facts={"account": rows[number - 1].id, **facts})
        work.record("account.closed", actor=BEN, facts={"account": rows[4].id})

    changed(home, note)
    home.restored(copy, replace=True)

    def look(work: Work) -> list[bool]:
        return [work.second_factors.get(row.id) is not None for row in rows]

    assert home.do(lambda installation: installation.store.read(look)) == [False, True, True, False, False]


@pytest.mark.parametrize(("held_min", "served_aim"), [(None, None), (7, True), (0, False)])
def test_what_came_of_an_alert_is_known_after_a_restore(
    home: Home, alert: str, copy: Path, held_min: int | None, served_aim: bool | None
) -> None:
    row = stores.outcome(alert=alert, account=ANN, at_us=home.clock.now_us(), held_min=held_min, served_aim=served_aim)

    def told(row: OutcomeRow) -> dict[str, Fact]:
        facts: dict[str, Fact] = {"alert": row.alert, "outcome": row.id, "means": row.means, "result": row.result}
        return facts | {"held_min": row.held_min, "followed": row.followed, "served_aim": row.served_aim}

    other = replace(row, id=stores.uuid(0x99), alert=stores.uuid(0x98))
    changed(home, lambda work: work.record("alert.undecided", facts={"alert": alert}))
    changed(home, lambda work: work.record("alert.undecided", facts={"alert": other.alert}))
    changed(home, lambda work: work.record("alert.concluded", actor=ANN, facts=told(row)))
    changed(home, lambda work: work.record("alert.concluded", actor=ANN, facts=told(other)))
    home.restored(copy, replace=True)
    outcomes, kept = home.do(
        lambda found: found.store.read(lambda work: (work.alerts.outcomes(alert), work.alerts.get(alert)))
    )
    assert outcomes == [row]
    assert kept is not None
    assert kept.undecided_us == row.at_us


@pytest.mark.parametrize("ended", ["decided", "real-alert"])
def test_a_decoy_that_was_told_since_is_over(home: Home, copy: Path, ended: str) -> None:
    alert = home.do(raised)
    changed(home, lambda work: work.decoys.add_set(stores.decoy_set(), []))
    changed(home, lambda work: work.decoys.add(stores.decoy(alert=alert)))
    home.copied(copy)
    facts: dict[str, Fact] = {"alert": alert, "ended": ended, "set": stores.decoy_set().id, "pair": 0}
    changed(home, lambda work: work.record("decoy.told", facts=facts))
    lost: dict[str, Fact] = facts | {"alert": stores.uuid(0x99), "pair": 3}
    gone = stores.uuid(0x98)  # a deployment that is not in the copy
    changed(home, lambda work: work.record("decoy.told", deployment=gone, facts=lost))
    home.restored(copy, replace=True)
    found, row = home.do(lambda one: one.store.read(lambda work: (work.decoys.get(alert), work.alerts.get(alert))))
    assert found is not None
    assert row is not None
    assert found.ended == ended
    assert row.erase_after_us == found.over_us
    assert (row.undecided_us is None) is (ended == "decided")
    shown = home.do(lambda one: one.store.read(lambda work: shown_of(work, found.decoy_set)))
    assert shown == {found.position, 3}


def test_a_running_lease_does_not_come_back(home: Home, copy: Path) -> None:
    deployment = home.do(lambda installation: entered(installation).id)
    changed(home, lambda work: work.leases.take(stores.lease(deployment=deployment), stores.T0))
    home.copied(copy)
    home.restored(copy, replace=True)
    assert home.do(lambda found: found.store.read(lambda work: work.leases.get(deployment))) is None


def test_how_long_the_pictures_live_was_decided_under_the_policy_of_then(home: Home, copy: Path) -> None:
    """Two verdicts, and 31 days: neither is what a restore would assume by itself."""
    retention = RetentionRules(possible_match_us=31 * DAY_US)
    first, second = home.do(lambda found: (raised(found, life_us=31 * DAY_US), raised(found, 2, life_us=31 * DAY_US)))
    home.copied(copy)

    def decide_both(found: Installation) -> None:
        for account in (ANN, BEN):
            decided(found, first, Verdict.NOT_THE_PERSON, account=account, rules=retention, policy=TWO)
        decided(found, second, Verdict.NOT_THE_PERSON, account=ANN, rules=retention, policy=TWO)

    home.do(decide_both)
    home.restored(copy, replace=True)
    home.clock.advance(30 * 24 * 3600)
    assert home.do(retain).alerts == 1
    assert home.do(lambda found: (state_of_alert(found, first), state_of_alert(found, second))) == ("erased", "kept")


def test_a_decision_of_the_first_version_says_less_and_counts_all_the_same(home: Home, alert: str, copy: Path) -> None:
    facts: dict[str, Fact] = {"alert": alert, "decision": stores.uuid(0x99), "verdict": "not-the-person"}
    changed(home, lambda work: work.record("alert.decided", actor=ANN, facts=facts))
    home.restored(copy, replace=True)
    home.clock.advance(20)
    assert home.do(retain).alerts == 1


def test_what_the_stop_rule_ended_and_how_long_people_worked_stay_said_after_a_restore(home: Home, copy: Path) -> None:
    deployment = home.do(lambda installation: entered(installation).id)
    home.copied(copy)
    paper = stores.uuid(0x99)

    def said(work: Work) -> None:
        counts: dict[str, Fact] = {"paper": paper, "officers": 4, "minutes": 90}
        work.record("officers.counted", actor=ANN, deployment=deployment, facts=counts)
        work.record("stop-rule.crossed", deployment=deployment, facts={"false": 8, "passages": 100})

    changed(home, said)
    home.restored(copy, replace=True)
    papers = home.do(lambda found: found.store.read(lambda work: work.papers.of(deployment)))
    kept = {one.kind: one.content for one in papers if one.kind in (OFFICERS, STOPPED)}
    assert kept == {OFFICERS: {"officers": 4, "minutes": 90}, STOPPED: {"false": 8, "passages": 100}}
    assert paper in {one.id for one in papers}


def test_who_looked_need_not_look_again_after_a_restore(home: Home, alert: str, copy: Path) -> None:
    other = home.do(lambda found: raised(found, 2))
    for each in (alert, other):
        home.do(lambda found, of=each: show(found, of, account=ANN))  # type: ignore[misc]
    row = LookRow(alert=alert, account=ANN, shown_us=home.clock.now_us())
    home.clock.advance(60)
    home.do(lambda found: show(found, alert, account=ANN))
    home.restored(copy, replace=True)
    looks = home.do(lambda found: found.store.read(lambda work: (work.alerts.looks(alert), work.alerts.looks(other))))
    assert looks == ([row], [])


def test_a_disclosure_stays_counted_with_the_digest_of_its_reason(home: Home, alert: str, copy: Path) -> None:
    disclosing = {"to": Recipient.COURT, "why": "Order T2026/117", "account": ANN, "rules": ONE}
    home.do(lambda found: over(found, alert))
    home.do(lambda found: disclose(found, alert, **disclosing))  # type: ignore[arg-type]
    (paper,) = home.do(lambda found: found.store.read(lambda work: work.papers.about("disclosure", alert)))
    home.restored(copy, replace=True)
    (found,) = home.do(lambda found: found.store.read(lambda work: work.papers.about("disclosure", alert)))
    digest = home.do(lambda found: found.digest("Order T2026/117"))
    assert found == replace(paper, content={"to": "court", "why": digest})
    assert len(home.do(lambda found: alert_record(found, alert, ONE))["disclosed"]) == 1


def test_a_complaint_stays_filed_and_its_answer_given(home: Home, alert: str, copy: Path) -> None:
    auditor = home.do(lambda found: person(found, "aude", Role.AUDITOR))
    officer = home.do(lambda found: person(found, "alan", Role.AUTHORISING_OFFICER))
    home.copied(copy.with_name("later.overt"))
    kinds = [complaining.Kind.STOPPED]
    filed = home.do(lambda found: file_complaint(found, auditor, reference="C/17", kinds=kinds, alert=alert))
    plain = home.do(lambda found: file_complaint(found, auditor, reference="C/18", kinds=kinds))
    words, upheld = "They were held for too long.", complaining.Result.UPHELD
    home.do(lambda found: answer_complaint(found, officer, filed.id, upheld, words))
    home.restored(copy.with_name("later.overt"), replace=True)
    waits, answered = home.do(lambda found: complaints(found, auditor))
    assert (waits.id, waits.reference, waits.kinds, waits.alert) == (plain.id, NAME_LOST, ("stopped",), "")
    assert (answered.id, answered.received_us, answered.due_us) == (filed.id, filed.received_us, filed.due_us)
    assert answered.answer is not None
    assert (answered.answer.result, answered.answer.text[:9]) == ("upheld", "The words")


def test_evidence_that_left_stays_counted(home: Home, copy: Path) -> None:
    alert = home.do(evidential)
    home.copied(copy.with_name("later.overt"))
    home.do(lambda found: handed(found, alert))
    (before,) = home.do(lambda found: found.store.read(lambda work: work.papers.about("disclosure", alert)))
    home.restored(copy.with_name("later.overt"), replace=True)
    (after,) = home.do(lambda found: found.store.read(lambda work: work.papers.about("disclosure", alert)))
    kept = ("to", "seconded_by", "sealed_to", "pictures")
    assert {name: after.content[name] for name in kept} == {name: before.content[name] for name in kept}
    assert after.content["case"] == home.do(lambda found: found.digest(CASE))
    assert home.do(lambda found: alert_record(found, alert, ONE))["disclosed"][0]["pictures"] == 2


def test_whoever_acted_in_a_role_since_the_copy_has_acted_in_it(home: Home, copy: Path) -> None:
    row = home.do(entered)

    def act_as(found: Installation, account: str, action: Action) -> object:
        (by,) = [one for one in found.store.read(lambda work: work.accounts.all()) if one.id == account]
        return found.store.write(
            lambda work: act(found, work, account_of(by), action, row, roles_apart=True),
        )

    both = stores.account(0x51, roles=("operator", "list-manager"))
    changed(home, lambda work: work.accounts.add(both))
    home.copied(copy)
    home.do(lambda found: act_as(found, both.id, Action.WATCH_START))
    home.restored(copy, replace=True)
    papers = home.do(lambda found: found.store.read(lambda work: work.papers.of(row.id)))
    assert [(paper.kind, paper.about, paper.account, paper.content) for paper in papers] == [
        ("acted", "operator", both.id, {})
    ]
    with pytest.raises(RolesOpposed):
        home.do(lambda found: act_as(found, both.id, Action.DEPLOYMENT_NEW))


def test_a_finding_stays_filed_and_answered_and_its_words_are_said_to_be_lost(home: Home, copy: Path) -> None:
    home.copied(copy)

    def file_and_answer(found: Installation) -> str:
        def change(work: Work) -> str:
            content: dict[str, object] = {"name": "audit", "text": "the signs stood behind the camera"}
            finding = file_paper(found, work, FINDING, by=ANN, row=None, content=content, recorded=True)
            words: dict[str, object] = {"text": "they were moved"}
            file_paper(found, work, ANSWER, by=BEN, row=None, about=finding.id, content=words, recorded=True)
            return finding.id

        return found.store.write(change)

    finding = home.do(file_and_answer)
    at_us = home.clock.now_us()
    home.clock.advance(60)
    home.restored(copy, replace=True)
    filed, answers = home.do(
        lambda found: found.store.read(lambda work: (work.papers.all(FINDING), work.papers.about(ANSWER, finding)))
    )
    assert [(one.id, one.account, one.at_us) for one in filed] == [(finding, ANN, at_us)]
    assert [(one.account, one.at_us) for one in answers] == [(BEN, at_us)]
    assert filed[0].content["name"] == "(not in the copy)"
    for one in (*filed, *answers):
        assert str(one.content["text"]).startswith("The words were lost with the store; their keyed digest")


def test_what_was_filed_about_a_deployment_that_is_not_in_the_copy_is_lost_with_it(home: Home, copy: Path) -> None:
    home.copied(copy)
    deployment = home.do(lambda installation: entered(installation).id)
    changed(home, lambda work: work.record("watch.started", actor=ANN, deployment=deployment))
    facts: dict[str, Fact] = {"alert": stores.uuid(0x98), "disclosure": stores.uuid(0x97), "to": "court", "why": "x"}
    changed(home, lambda work: work.record("alert.disclosed", actor=ANN, deployment=deployment, facts=facts))
    home.restored(copy, replace=True)
    kept = home.do(lambda found: found.store.read(lambda work: (work.deployments.all(), work.papers.of(deployment))))
    assert kept == ([], [])


def by_name(found: Installation, *names: str) -> list[Account]:
    accounts = {one.name: account_of(one) for one in found.store.read(lambda work: work.accounts.all())}
    return [accounts[name] for name in names]


def test_what_the_oversight_held_is_held_after_a_restore_until_it_was_lifted(home: Home, copy: Path) -> None:
    row = home.do(entered)
    home.do(lambda found: person(found, "olivia", Role.OVERSIGHT))
    home.copied(copy)

    def hold_all_and_one(found: Installation) -> tuple[Halt, Halt]:
        (olivia,) = by_name(found, "olivia")
        return place_halt(found, olivia, None, "no signs"), place_halt(found, olivia, row, "no light")

    of_all, of_one = home.do(hold_all_and_one)
    home.restored(copy, replace=True)
    why = {one.id: one.why for one in home.do(standing_halts)}
    assert set(why) == {of_all.id, of_one.id}
    assert why[of_all.id] == f"{WORDS_LOST} {home.do(lambda found: found.digest('no signs'))}"
    with pytest.raises(HeldByOversight):
        home.do(lambda found: found.store.read(lambda work: require_not_held(work, row.id)))
    home.do(lambda found: lift_halt(found, by_name(found, "olivia")[0], of_all.id, "signs"))
    home.restored(copy, replace=True)
    (left,) = home.do(standing_halts)
    assert (left.id, left.deployment, left.by) == (of_one.id, row.id, "olivia")
    every = home.do(lambda found: halts(found, *by_name(found, "olivia")))
    (lift_of_all,) = [one.lift for one in every if one.lift is not None]
    assert lift_of_all.why == f"{WORDS_LOST} {home.do(lambda found: found.digest('signs'))}"


def test_the_key_of_the_panel_is_the_newest_after_a_restore_and_its_countersignature_is_lost(
    home: Home, copy: Path
) -> None:
    home.do(lambda found: administrators(found) and None)

    def pin(found: Installation, key: str) -> None:
        ann, ben = by_name(found, "ann", "ben")
        propose_panel_key(found, ann, key)
        approve_panel_key(found, ben, key)

    def countersigned(found: Installation) -> bool:
        now = found.store.read(countersigned_in)
        return now is not None and now.ever

    first, second, third = "a" * 64, public(OFFICERS_KEY), "c" * 64
    home.do(lambda found: pin(found, first))
    home.copied(copy)
    home.clock.advance(1)
    home.do(lambda found: pin(found, second))
    home.clock.advance(1)

    def countersign_and_propose(found: Installation) -> None:
        (ann,) = by_name(found, "ann")
        statement = draw_up_countersignature(found, ann).to_bytes()
        countersign(found, ann, statement, sign_countersignature(OFFICERS_KEY, statement))
        propose_panel_key(found, ann, third)

    home.do(countersign_and_propose)
    assert home.do(countersigned)
    home.restored(copy, replace=True)
    now = home.do(panel_now)
    assert now is not None
    assert (now.key, now.proposed) == (f"ed25519:{second}", f"ed25519:{third}")
    assert not home.do(countersigned)


def test_slips_and_seen_go_on_counting_after_a_restore(home: Home, copy: Path) -> None:
    def accept(found: Installation) -> str:
        policed(found)
        alert = raised(found)
        facts: dict[str, Fact] = {"alert": alert}
        found.store.write(lambda work: work.record("alert.raised", facts=facts))
        for account in (ANN, BEN):
            decided(found, alert, Verdict.WORTH_A_LOOK, account=account, rules=RULES, policy=TWO)
        return alert

    alert = home.do(accept)

    def slip(found: Installation) -> Given:
        return give(found, alert, complaints="1 Some Street", account=ANN, rules=TWO)

    def seen(found: Installation, account: str) -> bool:
        return say_seen(found, alert, account=account, rules=TWO)

    def last(found: Installation) -> Given | None:
        return last_given(found, alert)

    home.copied(copy)
    assert home.do(slip).slips == 1
    assert home.do(lambda found: seen(found, ANN))
    home.restored(copy, replace=True)
    assert home.do(last) is None
    assert [home.do(lambda found, by=account: seen(found, by)) for account in (ANN, BEN)] == [False, True]  # type: ignore[misc]
    third = copy.with_name("third.overt")
    home.clock.advance(1)
    second = home.do(slip)
    assert second.slips == 2
    assert home.do(last) == second
    home.copied(third)
    home.clock.advance(1)
    assert home.do(slip).slips == 3
    home.restored(third, replace=True)
    assert home.do(last) == replace(second, slips=3)


def test_what_was_filed_before_a_start_stays_filed_after_a_restore(home: Home, copy: Path) -> None:
    deployment = home.do(lambda installation: entered(installation).id)
    home.copied(copy)
    one, two, three, four, five, six = (stores.uuid(0xA0 + at) for at in range(6))

    def said(work: Work) -> None:
        filed: tuple[tuple[str, str | None, dict[str, Fact]], ...] = (
            ("signs.checked", deployment, {"paper": one, "signs": 2, "stand": 2, "readable": 1, "nearest_m": 20}),
            ("leaflets.counted", deployment, {"paper": two, "leaflets": 40}),
            ("trial.reported", deployment, {"paper": three, "sha256": "b" * 64, "walks": 9, "pack": "q"}),
            ("trial.reported", deployment, {"paper": six, "sha256": "c" * 64, "walks": 8}),
            ("conditions.answered", None, {"paper": four, "met": 5, "asked": 5, "unmet": (), "content": "c"}),
            (
                "evaluation.filed",
                None,
                {
                    **{"paper": five, "kind": "groups", "sha256": "a" * 64, "pack": "p"},
                    **{"threshold_e9": 412_300_000, "made_us": 7},
                },
            ),
        )
        for kind, about, facts in filed:
            work.record(kind, actor=ANN, deployment=about, facts=facts)

    changed(home, said)
    home.restored(copy, replace=True)
    now_us = home.clock.now_us()

    def found(work: Work) -> tuple[object, ...]:
        check = last_check(work, deployment, now_us)
        assert check is not None
        return (
            [(sign.stands, sign.readable, sign.before_zone_m) for sign in check.signs],
            leaflets_of(work.papers.of(deployment)),
            [(each.deployment, each.walks, each.trial.sha256, each.trial.pack) for each in trial_reports(work)],
            conditions_at(work, now_us) is not None,
            [(each.kind, each.threshold, each.sha256) for each in (one.evaluation for one in evaluations_filed(work))],
        )

    assert home.do(lambda installation: installation.store.read(found)) == (
        [(True, True, 20), (True, False, 20)],
        40,
        [(deployment, 9, "b" * 64, "q"), (deployment, 8, "c" * 64, "")],
        True,
        [("groups", 0.4123, "a" * 64)],
    )
