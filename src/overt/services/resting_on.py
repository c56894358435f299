"""What a start rests on: which measurements, which trial's report, which answer to the five conditions.

Rules:
  - named is what the policy asks for, as it is filed: the newest measurement of each kind and the newest report of a
    trial, both of this very model pack, and the newest answer of the oversight; a trial rests on no other trial;
  - they stand in the entry that says that the run begins, under what their own entries are known by: measurements and
    reports by the SHA-256 of their files, an answer by its paper;
  - the authority is looked at once more in that transaction, so that what is asked for and missing begins nothing.
"""

from __future__ import annotations

from overt.domain.authority import Deployment
from overt.domain.before_start import Stage
from overt.domain.policy import Rules
from overt.ledger.entry import Fact
from overt.services.authorise import require_authority
from overt.services.before_start import before_of
from overt.services.conditions import conditions_met
from overt.services.installation import Installation
from overt.services.standing import Under
from overt.store.ports import Work
from overt.store.records import DeploymentRow


def started_on(installation: Installation, deployment: Deployment, under: Under, work: Work) -> dict[str, Fact]:
    """What a run that begins now rests on, as facts.

    Raises:
        NotAuthorised, OutsideAuthority, PolicyNotInForce, RuleBroken: it may not begin (any more).
    """
    now_us = installation.clock.now_us()
    require_authority(installation, work, deployment, under.row, under.policy, now_us)
    return rests_on(work, deployment, under.row, under.policy.rules, now_us)


def rests_on(work: Work, deployment: Deployment, row: DeploymentRow, rules: Rules, now_us: int) -> dict[str, Fact]:
    """The same, whether it may begin or not: what is not there is not named."""
    before = before_of(work, deployment, row, Stage.STARTING, now_us)
    measured = [one for kind in rules.evaluations if (one := before.newest(kind)) is not None]
    trial = before.reported() if rules.trial_before_operation and not before.trial else None
    met = conditions_met(work, now_us) if rules.conditions_age_max_days else None
    facts: dict[str, Fact] = {}
    if measured:
        facts["evaluations"] = tuple(one.sha256 for one in measured)
    if trial is not None:
        facts["trial_report"] = trial.sha256
    if met is not None:
        facts["conditions"] = met.id
    return facts
