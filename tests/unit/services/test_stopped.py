"""Who is told that the stop rule ended a deployment, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.domain.retention import RetentionRules
from overt.domain.roles import Role
from overt.services.ending import end, end_by_itself
from overt.services.reviews import file_review
from overt.services.stopped import stop_of, stopped_by_rule, stopped_lately
from overt.store.records import DeploymentRow
from tests.deployed import REVIEW, Site

DAY_S = 24 * 3600


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def watched(site: Site, name: str) -> DeploymentRow:
    case = site.case(name)
    row = site.authorised(case)
    site.watched(case, row)
    return row


def stopped(site: Site, name: str) -> DeploymentRow:
    """It was watched, and the rule ended it."""
    row = watched(site, name)
    end_by_itself(site.installation, row, RetentionRules(), {"false": 8, "passages": 100})
    return site.row(row)


def test_it_is_told_until_its_review_is_filed(site: Site) -> None:
    assert stopped_by_rule(site.installation) == []
    row = stopped(site, "High Street")
    (one,) = stopped_by_rule(site.installation)
    assert (one.row, one.at_us, one.false, one.passages) == (row, row.ended_us, 8, 100)
    assert stopped_lately(site.installation) == [one]
    site.clock.advance(DAY_S)
    assert stopped_lately(site.installation) == []
    assert stopped_by_rule(site.installation) == [one] == [stop_of(site.installation, row)]
    file_review(site.installation, site.by(Role.AUTHORISING_OFFICER), row, REVIEW)
    assert stopped_by_rule(site.installation) == []
    assert stop_of(site.installation, row) == one


def test_what_ended_otherwise_is_not_told(site: Site) -> None:
    row = watched(site, "High Street")
    end(site.installation, site.by(Role.OPERATOR), row, RetentionRules())
    assert stop_of(site.installation, row) is None
    end_by_itself(site.installation, row, RetentionRules(), {"false": 8, "passages": 100})  # it is over
    assert stopped_by_rule(site.installation) == []
