"""Watch lists as they are kept: sealed once, opened by their passphrase alone, shrinking only."""

from __future__ import annotations

import os
import threading
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from overt.domain.authority import Document
from overt.domain.errors import BadDeployment, BadPicture, BadWatchList, Refused
from overt.domain.rules import RecognitionRules
from overt.domain.time import SECOND_US
from overt.faces.pack import default_pack
from overt.ledger.entry import Entry
from overt.services.deployments import add_deployment, deployment_digest, find_deployment, manifest_digest
from overt.services.erase import erase_list, finish_begun, withdraw_entry
from overt.services.installation import Installation
from overt.services.lists import WatchList
from overt.services.policies import load_policy
from overt.services.sealed_lists import (
    ListAltered,
    OpenList,
    digest_of_sealed,
    listed_person,
    open_list,
    seal_list,
)
from overt.testing.memory_store import MemoryStore
from overt.testing.toy_reader import ToyFace, paint
from overt.vault.errors import NoKey, WeakPassphrase, WrongKey
from tests.installations import PASSPHRASE, in_memory, kinds
from tests.unit.services.keeping import (
    KINDS,
    RULES,
    Kept,
    deployment_of,
    enrolled,
    entered,
    installation_of,
    portraits,
    sealed,
)


@pytest.fixture
def twin() -> Installation:
    """In memory only, where its rows can be tampered with."""
    return in_memory()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    people = portraits(tmp_path / "people", "ann", "bob")
    cat = people / "cat"
    cat.mkdir()
    for name, likeness in (("one", 0), ("two", 40)):
        Image.fromarray(paint(ToyFace(person=7, likeness=likeness))[:, :, ::-1]).save(cat / f"{name}.png")
    return people


@pytest.fixture
def watch_list(folder: Path) -> WatchList:
    return enrolled(folder)


def tables(twin: Installation) -> Any:
    assert isinstance(twin.store, MemoryStore)
    return twin.store._tables


def unsealed(installation: Installation, kept: OpenList, passphrase: str = PASSPHRASE) -> WatchList:
    return open_list(installation, kept.row, passphrase)[1]


def test_a_sealed_list_opens_as_it_was(installation: Installation, watch_list: WatchList) -> None:
    row = sealed(installation, watch_list).row
    opened, found = open_list(installation, row, PASSPHRASE)
    assert found.references == watch_list.references == ("ann", "bob", "cat")
    assert np.array_equal(found.templates, watch_list.templates)
    assert found.templates.dtype == np.float32
    assert found.row_entry.tolist() == watch_list.row_entry.tolist() == [0, 1, 2, 2]
    assert found.row_entry.dtype == np.int32
    person = listed_person(installation, opened, 2)
    assert person is not None
    assert person.reference == "cat"
    assert person.picture.startswith(b"\xff\xd8")
    assert kinds(installation) == ["deployment.made", "list.sealed", "list.opened"]


def test_nothing_in_the_store_or_the_ledger_names_anybody(tmp_path: Path, watch_list: WatchList) -> None:
    with installation_of(KINDS[1], tmp_path) as kept:
        sealed(kept.installation, watch_list)
        rows = kept.installation.store.read(lambda work: list(work.ledger.rows()))
    written = b"".join(row.entry for row in rows)
    written += b"".join(path.read_bytes() for path in tmp_path.glob("overt.sqlite*"))
    written += b"".join(path.read_bytes() for path in (tmp_path / "keyring").iterdir())
    for secret in (b"ann", b"bob", b"cat", PASSPHRASE.encode(), watch_list.templates[0].tobytes()[:64]):
        assert secret not in written.replace(b"cannot", b"")


@pytest.mark.parametrize("wrong", ["wrong horse battery", PASSPHRASE.upper(), f"{PASSPHRASE} ", f" {PASSPHRASE}"])
def test_another_passphrase_opens_nothing(installation: Installation, watch_list: WatchList, wrong: str) -> None:
    kept_list = sealed(installation, watch_list)
    with pytest.raises(WrongKey, match="passphrase"):
        unsealed(installation, kept_list, wrong)
    assert "list.opened" not in kinds(installation)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_passphrase_opens_in_either_unicode_form(
    installation: Installation, watch_list: WatchList, form: Any
) -> None:
    words = "Käse für Åse und José"
    row = seal_list(installation, entered(installation), watch_list, words, rules=RULES).row
    assert open_list(installation, row, unicodedata.normalize(form, words))[1].references == watch_list.references


