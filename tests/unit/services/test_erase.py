"""Erasing: the key first, whoever dies on the way, however many do it at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from overt.domain.errors import Stopped
from overt.domain.retention import DAY_US
from overt.ledger.entry import MOST_VALUES, Entry
from overt.services import erase
from overt.services.adjudicate import evidence, hold
from overt.services.erase import (
    KEY_MISSING,
    clear_residue,
    erase_alert,
    erase_draft,
    erase_list,
    finish_begun,
    finish_erasures,
    withdraw_entry,
)
from overt.services.installation import Installation
from overt.store.errors import StoreUnavailable
from overt.store.ports import Store, Work
from overt.store.records import ErasureRow, State, Subject
from overt.vault.errors import KeyringUnavailable
from overt.vault.keyring import Keyring
from tests.installations import kinds
from tests.stores import decision, erasure, uuid
from tests.unit.services import runs
from tests.unit.services.keeping import (
    ANN,
    BEN,
    Kept,
    drafted,
    enrolled,
    portraits,
    raised,
    sealed,
    state_of_alert,
    state_of_draft,
    state_of_list,
)
from tests.unit.services.verdicts import ONE

T = TypeVar("T")


class Killed(Exception):
    """The process ends here."""


class DyingStore:
    """A store whose process dies before, or just after, one of its changes."""

    def __init__(self, store: Store, *, at: int, after: bool = False) -> None:
        self._store, self._left, self._after = store, at, after

    def write(self, change: Callable[[Work], T]) -> T:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Killed
        result = self._store.write(change)
        if self._left == 0:
            raise Killed
        return result

    def read(self, look: Callable[[Work], T]) -> T:
        return self._store.read(look)

    def clear_residue(self) -> bool:
        return False

    def close(self) -> None:
        self._store.close()


class StuckKeyring:
    """A keyring that cannot destroy for a while."""

    def __init__(self, keyring: Keyring, tries: int) -> None:
        self._keyring, self._tries = keyring, tries

    def __getattr__(self, name: str) -> object:
        return getattr(self._keyring, name)

    def destroy(self, name: str) -> bool:
        if self._tries:
            self._tries -= 1
            raise KeyringUnavailable("The keyring folder cannot be used now: Read-only file system.")
        return self._keyring.destroy(name)


@pytest.fixture
def list_id(installation: Installation, tmp_path: Path) -> str:
    return sealed(installation, enrolled(portraits(tmp_path / "people", "ann", "bob", "cat"))).row.id


def receipts(installation: Installation) -> list[ErasureRow]:
    return installation.store.read(lambda work: work.erasures.all())


def facts(installation: Installation, kind: str) -> list[dict[str, object]]:
    rows = installation.store.read(lambda work: list(work.ledger.rows()))
    entries = [Entry.from_bytes(row.entry) for row in rows]
    return [dict(entry.facts) for entry in entries if entry.kind == kind]


def test_an_alert_is_erased_key_first_and_its_numbers_stay(installation: Installation) -> None:
    alert = raised(installation)
    assert erase_alert(installation, alert, "by-hand")
    row = installation.store.read(lambda work: work.alerts.get(alert))
    assert row is not None
    assert (row.state, row.sealed, row.score, row.passage) == (State.ERASED, None, 0.7, 1)
    assert installation.keyring.names() == frozenset()
    (receipt,) = receipts(installation)
    assert (receipt.subject, receipt.subject_id, receipt.reason) == (Subject.ALERT, alert, "by-hand")
    assert receipt.key_destroyed_us is not None
    assert receipt.residue_cleared_us is None
    assert kinds(installation)[-2:] == ["alert.erasing", "alert.erased"]
    assert facts(installation, "alert.erased") == [{"erasure": receipt.id, "alert": alert, "reason": "by-hand"}]


def test_a_list_is_erased_with_its_entries_and_its_salt(installation: Installation, list_id: str) -> None:
    assert erase_list(installation, list_id, "by-hand")
    row = installation.store.read(lambda work: work.lists.get(list_id))
    assert row is not None
    assert (row.state, row.salt) == (State.ERASED, b"")
    assert installation.store.read(lambda work: work.lists.entries(list_id)) == []
    assert installation.keyring.names() == frozenset()


def test_a_draft_is_erased_key_first_with_its_entries_and_its_salt(installation: Installation) -> None:
    draft, other = drafted(installation), drafted(installation)
    assert erase_draft(installation, draft, "by-hand")
    row = installation.store.read(lambda work: work.drafts.get(draft))
    assert row is not None
    assert (row.state, row.salt, row.entries) == (State.ERASED, b"", 1)
    assert installation.store.read(lambda work: work.drafts.entries(draft)) == []
    assert installation.keyring.names() == {f"draft-{other}"}
    (receipt,) = receipts(installation)
    assert (receipt.subject, receipt.subject_id, receipt.reason) == (Subject.DRAFT, draft, "by-hand")
    assert kinds(installation) == ["draft.erasing", "draft.erased"]
    assert facts(installation, "draft.erased") == [{"erasure": receipt.id, "draft": draft, "reason": "by-hand"}]
    assert not erase_draft(installation, draft, "by-hand")
    assert not erase_draft(installation, uuid(0x99), "by-hand")
    assert state_of_draft(installation, other) is State.KEPT


def test_the_words_of_decisions_are_erased_with_their_alert(installation: Installation) -> None:
    alert = raised(installation)
    row = decision(alert=alert, words=b"sealed")
    installation.store.write(lambda work: work.alerts.decide(row))
    erase_alert(installation, alert, "by-hand")
    assert installation.store.read(lambda work: work.alerts.decisions(alert)) == [replace(row, words=None)]


def test_what_is_erased_or_unknown_is_not_erased_again(installation: Installation, list_id: str) -> None:
    alert = raised(installation)
    assert erase_alert(installation, alert, "by-hand")
    assert erase_list(installation, list_id, "by-hand")
    before = kinds(installation)
    assert not erase_alert(installation, alert, "by-hand")
    assert not erase_list(installation, list_id, "by-hand")
    assert not erase_alert(installation, uuid(0x99), "by-hand")
    assert not erase_alert(installation, uuid(0x99), "retention", due_us=0)
    assert not erase_list(installation, uuid(0x99), "by-hand")
    assert kinds(installation) == before


def test_a_hold_placed_after_an_alert_was_found_to_be_due_saves_it(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    kept.clock.advance(25 * 3600)
    now_us = kept.clock.now_us()
    hold(installation, alert, case="CR/1", until_us=now_us + DAY_US, placed_by=ANN, seconded_by=BEN, rules=ONE)
    assert not erase_alert(installation, alert, "retention", due_us=now_us)
    assert state_of_alert(installation, alert) == State.KEPT
    assert erase_alert(installation, alert, "retention", due_us=now_us + DAY_US)


def test_a_life_that_was_lengthened_meanwhile_is_not_cut(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    now_us = kept.clock.now_us()
    installation.store.write(lambda work: work.alerts.keep_until(alert, now_us + 1))
    assert not erase_alert(installation, alert, "retention", due_us=now_us)
    assert erase_alert(installation, alert, "retention", due_us=now_us + 1)


@pytest.mark.parametrize(
    ("at", "after", "state"),
    [(1, False, State.KEPT), (1, True, State.ERASING), (2, False, State.ERASING), (2, True, State.ERASED)],
)
def test_whoever_dies_on_the_way_is_made_up_for(
    installation: Installation, list_id: str, at: int, after: bool, state: State
) -> None:
    alert, draft = raised(installation), drafted(installation)
    for one, erasing in ((alert, erase_alert), (list_id, erase_list), (draft, erase_draft)):
        dying = replace(installation, store=DyingStore(installation.store, at=at, after=after))
        with pytest.raises(Killed):
            erasing(dying, one, "by-hand")
    assert state_of_alert(installation, alert) == state_of_list(installation, list_id) == state
    assert state_of_draft(installation, draft) == state
    finish_begun(installation)
    expected = State.KEPT if state is State.KEPT else State.ERASED
    assert state_of_alert(installation, alert) == state_of_list(installation, list_id) == expected
    assert state_of_draft(installation, draft) == expected
    done = 0 if state is State.KEPT else 3
    assert len(installation.keyring.names()) == 3 - done
    assert sum(row.key_destroyed_us is not None for row in receipts(installation)) == done
    before = kinds(installation)
    finish_begun(installation)
    assert kinds(installation) == before


def test_a_key_that_cannot_be_destroyed_now_is_never_said_to_be(installation: Installation) -> None:
    alert = raised(installation)
    stuck = replace(installation, keyring=StuckKeyring(installation.keyring, 2))  # type: ignore[arg-type]
    with pytest.raises(KeyringUnavailable):
        erase_alert(stuck, alert, "by-hand")
    with pytest.raises(KeyringUnavailable):
        finish_erasures(stuck)
    assert state_of_alert(installation, alert) == State.ERASING
    assert receipts(installation)[0].key_destroyed_us is None
    assert "alert.erased" not in kinds(installation)
    assert finish_erasures(stuck) == 1
    assert state_of_alert(installation, alert) == State.ERASED
    assert finish_erasures(stuck) == 0


def test_a_key_whose_row_never_came_to_be_is_destroyed(installation: Installation) -> None:
    alert = raised(installation)
    for name in (f"alert-{uuid(0x91)}", f"list-{uuid(0x92)}", f"draft-{uuid(0x93)}", "ledger", "digests"):
        installation.keyring.put(name, bytes(32))
    finish_begun(installation)
    assert installation.keyring.names() == {f"alert-{alert}", "ledger", "digests"}


def test_the_key_of_something_erased_that_came_back_is_destroyed(installation: Installation) -> None:
    alert = raised(installation)
    erase_alert(installation, alert, "by-hand")
    installation.keyring.put(f"alert-{alert}", bytes(32))
    finish_begun(installation)
    assert installation.keyring.names() == frozenset()


def test_a_row_whose_key_is_gone_is_erased_and_the_others_stay(installation: Installation, list_id: str) -> None:
    gone, other = raised(installation), raised(installation, 2)
    lost, kept = drafted(installation), drafted(installation)
    installation.keyring.destroy(f"alert-{gone}")
    installation.keyring.destroy(f"draft-{lost}")
    finish_begun(installation)
    assert state_of_alert(installation, gone) == State.ERASED
    assert state_of_alert(installation, other) == State.KEPT
    assert state_of_list(installation, list_id) == State.KEPT
    assert (state_of_draft(installation, lost), state_of_draft(installation, kept)) == (State.ERASED, State.KEPT)
    assert {(row.subject_id, row.reason) for row in receipts(installation)} == {
        (gone, KEY_MISSING),
        (lost, KEY_MISSING),
    }


def test_a_keyring_that_is_not_there_is_no_proof_that_keys_are_gone(installation: Installation) -> None:
    alert = raised(installation)

    class Away(StuckKeyring):
        def names(self) -> frozenset[str]:
            raise KeyringUnavailable("The keyring folder cannot be used now: No such file or directory.")

    with pytest.raises(KeyringUnavailable):
        finish_begun(replace(installation, keyring=Away(installation.keyring, 0)))  # type: ignore[arg-type]
    assert state_of_alert(installation, alert) == State.KEPT
    assert receipts(installation) == []


def test_whoever_sweeps_waits_for_a_creation_that_is_under_way(installation: Installation) -> None:
    """Else the key of an alert would be destroyed between its being put and its row's being committed."""
    first = raised(installation)
    put, go_on = threading.Event(), threading.Event()
    made: list[str] = []
    creating = threading.Thread(target=lambda: made.append(_created_slowly(installation, put, go_on)))
    finishing = threading.Thread(target=finish_begun, args=(installation,))
    creating.start()
    assert put.wait(10)
    finishing.start()
    finishing.join(0.2)
    assert finishing.is_alive()
    go_on.set()
    creating.join(10)
    finishing.join(10)
    for alert in (first, *made):
        assert state_of_alert(installation, alert) == State.KEPT
        assert f"alert-{alert}" in installation.keyring.names()


