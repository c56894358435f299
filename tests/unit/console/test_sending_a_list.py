"""A list is sent to the console: taken piece by piece, read in a thread, stopped, refused, and nothing of it stays."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from overt.console import receiving
from overt.console.imports import LONGEST_US, TOLD_US, ImportGoesOn
from overt.console.pages import list_import
from overt.console.receiving import BadForm, received
from overt.domain.errors import BadWatchList, Refused
from overt.domain.time import SECOND_US
from overt.services import uploads
from overt.services.accounts import close
from overt.services.erase import erase_draft
from overt.services.uploads import Upload
from overt.testing.toy_reader import ToyReader
from tests.unit.console.list_room import Room, ended, folder_of, imported, left_behind, png, room_in, send, zipped


class Slow(ToyReader):
    """Waits with every picture, as long as it is told to."""

    def __init__(self) -> None:
        self.go, self.seen = threading.Event(), threading.Event()

    def portraits(self, picture: Any) -> Any:
        self.seen.set()
        assert self.go.wait(20)
        return super().portraits(picture)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with room_in(tmp_path) as found:
        yield found
        assert left_behind(found) == []


@pytest.fixture
def cat(room: Room) -> TestClient:
    return room.signed_in("cat")


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[tuple[Room, Slow]]:
    reader = Slow()
    with room_in(tmp_path, reader) as found:
        yield found, reader
        reader.go.set()
    assert left_behind(found) == []


def people(folder: Path, *names: str, **changes: dict[str, str]) -> dict[str, bytes]:
    return folder_of(folder / "list", *(names or ("fay", "gil", "hal")), **changes)


def problem(answer: Any) -> str:
    """What the page says is wrong."""
    assert answer.status_code == 422, answer.text
    return str(answer.text.split('id="problem"')[1].split("</div>")[0])


@pytest.mark.parametrize("packed", [False, True])
def test_a_list_is_imported_and_nothing_of_it_stays(room: Room, cat: TestClient, tmp_path: Path, packed: bool) -> None:
    contents = people(tmp_path)
    form = cat.get("/lists/import").text
    assert 'action="/lists/import"' in form
    assert "<option selected>uk-police" in form
    draft = imported(room, cat, {"people.zip": zipped(contents)} if packed else contents)
    said = cat.get("/lists/import/progress").text
    assert "3 entries" in said
    assert f"/lists/drafts/{draft}" in said
    assert cat.get("/lists/import/state").json() == {"stage": "done", "done": 3, "total": 3}
    assert left_behind(room) == []


def test_without_an_import_the_page_says_so(cat: TestClient) -> None:
    assert "You are importing no list" in cat.get("/lists/import/progress").text
    assert cat.get("/lists/import/state").json()["stage"] == "none"
    assert cat.post("/lists/import/stop").status_code == 200


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"passphrase": "short", "again": "short"}, "at least 12 characters"),
        ({"again": "another horse battery"}, "two passphrases differ"),
        ({"policy": "../../etc/passwd"}, "no such policy"),
        ({"policy": ""}, "no such policy"),
        ({"policy": "x" * 5000}, "policy is too long"),
        ({f"field{number}": "" for number in range(40)}, "not the form of this page"),
    ],
)
def test_a_field_that_is_wrong_is_told(room: Room, cat: TestClient, tmp_path: Path, fields: Any, why: str) -> None:
    assert why in problem(send(cat, people(tmp_path), **fields))
    assert left_behind(room) == []
    assert room.installation.store.read(lambda work: work.drafts.all()) == []


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        ({}, "No picture was chosen"),
        ({"people.zip": b"none"}, "cannot be read as a ZIP"),
        ({"people.zip": zipped({"../fay.png": png(1)})}, "leads outside"),
        ({"people.zip": zipped({"fay.png": bytes(20_000_000)})}, "packed far smaller"),
        ({"people.zip": zipped({"fay.png": png(1)}), "gil.png": png(2)}, "A ZIP comes alone"),
        ({"../fay.png": png(1)}, "leads outside"),
        ({"/etc/passwd": png(1)}, "leads outside"),
        ({"fay.png": png(1), "entries.csv": b"reference\ngil\n"}, "names the entry gil, which has no picture"),
        ({"fay.png": png(1), "entries.csv": b"\xff\xfe"}, "not a table"),
        ({"entries.csv": b"reference\n"}, "that was sent is empty"),
    ],
)
def test_what_is_no_list_is_refused_whole(room: Room, cat: TestClient, contents: Any, why: str) -> None:
    assert why in problem(send(cat, contents))
    assert left_behind(room) == []
    assert cat.get("/lists/import/state").json()["stage"] == "none"


def test_too_many_files_are_refused(
    room: Room, cat: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    assert "more than 2 files" in problem(send(cat, people(tmp_path)))


def test_too_many_bytes_are_refused(room: Room, cat: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    assert "more than 0 GB" in problem(send(cat, {"fay.png": bytes(2000)}))
    header = {"content-length": str(list_import.BIG.most_bytes + 1)}
    assert cat.post("/lists/import", content=b"", headers=header).status_code == 413


def test_a_disk_without_room_is_told(
    room: Room, cat: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LEFT_FREE_BYTES", 10**18)
    assert "has no room" in problem(send(cat, people(tmp_path)))


def test_a_list_of_which_nothing_can_be_used_is_told_with_its_reasons(
    room: Room, cat: TestClient, tmp_path: Path
) -> None:
    contents = {"fay.png": b"no picture", "gil.jpg": png(1)}
    assert send(cat, contents).status_code == 303
    assert ended(cat) == "done"
    said = cat.get("/lists/import/progress").text
    assert "Nothing was kept" in said
    assert "gil" in said
    assert "fay does not give" in said
    room.clock.advance(TOLD_US / SECOND_US + 1)
    assert "fay does not give" not in cat.get("/lists/import/progress").text


def test_an_import_that_fails_says_why(room: Room, cat: TestClient, tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(3)]
    contents = people(tmp_path, *names)

    class Broken(ToyReader):
        def portraits(self, picture: Any) -> Any:
            raise RuntimeError("a secret")

    vars(room.house)["readers"] = Broken()
    assert send(cat, contents).status_code == 303
    assert ended(cat) == "failed"
    said = cat.get("/lists/import/progress").text
    assert "did not end well" in said
    assert "RuntimeError" in said
    assert "a secret" not in said
    assert "Nothing of it was kept" in said
    assert left_behind(room) == []


def test_who_is_closed_meanwhile_imports_nothing(slow: tuple[Room, Slow], tmp_path: Path) -> None:
    room, reader = slow
    cat = room.signed_in("cat")
    assert send(cat, people(tmp_path)).status_code == 303
    assert reader.seen.wait(10)
    by = room.house.installation.store.read(lambda work: work.accounts.by_name("ann"))
    assert by is not None
    from overt.services.people import account_of

    close(room.installation, account_of(by), "cat")
    reader.go.set()
    cat_id = room.installation.store.read(lambda work: work.accounts.by_name("cat"))
    assert cat_id is not None
    one = room.house.imports.of(cat_id.id)
    assert one is not None
    assert one.thread is not None
    one.thread.join(10)
    assert "not active" in str(one.error)


def test_one_account_imports_one_list_at_a_time_and_sees_how_far_it_is(slow: tuple[Room, Slow], tmp_path: Path) -> None:
    room, reader = slow
    cat, dan = room.signed_in("cat"), room.signed_in("dan")
    contents = people(tmp_path)
    assert send(cat, contents).headers["location"] == "/lists/import/progress"
    assert reader.seen.wait(10)
    page = cat.get("/lists/import/progress").text
    assert "of <span" in page
    assert "Stop the import" in page
    assert 'http-equiv="refresh"' in page
    assert cat.get("/lists/import/state").json() == {"stage": "reading", "done": 0, "total": 3}
    assert cat.get("/lists/import", follow_redirects=False).headers["location"] == "/lists/import/progress"
    assert "0 of 3 pictures read" in cat.get("/lists").text
    assert "importing a list already" in problem(send(cat, contents))
    assert dan.get("/lists/import/state").json()["stage"] == "none"
    assert send(dan, contents).status_code == 303
    reader.go.set()
    assert ended(cat) == ended(dan) == "done"


def test_an_import_is_stopped_and_gone_on_with(
    slow: tuple[Room, Slow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("overt.services.list_import.BATCH", 1)
    room, reader = slow
    cat, dan = room.signed_in("cat"), room.signed_in("dan")
    contents = people(tmp_path)
    assert send(cat, contents).status_code == 303
    assert reader.seen.wait(10)
    stopping = threading.Thread(target=lambda: cat.post("/lists/import/stop"))
    stopping.start()
    cat_id = room.installation.store.read(lambda work: work.accounts.by_name("cat"))
    assert cat_id is not None
    one = room.house.imports.of(cat_id.id)
    assert one is not None
    assert one.stop.wait(10)
    reader.go.set()
    stopping.join(20)
    said = cat.get("/lists/import/progress").text
    assert "You stopped this import" in said
    (row,) = room.installation.store.read(lambda work: work.drafts.all())
    assert 0 < row.entries < 3
    page = f"/lists/drafts/{row.id}"
    assert f"/lists/import?resume={row.id}" in cat.get(page).text
    assert "import not finished" in cat.get("/lists").text
    assert "Only the list manager who began it" in dan.get(page).text
    assert "Go on with an import" in cat.get(f"/lists/import?resume={row.id}").text
    assert cat.get("/lists/import?resume=none").status_code == 404
    assert send(cat, contents, resume=row.id, passphrase="a wrong horse battery").status_code == 303
    assert ended(cat) == "failed"
    assert "passphrase is not the one" in cat.get("/lists/import/progress").text
    assert send(cat, contents, resume=row.id, again="").status_code == 303
    assert ended(cat) == "done"
    assert "1 to 3 of 3 entries" in cat.get(page).text


def test_who_signed_out_meanwhile_finds_the_list_closed(slow: tuple[Room, Slow], tmp_path: Path) -> None:
    room, reader = slow
    cat = room.signed_in("cat")
    token = str(cat.cookies["__Host-overt"])
    assert send(cat, people(tmp_path)).status_code == 303
    assert reader.seen.wait(10)
    cat.post("/sign-out")
    reader.go.set()
    cat = room.signed_in("cat")
    assert ended(cat) == "done"
    one = next(iter(room.house.imports._imports.values()))
    assert one.thread is not None
    one.thread.join(10)
    assert room.house.open_lists.get(token, one.draft) is None
    assert "Passphrase of this list" in cat.get(f"/lists/drafts/{one.draft}").text


def test_an_import_that_takes_too_long_is_stopped(slow: tuple[Room, Slow], tmp_path: Path) -> None:
    room, reader = slow
    cat = room.signed_in("cat")
    assert send(cat, people(tmp_path)).status_code == 303
    assert reader.seen.wait(10)
    room.clock.advance(LONGEST_US / SECOND_US + 1)
    reader.go.set()
    one = next(iter(room.house.imports._imports.values()))
    assert one.thread is not None
    one.thread.join(10)
    assert "took too long" in str(one.error)


def test_an_import_ends_with_the_console(slow: tuple[Room, Slow], tmp_path: Path) -> None:
    room, reader = slow
    cat = room.signed_in("cat")
    assert send(cat, people(tmp_path)).status_code == 303
    assert reader.seen.wait(10)
    ending = threading.Thread(target=room.house.imports.end_all)
    ending.start()
    one = next(iter(room.house.imports._imports.values()))
    assert one.stop.wait(10)
    reader.go.set()
    ending.join(20)
    assert one.over
    assert left_behind(room) == []


def test_a_list_that_is_erased_before_it_was_opened_is_told(
    room: Room, cat: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def erased_first(token: str, draft: str, *_: Any) -> None:
        erase_draft(room.installation, draft, "by-hand")
        raise Refused("It is gone.")

    monkeypatch.setattr(room.house.imports, "_opened", erased_first)
    assert send(cat, people(tmp_path)).status_code == 303
    assert ended(cat) == "done"
    assert "3 entries" in cat.get("/lists/import/progress").text


def test_a_place_that_was_given_up_is_free(room: Room) -> None:
    first = room.house.imports.begin("x")
    with pytest.raises(ImportGoesOn):
        room.house.imports.begin("x")
    room.house.imports.give_up(first)
    second = room.house.imports.begin("x")
    room.house.imports.give_up(first)
    assert room.house.imports.of("x") is second
    room.house.imports.give_up(second)


def asked(body: list[bytes], kind: str, silent: bool = False) -> Request:
    """A request whose body comes in these pieces."""
    pieces = iter([*body, b""])

    async def receive() -> dict[str, object]:
        if silent:
            await asyncio.sleep(3600)
        piece = next(pieces)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    scope = {"type": "http", "headers": [(b"content-type", kind.encode())]}
    return Request(scope, cast("Any", receive))


def taken(tmp_path: Path, body: bytes, kind: str = "multipart/form-data; boundary=xyz", **options: Any) -> Any:
    """The fields, and what lies in the upload."""
    upload = Upload(tmp_path / "cache", os.urandom)
    pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
    try:
        return asyncio.run(received(asked(pieces, kind, **options), upload)), upload.files
    finally:
        upload.close()


def part(head: str, content: str) -> str:
    return f"--xyz\r\n{head}\r\n\r\n{content}\r\n"


END = "--xyz--\r\n"
NAMED = 'Content-Disposition: form-data; name="a"'


def test_a_form_comes_in_pieces(tmp_path: Path) -> None:
    body = part(NAMED, "é") + part(f'{NAMED}; filename="bé.png"\r\nContent-Type: image/png', "123") + END
    assert taken(tmp_path, body.encode()) == ({"a": "é"}, 1)
    nothing = part(f'{NAMED}; filename=""', "") + END
    assert taken(tmp_path, nothing.encode()) == ({"a": ""}, 0)


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        (part(NAMED, "1") + END, "application/json", "not the form"),
        (part(NAMED, "1") + END, "multipart/form-data", "not the form"),
        (part(NAMED, "1") + END, f"multipart/form-data; boundary={'x' * 300}", "not the form"),
        ("nonsense" + part(NAMED, "1"), "", "not the form"),
        (part("X: y", "1") + END, "", "not the form"),
        (part(NAMED, "1"), "", "cut short"),
        ("", "", "cut short"),
        (part("X: " + "y" * 10_000, "1") + END, "", "not the form"),
    ],
)
def test_what_is_no_form_is_refused(tmp_path: Path, body: str, kind: str, why: str) -> None:
    with pytest.raises(BadForm, match=why):
        taken(tmp_path, body.encode(), kind or "multipart/form-data; boundary=xyz")


def test_after_a_fault_the_rest_is_thrown_away(tmp_path: Path) -> None:
    body = part(f'{NAMED}; filename="../x.png"', "1") + part(f'{NAMED}; filename="y.png"', "2") + END
    upload = Upload(tmp_path / "cache", os.urandom)
    with pytest.raises(BadWatchList, match="leads outside"):
        asyncio.run(received(asked([body.encode(), b"more"], "multipart/form-data; boundary=xyz"), upload))
    assert upload.files == 1
    upload.close()


def test_who_sends_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "SILENCE_S", 0.05)
    with pytest.raises(BadForm, match="did not come in time"):
        taken(tmp_path, b"x", silent=True)


def test_a_body_that_breaks_off_leaves_nothing(room: Room, cat: TestClient) -> None:
    def broken() -> Iterator[bytes]:
        yield part(f'{NAMED}; filename="x.png"', "1").encode()
        raise ConnectionError

    answer = cat.post(
        "/lists/import",
        content=broken(),
        headers={"content-type": "multipart/form-data; boundary=xyz", "content-length": "1000"},
    )
    assert answer.status_code == 500
    assert left_behind(room) == []
    assert cat.get("/lists/import/state").json()["stage"] == "none"
