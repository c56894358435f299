"""Watch lists in the console: looked at, approved, withdrawn from, erased; and who may not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from overt.console.open_lists import LIFE_US
from overt.domain.time import SECOND_US, to_text
from overt.ledger.entry import Entry
from overt.store.ports import Work
from overt.store.records import ErasureRow, Subject
from tests.installations import PASSPHRASE, kinds
from tests.stores import deployment, entries, uuid, watch_list
from tests.unit.console.list_room import Room, folder_of, imported, png, room_in, send

DOORS = (
    "/lists",
    "/lists/import",
    "/lists/import/progress",
    "/lists/import/state",
    "/lists/sealed/x",
    "/lists/drafts/x",
    "/lists/drafts/x/erase",
    "/lists/drafts/x/alike",
    "/lists/drafts/x/left-out",
    "/lists/drafts/x/entries/0",
    "/lists/drafts/x/faces/0",
    "/lists/drafts/x/portraits/0",
    "/lists/drafts/x/pairs/0/1",
)
POSTS = (
    "/lists/import",
    "/lists/import/stop",
    "/lists/residue",
    "/lists/sealed/x/erase",
    "/lists/drafts/x/erase",
    "/lists/drafts/x/open",
    "/lists/drafts/x/close",
    "/lists/drafts/x/entries/0/approve",
    "/lists/drafts/x/entries/0/withdraw",
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with room_in(tmp_path) as found:
        yield found


@pytest.fixture
def cat(room: Room) -> TestClient:
    return room.signed_in("cat")


@pytest.fixture
def dan(room: Room) -> TestClient:
    return room.signed_in("dan")


@pytest.fixture
def draft(room: Room, cat: TestClient, tmp_path: Path) -> str:
    """cat's list: fay and gil look alike, hal is under 18, ivy is left out. It is open for cat."""
    contents = folder_of(
        tmp_path / "list", "fay", "gil", "hal", "ivy", hal={"age": "13-17"}, ivy={"category": "intelligence"}
    )
    contents |= {"fay.png": png(1, 200), "gil.png": png(2, 200)}
    return imported(room, cat, contents)


def facts(room: Room, kind: str) -> list[dict[str, object]]:
    rows = room.installation.store.read(lambda work: list(work.ledger.rows()))
    entries = [Entry.from_bytes(row.entry) for row in rows]
    return [dict(entry.facts) for entry in entries if entry.kind == kind]


@pytest.mark.parametrize("path", [*DOORS, *POSTS])
def test_nobody_else_has_a_door_here(room: Room, path: str) -> None:
    eve, nobody = room.signed_in("eve"), room.client()
    if path in DOORS:
        assert eve.get(path).status_code == 403
        assert nobody.get(path, follow_redirects=False).headers["location"].startswith("/sign-in")
    if path in POSTS:
        assert eve.post(path, data={"passphrase": "x", "reason": "x"}).status_code == 403
        assert nobody.post(path, data={"passphrase": "x", "reason": "x"}).status_code == 401


def test_an_administrator_sees_no_list(room: Room) -> None:
    ann = room.signed_in("ann")
    assert "Watch lists" not in ann.get("/people").text
    assert ann.get("/lists").status_code == 403


