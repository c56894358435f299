"""Several processes in one installation, all at once, going for the same things: nobody sees an error, all adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from overt.services.retain import retain
from tests.integration.kept import (
    Acknowledged,
    check_everything,
    check_figures,
    check_lists_open,
    installation_at,
    made,
    worker,
)
from tests.integration.postgres import shared_server
from tests.needs import rounds


@contextmanager
def database(name: str) -> Iterator[str]:
    if name == "sqlite":
        yield ""
    else:
        with shared_server().database() as address:
            yield address


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("name", "processes"), [("sqlite", 2), ("postgresql", 10)])
@pytest.mark.long
def test_processes_at_once_lose_nothing_double_nothing_and_see_no_error(
    name: str, processes: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    told, steps = Acknowledged(), rounds(few=120, many=3000) // processes
    with database(name) as url:
        where = made(tmp_path, url)
        with worker(where) as program:
            program.order(steps, *range(processes))
            program.wait_for("ended", processes, 3000)
            assert {code for _, code in program.of("ended")} == {"0"}
            assert len(program.of("finished")) == processes
            told.take(program.lines)
        with installation_at(where) as installation:
            assert retain(installation).cleared
            record = check_everything(where, installation, told)
            check_figures(installation, record, told)
            check_lists_open(installation)
    assert said_is_all_there_is(record.every, told)
    assert {facts["alerts"] for facts in record.facts["watch.ended"]} <= {*range(steps + 1)}
    assert sum(facts["alerts"] for facts in record.facts["watch.ended"]) == len(told.alerts)
    assert sum(facts["frames"] for facts in record.facts["watch.ended"]) == len(record.facts["figures.minute"])
    record_property("processes", processes)
    record_property("acknowledged steps", told.count)


def said_is_all_there_is(every: Callable[[str, str], list[str]], told: Acknowledged) -> bool:
    """Nobody was killed, so each step that is in the record was also said to be done, and the other way round."""
    assert {*every("alert.raised", "alert")} == told.alerts
    assert {*every("alert.decided", "decision")} == {decision for _, decision in told.decisions}
    assert {*every("hold.placed", "hold")} == {hold for _, hold in told.holds}
    assert {*every("list.sealed", "list")} == told.lists
    return True
