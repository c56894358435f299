"""The oversight's one power: it can hold a deployment, or all of them. In the code such a hold is a halt, since alerts
are held, too, as evidence.

Rules:
  - one of the oversight is enough, at once, with the reason in words; nothing is scanned from then on, and nothing
    that is held is started (`overt.services.standing`);
  - it lasts until whoever placed it lifts it, with words; where they are not of the oversight any more, another of the
    oversight may;
  - it changes nothing else: lists, alerts and the authority stay as they are, and the window goes on to its end;
  - nothing that was written is changed: a lift is a paper of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from overt.domain.errors import Refused
from overt.domain.roles import Action, Role
from overt.domain.time import SECOND_US, to_text
from overt.ledger.entry import Fact
from overt.services.acting import file_paper
from overt.services.installation import Installation
from overt.services.people import Account, account_of, require_actor
from overt.store.ports import Work
from overt.store.records import AccountState, DeploymentRow, DeploymentState, PaperRow

HALT: Final = "halt"
HALT_LIFTED: Final = "halt-lifted"
LOOK_US: Final = SECOND_US // 4
_OVER: Final = (DeploymentState.CANCELLED, DeploymentState.ENDED)


class HeldByOversight(Refused):
    """Nothing may be scanned as long as the oversight holds it."""

    code = "held-by-oversight"


class BadHalt(Refused):
    code = "bad-halt"


@dataclass(frozen=True, kw_only=True)
class Lift:
    """That a halt was lifted. `by`: name."""

    by: str
    at_us: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Halt:
    """A hold by the oversight.

    Attributes:
        deployment: its id; None: every deployment is held.
        name: of the deployment; empty where every one is held.
        by: name of whoever placed it.
        account: their id.
        lift: None as long as it stands.
    """

    id: str
    deployment: str | None
    name: str
    by: str
    account: str
    at_us: int
    why: str
    lift: Lift | None = None

    def says(self) -> str:
        """In a sentence, for whoever watches."""
        what = "It is held" if self.deployment else "Every deployment is held"
        return f"{what} by the oversight ({self.by}) since {to_text(self.at_us)}: {self.why}"


def place_halt(installation: Installation, by: Account, row: DeploymentRow | None, why: str) -> Halt:
    """Holds a deployment; None: every one, those that are entered later, too.

    Raises:
        NotAllowed: this account may not.
        BadHalt: no reason is given, it is held already, or it is over.
    """
    content = {"text": _words(why, "A hold says why.")}
    now_us = installation.clock.now_us()

    def change(work: Work) -> Halt:
        require_actor(work, by, Action.HALT_PLACE)
        if row is not None:
            now = work.deployments.get(row.id)
            if now is None or now.state in _OVER or now_us >= now.closes_us:
                raise BadHalt("This deployment is over, so there is nothing to hold.", "See which are not.")
        about = None if row is None else row.id
        if any(one.deployment == about for one in _standing(work)):
            raise BadHalt("It is held already.", "A hold lasts until it is lifted.")
        paper = file_paper(installation, work, HALT, by=by.id, row=row, content=dict(content))
        facts: dict[str, Fact] = {"halt": paper.id, "all": row is None, "why": installation.digest(content["text"])}
        work.record("halt.placed", actor=by.id, deployment=about, facts=facts)
        return _halt(work, paper, None)

    return installation.store.write(change)


def lift_halt(installation: Installation, by: Account, halt: str, why: str) -> Halt:
    """Lifts a hold; what it held may be started again, and what was running goes on.

    Raises:
        NotAllowed: this account may not.
        BadHalt: no reason is given, there is no such hold, it is lifted, or somebody else of the oversight placed it.
    """
    content = {"text": _words(why, "Whoever lifts a hold says why.")}

    def change(work: Work) -> Halt:
        require_actor(work, by, Action.HALT_LIFT)
        found = next((one for one in _standing(work) if one.id == halt), None)
        if found is None:
            raise BadHalt("There is no such hold, or it is lifted.", "See which there are with overt oversight show.")
        if found.account != by.id and _of_the_oversight(work, found.account):
            raise BadHalt(f"{found.by} placed this hold, and lifts it.", f"Ask {found.by}.")
        row = None if found.deployment is None else work.deployments.get(found.deployment)
        paper = file_paper(installation, work, HALT_LIFTED, by=by.id, row=row, about=halt, content=dict(content))
        facts: dict[str, Fact] = {"halt": halt, "all": row is None, "why": installation.digest(content["text"])}
        work.record("halt.lifted", actor=by.id, deployment=found.deployment, facts=facts)
        (placed,) = (one for one in work.papers.all(HALT) if one.id == halt)
        return _halt(work, placed, paper)

    return installation.store.write(change)


def halts(installation: Installation, by: Account) -> list[Halt]:
    """Every hold, lifted ones too, newest first; raises NotAllowed where this account may not see them."""

    def look(work: Work) -> list[Halt]:
        require_actor(work, by, Action.FIGURES_SEE)
        return _all(work)[::-1]

    return installation.store.read(look)


def standing_halts(installation: Installation) -> list[Halt]:
    """Those that stand now, oldest first."""
    return installation.store.read(_standing)


def halt_on(work: Work, deployment: str) -> Halt | None:
    """What holds this deployment now: the oldest of its own holds and those of every deployment."""
    return next((one for one in _standing(work) if one.deployment in (None, deployment)), None)


def require_not_held(work: Work, deployment: str) -> None:
    """Raises HeldByOversight where the oversight holds this deployment."""
    halt = halt_on(work, deployment)
    if halt is not None:
        raise HeldByOversight(halt.says(), f"Nothing starts until {halt.by} lifts the hold.")


class HaltGate:
    """The gate of a demonstration, which has no authority to be looked at, but may be held like anything else.

    Args:
        tell: is told, in words, when scanning pauses and when it goes on.
    """

    def __init__(self, installation: Installation, deployment: str, tell: Callable[[str], None]) -> None:
        self._installation, self._deployment, self._tell = installation, deployment, tell
        self._looked_us: int | None = None
        self._why = ""

    def may_scan(self) -> bool:
        """False while it is held; asked several times a second."""
        boot_us = self._installation.clock.boot_us()
        if self._looked_us is None or boot_us - self._looked_us >= LOOK_US:
            self._looked_us = boot_us
            halt = self._installation.store.read(lambda work: halt_on(work, self._deployment))
            why = "" if halt is None else halt.says()
            if why != self._why:
                self._why = why
                self._tell(f"Scanning pauses: {why}" if why else "Scanning goes on.")
        return not self._why


def _standing(work: Work) -> list[Halt]:
    """Oldest first; looked at several times a second while something runs."""
    placed = work.papers.all(HALT)
    if not placed:
        return []
    lifted = {paper.about for paper in work.papers.all(HALT_LIFTED)}
    return [_halt(work, paper, None) for paper in placed if paper.id not in lifted]


def _all(work: Work) -> list[Halt]:
    lifts = {paper.about: paper for paper in work.papers.all(HALT_LIFTED)}
    return [_halt(work, paper, lifts.get(paper.id)) for paper in work.papers.all(HALT)]


def _halt(work: Work, paper: PaperRow, lifted: PaperRow | None) -> Halt:
    row = None if paper.deployment is None else work.deployments.get(paper.deployment)
    lift = None
    if lifted is not None:
        lift = Lift(by=_name(work, lifted.account), at_us=lifted.at_us, why=str(lifted.content["text"]))
    return Halt(
        id=paper.id,
        deployment=paper.deployment,
        name="" if row is None else row.name,
        by=_name(work, paper.account),
        account=paper.account,
        at_us=paper.at_us,
        why=str(paper.content["text"]),
        lift=lift,
    )


def _of_the_oversight(work: Work, account: str) -> bool:
    row = work.accounts.get(account)
    return row is not None and row.state is AccountState.ACTIVE and Role.OVERSIGHT in account_of(row).roles


def _name(work: Work, account: str) -> str:
    row = work.accounts.get(account)
    return account if row is None else row.name


def _words(text: str, sentence: str) -> str:
    if not text.strip():
        raise BadHalt(sentence, "Give the reason.")
    return text.strip()
