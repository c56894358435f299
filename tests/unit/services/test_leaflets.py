"""Leaflets that were given out: said by who answers for it, and counted from store and ledger alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.domain.roles import NotAllowed, Role
from overt.services.figures import figures_of
from overt.services.leaflets import MOST, BadLeaflets, count_leaflets
from overt.services.recount import check
from overt.store.records import DeploymentRow
from tests.deployed import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def row(site: Site) -> DeploymentRow:
    case = site.case()
    row = site.authorised(case)
    site.watched(case, row)
    return row


def test_the_last_word_counts_and_store_and_ledger_agree(site: Site, row: DeploymentRow) -> None:
    by = site.by(Role.AUTHORISING_OFFICER)
    (before,) = figures_of(site.installation)
    assert (before.tally.leafleted, before.record()["leaflets"]) == (0, None)
    count_leaflets(site.installation, by, row, 400)
    site.clock.advance(1)
    count_leaflets(site.installation, by, row, 0)
    (found,) = figures_of(site.installation)
    assert (found.tally.leafleted, found.tally.leaflets, found.record()["leaflets"]) == (1, 0, 0)
    assert check(site.installation) == (1, [])


def test_only_who_answers_for_it_says_it_and_only_what_can_be(site: Site, row: DeploymentRow) -> None:
    with pytest.raises(NotAllowed):
        count_leaflets(site.installation, site.by(Role.OPERATOR), row, 4)
    for number in (-1, MOST + 1):
        with pytest.raises(BadLeaflets, match="cannot be"):
            count_leaflets(site.installation, site.by(Role.AUTHORISING_OFFICER), row, number)


def test_for_what_was_never_watched_none_was_given_out(site: Site) -> None:
    row = site.authorised(site.case())
    with pytest.raises(BadLeaflets, match="never watched"):
        count_leaflets(site.installation, site.by(Role.AUTHORISING_OFFICER), row, 4)
