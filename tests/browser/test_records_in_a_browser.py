"""Records and complaints in a real browser: at every width, by axe, and for print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from overt.console.app import create_app
from overt.console.house import House
from overt.console.runs import Runs
from overt.domain.roles import Role
from overt.settings import Settings
from overt.store.ports import Work
from tests.browser.browsing import Screen, listening
from tests.people import PASSWORD
from tests.people import kept as kept_password
from tests.recorded import Recorded, recorded

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


@dataclass(frozen=True, kw_only=True)
class Served:
    made: Recorded
    app: FastAPI
    address: str


@pytest.fixture(scope="module")
def served(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("records")
    made = recorded(folder)

    def give_passwords(work: Work) -> None:
        for row in work.accounts.all():
            work.accounts.change(replace(row, password=kept_password()))

    made.installation.store.write(give_passwords)

    def served_at(host: str) -> Served:
        settings = Settings(home=folder / "home", master_key_file=folder / "master.key")
        runs = Runs(made.installation, settings)
        house = House(
            installation=made.installation, settings=settings, runs=runs, hosts=frozenset({host}), secure=False
        )
        return Served(made=made, app=create_app(house), address=f"http://{host}")

    assert browser
    with listening(served_at) as found:
        yield found


def patient(browser: Browser, served: Served) -> Screen:
    """Waits for a password and for a whole record, which take their time on a busy machine."""
    screen = Screen(browser, served.address)
    screen.context.set_default_timeout(90_000)
    return screen


def printed(screen: Screen) -> None:
    """Fails where the page on paper is cut off, cannot be read, or shows what only a screen needs."""
    screen.page.emulate_media(media="print", color_scheme="dark")
    assert not screen.page.locator("header.top").is_visible()
    wide = screen.page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    assert wide <= 0, f"{screen.path} is {wide} px too wide to print"
    screen.accessible("in print")
    screen.page.emulate_media(media="screen", color_scheme="light")


def test_an_auditor_makes_and_reads_the_record(browser: Browser, served: Served) -> None:
    screen = patient(browser, served)
    at = f"/deployments/{served.made.row.id}/record"
    page = screen.sign_in(served.made.by(Role.AUDITOR).name, PASSWORD, to=at)
    screen.checked()
    with page.expect_navigation():
        page.get_by_role("button", name="Make the record to read and print").click()
    screen.checked()
    assert page.get_by_role("heading", name="What it was made from").is_visible()
    printed(screen)
    assert page.get_by_role("heading", name="Record of a deployment").is_visible()
    screen.context.close()
    assert not screen.faults


def test_a_complaint_is_filed_and_answered(browser: Browser, served: Served) -> None:
    auditor, officer = patient(browser, served), patient(browser, served)
    page = auditor.sign_in(served.made.by(Role.AUDITOR).name, PASSWORD, to="/oversight/complaints")
    auditor.checked()
    page.get_by_role("link", name="File a complaint").click()
    auditor.checked()
    page.get_by_label("Reference of the case").fill("C/2026/17")
    page.get_by_label("Signs or leaflets").check()
    with page.expect_navigation():
        page.get_by_role("button", name="File the complaint").click()
    auditor.checked()
    page = officer.sign_in(served.made.by(Role.AUTHORISING_OFFICER).name, PASSWORD, to="/oversight/complaints")
    officer.checked()
    page.get_by_label("What came of it").select_option("upheld")
    page.get_by_label("What was found, and what is done").fill("There are new signs now, larger ones.")
    with page.expect_navigation():
        page.get_by_role("button", name="File the answer").click()
    assert "larger ones" in page.inner_text("main")
    officer.checked()
    printed(officer)
    for one in (auditor, officer):
        one.context.close()
        assert not one.faults
