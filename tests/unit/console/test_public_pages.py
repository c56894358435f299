"""The register without signing in: the same files for everybody, kept for a minute, and never a burden."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from overt.console import public_site
from overt.console.problems import NotThere, TooMany
from overt.console.public_site import FRESH_S, OLD_S, WAITING, PublicSite
from overt.domain.figures import Counts
from overt.notices.register import Site
from overt.notices.register_pages import cells
from overt.store.errors import StoreUnavailable
from tests.consoles import console_of, house_in, visiting
from tests.histories import History
from tests.installations import in_memory
from tests.reading import Read, told_as
from tests.registers import register
from tests.unit.console.deploying import Console

ONE = register()["deployments"][0]["id"]


@dataclass
class Installed:
    """What a public site stands on, counted."""

    now_us: int = 1
    grown: int = 10
    made: int = 0
    looked: int = 0
    fails: bool = False
    held: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.held.set()
        self.site = PublicSite(self._make, self._size, lambda: self.now_us)

    def _size(self) -> int:
        self.looked += 1
        return self.grown

    def _make(self) -> Site:
        self.held.wait(10)
        self.made += 1
        if self.fails:
            raise StoreUnavailable("The store cannot be reached.")
        return Site(register() | {"made_at": f"2026-11-29T13:{self.made:02}:00.000Z"})

    def wait(self, seconds: float) -> None:
        self.now_us += int(seconds * 1_000_000)

    async def settled(self) -> None:
        """What goes on behind has ended."""
        while self.site._renewing is not None:
            await asyncio.sleep(0.001)

    async def index(self) -> bytes:
        return (await self.site.answer("index.html")).content


@pytest.fixture
def installed() -> Iterator[Installed]:
    found = Installed()
    yield found
    found.held.set()
    found.site.close()


@pytest.fixture
def app(tmp_path: Path, installed: Installed) -> FastAPI:
    house = house_in(in_memory(), tmp_path)
    house.__dict__["public_site"] = installed.site
    return console_of(house)


@pytest.fixture
def reader(app: FastAPI) -> Iterator[TestClient]:
    with visiting(app) as client:
        yield client


def run(work: Callable[[], Any]) -> None:
    asyncio.run(work())


def test_whoever_reads_gets_the_files_that_are_published(reader: TestClient) -> None:
    site = Site(register() | {"made_at": "2026-11-29T13:01:00.000Z"})
    for path in site.paths:
        answer = reader.get(f"/public/{path}")
        assert (answer.status_code, answer.content) == (200, site.file(path).content), path
        assert answer.headers["content-type"] == site.file(path).kind
    assert reader.get("/public/").content == site.file("index.html").content


@pytest.mark.parametrize(
    ("asked", "led"), [("/public", "/public/"), (f"/public/{ONE}", f"/public/{ONE}/")], ids=["register", "deployment"]
)
def test_a_short_address_leads_to_the_page(reader: TestClient, asked: str, led: str) -> None:
    for method in ("GET", "HEAD"):
        answer = reader.request(method, asked)
        assert (answer.status_code, answer.headers["location"]) == (308, led)
    assert reader.get(led).status_code == 200


@pytest.mark.parametrize("path", ["", f"{ONE}/", "feed.xml", "register.css"])
def test_an_answer_says_how_long_it_may_be_kept_and_sets_nothing(reader: TestClient, path: str) -> None:
    reader.cookies.set("__Host-overt", "0" * 64)
    answer = reader.get(f"/public/{path}")
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "set-cookie" not in answer.headers
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'")
    assert "script-src" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    again = reader.get(f"/public/{path}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert again.headers["cache-control"] == "public, max-age=60"
    other = reader.get(f"/public/{path}", headers={"if-none-match": '"other", W/"another"'})
    assert other.status_code == 200
    head = reader.head(f"/public/{path}")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag"):
        assert head.headers[name] == answer.headers[name]


@pytest.mark.parametrize(
    "path", ["0192f3c1-7a00-7000-8000-00000000dead", "no.html", "%2e%2e/%2e%2e/etc/passwd", "index.html/", "//"]
)
def test_what_is_not_there_is_said_in_plain_words(reader: TestClient, path: str) -> None:
    answer = reader.get(f"/public/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is no such page in the register" in answer.text
    assert 'href="/public/index.html"' in answer.text
    assert "0000dead" not in answer.text


def test_nothing_is_written_to_it(reader: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert reader.request(method, "/public/").status_code == 405


def test_a_crowd_of_readers_asks_the_store_once(reader: TestClient, installed: Installed) -> None:
    for _ in range(50):
        assert reader.get("/public/").status_code == 200
    assert (installed.made, installed.looked) == (1, 1)


def test_a_store_that_is_away_is_said_and_not_asked_again_at_once(reader: TestClient, installed: Installed) -> None:
    installed.fails = True
    for _ in range(3):
        answer = reader.get("/public/")
        assert answer.status_code == 503
        assert answer.headers["cache-control"] == "no-store"
    assert installed.made == 1
    installed.fails = False
    installed.wait(FRESH_S)
    assert reader.get("/public/").status_code == 200


def test_it_is_made_anew_only_where_something_was_recorded_or_time_went_by(installed: Installed) -> None:
    async def reads() -> None:
        first = await installed.index()
        installed.wait(FRESH_S - 1)
        installed.grown += 1
        assert await installed.index() == first
        assert installed.looked == 1
        installed.wait(1)
        assert await installed.index() == first, "nobody waits while it is made"
        await installed.settled()
        assert await installed.index() != first
        assert installed.made == 2
        installed.wait(FRESH_S)
        await installed.index()
        await installed.settled()
        assert (installed.made, installed.looked) == (2, 3)
        installed.wait(OLD_S)
        await installed.index()
        await installed.settled()
        assert installed.made == 3

    run(reads)


def test_one_that_is_slow_to_make_is_made_less_often(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 10_000, 7))
    monkeypatch.setattr("overt.console.public_site.monotonic", lambda: next(times))

    async def reads() -> None:
        await installed.index()
        installed.wait(7 * public_site.SHARE - 1)
        await installed.index()
        await installed.settled()
        assert installed.looked == 1
        installed.wait(1)
        await installed.index()
        await installed.settled()
        assert installed.looked == 2

    run(reads)


def test_many_who_come_first_wait_for_one_making(installed: Installed) -> None:
    installed.held.clear()

    async def crowd() -> None:
        readers = [asyncio.create_task(installed.index()) for _ in range(200)]
        await asyncio.sleep(0.05)
        readers[0].cancel()  # one goes away
        installed.held.set()
        found = await asyncio.gather(*readers, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        assert len({one for one in found if isinstance(one, bytes)}) == 1

    run(crowd)
    assert installed.made == 1


def test_more_pages_than_can_be_made_at_once_are_refused(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crowd() -> None:
        await installed.index()
        held = threading.Event()
        site = installed.site._site
        assert site is not None
        make = Site.file

        def slow(self: Site, path: str) -> Any:
            held.wait(10)
            return make(self, path)

        monkeypatch.setattr(Site, "file", slow)
        monkeypatch.setattr(public_site, "WAITING", 3)
        paths = [path for path in site.paths if path != "index.html"][:5]
        readers = [asyncio.create_task(installed.site.answer(path)) for path in paths]
        await asyncio.sleep(0.05)
        held.set()
        found = await asyncio.gather(*readers, return_exceptions=True)
        assert [isinstance(one, TooMany) for one in found] == [False] * 3 + [True] * 2
        assert (await installed.site.answer(paths[4])).content

    assert WAITING > 3
    run(crowd)


def test_pages_that_are_kept_have_a_bound(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_site, "KEPT_BYTES", 60_000)

    async def reads() -> None:
        for path in await installed.site.paths():
            await installed.site.answer(path)

    run(reads)
    kept = installed.site._kept
    assert sum(len(one.content) for one in kept.values()) <= 60_000 or len(kept) == 1


def test_a_page_that_went_meanwhile_is_not_there(installed: Installed) -> None:
    async def reads() -> None:
        await installed.index()
        installed.site._site = Site(register() | {"deployments": []})
        with pytest.raises(NotThere):
            installed.site._made(f"{ONE}/index.html")

    run(reads)


def test_after_it_was_closed_it_begins_anew(installed: Installed) -> None:
    run(installed.index)
    installed.site.close()
    installed.wait(FRESH_S)
    run(installed.index)
    installed.site.close()
    installed.site.close()


def test_it_is_the_register_of_this_installation_as_of_now(tmp_path: Path) -> None:
    console = Console(tmp_path)
    with visiting(console.app) as client:
        assert "No deployment yet" in client.get("/public/").text
        history = History(clock=console.clock, on=console.installation)
        history.seal(12)
        history.counted(0, 0, Counts(frames=1, faces_detected=70, faces_seen=60))
        assert "No deployment yet" in client.get("/public/").text
        console.clock.advance(24 * 3600)
        client.get("/public/")
        assert wait_for(lambda: "High Street" in client.get("/public/").text)
        page = client.get(f"/public/{history.deployment}/").text
        assert "No alert, so nothing was to be verified." in page
        document = client.get("/public/register.json").json()
        assert document["deployments"][0]["figures"]["faces_seen"]["value"] == 60
        texts = Read(page).text
        for path, cell in cells(document["deployments"][0]):
            assert any(one in texts for one in told_as(path, cell)), path
        assert console.house.settings.complaints in client.get("/public/").text


def wait_for(it: Callable[[], bool], seconds: float = 10) -> bool:
    over = time.monotonic() + seconds
    while not it() and time.monotonic() < over:
        time.sleep(0.02)
    return it()
