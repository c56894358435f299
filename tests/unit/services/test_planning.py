"""What an officer is told before signing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from overt.bootstrap import calibration
from overt.domain.calibration import ImpostorCurve
from overt.domain.retention import DAY_US
from overt.domain.roles import NotAllowed, Role
from overt.ledger.entry import Entry
from overt.services.case import Case
from overt.services.people import Account
from overt.services.planning import NoPlan, Planned, plan_at, plan_deployment, plans_at, scope_of
from overt.services.reviews import file_review
from overt.settings import load_settings
from overt.store.records import DeploymentRow
from tests.deployed import REVIEW, Site, breaks

CURVE: ImpostorCurve = calibration(load_settings())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def planned(site: Site, case: Case, row: DeploymentRow, by: Account | None = None) -> Planned:
    return plan_deployment(site.installation, by or site.by(Role.AUTHORISING_OFFICER), case, row, CURVE)


def test_the_plan_says_what_to_expect_and_that_it_was_looked_at_is_recorded(site: Site) -> None:
    case = site.case(expected_passages=20_000, cameras=2)
    row = site.enter(case)
    found = planned(site, case, row)
    assert (found.plan.rows, found.plan.passages, found.plan.hours) == (2, 20_000, 7.5)
    assert found.plan.far.value <= 0.0005
    assert found.plan.expected.value == pytest.approx(20_000 * found.plan.far.value)
    assert 0 < found.plan.chance.value <= 1
    assert found.coverage == pytest.approx(2 * 7.5 * 0.1852, rel=0.01)
    assert (found.list_reused, found.text_reused, found.broken) == (0.0, 0.0, ())
    last = site.installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    entry = Entry.from_bytes(last.entry)
    assert (entry.kind, entry.deployment) == ("deployment.planned", row.id)
    assert entry.actor == site.by(Role.AUTHORISING_OFFICER).id
    assert dict(entry.facts) == {
        "threshold_e4": round(found.plan.threshold * 10_000),
        "passages": 20_000,
        "false_alerts_low": found.plan.band[0],
        "false_alerts_high": found.plan.band[1],
        "extrapolated": found.plan.extrapolated,
        "expected_e4": tuple(round(each * 10_000) for each in found.plan.expected.record().values()),
        "chance_e4": tuple(round(each * 10_000) for each in found.plan.chance.record().values()),
    }


def test_it_says_so_in_words_and_in_numbers(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    site.over(case, row, reviewed=False)
    site.clock.advance(DAY_US / 1_000_000)
    other = site.case("Market", people=("ann", "eve"), authority={"necessity": case.deployment.authority.necessity})
    with breaks("review_due_days"):
        site.enter(other)
    file_review(site.installation, site.by(Role.AUTHORISING_OFFICER), row, REVIEW)
    found = planned(site, other, site.enter(other))
    assert (found.list_reused, found.text_reused) == (0.5, 1.0)
    assert found.coverage == pytest.approx(2 * 7.5 * 0.1852, rel=0.01)
    said = "\n".join(found.sentences())
    assert "Of the list 50% and of the reasons 100% stood in the last deployments too." in said
    assert "the policy's budget is 100000" in said
    assert "Not yet so" not in said
    record = json.loads(json.dumps(found.record()))
    assert record["coverage_max"] == 100_000
    assert record["plan"] == json.loads(json.dumps(found.plan.record()))


def test_what_the_policy_asks_and_is_not_yet_so_is_told(site: Site) -> None:
    case = site.case("Market", rules={"min_gap_h": 8.0})
    row = site.enter(case)
    site.authorised(site.case())
    found = planned(site, case, row)
    assert [one.rule for one in found.broken] == ["min_gap_h"]
    assert "Not yet so: Another deployment in the same place" in found.sentences()[-1]
    assert found.record()["broken"] == [
        {"rule": "min_gap_h", "sentence": found.broken[0].sentence, "todo": found.broken[0].todo}
    ]


def test_who_may_not_see_it_does_not(site: Site) -> None:
    case = site.case()
    row = site.enter(case)
    with pytest.raises(NotAllowed):
        planned(site, case, row, site.by(Role.ADMINISTRATOR))
    assert "deployment.planned" not in str(site.installation.store.read(lambda work: list(work.ledger.rows())))


def test_without_an_expected_number_there_is_no_plan(site: Site) -> None:
    case = site.case(expected_passages=None)
    row = site.enter(case)
    with pytest.raises(NoPlan, match="how many people"):
        planned(site, case, row)


def test_a_deployment_of_an_earlier_version_has_no_plan(site: Site) -> None:
    case = site.case()
    with pytest.raises(NoPlan):
        planned(site, case, replace(site.enter(case), terms={}))


def test_other_thresholds_can_be_looked_at_and_none_that_cannot_be_kept(site: Site) -> None:
    row = site.enter(site.case(expected_passages=20_000))
    scope = scope_of(row)
    plans = plans_at(CURVE, scope, (0.001, 0.0001, 1e-300))
    assert [share for share, _ in plans] == [0.001, 0.0001]
    assert plans[0][1].expected.value > plans[1][1].expected.value
    assert plans[0][1].threshold < plans[1][1].threshold
    unmeasured = replace(CURVE, worst_group=None)
    assert plan_at(unmeasured, scope, 0.001).groups == ()


@pytest.mark.parametrize("terms", [{}, {"rows": 2}, {"rows": 0, "expected_passages": 3}, {"rows": "2"}])
def test_what_is_not_known_is_not_planned(site: Site, terms: dict[str, object]) -> None:
    row = replace(site.enter(site.case()), terms=terms)
    with pytest.raises(NoPlan):
        scope_of(row)
