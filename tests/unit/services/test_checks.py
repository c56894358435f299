"""What a policy asks of a deployment, rule by rule; and how a deployment stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.roles import NotAllowed, Role
from overt.domain.terms import RULES_OF_TERMS
from overt.services.checks import Check, checks_of, checks_of_draft, how_all_stand, how_it_stands
from overt.services.ending import cancel
from overt.services.terms import REVIEW
from overt.store.ports import Work
from overt.store.records import AccountState
from tests.authority import SECOND, SECOND_KEY
from tests.deployed import Site

SCHOOL = [{"kind": "school", "what": "St Mary's"}]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def unmet(checks: tuple[Check, ...]) -> list[str]:
    return [one.rule for one in checks if one.broken]


def test_every_rule_is_told_with_its_value_and_its_source(site: Site) -> None:
    case = site.case(cameras=3, rules={"max_cameras": 2})
    checks = checks_of_draft(site.installation, case.deployment, case.policy)
    assert [one.rule for one in checks] == list(RULES_OF_TERMS)
    assert unmet(checks) == ["max_cameras"]
    (cameras,) = [one for one in checks if one.broken]
    assert cameras.asks == 2
    assert "3 cameras" in cameras.broken[0].sentence
    assert all(one.cited.source for one in checks)


def test_of_an_entered_one_everything_is_met_before_anybody_signs_and_after(site: Site) -> None:
    case = site.case()
    row = site.enter(case)
    assert unmet(checks_of(site.installation, case.deployment, row, case.policy)) == []
    row = site.sign(case, row)
    assert unmet(checks_of(site.installation, case.deployment, row, case.policy)) == []


def test_a_second_signature_is_awaited_and_not_missed_until_it_is_due(site: Site) -> None:
    places = {"refused_places": ["assembly"], "second_officer_places": ["worship", "clinic", "court", "school"]}
    case = site.case(nearby=SCHOOL, authority={"second_officer": SECOND}, rules=places)
    row = site.enter(case)
    assert unmet(checks_of(site.installation, case.deployment, row, case.policy)) == []
    row = site.sign(case, row)
    assert unmet(checks_of(site.installation, case.deployment, row, case.policy)) == []
    row = site.sign(case, row, by=site.second, key=SECOND_KEY, reasons="It is a small school, and closed.")
    assert unmet(checks_of(site.installation, case.deployment, row, case.policy)) == []
    alone = replace(case.deployment, authority=replace(case.deployment.authority, second_officer=""))
    assert unmet(checks_of(site.installation, alone, row, case.policy)) == []


def test_how_it_stands_says_who_did_what(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    stands = how_it_stands(site.installation, site.by(Role.AUDITOR), row)
    assert stands.made_by == site.by(Role.LIST_MANAGER).name
    assert [(one.name, one.counts) for one in stands.signatures] == [(site.by(Role.AUTHORISING_OFFICER).name, True)]
    assert stands.policy is not None
    assert stands.list_row is not None
    assert (stands.running, stands.started, stands.review, stands.cancelled) == (False, False, None, None)
    assert not stands.over(site.clock.now_us())
    assert stands.over(row.closes_us)


def test_while_it_runs_it_says_so(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    site.begin(case, row)
    with site.standing(case, row):
        assert how_it_stands(site.installation, site.by(Role.AUDITOR), row).running
    assert not how_it_stands(site.installation, site.by(Role.AUDITOR), row).running


def test_what_is_over_says_why_and_what_was_written(site: Site) -> None:
    first, second = site.case("a"), site.case("b", area=((52.0, 0.0), (52.0, 0.0005), (52.0003, 0.0005)))
    over = site.over(first, site.authorised(first))
    row = site.enter(second)
    cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), row, "no ground", second.policy.retention())
    stands = {one.row.id: one for one in how_all_stand(site.installation, site.by(Role.AUDITOR))}
    assert stands[over.id].started
    review = stands[over.id].review
    assert review is not None
    assert review.kind == REVIEW
    cancelled = stands[row.id].cancelled
    assert cancelled is not None
    assert cancelled.content["text"] == "no ground"
    assert all(one.over(site.clock.now_us()) for one in stands.values())


def test_a_policy_that_was_not_kept_and_an_account_that_is_not_known_hide_nothing(site: Site) -> None:
    case = site.case()
    row = replace(site.enter(case), policy_digest="", made_by="somebody")
    stands = how_it_stands(site.installation, site.by(Role.AUDITOR), row)
    assert stands.policy is None
    assert stands.made_by == "somebody"


def test_who_is_not_active_sees_nothing(site: Site) -> None:
    row = site.enter(site.case())
    gone = site.by(Role.AUDITOR)

    def shut(work: Work) -> None:
        known = work.accounts.get(gone.id)
        assert known is not None
        work.accounts.change(replace(known, state=AccountState.CLOSED))

    site.installation.store.write(shut)
    with pytest.raises(NotAllowed):
        how_it_stands(site.installation, gone, row)
    with pytest.raises(NotAllowed):
        how_all_stand(site.installation, gone)
