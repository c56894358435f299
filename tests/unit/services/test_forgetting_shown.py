"""What came of a forget-me test is in the ledger, whatever it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.domain.forgetting import Examined, Stage
from overt.domain.roles import NotAllowed, Role
from overt.ledger.entry import Entry
from overt.services.forgetting import Forgetting, NotNow
from overt.store.errors import StoreUnavailable
from overt.store.records import DeploymentRow
from tests.deployed import Site
from tests.installations import kinds


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def row(site: Site) -> DeploymentRow:
    return site.authorised(site.case())


@pytest.fixture
def forgetting(site: Site, row: DeploymentRow) -> Forgetting:
    return Forgetting(site.installation, row.id, 2)


def found(taken: int = 0, *, camera: int = 1, left: int = 0, unseen_s: float = 0.0) -> Examined:
    return Examined(camera=camera, slots=24, taken=taken, left=left, unseen_s=unseen_s)


def last(site: Site) -> Entry:
    row = site.installation.store.read(lambda work: work.ledger.last())
    assert row is not None
    return Entry.from_bytes(row.entry)


@pytest.mark.parametrize("role", [Role.OVERSIGHT, Role.AUDITOR])
def test_it_is_recorded_with_its_counts_and_times(
    site: Site, row: DeploymentRow, forgetting: Forgetting, role: Role
) -> None:
    assert forgetting.wanted() is None
    forgetting.begin(site.by(role), 1)
    assert forgetting.wanted() == 1
    forgetting.examined(found())
    forgetting.examined(found(3, camera=0, left=2))  # another camera, asked before
    forgetting.examined(found(1, unseen_s=0.125))
    with pytest.raises(NotNow, match="goes on"):
        forgetting.begin(site.by(role), 0)
    site.clock.advance(0.3)
    forgetting.examined(found())
    assert forgetting.wanted() is None
    entry = last(site)
    assert (entry.kind, entry.actor, entry.deployment) == ("forgetting.shown", site.by(role).id, row.id)
    assert entry.facts == {
        "camera": 1,
        "came": "forgotten",
        "slots": 24,
        "left": 0,
        "most": 1,
        "before_ms": 125,
        "after_ms": 425,
    }
    forgetting.begin(site.by(role), 0)
    assert forgetting.wanted() == 0


def test_one_that_was_broken_off_or_never_answered_is_recorded_once(site: Site, forgetting: Forgetting) -> None:
    forgetting.close()
    assert "forgetting.shown" not in kinds(site.installation)
    forgetting.begin(site.by(Role.OVERSIGHT), 0)
    forgetting.break_off(site.by(Role.AUDITOR))
    forgetting.close()
    assert kinds(site.installation).count("forgetting.shown") == 1
    assert last(site).facts["came"] == "unshown"
    assert last(site).facts["slots"] is None


def test_a_full_disk_keeps_no_camera_waiting_and_loses_no_result(
    site: Site, forgetting: Forgetting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailable("The store cannot be written to.", "Make room.")

    by = site.by(Role.OVERSIGHT)
    forgetting.begin(by, 1)
    with monkeypatch.context() as patch:
        patch.setattr(type(site.installation.store), "write", full)
        forgetting.examined(found(left=1))
        assert forgetting.test is not None
        assert forgetting.test.stage is Stage.KEPT
        with pytest.raises(NotNow):
            forgetting.begin(by, 1)
        assert forgetting.wanted() is None
    assert forgetting.wanted() is None
    assert "forgetting.shown" not in kinds(site.installation)
    site.clock.advance(10)
    assert forgetting.wanted() is None
    assert last(site).facts["came"] == "kept"


def test_a_camera_that_tells_nothing_any_more_ends_it_in_time(site: Site, forgetting: Forgetting) -> None:
    forgetting.begin(site.by(Role.OVERSIGHT), 1)
    site.clock.advance(120)
    assert forgetting.wanted() == 1
    site.clock.advance(1)
    assert forgetting.wanted() is None
    assert last(site).facts["came"] == "unshown"


def test_only_those_who_check_begin_and_end_it_and_only_before_a_camera(site: Site, forgetting: Forgetting) -> None:
    with pytest.raises(NotAllowed):
        forgetting.begin(site.by(Role.OPERATOR), 0)
    with pytest.raises(NotAllowed):
        forgetting.break_off(site.by(Role.OPERATOR))
    for camera in (-1, 2):
        with pytest.raises(NotNow, match="no such camera"):
            forgetting.begin(site.by(Role.OVERSIGHT), camera)
