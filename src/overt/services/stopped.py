"""Deployments that ended by the stop rule: who has to know of it, and for how long.

Rules:
  - what the rule went by is kept with the deployment, so that whoever opens the console is told, whether or not they
    watched it;
  - its officer is told until the review is filed, whoever watches and decides for a day.
"""

from __future__ import annotations

from dataclasses import dataclass

from overt.domain.retention import DAY_US
from overt.services.installation import Installation
from overt.services.terms import REVIEW, STOPPED
from overt.store.ports import Work
from overt.store.records import DeploymentRow, PaperRow


@dataclass(frozen=True, kw_only=True)
class StoppedByRule:
    """A deployment that the stop rule ended, at `at_us`: so many false alerts in so many passages contradict it."""

    row: DeploymentRow
    at_us: int
    false: int
    passages: int


def stopped_by_rule(installation: Installation) -> list[StoppedByRule]:
    """Those whose review is not filed, newest first."""
    return installation.store.read(_unreviewed)


def stopped_lately(installation: Installation) -> list[StoppedByRule]:
    """Of these, those of the last day."""
    since_us = installation.clock.now_us() - DAY_US
    return [one for one in stopped_by_rule(installation) if one.at_us > since_us]


def stop_of(installation: Installation, row: DeploymentRow) -> StoppedByRule | None:
    """How the stop rule ended this deployment, reviewed or not; None: it did not."""
    papers = installation.store.read(lambda work: work.papers.of(row.id))
    return next((_read(row, paper) for paper in papers if paper.kind == STOPPED), None)


def _unreviewed(work: Work) -> list[StoppedByRule]:
    reviewed = {paper.deployment for paper in work.papers.all(REVIEW)}
    papers = [paper for paper in work.papers.all(STOPPED) if paper.deployment not in reviewed]
    rows = [None if paper.deployment is None else work.deployments.get(paper.deployment) for paper in papers]
    found = [_read(row, paper) for row, paper in zip(rows, papers, strict=True) if row is not None]
    return found[::-1]


def _read(row: DeploymentRow, paper: PaperRow) -> StoppedByRule:
    false, passages = (int(str(paper.content[name])) for name in ("false", "passages"))
    return StoppedByRule(row=row, at_us=paper.at_us, false=false, passages=passages)
