"""The register as a folder, a table and a feed."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from uuid import UUID
from xml.etree import ElementTree

import pytest

from overt.notices.register import About, BadFolder, Extra, Site, write_site
from overt.notices.register_pages import cells
from tests.registers import register

ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESS = "https://register.example/lfr/"


def lines(document: Any) -> list[dict[str, str]]:
    text = Site(document).file("register.csv").content.decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def feed(document: Any, **about: Any) -> ElementTree.Element:
    return ElementTree.fromstring(Site(document, about=About(**about)).file("feed.xml").content)


def text(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""


def test_a_folder_holds_every_file_and_nothing_else(tmp_path: Path) -> None:
    written = write_site(register(), tmp_path / "site")
    found = {path.relative_to(tmp_path / "site").as_posix() for path in written}
    assert found == set(Site(register()).paths)
    assert {path for path in (tmp_path / "site").rglob("*") if path.is_file()} == set(written)
    for one in register()["deployments"]:
        assert {f"{one['id']}/index.html", f"deployments/{one['id']}.json"} <= found


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_site(register(), tmp_path / name)
    write_site(json.loads(json.dumps(register())), tmp_path / "other")
    for path in Site(register()).paths:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "other" / path).read_bytes()


def test_a_register_is_written_over_an_older_one(tmp_path: Path) -> None:
    older = register()
    older["deployments"] = older["deployments"][1:]
    write_site(older, tmp_path)
    write_site(register(), tmp_path)
    assert "St Nicholas" in (tmp_path / "index.html").read_text("utf-8")
    assert not list(tmp_path.rglob("*.part"))


def test_where_it_cannot_be_written_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(BadFolder, match="cannot be written"):
        write_site(register(), tmp_path / "taken")


def test_the_documents_lie_beside_the_pages_as_they_were_published(tmp_path: Path) -> None:
    write_site(register(), tmp_path)
    assert json.loads((tmp_path / "register.json").read_bytes()) == register()
    for one in register()["deployments"]:
        assert json.loads((tmp_path / "deployments" / f"{one['id']}.json").read_bytes()) == one


def test_what_is_made_elsewhere_is_offered_with_what_one_does_with_it() -> None:
    export = Extra(
        content=b"{}\n",
        kind="application/x-ndjson",
        words="the public record",
        step="See whether the record is whole.",
        command="overt ledger verify ledger.jsonl",
    )
    own = Extra(content=b"{ }", kind="application/json", words="all of it")
    site = Site(register(), extras={"ledger.jsonl": export, "register.json": own})
    assert site.file("ledger.jsonl").content == b"{}\n"
    assert site.file("register.json").content == b"{ }"
    page = site.file("check.html").content.decode()
    assert 'href="ledger.jsonl" download>ledger.jsonl</a>: the public record' in page
    assert "overt ledger verify ledger.jsonl" in page
    assert "overt ledger verify ledger.jsonl" in site.file("how.html").content.decode()


def test_the_table_has_a_line_for_each_deployment_and_every_cell() -> None:
    document = register()
    found = lines(document)
    assert [one["id"] for one in found] == [one["id"] for one in document["deployments"]]
    for line, one in zip(found, document["deployments"], strict=True):
        for path, cell in cells(one):
            told = line[".".join(path)]
            if cell["value"] is None:
                assert told in ("hidden", "waits: running", "not recorded", "none")
            else:
                assert float(told) == cell["value"]
            for part in ("num", "den", "low", "high"):
                if part in cell:
                    assert float(line[f"{'.'.join(path)}.{part}"]) == cell[part]


def test_a_table_of_nothing_has_its_head() -> None:
    assert Site(register() | {"deployments": []}).file("register.csv").content.startswith(b"id,number,")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|'/c calc'!A0"])
def test_a_name_is_no_formula(name: str) -> None:
    document = register()
    document["deployments"][0]["name"] = document["deployments"][0]["policy"]["name"] = name
    (first, *_) = lines(document)
    assert first["name"] == first["policy"] == f"'{name}"


@pytest.mark.parametrize("name", ["<script>", 'a "b" & c', "a\x00\x0b\ud800", "🏴󠁧󠁢󠁷󠁬󠁳󠁿 👩‍👩‍👧", "one\ntwo", "]]>"])
def test_a_feed_can_be_read_whatever_a_name_is(name: str) -> None:
    document = register()
    document["deployments"][0]["name"] = document["deployments"][0]["place"] = name
    found = feed(document, controller=name)
    assert len(found.findall(f"{ATOM}entry")) == 5


def test_the_feed_has_what_the_standard_asks_for() -> None:
    found = feed(register(), address=ADDRESS, controller="The police of Westshire")
    entries = found.findall(f"{ATOM}entry")
    assert found.tag == f"{ATOM}feed"
    assert found.findtext(f"{ATOM}author/{ATOM}name") == "The police of Westshire"
    for one in (found, *entries):
        UUID(text(one, "id").removeprefix("urn:uuid:"))
        assert text(one, "title")
        assert datetime.fromisoformat(text(one, "updated")).tzinfo is not None
    ids = [text(one, "id") for one in entries]
    assert ids == [f"urn:uuid:{one['id']}" for one in register()["deployments"]]
    assert text(found, "updated") == max(text(one, "updated") for one in entries)
    assert "High Street, Sunday (cancelled)" in {text(one, "title") for one in entries}


@pytest.mark.parametrize(("given", "begins"), [(ADDRESS, ADDRESS), (ADDRESS[:-1], ADDRESS), ("", "")])
def test_links_of_the_feed_lead_to_files_of_the_register(given: str, begins: str) -> None:
    found = feed(register(), address=given)
    links = [link.attrib["href"] for link in found.iter(f"{ATOM}link")]
    assert links[0] == f"{begins}feed.xml"
    for link in links:
        assert urljoin("", link.removeprefix(begins)) in Site(register()).paths


def test_an_entry_is_renewed_when_something_new_is_published_of_it() -> None:
    document = register()
    one = document["deployments"][0]
    one["versions"] = [*one["versions"], {**one["versions"][0], "version": 2, "at": "2026-12-24T18:00:00.000Z"}]
    assert text(feed(document).findall(f"{ATOM}entry")[0], "updated") == "2026-12-24T18:00:00.000Z"
    one["versions"][1]["at"] = None
    assert text(feed(document).findall(f"{ATOM}entry")[0], "updated") == document["made_at"]
    one["versions"] = []
    assert text(feed(document).findall(f"{ATOM}entry")[0], "updated") == document["made_at"]


def test_a_feed_of_nothing_is_one() -> None:
    found = feed(register() | {"deployments": []})
    assert text(found, "updated") == register()["made_at"]
    assert not found.findall(f"{ATOM}entry")


def test_the_short_address_of_a_page_is_told() -> None:
    one = register()["deployments"][0]["id"]
    assert f"<code>{ADDRESS}{one}</code>" in Site(register(), about=About(address=ADDRESS)).file(
        f"{one}/index.html"
    ).content.decode()
