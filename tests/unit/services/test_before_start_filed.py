"""The public notice, and what is gathered before the start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.before_start import Before, Stage, Trial
from overt.domain.roles import NotAllowed, Role
from overt.services.before_start import BadNotice, before_of, due_of, file_notice, notice_of
from overt.services.ending import end
from overt.store.records import DeploymentRow
from tests.deployed import Site
from tests.preparing import SIGNS, TRIAL_SHA256

WHERE = "on the town's site"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def row(site: Site) -> DeploymentRow:
    return site.authorised(site.case(rules={"notice_published_h": 24}))


def test_the_newest_word_on_the_notice_counts(site: Site, row: DeploymentRow) -> None:
    by, now_us = site.by(Role.AUTHORISING_OFFICER), site.clock.now_us()
    assert (due_of(site.installation, row).notice, due_of(site.installation, row).notice_h) == (None, 24)
    file_notice(site.installation, by, row, f" {WHERE} ", now_us - 5)
    site.clock.advance(1)
    newest = file_notice(site.installation, site.by(Role.OPERATOR), row, "on the board", now_us - 3)
    assert (newest.where, newest.at_us, newest.said_us) == ("on the board", now_us - 3, site.clock.now_us())
    assert site.installation.store.read(lambda work: notice_of(work, row.id)) == newest
    assert due_of(site.installation, row).notice == newest
    assert due_of(site.installation, replace(row, policy_digest="")).notice_h == 0


@pytest.mark.parametrize(("where", "later_us"), [("", 0), ("x" * 501, 0), (WHERE, 1)], ids=["nowhere", "long", "later"])
def test_what_cannot_be_is_refused(site: Site, row: DeploymentRow, where: str, later_us: int) -> None:
    with pytest.raises(BadNotice):
        file_notice(site.installation, site.by(Role.AUTHORISING_OFFICER), row, where, site.clock.now_us() + later_us)


def test_of_what_is_over_nothing_is_published(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    with pytest.raises(NotAllowed):
        file_notice(site.installation, site.by(Role.AUDITOR), row, WHERE, 0)
    end(site.installation, site.by(Role.OPERATOR), row, case.policy.retention())
    with pytest.raises(BadNotice, match="is over"):
        file_notice(site.installation, site.by(Role.OPERATOR), row, WHERE, 0)


def test_everything_that_was_filed_is_gathered(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police")
    case = site.case()
    row = site.enter(case)

    def gathered(row: DeploymentRow) -> Before:
        return site.installation.store.read(
            lambda work: before_of(work, case.deployment, row, Stage.STARTING, site.clock.now_us())
        )

    nothing = gathered(replace(row, terms={}))
    assert nothing == replace(nothing, notice_us=None, signs=None, pack=None, threshold=None, evaluations=(), trials=())
    site.ready_to_sign(case)
    site.ready_to_start(row)
    found = site.installation.store.read(
        lambda work: before_of(work, case.deployment, row, Stage.STARTING, site.clock.now_us())
    )
    assert found.signs is not None
    assert (found.signs.signs, found.pack, found.pack_name) == (SIGNS, case.pack.made_by, case.pack.name)
    assert found.trials == (Trial(pack=case.pack.made_by, pack_name="", sha256=TRIAL_SHA256),)
    assert {len(one.sha256) for one in found.evaluations} == {64}
    assert {one.kind for one in found.evaluations} == {"identify", "groups"}
    assert found.threshold is not None
    assert 0 < found.threshold < 1
    assert found.conditions_us == site.clock.now_us()
