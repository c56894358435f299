"""The register's pages: every published cell is told, whatever was written is text, and every link leads somewhere."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from overt.notices.register import OFFERED, About, Site, page_for_nothing
from overt.notices.register_pages import cells
from overt.notices.register_words import when
from tests.reading import Read, told_as
from tests.registers import EXAMPLE, register

Json = dict[str, Any]
FROM, UNTIL = "2026-12-06T16:00:00.000Z", "2027-12-06T16:00:00.000Z"
TOLD_FROM, TOLD_UNTIL = (when(at, UTC) for at in (FROM, UNTIL))
#: Marks that turn what follows them to the left.
TURNED = "\u202e\u2067"
HOSTILE = {
    "script": '<script>alert("1")</script><img src=x onerror=alert(1)>',
    "quotes": '"\'`&lt;&#x27; onmouseover="alert(1)" {{ 7 * 7 }} {% raw %}',
    "right to left": f"{TURNED}hidden behind{TURNED} مرحبا",
    "long": "necessary " * 2000,
    "one word": "n" * 20_000,
    "pictures": "👩‍👩‍👧‍👦🏴󠁧󠁢󠁷󠁬󠁳󠁿" * 20,
    "no characters": "a\x00b\x0bc\ud800d\uffffe",
}


def read(site: Site, path: str) -> Read:
    return Read(site.file(path).content.decode())


def pages_of(site: Site) -> list[str]:
    return [path for path in site.paths if path.endswith(".html")]


def page_of(path: tuple[str, ...], document: Json) -> str:
    """Where a cell has to be told."""
    if path[0] == "deployments":
        return f"{document['deployments'][int(path[1])]['id']}/index.html"
    return "index.html"


def numbered(document: Json) -> Json:
    """The same document with a number of its own in every cell that has one."""
    found = copy.deepcopy(document)
    for at, (_, cell) in enumerate(cells(found)):
        assert isinstance(cell, dict)
        if cell["value"] is None or "low" in cell:
            if cell.get("den"):
                cell |= {"num": 100_000 + at, "den": 900_000 + at, "value": 0.3}
        else:
            cell["value"] = 100_000 + at
    return found


@pytest.mark.parametrize(
    ("rules", "answers", "says"),
    [
        ((24, 366), (FROM, UNTIL), f"from {TOLD_FROM} until {TOLD_UNTIL}, 366 days after it closes; then what answers"),
        ((24, 366), (None, UNTIL), f"from 24 hours after it is over until {TOLD_UNTIL}, 366 days after it closes;"),
        ((1, 92), (None, UNTIL), f"from 1 hour after it is over until {TOLD_UNTIL}, 92 days after it closes;"),
        ((0, 92), (None, UNTIL), f"from its end on until {TOLD_UNTIL}, 92 days after it closes;"),
        ((None, None), (None, None), "can ask whoever answers for this installation, once it is over. They are told"),
    ],
    ids=["over", "to come", "one hour", "at once", "not recorded"],
)
def test_the_page_says_from_when_until_when_somebody_is_told_and_what_the_slip_shows(
    rules: tuple[int | None, ...], answers: tuple[str | None, ...], says: str
) -> None:
    document = register()
    one = document["deployments"][0]
    one["policy"] |= dict(zip(("listed_answer_delay_h", "listed_answer_days"), rules, strict=True))
    one["answers"] = dict(zip(("from", "until"), answers, strict=True))
    text = read(Site(document), f"{one['id']}/index.html").text
    assert says in text
    assert "a slip, which shows that they were stopped; it does not say whether they were on the list." in text
    assert "Of people for whom there was no alert nothing is kept" in text


@pytest.mark.parametrize(
    "documented", [register, lambda: numbered(register())], ids=["example", "every number its own"]
)
def test_every_published_cell_is_told_on_its_page(documented: Any) -> None:
    document = documented()
    site = Site(document)
    texts = {path: read(site, path).text for path in pages_of(site)}
    found = list(cells(document))
    assert len(found) > 300
    for path, cell in found:
        page = page_of(path, document)
        assert any(one in texts[page] for one in told_as(path, cell)), f"{'.'.join(path)} is not told on {page}: {cell}"


def test_every_link_leads_to_something_in_the_register_and_none_is_absolute() -> None:
    document = register()
    kept = {document["deployments"][0]["id"]: [{**document["deployments"][0], "version": 1}]}
    site = Site(document, versions=kept)
    beside = {*OFFERED, *(f"deployments/{one['id']}.json" for one in document["deployments"])}
    beside.add(f"deployments/{document['deployments'][0]['id']}-version-1.json")
    ids = {path: read(site, path).ids for path in pages_of(site)}
    for path in pages_of(site):
        for link in read(site, path).links:
            parts = urlsplit(link)
            assert not parts.scheme, f"{path}: {link}"
            assert not parts.netloc, f"{path}: {link}"
            assert not parts.path.startswith("/"), f"{path}: {link}"
            target = resolved(path, unquote(parts.path)) if parts.path else path
            assert target in {*site.paths, *beside}, f"{path}: {link} leads nowhere"
            if parts.fragment:
                assert parts.fragment in ids[target], f"{path}: {link} leads to no place"


def resolved(path: str, link: str) -> str:
    found = path.split("/")[:-1]
    for part in link.split("/"):
        if part == "..":
            found.pop()
        else:
            found.append(part)
    return "/".join(found)


@pytest.mark.parametrize("path", pages_of(Site(register())))
def test_a_page_is_well_made_and_has_no_script_and_no_style_of_its_own(path: str) -> None:
    page = read(Site(register()), path)
    assert page.faults == []
    assert len(page.ids) == len(set(page.ids))
    assert not page.names & {"script", "style", "img", "iframe", "form", "object", "@style"}
    assert not [name for name in page.names if name.startswith("@on")]


def hostile(words: str) -> Json:
    document = register()
    one = document["deployments"][2]
    one["name"], one["place"], one["cameras"][0]["name"] = words, words, words
    one["purpose"] = one["use_case"] = one["policy"]["name"] = words
    one["authority"]["text"] = dict.fromkeys(one["authority"]["text"], words) | {words: words}
    one["authority"]["changes"]["fields"]["necessity"] = [["gone", words], ["new", words], ["same", words]]
    one["list"]["tables"]["categories"]["cells"][words] = {"how": "categories", "value": 17}
    one["papers"][0]["kind"] = document["suspensions"][0]["reason"] = words
    document["how"]["alerts"] = words
    return document


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_somebody_wrote_is_text_and_nothing_else(words: str) -> None:
    usual, site = Site(register()), Site(hostile(words), about=About(controller=words, complaints=words, address=words))
    one = register()["deployments"][2]["id"]
    for path in pages_of(usual):
        page = read(site, path)
        assert page.faults == []
        assert page.names <= read(usual, path).names
    text = read(site, f"{one}/index.html").text
    for character in "\x00\x0b\ud800\uffff":
        words = words.replace(character, "\ufffd")
    assert text.count(" ".join(words.split())) > 10


def test_a_register_of_nothing_says_so_and_says_where_to_complain() -> None:
    document = register() | {"deployments": [], "totals": [], "coverage": None, "publications": [], "findings": []}
    document |= {"halts": [], "suspensions": []}
    site = Site(document, about=About(controller="The police of Westshire", complaints="42 Mill Lane, Westport."))
    text = read(site, "index.html").text
    assert "No deployment yet" in text
    assert "The police of Westshire answers for what is done" in text
    assert "Where to ask and to complain: 42 Mill Lane, Westport. If you were stopped" in text
    assert "Never before; this is the first time." in text
    assert len(pages_of(site)) == 3


def test_a_hidden_number_is_a_word_with_its_reason() -> None:
    site = Site(register())
    one = register()["deployments"][4]["id"]
    text = read(site, f"{one}/index.html").text
    assert "Missing hidden" in text
    assert "Hidden are counts of fewer than 5 people" in text
    assert (
        "Counts of fewer people than the policy of a deployment says (of the newest one: 5) are hidden"
        in read(site, "how.html").text
    )


def test_what_waits_and_what_was_not_recorded_say_so() -> None:
    document = register()
    running, trial = document["deployments"][1]["id"], document["deployments"][3]["id"]
    site = Site(document)
    assert "How many alerts there were is told when the deployment is over." in read(site, f"{running}/index.html").text
    assert (
        "Overlap with the list before not recorded by the version that ran then"
        in read(site, f"{trial}/index.html").text
    )


def test_states_that_matter_are_seen_on_the_first_page() -> None:
    document = register()
    one = document["deployments"][4]
    one["stopped_by_rule"] = {"at": "2026-11-21T14:00:00.000Z", "ledger": 50, "false": 9, "passages": 812}
    one["review"] |= {"filed_at": None, "ledger": None, "overdue": True}
    document["halts"][0] |= {"until": None, "lifted_ledger": None}
    site = Site(document)
    text = read(site, "index.html").text
    for words in ("ended by the stop rule", "review overdue", "held by the oversight", "Every deployment is held"):
        assert words in text
    assert "9 alerts in 812 passages were not confirmed right" in read(site, f"{one['id']}/index.html").text


def test_many_deployments_come_on_several_pages_newest_first() -> None:
    document = register()
    (first, *_) = document["deployments"]
    document["deployments"] = [
        {**first, "id": f"0192f3c1-7a00-7000-8000-{at:012}", "number": at, "name": f"Number {at}"}
        for at in range(250, 0, -1)
    ]
    site = Site(document)
    assert [path for path in site.paths if path.startswith("page-")] == ["page-2.html", "page-3.html"]
    assert "Number 151" in read(site, "index.html").text
    assert "Number 150" in read(site, "page-2.html").text
    assert "Number 1 " in read(site, "page-3.html").text
    assert "page-3.html" in read(site, "page-2.html").links


def test_how_people_were_told_is_told() -> None:
    document = register()
    one = document["deployments"][4]
    text = read(Site(document), f"{one['id']}/index.html").text
    assert "Who was asked: Traders and residents of the High Street When 3 to 17 October 2026 Replies 41" in text
    assert "Changed because of it The camera at the library was moved to the bus station." in text
    assert "Looks at the signs 6 Of these, a sign missing or unreadable 1 Leaflets given out 240" in text
    assert "Nobody has said it yet." in text
    assert f"leaflet.en.html {one['street']['papers'][0]['files']['leaflet.en.html']}" in text
    one["street"] |= {"papers": [], "notice": {"said_at": None, "said_ledger": None}}
    one["consultations"] = []
    text = read(Site(document), f"{one['id']}/index.html").text
    assert "Nobody has said that the public notice is published." in text
    assert "It says of nobody that they were asked about it." in text
    assert "No signs or leaflets were made of it yet." in text


def test_what_a_start_rests_on_and_what_a_trial_found_is_told() -> None:
    document = register()
    one = document["deployments"][4]
    text = read(Site(document), f"{one['id']}/index.html").text
    assert "Measurement of this model pack, filed before sha256:cc" in text
    assert "Trial the report of a trial with volunteers sha256:ee" in text
    assert "Five conditions answered by the oversight" in text
    nothing: dict[str, Any] = {
        "evaluations": [],
        "trial_report": None,
        "conditions": {"answered_at": None, "answered_ledger": None},
    }
    one["rests_on"] = nothing
    one["trial_report"] = {
        "filed_at": "2026-11-26T09:00:00.000Z",
        "ledger": 80,
        "digest": "sha256:" + "b" * 64,
        "walks": {"how": "walks", "value": 9},
    }
    one["figures"]["trr"] = {"how": "trr", "value": 7 / 9, "num": 7, "den": 9, "low": 0.3999, "high": 0.9719}
    text = read(Site(document), f"{one['id']}/index.html").text
    assert "Nothing is named: its policy asks for nothing of the kind" in text
    assert "Walks of listed volunteers 9" in text
    assert "7 of 9 walks of listed volunteers were found" in text


def test_of_what_waits_nothing_is_said_to_have_been_none() -> None:
    document = register()
    for one in document["deployments"]:
        text = read(Site(document), f"{one['id']}/index.html").text
        waits = one["figures"]["alerts"].get("waits")
        assert ("Scanning was never paused as a whole." in text) == (not waits and not one["pauses"])
        assert ("Pauses are told" in text) == bool(waits)
        reviewed = {"cancelled": "Nothing is to be reviewed.", "lapsed": "Nothing is to be reviewed."}
        if one["review"] is None:
            own = "Its cameras never ran" if one["state"] == "ended" else "It is reviewed once it is over."
            assert reviewed.get(one["state"], own) in text
    assert {bool(one["figures"]["alerts"].get("waits")) for one in document["deployments"]} == {True, False}


def test_a_review_that_came_late_stays_late() -> None:
    document = register()
    one = document["deployments"][4]
    one["review"]["overdue"] = True
    assert "later than it was due" in read(Site(document), f"{one['id']}/index.html").text
    assert "reviewed late" in read(Site(document), "index.html").text


def test_reviews_that_are_due_are_listed_with_their_day() -> None:
    document = register()
    for one in document["deployments"]:
        if one["review"]:
            one["review"] |= {"filed_at": "2026-11-25T10:00:00.000Z", "overdue": False}
    assert "Reviews that are due" not in read(Site(document), "index.html").text
    late, soon = document["deployments"][4], document["deployments"][3]
    late["review"] = {"due_at": "2026-11-28T16:00:00.000Z", "filed_at": None, "ledger": None, "overdue": True}
    soon["review"] = {"due_at": "2026-12-28T16:00:00.000Z", "filed_at": None, "ledger": None, "overdue": False}
    text = read(Site(document), "index.html").text
    assert f"{late['name']}: by Sat 28 Nov 2026, 16:00 UTC ■ overdue" in text
    assert f"{soon['name']}: by Mon 28 Dec 2026, 16:00 UTC" in text


def test_versions_show_what_changed() -> None:
    document = register()
    one = document["deployments"][4]
    kept = {name: part for name, part in copy.deepcopy(one).items() if name != "versions"}
    before = copy.deepcopy(kept)
    before["figures"]["alerts"] = {"how": "alerts", "value": None, "waits": "undecided"}
    before["place"], before["papers"] = "High Street", before["papers"][:1]
    kept["version"] = one["version"] = 2
    one["versions"] = [*one["versions"], {**one["versions"][0], "version": 2, "ledger": 99}]
    path = f"{one['id']}/index.html"
    text = read(Site(document, versions={one["id"]: [before, kept]}), path).text
    assert "What changed since version 1" in text
    assert "Alerts before: told when every alert is decided now: 11" in text
    assert "Place before: High Street now: High Street between" in text
    assert "Papers, 3, kind before: nothing now: signs" in text
    assert "What changed since that was published" not in text
    assert "What changed" not in read(Site(document), path).text
    same = {**kept, "version": 1}
    text = read(Site(document, versions={one["id"]: [same, kept]}), path).text
    assert "What changed since version 1: nothing that is told." in text
    one["state"] = "cancelled"
    text = read(Site(document, versions={one["id"]: [kept]}), path).text
    assert "What changed since that was published State before: ended now: cancelled" in text


def test_what_is_not_known_yet_is_left_out_or_said() -> None:
    document = register()
    one = document["deployments"][4]
    one["versions"], one["version"], one["list"], one["plan"] = [], 0, None, None
    one["area"], one["area_ha"], one["authority"]["text"] = [], None, {}
    one["threshold"] |= {"wanted_far": None, "value": {"how": "threshold", "value": None, "not_recorded": True}}
    one["review"] = {"due_at": None, "filed_at": None, "ledger": None, "overdue": False}
    one["papers"][0] |= {"digest": None, "filed_at": None, "ledger": None}
    one["policy"]["version"], one["authority"]["digest"], one["authority"]["agrees"] = None, None, None
    document["ledger"], document["findings"][0]["due_at"] = None, None
    site = Site(document)
    page = read(site, f"{one['id']}/index.html")
    assert page.faults == []
    for words in (
        "It is not in a published version yet",
        "No list is sealed for it yet.",
        "Nothing was planned in numbers",
        "Its text was not recorded.",
        "It was not reviewed yet.",
        "has no digest in the ledger",
    ):
        assert words in page.text
    assert "None" not in page.text
    assert "The record has no entry yet." in read(site, "check.html").text
    assert "urn:overt:register" in site.file("feed.xml").content.decode()


def test_times_are_told_in_the_zone_that_is_asked_for() -> None:
    from zoneinfo import ZoneInfo

    one = register()["deployments"][4]["id"]
    page = read(Site(register(), about=About(zone=ZoneInfo("Asia/Tokyo"))), f"{one}/index.html").text
    assert "Sat 21 Nov 2026, 20:00 JST until Sun 22 Nov 2026, 01:00 JST" in page


def test_a_page_that_is_not_there_leads_back() -> None:
    page = Read(page_for_nothing("/public/"))
    assert page.faults == []
    assert "/public/index.html" in page.links
    assert "There is no such page" in page.text


def test_the_example_is_the_one_that_is_written_here() -> None:
    assert json.loads(EXAMPLE.read_text("utf-8")) == register()


def test_an_id_that_would_leave_the_folder_is_refused() -> None:
    document = register()
    document["deployments"][0]["id"] = "../../etc"
    with pytest.raises(ValueError, match="hexadecimal"):
        Site(document)


def everything(thing: object) -> Iterator[str]:
    if isinstance(thing, dict):
        for part in thing.values():
            yield from everything(part)
    elif isinstance(thing, list):
        for part in thing:
            yield from everything(part)
    elif isinstance(thing, str):
        yield thing


def test_digests_and_entries_of_the_ledger_stand_beside_what_they_prove() -> None:
    document = register()
    site = Site(document)
    for one in document["deployments"]:
        text = read(site, f"{one['id']}/index.html").text
        for digest in {found for found in everything(one) if re.fullmatch(r"sha256:[0-9a-f]{64}", found)}:
            assert digest in text
        for index in {one["entered"]["ledger"], one["list"]["ledger"], one["plan"]["ledger"]}:
            assert f"entry {index} of the ledger" in text
