"""The oversight's one power: to hold a deployment, or all of them, and to let them go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.roles import NotAllowed, Role
from overt.ledger.entry import Entry
from overt.services.case import Case
from overt.services.ending import end
from overt.services.halts import (
    BadHalt,
    Halt,
    HaltGate,
    HeldByOversight,
    halts,
    lift_halt,
    place_halt,
    require_not_held,
    standing_halts,
)
from overt.store.records import AccountState, DeploymentRow
from tests.deployed import SQUARE, Site, becomes
from tests.installations import kinds
from tests.people import person

WHY = "Nobody can read the signs."
BACK = "There are new signs now."
ELSEWHERE = tuple((north, east + 1) for north, east in SQUARE)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def case(site: Site) -> Case:
    return site.case()


@pytest.fixture
def row(site: Site, case: Case) -> DeploymentRow:
    return site.authorised(case)


def held(site: Site, row: DeploymentRow | None, why: str = WHY) -> Halt:
    return place_halt(site.installation, site.by(Role.OVERSIGHT), row, why)


def lifted(site: Site, halt: Halt, why: str = BACK) -> Halt:
    return lift_halt(site.installation, site.by(Role.OVERSIGHT), halt.id, why)


def last(site: Site) -> Entry:
    row = site.installation.store.read(lambda work: work.ledger.last())
    assert row is not None
    return Entry.from_bytes(row.entry)


@pytest.mark.parametrize("everything", [False, True], ids=["one", "every one"])
def test_what_is_held_is_not_started_until_it_is_lifted(
    site: Site, case: Case, row: DeploymentRow, everything: bool
) -> None:
    halt = held(site, None if everything else row)
    assert halt.says().startswith("Every deployment is held" if everything else "It is held")
    assert "by the oversight (the oversight) since 20" in halt.says()
    for start in (lambda: site.begin(case, row), lambda: site.standing(case, row).__enter__()):
        with pytest.raises(HeldByOversight, match=WHY):
            start()
    assert standing_halts(site.installation) == [halt]
    done = lifted(site, halt)
    assert done.lift is not None
    assert (done.lift.by, done.lift.why) == ("the oversight", BACK)
    assert standing_halts(site.installation) == []
    assert halts(site.installation, site.by(Role.OPERATOR)) == [done]
    site.watched(case, row)


def test_a_deployment_that_is_not_held_is_started(site: Site, case: Case, row: DeploymentRow) -> None:
    other_case = site.case("Market", opens_h=1, area=ELSEWHERE)
    held(site, site.authorised(other_case))
    site.watched(case, row)
    assert site.installation.store.read(lambda work: require_not_held(work, row.id)) is None


def test_the_record_says_that_who_and_keyed_why(site: Site, row: DeploymentRow) -> None:
    halt = held(site, row, f"  {WHY} ")
    entry = last(site)
    assert (entry.kind, entry.actor, entry.deployment) == ("halt.placed", site.by(Role.OVERSIGHT).id, row.id)
    assert entry.facts == {"halt": halt.id, "all": False, "why": site.installation.digest(WHY)}
    lifted(site, halt)
    entry = last(site)
    assert (entry.kind, entry.deployment) == ("halt.lifted", row.id)
    assert entry.facts == {"halt": halt.id, "all": False, "why": site.installation.digest(BACK)}
    of_all = held(site, None)
    assert (last(site).deployment, last(site).facts["all"]) == (None, True)
    lifted(site, of_all)
    assert (last(site).deployment, last(site).facts["all"]) == (None, True)


def test_who_may_not_and_what_cannot_be_is_refused(site: Site, case: Case, row: DeploymentRow) -> None:
    for role in Role:
        if role is not Role.OVERSIGHT:
            with pytest.raises(NotAllowed, match=r"halt\.place"):
                place_halt(site.installation, site.by(role), row, WHY)
    with pytest.raises(BadHalt, match="says why"):
        held(site, row, " ")
    with pytest.raises(BadHalt, match="is over"):
        held(site, replace(row, id=site.installation.new_id()))
    halt = held(site, row)
    with pytest.raises(BadHalt, match="held already"):
        held(site, row)
    with pytest.raises(NotAllowed, match=r"halt\.lift"):
        lift_halt(site.installation, site.by(Role.AUTHORISING_OFFICER), halt.id, BACK)
    with pytest.raises(BadHalt, match="says why"):
        lifted(site, halt, "")
    lifted(site, halt)
    with pytest.raises(BadHalt, match="no such hold"):
        lifted(site, halt)
    end(site.installation, site.by(Role.OPERATOR), row, case.policy.retention())
    with pytest.raises(BadHalt, match="is over"):
        held(site, row)
    later = site.authorised(site.case("Market", opens_h=1, area=ELSEWHERE))
    site.clock.set_now(later.closes_us)
    with pytest.raises(BadHalt, match="is over"):
        held(site, later)
    assert kinds(site.installation).count("halt.placed") == 1


def leave(site: Site, **changes: object) -> None:
    """The oversight's account is not what it was."""
    kept = site.installation.store.read(lambda work: work.accounts.get(site.by(Role.OVERSIGHT).id))
    assert kept is not None
    site.installation.store.write(lambda work: work.accounts.change(replace(kept, **changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"state": AccountState.CLOSED}, {"roles": ("auditor",)}], ids=["account closed", "another role"]
)
def test_whoever_placed_it_lifts_it_and_another_only_where_they_have_left(
    site: Site, row: DeploymentRow, change: dict[str, object]
) -> None:
    halt, other = held(site, row), person(site.installation, "olga", Role.OVERSIGHT)
    with pytest.raises(BadHalt, match="the oversight placed this hold"):
        lift_halt(site.installation, other, halt.id, BACK)
    leave(site, **change)
    assert lift_halt(site.installation, other, halt.id, BACK).lift is not None


def test_an_account_that_there_is_not_holds_nobody_up(site: Site, row: DeploymentRow) -> None:
    halt = held(site, row)
    by = replace(site.by(Role.OVERSIGHT), id=site.installation.new_id())
    with pytest.raises(NotAllowed):
        place_halt(site.installation, by, None, WHY)
    assert standing_halts(site.installation) == [halt]


def test_a_run_pauses_while_it_is_held_and_goes_on_when_it_is_lifted(
    site: Site, case: Case, row: DeploymentRow
) -> None:
    with site.standing(case, row) as gate:
        becomes(gate.may_scan, True)
        halt = held(site, row)
        becomes(gate.may_scan, False)
        becomes(lambda: kinds(site.installation)[-1], "scanning.paused")
        assert last(site).facts == {"reason": "oversight"}
        lifted(site, halt)
        becomes(gate.may_scan, True)
        assert (last(site).kind, last(site).facts) == ("scanning.resumed", {"reason": "oversight"})


def test_a_demonstration_is_held_too(site: Site, row: DeploymentRow) -> None:
    told: list[str] = []
    gate = HaltGate(site.installation, row.id, told.append)
    may: Callable[[], bool] = gate.may_scan
    assert may()
    halt = held(site, row)
    assert may()  # it looks four times a second
    site.clock.advance(0.25)
    assert not may()
    assert not may()
    lifted(site, halt)
    site.clock.advance(0.25)
    assert may()
    assert told == [f"Scanning pauses: {halt.says()}", "Scanning goes on."]
