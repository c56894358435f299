"""Findings and reviews, with their answers and the days by which they are due."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.retention import DAY_US
from overt.domain.roles import NotAllowed, Role
from overt.services.acting import rules_of
from overt.services.kept_rules import rules_in_use
from overt.services.leaflets import count_leaflets
from overt.services.officers import count_officers
from overt.services.owed import Ended, Uncounted, ended, found
from overt.services.people import new_paper
from overt.services.reviews import answer_finding, file_finding, file_review
from overt.services.terms import REVIEW, STARTED
from overt.store.ports import Work
from overt.store.records import DeploymentRow
from tests.deployed import REVIEW as WORDS
from tests.deployed import SQUARE, Site
from tests.stores import deployment

FOUND, ANSWER = "The signs could not be read.", "There are new signs at every corner."
ELSEWHERE = tuple((north, east + 1) for north, east in SQUARE)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_finding_is_due_by_the_strictest_policy_in_use(site: Site) -> None:
    officer, auditor, evaluator = (site.by(r) for r in (Role.AUTHORISING_OFFICER, Role.AUDITOR, Role.EVALUATOR))
    first = file_finding(site.installation, auditor, "Signs", FOUND)
    site.clock.advance(1)
    second = file_finding(site.installation, evaluator, "Lists", "Of the list none was met.")
    one, other = found(site.installation, officer)
    assert (one.id, one.name, one.found.by, one.answer) == (second.id, "Lists", "the evaluator", None)
    assert (other.id, other.found.text) == (first.id, FOUND)
    assert one.due_us == second.at_us + 92 * DAY_US  # of the policy consent, the installation's own
    assert [one.late(at_us) for at_us in (one.due_us, one.due_us + 1)] == [False, True]
    site.enter(site.case(rules={"findings_due_days": 7}))
    one, _ = found(site.installation, officer)
    assert one.due_us == second.at_us + 7 * DAY_US
    site.clock.advance(1)
    answer_finding(site.installation, officer, second.id, ANSWER)
    one, other = found(site.installation, officer)
    assert (one.id, other.id) == (first.id, second.id)
    assert other.answer is not None
    assert (other.answer.text, other.answer.by) == (ANSWER, officer.name)
    assert not other.late(2**60)


def test_without_a_policy_nothing_is_due(tmp_path: Path) -> None:
    site = Site(tmp_path)
    auditor = site.by(Role.AUDITOR)
    papers = site.installation.store.read(lambda work: work.papers.all("installation-policy"))
    site.clock.advance(1)
    own = new_paper(site.installation, "installation-policy", content={**papers[0].content, "policy": "own"})
    site.installation.store.write(lambda work: work.papers.add(own))
    file_finding(site.installation, auditor, "Signs", FOUND)
    (one,) = found(site.installation, auditor)
    assert one.due_us is None
    assert not one.late(2**60)


def watched_and_over(site: Site, name: str, **options: object) -> DeploymentRow:
    case = site.case(name, **options)  # type: ignore[arg-type]
    return site.over(case, site.authorised(case), reviewed=False)


def test_a_review_is_due_by_the_policy_of_its_deployment(site: Site) -> None:
    assert ended(site.installation, site.by(Role.OPERATOR)) == []
    row = watched_and_over(site, "High Street")
    (one,) = ended(site.installation, site.by(Role.OPERATOR))
    assert (one.row, one.ended_us, one.review) == (row, row.ended_us, None)
    assert one.due_us == one.ended_us + 31 * DAY_US
    assert [one.late(at_us) for at_us in (one.due_us, one.due_us + 1)] == [False, True]
    file_review(site.installation, site.by(Role.AUTHORISING_OFFICER), row, WORDS)
    case = site.case("Market", area=ELSEWHERE)
    later = site.authorised(case)
    site.watched(case, later)
    assert [one.row.id for one in ended(site.installation, site.by(Role.OPERATOR))] == [row.id]
    site.clock.set_now(later.closes_us)
    one, other = ended(site.installation, site.by(Role.OPERATOR))
    assert (one.row.id, one.ended_us) == (later.id, later.closes_us)
    assert other.review is not None
    assert other.review.text == WORDS
    assert not other.late(2**60)


def test_counts_that_the_policy_asks_for_are_due_when_the_review_is(site: Site) -> None:
    officer = site.by(Role.AUTHORISING_OFFICER)
    asked: dict[str, object] = {"rules": {"leaflets_counted": True, "officers_counted": True, "review_due_days": 7}}
    row = watched_and_over(site, "High Street", **asked)

    def owed() -> Ended:
        (one,) = ended(site.installation, officer)
        return one

    first = owed()
    assert first.uncounted == Uncounted(due_us=first.ended_us + 7 * DAY_US, leaflets=True, officers=True)
    assert [first.uncounted.late(at_us) for at_us in (first.uncounted.due_us, first.uncounted.due_us + 1)] == [0, 1]
    file_review(site.installation, officer, row, WORDS)
    assert (owed().review is not None, owed().done) == (True, False)
    count_leaflets(site.installation, officer, row, 0)
    assert owed().uncounted == replace(first.uncounted, leaflets=False)
    count_officers(site.installation, officer, row, officers=3, minutes=60)
    assert (owed().uncounted, owed().done) == (None, True)


def test_what_still_owes_its_counts_stands_before_what_owes_nothing(site: Site) -> None:
    officer = site.by(Role.AUTHORISING_OFFICER)
    one = watched_and_over(site, "High Street", rules={"officers_counted": True})
    file_review(site.installation, officer, one, WORDS)
    site.clock.advance(1)
    other = watched_and_over(site, "Market", area=ELSEWHERE)
    file_review(site.installation, officer, other, WORDS)
    assert [each.row.id for each in ended(site.installation, officer)] == [one.id, other.id]
    count_officers(site.installation, officer, one, officers=3, minutes=60)
    assert [each.row.id for each in ended(site.installation, officer)] == [other.id, one.id]


def test_a_deployment_of_an_earlier_version_has_no_day(site: Site) -> None:
    row = deployment(1, closes_us=site.clock.now_us())
    paper = new_paper(site.installation, STARTED, deployment=row.id)

    def change(work: Work) -> None:
        work.deployments.add(row)
        work.papers.add(paper)

    site.installation.store.write(change)
    (one,) = ended(site.installation, site.by(Role.OPERATOR))
    assert (one.due_us, one.uncounted) == (None, None)
    assert not one.late(2**60)


def test_who_is_not_known_by_name_is_told_by_id(site: Site) -> None:
    row = watched_and_over(site, "High Street")
    somebody = site.installation.new_id()
    paper = new_paper(site.installation, REVIEW, deployment=row.id, content={"text": WORDS}, by=somebody)
    site.installation.store.write(lambda work: work.papers.add(paper))
    (one,) = ended(site.installation, site.by(Role.OPERATOR))
    assert one.review is not None
    assert one.review.by == somebody


def test_nobody_without_an_account_reads_them(site: Site) -> None:
    gone = replace(site.by(Role.AUDITOR), id=site.installation.new_id())
    for read in (found, ended):
        with pytest.raises(NotAllowed):
            read(site.installation, gone)


def test_rules_are_those_that_were_entered_and_none_where_they_cannot_be_read(site: Site) -> None:
    row = site.enter(site.case())
    assert site.installation.store.read(lambda work: rules_of(work, row)) is not None
    assert site.installation.store.read(lambda work: rules_of(work, replace(row, policy_digest=""))) is None
    unread = new_paper(site.installation, "policy", about="ab" * 32, content={"name": "old", "toml": "[policy]"})
    site.installation.store.write(lambda work: work.papers.add(unread))
    assert site.installation.store.read(lambda work: rules_of(work, replace(row, policy_digest="ab" * 32))) is None
    now_us = site.clock.now_us()
    assert len(site.installation.store.read(lambda work: rules_in_use(work, now_us))) == 2
    empty = Site(site.folder / "other").installation
    assert empty.store.read(lambda work: rules_in_use(work, now_us)) == []
