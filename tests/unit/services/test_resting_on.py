"""What a start rests on stands in the ledger's entry of the start."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from overt.domain.retention import RetentionRules
from overt.domain.roles import Role
from overt.ledger.entry import Entry, Fact
from overt.services.authorise import RuleBroken
from overt.services.case import Case
from overt.services.conditions import CONDITIONS_PAPER, answer_conditions
from overt.services.desk import Desk, Keeping
from overt.services.evaluations import evaluations_filed, file_evaluation
from overt.services.resting_on import rests_on, started_on
from overt.store.records import DeploymentRow
from tests.deployed import Site, breaks
from tests.installations import kinds
from tests.preparing import FIVE, TRIAL_SHA256, measured
from tests.unit.services.runs import Person, prepared

NAMED = {"evaluations", "trial_report", "conditions"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, "uk-police")


def desk_of(site: Site, case: Case, row: DeploymentRow) -> Desk:
    keeping = Keeping(
        installation=site.installation,
        deployment=row.id,
        retention=RetentionRules(),
        by=site.by(Role.OPERATOR).id,
        rests_on=partial(started_on, site.installation, case.deployment, site.under(case, row)),
    )
    return Desk(prepared(), keeping=keeping, viewer=Person())


def start(site: Site, case: Case, row: DeploymentRow) -> dict[str, Fact]:
    """It begins; what its entry says."""
    site.begin(case, row)
    desk = desk_of(site, case, row)
    desk.begin()
    entry = Entry.from_bytes(site.installation.store.read(lambda work: [one.entry for one in work.ledger.rows()][-1]))
    desk.finish()
    assert (entry.kind, entry.deployment) == ("watch.started", row.id)
    return dict(entry.facts)


def test_a_start_names_the_newest_that_the_policy_asks_for(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    evaluator = site.by(Role.EVALUATOR)
    other = json.loads(measured("identify", site.clock.now_us()))
    other["provenance"]["digests"]["embedder"] = "0" * 64
    site.clock.advance(1)
    for content in (
        json.dumps(other).encode(),
        measured("envelope", site.clock.now_us()),
        measured("identify", site.clock.now_us(), threshold=0.99),
        measured("identify", site.clock.now_us()),
    ):
        newest = file_evaluation(site.installation, evaluator, content).evaluation.sha256
    answer_conditions(site.installation, site.by(Role.OVERSIGHT), FIVE)
    facts = start(site, case, row)
    filed, answers = site.installation.store.read(
        lambda work: (evaluations_filed(work), work.papers.all(CONDITIONS_PAPER))
    )
    (groups,) = [one.evaluation.sha256 for one in filed if one.evaluation.kind == "groups"]
    assert facts["evaluations"] == (newest, groups)
    assert (facts["trial_report"], facts["conditions"]) == (TRIAL_SHA256, answers[-1].id)
    assert facts["cameras"] == 2


def test_a_trial_names_no_trial_and_what_is_not_asked_for_is_not_named(site: Site, tmp_path: Path) -> None:
    trial = site.case(kind="trial", purpose="trial")
    facts = start(site, trial, site.authorised(trial))
    assert NAMED & set(facts) == {"evaluations", "conditions"}
    (tmp_path / "mild").mkdir()
    mild = Site(tmp_path / "mild")
    case = mild.case()
    assert not NAMED & set(start(mild, case, mild.authorised(case)))


def test_what_is_not_there_any_more_begins_nothing(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    site.begin(case, row)
    desk = desk_of(site, case, row)
    site.clock.advance(1)
    answer_conditions(site.installation, site.by(Role.OVERSIGHT), {**FIVE, "bias": replace(FIVE["bias"], met=False)})
    with breaks("conditions_age_max_days"):
        desk.begin()
    assert "watch.started" not in kinds(site.installation)
    with pytest.raises(RuleBroken):
        desk.begin()


def test_what_is_missing_is_not_named(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police", prepares=False)
    case = site.case()
    row = site.enter(case)
    rules, now_us = case.policy.rules, site.clock.now_us()
    assert site.installation.store.read(lambda work: rests_on(work, case.deployment, row, rules, now_us)) == {}
