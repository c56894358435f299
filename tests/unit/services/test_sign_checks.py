"""Looks at the signs: who files them, what they say, and what a run makes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.before_start import SIGN_DOWN, SIGNS_NOT_CHECKED, Sign
from overt.domain.roles import NotAllowed, Role, RolesOpposed
from overt.ledger.entry import Entry
from overt.services.ending import end
from overt.services.sign_checks import (
    LONGEST,
    BadSignCheck,
    check_signs,
    lapse_of,
    last_check,
    sign_of,
    signs_now,
    to_check,
)
from overt.store.records import DeploymentRow
from tests.deployed import Site
from tests.installations import kinds
from tests.preparing import SIGNS

HOURLY: dict[str, object] = {"signs_checked_every_min": 60}
MORE = (*SIGNS, Sign(where="at the clock", stands=True, readable=True, before_zone_m=35))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def row(site: Site) -> DeploymentRow:
    return site.authorised(site.case(rules=HOURLY))


def test_what_somebody_found_is_kept_and_counted(site: Site, row: DeploymentRow) -> None:
    by = site.by(Role.ENGAGEMENT_OFFICER)
    signs = (MORE[0], replace(MORE[1], readable=False))
    found = check_signs(site.installation, by, row, signs)
    assert found.signs == signs
    assert site.installation.store.read(lambda work: last_check(work, row.id, site.clock.now_us())) == found
    entry = Entry.from_bytes(site.installation.store.read(lambda work: list(work.ledger.rows()))[-1].entry)
    assert entry.kind == "signs.checked"
    told = {name: entry.facts[name] for name in ("signs", "stand", "readable", "nearest_m")}
    assert told == {"signs": 2, "stand": 2, "readable": 1, "nearest_m": 20}
    assert "station" not in str(entry.facts)


def test_a_look_of_a_clock_that_ran_ahead_hides_none_that_came_later(site: Site, row: DeploymentRow) -> None:
    by, now_us = site.by(Role.ENGAGEMENT_OFFICER), site.clock.now_us()
    site.clock.set_now(now_us + 60 * 1_000_000)
    check_signs(site.installation, by, row, MORE)
    site.clock.set_now(now_us)
    down = (MORE[0], replace(MORE[1], stands=False, readable=False))
    assert site.installation.store.read(lambda work: last_check(work, row.id, now_us)) is None
    check_signs(site.installation, by, row, down)
    found = site.installation.store.read(lambda work: last_check(work, row.id, now_us))
    assert found is not None
    assert found.signs == down


def test_all_as_before_is_enough_once_the_signs_are_known(site: Site, row: DeploymentRow) -> None:
    by = site.by(Role.OPERATOR)
    with pytest.raises(BadSignCheck, match="not known which there are"):
        check_signs(site.installation, by, row)
    check_signs(site.installation, by, row, (MORE[0], replace(MORE[1], stands=False, readable=False)))
    site.clock.advance(1)
    again = check_signs(site.installation, by, row)
    assert again.signs == MORE


def test_only_whoever_is_on_the_street_looks_and_in_one_role(site: Site, row: DeploymentRow) -> None:
    for role in (Role.AUDITOR, Role.OVERSIGHT, Role.AUTHORISING_OFFICER, Role.LIST_MANAGER):
        with pytest.raises(NotAllowed):
            check_signs(site.installation, site.by(role), row, SIGNS)
    assert "signs.checked" not in kinds(site.installation)


def test_an_operator_who_looked_is_the_operator_here(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police")
    row = site.enter(site.case())
    with pytest.raises((NotAllowed, RolesOpposed)):
        check_signs(site.installation, site.by(Role.LIST_MANAGER), row, SIGNS)
    check_signs(site.installation, site.by(Role.OPERATOR), row, SIGNS)


def test_of_what_is_over_no_sign_is_looked_at(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    end(site.installation, site.by(Role.OPERATOR), row, case.policy.retention())
    with pytest.raises(BadSignCheck, match="is over"):
        check_signs(site.installation, site.by(Role.OPERATOR), row, SIGNS)
    with pytest.raises(BadSignCheck, match="is over"):
        check_signs(site.installation, site.by(Role.OPERATOR), replace(row, id=site.installation.new_id()), SIGNS)


def test_of_what_its_window_is_over_for_neither(site: Site, row: DeploymentRow) -> None:
    site.clock.set_now(row.closes_us)
    with pytest.raises(BadSignCheck, match="is over"):
        check_signs(site.installation, site.by(Role.OPERATOR), row, SIGNS)


@pytest.mark.parametrize("signs", [(), (replace(SIGNS[0], where="x" * (LONGEST + 1)),)], ids=["none", "long"])
def test_what_cannot_be_is_refused(site: Site, row: DeploymentRow, signs: tuple[Sign, ...]) -> None:
    with pytest.raises(BadSignCheck):
        check_signs(site.installation, site.by(Role.OPERATOR), row, signs)


def test_how_they_stand_is_told_with_by_when_somebody_looks_again(site: Site, row: DeploymentRow) -> None:
    before = signs_now(site.installation, row.id)
    assert before is not None
    assert (before.check, before.by, before.due_us, before.asked) == (None, "", None, True)
    assert before.lapse is not None
    check = check_signs(site.installation, site.by(Role.OPERATOR), row, SIGNS)
    now = signs_now(site.installation, row.id)
    assert now is not None
    assert (now.check, now.by, now.every_min) == (check, "the operator", 60)
    assert (now.due_us, now.lapse) == (check.at_us + 3_600_000_000, None)
    assert signs_now(site.installation, site.installation.new_id()) is None


def test_a_deployment_of_another_version_tells_nothing(site: Site, row: DeploymentRow) -> None:
    old = replace(row, policy_digest="")
    assert site.installation.store.read(lambda work: lapse_of(work, row, site.case(rules=HOURLY).policy.rules, 0))
    from overt.services.sign_checks import signs_in

    assert site.installation.store.read(lambda work: signs_in(work, old, 0)) is None


def test_who_is_on_the_street_is_told_of_what_runs(site: Site) -> None:
    asked, unasked = site.case(rules=HOURLY), None
    row = site.authorised(asked)
    assert to_check(site.installation) == []
    check_signs(site.installation, site.by(Role.OPERATOR), row, SIGNS)
    site.begin(asked, row)
    with site.standing(asked, row):
        assert [one.id for one, _ in to_check(site.installation)] == [row.id]
    assert to_check(site.installation) == []
    assert unasked is None


def test_a_run_pauses_and_says_why(site: Site) -> None:
    case = site.case(rules=HOURLY)
    row = site.authorised(case)
    check_signs(site.installation, site.by(Role.OPERATOR), row, SIGNS)
    rules = case.policy.rules
    now_us = site.clock.now_us()

    def reason(at_us: int) -> str:
        lapse = site.installation.store.read(lambda work: lapse_of(work, row, rules, at_us))
        return "" if lapse is None else lapse.reason

    assert (reason(now_us), reason(now_us + 3_600_000_001)) == ("", SIGNS_NOT_CHECKED)
    site.clock.advance(1)
    check_signs(site.installation, site.by(Role.OPERATOR), row, [replace(SIGNS[0], stands=False)])
    assert reason(site.clock.now_us()) == SIGN_DOWN


def test_what_was_typed_is_read() -> None:
    assert sign_of(" by the station ", " 20 ") == SIGNS[0]
    assert sign_of("x", "1", stands=False).readable is False
    with pytest.raises(BadSignCheck, match="whole number of metres"):
        sign_of("x", "ten")
    with pytest.raises(BadSignCheck, match="says where it is"):
        sign_of("", "1")
