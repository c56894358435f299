"""What answers "was I on a list?", as every store keeps it: beside its list, beyond it, and not for good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from overt.store.ports import Store
from overt.store.records import State
from tests import stores
from tests.stores import EACH, REFUSED_ROW, opened, put, settle, uuid

ROW = stores.listed()


@pytest.fixture(params=EACH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened(request.param, tmp_path) as found:
        settle(found.store)
        put(found.store, ROW)
        yield found.store


def test_it_comes_back_by_its_deployment_the_newest_of_several(store: Store) -> None:
    assert store.read(lambda work: work.listed.of(uuid(1))) == ROW
    assert store.read(lambda work: work.listed.of(uuid(2))) is None
    put(store, stores.watch_list(2), stores.listed(2))
    assert store.write(lambda work: work.listed.of(uuid(1))) == stores.listed(2)
    assert store.read(lambda work: work.listed.states()) == {ROW.id: State.KEPT, stores.listed(2).id: State.KEPT}


@pytest.mark.parametrize("other", [ROW, stores.listed(9), stores.listed(2, of=9)], ids=["twice", "no list", "nowhere"])
def test_there_is_one_of_each_list_that_there_is(store: Store, other: object) -> None:
    put(store, stores.watch_list(2))
    with pytest.raises(REFUSED_ROW):
        put(store, other)  # type: ignore[arg-type]


def test_it_outlives_its_list_and_is_erased_in_two_steps_at_its_own_date(store: Store) -> None:
    store.write(lambda work: [work.lists.begin_erasing(ROW.id), work.lists.erased(ROW.id)])
    assert store.read(lambda work: work.listed.of(uuid(1))) == ROW
    assert store.read(lambda work: work.listed.due(ROW.answer_until_us - 1)) == []
    assert store.read(lambda work: work.listed.due(ROW.answer_until_us)) == [ROW.id]
    assert not store.write(lambda work: work.listed.erased(ROW.id))
    assert store.write(lambda work: work.listed.begin_erasing(ROW.id))
    assert not store.write(lambda work: work.listed.begin_erasing(ROW.id))
    assert store.read(lambda work: work.listed.due(ROW.answer_until_us)) == []
    assert store.read(lambda work: work.listed.of(uuid(1))) == replace(ROW, state=State.ERASING)
    assert store.write(lambda work: work.listed.erased(ROW.id))
    assert not store.write(lambda work: work.listed.erased(ROW.id))
    assert not store.write(lambda work: work.listed.begin_erasing(uuid(0xDEAD)))
    assert store.read(lambda work: work.listed.of(uuid(1))) == replace(ROW, state=State.ERASED, outputs=b"")
