"""Standing: while a deployment runs, somebody keeps looking whether it still may.

Rules:
  - one run at a time holds a deployment's lease; one that has died on this machine is known within seconds, because a
    living one would have renewed it;
  - four times a second the authority is looked at: cancelled, ended, its window over, a policy that is suspended, an
    officer whose account is closed: scanning stops within the second, for good;
  - where it cannot be looked at for five seconds, scanning pauses; where the lease cannot be renewed for a minute,
    which is as long as alerts may wait, scanning stops; both are measured by the time since the machine's start, which
    nobody can set;
  - a hold by the oversight pauses scanning until it is lifted, and nothing that is held begins;
  - signs that nobody has looked at for longer than the policy says, or of which one is down, pause scanning until
    somebody has looked and said so (`overt.services.sign_checks`);
  - too many open alerts pause scanning until people have caught up;
  - nothing live runs in an installation that is thrown away: its record would be gone with it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from overt.domain.authority import Deployment
from overt.domain.before_start import Lapse
from overt.domain.errors import OvertError, Refused, Stopped
from overt.domain.policy import Policy
from overt.domain.roles import Action, require_training
from overt.domain.time import SECOND_US
from overt.ledger.entry import Fact
from overt.services.acting import act, file_paper
from overt.services.authorise import NotAuthorised, require_authority, require_standing
from overt.services.halts import halt_on, require_not_held
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.policies import BadPolicy, load_policy
from overt.services.retain import require_steady_clock
from overt.services.sign_checks import lapse_of
from overt.services.terms import STARTED
from overt.store.errors import StoreUnavailable
from overt.store.ports import Work
from overt.store.records import DeploymentRow, LeaseRow

LOOK_S = 0.25
LEASE_US = 60 * SECOND_US
RENEW_US = SECOND_US
#: A lease of this machine that is not renewed for so long is a dead run's: whoever sees that can write to the store.
DEAD_US = 4 * SECOND_US
#: How long a new run waits for that.
WAIT_S = 8.0
BLIND_US = 5 * SECOND_US
#: Why scanning pauses, as the ledger has it.
OVERSIGHT, OPEN_ALERTS = "oversight", "open-alerts"


class AlreadyRunning(Refused):
    code = "already-running"


@dataclass(frozen=True, kw_only=True)
class Under:
    """What a run stands under: the deployment as it was entered, its policy, and who runs it."""

    row: DeploymentRow
    policy: Policy
    by: Account


class People(Protocol):
    """Whether people keep up with the run; asked from time to time."""

    def pause(self, paused: bool) -> str:
        """Why scanning has to pause; empty: it has not. `paused`: whether it pauses already."""
        ...

    def stop(self) -> str:
        """Why scanning has to stop for good; empty: it has not."""
        ...


def begin(installation: Installation, deployment: Deployment, under: Under) -> None:
    """Looks, before anything is opened, whether this person may run this deployment now; what role they act in is kept.

    Raises:
        NotAllowed, RolesOpposed: they may not.
        NotAuthorised, OutsideAuthority, PolicyNotInForce, RuleBroken, HeldByOversight: nobody may.
    """
    if installation.thrown_away:
        raise NotAuthorised(
            "This is a demonstration: its record is gone when it ends, so nothing live may run in it.",
            "Make an installation with overt init, and enter the deployment there.",
        )
    now_us, apart = installation.clock.now_us(), under.policy.rules.roles_apart

    def change(work: Work) -> None:
        require_not_held(work, under.row.id)
        require_authority(installation, work, deployment, under.row, under.policy, now_us)
        act(installation, work, under.by, Action.WATCH_START, under.row, roles_apart=apart)

    installation.store.write(change)


class Standing:
    """The gate of a run under a signed authority; use it as a context, in which the lease is held.

    Args:
        tell: is told, in words, what people should know.
    """

    def __init__(
        self,
        installation: Installation,
        deployment: Deployment,
        under: Under,
        *,
        people: People,
        tell: Callable[[str], None],
    ) -> None:
        self._installation, self._deployment, self._people, self._tell = installation, deployment, people, tell
        self._row, self._policy, self._by = under.row, under.policy, under.by.id
        self._operator = under.by
        self._holder = installation.new_id()
        self._renewed_us = self._looked_us = installation.clock.boot_us()
        self._told = ""
        self._over = threading.Event()
        self._stopped: OvertError | None = None
        self._paused = self._because = ""  # in words, and as the ledger has it
        self._recorded = ""  # what the ledger says of it
        self._thread = threading.Thread(target=self._run, name="overt-standing", daemon=True)

    def __enter__(self) -> Standing:
        until_s = time.monotonic() + WAIT_S
        while not self._installation.store.write(self._take):
            if time.monotonic() >= until_s:
                raise AlreadyRunning(
                    "This deployment is being watched by another run.", "Use that one, or end it first."
                )
            time.sleep(LOOK_S)
        try:
            self._look()  # before the first frame
        except OvertError:
            self._release()
            raise
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._release()

    def may_scan(self) -> bool:
        """False while scanning is paused; raises Stopped once it may not go on."""
        if self._stopped is not None:
            raise Stopped(self._stopped.sentence, self._stopped.todo)
        boot_us = self._installation.clock.boot_us()
        if boot_us - self._renewed_us >= LEASE_US:
            self._stopped = Stopped("Whether the authority still stands could not be looked at: scanning has stopped.")
            raise self._stopped
        return not self._paused and boot_us - self._looked_us < BLIND_US

    def _release(self) -> None:
        with suppress(OvertError):  # it lapses by itself
            self._installation.store.write(lambda work: work.leases.release(self._row.id, self._holder))

    def _take(self, work: Work) -> bool:
        """In one transaction: the authority stands, and the lease is this run's."""
        now_us, boot_us = self._installation.clock.now_us(), self._installation.clock.boot_us()
        require_not_held(work, self._row.id)
        require_authority(self._installation, work, self._deployment, self._row, self._policy, now_us)
        self._require_operator(work, now_us)
        lease = LeaseRow(
            deployment=self._row.id,
            holder=self._holder,
            machine=self._installation.machine,
            taken_us=now_us,
            renewed_us=now_us,
            ends_us=now_us + LEASE_US,
        )
        held = work.leases.get(self._row.id)
        if held is not None and held.machine == lease.machine and now_us - held.renewed_us > DEAD_US:
            work.leases.release(self._row.id, held.holder)
        if not work.leases.take(lease, now_us):
            return False
        if not any(paper.kind == STARTED for paper in work.papers.of(self._row.id)):
            file_paper(self._installation, work, STARTED, by=self._by, row=self._row)
        self._renewed_us = self._looked_us = boot_us
        return True

    def _run(self) -> None:
        while not self._over.wait(LOOK_S) and self._stopped is None:
            try:
                self._look()
                self._told = ""
            except StoreUnavailable as error:
                if str(error) != self._told:
                    self._told = str(error)
                    self._tell(f"Whether the authority still stands cannot be looked at. {error}")
            except OvertError as error:
                self._stopped = error

    def _look(self) -> None:
        now_us, boot_us = self._installation.clock.now_us(), self._installation.clock.boot_us()
        why = self._installation.store.read(lambda work: self._require_standing(work, now_us))
        self._looked_us = boot_us
        if why is not None:
            self._pause(why.reason, why.sentence)
        if boot_us - self._renewed_us >= RENEW_US:
            self._renew(now_us, boot_us)
        if over := self._people.stop():
            raise NotGoingOn(over)
        if why is None:
            self._pause(OPEN_ALERTS, self._people.pause(self._because == OPEN_ALERTS))

    def _require_standing(self, work: Work, now_us: int) -> Lapse | None:
        """Why it pauses now, whoever could go on: the oversight first, then the signs."""
        require_standing(self._installation, work, self._row, self._policy, now_us)
        self._require_operator(work, now_us)
        halt = halt_on(work, self._row.id)
        if halt is not None:
            return Lapse(reason=OVERSIGHT, sentence=halt.says())
        return lapse_of(work, self._row, self._policy.rules, now_us)

    def _require_operator(self, work: Work, now_us: int) -> None:
        """Whoever runs it may still, and their training is still good."""
        who = require_actor(work, self._operator, Action.WATCH_START)
        require_training(who.roles, who.trained_until_us, now_us)

    def _renew(self, now_us: int, boot_us: int) -> None:
        require_steady_clock(self._installation)
        with suppress(BadPolicy):  # gone or unreadable: what was signed counts
            load_policy(self._deployment.policy).require_in_force(now_us)
        ends_us = now_us + LEASE_US
        if not self._installation.store.write(
            lambda work: work.leases.renew(self._row.id, self._holder, now_us, ends_us)
        ):
            raise AlreadyRunning("The lease of this run has lapsed, so another may have begun.", "Start again.")
        self._renewed_us = boot_us

    def _pause(self, because: str, why: str) -> None:
        if why:
            self._paused, self._because = why, because  # whether it can be recorded or not
        because = because if why else ""
        if because == self._recorded:
            self._paused, self._because = why, because
            return
        kind = "scanning.paused" if why else "scanning.resumed"
        facts: dict[str, Fact] = {"reason": because or self._recorded}
        self._installation.store.write(lambda work: work.record(kind, deployment=self._row.id, facts=facts))
        self._paused, self._because, self._recorded = why, because, because
        self._tell(f"Scanning pauses: {why}" if why else "Scanning goes on.")


class NotGoingOn(Refused):
    code = "not-going-on"
