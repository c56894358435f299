"""What the ledger says of one deployment, from its entries alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.domain.roles import Role
from overt.ledger.entry import Fact
from overt.services.deployment_record import list_record
from overt.services.erase import withdraw_entry
from overt.services.halts import lift_halt, place_halt
from overt.services.story_read import story_of
from overt.store.ports import Work
from tests.recorded import Recorded, noted, recorded
from tests.stores import uuid


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return recorded(tmp_path_factory.mktemp("story"))


def test_uses_have_who_began_and_stopped_them_and_one_without_an_end_says_so(made: Recorded) -> None:
    story = story_of(made.ledger(), made.row.id)
    first, second = story.uses
    operator = made.by(Role.OPERATOR).id
    assert (first["by"], first["stopped_by"], first["alerts"], first["threshold_e4"]) == (operator, operator, 2, 5123)
    assert first["counts"] == {"frames": 100, "faces_detected": 20, "faces_seen": 18, "lost": 1}
    assert first["ended"] > first["began"]
    assert (second["ended"], second["alerts"], second["counts"]) == (None, None, None)
    assert [(one["reason"], one["until"] > one["at"] or one["until"] == one["at"]) for one in story.pauses] == [
        ("open-alerts", True)
    ] * 2


def test_an_alert_has_its_verdicts_in_order_and_what_became_of_it(made: Recorded) -> None:
    story = story_of(made.ledger(), made.row.id)
    right, rejected = story.alerts[made.right], story.alerts[made.rejected]
    roles = [made.by(role).id for role in (Role.OPERATOR, Role.ENGAGEMENT_OFFICER)]
    assert [one["by"] for one in right["verdicts"]] == roles
    assert [one["looked_ms"] for one in right["verdicts"]] == [7000, 7000]
    assert right["outcomes"][0]["result"] == "right"
    assert right["holds"][0]["lifted"]
    assert (right["slips"], right["erased"], len(right["disclosures"])) == (1, None, 1)
    assert "why" not in right["disclosures"][0]
    assert rejected["erased_because"] == "not-the-person"
    assert rejected["residue_cleared"] >= rejected["erased"] >= rejected["erasing"]
    assert story.looks["purpose"] == {"decide": 5}
    assert sum(story.looks["account"].values()) == 5


def test_the_list_its_receipt_and_who_acted_in_what_role(made: Recorded) -> None:
    story = story_of(made.ledger(), made.row.id)
    (watch_list,) = story.lists
    assert (watch_list["entries"], watch_list["reason"], watch_list["withdrawn"]) == (2, "retention", 0)
    assert watch_list["residue_cleared"]
    assert watch_list["sealed"].startswith("sha256:")
    assert {one["role"] for one in story.people} >= {"list-manager", "authorising-officer", "operator"}
    assert [one["how"] for one in story.ended] == ["deployment.ended"]
    assert story.heartbeats[0]["memory_locked"] is True
    assert story.complaints[0]["result"] == "partly-upheld"
    assert story.ranges()[0][0] == min(story.entries)
    assert sum(last - first + 1 for first, last in story.ranges()) == len(story.entries)


def test_entries_of_other_deployments_are_none_of_its_story(made: Recorded) -> None:
    assert not story_of(made.ledger(), uuid(77)).entries


@pytest.fixture
def going(tmp_path: Path) -> Recorded:
    return recorded(tmp_path, over=False)


def test_what_holds_for_all_counts_while_it_lasts(going: Recorded) -> None:
    installation, clock = going.installation, going.site.clock
    oversight = going.by(Role.OVERSIGHT)
    halt = place_halt(installation, oversight, None, "The panel looks at everything.")
    installation.store.write(lambda work: work.record("clock.jumped", facts={"moved_ms": 400_000}))
    story = story_of(going.ledger(), going.row.id)
    assert [(one["all"], one["lifted"]) for one in story.halts][-1] == (True, None)
    assert story.clock[0]["what"] == "clock.jumped"
    before = len(story.entries)
    clock.advance(60)
    lift_halt(installation, oversight, halt.id, "It is done.")
    assert story_of(going.ledger(), going.row.id).halts[-1]["lifted_by"] == oversight.id
    clock.advance(24 * 3600)
    installation.store.write(lambda work: work.record("clock.jumped", facts={"moved_ms": 400_000}))
    place_halt(installation, oversight, None, "After the window.")
    after = story_of(going.ledger(), going.row.id)
    assert len(after.clock) == 1
    assert len(after.halts) == 2
    assert len(after.entries) == before + 1


def test_a_hold_on_all_from_before_counts_where_it_still_stood(tmp_path: Path) -> None:
    from tests.deployed import Site

    site = Site(tmp_path, policy="uk-police")
    oversight = site.by(Role.OVERSIGHT)
    over = place_halt(site.installation, oversight, None, "An earlier one.")
    lift_halt(site.installation, oversight, over.id, "It is over.")
    site.clock.advance(1)
    stands = place_halt(site.installation, oversight, None, "It stands.")
    site.clock.advance(1)
    row = site.authorised(site.case())
    ledger = site.installation.store.read(lambda work: [one.entry for one in work.ledger.rows()])
    assert [one["halt"] for one in story_of(ledger, row.id).halts] == [stands.id]


def test_decoys_are_counted_and_are_no_alerts_and_what_was_dropped_is_counted(going: Recorded) -> None:
    def change(work: Work) -> None:
        facts: dict[str, Fact] = {
            "alert": going.waits,
            "set": uuid(1),
            "pair": 0,
            "nonce": "0",
            "same": False,
            "ended": "taken-back",
        }
        work.record("decoy.told", deployment=going.row.id, facts=facts)
        work.record(
            "alert.erasing", deployment=going.row.id, facts={"alert": going.waits, "erasure": "x", "reason": "y"}
        )
        work.record("alert.dropped", deployment=going.row.id, facts={"camera": 0, "reason": "entry-withdrawn"})
        work.record("alert.undecided", deployment=going.row.id, facts={"alert": going.right})

    going.installation.store.write(change)
    story = story_of(going.ledger(), going.row.id)
    assert going.waits not in story.alerts
    assert (story.decoys, story.dropped) == (1, 1)
    assert story.alerts[going.right]["undecided"]


def test_entries_that_are_withdrawn_and_second_approvals_are_counted(going: Recorded) -> None:
    installation = going.installation
    (watch_list,) = installation.store.read(lambda work: work.lists.all())
    withdraw_entry(installation, watch_list.id, 1, "by-hand")
    story = story_of(going.ledger(), going.row.id)
    assert story.lists[0]["withdrawn"] == 1
    assert story.approved == 0
    facts: dict[str, Fact] = {"list": uuid(8), "entries": 1, "templates": 1, "draft": uuid(5)}

    def change(work: Work) -> None:
        work.record("list.imported", facts={"draft": uuid(5), "entries": 1, "refused": 3})
        for position in (0, 1):
            work.record("entry.approved", facts={"draft": uuid(5), "position": position})
        work.record("list.sealed", deployment=going.row.id, facts=facts)

    installation.store.write(change)
    story = story_of(going.ledger(), going.row.id)
    assert (story.approved, list_record(story)) == (
        2,
        {**story.lists[-1], "refused_at_import": 3, "second_approvals": 2},
    )


def test_ends_of_uses_that_never_began_tell_nothing(going: Recorded) -> None:
    other = uuid(3)
    for kind in ("watch.stopped", "watch.ended", "scanning.resumed"):
        noted(going.installation, other, kind, reason="oversight")
    story = story_of(going.ledger(), other)
    assert story.uses == story.pauses == []
    assert len(story.entries) == 3


def test_a_made_without_its_window_never_closes(going: Recorded) -> None:
    other = uuid(4)
    going.installation.store.write(lambda work: work.record("deployment.made", deployment=other, facts={}))
    going.installation.store.write(lambda work: work.record("clock.confirmed", facts={"moved_ms": 1}))
    story = story_of(going.ledger(), other)
    assert story.made["closes"] is None
    assert [one["what"] for one in story.clock] == ["clock.confirmed"]