def test_a_token_opens_no_list(room: Room, cat: TestClient, draft: str) -> None:
    token = str(cat.cookies["__Host-overt"])
    answer = room.client().get(f"/lists/drafts/{draft}", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 403


def test_an_empty_system_says_what_to_do_first(cat: TestClient) -> None:
    page = cat.get("/lists").text
    assert "No list is in the making" in page
    assert 'href="/lists/import"' in page


def test_the_lists_are_shown_with_their_state_and_nobody_is_named(cat: TestClient, dan: TestClient, draft: str) -> None:
    for client, by in ((cat, "by you"), (dan, "by another list manager")):
        page = client.get("/lists").text
        assert by in page
        assert "waits for 1 approval" in page
        assert not any(name in page for name in ("fay", "gil", "hal", "ivy"))


def test_a_list_is_open_for_who_imported_it_and_for_nobody_else(cat: TestClient, dan: TestClient, draft: str) -> None:
    page = cat.get(f"/lists/drafts/{draft}").text
    assert all(name in page for name in ("fay", "gil", "hal"))
    assert "1 to 3 of 3 entries" in page
    assert "eyes 40 px apart" in page
    assert "looks alike" in page
    closed = dan.get(f"/lists/drafts/{draft}").text
    assert "Passphrase of this list" in closed
    assert not any(name in closed for name in ("fay", "gil", "hal"))
    for path in ("alike", "left-out", "entries/0"):
        assert dan.get(f"/lists/drafts/{draft}/{path}", follow_redirects=False).status_code == 303
    for path in ("faces/0", "portraits/0", "pairs/0/1"):
        answer = dan.get(f"/lists/drafts/{draft}/{path}")
        assert answer.status_code == 409
        assert "passphrase" in answer.text


def test_a_wrong_passphrase_opens_nothing(dan: TestClient, draft: str) -> None:
    for words in ("a wrong horse battery", "xyzzy"):
        answer = dan.post(f"/lists/drafts/{draft}/open", data={"passphrase": words})
        assert answer.status_code == 422
        assert 'id="problem"' in answer.text
        assert words not in answer.text
    assert "Passphrase of this list" in dan.get(f"/lists/drafts/{draft}").text


def test_a_list_stays_open_for_some_minutes_and_no_longer_than_the_session(
    room: Room, dan: TestClient, draft: str
) -> None:
    def is_open() -> bool:
        return "Its key is in this machine's memory only" in dan.get(f"/lists/drafts/{draft}").text

    def opens() -> None:
        assert dan.post(f"/lists/drafts/{draft}/open", data={"passphrase": PASSPHRASE}).status_code == 200
        assert is_open()

    opens()
    room.clock.advance(LIFE_US / SECOND_US - 1)
    assert is_open()
    room.clock.advance(2)
    assert not is_open()
    opens()
    assert "closed" in dan.post(f"/lists/drafts/{draft}/close").text
    assert not is_open()
    opens()
    token = str(dan.cookies["__Host-overt"])
    dan.post("/sign-out")
    assert room.house.open_lists.get(token, draft) is None
    assert PASSPHRASE not in repr(vars(room.house.open_lists))


def test_the_key_is_in_no_cookie_and_no_store(room: Room, cat: TestClient, draft: str) -> None:
    opened = room.house.open_lists.get(str(cat.cookies["__Host-overt"]), draft)
    assert opened is not None
    assert list(cat.cookies) == ["__Host-overt"]
    assert opened.draft.key.hex() not in repr(opened)


def test_pictures_are_shown_recorded_and_not_kept(room: Room, cat: TestClient, draft: str) -> None:
    for path, positions in (("faces/1", (1,)), ("portraits/2", (2,)), ("pairs/0/1", (0, 1))):
        answer = cat.get(f"/lists/drafts/{draft}/{path}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content.startswith(b"\xff\xd8")
        assert facts(room, "list.shown")[-1] == {"draft": draft, "positions": positions}
    assert cat.get(f"/lists/drafts/{draft}/faces/9").status_code == 404
    assert len(facts(room, "list.shown")) == 3


def test_look_alikes_stand_side_by_side(cat: TestClient, draft: str) -> None:
    page = cat.get(f"/lists/drafts/{draft}/alike").text
    assert "1 pair of entries" in page
    assert "fay and gil" in page
    assert f"/lists/drafts/{draft}/pairs/0/1" in page
    assert cat.post(f"/lists/drafts/{draft}/entries/1/withdraw").status_code == 200
    assert "No two entries look alike" in cat.get(f"/lists/drafts/{draft}/alike").text


def test_who_was_left_out_is_told_with_the_reason(cat: TestClient, draft: str) -> None:
    page = cat.get(f"/lists/drafts/{draft}/left-out").text
    assert "ivy has the category" in page
    assert "(categories)" in page


def test_a_second_person_approves_with_a_reason(room: Room, cat: TestClient, dan: TestClient, draft: str) -> None:
    entry = f"/lists/drafts/{draft}/entries/2"
    own = cat.get(entry).text
    assert "another list manager has to look at it" in own
    assert "Approve the entry" not in own
    refused = cat.post(f"{entry}/approve", data={"reason": "fine"})
    assert (refused.status_code, "You imported this list" in refused.text) == (422, True)
    assert dan.post(f"{entry}/approve", data={"reason": "fine"}).status_code == 409  # it is not open for dan
    dan.post(f"/lists/drafts/{draft}/open", data={"passphrase": PASSPHRASE})
    assert dan.post(f"{entry}/approve", data={"reason": " "}).status_code == 422
    done = dan.post(f"{entry}/approve", data={"reason": "the family agreed"})
    assert "The entry is approved" in done.text
    assert "the family agreed" in dan.get(entry).text
    assert "ready for a deployment" in dan.get("/lists").text
    assert dan.post(f"{entry}/approve", data={"reason": "again"}).status_code == 404
    assert facts(room, "entry.approved") == [{"draft": draft, "position": 2}]


def test_an_entry_is_withdrawn_and_counted(room: Room, dan: TestClient, draft: str) -> None:
    assert "withdrawn" in dan.post(f"/lists/drafts/{draft}/entries/0/withdraw").text
    assert dan.post(f"/lists/drafts/{draft}/entries/0/withdraw").status_code == 404
    assert "2, and 1 withdrawn" in dan.get(f"/lists/drafts/{draft}").text
    assert facts(room, "draft.withdrawn") == [{"draft": draft, "position": 0}]


def test_many_entries_come_page_by_page(room: Room, cat: TestClient, tmp_path: Path) -> None:
    contents = folder_of(tmp_path / "many", *(f"p{number:02d}" for number in range(12)), p11={"age": "13-17"})
    draft = imported(room, cat, contents)
    first = cat.get(f"/lists/drafts/{draft}").text
    assert "1 to 10 of 12 entries" in first
    assert first.index("p11") < first.index("p00")  # who waits comes first
    assert "under 18" in first
    second = cat.get(f"/lists/drafts/{draft}?at=2").text
    assert "11 to 12 of 12 entries" in second
    assert "?at=1" in second
    assert cat.get(f"/lists/drafts/{draft}?at=0").status_code == 422


def test_a_list_whose_time_is_over_is_told_and_opens_no_more(room: Room, draft: str) -> None:
    room.clock.advance(23 * 3600)
    cat = room.signed_in("cat")
    cat.post(f"/lists/drafts/{draft}/open", data={"passphrase": PASSPHRASE})
    assert "in 25 hours" in cat.get(f"/lists/drafts/{draft}/entries/0").text
    room.clock.advance(2 * 3600)
    assert "its time is over" in cat.get("/lists").text
    assert cat.post(f"/lists/drafts/{draft}/open", data={"passphrase": PASSPHRASE}).status_code == 404


def test_an_entry_that_expired_and_a_rule_that_is_broken_are_told(room: Room, cat: TestClient, tmp_path: Path) -> None:
    soon = to_text(room.clock.now_us() + 60 * SECOND_US)
    contents = folder_of(tmp_path / "soon", "fay", fay={"expires": soon, "serious": "no"})
    draft = imported(room, cat, contents)
    assert "(min_serious_share)" in cat.get(f"/lists/drafts/{draft}").text
    assert "expired" not in cat.get(f"/lists/drafts/{draft}").text
    room.clock.advance(61)
    for path in ("", "/entries/0"):
        assert "expired" in cat.get(f"/lists/drafts/{draft}{path}").text


def test_a_list_is_erased_with_its_receipt(room: Room, cat: TestClient, dan: TestClient, draft: str) -> None:
    token = str(cat.cookies["__Host-overt"])
    assert "Erase the list of" in dan.get(f"/lists/drafts/{draft}/erase").text
    receipt = dan.post(f"/lists/drafts/{draft}/erase").text
    assert "Key destroyed" in receipt
    assert "Nothing that it sealed can be read any more" in receipt
    assert "hold no trace of it" in receipt
    assert room.house.open_lists.get(token, draft) is None
    assert kinds(room.installation)[-3:] == ["draft.erasing", "draft.erased", "residue.cleared"]
    assert cat.get(f"/lists/drafts/{draft}/faces/0").status_code == 409
    assert dan.post(f"/lists/drafts/{draft}/erase").status_code == 409
    assert dan.get(f"/lists/drafts/{draft}/erase", follow_redirects=False).status_code == 303
    assert "Erased" in dan.get("/lists").text


def test_a_residue_that_waits_is_tried_again(
    room: Room, cat: TestClient, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(room.installation.store), "clear_residue", lambda _: False)
        assert "not yet" in cat.post(f"/lists/drafts/{draft}/erase").text
        assert "could not be cleared yet" in cat.post("/lists/residue").text
    assert "hold no trace of what was erased" in cat.post("/lists/residue").text


def test_a_sealed_list_is_shown_and_erased(room: Room, cat: TestClient) -> None:
    row = watch_list()

    def add(work: Work) -> None:
        work.deployments.add(deployment())
        work.lists.add(row, entries())

    room.installation.keyring.put(f"list-{row.id}", bytes(32))
    room.installation.store.write(add)
    assert cat.get(f"/lists/sealed/{uuid(9)}").status_code == 404
    assert row.id in cat.get("/lists").text
    assert "Only the deployment opens it" in cat.get(f"/lists/sealed/{row.id}").text
    assert "Key destroyed" in cat.post(f"/lists/sealed/{row.id}/erase").text
    assert cat.post(f"/lists/sealed/{row.id}/erase").status_code == 409


def test_what_is_being_erased_says_so(room: Room, cat: TestClient, draft: str) -> None:
    receipt = ErasureRow(id=uuid(1), subject=Subject.DRAFT, subject_id=draft, reason="by-hand", begun_us=1)

    def begin(work: Work) -> None:
        work.drafts.begin_erasing(draft)
        work.erasures.add(receipt)

    room.installation.store.write(begin)
    assert "being erased" in cat.get(f"/lists/drafts/{draft}").text
    assert "not yet" in cat.get("/lists").text


def test_what_is_not_there_is_not_found(cat: TestClient) -> None:
    assert cat.get("/lists/drafts/none").status_code == 404
    assert cat.post("/lists/drafts/none/open", data={"passphrase": PASSPHRASE}).status_code == 404
    assert cat.post("/lists/drafts/none/erase").status_code == 409
    assert cat.get("/lists/drafts/%00").status_code == 422
    assert cat.get(f"/lists/drafts/none/entries/{10**30}").status_code == 422


def test_no_address_names_a_reference(cat: TestClient, draft: str) -> None:
    for path in ("", "/alike", "/left-out", "/entries/0"):
        page = cat.get(f"/lists/drafts/{draft}{path}").text
        addresses = [part.split('"')[0] for mark in ('href="', 'src="', 'action="') for part in page.split(mark)[1:]]
        assert addresses
        assert not any(name in address for address in addresses for name in ("fay", "gil", "hal", "ivy"))
        assert not any(name in page.split("<title>")[1].split("</title>")[0] for name in ("fay", "gil", "hal"))


def test_a_session_that_was_closed_imports_nothing(room: Room, cat: TestClient, tmp_path: Path) -> None:
    cat.post("/sign-out")
    assert send(cat, folder_of(tmp_path / "list", "fay")).status_code == 401
