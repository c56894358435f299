"""The ledger in the console: found, read, verified, proved and handed over by those who check, and by nobody else."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from httpx2 import Response

from overt.console.api.kinds import KINDS
from overt.console.pages import ledger_words
from overt.domain.roles import Role
from overt.ledger import verify
from overt.ledger.entry import Entry, Fact
from overt.ledger.merkle import continues, includes, leaf_hash
from overt.services import reading, record
from overt.services.desk import alert_facts
from overt.services.record import newest
from overt.store.heads import HeadFolder
from overt.store.ports import Work
from overt.testing.memory_store import MemoryStore
from tests.people import person
from tests.stores import uuid
from tests.unit.console.alerting import Console, seen
from tests.unit.services.policed import policed


@pytest.fixture
def console() -> Console:
    return Console()


def raised(console: Console) -> str:
    """An alert with its whole entry; its id."""
    alert = console.alert()
    facts = alert_facts(console.row(alert), 0)
    console.installation.store.write(
        lambda work: work.record("alert.raised", deployment=console.deployment.id, facts=facts)
    )
    return alert


def noted(console: Console, count: int) -> None:
    def change(work: Work) -> None:
        for number in range(count):
            work.record("clock.jumped", facts={"moved_ms": number})

    console.installation.store.write(change)


def get(console: Console, path: str, name: str = "audrey", status: int = 200) -> Response:
    answer = console[name].get(path)
    assert answer.status_code == status, seen(answer)
    return answer


def indices(page: Response) -> list[int]:
    return [int(one) for one in re.findall(r'<a href="/ledger/(\d+)">', page.text)]


def size_of(console: Console) -> int:
    return console.installation.store.read(lambda work: work.ledger.size())


# Browse


def test_it_is_read_newest_first_and_an_older_page_stays_as_it_is(console: Console) -> None:
    noted(console, 130)
    assert console["audrey"]  # her signing in is an entry, too
    size = size_of(console)
    first = get(console, "/ledger")
    assert indices(first) == list(range(size - 1, size - 51, -1))
    assert "Newest entries" not in first.text
    older = re.search(r'href="(/ledger\?before=\d+)" rel="next"', first.text)
    assert older is not None
    second = get(console, older[1])
    noted(console, 5)
    again = get(console, older[1])
    assert indices(again) == indices(second) == list(range(size - 51, size - 101, -1))
    assert "Newest entries" in again.text
    last = get(console, "/ledger?before=3")
    assert indices(last) == [2, 1, 0]
    assert 'rel="next"' not in last.text


def test_each_filter_takes_what_it_says_and_goes_on_from_page_to_page(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised(console)
    noted(console, 70)
    raised(console)
    other = policed(console.installation, digest="e" * 64)
    said = seen(get(console, "/ledger?kind=alert.raised"))
    assert said.count("A possible match") > 2
    assert "score 0.7000" in said
    audrey = console.people["audrey"].id
    only = get(console, f"/ledger?account={audrey}&kind=session")
    assert [console_kind(console, index) for index in indices(only)] == ["session.opened"]
    assert len(indices(get(console, f"/ledger?deployment={console.deployment.id}&kind=alert"))) == 2
    assert "No entry is of these." in seen(get(console, f"/ledger?deployment={other.id}&kind=alert"))
    assert indices(get(console, "/ledger?since=2026-11-22&until=2026-11-22"))
    assert "No entry is of these." in seen(get(console, "/ledger?since=2026-11-23"))
    monkeypatch.setattr(reading, "MOST", 30)
    far = get(console, "/ledger?kind=installation.policy")
    assert "There are older ones." in seen(far)
    assert re.search(r'href="/ledger\?kind=installation.policy&amp;before=\d+" rel="next"', far.text)


def console_kind(console: Console, index: int) -> str:
    (row,) = console.installation.store.read(lambda work: list(work.ledger.rows(index, index + 1)))
    return Entry.from_bytes(row.entry).kind


@pytest.mark.parametrize(
    "query",
    [
        "entry=canary-4711",
        "reference=canary-4711",
        "alert=0193527e-8a00-7000-8000-000000000001",
        "q=canary-4711",
        "kind=canary-4711",
        "deployment=canary-4711",
        "account=canary-4711",
        "since=canary-4711",
        "until=9999-12-31",
    ],
)
def test_there_is_no_other_filter_and_none_for_a_person(console: Console, query: str) -> None:
    raised(console)
    answer = get(console, f"/ledger?{query}", status=422)
    assert "and by nothing else" in seen(answer) or "This is no day." in seen(answer)
    assert indices(answer) == []


def test_an_empty_ledger_says_what_will_be_in_it(console: Console) -> None:
    assert console["audrey"]
    cast(MemoryStore, console.installation.store)._tables.ledger.clear()
    assert "The ledger has no entry yet." in seen(get(console, "/ledger"))


# One entry


def test_an_entry_is_shown_as_it_was_recorded_with_its_hash_and_a_proof_that_holds(console: Console) -> None:
    alert = raised(console)
    index = size_of(console) - 1
    noted(console, 12)
    answer = get(console, f"/ledger/{index}")
    page = seen(answer)
    (row,) = console.installation.store.read(lambda work: list(work.ledger.rows(index, index + 1)))
    assert row.entry.decode().replace('"', "&#34;") in answer.text
    assert leaf_hash(row.entry).hex() in page
    assert alert in page
    assert "a possible match" in page
    proof = get(console, f"/ledger/{index}/proof").json()
    for each in proof["path"]:
        assert each in page
    assert proof == record.inclusion(console.installation.store, index, proof["size"]).record()
    assert includes(
        leaf=leaf_hash(proof["entry"].encode()),
        index=index,
        size=proof["size"],
        proof=[bytes.fromhex(each) for each in proof["path"]],
        root=bytes.fromhex(proof["root"]),
    )
    earlier = get(console, f"/ledger/{index}/proof?size={index + 1}")
    assert earlier.json()["size"] == index + 1
    assert "attachment" in earlier.headers["content-disposition"]
    assert "The one before" not in seen(get(console, "/ledger/0"))
    assert "There is no entry 99,999" in seen(get(console, "/ledger/99999", status=409))


def test_facts_are_said_in_words(console: Console) -> None:
    names = {uuid(1): "ann"}
    for name, fact, says in (
        ("roles", ("operator", "auditor"), "operator, auditor"),
        ("positions", (), "none"),
        ("held_min", None, "none"),
        ("about", "", "none"),
        ("served_aim", True, "yes"),
        ("blank", False, "no"),
        ("score_e4", 7123, "0.7123"),
        ("latency_ms", 400, "400 ms"),
        ("moved_ms", 300_000, "5 minutes"),
        ("erasures", 1200, "1,200"),
        ("minute_us", 0, "0"),
        ("account", uuid(1), "ann"),
        ("verdict", "worth-a-look", "worth-a-look"),
    ):
        assert ledger_words.fact_words(name, cast(Fact, fact), names) == says, name
    assert ledger_words.fact_words("opens_us", 1_795_338_000_000_000, names).startswith("Sun 22 Nov 2026")
    assert ledger_words.kind_words("something.new-made") == "something new made"
    assert set(ledger_words.SAYS) <= set(KINDS)


# Whoever also decides


def test_an_auditor_who_decides_reads_no_score_of_an_alert_that_waits_on_any_page(console: Console) -> None:
    console.people["both"] = person(console.installation, "both", Role.OPERATOR, Role.AUDITOR)
    alert = raised(console)
    index = size_of(console) - 1
    page = get(console, "/ledger?kind=alert.raised", "both")
    assert "withheld" in seen(page)
    assert "0.7000" not in page.text
    assert indices(page) == []
    paths = (f"/ledger/{index}", f"/ledger/{index}/proof", "/ledger/export", "/api/v1/ledger/export")
    api = (f"/api/v1/ledger/entries/{index}/proof", f"/api/v1/ledger/entries?start={index}")
    for path in (*paths, *api):
        answer = get(console, path, "both", status=409)
        assert "7000" not in answer.text, path
        assert "waits for a verdict" in seen(answer), path
        get(console, path, "audrey")
    get(console, f"/ledger/{index - 1}", "both")
    get(console, f"/api/v1/ledger/entries?start=0&limit={index}", "both")
    get(console, "/ledger/heads", "both")
    console.decided(alert, "olga", "oscar")
    for path in (*paths, *api):
        get(console, path, "both")


# The file


def test_the_file_is_the_one_that_the_command_writes_and_verifies_with_the_public_key_alone(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record, "BATCH", 10)
    noted(console, 45)
    raised(console)
    assert console["audrey"]
    answer = get(console, "/ledger/export")
    pieces: list[bytes] = []
    record.export(console.installation.store, pieces.append)
    assert answer.content == b"".join(pieces)
    assert answer.headers["content-disposition"] == f'attachment; filename="ledger-{size_of(console)}.txt"'
    file = tmp_path / "ledger.txt"
    file.write_bytes(answer.content)
    head = newest(console.installation.store).head
    assert verify.main([str(file), console.installation.public_key, f"--expect={head.mark}"]) == 0
    assert capsys.readouterr().out.startswith(f"Verified: {head.size} entries")
    edited = answer.content.replace(b'"score_e4":7000', b'"score_e4":7001')
    assert edited != answer.content
    file.write_bytes(edited)
    assert verify.main([str(file), console.installation.public_key]) == 1


# Heads and growth


def test_heads_are_shown_and_growth_is_proved(console: Console, tmp_path: Path) -> None:
    noted(console, 20)
    store = console.installation.store
    early = record.consistency(store, 5).old.head
    console.house.__dict__["heads"] = HeadFolder(tmp_path)
    assert "No head is kept in the heads folder" in seen(get(console, "/ledger/heads"))
    HeadFolder(tmp_path).keep(newest(store))
    page = seen(get(console, "/ledger/heads"))
    assert "It is the newest head." in page
    assert newest(store).head.mark in page
    assert console.installation.public_key in page
    noted(console, 1)
    assert "The ledger has gone on since." in seen(get(console, "/ledger/heads"))
    for typed in ("5", early.mark, early.mark[: len("5:") + 16]):
        page = seen(get(console, f"/ledger/heads?old={typed}"))
        assert "begins with the 5 entries of the earlier head, unchanged." in page
    assert "The earlier head is the one that you hold." in page
    other = f"5:{'0' * 64}"
    for query, says in (
        (f"old={other}", "and not the one that you hold"),
        (f"old={other[: len('5:') + 16]}", "and not the one that you hold"),
        (f"old={early.mark[: len('5:') + 15]}", "16 to 64 hexadecimal digits"),
        ("old=5&new=4", "does not continue one of 5"),
        ("old=many", "a whole number"),
    ):
        assert says in seen(get(console, f"/ledger/heads?{query}", status=422)), query
    proof = get(console, "/ledger/consistency?old=5&new=20").json()
    roots = [bytes.fromhex(proof[one]["root"]) for one in ("from", "to")]
    path = [bytes.fromhex(each) for each in proof["path"]]
    assert continues(old_size=5, old_root=roots[0], new_size=20, new_root=roots[1], proof=path)


def test_what_is_thrown_away_keeps_no_head_outside(console: Console) -> None:
    house = replace(console.house, installation=replace(console.installation, thrown_away=True))
    assert house.heads is None
    console.house.__dict__["heads"] = None
    assert "no head is kept" in seen(get(console, "/ledger/heads"))


# Verify now


def verified(console: Console, noted: str = "") -> str:
    """The page once a verification is over."""
    answer = console["audrey"].post("/ledger/verify", data={"noted": noted})
    assert answer.status_code == 303, seen(answer)
    one = console.house.verifications.newest
    assert one is not None
    assert one.thread is not None
    one.thread.join(30)
    assert get(console, "/ledger/verify/state").json()["over"] is True
    return seen(get(console, "/ledger/verify"))


def test_verify_now_says_what_was_found_in_sentences(console: Console, tmp_path: Path) -> None:
    assert get(console, "/ledger/verify/state").json() == {"over": True, "done": 0, "total": 0}
    assert "verified" not in seen(get(console, "/ledger/verify"))
    noted(console, 9)
    page = verified(console)
    assert "verified" in page
    assert "No head is kept outside the database here" in page
    assert "and never turn back" in page
    console.house.__dict__.pop("verifications")
    console.house.__dict__["heads"] = heads = HeadFolder(tmp_path)
    heads.keep(newest(console.installation.store))
    mark = newest(console.installation.store).head.mark
    page = verified(console, mark)
    assert "no older copy of the database was put in its place" in page
    assert "The head that was noted" in page
    noted(console, 1)
    assert "1 entry was added since it began." in seen(get(console, "/ledger/verify"))
    assert "SIZE:ROOT" in seen(console["audrey"].post("/ledger/verify", data={"noted": "12"}))
    assert "is missing" in verified(console, f"999999:{'0' * 64}")


def test_an_edited_ledger_is_named_as_such(console: Console) -> None:
    noted(console, 9)
    store = cast(MemoryStore, console.installation.store)
    index = size_of(console) - 3
    row = store._tables.ledger[index]
    entry = row.entry.replace(b'"moved_ms":', b'"moved_us":')
    store._tables.ledger[index] = replace(row, entry=entry, leaf=leaf_hash(entry))
    page = verified(console)
    assert "not verified" in page
    assert f"Entry {index} (line {index + 1}) fails: it is not the entry that its head was signed for." in page
    assert "Do not repair it" in page


def test_a_verification_tells_how_far_it_is_goes_on_once_and_can_be_stopped(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "BATCH", 5)
    noted(console, 60)
    from overt.console import verifications

    monkeypatch.setattr(verifications, "REST_S", 30.0)
    assert console["audrey"].post("/ledger/verify").status_code == 303
    first = console.house.verifications.newest
    console["sue"].post("/ledger/verify")
    assert console.house.verifications.newest is first
    assert first is not None
    until_s = time.monotonic() + 10
    while not first.total and time.monotonic() < until_s:
        time.sleep(0.01)
    said = get(console, "/ledger/verify/state").json()
    assert (said["over"], said["done"]) == (False, 5)
    page = get(console, "/ledger/verify")
    assert "<progress" in page.text
    assert "Stop it" in page.text
    assert console["audrey"].post("/ledger/verify/stop").status_code == 303
    assert "was stopped before it came to the end" in seen(get(console, "/ledger/verify"))


def test_what_nobody_foresaw_is_told_by_its_kind(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    from overt.console import verifications

    def fails(*_: object) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(verifications, "verify_all", fails)
    page = verified(console)
    assert "ZeroDivisionError" in page
    assert "canary" not in page


def test_stopping_what_never_began_does_nothing(console: Console) -> None:
    assert console["audrey"].post("/ledger/verify/stop").status_code == 303


# For whom


def test_the_ledger_is_for_those_who_check(console: Console) -> None:
    for name in ("audrey", "sue"):
        assert ">Ledger</a>" in get(console, "/ledger", name).text
    for name in ("olga", "ed", "arthur", "lisa", "eva", "ann"):
        assert ">Ledger</a>" not in console[name].get("/account").text
        for path in ("", "/0", "/0/proof", "/export", "/heads", "/verify", "/verify/state", "/consistency?old=1"):
            get(console, f"/ledger{path}", name, status=403)
        for path in ("/verify", "/verify/stop"):
            assert console[name].post(f"/ledger{path}").status_code == 403


def test_a_state_is_a_number_and_no_more(console: Console) -> None:
    assert set(json.loads(get(console, "/ledger/verify/state").text)) == {"over", "done", "total"}
