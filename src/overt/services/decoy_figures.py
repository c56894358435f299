"""How often the people who decide were right about decoys: figures of their own, and in no other.

Rules:
  - a decoy counts once a verdict stood on it; one that was taken back, or that nobody decided in time, counts for
    nobody and is told as a count alone. Open ones are in no number, or a number would tell of them;
  - pictures of the same person and of different people are counted apart: somebody who always says the same is right
    about one of the two, and about none of the other;
  - every share has its numerator, its denominator and its 95 % interval (Clopper-Pearson); "cannot tell" is right of
    neither;
  - whose figures they are is told to whoever may see accounts; everybody else is told of all together, and of their
    own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from overt.domain.decision import Verdict
from overt.domain.decoying import Ended, was_right
from overt.domain.roles import Action, require_allowed, roles_for
from overt.evaluation.intervals import Figure
from overt.services.installation import Installation
from overt.services.people import Account
from overt.store.ports import Work
from overt.store.records import DecoyRow


@dataclass(frozen=True, kw_only=True)
class Caught:
    """Right verdicts of all verdicts, about two pictures of the same person, and of different people."""

    same: Figure
    different: Figure

    def record(self) -> dict[str, Any]:
        """The object for JSON."""
        return {"same_person": self.same.record(), "different_people": self.different.record()}


@dataclass(frozen=True, kw_only=True)
class OfAccount:
    """Somebody's own. `name`: of the account; "you" for one's own, where no other may be seen."""

    account: str
    name: str
    caught: Caught


@dataclass(frozen=True, kw_only=True)
class DecoyFigures:
    """What the tests came to, over all deployments.

    Attributes:
        decided: decoys on which a verdict stood.
        taken_back: those that a real alert or the end of a run ended.
        unanswered: those that nobody decided in time.
        everybody: over all verdicts on those that were decided.
        each: by account, as far as the one who asks may know them.
    """

    decided: int
    taken_back: int
    unanswered: int
    everybody: Caught
    each: tuple[OfAccount, ...]

    @property
    def any(self) -> bool:
        return bool(self.decided or self.taken_back or self.unanswered)

    def record(self) -> dict[str, Any]:
        """The object for JSON."""
        return {
            "decided": self.decided,
            "taken_back": self.taken_back,
            "unanswered": self.unanswered,
            **self.everybody.record(),
            "each": [{"account": one.account, "name": one.name, **one.caught.record()} for one in self.each],
        }


@dataclass(frozen=True, kw_only=True)
class _Said:
    account: str
    same: bool
    right: bool


def decoy_figures(installation: Installation, by: Account) -> DecoyFigures:
    """As they stand now.

    Raises:
        NotAllowed: this account may see no figures.
    """
    require_allowed(by.roles, Action.FIGURES_SEE)
    sees = bool(roles_for(by.roles, Action.ACCOUNT_SEE))

    def look(work: Work) -> DecoyFigures:
        over = [one for row in work.deployments.all() for one in work.decoys.of(row.id) if one.over_us is not None]
        said = [one for row in over if row.ended == Ended.DECIDED for one in _said(work, row)]
        names = {row.id: row.name for row in work.accounts.all()} if sees else {by.id: "you"}
        accounts = sorted({one.account for one in said} & set(names), key=lambda one: names[one])
        return DecoyFigures(
            decided=sum(row.ended == Ended.DECIDED for row in over),
            taken_back=sum(row.ended in (Ended.REAL_ALERT, Ended.RUN_ENDED) for row in over),
            unanswered=sum(row.ended == Ended.UNANSWERED for row in over),
            everybody=_caught(said),
            each=tuple(
                OfAccount(account=one, name=names[one], caught=_caught(each for each in said if each.account == one))
                for one in accounts
            ),
        )

    return installation.store.read(look)


def _said(work: Work, row: DecoyRow) -> list[_Said]:
    return [
        _Said(account=one.account, same=row.same, right=was_right(Verdict(one.verdict), same=row.same))
        for one in work.alerts.decisions(row.alert)
    ]


def _caught(said: Iterable[_Said]) -> Caught:
    said = list(said)

    def share(*, same: bool) -> Figure:
        found = [one.right for one in said if one.same is same]
        return Figure.of(sum(found), len(found))

    return Caught(same=share(same=True), different=share(same=False))
