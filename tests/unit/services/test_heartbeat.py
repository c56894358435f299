"""Before each start the promises are looked at, all of them, and one that is broken refuses it by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.engine.limits import swap_is_on
from overt.ledger.entry import Entry
from overt.services.checks import how_it_stands
from overt.services.heartbeat import HEARTBEAT, Heartbeat, PromiseBroken, beat, heartbeat_of
from overt.services.self_checks import CHECKS, Check, Scene
from tests.deployed import Site
from tests.stores import alert
from tests.unit.services.test_self_checks import scene_of


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def scene(site: Site) -> Scene:
    return scene_of(site)


def last(site: Site) -> Entry:
    row = site.installation.store.read(lambda work: work.ledger.last())
    assert row is not None
    return Entry.from_bytes(row.entry)


def test_all_are_kept_and_the_record_says_so(site: Site, scene: Scene) -> None:
    found = beat(scene)
    count = len(CHECKS)
    assert found == Heartbeat(at_us=site.clock.now_us(), looked_at=count, broken=())
    assert found.says() == f"{count} of {count} promises kept"
    entry = last(site)
    assert (entry.kind, entry.actor, entry.deployment) == ("promises.checked", scene.by.id, scene.row.id)
    limits = {"memory_locked": scene.memory_locked, "swap": swap_is_on()}
    assert entry.facts == {"kept": count, "looked_at": count, "broken": (), **limits}
    assert how_it_stands(site.installation, scene.by, scene.row).heartbeat == found


def test_a_broken_one_refuses_the_start_by_name_and_the_others_are_looked_at(site: Site, scene: Scene) -> None:
    broken = Check(name="no-file", promise="", look=lambda _: "A camera process could write files here.")
    checks = [broken if check.name == "no-file" else check for check in CHECKS]
    with pytest.raises(PromiseBroken, match=r"could write files here\. \(no-file\)") as caught:
        beat(scene, checks)
    assert f"only {len(CHECKS) - 1} of {len(CHECKS)} promises kept" in caught.value.sentence
    facts = last(site).facts
    assert (facts["kept"], facts["looked_at"], facts["broken"]) == (len(CHECKS) - 1, len(CHECKS), ("no-file",))
    (paper,) = [
        one for one in site.installation.store.read(lambda w: w.papers.of(scene.row.id)) if one.kind == HEARTBEAT
    ]
    kept = heartbeat_of(paper)
    assert kept.broken == (("no-file", "A camera process could write files here."),)
    assert kept.kept == len(CHECKS) - 1


def test_what_is_due_is_erased_before_it_is_looked_at(site: Site, scene: Scene) -> None:
    due = alert(1, deployment=scene.row.id, erase_after_us=site.clock.now_us())
    site.installation.store.write(lambda work: work.alerts.add(due))
    site.installation.keyring.put(f"alert-{due.id}", bytes(32))
    assert beat(replace(scene)).broken == ()
