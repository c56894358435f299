"""Decoys, as every store keeps them: sets that end like lists, and what stands behind an alert that is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from overt.store.ports import Store
from overt.store.records import DecoyRow, State
from tests import stores
from tests.stores import EACH, REFUSED_ROW, T0, opened, put, settle, uuid

SET = stores.decoy_set()


@pytest.fixture(params=EACH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store with a set of three pairs, and an alert that is one of them."""
    with opened(request.param, tmp_path) as found:
        settle(found.store)
        put(found.store, SET, stores.alert(2, list_position=-1), stores.decoy(2))
        yield found.store


def decoy(store: Store) -> DecoyRow | None:
    return store.read(lambda work: work.decoys.get(stores.alert(2).id))


def test_a_set_comes_back_with_its_pairs_oldest_first(store: Store) -> None:
    put(store, stores.decoy_set(2, pairs=1))
    assert store.read(lambda work: work.decoys.sets()) == [SET, stores.decoy_set(2, pairs=1)]
    assert store.write(lambda work: work.decoys.sets()) == [SET, stores.decoy_set(2, pairs=1)]
    assert store.read(lambda work: work.decoys.pairs(SET.id)) == stores.decoy_pairs()
    assert store.read(lambda work: work.decoys.pairs(uuid(0xDEAD))) == []


def test_a_set_is_due_at_its_date_and_is_erased_in_two_steps(store: Store) -> None:
    assert store.read(lambda work: work.decoys.due(SET.erase_after_us - 1)) == []
    assert store.read(lambda work: work.decoys.due(SET.erase_after_us)) == [SET]
    assert not store.write(lambda work: work.decoys.erased(SET.id))
    assert store.write(lambda work: work.decoys.begin_erasing(SET.id))
    assert not store.write(lambda work: work.decoys.begin_erasing(SET.id))
    assert store.read(lambda work: work.decoys.due(SET.erase_after_us)) == []
    assert store.read(lambda work: work.decoys.pairs(SET.id)) == stores.decoy_pairs()
    assert store.write(lambda work: work.decoys.erased(SET.id))
    assert store.read(lambda work: work.decoys.sets()) == [replace(SET, state=State.ERASED)]
    assert store.read(lambda work: work.decoys.pairs(SET.id)) == []
    assert not store.write(lambda work: work.decoys.begin_erasing(uuid(0xDEAD)))


def test_a_decoy_is_over_once(store: Store) -> None:
    row = stores.decoy(2)
    assert decoy(store) == row
    assert store.read(lambda work: work.decoys.open()) == [row]
    assert store.read(lambda work: work.decoys.get(stores.alert().id)) is None
    assert store.write(lambda work: work.decoys.over(row.alert, T0 + 5, "decided"))
    assert not store.write(lambda work: work.decoys.over(row.alert, T0 + 6, "real-alert"))
    assert not store.write(lambda work: work.decoys.over(uuid(0xDEAD), T0 + 6, "real-alert"))
    over = replace(row, over_us=T0 + 5, ended="decided")
    assert decoy(store) == over
    assert store.read(lambda work: work.decoys.open()) == []
    assert store.read(lambda work: work.decoys.of(uuid(1))) == [over]
    assert store.read(lambda work: work.decoys.of(uuid(2))) == []


def test_the_pairs_that_were_shown_are_known(store: Store) -> None:
    put(store, stores.decoy_set(2), stores.alert(3, list_position=-1), stores.decoy(3, position=2))
    assert store.read(lambda work: work.decoys.used(SET.id)) == {0, 2}
    assert store.read(lambda work: work.decoys.used(stores.decoy_set(2).id)) == set()


@pytest.mark.parametrize("row", [SET, stores.decoy(2), stores.decoy(9), stores.decoy(1, of_set=9)])
def test_a_row_whose_id_is_taken_or_that_belongs_to_nothing_is_refused(store: Store, row: object) -> None:
    with pytest.raises(REFUSED_ROW):
        put(store, row)  # type: ignore[arg-type]


def test_a_look_changes_nothing(store: Store) -> None:
    for change in (
        lambda work: work.decoys.add_set(stores.decoy_set(2), []),
        lambda work: work.decoys.add(stores.decoy()),
        lambda work: work.decoys.over(stores.alert(2).id, T0, "decided"),
        lambda work: work.decoys.begin_erasing(SET.id),
        lambda work: work.decoys.erased(SET.id),
    ):
        with pytest.raises(RuntimeError):
            store.read(change)