def test_an_alert_whose_key_was_swept_away_between_two_tries_gets_it_again(installation: Installation) -> None:
    """It is put before the row is written, and whoever starts while the alert waits finds a key without a row."""
    dying = DyingStore(installation.store, at=2)  # the first write enters the deployment
    desk = runs.kept(replace(installation, store=dying), runs.prepared(), runs.Person())
    desk.raise_alert(runs.MATCH)
    with pytest.raises(Killed):
        desk.deliver()
    assert len(installation.keyring.names()) == 1
    finish_begun(installation)
    assert installation.keyring.names() == frozenset()
    assert desk.deliver()
    finish_begun(installation)
    (alert,) = installation.store.read(lambda work: work.alerts.states())
    assert state_of_alert(installation, alert) == State.KEPT
    assert evidence(installation, alert).reference == "bob"


def test_a_match_with_an_entry_withdrawn_meanwhile_reaches_nobody(installation: Installation, tmp_path: Path) -> None:
    """The cameras go on searching for it until the run ends."""
    person, run = runs.Person(), runs.prepared()
    opened = sealed(installation, enrolled(portraits(tmp_path / "people", "ann", "bob")))
    desk = runs.kept(installation, run, person, opened)
    withdraw_entry(installation, opened.row.id, 1, "by-hand")
    desk.raise_alert(runs.MATCH)
    desk.raise_alert(replace(runs.MATCH, entry=0))
    assert desk.deliver()
    assert [alert.entry for alert in person.taken] == ["ann"]
    assert desk.alerts == 1
    assert len(installation.store.read(lambda work: work.alerts.states())) == 1
    assert facts(installation, "alert.dropped") == [{"camera": 1, "reason": "entry-withdrawn"}]
    assert len(installation.keyring.names()) == 2


