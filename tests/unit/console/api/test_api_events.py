"""Streams of events: what is told, to whom, and that nothing is missed or told twice."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message

from overt.console.api import events as module
from overt.console.api import feed as feeding
from overt.console.api.events import _Stream
from overt.console.api.feed import MOST_OF_ACCOUNT, Feed, Told, TooManyStreams, told_of
from overt.console.api.kinds import KINDS, kinds_for
from overt.console.visitor import Visitor
from overt.domain.roles import Role
from overt.ledger.entry import Entry
from overt.services.installation import Installation
from overt.services.sessions import sign_out
from overt.store.errors import StoreUnavailable
from tests.authority import staff
from tests.deployed import quick_passphrases
from tests.installations import in_memory
from tests.needs import REPOSITORY
from tests.unit.console.api.seeded import Seeded, decided, indices, kinds_in, noted, seeded, token_for

WITHHELD = ("score", "threshold", "about", "verdict", "words", "position", "sealed")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    with quick_passphrases():
        yield seeded(tmp_path_factory.mktemp("events"))


def size_of(installation: Installation) -> int:
    return installation.store.read(lambda work: work.ledger.size())


def test_what_is_there_is_told_in_order_and_no_more(made: Seeded) -> None:
    stream = made.client(Role.AUDITOR).get("/api/v1/events", params={"after": 0, "follow": False})
    assert stream.status_code == 200
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert indices(stream.text) == list(range(1, size_of(made.installation)))
    assert stream.text.startswith("retry: 2000\nid: 0\n\n")


def test_the_id_that_a_browser_sends_comes_first(made: Seeded) -> None:
    size = size_of(made.installation)
    client = made.client(Role.AUDITOR)
    stream = client.get(
        "/api/v1/events", params={"after": 0, "follow": False}, headers={"last-event-id": str(size - 3)}
    )
    assert indices(stream.text) == [size - 2, size - 1]
    assert indices(client.get("/api/v1/events", params={"follow": False}).text) == []


def test_an_id_that_there_never_was_is_refused(made: Seeded) -> None:
    client = made.client(Role.AUDITOR)
    for last, status in (("99999", 409), ("-1", 422), ("x", 422), ("1" * 20, 422)):
        assert client.get("/api/v1/events?follow=false", headers={"last-event-id": last}).status_code == status


def test_kinds_are_chosen_one_by_one_and_by_group(made: Seeded) -> None:
    client = made.client(Role.AUDITOR)

    def told(*kinds: str) -> set[str]:
        params: dict[str, Any] = {"after": 0, "follow": False, "kind": list(kinds)}
        return set(kinds_in(client.get("/api/v1/events", params=params).text))

    assert told("alert.raised") == {"alert.raised"}
    assert told("alert", "list.sealed") >= {"alert.raised", "alert.shown", "alert.decided", "list.sealed"}
    assert client.get("/api/v1/events", params={"kind": "alert.invented", "follow": False}).status_code == 422


def test_who_has_nothing_to_do_with_alerts_is_told_nothing_of_them(made: Seeded) -> None:
    supplier = made.client(Role.SUPPLIER)
    stream = supplier.get("/api/v1/events", params={"after": 0, "follow": False}).text
    assert "figures.minute" in stream
    assert not [kind for kind in kinds_in(stream) if kind.startswith(("alert", "session", "account", "draft"))]
    assert supplier.get("/api/v1/events", params={"kind": "alert", "follow": False}).status_code == 403


@pytest.mark.parametrize("role", Role)
def test_no_event_tells_a_score_or_what_one_of_two_people_said(made: Seeded, role: Role) -> None:
    stream = made.client(role).get("/api/v1/events", params={"after": 0, "follow": False}).text
    assert kinds_in(stream)
    for withheld in WITHHELD:
        assert f'"{withheld}' not in stream
    assert "worth-a-look" not in stream


def test_a_verdict_is_told_once_it_stands(tmp_path: Path) -> None:
    with quick_passphrases():
        made = seeded(tmp_path, alerts=1)
    decided(made.site, made.deployment, made.alerts[0], Role.ENGAGEMENT_OFFICER)
    stream = made.client(Role.AUDITOR).get("/api/v1/events", params={"after": 0, "follow": False}).text
    assert stream.count('"standing":"one-of-two"') == stream.count('"standing":"worth-a-look"') == 1


def test_every_kind_that_is_recorded_stands_in_the_table() -> None:
    recorded = set()
    for file in sorted((REPOSITORY / "src" / "overt").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("record", "_record"):
                recorded |= {
                    each.value
                    for argument in node.args[:2]
                    for each in ast.walk(argument)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str) and "." in each.value
                    if not each.value.startswith(".")
                }
    assert len(recorded) > 25
    assert recorded <= set(KINDS)
    for subject in ("list", "alert", "draft"):
        assert {f"{subject}.erasing", f"{subject}.erased"} <= set(KINDS)


def test_an_unknown_kind_is_told_to_nobody() -> None:
    entry = Entry(index=3, kind="something.new", at_us=1, actor="system", facts={"name": "ann"})
    assert told_of(entry) == Told(index=3, kind="something.new", sent=b"")
    assert all("something.new" not in kinds_for([role]) for role in Role)


def test_a_role_is_told_what_its_actions_allow() -> None:
    assert kinds_for([Role.AUDITOR]) == set(KINDS)
    assert "session.opened" in kinds_for([Role.ADMINISTRATOR])
    assert "alert.raised" not in kinds_for([Role.ADMINISTRATOR])
    assert "alert.raised" in kinds_for([Role.OPERATOR])
    assert "draft.erased" not in kinds_for([Role.OPERATOR])


# Streams that go on


@dataclass
class Reader:
    """Reads a stream that goes on, in a loop of its own."""

    feed: Feed
    visitor: Visitor
    start: int
    until: int | None = None
    wanted: frozenset[str] = frozenset(KINDS)
    got: bytearray = field(default_factory=bytearray)
    messages: list[Message] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    blocked: asyncio.Event | None = None

    async def run(self) -> None:
        await _Stream(self.feed, self.visitor, self.wanted, self.start, self.until)(
            {"type": "http"}, self._receive, self._send
        )

    async def _receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self.blocked is not None and message["type"] == "http.response.body":
            await self.blocked.wait()
        self.messages.append(message)
        self.got += message.get("body", b"")

    async def has(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(indices(bytes(self.got))) < count:
                await asyncio.sleep(0.01)

    @property
    def ended_well(self) -> bool:
        return bool(self.messages) and self.messages[-1].get("more_body") is False


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setattr(feeding, "LOOK_S", 0.01)
    return in_memory()


def visitor(installation: Installation, role: Role = Role.AUDITOR) -> Visitor:
    account = staff(installation)[role]
    return Visitor(account=account, token=token_for(installation, account), by_token=True)


def test_what_is_recorded_arrives_in_each_of_fifty_streams(installation: Installation) -> None:
    async def listen() -> None:
        feed = Feed(installation)
        people = [visitor(installation, role) for role in Role]
        start = size_of(installation)
        readers = [Reader(feed, people[at % len(people)], start) for at in range(50)]
        tasks = [asyncio.create_task(reader.run()) for reader in readers]
        await asyncio.sleep(0.05)
        assert feed.streams == 50
        for _ in range(3):
            noted(installation, 4)
            await asyncio.sleep(0.03)
        for reader in readers:
            await reader.has(12)
            assert indices(bytes(reader.got)) == list(range(start, start + 12))
            reader.gone.set()
        await asyncio.gather(*tasks)
        assert feed.streams == 0
        assert feed._follower is None

    asyncio.run(listen())


def test_who_is_thousands_of_entries_behind_catches_up_without_a_gap(installation: Installation) -> None:
    async def listen() -> None:
        feed, who = Feed(installation, kept=64), visitor(installation)
        noted(installation, 3000)
        reader = Reader(feed, who, 1)
        task = asyncio.create_task(reader.run())
        await reader.has(1000)
        noted(installation, 500)
        size = size_of(installation)
        await reader.has(size - 1)
        assert indices(bytes(reader.got)) == list(range(1, size))
        reader.gone.set()
        await task

    asyncio.run(listen())


def test_a_stream_ends_when_its_session_does(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "LOOKS_A_SESSION", 2)

    async def listen() -> None:
        feed = Feed(installation)
        one, other = visitor(installation), visitor(installation, Role.OPERATOR)
        ending, staying = Reader(feed, one, size_of(installation)), Reader(feed, other, size_of(installation))
        tasks = [asyncio.create_task(reader.run()) for reader in (ending, staying)]
        await asyncio.sleep(0.05)
        sign_out(installation, one.token)
        async with asyncio.timeout(10):
            await tasks[0]
        assert ending.ended_well
        assert not tasks[1].done()
        feed.close()
        async with asyncio.timeout(10):
            await tasks[1]
        assert staying.ended_well

    asyncio.run(listen())


def test_a_reader_who_takes_nothing_is_ended_and_holds_up_nobody(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLOW_S", 0.2)

    async def listen() -> None:
        feed, who, start = Feed(installation), visitor(installation), size_of(installation)
        slow, quick = Reader(feed, who, start, blocked=asyncio.Event()), Reader(feed, who, start)
        tasks = [asyncio.create_task(reader.run()) for reader in (slow, quick)]
        noted(installation, 3)
        await quick.has(3)
        async with asyncio.timeout(10):
            await tasks[0]
        assert not slow.ended_well
        assert feed.streams == 1
        quick.gone.set()
        await tasks[1]

    asyncio.run(listen())


def test_where_nothing_happens_a_comment_says_from_where_to_resume(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_S", 0.05)

    async def listen() -> None:
        feed, who, start = Feed(installation), visitor(installation), size_of(installation)
        reader = Reader(feed, who, start, wanted=frozenset({"alert.raised"}))
        task = asyncio.create_task(reader.run())
        noted(installation, 3)
        async with asyncio.timeout(20):
            while f": alive\nid: {start + 2}\n\n".encode() not in reader.got:
                await asyncio.sleep(0.01)
        assert not indices(bytes(reader.got))
        reader.gone.set()
        await task

    asyncio.run(listen())


def test_an_account_has_so_many_streams_and_no_more(installation: Installation) -> None:
    async def listen() -> None:
        feed, who = Feed(installation), visitor(installation)
        readers = [Reader(feed, who, 0) for _ in range(MOST_OF_ACCOUNT)]
        tasks = [asyncio.create_task(reader.run()) for reader in readers]
        await asyncio.sleep(0.05)
        with pytest.raises(TooManyStreams):
            await Reader(feed, who, 0).run()
        other = Reader(feed, visitor(installation, Role.OPERATOR), 0)
        tasks.append(asyncio.create_task(other.run()))
        await other.has(0)
        for reader in (*readers, other):
            reader.gone.set()
        await asyncio.gather(*tasks)
        last = Reader(feed, who, 0, until=0)
        await last.run()
        assert last.ended_well

    asyncio.run(listen())


def test_too_many_streams_are_429(made: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "MOST_OF_ACCOUNT", 0)
    answer = made.client(Role.AUDITOR).get("/api/v1/events", params={"follow": False})
    assert (answer.status_code, answer.json()["type"]) == (429, "urn:overt:too-many-streams")


def test_a_store_that_is_away_for_a_while_loses_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, away = installation.store.read, [False]

    def read(look: Any) -> Any:
        if away[0]:
            raise StoreUnavailable("away")
        return reading(look)

    monkeypatch.setattr(installation.store, "read", read)

    async def listen() -> None:
        feed, who, start = Feed(installation), visitor(installation), size_of(installation)
        reader = Reader(feed, who, start)
        task = asyncio.create_task(reader.run())
        await asyncio.sleep(0.05)
        away[0] = True
        noted(installation, 3)
        await asyncio.sleep(0.1)
        assert not indices(bytes(reader.got))
        away[0] = False
        await reader.has(3)
        assert indices(bytes(reader.got)) == [start, start + 1, start + 2]
        reader.gone.set()
        await task
        away[0] = True
        behind = Reader(feed, who, 0)
        feed._recent = [Told(index=50, kind="restored", sent=b"")]
        await behind.run()
        assert not behind.ended_well

    asyncio.run(listen())


def test_a_fault_that_nobody_foresaw_is_not_hidden(installation: Installation) -> None:
    class Broken(Feed):
        async def more(self, start: int, timeout_s: float) -> list[Told]:
            raise ZeroDivisionError

    async def listen() -> None:
        with suppress(TimeoutError), pytest.raises(ZeroDivisionError):
            await Reader(Broken(installation), visitor(installation), 0).run()

    asyncio.run(listen())


def test_what_a_follower_that_was_stopped_still_hands_over_is_not_taken(installation: Installation) -> None:
    async def listen() -> None:
        feed, who = Feed(installation), visitor(installation)
        with feed.listening(who):
            old = feed._follower
            assert old is not None
        with feed.listening(who):
            feed.take(old, [Told(index=1, kind="restored", sent=b"old")])
            assert not feed._recent

    asyncio.run(listen())
