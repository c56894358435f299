"""The register as a folder, and as a feed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from uuid import UUID
from xml.etree import ElementTree

import pytest

from overt.notices.register import OFFERED, About, BadFolder, File, Site, write_site
from tests.registers import register

ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESS = "https://register.example/lfr/"


def feed(document: Any, **about: Any) -> ElementTree.Element:
    return ElementTree.fromstring(Site(document, about=About(**about)).file("feed.xml").content)


def text(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""


def test_a_folder_holds_every_file_and_nothing_else(tmp_path: Path) -> None:
    written = write_site(register(), tmp_path / "site")
    found = {path.relative_to(tmp_path / "site").as_posix() for path in written}
    assert found == set(Site(register()).paths)
    assert {path for path in (tmp_path / "site").rglob("*") if path.is_file()} == set(written)
    assert {f"{one['id']}/index.html" for one in register()["deployments"]} <= found


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


def test_where_it_cannot_be_written_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(BadFolder, match="cannot be written"):
        write_site(register(), tmp_path / "taken")


def test_files_that_are_made_elsewhere_are_offered_where_they_are_there() -> None:
    own = File(content=b"{ }", kind="application/json")
    site = Site(register(), beside={"register.json": lambda: own}, offers=("register.json",))
    assert site.file("register.json") is own
    page = site.file("check.html").content.decode()
    assert 'href="register.json" download>register.json</a>: all of this register' in page
    assert "verify_public.py" not in page
    assert "The public record is too long" in page
    long = Site(register(), offers=("public-key.txt", "verify_public.py")).file("check.html").content.decode()
    assert "The public record is too long" in long
    assert "python verify_public.py ledger.txt public-key.txt</pre>" in long, "a leaflet says what to add to it"
    whole = Site(register()).file("check.html").content.decode()
    assert "too long" not in whole
    assert "python verify_public.py ledger.txt public-key.txt --expect 96:ffff" in whole
    assert "compare it with <code>ed25519:aaaaaaaaaaaaaaaa</code>" in whole
    assert "slip" not in whole
    for path in OFFERED:
        assert f'href="{path}" download>{path}</a>' in whole


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
    one["authority"]["signatures"] = []
    for versions in ([{**one["versions"][1], "at": None}], []):
        one["versions"] = versions
        assert text(feed(document).findall(f"{ATOM}entry")[0], "updated") == one["entered"]["at"]
    one["authority"]["cancelled"] = {"at": "2026-11-22T09:14:00.000Z", "ledger": 70}
    assert text(feed(document).findall(f"{ATOM}entry")[0], "updated") == "2026-11-22T09:14:00.000Z"


def test_a_feed_of_nothing_is_one() -> None:
    found = feed(register() | {"deployments": []})
    assert text(found, "updated") == register()["made_at"]
    assert not found.findall(f"{ATOM}entry")


def test_the_short_address_of_a_page_is_told() -> None:
    one = register()["deployments"][0]["id"]
    assert (
        f"<code>{ADDRESS}{one}</code>"
        in Site(register(), about=About(address=ADDRESS)).file(f"{one}/index.html").content.decode()
    )
