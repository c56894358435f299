"""While a deployment runs, somebody keeps looking whether it still may: in real time, with generous limits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest

from overt.domain.errors import OutsideAuthority, Stopped
from overt.domain.policy import PolicyNotInForce, Suspension
from overt.domain.retention import DAY_US
from overt.domain.roles import NotAllowed, Role, RolesOpposed
from overt.domain.time import SECOND_US
from overt.services import standing
from overt.services.authorise import NotAuthorised
from overt.services.case import Case
from overt.services.ending import cancel, end
from overt.services.retain import ClockJumped, require_steady_clock
from overt.services.standing import AlreadyRunning, NotGoingOn, Standing, Under, begin
from overt.services.terms import STARTED
from overt.store.errors import StoreUnavailable
from overt.store.ports import Store, Work
from overt.store.records import AccountState, DeploymentRow, LeaseRow
from tests.deployed import Crowd, Site, at_once, becomes, breaks, stops_within
from tests.installations import kinds
from tests.people import person
from tests.unit.services.keeping import installation_of

T = TypeVar("T")
#: Promised is one second; what is added is for a machine that does other things, too.
A_SECOND_S = 2.0


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def case(site: Site) -> Case:
    return site.case()


@pytest.fixture
def row(site: Site, case: Case) -> DeploymentRow:
    return site.authorised(case)


@dataclass
class GoingAway:
    """A store that can go away."""

    of: Store
    gone: str = ""
    read_only: bool = False

    def write(self, change: Callable[[Work], T]) -> T:
        self._there(writing=True)
        return self.of.write(change)

    def read(self, look: Callable[[Work], T]) -> T:
        self._there(writing=False)
        return self.of.read(look)

    def clear_residue(self) -> bool:
        return self.of.clear_residue()

    def close(self) -> None:
        self.of.close()

    def _there(self, *, writing: bool) -> None:
        if self.gone or (writing and self.read_only):
            raise StoreUnavailable(self.gone or "It is read-only.")


@pytest.fixture
def store(site: Site) -> GoingAway:
    """Of the site, from now on."""
    found = GoingAway(site.installation.store)
    site.installation = replace(site.installation, store=found)
    return found


def lease(site: Site, row: DeploymentRow) -> LeaseRow | None:
    return site.installation.store.read(lambda work: work.leases.get(row.id))


def test_a_run_holds_the_lease_and_lets_it_go(site: Site, case: Case, row: DeploymentRow) -> None:
    site.begin(case, row)
    with site.standing(case, row) as gate:
        assert gate.may_scan()
        held = lease(site, row)
        assert held is not None
        assert held.machine == site.installation.machine
        assert held.ends_us == site.clock.now_us() + standing.LEASE_US
    assert lease(site, row) is None
    with site.standing(case, row) as gate:
        assert gate.may_scan()
    (started,) = site.installation.store.read(lambda work: work.papers.all(STARTED))
    assert (started.deployment, started.account) == (row.id, site.by(Role.OPERATOR).id)


def test_before_it_begins_it_is_looked_at_who_begins_it(site: Site, case: Case, row: DeploymentRow) -> None:
    manager = site.by(Role.LIST_MANAGER)
    with pytest.raises(NotAllowed):
        begin(site.installation, case.deployment, Under(row=row, policy=case.policy, by=manager))
    both = person(site.installation, "both", Role.OPERATOR, Role.AUDITOR)
    under = Under(row=row, policy=case.policy, by=both)
    begin(site.installation, case.deployment, under)
    officer = site.by(Role.AUTHORISING_OFFICER)
    kept = site.installation.store.read(lambda work: work.accounts.get(officer.id))
    assert kept is not None
    more = replace(kept, roles=(*kept.roles, "operator"))
    site.installation.store.write(lambda work: work.accounts.change(more))
    with pytest.raises(RolesOpposed):
        begin(site.installation, case.deployment, replace(under, by=officer))


def test_what_is_not_authorised_neither_begins_nor_holds_a_lease(site: Site, case: Case) -> None:
    row = site.enter(case)
    with pytest.raises(NotAuthorised):
        site.begin(case, row)
    with pytest.raises(NotAuthorised), site.standing(case, row):
        pass
    assert lease(site, row) is None
    assert site.installation.store.read(lambda work: work.papers.all(STARTED)) == []


def close_the_officers_account(site: Site) -> None:
    officer = site.by(Role.AUTHORISING_OFFICER)
    kept = site.installation.store.read(lambda work: work.accounts.get(officer.id))
    assert kept is not None
    site.installation.store.write(lambda work: work.accounts.change(replace(kept, state=AccountState.CLOSED)))


ENDS: dict[str, tuple[Callable[[Site, Case, DeploymentRow], object], str]] = {
    "cancelled": (
        lambda site, case, row: cancel(
            site.installation, site.by(Role.AUTHORISING_OFFICER), row, "enough", case.policy.retention()
        ),
        "was cancelled",
    ),
    "ended": (
        lambda site, case, row: end(site.installation, site.by(Role.OPERATOR), row, case.policy.retention()),
        "has ended",
    ),
    "window over": (lambda site, case, row: site.clock.set_now(row.closes_us), "authority is over"),
    "before the window": (lambda site, case, row: site.clock.set_now(row.opens_us - 1), "not yet open"),
    "policy suspended": (lambda site, case, row: site.clock.advance(10), "is suspended"),
    "account closed": (lambda site, case, row: close_the_officers_account(site), "not valid here"),
}


@pytest.mark.parametrize("how", ENDS)
def test_scanning_stops_within_a_second_of_every_end(site: Site, case: Case, row: DeploymentRow, how: str) -> None:
    now_us = site.clock.now_us()
    suspension = Suspension(from_us=now_us + 10 * SECOND_US, until_us=now_us + DAY_US, reason="a court looks at it")
    if how == "policy suspended":
        case = replace(case, policy=replace(case.policy, suspension=suspension))
    act, says = ENDS[how]
    with site.standing(case, row) as gate:
        time.sleep(2 * standing.LOOK_S)
        assert gate.may_scan()
        act(site, case, row)
        assert says in stops_within(gate, A_SECOND_S)
        site.clock.set_now(now_us)
        with pytest.raises(Stopped):
            gate.may_scan()  # for good
    assert lease(site, row) is None


@pytest.mark.parametrize(("hours", "error"), [(-2, OutsideAuthority), (8, OutsideAuthority)])
def test_outside_its_window_no_lease_is_taken(
    site: Site, case: Case, row: DeploymentRow, hours: float, error: type[Exception]
) -> None:
    site.clock.set_now(site.clock.now_us() + round(hours * 3600 * SECOND_US))
    with pytest.raises(error), site.standing(case, row):
        pass


def test_a_clock_that_was_moved_within_the_window_stops_it_too(site: Site, case: Case, row: DeploymentRow) -> None:
    require_steady_clock(site.installation)
    with site.standing(case, row) as gate:
        site.clock.set_now(site.clock.now_us() - 1800 * SECOND_US)  # half an hour gained
        site.clock.advance(1)
        assert "clock" in stops_within(gate, A_SECOND_S)
    site.clock.set_now(site.clock.now_us() + 1800 * SECOND_US)
    with pytest.raises(ClockJumped):
        require_steady_clock(site.installation)


def test_a_lease_is_renewed_while_it_runs(site: Site, case: Case, row: DeploymentRow) -> None:
    def ends_us() -> int:
        held = lease(site, row)
        assert held is not None
        return held.ends_us

    with site.standing(case, row) as gate:
        for _ in range(3):
            site.clock.advance(30)
            becomes(ends_us, site.clock.now_us() + standing.LEASE_US)
            assert gate.may_scan()


def test_a_store_that_is_away_pauses_scanning_and_then_stops_it(
    site: Site, case: Case, row: DeploymentRow, store: GoingAway
) -> None:
    told: list[str] = []
    gate = Standing(site.installation, case.deployment, site.under(case, row), people=Crowd(), tell=told.append)
    with gate:
        store.gone = "The disk is away."
        becomes(lambda: len(told), 1)
        time.sleep(3 * standing.LOOK_S)
        assert len(told) == 1
        assert gate.may_scan()
        site.clock.advance(5)
        assert not gate.may_scan()
        store.gone = ""
        becomes(gate.may_scan, True)
        store.gone = "The disk is away again."
        becomes(lambda: len(told), 2)
        site.clock.advance(standing.LEASE_US / SECOND_US)
        with pytest.raises(Stopped, match="could not be looked at"):
            gate.may_scan()
        store.gone = ""
        time.sleep(2 * standing.LOOK_S)
        with pytest.raises(Stopped, match="could not be looked at"):
            gate.may_scan()  # for good
    assert [one.partition(". ")[2] for one in told] == ["The disk is away.", "The disk is away again."]


def test_a_clock_that_is_set_back_buys_no_time_while_the_store_is_away(
    site: Site, case: Case, row: DeploymentRow, store: GoingAway
) -> None:
    with site.standing(case, row) as gate:
        store.gone = "The disk is away."
        time.sleep(2 * standing.LOOK_S)
        site.clock.set_now(site.clock.now_us() - 200 * SECOND_US)
        site.clock.advance(5)
        assert not gate.may_scan()
        site.clock.advance(standing.LEASE_US / SECOND_US)
        with pytest.raises(Stopped):
            gate.may_scan()


def test_leaving_while_the_store_is_away_says_nothing_of_its_own(
    site: Site, case: Case, row: DeploymentRow, store: GoingAway
) -> None:
    def leave() -> None:
        with site.standing(case, row):
            store.gone = "The disk is away."
            raise ValueError("the reason")

    with pytest.raises(ValueError, match="the reason"):
        leave()
    store.gone = ""
    assert lease(site, row) is not None  # it lapses


def test_a_lease_that_another_run_has_taken_stops_the_first(site: Site, case: Case, row: DeploymentRow) -> None:
    with site.standing(case, row) as gate:
        held = lease(site, row)
        assert held is not None
        other = replace(held, holder=site.installation.new_id())

        def steal(work: Work) -> None:
            work.leases.release(row.id, held.holder)
            work.leases.take(other, held.taken_us)

        site.installation.store.write(steal)
        site.clock.advance(1)
        assert "another may have begun" in stops_within(gate, A_SECOND_S)
    assert lease(site, row) == other


def put_lease(site: Site, row: DeploymentRow, *, machine: str, renewed_s: float = 0.0, ends_s: float = 60.0) -> None:
    now_us = site.clock.now_us()
    held = LeaseRow(
        deployment=row.id,
        holder=site.installation.new_id(),
        machine=machine,
        taken_us=now_us - 100 * SECOND_US,
        renewed_us=now_us - round(renewed_s * SECOND_US),
        ends_us=now_us + round(ends_s * SECOND_US),
    )
    assert site.installation.store.write(lambda work: work.leases.take(held, now_us))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "WAIT_S", 0.6)


@pytest.mark.usefixtures("impatient")
def test_one_run_at_a_time(site: Site, case: Case, row: DeploymentRow) -> None:
    with site.standing(case, row) as gate:
        with pytest.raises(AlreadyRunning, match="by another run"), site.standing(case, row):
            pass
        assert gate.may_scan()


@pytest.mark.usefixtures("impatient")
def test_the_lease_of_a_dead_run_of_this_machine_is_taken_over_and_a_living_ones_is_not(
    site: Site, case: Case, row: DeploymentRow
) -> None:
    put_lease(site, row, machine=site.installation.machine, renewed_s=3)
    with pytest.raises(AlreadyRunning), site.standing(case, row):
        pass
    site.clock.advance(2)
    with site.standing(case, row) as gate:
        assert gate.may_scan()


@pytest.mark.usefixtures("impatient")
def test_the_lease_of_another_machine_is_over_only_when_it_lapses(site: Site, case: Case, row: DeploymentRow) -> None:
    put_lease(site, row, machine="another", renewed_s=30, ends_s=30)
    with pytest.raises(AlreadyRunning), site.standing(case, row):
        pass
    site.clock.advance(30)
    with site.standing(case, row) as gate:
        assert gate.may_scan()


def test_a_run_waits_a_moment_for_the_one_before(site: Site, case: Case, row: DeploymentRow) -> None:
    put_lease(site, row, machine=site.installation.machine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standing, "LOOK_S", 0.01)
        patch.setattr(time, "sleep", lambda _: site.clock.advance(1))
        with site.standing(case, row) as gate:
            assert gate.may_scan()


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    with installation_of("in a folder", tmp_path) as kept:
        site.clock = kept.clock
        site.installation = replace(kept.installation, machine="this machine and home")
        yield site


@pytest.mark.usefixtures("impatient")
def test_of_runs_that_begin_at_once_one_gets_the_lease(on_sqlite: Site) -> None:
    site = on_sqlite
    case = site.case()
    row = site.authorised(case)
    gates = [site.standing(case, row) for _ in range(3)]
    found = at_once(*[gate.__enter__ for gate in gates])
    (held,) = [one for one in found if isinstance(one, Standing)]
    assert sum(isinstance(one, AlreadyRunning) for one in found) == 2
    assert held.may_scan()
    held.__exit__(None, None, None)
    assert lease(site, row) is None


def test_open_alerts_pause_scanning_until_people_have_caught_up(site: Site, case: Case, row: DeploymentRow) -> None:
    people = Crowd()
    with site.standing(case, row, people) as gate:
        people.why_pause = "4 alerts wait."
        becomes(gate.may_scan, False)
        people.why_pause = "3 alerts wait."
        time.sleep(2 * standing.LOOK_S)
        assert not gate.may_scan()
        people.why_pause = ""
        becomes(gate.may_scan, True)
    assert [kind for kind in kinds(site.installation) if kind.startswith("scanning")] == [
        "scanning.paused",
        "scanning.resumed",
    ]


def test_a_pause_counts_though_it_cannot_be_recorded_and_is_recorded_later(
    site: Site, case: Case, row: DeploymentRow, store: GoingAway
) -> None:
    people = Crowd()
    with site.standing(case, row, people) as gate:
        store.read_only = True
        people.why_pause = "4 alerts wait."
        becomes(gate.may_scan, False)
        store.read_only = False
        becomes(lambda: kinds(site.installation)[-1], "scanning.paused")
        assert not gate.may_scan()


def test_what_pauses_or_stops_it_does_so_before_the_first_frame(site: Site, case: Case, row: DeploymentRow) -> None:
    with site.standing(case, row, Crowd(why_pause="4 alerts wait.")) as gate:
        assert not gate.may_scan()
    stopped = pytest.raises(NotGoingOn, match="too many were wrong")
    with stopped, site.standing(case, row, Crowd(why_stop="too many were wrong")):
        pass
    assert lease(site, row) is None


def test_what_contradicts_the_promise_stops_it_for_good(site: Site, case: Case, row: DeploymentRow) -> None:
    people = Crowd()
    with site.standing(case, row, people) as gate:
        people.why_stop = "Too many were wrong."
        assert "Too many" in stops_within(gate, A_SECOND_S)
        people.why_stop = ""
        time.sleep(2 * standing.LOOK_S)
        with pytest.raises(Stopped):
            gate.may_scan()


def test_a_rule_that_is_broken_when_it_begins_is_named(site: Site, case: Case, row: DeploymentRow) -> None:
    other = replace(case, deployment=replace(case.deployment, purpose="revenge"))
    with breaks("purposes"):
        site.begin(other, row)
    with breaks("purposes"), site.standing(other, row):
        pass


def test_a_policy_that_is_suspended_meanwhile_is_not_begun_under(site: Site, case: Case, row: DeploymentRow) -> None:
    now_us = site.clock.now_us()
    suspension = Suspension(from_us=now_us, until_us=now_us + 1, reason="a court looks at it")
    with pytest.raises(PolicyNotInForce):
        site.begin(replace(case, policy=replace(case.policy, suspension=suspension)), row)