def test_a_weak_passphrase_keeps_nothing(installation: Installation, watch_list: WatchList) -> None:
    with pytest.raises(WeakPassphrase):
        seal_list(installation, entered(installation), watch_list, "short", rules=RULES)
    assert installation.keyring.names() == frozenset()
    assert installation.store.read(lambda work: work.lists.all()) == []


def test_its_life_ends_with_the_window_and_the_policys_time(installation: Installation, watch_list: WatchList) -> None:
    deployment = entered(installation)
    row = sealed(installation, watch_list).row
    assert row.erase_after_us == deployment.closes_us + RULES.list_after_end_us
    assert (row.entries, row.deployment) == (3, deployment.id)
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    assert dict(Entry.from_bytes(last.entry).facts) == {
        "list": row.id,
        "entries": 3,
        "templates": 4,
        "erase_after_us": row.erase_after_us,
        "sealed": digest_of_sealed(installation.store.read(lambda work: work.lists.entries(row.id))),
    }


def test_a_sealing_that_fails_leaves_a_key_that_the_next_start_sweeps_away(
    twin: Installation, watch_list: WatchList
) -> None:
    deployment = replace(entered(twin), id="nobody has entered it")
    with pytest.raises(KeyError):
        seal_list(twin, deployment, watch_list, PASSPHRASE, rules=RULES)
    assert len(twin.keyring.names()) == 1
    finish_begun(twin)
    assert twin.keyring.names() == frozenset()


