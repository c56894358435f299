"""Whatever is done to files, store, clock and accounts: without a valid signature for just this, nothing is scanned.

One deployment was signed. Things are then done to it in any order, and after each of them somebody tries to begin it,
and looks at a run that has begun. A model of a few lines says whether that has to work, so the test fails where too
much is allowed and where too little is. A second deployment, of the same people, was never signed; it never begins.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from overt.domain.authority import Window
from overt.domain.errors import OvertError, Stopped
from overt.domain.policy import Policy
from overt.domain.roles import Role
from overt.domain.time import SECOND_US, to_text
from overt.services import acting, authorise, deployments, installation, retain, standing
from overt.services.authorise import Signing
from overt.services.case import Case
from overt.services.deployments import entered
from overt.services.ending import cancel, end
from overt.services.installation import Installation, require_clock
from overt.services.people import Account
from overt.services.retain import confirm_clock, require_steady_clock
from overt.services.standing import Standing, Under, begin
from overt.store.records import AccountRow, AccountState, AuthorityRow, DeploymentRow, DeploymentState
from overt.testing import memory_rows
from overt.testing.fixed_clock import SOME_DAY_US, FixedClock
from overt.testing.memory_store import MemoryStore
from tests.authority import SECOND_KEY, case_in, public, staff
from tests.deployed import HOUR_US, Site

JUMP_S, SKEW_S = 300, 2
pytestmark = pytest.mark.timeout(600)
TORTURE = os.environ.get("OVERT_TORTURE") == "1"
#: From two hours after it was signed, for three hours, the policy is suspended.
SUSPENDED_H = (2, 5)
SIGNED, UNSIGNED = "High Street.toml", "Market.toml"
FAR_AWAY = ((52.5, 0.0), (52.5, 0.0006), (52.5004, 0.0006), (52.5004, 0.0))
CLOSED: dict[str, Any] = {"state": AccountState.CLOSED}
LOOSER = (
    (b"max_hours]\nis = 24.0", b"max_hours]\nis = 23.0"),
    (b"list_max]\nis = 500", b"list_max]\nis = 900"),
    (b"suspended_until", b"#suspended_until"),
)


@dataclass(frozen=True)
class Base:
    """Where everything begins: an installation with a signed and an unsigned deployment, and their files."""

    folder: Path
    installation: Installation
    signed: DeploymentRow
    unsigned: DeploymentRow
    tables: Any


@functools.cache
def base() -> Base:
    folder = Path(tempfile.mkdtemp(prefix="overt-test-"))
    site = Site(folder)
    policy = folder / site.policy_file()
    first, last = (to_text(SOME_DAY_US + hours * HOUR_US) for hours in SUSPENDED_H)
    suspended = f'suspended_from = {first}\nsuspended_until = {last}\nsuspended_reason = "a court looks at it"\n'
    policy.write_text(policy.read_text().replace("[rule.purposes]", f"{suspended}[rule.purposes]"))
    case = site.case()
    assert case.path.name == SIGNED
    other = site.case("Market", area=FAR_AWAY)
    signed, unsigned = site.authorised(case), site.enter(other)
    require_steady_clock(site.installation)
    store = site.installation.store
    assert isinstance(store, MemoryStore)
    return Base(folder, site.installation, signed, unsigned, store._tables)


@dataclass
class Model:
    """What has to be so for a run to begin, and for one that has begun to go on."""

    now_us: int = SOME_DAY_US
    drift_us: int = 0  # by how much the host's clock was moved
    jumped: bool = False
    recorded_us: int = SOME_DAY_US  # when the newest entry of the ledger was made
    state: str = "authorised"
    tampered: bool = False
    officer: bool = True
    operator: bool = True

    def in_window(self, row: DeploymentRow) -> bool:
        return row.opens_us <= self.now_us < row.closes_us

    def suspended(self) -> bool:
        first, last = (SOME_DAY_US + hours * HOUR_US for hours in SUSPENDED_H)
        return first <= self.now_us < last

    def may_go_on(self, row: DeploymentRow) -> bool:
        signature = self.state == "authorised" and not self.tampered and self.officer
        return signature and self.operator and self.in_window(row) and not self.suspended() and not self.jumped

    def may_begin(self, row: DeploymentRow, *, files: bool) -> bool:
        clock = self.now_us >= self.recorded_us - SKEW_S * SECOND_US
        return self.may_go_on(row) and files and clock


@dataclass
class Nobody:
    """Keeps up; counts how often it is asked."""

    looks: int = 0

    def pause(self, paused: bool) -> str:
        assert not paused
        return ""

    def stop(self) -> str:
        self.looks += 1
        return ""


@dataclass
class Watch:
    """A run that has begun. `dead`: it has to have stopped."""

    gate: Standing
    people: Nobody = field(default_factory=Nobody)
    dead: bool = False


class Round(RuleBasedStateMachine):
    """Everything that somebody might do."""

    @initialize()
    def begin_anew(self) -> None:
        self.base, self.model, self.clock = base(), Model(), FixedClock()
        self.folder = Path(tempfile.mkdtemp(prefix="overt-test-"))
        shutil.copytree(self.base.folder, self.folder, dirs_exist_ok=True)
        self.original = contents(self.folder)
        store = MemoryStore(ledger=self.base.installation.ledger, clock=self.clock)
        store._tables = self.base.tables.copy()
        self.store = store
        self.installation = replace(self.base.installation, store=store, clock=self.clock)
        people = staff(self.installation)
        self.officer, self.operator = people[Role.AUTHORISING_OFFICER], people[Role.OPERATOR]
        self.run: Watch | None = None
        self.policy: Policy = case_in(self.folder / SIGNED).policy
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(standing, "LOOK_S", 0.001)
        self.patch.setattr(standing, "WAIT_S", 0.0)

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            self.stop_watching()
            self.patch.undo()
            shutil.rmtree(self.folder)

    # The clock.

    @rule(seconds=st.sampled_from([1, 4, 20, 50]))
    def a_moment_passes(self, seconds: int) -> None:
        self.passes(seconds)

    @rule(seconds=st.sampled_from([12_600, 20_000, 23_399, 23_400]) | st.integers(60, 30_000))
    def hours_pass(self, seconds: int) -> None:
        self.passes(seconds)

    def passes(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.model.now_us += seconds * SECOND_US
        if seconds > 50 and self.run is not None:
            self.run.dead = True  # as on a machine that slept: nobody looked for a minute
        self.look()

    @rule(seconds=st.sampled_from([-20_000, -400, -299, -30, 30, 299, 400, 20_000]) | st.integers(-40_000, 40_000))
    def the_clock_is_moved(self, seconds: int) -> None:
        self.clock.set_now(self.clock.now_us() + seconds * SECOND_US)
        self.model.now_us += seconds * SECOND_US
        self.model.drift_us += seconds * SECOND_US
        self.model.jumped = self.model.jumped or abs(self.model.drift_us) > JUMP_S * SECOND_US
        if self.run is not None and seconds > 50:
            self.run.dead = True  # by the store's time, its lease has lapsed
        self.clock.advance(1)
        self.model.now_us += SECOND_US
        with suppress(OvertError):
            require_steady_clock(self.installation)  # as overt retain does every few seconds
        self.look()

    @precondition(lambda self: self.model.jumped)
    @rule()
    def the_clock_is_confirmed(self) -> None:
        confirm_clock(self.installation)
        self.model.jumped, self.model.drift_us, self.model.recorded_us = False, 0, self.model.now_us
        self.stop_watching()
        self.look()

    # Files.

    @rule(at=st.integers(0, 2000), byte=st.integers(1, 255), name=st.sampled_from([SIGNED, "mild.toml"]))
    def a_byte_of_a_file_is_another(self, at: int, byte: int, name: str) -> None:
        content = bytearray((self.folder / name).read_bytes())
        content[at % len(content)] ^= byte
        (self.folder / name).write_bytes(content)
        self.look()

    @rule(which=st.sampled_from(LOOSER))
    def the_policy_is_loosened(self, which: tuple[bytes, bytes]) -> None:
        path = self.folder / "mild.toml"
        path.write_bytes(path.read_bytes().replace(*which))
        self.look()

    @rule(how=st.sampled_from(["swapped", "edited", "more", "fewer", "table"]))
    def the_list_is_another(self, how: str) -> None:
        people = self.folder / "people of High Street"
        picture = people / "ann.png"
        match how:
            case "swapped":
                (people / "ann.png").rename(people / "x.png")
                (people / "bob.png").replace(people / "ann.png")
                (people / "x.png").rename(people / "bob.png")
            case "edited":
                picture.write_bytes(picture.read_bytes() + b"\0")
            case "more":
                (people / "eve.png").write_bytes(picture.read_bytes())
            case "fewer":
                (people / "bob.png").unlink()
            case _:
                (people / "entries.csv").write_bytes(b"reference\nann\nbob\n")
        self.look()
        self.put_files_back()

    @rule()
    def everything_is_as_it_was(self) -> None:
        """All but the clock, and what is over."""
        self.put_files_back()
        (one,) = self.authorities()
        signed = self.base.tables.authorities[one.id]
        self.store._tables.authorities[one.id] = replace(signed, cancelled_us=one.cancelled_us)
        for account in (self.officer, self.operator):
            self.account(account)
        self.model.tampered, self.model.officer, self.model.operator = False, True, True
        self.look()

    def put_files_back(self) -> None:
        for path in self.folder.rglob("*"):
            if path.is_file() and str(path.relative_to(self.folder)) not in self.original:
                path.unlink()
        for name, content in self.original.items():
            (self.folder / name).write_bytes(content)

    # The store.

    @rule(at=st.integers(0, 511))
    def a_bit_of_the_signature_is_another(self, at: int) -> None:
        (one,) = self.authorities()
        content = bytearray(one.signature)
        content[at // 8] ^= 1 << at % 8
        self.tamper(one, signature=bytes(content))

    @rule(at=st.integers(0, 1000), byte=st.integers(1, 255))
    def a_byte_of_the_statement_is_another(self, at: int, byte: int) -> None:
        (one,) = self.authorities()
        content = bytearray(one.statement)
        content[at % len(content)] ^= byte
        self.tamper(one, statement=bytes(content))

    @rule()
    def the_key_that_signed_is_another(self) -> None:
        (one,) = self.authorities()
        self.tamper(one, key=public(SECOND_KEY))

    @rule()
    def the_authority_is_copied_to_the_unsigned_deployment(self) -> None:
        (one,) = self.authorities()
        of = self.base.unsigned.id
        copied = replace(one, id=self.installation.new_id(), deployment=of)
        self.store._tables.authorities[copied.id] = copied
        row = self.store._tables.deployments[of]
        self.store._tables.deployments[of] = replace(row, state=DeploymentState.AUTHORISED)
        self.look()

    @rule(name=st.sampled_from([SIGNED, UNSIGNED]))
    def the_same_signature_is_handed_in_again(self, name: str) -> None:
        with suppress(OvertError):
            case = case_in(self.folder / name)
            row = self.base.signed if name == SIGNED else self.base.unsigned
            signed = self.base.tables.authorities[self.authorities()[0].id]
            signing = Signing(
                by=self.officer,
                deployment=case.deployment,
                row=row,
                policy=case.policy,
                statement=signed.statement,
                signature=signed.signature,
            )
            authorise.authorise(self.installation, signing)
            raise AssertionError("it was taken")
        self.look()

    # People.

    @rule(changes=st.sampled_from([CLOSED, {"roles": ("operator",)}, {"key": public(SECOND_KEY)}]))
    def the_officer_is_none_any_more(self, changes: dict[str, Any]) -> None:
        self.account(self.officer, **changes)
        self.model.officer = False
        self.look()

    @rule(changes=st.sampled_from([CLOSED, {"roles": ("auditor",)}]))
    def the_operator_is_none_any_more(self, changes: dict[str, Any]) -> None:
        self.account(self.operator, **changes)
        self.model.operator = False
        self.look()

    @rule(how=st.sampled_from(["cancelled", "ended"]))
    def it_is_over(self, how: str) -> None:
        row, rules = self.base.signed, self.policy.retention()
        can = self.model.state == "authorised"
        try:
            if how == "cancelled":
                cancel(self.installation, self.officer, row, "no need", rules)
            else:
                end(self.installation, self.operator, row, rules)
            assert can
            self.model.state, self.model.recorded_us = how, self.model.now_us
        except OvertError:
            assert not can or not (self.model.officer if how == "cancelled" else self.model.operator)
        self.look()

    # Whether it may.

    @precondition(lambda self: self.run is None)
    @rule()
    def somebody_watches(self) -> None:
        case = self.attempted(SIGNED, self.installation)
        if case is None:
            return
        people = Nobody()
        under = Under(row=self.base.signed, policy=case.policy, by=self.operator)
        gate = Standing(self.installation, case.deployment, under, people=people, tell=lambda _: None)
        self.run = Watch(gate.__enter__(), people)
        self.look()

    @rule()
    def stop_watching(self) -> None:
        if self.run is not None:
            self.run.gate.__exit__(None, None, None)
            self.run = None

    def look(self) -> None:
        """Somebody tries to begin it, here, on another machine, and with the one that was never signed."""
        self._look_at_the_run()
        held, self.store._tables = self.store._tables, self.store._tables.copy()  # what is tried leaves no trace
        try:
            self.store._tables.leases.clear()
            begins = self.attempted(SIGNED, self.installation) is not None
            files = contents(self.folder) == self.original
            assert begins is self.model.may_begin(self.base.signed, files=files), self.model
            assert self.attempted(UNSIGNED, self.installation) is None
            elsewhere = replace(self.installation, machine="another machine or home", boot="another boot")
            assert self.attempted(SIGNED, elsewhere) is None
        finally:
            self.store._tables = held

    def _look_at_the_run(self) -> None:
        if self.run is None:
            return
        self.run.dead = self.run.dead or not self.model.may_go_on(self.base.signed)
        seen, until_s = self.run.people.looks, time.monotonic() + 10
        while self.run.people.looks < seen + 2 and self.run.gate._thread.is_alive():
            assert time.monotonic() < until_s
            time.sleep(0.001)
        try:
            scans = self.run.gate.may_scan()
        except Stopped:
            scans = False
        assert scans is not self.run.dead, self.model

    def attempted(self, name: str, installation: Installation) -> Case | None:
        """As overt watch begins it, up to the first frame; None where it is refused."""
        try:
            last = installation.store.read(lambda work: work.ledger.last())
            assert last is not None
            require_clock(last, installation.clock)
            case = case_in(self.folder / name)
            case.deployment.authority.window.require(installation.clock.now_us())
            if installation is self.installation:
                require_steady_clock(installation)
            row, _ = entered(installation, case.digest())
            under = Under(row=row, policy=case.policy, by=self.operator)
            begin(installation, case.deployment, under)
            with Standing(installation, case.deployment, under, people=Nobody(), tell=lambda _: None) as gate:
                return case if gate.may_scan() else None
        except OvertError:
            return None

    # What the rules do it with.

    def authorities(self) -> list[AuthorityRow]:
        return self.store.read(lambda work: work.authorities.of(self.base.signed.id))

    def tamper(self, one: AuthorityRow, **changes: Any) -> None:
        changed = replace(one, **changes)
        self.store._tables.authorities[one.id] = changed
        self.model.tampered = replace(changed, cancelled_us=None) != self.base.tables.authorities[one.id]
        self.look()

    def account(self, whose: Account, **changes: Any) -> None:
        row: AccountRow = self.base.tables.accounts[whose.id]
        self.store.write(lambda work: work.accounts.change(replace(row, **changes)))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


Round.TestCase.settings = settings(stateful_step_count=12, max_examples=500 if TORTURE else 50)
TestNobodyTalksRoundIt = Round.TestCase

Plant = Callable[[pytest.MonkeyPatch], None]


def _any_machine_will_do(patch: pytest.MonkeyPatch) -> None:
    faults = authorise._faults

    def found(installation: Installation, *rest: Any) -> list[str]:
        return [one for one in faults(installation, *rest) if "machine" not in one]

    patch.setattr(authorise, "_faults", found)


def _the_file_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    path = base().folder / SIGNED
    file, policy, read = (
        deployments.file_digest(path),
        deployments.file_digest(path.with_name("mild.toml")),
        deployments._digest_of(case_in(path).deployment),
    )
    patch.setattr(deployments, "file_digest", lambda path: policy if path.name == "mild.toml" else file)
    patch.setattr(deployments, "_digest_of", lambda _: read)


def _who_acts_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    for room in (acting, standing):
        patch.setattr(room, "require_actor", lambda _, by, __: by)


def _the_list_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    before = deployments.manifest_digest(base().folder / "people of High Street")
    patch.setattr(deployments, "manifest_digest", lambda _: before)


#: What is not looked at any more, and what somebody then does.
PLANTED: dict[str, tuple[Plant, Callable[[Round], object]]] = {
    "signatures": (
        lambda patch: patch.setattr(authorise, "signed_by", lambda *_: True),
        lambda somebody: somebody.a_bit_of_the_signature_is_another(at=300),
    ),
    "what a statement says": (
        lambda patch: patch.setattr(authorise, "_faults", lambda *_: []),
        lambda somebody: somebody.the_authority_is_copied_to_the_unsigned_deployment(),
    ),
    "the machine in a statement": (_any_machine_will_do, lambda somebody: somebody.look()),
    "whether the officer is one": (
        lambda patch: patch.setattr(authorise, "valid_authorities", lambda _, work, row: work.authorities.of(row.id)),
        lambda somebody: somebody.the_officer_is_none_any_more(CLOSED),
    ),
    "the window": (
        lambda patch: patch.setattr(Window, "require", lambda *_: None),
        lambda somebody: somebody.hours_pass(24_000),
    ),
    "the policy's suspension": (
        lambda patch: patch.setattr(Policy, "require_in_force", lambda *_: None),
        lambda somebody: somebody.hours_pass(12_600),
    ),
    "the clock's jump": (
        lambda patch: patch.setattr(retain, "LARGEST_JUMP_US", 100 * HOUR_US),
        lambda somebody: somebody.the_clock_is_moved(400),
    ),
    "the clock's standing behind the record": (
        lambda patch: patch.setattr(installation, "CLOCK_SKEW_US", HOUR_US),
        lambda somebody: somebody.the_clock_is_moved(-30),
    ),
    "the file": (
        _the_file_is_not_looked_at,
        lambda somebody: somebody.a_byte_of_a_file_is_another(at=22, byte=1, name=SIGNED),
    ),
    "the list": (_the_list_is_not_looked_at, lambda somebody: somebody.the_list_is_another("more")),
    "who begins it": (
        _who_acts_is_not_looked_at,
        lambda somebody: somebody.the_operator_is_none_any_more(CLOSED),
    ),
    "that it is over": (
        lambda patch: patch.setattr(memory_rows.Deployments, "move", lambda *_: True),
        lambda somebody: somebody.it_is_over("ended"),
    ),
    "a run once it has begun": (
        lambda patch: patch.setattr(standing, "require_standing", lambda *_: []),
        lambda somebody: (somebody.somebody_watches(), somebody.it_is_over("ended")),
    ),
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_fault_is_found_where_something_is_not_looked_at(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, deed = PLANTED[what]
    for planted in (False, True):
        somebody = Round()
        somebody.begin_anew()
        try:
            if planted:
                plant(monkeypatch)
                with pytest.raises(AssertionError):
                    deed(somebody)
            else:
                deed(somebody)
        finally:
            somebody.teardown()
