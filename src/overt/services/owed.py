"""What is owed to those who check: findings that wait for their answer, deployments that wait for their review and for
what is counted afterwards, each with the day by which it is due.

Rules:
  - a finding is due by the strictest policy in use, a review by the policy that its deployment was entered under, and
    with it the counts that this policy asks for;
  - what was filed is shown with its answer for good, late or not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from overt.domain.policy import Rules
from overt.domain.retention import DAY_US
from overt.domain.roles import Action
from overt.services.acting import rules_of
from overt.services.installation import Installation
from overt.services.kept_rules import rules_in_use
from overt.services.people import Account, require_actor
from overt.services.terms import ANSWER, FINDING, LEAFLETS, OFFICERS, REVIEW, STARTED, ended_us
from overt.store.ports import Work
from overt.store.records import DeploymentRow, DeploymentState, PaperRow


@dataclass(frozen=True, kw_only=True)
class Written:
    """What somebody wrote. `by`: name of whoever did."""

    text: str
    by: str
    at_us: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """A finding. `due_us`: when its answer is; None: no policy says."""

    id: str
    name: str
    found: Written
    due_us: int | None
    answer: Written | None

    def late(self, now_us: int) -> bool:
        return self.answer is None and self.due_us is not None and now_us > self.due_us


@dataclass(frozen=True, kw_only=True)
class Uncounted:
    """What nobody has counted of a deployment that is over. `leaflets`, `officers`: which of them; one is."""

    due_us: int
    leaflets: bool
    officers: bool

    def late(self, now_us: int) -> bool:
        return now_us > self.due_us


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A deployment that was watched and is over. `due_us`: when its review is; None: its policy was not kept."""

    row: DeploymentRow
    ended_us: int
    due_us: int | None
    review: Written | None
    uncounted: Uncounted | None

    @property
    def done(self) -> bool:
        """Nothing of it is owed."""
        return self.review is not None and self.uncounted is None

    def late(self, now_us: int) -> bool:
        return self.review is None and self.due_us is not None and now_us > self.due_us


def found(installation: Installation, by: Account) -> list[Found]:
    """Every finding, those without an answer first, then the newest first; raises NotAllowed."""
    now_us = installation.clock.now_us()

    def look(work: Work) -> list[Found]:
        require_actor(work, by, Action.FIGURES_SEE)
        answers = {paper.about: paper for paper in work.papers.all(ANSWER)}
        days = min((rules.findings_due_days for rules in rules_in_use(work, now_us)), default=None)
        return [
            Found(
                id=paper.id,
                name=str(paper.content["name"]),
                found=_written(work, paper),
                due_us=None if days is None else paper.at_us + days * DAY_US,
                answer=_written(work, answers[paper.id]) if paper.id in answers else None,
            )
            for paper in work.papers.all(FINDING)
        ]

    every = installation.store.read(look)
    return sorted(every, key=lambda one: (one.answer is not None, -one.found.at_us))


def ended(installation: Installation, by: Account) -> list[Ended]:
    """Every deployment that was watched and is over, those that owe something first; raises NotAllowed."""
    now_us = installation.clock.now_us()

    def look(work: Work) -> list[Ended]:
        require_actor(work, by, Action.FIGURES_SEE)
        started = {paper.deployment for paper in work.papers.all(STARTED)}
        rows = [row for row in work.deployments.all() if row.id in started and _over(row, now_us)]
        return [_ended(work, row) for row in rows]

    every = installation.store.read(look)
    return sorted(every, key=lambda one: (one.done, -one.ended_us))


def _ended(work: Work, row: DeploymentRow) -> Ended:
    rules, filed, over_us = rules_of(work, row), {one.kind: one for one in work.papers.of(row.id)}, ended_us(row)
    review = _written(work, filed[REVIEW]) if REVIEW in filed else None
    if rules is None:
        return Ended(row=row, ended_us=over_us, due_us=None, review=review, uncounted=None)
    due_us = over_us + rules.review_due_days * DAY_US
    uncounted = _uncounted(rules, filed, due_us)
    return Ended(row=row, ended_us=over_us, due_us=due_us, review=review, uncounted=uncounted)


def _uncounted(rules: Rules, filed: Collection[str], due_us: int) -> Uncounted | None:
    leaflets = rules.leaflets_counted and LEAFLETS not in filed
    officers = rules.officers_counted and OFFICERS not in filed
    return Uncounted(due_us=due_us, leaflets=leaflets, officers=officers) if leaflets or officers else None


def _over(row: DeploymentRow, now_us: int) -> bool:
    return row.state in (DeploymentState.CANCELLED, DeploymentState.ENDED) or now_us >= row.closes_us


def _written(work: Work, paper: PaperRow) -> Written:
    row = work.accounts.get(paper.account)
    by = paper.account if row is None else row.name
    return Written(text=str(paper.content["text"]), by=by, at_us=paper.at_us)