def test_sealing_tells_how_far_it_is(twin: Installation, watch_list: WatchList) -> None:
    told: list[tuple[int, int]] = []
    seal_list(
        twin, entered(twin), watch_list, PASSPHRASE, rules=RULES, progress=lambda done, of: told.append((done, of))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_picture_that_is_gone_by_then_keeps_nothing(installation: Installation, watch_list: WatchList) -> None:
    watch_list.pictures[1].unlink()
    with pytest.raises(BadPicture):
        sealed(installation, watch_list)
    assert installation.keyring.names() == frozenset()


def test_a_picture_exchanged_between_enrolment_and_sealing_keeps_nothing(
    installation: Installation, folder: Path
) -> None:
    """Else the operator would compare the face with somebody whose template it is not."""
    digest = manifest_digest(folder)
    watch_list = enrolled(folder)
    portraits(folder, "eve", "dan", "bob")
    for name in ("eve", "dan"):
        (folder / f"{name}.png").unlink()
    with pytest.raises(BadWatchList, match="changed while"):
        seal_list(
            installation,
            entered(installation, digest),
            watch_list,
            PASSPHRASE,
            rules=RULES,
            digest=lambda: manifest_digest(folder),
        )
    assert installation.keyring.names() == frozenset()
    assert installation.store.read(lambda work: work.lists.all()) == []


def test_an_unchanged_folder_is_sealed(installation: Installation, folder: Path) -> None:
    row = entered(installation, manifest_digest(folder))
    seal_list(installation, row, enrolled(folder), PASSPHRASE, rules=RULES, digest=lambda: manifest_digest(folder))


def test_withdrawn_entries_keep_their_number_and_have_no_template(
    installation: Installation, watch_list: WatchList
) -> None:
    kept_list = sealed(installation, watch_list)
    withdraw_entry(installation, kept_list.row.id, 1, "retention")
    opened, found = open_list(installation, kept_list.row, PASSPHRASE)
    assert found.references == ("ann", "", "cat")
    assert found.row_entry.tolist() == [0, 2, 2]
    assert len(found.templates) == 3
    assert listed_person(installation, opened, 1) is None


def test_a_list_from_which_everybody_was_withdrawn_is_refused(
    installation: Installation, watch_list: WatchList
) -> None:
    kept_list = sealed(installation, watch_list)
    for position in range(3):
        withdraw_entry(installation, kept_list.row.id, position, "retention")
    with pytest.raises(BadWatchList, match="Nobody is left"):
        unsealed(installation, kept_list)


def test_an_entry_that_expired_while_nothing_ran_is_not_searched_for(
    installation: Installation, kept: Kept, watch_list: WatchList
) -> None:
    now_us = kept.clock.now_us()
    kept_list = sealed(installation, replace(watch_list, expires_us=(now_us + SECOND_US, None, now_us + 2 * SECOND_US)))
    kept.clock.advance(0.999)
    assert unsealed(installation, kept_list).references == ("ann", "bob", "cat")
    kept.clock.advance(0.001)
    assert unsealed(installation, kept_list).references == ("", "bob", "cat")
    kept.clock.advance(1)
    assert unsealed(installation, kept_list).row_entry.tolist() == [1]


def test_an_entry_that_was_taken_away_without_a_receipt_is_noticed(twin: Installation, watch_list: WatchList) -> None:
    kept_list = sealed(twin, watch_list)
    withdraw_entry(twin, kept_list.row.id, 0, "retention")
    del tables(twin).entries[kept_list.row.id, 1]
    with pytest.raises(ListAltered, match="1 entries where its receipts leave 2"):
        unsealed(twin, kept_list)


@pytest.mark.parametrize("entries", [0, 2, 4])
def test_a_row_that_counts_otherwise_is_noticed(twin: Installation, watch_list: WatchList, entries: int) -> None:
    kept_list = sealed(twin, watch_list)
    with pytest.raises(ListAltered):
        open_list(twin, replace(kept_list.row, entries=entries), PASSPHRASE)


def test_entries_that_changed_places_do_not_open(twin: Installation, watch_list: WatchList) -> None:
    kept_list = sealed(twin, watch_list)
    rows, name = tables(twin).entries, kept_list.row.id
    first, second = rows[name, 0], rows[name, 1]
    rows[name, 0], rows[name, 1] = replace(first, sealed=second.sealed), replace(second, sealed=first.sealed)
    with pytest.raises(WrongKey, match="or the list was altered"):
        unsealed(twin, kept_list)


@pytest.mark.parametrize("at", [0, 1, 20, -1])
def test_an_entry_with_one_bit_altered_does_not_open(twin: Installation, watch_list: WatchList, at: int) -> None:
    kept_list = sealed(twin, watch_list)
    entry = tables(twin).entries[kept_list.row.id, 2]
    content = bytearray(entry.sealed)
    content[at] ^= 1
    tables(twin).entries[kept_list.row.id, 2] = replace(entry, sealed=bytes(content))
    with pytest.raises(WrongKey):
        unsealed(twin, kept_list)


def test_entries_of_another_list_under_the_same_passphrase_do_not_open(
    twin: Installation, watch_list: WatchList
) -> None:
    kept_list, other = sealed(twin, watch_list), sealed(twin, watch_list, "e" * 64)
    tables(twin).entries[kept_list.row.id, 0] = tables(twin).entries[other.row.id, 0]
    with pytest.raises(WrongKey):
        unsealed(twin, kept_list)


def test_an_altered_salt_opens_nothing(twin: Installation, watch_list: WatchList) -> None:
    kept_list = sealed(twin, watch_list)
    with pytest.raises(WrongKey):
        open_list(twin, replace(kept_list.row, salt=os.urandom(16)), PASSPHRASE)


def test_an_erased_list_opens_for_nobody(installation: Installation, watch_list: WatchList) -> None:
    kept_list = sealed(installation, watch_list)
    erase_list(installation, kept_list.row.id, "by-hand")
    with pytest.raises(NoKey):
        unsealed(installation, kept_list)
    assert find_deployment(installation, "d" * 64)[1] is None
    assert listed_person(installation, kept_list, 0) is None


def test_a_deployment_is_found_by_its_digest_with_its_kept_list(
    installation: Installation, watch_list: WatchList
) -> None:
    assert find_deployment(installation, "d" * 64) == (None, None)
    deployment = entered(installation)
    assert find_deployment(installation, "d" * 64) == (deployment, None)
    row = sealed(installation, watch_list).row
    assert find_deployment(installation, "d" * 64) == (deployment, row)
    assert find_deployment(installation, "e" * 64) == (None, None)


def test_a_deployment_is_entered_once_however_many_do_it(installation: Installation, folder: Path) -> None:
    found: list[str] = []
    ready = threading.Barrier(5)

    def enter() -> None:
        ready.wait(10)
        found.append(add_deployment(installation, "d" * 64, deployment_of(folder)).id)

    threads = [threading.Thread(target=enter) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 5
    assert len(set(found)) == 1
    assert kinds(installation) == ["deployment.made"]


def test_the_name_of_a_deployment_stands_in_the_ledger_as_a_digest_only(installation: Installation) -> None:
    entered(installation)
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    assert b"High" not in last.entry
    assert Entry.from_bytes(last.entry).facts["name"] == installation.digest("High Street")


def test_the_digest_of_a_folder_is_of_its_names_and_contents(folder: Path) -> None:
    seen = {manifest_digest(folder)}
    assert manifest_digest(folder) in seen
    (folder / "ann.png").rename(folder / "anna.png")
    seen.add(manifest_digest(folder))
    with (folder / "bob.png").open("ab") as file:
        file.write(b"\0")
    seen.add(manifest_digest(folder))
    (folder / "entries.csv").write_text("reference,expires\n")
    seen.add(manifest_digest(folder))
    (folder / "cat" / "two.png").rename(folder / "cat" / "six.png")
    seen.add(manifest_digest(folder))
    assert len(seen) == 5


def test_a_file_of_the_list_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "dan.png").symlink_to(folder / "nowhere")
    with pytest.raises(BadWatchList, match="dan"):
        manifest_digest(folder)


def test_whatever_is_changed_in_a_deployment_is_another_deployment(folder: Path, tmp_path: Path) -> None:
    file, pack, rules, policy = tmp_path / "street.toml", default_pack(), RecognitionRules(), load_policy("uk-police")
    file.write_text("[deployment]\n")
    paper = tmp_path / "dpia.pdf"
    paper.write_bytes(b"first version")
    plain = replace(deployment_of(folder), documents=(Document(kind="dpia", reference="1", at_us=0, file=paper),))
    seen = {deployment_digest(file, plain, policy, rules, pack)}
    assert deployment_digest(file, plain, policy, rules, pack) in seen
    seen.add(deployment_digest(file, plain, load_policy("consent"), rules, pack))
    seen.add(deployment_digest(file, plain, policy, replace(rules, agree_margin=0.09), pack))
    seen.add(deployment_digest(file, plain, policy, rules, replace(pack, name="other")))
    seen.add(deployment_digest(file, plain, policy, rules, replace(pack, calibration=None)))
    embedder = replace(pack.embedder, sha256="0" * 64)
    seen.add(deployment_digest(file, plain, policy, rules, replace(pack, embedder=embedder)))
    seen.add(deployment_digest(file, replace(plain, folder=None, draft="a draft"), policy, rules, pack))
    file.write_text("[deployment] \n")
    seen.add(deployment_digest(file, plain, policy, rules, pack))
    (folder / "ann.png").unlink()
    seen.add(deployment_digest(file, plain, policy, rules, pack))
    paper.write_bytes(b"second version")
    seen.add(deployment_digest(file, plain, policy, rules, pack))
    assert len(seen) == 10
    assert all(len(digest) == 64 for digest in seen)
    paper.unlink()
    with pytest.raises(BadDeployment, match=r"dpia\.pdf cannot be read"):
        deployment_digest(file, plain, policy, rules, pack)


def test_a_deployment_has_one_list_and_a_second_sealing_leaves_nothing(
    installation: Installation, watch_list: WatchList
) -> None:
    first = sealed(installation, watch_list)
    with pytest.raises(Refused, match="entered already"):
        sealed(installation, watch_list)
    found = find_deployment(installation, "d" * 64)[1]
    assert found == first.row
    finish_begun(installation)
    lists = [name for name in installation.keyring.names() if name.startswith("list-")]
    assert lists == [f"list-{first.row.id}"]
