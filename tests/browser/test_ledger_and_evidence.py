"""The ledger as an auditor uses it, and evidence that leaves, in a real browser against `overt serve`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from overt.domain.roles import Role
from overt.ledger import verify
from overt.services.evidence_file import read_evidence
from overt.vault.recipient import open_sealed
from tests.browser.browsing import Screen
from tests.browser.served import NAMES, PASSWORD, Served
from tests.unit.services.handed_over import CASE, KEY, PUBLIC, WHY, evidential
from tests.unit.services.policed import policed

AUDITOR, OFFICER = NAMES[Role.AUDITOR], NAMES[Role.AUTHORISING_OFFICER]

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def alert(console: Served) -> str:
    with console.installation() as installation:
        policed(installation)
        return evidential(installation)


def test_an_auditor_reads_and_filters_the_ledger_by_keys_alone(screen: Callable[[], Screen], alert: str) -> None:
    one = screen()
    page = one.sign_in(AUDITOR, PASSWORD, to="/ledger")
    one.keyboard.press(page.get_by_text("Filter", exact=True))
    one.keyboard.go_to(page.get_by_label("What", exact=True))
    page.keyboard.type("A possible match")
    one.keyboard.follow(page.get_by_role("button", name="Show"))
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("A possible match")
    one.checked()
    one.keyboard.follow(row.get_by_role("link"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("a possible match")
    expect(page.locator("pre")).to_contain_text(f'"alert":"{alert}"')
    one.keyboard.press(page.get_by_text("Its hashes, from the entry up"))
    one.checked()


@pytest.mark.usefixtures("alert")
def test_an_auditor_verifies_proves_and_takes_the_ledger_away(
    console: Served, screen: Callable[[], Screen], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = screen()
    page = one.sign_in(AUDITOR, PASSWORD, to="/ledger/verify")
    one.keyboard.follow(page.get_by_role("button", name="Verify now"))
    expect(page.locator("#result")).to_contain_text("verified", timeout=60_000)
    expect(page.locator(".result")).to_contain_text("no older copy of the database was put in its place")
    one.checked()
    page.goto(f"{one.address}/ledger/heads?old=3")
    expect(page.get_by_role("status")).to_contain_text("begins with the 3 entries of the earlier head, unchanged.")
    one.checked()
    page.goto(f"{one.address}/ledger")
    with page.expect_download() as coming:
        one.keyboard.press(page.get_by_role("link", name="Download it"))
    file = tmp_path / coming.value.suggested_filename
    coming.value.save_as(file)
    with console.installation() as installation:
        key = installation.public_key
    assert verify.main([str(file), key]) == 0
    assert "Verified:" in capsys.readouterr().out


def test_evidence_is_handed_over_with_a_second_person_and_the_recipient_opens_it(
    console: Served, screen: Callable[[], Screen], alert: str, tmp_path: Path
) -> None:
    one = screen()
    page = one.sign_in(OFFICER, PASSWORD, to=f"/alerts/{alert}/disclose")
    expect(page.get_by_label("Reference of the case")).to_be_hidden()
    one.checked()
    page.get_by_label("A court").check()
    page.get_by_label("By which request, order or duty?").fill(WHY)
    page.get_by_label("Its record with its pictures").check()
    one.checked()
    page.get_by_label("Reference of the case").fill(CASE)
    page.get_by_label("The recipient’s public key").fill(PUBLIC[:-1])
    page.get_by_label("Name of their account").fill(AUDITOR)
    page.get_by_label("Their password").fill(PASSWORD)
    page.get_by_role("button", name="Record it and hand it over").click()
    expect(page.get_by_role("alert")).to_contain_text("64 hexadecimal digits")
    assert page.get_by_label("Their password").input_value() == ""
    one.checked()
    page.get_by_label("The recipient’s public key").fill(PUBLIC)
    page.get_by_label("Their password").fill(PASSWORD)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Record it and hand it over").click()
    file = tmp_path / coming.value.suggested_filename
    coming.value.save_as(file)
    with console.installation() as installation:
        opened = read_evidence(open_sealed(KEY, file.read_bytes()), installation.public_key)
    assert opened.alert == alert
    assert opened.parts["pictures/listed.jpg"].startswith(b"\xff\xd8\xff")
    page.goto(f"{one.address}/alerts/{alert}/record")
    expect(page.locator("main")).to_contain_text("a court, with 2 pictures, sealed")
    one.checked()