def test_a_match_with_a_list_erased_meanwhile_reaches_nobody_and_stops_the_run(
    installation: Installation, tmp_path: Path
) -> None:
    person = runs.Person()
    opened = sealed(installation, enrolled(portraits(tmp_path / "people", "ann", "bob")))
    desk = runs.kept(installation, runs.prepared(), person, opened)
    erase_list(installation, opened.row.id, "by-hand")
    desk.raise_alert(runs.MATCH)
    desk.deliver()
    with pytest.raises(Stopped, match="was erased while it ran"):
        desk.settle()
    assert person.taken == []
    assert installation.store.read(lambda work: work.alerts.states()) == {}
    assert installation.keyring.names() == frozenset()


def _created_slowly(installation: Installation, put: threading.Event, go_on: threading.Event) -> str:
    with installation.keyring.creating():
        alert = installation.new_id()
        installation.keyring.put(f"alert-{alert}", bytes(32))
        put.set()
        assert go_on.wait(10)
        template = installation.store.read(lambda work: work.alerts.get(next(iter(work.alerts.states()))))
        assert template is not None
        row = replace(template, id=alert, passage=9)
        installation.store.write(lambda work: work.alerts.add(row))
    return alert


def test_of_many_who_erase_one_list_at_once_one_does_it(installation: Installation, list_id: str) -> None:
    began: list[bool] = []
    ready = threading.Barrier(6)

    def go() -> None:
        ready.wait(10)
        began.append(erase_list(installation, list_id, "by-hand"))
        finish_erasures(installation)

    threads = [threading.Thread(target=go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(began) == [False] * 5 + [True]
    assert kinds(installation).count("list.erasing") == kinds(installation).count("list.erased") == 1
    assert len(receipts(installation)) == 1


def test_what_another_process_has_finished_is_recorded_once(installation: Installation, list_id: str) -> None:
    row = erase._begin(installation, Subject.LIST, list_id, "by-hand")
    assert row is not None
    erase._finish(installation, row)
    erase._finish(installation, row)
    assert kinds(installation).count("list.erased") == 1
    assert len(receipts(installation)) == 1


def test_an_entry_is_withdrawn_with_a_receipt_and_only_once(installation: Installation, list_id: str) -> None:
    assert withdraw_entry(installation, list_id, 1, "retention")
    assert not withdraw_entry(installation, list_id, 1, "retention")
    assert not withdraw_entry(installation, list_id, 7, "retention")
    assert not withdraw_entry(installation, uuid(0x99), 0, "retention")
    left = installation.store.read(lambda work: work.lists.entries(list_id))
    assert [entry.position for entry in left] == [0, 2]
    (receipt,) = receipts(installation)
    assert (receipt.subject, receipt.subject_id) == (Subject.ENTRY, f"{list_id}/1")
    (recorded,) = facts(installation, "entry.withdrawn")
    assert recorded == {"erasure": receipt.id, "entry": f"{list_id}/1", "reason": "retention"}
    assert f"list-{list_id}" in installation.keyring.names()
    erase_list(installation, list_id, "by-hand")
    assert not withdraw_entry(installation, list_id, 0, "retention")


def test_the_second_part_of_the_receipts_comes_once_the_files_are_clear(
    installation: Installation, list_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert clear_residue(installation)
    assert "residue.cleared" not in kinds(installation)
    erase_list(installation, list_id, "by-hand")
    busy = replace(installation, store=DyingStore(installation.store, at=0))
    assert not clear_residue(busy)
    assert receipts(installation)[0].residue_cleared_us is None
    assert clear_residue(installation)
    (receipt,) = receipts(installation)
    assert receipt.residue_cleared_us is not None
    assert facts(installation, "residue.cleared") == [{"erasures": (receipt.id,)}]
    assert clear_residue(installation)
    assert kinds(installation).count("residue.cleared") == 1


def test_more_receipts_than_an_entry_holds_are_noted_in_several(installation: Installation) -> None:
    count = MOST_VALUES + 3

    def change(work: Work) -> None:
        for number in range(count):
            work.erasures.add(erasure(number, key_destroyed_us=1))

    installation.store.write(change)
    assert clear_residue(installation)
    noted = [len(each["erasures"]) for each in facts(installation, "residue.cleared")]  # type: ignore[arg-type]
    assert noted == [MOST_VALUES, 3]


def test_what_another_has_noted_is_not_recorded_twice(installation: Installation) -> None:
    installation.store.write(lambda work: work.erasures.add(erasure(key_destroyed_us=1)))
    (receipt,) = receipts(installation)
    erase._note_cleared(installation, (receipt.id,))
    erase._note_cleared(installation, (receipt.id,))
    assert kinds(installation) == ["residue.cleared"]


def test_a_store_that_cannot_be_cleared_at_all_says_so(installation: Installation) -> None:
    class Full(DyingStore):
        def clear_residue(self) -> bool:
            raise StoreUnavailable("The disk of the store is full.")

    installation.store.write(lambda work: work.erasures.add(erasure(key_destroyed_us=1)))
    with pytest.raises(StoreUnavailable):
        clear_residue(replace(installation, store=Full(installation.store, at=0)))
    assert receipts(installation)[0].residue_cleared_us is None
