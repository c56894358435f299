from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from overt.ledger.head import SignedHead
from overt.ledger.log import Ledger
from overt.store.errors import BadStore, StoreRolledBack, StoreUnavailable
from overt.store.heads import HeadFolder, check_continues, check_kept
from tests.unit.ledger.books import KEY, LOG, OTHER_KEY, written


def heads(count: int, *, code: str = "a", log: str = LOG) -> list[SignedHead]:
    return [SignedHead.from_bytes(each.head) for each in written(count, code=code, log=log)]


def test_a_folder_without_a_head_has_none_and_is_not_made_by_looking(tmp_path: Path) -> None:
    assert HeadFolder(tmp_path / "heads").newest() is None
    assert not (tmp_path / "heads").exists()


def test_the_newest_head_is_kept_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = HeadFolder(tmp_path / "heads")
    for head in heads(3):
        folder.keep(head)
        assert folder.newest() == head
    assert (tmp_path / "heads").stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "heads").iterdir()} == {
        "newest": 0o600,
        "lock": 0o600,
    }


def test_a_head_of_fewer_entries_does_not_replace_one_of_more(tmp_path: Path) -> None:
    folder, (first, _, third) = HeadFolder(tmp_path), heads(3)
    folder.keep(third)
    folder.keep(first)
    folder.keep(third)
    assert folder.newest() == third


def test_two_heads_of_one_size_are_refused(tmp_path: Path) -> None:
    folder = HeadFolder(tmp_path)
    folder.keep(heads(2)[1])
    with pytest.raises(StoreRolledBack, match="another head"):
        folder.keep(heads(2, code="b")[1])
    assert folder.newest() == heads(2)[1]


def test_a_head_of_another_ledger_is_refused(tmp_path: Path) -> None:
    folder = HeadFolder(tmp_path)
    folder.keep(heads(1)[0])
    with pytest.raises(BadStore, match="another ledger"):
        folder.keep(heads(2, log="another")[1])


@pytest.mark.parametrize("content", [b"", b"\n", b"not a head", b"\xff" * 5000])
def test_what_is_no_head_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "newest").write_bytes(content)
    with pytest.raises(BadStore, match="does not hold a signed head"):
        HeadFolder(tmp_path).newest()
    with pytest.raises(BadStore):
        HeadFolder(tmp_path).keep(heads(1)[0])
    assert (tmp_path / "newest").read_bytes() == content


def test_what_a_crash_left_half_written_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "newest.part").write_bytes(b"half of a head that is much longer than the others" * 40)
    HeadFolder(tmp_path).keep(heads(1)[0])
    assert HeadFolder(tmp_path).newest() == heads(1)[0]


def test_a_folder_that_cannot_be_used_is_said_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "heads").write_bytes(b"a file where the folder should be")
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        HeadFolder(tmp_path / "heads").keep(heads(1)[0])
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        HeadFolder(tmp_path / "heads").newest()


def test_a_head_kept_elsewhere_has_to_be_of_this_ledger() -> None:
    newest = heads(2)[1]
    check_kept(newest, Ledger(log=LOG, key=KEY))
    with pytest.raises(BadStore, match="not signed with the key"):
        check_kept(newest, Ledger(log=LOG, key=OTHER_KEY))
    with pytest.raises(BadStore, match="another ledger"):
        check_kept(newest, Ledger(log="another", key=KEY))


def test_a_store_continues_a_head_only_with_that_very_head_in_its_place() -> None:
    newest = heads(2)[1]
    check_continues(newest, newest.to_bytes())
    with pytest.raises(StoreRolledBack, match="fewer entries"):
        check_continues(newest, None)
    with pytest.raises(StoreRolledBack, match="another head"):
        check_continues(newest, heads(2, code="b")[1].to_bytes())


def keep_all(path: Path, first: int) -> None:
    for head in heads(60)[first::10]:
        HeadFolder(path).keep(head)


@pytest.mark.long
def test_ten_processes_that_write_at_once_never_take_it_back(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=keep_all, args=(tmp_path, first)) for first in range(10)]
    for process in processes:
        process.start()
    sizes = []
    while any(process.is_alive() for process in processes):
        newest = HeadFolder(tmp_path).newest()
        sizes.append(newest.head.size if newest else 0)
        os.sched_yield()
    assert [process.exitcode for process in processes] == [0] * 10
    assert sizes == sorted(sizes)
    assert HeadFolder(tmp_path).newest() == heads(60)[59]
