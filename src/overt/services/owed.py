"""What is owed to those who check: findings that wait for their answer and deployments that wait for their review, each
with the day by which it is due.

Rules:
  - a finding is due by the strictest policy in use, a review by the policy that its deployment was entered under;
  - what was filed is shown with its answer for good, late or not.
"""

from __future__ import annotations

from dataclasses import dataclass

from overt.domain.retention import DAY_US
from overt.domain.roles import Action
from overt.services.acting import rules_of
from overt.services.installation import Installation
from overt.services.kept_rules import rules_in_use
from overt.services.people import Account, require_actor
from overt.services.terms import ANSWER, FINDING, REVIEW, STARTED
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
class Ended:
    """A deployment that was watched and is over. `due_us`: when its review is; None: its policy was not kept."""

    row: DeploymentRow
    ended_us: int
    due_us: int | None
    review: Written | None

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
    """Every deployment that was watched and is over, those without a review first; raises NotAllowed."""
    now_us = installation.clock.now_us()

    def look(work: Work) -> list[Ended]:
        require_actor(work, by, Action.FIGURES_SEE)
        started = {paper.deployment for paper in work.papers.all(STARTED)}
        reviews = {paper.deployment: paper for paper in work.papers.all(REVIEW)}
        rows = [row for row in work.deployments.all() if row.id in started and _over(row, now_us)]
        return [_ended(work, row, reviews.get(row.id)) for row in rows]

    every = installation.store.read(look)
    return sorted(every, key=lambda one: (one.review is not None, -one.ended_us))


def _ended(work: Work, row: DeploymentRow, review: PaperRow | None) -> Ended:
    rules = rules_of(work, row)
    ended_us = row.closes_us if row.ended_us is None else min(row.ended_us, row.closes_us)
    return Ended(
        row=row,
        ended_us=ended_us,
        due_us=None if rules is None else ended_us + rules.review_due_days * DAY_US,
        review=None if review is None else _written(work, review),
    )


def _over(row: DeploymentRow, now_us: int) -> bool:
    return row.state in (DeploymentState.CANCELLED, DeploymentState.ENDED) or now_us >= row.closes_us


def _written(work: Work, paper: PaperRow) -> Written:
    row = work.accounts.get(paper.account)
    by = paper.account if row is None else row.name
    return Written(text=str(paper.content["text"]), by=by, at_us=paper.at_us)
