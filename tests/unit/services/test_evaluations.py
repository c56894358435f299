"""Measurements and reports of trials: what is taken, and what it says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overt.domain.roles import NotAllowed, Role
from overt.ledger.entry import Entry
from overt.services.evaluations import (
    MOST_BYTES,
    TRIAL_REPORT,
    BadEvaluation,
    evaluations_filed,
    file_evaluation,
    file_trial_report,
    trial_reports,
)
from overt.services.people import new_paper
from overt.store.ports import Work
from overt.store.records import DeploymentRow
from tests.deployed import Site
from tests.installations import kinds
from tests.preparing import TRR, measured


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def content(site: Site, kind: str = "identify", **changes: Any) -> bytes:
    read = json.loads(measured(kind, site.clock.now_us()))
    return json.dumps({**read, **changes}).encode()


@pytest.mark.parametrize("kind", ["identify", "groups", "envelope"])
def test_what_overt_evaluate_wrote_is_filed(site: Site, kind: str) -> None:
    case, written = site.case(), content(site, kind)
    filed = file_evaluation(site.installation, site.by(Role.EVALUATOR), written)
    assert (filed.evaluation.kind, filed.evaluation.pack) == (kind, case.pack.made_by)
    assert (filed.evaluation.threshold, filed.evaluation.at_us) == (0.1, site.clock.now_us())
    assert (filed.evaluation.sha256, filed.by) == (hashlib.sha256(written).hexdigest(), "the evaluator")
    assert site.installation.store.read(evaluations_filed) == [filed]
    assert kinds(site.installation)[-1] == "evaluation.filed"
    with pytest.raises(BadEvaluation, match="filed already"):
        file_evaluation(site.installation, site.by(Role.EVALUATOR), written)


def test_only_an_evaluator_files(site: Site) -> None:
    for role in (Role.OPERATOR, Role.AUTHORISING_OFFICER, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            file_evaluation(site.installation, site.by(role), content(site))


@pytest.mark.parametrize(
    "wrong",
    [b"", b"[1]", b"{}", b'{"rank1": {}, "at": [], "provenance": {}}', b" " * (MOST_BYTES + 1), b"[" * 100_000],
    ids=["nothing", "a list", "of no kind", "of no pack", "too large", "too deep"],
)
def test_what_is_no_measurement_is_refused(site: Site, wrong: bytes) -> None:
    with pytest.raises(BadEvaluation):
        file_evaluation(site.installation, site.by(Role.EVALUATOR), wrong)


def test_one_of_the_future_is_refused(site: Site) -> None:
    written = content(site)
    site.clock.set_now(site.clock.now_us() - 1_000_000)
    with pytest.raises(BadEvaluation, match="of the future"):
        file_evaluation(site.installation, site.by(Role.EVALUATOR), written)


@pytest.fixture
def trial(site: Site) -> DeploymentRow:
    case = site.case(kind="trial")
    return site.over(case, site.authorised(case), reviewed=False)


def report(row: DeploymentRow, **changes: Any) -> bytes:
    read = {"deployment": row.id, "rehearsal": False, "simulated": False, "walks": {"listed": 9}, "trr": TRR}
    return json.dumps({**read, **changes}).encode()


def test_the_report_of_a_trial_that_is_over_is_filed(site: Site, trial: DeploymentRow) -> None:
    written, pack = report(trial), site.case("Other", kind="trial").pack
    filed = file_trial_report(site.installation, site.by(Role.EVALUATOR), trial, written)
    assert (filed.deployment, filed.name, filed.walks) == (trial.id, trial.name, 9)
    assert (filed.trial.pack, filed.trial.pack_name) == (pack.made_by, pack.name)
    assert filed.trial.sha256 == hashlib.sha256(written).hexdigest()
    assert site.installation.store.read(trial_reports) == [filed]
    assert kinds(site.installation)[-1] == "trial.reported"
    newest = site.installation.store.read(lambda work: [row.entry for row in work.ledger.rows()][-1])
    facts = Entry.from_bytes(newest).facts
    assert facts["pack"] == pack.made_by
    assert (facts["found"], facts["of"], facts["limits_e4"]) == (7, 9, (3999, 9719)), "limits are never narrower"


def test_a_report_that_an_earlier_version_filed_is_of_the_pack_that_its_trial_was_entered_with(
    site: Site, trial: DeploymentRow
) -> None:
    content: dict[str, object] = {"sha256": "0" * 64, "walks": 9}
    papers = [
        new_paper(site.installation, TRIAL_REPORT, about=about, content=content) for about in (trial.id, "a lost one")
    ]

    def change(work: Work) -> None:
        for paper in papers:
            work.papers.add(paper)

    site.installation.store.write(change)
    found = site.installation.store.read(trial_reports)
    assert {one.name: one.trial.pack for one in found} == {trial.name: trial.terms["pack"], "a lost one": ""}
    assert trial.terms["pack"]


def test_a_trial_of_which_no_pack_is_kept_is_reported_without_one(site: Site, trial: DeploymentRow) -> None:
    old = replace(trial, terms={})
    assert file_trial_report(site.installation, site.by(Role.EVALUATOR), old, report(trial)).trial.pack == ""


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"deployment": "another"}, "another run"),
        ({"rehearsal": True}, "another run"),
        ({"simulated": True}, "another run"),
        ({"walks": {"listed": 0}}, "No volunteer"),
        ({"walks": 3}, "no report"),
        ({"walks": {}}, "no report"),
        ({"trr": {}}, "does not say how many"),
        ({"trr": {**TRR, "num": 10}}, "does not say how many"),
        ({"trr": 0.8}, "does not say how many"),
    ],
)
def test_what_is_no_report_of_it_is_refused(
    site: Site, trial: DeploymentRow, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(BadEvaluation, match=says):
        file_trial_report(site.installation, site.by(Role.EVALUATOR), trial, report(trial, **changes))


def test_an_operation_has_no_such_report_and_neither_has_what_is_not_over(site: Site) -> None:
    by = site.by(Role.EVALUATOR)
    operation = site.authorised(site.case())
    with pytest.raises(BadEvaluation, match="is an operation"):
        file_trial_report(site.installation, by, operation, report(operation))
    case = site.case("Market", kind="trial", area=((51.6, 0.0), (51.6, 0.0006), (51.6004, 0.0006)))
    running = site.authorised(case)
    with pytest.raises(BadEvaluation, match="not over"):
        file_trial_report(site.installation, by, running, report(running))
    site.clock.set_now(running.closes_us)
    with pytest.raises(BadEvaluation, match="never watched"):
        file_trial_report(site.installation, by, running, report(running))
