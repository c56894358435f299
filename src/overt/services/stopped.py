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
from overt.store.records import DeploymentRow


@dataclass(frozen=True, kw_only=True)
class StoppedByRule:
    """A deployment that the stop rule ended, at `at_us`: so many false alerts in so many passages contradict it."""

    row: DeploymentRow
    at_us: int
    false: int
    passages: int


def stopped_by_rule(installation: Installation) -> list[StoppedByRule]:
    """Those whose review is not filed, newest first."""
    return installation.store.read(stopped_in)


def stopped_lately(installation: Installation) -> list[StoppedByRule]:
    """Of these, those of the last day."""
    since_us = installation.clock.now_us() - DAY_US
    return [one for one in stopped_by_rule(installation) if one.at_us > since_us]


def stopped_in(work: Work) -> list[StoppedByRule]:
    """As `stopped_by_rule`, within a look."""
    found = []
    for paper in reversed(work.papers.all(STOPPED)):
        row = None if paper.deployment is None else work.deployments.get(paper.deployment)
        if row is not None and not any(one.kind == REVIEW for one in work.papers.of(row.id)):
            false, passages = (int(str(paper.content[name])) for name in ("false", "passages"))
            found.append(StoppedByRule(row=row, at_us=paper.at_us, false=false, passages=passages))
    return found
