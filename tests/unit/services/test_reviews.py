"""What is written once a deployment is over, and what independent reviewers found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.retention import RetentionRules
from overt.domain.roles import NotAllowed, Role
from overt.services.ending import cancel, end
from overt.services.reviews import (
    BadPaper,
    answer_finding,
    file_finding,
    file_outside_authorisation,
    file_review,
    findings,
)
from overt.services.terms import ANSWER, FINDING, OUTSIDE, REVIEW
from overt.store.records import DeploymentRow, PaperRow
from tests.deployed import REVIEW as WORDS
from tests.deployed import Site
from tests.installations import kinds

RULES = RetentionRules()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def row(site: Site) -> DeploymentRow:
    """Authorised, and watched for a moment."""
    case = site.case()
    row = site.authorised(case)
    site.watched(case, row)
    return row


def reviewed(site: Site, row: DeploymentRow, text: str = WORDS, role: Role = Role.AUTHORISING_OFFICER) -> PaperRow:
    return file_review(site.installation, site.by(role), row, text)


def test_who_authorised_reviews_what_is_over_and_nothing_is_changed_after(site: Site, row: DeploymentRow) -> None:
    with pytest.raises(BadPaper, match="is not over"):
        reviewed(site, row)
    end(site.installation, site.by(Role.OPERATOR), row, RULES)
    with pytest.raises(NotAllowed):
        reviewed(site, row, role=Role.OPERATOR)
    with pytest.raises(BadPaper, match="at least 5 words"):
        reviewed(site, row, "It was all right.")
    paper = reviewed(site, row, f" {WORDS} ")
    assert (paper.kind, paper.deployment, paper.content) == (REVIEW, row.id, {"text": WORDS})
    assert kinds(site.installation)[-1] == "paper.filed"
    with pytest.raises(BadPaper, match="is filed"):
        reviewed(site, row)


@pytest.mark.parametrize("how", ["cancelled", "window over"])
def test_every_end_is_reviewed(site: Site, row: DeploymentRow, how: str) -> None:
    if how == "cancelled":
        cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), row, "no need", RULES)
    else:
        site.clock.set_now(row.closes_us)
    reviewed(site, row)


def test_what_was_never_watched_has_nothing_to_review(site: Site) -> None:
    row = site.authorised(site.case("elsewhere"))
    end(site.installation, site.by(Role.OPERATOR), row, RULES)
    with pytest.raises(BadPaper, match="never watched"):
        reviewed(site, row)


def test_a_deployment_that_there_is_not_has_no_review(site: Site, row: DeploymentRow) -> None:
    with pytest.raises(BadPaper, match="is not over"):
        reviewed(site, replace(row, id=site.installation.new_id()))


def test_an_outside_authorisation_is_filed_by_an_officer(site: Site, row: DeploymentRow) -> None:
    officer = site.by(Role.AUTHORISING_OFFICER)
    with pytest.raises(NotAllowed):
        file_outside_authorisation(site.installation, site.by(Role.OPERATOR), row, "order 17")
    with pytest.raises(BadPaper, match="at least 1 word"):
        file_outside_authorisation(site.installation, officer, row, " ")
    paper = file_outside_authorisation(site.installation, officer, row, "order 17")
    assert (paper.kind, paper.content) == (OUTSIDE, {"text": "order 17"})


def test_a_finding_is_filed_by_who_had_no_part_and_answered_once(site: Site) -> None:
    installation, officer, auditor = site.installation, site.by(Role.AUTHORISING_OFFICER), site.by(Role.AUDITOR)
    assert findings(installation, auditor) == []
    for text, name in (("too few words", "Signs"), ("The signs could not be read.", "")):
        with pytest.raises(BadPaper):
            file_finding(installation, auditor, name, text)
    with pytest.raises(NotAllowed):
        file_finding(installation, officer, "Signs", "The signs could not be read.")
    found = file_finding(installation, auditor, "Signs", "The signs could not be read.")
    site.clock.advance(1)
    other = file_finding(installation, site.by(Role.OVERSIGHT), "Lists", "Of the list none was met.")
    assert (found.kind, found.deployment, found.content["name"]) == (FINDING, None, "Signs")
    with pytest.raises(NotAllowed):
        answer_finding(installation, auditor, found.id, "There are new signs at every corner.")
    with pytest.raises(BadPaper, match="no such finding"):
        answer_finding(installation, officer, "signs", "There are new signs at every corner.")
    with pytest.raises(BadPaper, match="at least 5 words"):
        answer_finding(installation, officer, found.id, "There are new signs.")
    answer = answer_finding(installation, officer, found.id, "There are new signs at every corner.")
    assert (answer.kind, answer.about) == (ANSWER, found.id)
    with pytest.raises(BadPaper, match="is answered"):
        answer_finding(installation, officer, found.id, "There are new signs at every corner.")
    assert findings(installation, site.by(Role.OPERATOR)) == [(found, answer), (other, None)]
