"""Whoever keeps, decides and erases is killed at any moment, again and again: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from overt.services.retain import retain
from tests.integration.deployments import alive, children, installed, ready, write_deployment
from tests.integration.kept import (
    Acknowledged,
    check_everything,
    check_figures,
    check_lists_open,
    half_done,
    installation_at,
    made,
    place_of,
    worker,
)
from tests.integration.postgres import shared_server
from tests.integration.servers import mjpeg_server
from tests.integration.watching import watching
from tests.needs import rounds, sample_footage

LONGEST_LIFE_S = 0.8


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
    else:
        with shared_server().database() as address:
            yield address


@pytest.mark.timeout(3600)
@pytest.mark.long
def test_after_every_kill_all_that_was_said_to_be_done_is_there_once_and_nothing_else(
    url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    where, told = made(tmp_path, url), Acknowledged()
    chance = random.Random(20_261_122)
    kills, finished = rounds(few=10, many=100), 0
    with worker(where) as program:
        for number in range(1, kills + 1):
            begin = len(program.lines)
            program.order(0, chance.randrange(1 << 30))
            program.wait_for("pid", number)
            if number % 4:  # else it may be killed while it finishes what the one before has left
                program.wait_for("sealed", len(told.lists) + 1)
            time.sleep(LONGEST_LIFE_S * chance.random())
            pid = int(program.of("pid")[-1][0])
            os.kill(pid, signal.SIGKILL)
            program.wait_for("ended", number)
            assert program.of("ended")[-1] == [str(pid), str(-signal.SIGKILL)]
            told.take(program.lines[begin:])
            with installation_at(where, finish=False) as installation:
                finished += half_done(installation)
            with installation_at(where) as installation:
                assert half_done(installation) == 0
                record = check_everything(where, installation, told)
                check_figures(installation, record, told)
    with installation_at(where) as installation:
        assert retain(installation).cleared
        record = check_everything(where, installation, told)
        check_lists_open(installation)
    if not url:
        assert sqlite3.connect(where.store_file).execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    wanted = {"alert.raised", "alert.decided", "alert.erased", "list.sealed"}
    assert wanted <= record.facts.keys()
    assert kills < 100 or {"hold.placed", "list.erased", "entry.withdrawn"} <= record.facts.keys()
    record_property("kills", kills)
    record_property("acknowledged steps", told.count)
    record_property("half-done things finished", finished)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_when_one_of_several_is_killed_the_others_go_on_and_whoever_comes_next_mends_what_it_left(
    url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    where, told = made(tmp_path, url), Acknowledged()
    chance, kills, several = random.Random(22), rounds(few=2, many=20), 4 if url else 2
    with worker(where) as program:
        for number in range(kills):
            begin = len(program.lines)
            program.order(0, *(chance.randrange(1 << 30) for _ in range(several)))
            program.wait_for("sealed", len(told.lists) + several)
            time.sleep(LONGEST_LIFE_S * chance.random())
            first, *others = [int(pid) for (pid,) in program.of("pid")[number * several :]]
            os.kill(first, signal.SIGKILL)
            raised = len(program.of("raised"))
            with installation_at(where):  # finishes what was begun while the others are at it
                program.wait_for("raised", raised + 1)
            for pid in others:
                os.kill(pid, signal.SIGKILL)
            program.wait_for("ended", (number + 1) * several)
            told.take(program.lines[begin:])
            with installation_at(where) as installation:
                record = check_everything(where, installation, told)
                check_figures(installation, record, told)
    record_property("kills", kills * several)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_watch_that_is_killed_has_kept_every_alert_that_it_showed(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    footage, chance = sample_footage(), random.Random(26)
    where, told = place_of(installed(tmp_path / "home")), Acknowledged()
    people = tmp_path / "people"
    people.mkdir()
    (people / "the man.jpg").symlink_to(footage / "single_face.jpg")
    kills = rounds(few=2, many=20)
    with mjpeg_server(footage / "single_face.mp4", 25) as address:
        file = write_deployment(tmp_path / "live.toml", {"north": address, "south": address}, people)
        ready(file, where.home)
        for number in range(1, kills + 1):
            with watching(file, home=where.home) as watched:
                watched.wait_for(lambda: watched.alerts)
                time.sleep(chance.random() / 2)
                family = children(watched.process.pid)
                watched.process.kill()
                watched.wait_for_end()
                watched.wait_for(lambda: not alive(family), 2)  # noqa: B023
                told.take([["raised", alert["alert"]] for alert in watched.alerts])
                assert "Traceback" not in watched.said
            with installation_at(where) as installation:
                record = check_everything(where, installation, told)
            assert record.kinds()["watch.started"] == number
            assert record.kinds()["list.sealed"] == 1
    assert len(told.alerts) >= kills
    record_property("kills of overt watch", kills)
    record_property("alerts shown before a kill", len(told.alerts))
