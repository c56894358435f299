"""Several processes write to one store at once: nothing is lost, nothing is doubled, and the ledger verifies."""

from __future__ import annotations

import io
import multiprocessing
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from overt.ledger.entry import Entry
from overt.ledger.log import export_line
from overt.ledger.verify import verify
from overt.store.heads import HeadFolder
from overt.store.sql import SqlStore, create_store
from tests.integration.postgres import shared_server
from tests.integration.writers import DEPLOYMENT, KEY, opened, write_all
from tests.needs import rounds

WRITERS = {"sqlite": 2, "postgresql": 10}


@contextmanager
def database(dialect: str, folder: Path) -> Iterator[str]:
    if dialect == "sqlite":
        yield f"sqlite:///{folder / 'overt.sqlite'}"
        return
    with shared_server().database() as url:
        yield url


@pytest.mark.timeout(600)
@pytest.mark.parametrize("dialect", WRITERS)
@pytest.mark.long
def test_what_many_processes_write_at_once_is_all_there_once(dialect: str, tmp_path: Path) -> None:
    writers = WRITERS[dialect]
    changes = rounds(few=100 // writers, many=4000 // writers)
    with database(dialect, tmp_path) as url:
        create_store(url)
        with closing(opened(url, tmp_path)) as store:
            store.write(lambda work: work.deployments.add(DEPLOYMENT))
            context = multiprocessing.get_context("spawn")
            ready = context.Barrier(writers)
            processes = [
                context.Process(target=write_all, args=(url, tmp_path, writer, changes, ready))
                for writer in range(writers)
            ]
            for process in processes:
                process.start()
            for process in processes:
                process.join()
            assert [process.exitcode for process in processes] == [0] * writers
            check(store, tmp_path, writers, changes)


def check(store: SqlStore, folder: Path, writers: int, changes: int) -> None:
    rows = store.read(lambda work: list(work.ledger.rows()))
    facts = [Entry.from_bytes(row.entry).facts for row in rows]
    assert [row.index for row in rows] == list(range(2 * writers * changes))
    for writer in range(writers):  # each in the order of its own writing
        mine = [(fact["number"], fact["part"]) for fact in facts if fact["writer"] == writer]
        assert mine == [(number, part) for number in range(changes) for part in (1, 2)]
    for first, second in zip(facts[::2], facts[1::2], strict=True):
        assert first["writer"] == second["writer"], "the entries of one change stay together"
    [figures] = store.read(lambda work: work.figures.of(DEPLOYMENT.id))
    assert figures.counts.frames == writers * changes
    export = b"".join(export_line(row.entry, row.head) for row in rows)
    verified = verify(io.BytesIO(export), KEY.public_key())
    newest = HeadFolder(folder / "heads").newest()
    assert newest is not None
    assert verified.last.size == newest.head.size == len(rows)
