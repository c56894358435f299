"""The register's pages as `overt publish` writes them, and the same files for whoever reads them in the console."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.domain.decision import Result
from overt.domain.figures import Counts
from overt.domain.roles import Role
from overt.notices.register import OFFERED, Site
from overt.services import publish_pages
from overt.services.publish import Publication, draw_register, publish, versions_of
from overt.services.publish_folder import write_folder
from overt.services.publish_pages import BadPublicAddress, about_of, beside_of, pages_of
from overt.settings import COMPLAINTS, Settings
from tests.histories import History
from tests.people import administrators, person


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
    beside = beside_of(register, versions_of(history.installation, register["deployments"]), history.installation.store)
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
