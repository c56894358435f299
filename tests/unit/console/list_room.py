"""A console with two list managers, whose reader finds painted faces."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from PIL import Image

from overt.console.app import create_app
from overt.console.house import House
from overt.console.runs import Runs
from overt.domain.roles import Role
from overt.services.installation import Installation
from overt.settings import Settings
from overt.testing.fixed_clock import FixedClock
from overt.testing.toy_reader import ToyFace, ToyReader, paint
from tests.drafting import listed
from tests.installations import PASSPHRASE, in_memory
from tests.people import PASSWORD, administrators, person


@dataclass(frozen=True, kw_only=True)
class Room:
    """A console and its people: cat and dan are list managers, eve is an operator."""

    house: House
    clock: FixedClock
    home: Path
    client: Callable[[], TestClient]

    @property
    def installation(self) -> Installation:
        return self.house.installation

    def signed_in(self, name: str) -> TestClient:
        client = self.client()
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return client


@contextmanager
def room_in(folder: Path, reader: Any = None) -> Iterator[Room]:
    """The installation is in memory; its home folder is real."""
    clock = FixedClock()
    installation = in_memory(clock)
    administrators(installation)
    for name, role in (("cat", Role.LIST_MANAGER), ("dan", Role.LIST_MANAGER), ("eve", Role.OPERATOR)):
        person(installation, name, role)
    home = folder / "home"
    settings = Settings(home=home)
    house = House(
        installation=installation,
        settings=settings,
        runs=Runs(installation, settings),
        hosts=frozenset({"testserver"}),
        secure=True,
    )
    vars(house)["readers"] = reader or ToyReader()
    app = create_app(house)
    clients: list[TestClient] = []

    def client() -> TestClient:
        new = TestClient(app, base_url="https://testserver", headers={"origin": "https://testserver"})
        clients.append(new)
        return new

    try:
        yield Room(house=house, clock=clock, home=home, client=client)
    finally:
        house.imports.end_all()
        for one in clients:
            one.close()


def png(person: int, likeness: int = 0) -> bytes:
    out = io.BytesIO()
    Image.fromarray(paint(ToyFace(person=person, likeness=likeness))[:, :, ::-1]).save(out, "PNG")
    return out.getvalue()


def folder_of(folder: Path, *names: str, **changes: Any) -> dict[str, bytes]:
    """What somebody sends: a picture of each, all different, and the table; `changes`: to a row of it."""
    listed(folder, list(names), **changes)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def zipped(contents: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def send(client: TestClient, contents: Mapping[str, bytes], **fields: str) -> Any:
    """The form as a browser sends it; the answer, not followed."""
    given = {"resume": "", "policy": "uk-police", "passphrase": PASSPHRASE, "again": PASSPHRASE, **fields}
    files = [("files", (name, content, "application/octet-stream")) for name, content in contents.items()]
    files = files or [("files", ("", b"", "application/octet-stream"))]  # as browsers do where nothing was chosen
    return client.post("/lists/import", data=given, files=files, follow_redirects=False)


def ended(client: TestClient) -> str:
    """The stage in which the import ended."""
    for _ in range(400):
        stage = str(client.get("/lists/import/state").json()["stage"])
        if stage in ("done", "failed", "none"):
            return stage
        time.sleep(0.02)
    raise AssertionError("the import did not end")


def imported(room: Room, client: TestClient, contents: Mapping[str, bytes], **fields: str) -> str:
    """The draft that came of it."""
    answer = send(client, contents, **fields)
    assert answer.status_code == 303, answer.text
    assert ended(client) == "done"
    return room.installation.store.read(lambda work: work.drafts.all())[-1].id


def left_behind(room: Room) -> list[Path]:
    """What lies in the home folder's cache."""
    cache = room.home / "cache"
    return list(cache.iterdir()) if cache.exists() else []
