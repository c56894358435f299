"""How long people worked for a deployment: said by who answers for it, and counted from store and ledger alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.domain.roles import NotAllowed, Role
from overt.services.figures import figures_of
from overt.services.officers import MOST_MINUTES, MOST_OFFICERS, BadOfficerTime, count_officers
from overt.services.recount import check
from overt.store.records import DeploymentRow
from tests.deployed import Site
from tests.installations import kinds


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def row(site: Site) -> DeploymentRow:
    """Watched for a moment."""
    case = site.case()
    row = site.authorised(case)
    site.watched(case, row)
    return row


def says(site: Site, row: DeploymentRow, officers: int, minutes: int, role: Role = Role.AUTHORISING_OFFICER) -> None:
    count_officers(site.installation, site.by(role), row, officers=officers, minutes=minutes)


def test_the_last_word_counts_and_store_and_ledger_agree(site: Site, row: DeploymentRow) -> None:
    (before,) = figures_of(site.installation)
    assert (before.tally.timed, before.record()["officer_hours"]) == (0, None)
    says(site, row, 4, 60)
    site.clock.advance(1)
    says(site, row, 6, 90)
    (found,) = figures_of(site.installation)
    assert (found.tally.timed, found.tally.officer_min, found.tally.timed_right) == (1, 540, 0)
    assert found.record()["officer_hours"] == 9.0
    assert kinds(site.installation)[-2:] == ["officers.counted"] * 2
    assert check(site.installation) == (1, [])


def test_only_who_answers_for_it_says_it(site: Site, row: DeploymentRow) -> None:
    for role in (Role.OPERATOR, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            says(site, row, 4, 60, role)
    assert "officers.counted" not in kinds(site.installation)


@pytest.mark.parametrize(("officers", "minutes"), [(0, 60), (MOST_OFFICERS + 1, 60), (4, 0), (4, MOST_MINUTES + 1)])
def test_numbers_that_cannot_be_are_refused(site: Site, row: DeploymentRow, officers: int, minutes: int) -> None:
    with pytest.raises(BadOfficerTime, match="cannot be"):
        says(site, row, officers, minutes)


def test_nobody_worked_for_what_was_never_watched(site: Site) -> None:
    row = site.authorised(site.case())
    with pytest.raises(BadOfficerTime, match="never watched"):
        says(site, row, 4, 60)
