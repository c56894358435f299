"""A deployment ends before its window does: cancelled, ended, or ended by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.retention import RetentionRules
from overt.domain.roles import NotAllowed, Role
from overt.services.authorise import NotAuthorised
from overt.services.case import Case
from overt.services.ending import CANCELLED, cancel, end, end_by_itself, note_stop
from overt.services.retain import retain
from overt.store.records import AlertRow, DeploymentRow, DeploymentState, ListRow, State
from tests.deployed import HOUR_US, Site
from tests.installations import kinds
from tests.stores import alert

RULES = RetentionRules()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def case(site: Site) -> Case:
    return site.case()


@pytest.fixture
def row(site: Site, case: Case) -> DeploymentRow:
    return site.authorised(case)


def lists(site: Site, row: DeploymentRow) -> list[ListRow]:
    return [one for one in site.installation.store.read(lambda work: work.lists.all()) if one.deployment == row.id]


def cancelled(site: Site, row: DeploymentRow, *, erase: bool = False, reason: str = "no ground is left") -> None:
    cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), row, reason, RULES, erase=erase)


def raised(site: Site, row: DeploymentRow) -> AlertRow:
    made = replace(alert(), deployment=row.id, erase_after_us=site.clock.now_us() + 24 * HOUR_US)
    site.installation.store.write(lambda work: work.alerts.add(made))
    return made


def test_a_cancellation_takes_the_authority_back_and_says_why(site: Site, row: DeploymentRow) -> None:
    cancelled(site, row)
    now = site.row(row)
    assert (now.state, now.ended_us) == (DeploymentState.CANCELLED, site.clock.now_us())
    (authority,) = site.installation.store.read(lambda work: work.authorities.of(row.id))
    assert authority.cancelled_us == site.clock.now_us()
    (paper,) = [one for one in site.installation.store.read(lambda w: w.papers.of(row.id)) if one.kind == CANCELLED]
    assert paper.content == {"text": "no ground is left"}
    assert kinds(site.installation)[-1] == "authority.cancelled"
    last = site.installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    assert b"ground" not in last.entry


def test_before_anybody_has_signed_it_can_be_cancelled_too(site: Site, case: Case) -> None:
    row = site.enter(case)
    cancelled(site, row)
    assert site.row(row).state is DeploymentState.CANCELLED


@pytest.mark.parametrize("how", ["cancel", "end", "by itself"])
def test_the_list_dies_as_long_after_that_end_as_the_policy_says(site: Site, row: DeploymentRow, how: str) -> None:
    (kept,) = lists(site, row)
    assert kept.erase_after_us == row.closes_us + 24 * HOUR_US
    site.clock.advance(3600)
    if how == "cancel":
        cancelled(site, row)
    elif how == "end":
        end(site.installation, site.by(Role.OPERATOR), row, RULES)
    else:
        end_by_itself(site.installation, row, RULES, {"false": 8, "passages": 100})
    (kept,) = lists(site, row)
    assert kept.erase_after_us == site.clock.now_us() + 24 * HOUR_US
    site.clock.advance(24 * 3600)
    retain(site.installation)
    assert [one.state for one in lists(site, row)] == [State.ERASED]


def test_a_list_never_lives_longer_for_an_end(site: Site, row: DeploymentRow) -> None:
    site.clock.set_now(row.closes_us + HOUR_US)
    cancelled(site, row)
    (kept,) = lists(site, row)
    assert kept.erase_after_us == row.closes_us + 24 * HOUR_US


def test_an_end_after_the_list_is_gone_ends_no_less(site: Site, row: DeploymentRow) -> None:
    (kept,) = lists(site, row)
    site.installation.store.write(lambda work: work.lists.begin_erasing(kept.id))
    end(site.installation, site.by(Role.AUTHORISING_OFFICER), row, RULES)
    assert site.row(row).state is DeploymentState.ENDED


def test_without_a_reason_nothing_is_cancelled(site: Site, row: DeploymentRow) -> None:
    with pytest.raises(NotAuthorised, match="says why"):
        cancelled(site, row, reason=" ")
    assert site.row(row).state is DeploymentState.AUTHORISED


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.LIST_MANAGER, Role.ADMINISTRATOR])
def test_only_an_officer_cancels(site: Site, row: DeploymentRow, role: Role) -> None:
    with pytest.raises(NotAllowed):
        cancel(site.installation, site.by(role), row, "I say so", RULES, erase=True)
    assert site.row(row).state is DeploymentState.AUTHORISED


def test_any_officer_cancels_not_only_the_one_who_signed(site: Site, row: DeploymentRow) -> None:
    cancel(site.installation, site.second, row, "I was asked to", RULES)
    assert site.row(row).state is DeploymentState.CANCELLED


@pytest.mark.parametrize("role", [Role.LIST_MANAGER, Role.ENGAGEMENT_OFFICER])
def test_only_an_officer_or_an_operator_ends(site: Site, row: DeploymentRow, role: Role) -> None:
    with pytest.raises(NotAllowed):
        end(site.installation, site.by(role), row, RULES)


def test_what_is_over_is_neither_cancelled_nor_ended_again(site: Site, case: Case, row: DeploymentRow) -> None:
    end(site.installation, site.by(Role.OPERATOR), row, RULES)
    with pytest.raises(NotAuthorised, match="over already"):
        cancelled(site, row)
    with pytest.raises(NotAuthorised, match="over already"):
        end(site.installation, site.by(Role.OPERATOR), row, RULES)
    end_by_itself(site.installation, row, RULES, {"false": 8, "passages": 100})
    assert kinds(site.installation).count("deployment.ended") == 1
    assert "stop-rule.crossed" not in kinds(site.installation)


def test_what_was_not_authorised_cannot_be_ended(site: Site, case: Case) -> None:
    row = site.enter(case)
    with pytest.raises(NotAuthorised, match="nothing to end"):
        end(site.installation, site.by(Role.OPERATOR), row, RULES)


@pytest.mark.parametrize("before", ["running", "ended", "cancelled", "cancelled and erased"])
def test_what_never_was_lawful_is_erased_at_once_whenever_that_comes_out(
    site: Site, row: DeploymentRow, before: str
) -> None:
    made = raised(site, row)
    if before == "ended":
        end(site.installation, site.by(Role.OPERATOR), row, RULES)
    elif before != "running":
        cancelled(site, row, erase="erased" in before)
    state = DeploymentState.ENDED if before == "ended" else DeploymentState.CANCELLED
    cancelled(site, row, erase=True, reason="the court refused it")
    assert [one.state for one in lists(site, row)] == [State.ERASED]
    kept = site.installation.store.read(lambda work: work.alerts.get(made.id))
    assert kept is not None
    assert (kept.state, kept.sealed) == (State.ERASED, None)
    assert site.row(row).state is state
    assert kinds(site.installation).count("list.erased") == 1


def test_two_lists_that_an_earlier_version_kept_both_die(site: Site, row: DeploymentRow) -> None:
    (first,) = lists(site, row)
    other = replace(first, id=site.installation.new_id())
    site.installation.store.write(lambda work: work.lists.add(other, []))
    cancelled(site, row, erase=True)
    assert [one.state for one in lists(site, row)] == [State.ERASED] * 2


def test_who_stops_what_runs_stands_in_the_ledger_and_the_authority_stays(site: Site, row: DeploymentRow) -> None:
    before = len(kinds(site.installation))
    note_stop(site.installation, site.by(Role.OPERATOR), row)
    assert kinds(site.installation)[before:][-1] == "watch.stopped"
    assert site.row(row).state is DeploymentState.AUTHORISED
    with pytest.raises(NotAllowed):
        note_stop(site.installation, site.by(Role.AUDITOR), row)
