"""What has to be shown before anybody is looked for: measurements, a trial, the five conditions (P26, P36)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.errors import BadDeployment
from overt.domain.retention import DAY_US
from overt.domain.roles import NotAllowed, Role
from overt.services.authorise import RuleBroken
from overt.services.conditions import CONDITIONS_PAPER, answer_conditions
from overt.services.deployments import file_digest
from overt.services.evaluations import file_evaluation, file_trial_report
from tests.authority import case_in
from tests.deployed import Site, breaks
from tests.preparing import FIVE, TRR, measured, trial_reported

ELSEWHERE = ((51.6, 0.0), (51.6, 0.0006), (51.6004, 0.0006), (51.6004, 0.0))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Under the police policy; nothing is filed by itself."""
    return Site(tmp_path, "uk-police", prepares=False)


def test_p36_nothing_is_signed_before_the_oversight_has_said_that_the_five_conditions_are_met(site: Site) -> None:
    case = site.case()
    row = site.enter(case)
    site.ready_to_sign(case)
    for role in (Role.AUTHORISING_OFFICER, Role.OPERATOR, Role.ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            answer_conditions(site.installation, site.by(role), FIVE)
    site.clock.advance(1)
    oversight = site.by(Role.OVERSIGHT)
    answer_conditions(site.installation, oversight, {**FIVE, "benefit": replace(FIVE["benefit"], met=False)})
    with breaks("conditions_age_max_days"):
        site.sign(case, row)
    site.clock.advance(1)
    answer_conditions(site.installation, oversight, FIVE)
    row = site.sign(case, row)
    papers = site.installation.store.read(lambda work: work.papers.all(CONDITIONS_PAPER))
    assert len(papers) == 3, "nothing that was answered is changed"


def test_p36_answers_that_are_too_old_start_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path)
    answer_conditions(site.installation, site.by(Role.OVERSIGHT), FIVE)
    site.clock.advance(31 * DAY_US / 1_000_000)
    case = site.case(rules={"conditions_age_max_days": 30})
    row = site.enter(case)
    with breaks("conditions_age_max_days"):
        site.sign(case, row)
    answer_conditions(site.installation, site.by(Role.OVERSIGHT), FIVE)
    site.sign(case, row)


def test_p26_another_pack_or_a_higher_threshold_was_not_measured(site: Site) -> None:
    case = site.case()
    row = site.enter(case)
    evaluator = site.by(Role.EVALUATOR)
    other = json.loads(measured("groups", site.clock.now_us()))
    other["provenance"]["digests"]["embedder"] = "0" * 64
    for content in (
        json.dumps(other).encode(),
        measured("groups", site.clock.now_us(), threshold=0.99),
        measured("identify", site.clock.now_us()),
    ):
        file_evaluation(site.installation, evaluator, content)
    answer_conditions(site.installation, site.by(Role.OVERSIGHT), FIVE)
    with breaks("evaluations", "trial_before_operation"):
        site.sign(case, row)
    site.ready_to_sign(case)


def test_the_first_operation_needs_the_report_of_a_trial_and_a_trial_needs_none(site: Site) -> None:
    evaluator = site.by(Role.EVALUATOR)
    trial = site.case("Trial", kind="trial", purpose="trial", area=ELSEWHERE)
    operation = site.case(people=("cara", "dan"))
    for kind in ("identify", "groups"):
        file_evaluation(site.installation, evaluator, measured(kind, site.clock.now_us()))
    answer_conditions(site.installation, site.by(Role.OVERSIGHT), FIVE)
    entered = site.enter(operation)
    with breaks("trial_before_operation"):
        site.sign(operation, entered)
    row = site.sign(trial, site.enter(trial))
    site.ready_to_start(row)
    row = site.over(trial, row)
    report = {"deployment": row.id, "rehearsal": False, "simulated": False, "walks": {"listed": 9}, "trr": TRR}
    file_trial_report(site.installation, evaluator, row, json.dumps(report).encode())
    site.sign(operation, entered)


def test_a_trial_of_another_model_pack_is_none_and_the_refusal_names_both(site: Site) -> None:
    case = site.case()
    row = site.enter(case)
    trial_reported(site.installation, "b" * 64)
    for kind in ("identify", "groups"):
        file_evaluation(site.installation, site.by(Role.EVALUATOR), measured(kind, site.clock.now_us()))
    answer_conditions(site.installation, site.by(Role.OVERSIGHT), FIVE)
    with pytest.raises(RuleBroken) as refused:
        site.sign(case, row)
    said = str(refused.value)
    assert "(trial_before_operation)" in said
    assert f"a trial with the model pack {'b' * 12}, and" in said
    assert f"runs with the model pack {case.pack.name} ({case.pack.made_by[:12]});" in said
    site.clock.advance(1)
    trial_reported(site.installation, case.pack.made_by)
    site.sign(case, row)


def test_a_document_that_was_changed_since_is_refused_by_its_name(site: Site) -> None:
    paper = site.folder / "dpia.pdf"
    paper.write_bytes(b"as it was signed off")
    path = site.case().path
    text = path.read_text("utf-8").replace(
        f'sha256 = "{"0" * 64}"', f'sha256 = "{file_digest(paper)}"\nfile = "dpia.pdf"', 1
    )
    path.write_text(text, "utf-8")
    assert case_in(path).deployment.documents[0].sha256 == file_digest(paper)
    paper.write_bytes(b"as somebody would rather have it")
    with pytest.raises(BadDeployment, match=r'"dpia" sha256 is not that of dpia\.pdf: the document was changed since'):
        case_in(path)
