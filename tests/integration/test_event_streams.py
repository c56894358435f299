"""Fifty streams of events from a real `overt serve`: everything arrives once, in time, also over a restart."""

from __future__ import annotations

import http.client
import os
import signal
import time
from pathlib import Path

import pytest

from bench.event_streams import Listener, installed, served, sessions
from overt.console.api.feed import MOST_OF_ACCOUNT
from overt.services.installation import Installation
from tests.unit.console.api.seeded import indices, noted

STREAMS = 50
ENTRIES = 60
#: What arrives this late is lost for whoever decides; an idle machine takes a twentieth of a second.
LATE_S = 5.0


def read(port: int, token: str, query: str, last: int | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}"} | ({} if last is None else {"Last-Event-ID": str(last)})
    connection.request("GET", f"/api/v1/events?{query}", headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def size_of(installation: Installation) -> int:
    return installation.store.read(lambda work: work.ledger.size())


@pytest.mark.long
@pytest.mark.timeout(300)
def test_fifty_streams_are_told_of_everything_once_and_in_time(tmp_path: Path) -> None:
    with installed(tmp_path) as (installation, environment), served(environment) as (port, process):
        tokens = sessions(installation, -(-STREAMS // MOST_OF_ACCOUNT))
        listener = Listener(port, [tokens[at // MOST_OF_ACCOUNT] for at in range(STREAMS)])
        first = size_of(installation)
        committed = {}
        for at in range(ENTRIES):
            noted(installation, 1)
            committed[first + at] = time.monotonic()
        listener.wait(STREAMS * ENTRIES)
        arrived = listener.arrived()
        assert sorted(index for stream, index, _ in arrived if stream == 0) == sorted(committed)
        assert len(arrived) == STREAMS * ENTRIES
        for stream in range(STREAMS):
            assert [index for at, index, _ in arrived if at == stream] == sorted(committed)
        assert max(at_s - committed[index] for _, index, at_s in arrived) < LATE_S
        process.send_signal(signal.SIGTERM)  # while all of them are open
        began_s = time.monotonic()
        process.wait(30)
        assert time.monotonic() - began_s < 10
        listener.close()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_who_comes_back_after_the_server_died_is_told_all_that_happened_since(tmp_path: Path) -> None:
    with installed(tmp_path) as (installation, environment):
        (token,) = sessions(installation, 1)
        seen: list[int] = []
        with served(environment) as (port, process):
            noted(installation, 5)
            status, text = read(port, token, "follow=false&after=0")
            assert status == 200
            seen += indices(text)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(30)
        for _ in range(12):
            noted(installation, 300)
        with served(environment) as (port, _):
            while len(seen) < size_of(installation) - 1:
                status, text = read(port, token, "follow=false", seen[-1])
                assert status == 200
                seen += indices(text)
        assert seen == list(range(1, size_of(installation)))
