"""Somebody is told whether they were listed, in a real browser: by keys alone, at every width, and takes the proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from overt.console.app import create_app
from overt.console.house import House
from overt.console.runs import Runs
from overt.domain.retention import DAY_US
from overt.domain.roles import Role
from overt.ledger.verify_listed import check
from overt.services.retain import retain
from overt.settings import Settings
from overt.store.records import DeploymentRow
from tests.browser.browsing import Screen, listening
from tests.deployed import Site
from tests.people import PASSWORD, administrators, person

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
SAVE = "Save the answer with its proof"


class Desk:
    """A console beside a deployment that is over, and whose list is erased."""

    def __init__(self, folder: Path, host: str) -> None:
        self.host = host
        self.site = Site(folder, "uk-police")
        installation = self.site.installation
        administrators(installation)
        self.row: DeploymentRow = self.site.authorised(self.site.case(people=("ann", "bob", "cat")))
        self.site.clock.advance((self.row.closes_us + DAY_US - self.site.clock.now_us()) / 1e6)
        retain(installation)
        person(installation, "arthur", Role.AUDITOR)
        person(installation, "olivia", Role.OVERSIGHT)
        settings = Settings(home=folder / "home", master_key_file=folder / "master.key")
        house = House(
            installation=installation,
            settings=settings,
            runs=Runs(installation, settings),
            hosts=frozenset({host}),
            secure=False,
        )
        self._app = create_app(house)

    @property
    def app(self) -> FastAPI:
        return self._app


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    assert browser
    with listening(lambda host: Desk(tmp_path, host)) as found:
        yield found


def test_one_person_is_answered_and_another_is_not(browser: Browser, desk: Desk, tmp_path: Path) -> None:
    screen = Screen(browser, f"http://{desk.host}")
    path = f"/deployments/{desk.row.id}"
    page, keys = screen.sign_in("arthur", PASSWORD, to=path), screen.keyboard
    keys.follow(page.get_by_role("link", name="Was I on this list? Answer one person"))
    screen.checked()
    page.locator("#identity").select_option("papers-shown")
    keys.write(page.get_by_label("The reference by which they would have been listed"), "ANN")
    keys.follow(page.get_by_role("button", name="Answer this person"))
    assert page.inner_text("h1") == "You were on this list"
    screen.checked()
    with page.expect_download() as download:
        keys.press(page.get_by_role("link", name=SAVE))
    download.value.save_as(tmp_path / "answer.json")
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert check(answer, desk.site.installation.ledger.key.public_key()).listed
    assert "ann" not in page.url
    keys.follow(page.get_by_role("link", name="Back", exact=True))
    assert "1 request: 1 answered, 0 refused" in page.inner_text("main")
    keys.press(page.locator("summary").first)
    page.locator("#refuse-identity").select_option("known-in-person")
    keys.press(page.locator("input[value=obstructs-inquiry]"), "Space")
    keys.write(page.get_by_label("Name of their account"), "olivia")
    keys.write(page.get_by_label("Their password"), PASSWORD)
    screen.checked()
    keys.follow(page.get_by_role("button", name="Refuse, both of us"))
    assert page.inner_text("h1") == "Your question is not answered"
    screen.checked()
    screen.context.close()
    assert screen.faults == []
