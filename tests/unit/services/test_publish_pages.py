"""The register's pages as `overt publish` writes them, and the same files for whoever reads them in the console."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.bootstrap import calibration
from overt.domain.decision import Result
from overt.domain.figures import Counts
from overt.domain.roles import Role
from overt.notices.register import OFFERED, Site
from overt.notices.register_pages import cells
from overt.services import publish_pages
from overt.services.planning import plan_deployment
from overt.services.publish import KeptVersions, Publication, draw_register, publish
from overt.services.publish_folder import write_folder
from overt.services.publish_pages import BadPublicAddress, Recorded, about_of, beside_of, pages_of
from overt.settings import COMPLAINTS, Settings, load_settings
from tests.deployed import Site as Deployed
from tests.histories import History
from tests.people import administrators, person
from tests.reading import Read, told_as


@pytest.fixture
def history() -> History:
    """Two deployments: one that something came of, and a trial after it."""
    found = History()
    found.seal(12)
    found.counted(0, 0, Counts(frames=1, faces_detected=70, faces_seen=60, green_s=50, amber_s=8, red_s=2))
    found.ended(1, Result.RIGHT)
    found.enter(kind="trial", name="Volunteers")
    found.clock.advance(3 * 24 * 3600)
    return found


def published(history: History) -> Publication:
    administrators(history.installation)
    return publish(history.installation, person(history.installation, "arthur", Role.AUTHORISING_OFFICER))


def test_a_published_folder_holds_the_pages_and_what_the_console_would_hand_out(
    history: History, tmp_path: Path
) -> None:
    publication, store = published(history), history.installation.store
    about = about_of(Settings(controller="The police of Westshire"))
    write_folder(store, publication, tmp_path / "site", pages=(pages_of(about),))
    beside = beside_of(publication.register, publication.versions, store)
    site = Site(publication.register, about=about, versions=publication.versions, beside=beside, offers=beside)
    found = {
        path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*") if path.is_file()
    }
    assert found == set(site.paths)
    for path in found:
        assert (tmp_path / "site" / path).read_bytes() == site.file(path).content, path
    assert len(found) == 2 * 3 + 12
    assert "The police of Westshire</bdi> answers" in (tmp_path / "site" / "index.html").read_text("utf-8")


def test_what_is_offered_is_there(history: History) -> None:
    register = draw_register(history.installation).register
    store = history.installation.store
    beside = beside_of(register, KeptVersions(store, register["deployments"]), store)
    assert set(OFFERED) - {"feed.xml"} <= set(beside)


def test_a_record_that_is_too_long_is_not_made_up_for_a_reader(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = draw_register(history.installation).register
    monkeypatch.setattr(publish_pages, "MOST_ENTRIES", register["ledger"]["head"]["size"] - 1)
    assert "ledger.txt" not in beside_of(register, {}, history.installation.store)


def test_without_a_record_there_is_no_key_to_it(history: History) -> None:
    register = draw_register(history.installation).register | {"ledger": None}
    assert not {"ledger.txt", "public-key.txt"} & set(beside_of(register, {}, history.installation.store))


@pytest.mark.parametrize(
    ("setting", "given", "address"),
    [
        ("", "", ""),
        ("https://overt.example", "", "https://overt.example/public/"),
        ("https://overt.example/", "", "https://overt.example/public/"),
        ("https://overt.example", "https://police.example/lfr", "https://police.example/lfr"),
    ],
)
def test_the_address_is_that_on_the_signs_or_the_one_that_is_given(setting: str, given: str, address: str) -> None:
    about = about_of(Settings(public_address=setting), given)
    assert (about.address, about.complaints, about.controller) == (address, COMPLAINTS, "")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "register", "https://a.example/?q=1", 'https://a.example/"']
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadPublicAddress, match="is no address"):
        about_of(Settings(), address)


def test_a_register_of_nothing_has_pages(tmp_path: Path) -> None:
    register = draw_register(History().installation).register | {"deployments": []}
    pages_of(about_of(Settings()))(register, {}, tmp_path)
    assert "No deployment yet" in (tmp_path / "index.html").read_text("utf-8")


def test_every_cell_of_real_deployments_is_told_and_every_version_says_what_changed(tmp_path: Path) -> None:
    installed = Deployed(tmp_path)
    by, auditor = installed.by(Role.AUTHORISING_OFFICER), installed.by(Role.AUDITOR)
    case = installed.case(expected_passages=20_000, cameras=2, documents=("signs", "impact"))
    row = installed.enter(case)
    plan_deployment(installed.installation, by, case, row, calibration(load_settings()))
    publish(installed.installation, auditor)
    installed.sign(case, row)
    publication = publish(installed.installation, auditor)
    installed.clock.advance(4 * 24 * 3600)
    installed.enter(installed.case("High Street again", authority={"necessity": "they came again, we tried"}))
    register = draw_register(installed.installation).register
    store = installed.installation.store
    versions = KeptVersions(installed.installation.store, register["deployments"])
    beside = beside_of(register, versions, store)
    site = Site(register, about=about_of(Settings()), versions=versions, beside=beside, offers=beside)
    later, first = register["deployments"]
    pages = {path: Read(site.file(path).content.decode()) for path in site.paths if path.endswith(".html")}
    assert [fault for page in pages.values() for fault in page.faults] == []
    for path, cell in cells(register):
        one = register["deployments"][int(path[1])]["id"] + "/" if path[0] == "deployments" else ""
        text = pages[f"{one}index.html"].text
        assert any(words in text for words in told_as(path, cell)), f"{'.'.join(path)}: {cell}"
    text = pages[f"{first['id']}/index.html"].text
    assert "What changed since version 1" in text
    assert "State before: planned now: running" in text
    assert "What changed since that was published" in text
    assert "State before: running now: lapsed" in text
    assert "gone: nothing" in pages[f"{later['id']}/index.html"].text
    assert publication.changed == 1


def test_only_what_everybody_may_read_counts_as_recorded(history: History) -> None:
    recorded = Recorded(history.installation.store)
    first = recorded.count()
    assert first > 0
    history.counted(1, 0, Counts(frames=1, faces_detected=7, faces_seen=6))
    history.ended(2, Result.WRONG_PERSON)
    assert recorded.count() == first
    history.enter(name="Another")
    assert recorded.count() == first + 1
    assert recorded.count() == first + 1
