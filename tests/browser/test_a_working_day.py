"""A working day with the real engine: accounts, a list, a signature, a prompt, a person's decision, the end, erasure.

The policy is `consent` as Overt brings it. The camera is a real stream of the sample footage, and the man in it is on
the list.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from overt.domain.roles import Role
from overt.domain.time import to_text
from overt.services.people import account_of
from overt.services.policies import load_policy
from overt.services.signing_keys import make_signing_key
from tests.authority import write_entries
from tests.browser.browsing import Screen
from tests.browser.served import NAMES, Served, served
from tests.deployed import ASKED, HOUR_US, SQUARE, Moment, toml
from tests.installations import PASSPHRASE
from tests.integration.servers import mjpeg_server
from tests.needs import sample_footage
from tests.people import PASSWORD
from tests.preparing import CONSULTED, ready_to_sign

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

PATIENCE_MS = 120_000
KEY_WORDS = "five words for the key"
OPERATOR, NEW_PASSWORD = "olga operator", "olga chose this herself"
MANAGER, OFFICER = NAMES[Role.LIST_MANAGER], NAMES[Role.AUTHORISING_OFFICER]
ENGAGEMENT, AUDITOR = NAMES[Role.ENGAGEMENT_OFFICER], NAMES[Role.AUDITOR]

Screens = Callable[..., Screen]


@pytest.fixture
def day(browser: Browser, tmp_path: Path) -> Iterator[tuple[Served, Screens, str]]:
    """A console, a maker of screens, and the address of a camera."""
    made: list[Screen] = []
    with served(tmp_path, "consent") as console, mjpeg_server(sample_footage() / "single_face.mp4", 12) as camera:

        def screen() -> Screen:
            made.append(Screen(browser, console.address))
            made[-1].context.set_default_timeout(PATIENCE_MS)
            return made[-1]

        yield console, screen, camera
        faults = [fault for one in made for fault in one.faults]
    assert not faults, "\n".join(faults)


def test_from_the_accounts_to_the_erasure(day: tuple[Served, Screens, str], tmp_path: Path) -> None:
    console, screen, camera = day
    _make_an_operator(console, screen)
    _what_was_measured(console)
    key = tmp_path / "officer.pem"
    _pin(console, screen, make_signing_key(key, KEY_WORDS, lambda size: bytes(range(size))))
    manager = screen()
    _import(manager, tmp_path)
    at = _enter(manager, tmp_path, camera)
    officer = screen()
    _sign(officer, at, key)
    _publishes(officer, at)
    operator = screen()
    operator.sign_in(OPERATOR, NEW_PASSWORD, to=at)
    _looks_at_the_signs(operator, at)
    _start(operator, at)
    _sees_redacted_pictures(operator)
    alert = _decides(operator)
    _concludes(screen(), alert)
    _ends(operator, at)
    _erased(manager)
    _in_the_record(console)


def _press(page: Page, button: str | re.Pattern[str]) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button).first.click()


def _make_an_operator(console: Served, screen: Screens) -> None:
    ann, ben, olga = screen(), screen(), screen()
    page = ann.sign_in("ann", PASSWORD, to="/people")
    page.get_by_label("Name", exact=True).fill(OPERATOR)
    page.get_by_label("operator", exact=True).check()
    _press(page, "Propose the account")
    code = page.locator("#code").inner_text()
    waiting = ben.sign_in("ben", PASSWORD, to="/people")
    if waiting.get_by_role("button", name=f"Approve {OPERATOR}").count():
        _press(waiting, f"Approve {OPERATOR}")
    row = waiting.locator("tr", has_text=OPERATOR)
    row.locator("summary").click()
    row.get_by_label("Training counts until").fill(time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 86400)))
    with waiting.expect_navigation():
        row.get_by_role("button", name="Record the training").click()
    first = olga.open("/sign-in")
    first.get_by_label("Name of your account").fill(OPERATOR)
    first.get_by_label("Password, or the code").fill(code)
    _press(first, re.compile("^Sign in$"))
    first.get_by_label("Code of your invitation").fill(code)
    first.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    first.get_by_label("New password again").fill(NEW_PASSWORD)
    _press(first, re.compile("^Sign in$"))
    assert olga.path == "/alerts"
    assert console.process.poll() is None


def _what_was_measured(console: Served) -> None:
    """What takes days with volunteers in front of the cameras is filed: a measurement of the model pack, a trial."""
    with console.installation() as installation:
        rows = installation.store.read(lambda work: work.accounts.all())
        people = {Role(role): account_of(row) for row in rows for role in row.roles}
        ready_to_sign(installation, load_policy("consent").rules, people.__getitem__)


def _publishes(officer: Screen, at: str) -> None:
    page = officer.open(f"{at}/notice")
    page.get_by_label("Where it can be read").fill("at the entrance, and on the venue's site")
    page.get_by_label("Since when").fill(time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() - 2 * 86400)))
    _press(page, "Say that it is published")
    assert "on the venue's site" in page.inner_text("main")


def _looks_at_the_signs(operator: Screen, at: str) -> None:
    page = operator.open(f"{at}/signs")
    page.get_by_label("Where it is").first.fill("by the entrance")
    page.get_by_label("Metres before the zone").first.fill("20")
    _press(page, "Record what I found")
    assert "the one there is stands and can be read" in page.inner_text("main")


def _pin(console: Served, screen: Screens, key: str) -> None:
    for name in ("ann", "ben"):
        page = screen().sign_in(name, PASSWORD, to="/people")
        if name == "ann":
            row = page.locator("tr", has_text=OFFICER)
            row.locator("summary").click()
            row.get_by_label("Public signing key").fill(key)
            with page.expect_navigation():
                row.get_by_role("button", name="Pin the key").click()
        elif page.get_by_role("button", name=f"Approve {OFFICER}").count():
            _press(page, f"Approve {OFFICER}")
    assert console.process.poll() is None


def _import(manager: Screen, folder: Path) -> None:
    pictures = folder / "pictures"
    pictures.mkdir()
    (pictures / "man.jpg").write_bytes((sample_footage() / "single_face.jpg").read_bytes())
    now_us = time.time_ns() // 1000
    write_entries(pictures, now_us, expires=to_text(now_us + 48 * HOUR_US), **ASKED["consent"][3])
    page = manager.sign_in(MANAGER, PASSWORD, to="/lists/import")
    page.set_input_files("#files", sorted(pictures.iterdir()))
    page.get_by_label("Policy by which").select_option("consent")
    page.get_by_label("New passphrase").fill(PASSPHRASE)
    page.get_by_label("The same passphrase again").fill(PASSPHRASE)
    page.get_by_role("button", name="Import the list").click()
    page.get_by_role("link", name="Look at the list").click()
    page.wait_for_url("**/lists/drafts/*")


def _enter(manager: Screen, folder: Path, camera: str) -> str:
    draft = manager.path.rsplit("/", 1)[1]
    file = folder / "high-street.toml"
    file.write_text(_deployment(draft, camera), "utf-8")
    page = manager.open("/deployments/drafts")
    page.get_by_label("Deployment file (TOML)").set_input_files(file)
    _press(page, "Bring the file")
    _press(page, "Keep it, and check and enter")
    page.get_by_label("Passphrase of the list").fill(PASSPHRASE)
    _press(page, "Enter the deployment")
    assert "is entered" in page.inner_text("main")
    return re.sub(r"\?.*", "", manager.path)


def _deployment(draft: str, camera: str) -> str:
    about, words, documents, _ = ASKED["consent"]
    now_us = time.time_ns() // 1000
    opens, closes = (Moment(to_text(now_us + round(hours * HOUR_US))) for hours in (-0.1, 3))
    tables = [
        (
            "[deployment]",
            {
                "name": "The venue, Sunday",
                "place": "The entrance",
                "policy": "consent",
                "why_here": "they asked for this entrance",
                "why_now": "it opens on Sundays",
                "expected_passages": 1000,
                "area": [list(corner) for corner in SQUARE],
                "nearby": [],
                **about,
            },
        ),
        (
            "[authority]",
            {
                "legal_basis": "their consent",
                "aim": "to keep those out who asked for it",
                "necessity": "nobody knows them all by sight",
                "proportionality": "one entrance, one evening",
                "alternatives": "a list of names at the door",
                "authorised_by": OFFICER,
                "valid_from": opens,
                "valid_until": closes,
                **words,
            },
        ),
        ("[watchlist]", {"list": draft, "wanted_far": 0.0005}),
        (
            "[[camera]]",
            {"name": "door", "url": camera, "zone": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], "serial": "A1"},
        ),
        *(
            (
                "[[document]]",
                {
                    "kind": kind,
                    "reference": f"{kind} 1",
                    "version": "1",
                    "date": Moment(to_text(now_us - 2 * HOUR_US)),
                    "sha256": "0" * 64,
                },
            )
            for kind in documents
        ),
        *(("[[consultation]]", dict(one)) for one in CONSULTED),
    ]
    return "\n".join(
        line for head, table in tables for line in (head, *(f"{k} = {toml(v)}" for k, v in table.items()), "")
    )


def _sign(officer: Screen, at: str, key: Path) -> None:
    page = officer.sign_in(OFFICER, PASSWORD, to=f"{at}/sign")
    page.locator("#password").fill(PASSWORD)
    page.locator("#key").set_input_files(key)
    page.locator("#passphrase").fill(KEY_WORDS)
    _press(page, "Sign the authority")
    assert "authorised" in page.inner_text("main").lower()


def _start(operator: Screen, at: str) -> None:
    page = operator.open(f"{at}/start")
    page.get_by_label("Passphrase of its list").fill(PASSPHRASE)
    _press(page, "Start watching")
    assert "watched" in page.inner_text("main").lower()


def _sees_redacted_pictures(operator: Screen) -> None:
    page = operator.open("/live")
    page.locator("canvas, img").first.wait_for()
    page.get_by_text("Picture of").first.wait_for()


def _decides(operator: Screen) -> str:
    page = operator.open("/alerts")
    look: Locator = page.get_by_role("link", name=re.compile("Look and decide"))
    look.first.wait_for()
    with page.expect_navigation():
        look.first.click()
    faces = page.locator("#faces img")
    faces.wait_for()
    page.keyboard.press("y")
    page.keyboard.type("the same brows, ears and scar")
    record = page.get_by_role("button", name="Record: worth a look", exact=True)
    record.wait_for()
    with page.expect_navigation():
        record.click()
    assert "verdict is recorded" in page.inner_text("main")
    return operator.path


def _concludes(officer: Screen, alert: str) -> None:
    page = officer.sign_in(ENGAGEMENT, PASSWORD, to=f"{alert}/outcome")
    for name in ("result", "means", "followed"):
        page.locator(f"input[name={name}]").first.check()
    page.get_by_label("For how many minutes").fill("2")
    page.get_by_label("Yes", exact=True).check()
    _press(page, "Record what came of it")
    assert "is recorded" in page.inner_text("main")


def _ends(operator: Screen, at: str) -> None:
    page = operator.open(f"{at}/end")
    _press(page, "End the deployment")
    assert "ended" in page.inner_text("main").lower()


def _erased(manager: Screen) -> None:
    page = manager.open("/lists")
    page.get_by_role("link", name=re.compile("venue", re.IGNORECASE)).first.click()
    _press(page, "Erase this list for good")
    assert "destroyed" in page.inner_text("main").lower()


def _in_the_record(console: Served) -> None:
    from tests.installations import kinds

    with console.installation() as installation:
        happened = kinds(installation)
    wanted = ["account.made", "list.sealed", "authority.signed", "watch.started", "alert.raised", "alert.shown"]
    wanted += ["alert.decided", "alert.concluded", "watch.ended", "deployment.ended", "list.erased"]
    missing = [kind for kind in wanted if kind not in happened]
    assert not missing, (missing, sorted(set(happened)))
