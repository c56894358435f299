"""Pictures of the console for the documents: `python -m tests.browser.screenshots FOLDER [--every] [NAME ...]`.

They are taken of a demonstration, so nobody's face is in them but those of the sample footage. A page is added by a
line in `SHOTS`. With `--every`, each is taken at the width of a phone, too, and in the dark.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from overt.domain.roles import Role
from overt.services.demo_stage import PASSWORD, PLAYERS
from overt.services.footage import fetch_sample_footage
from tests.browser.browsing import HEIGHT, Scheme, Screen, chromium
from tests.browser.served import demonstrated
from tests.needs import REPOSITORY

WIDE, NARROW = 1280, 390


def _as_it_is(_: Page) -> None:
    """Nothing has to be done before."""


def _with_a_prompt(page: Page) -> None:
    page.get_by_role("link", name="Look and decide").first.wait_for()


def _opened(page: Page) -> None:
    _with_a_prompt(page)
    page.get_by_role("link", name="Look and decide").first.click()
    page.get_by_role("button", name="Record the verdict", exact=True).wait_for()


def _of_a_deployment(page: Page) -> None:
    page.locator(".one h3 a").first.click()
    page.get_by_role("heading", name="Versions of this page").wait_for()


def _of_this_deployment(page: Page, link: str) -> None:
    page.locator(".deployment a").first.click()
    page.get_by_role("link", name=link).first.click()
    page.wait_for_load_state()


def _signs(page: Page) -> None:
    _of_this_deployment(page, "Signs and leaflets")


def _record(page: Page) -> None:
    _of_this_deployment(page, "Its record, and what authorities are told")


def _sign_check(page: Page) -> None:
    page.get_by_role("link", name="Look at the signs").first.click()
    page.wait_for_load_state()


def _with_pictures(page: Page) -> None:
    page.get_by_text("Picture of").first.wait_for()


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture.

    Attributes:
        role: who is signed in; None: nobody.
        before: brings the page into the state that is shown.
        whole: the whole page, however long it is; else what is seen without scrolling.
    """

    name: str
    role: Role | None
    path: str
    before: Callable[[Page], None] = _as_it_is
    whole: bool = True


SHOTS = (
    Shot(name="sign-in", role=None, path="/sign-in"),
    Shot(name="people", role=Role.ADMINISTRATOR, path="/people", whole=False),
    Shot(name="alerts", role=Role.OPERATOR, path="/alerts", before=_with_a_prompt, whole=False),
    Shot(name="alert", role=Role.OPERATOR, path="/alerts", before=_opened, whole=False),
    Shot(name="live", role=Role.OPERATOR, path="/live", before=_with_pictures),
    Shot(name="deployments", role=Role.AUTHORISING_OFFICER, path="/deployments", whole=False),
    Shot(name="lists", role=Role.LIST_MANAGER, path="/lists", whole=False),
    Shot(name="import", role=Role.LIST_MANAGER, path="/lists/import"),
    Shot(name="cameras", role=Role.OPERATOR, path="/cameras", whole=False),
    Shot(name="figures", role=Role.EVALUATOR, path="/figures"),
    Shot(name="ledger", role=Role.AUDITOR, path="/ledger", whole=False),
    Shot(name="verify", role=Role.AUDITOR, path="/ledger/verify", whole=False),
    Shot(name="oversight", role=Role.OVERSIGHT, path="/oversight"),
    Shot(name="findings", role=Role.OVERSIGHT, path="/oversight/findings"),
    Shot(name="conditions", role=Role.OVERSIGHT, path="/oversight/conditions"),
    Shot(name="complaints", role=Role.OVERSIGHT, path="/oversight/complaints"),
    Shot(name="complaint", role=Role.OVERSIGHT, path="/oversight/complaints/new"),
    Shot(name="forgetting", role=Role.OVERSIGHT, path="/oversight/forgetting"),
    Shot(name="notices", role=Role.AUTHORISING_OFFICER, path="/deployments", before=_signs),
    Shot(name="record", role=Role.OVERSIGHT, path="/deployments", before=_record),
    Shot(name="decoys", role=Role.OPERATOR, path="/decoys"),
    Shot(name="phone", role=Role.ENGAGEMENT_OFFICER, path="/phone"),
    Shot(name="sign-check", role=Role.ENGAGEMENT_OFFICER, path="/phone", before=_sign_check),
    Shot(name="register", role=None, path="/public/"),
    Shot(name="register-deployment", role=None, path="/public/", before=_of_a_deployment),
    Shot(name="register-check", role=None, path="/public/check.html"),
    Shot(name="account", role=Role.OPERATOR, path="/account"),
)


def main() -> None:
    """Takes the pictures that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help=", ".join(shot.name for shot in SHOTS))
    parser.add_argument("--every", action="store_true", help="at both widths, in light and in dark")
    given = parser.parse_intermixed_args()
    shots = [shot for shot in SHOTS if not given.names or shot.name in given.names]
    given.folder.mkdir(parents=True, exist_ok=True)
    footage = fetch_sample_footage(REPOSITORY / ".cache", announce=print)
    with (
        chromium() as browser,
        tempfile.TemporaryDirectory() as folder,
        demonstrated(Path(folder), footage) as console,
    ):
        screens: dict[Role | None, Screen] = {}
        for shot in shots:
            if shot.role not in screens:
                screens[shot.role] = Screen(browser, console.address)
                _sign_in(screens[shot.role], shot.role)
            _take(screens[shot.role], shot, given.folder, every=given.every)
        for screen in screens.values():
            screen.context.close()


def _sign_in(screen: Screen, role: Role | None) -> None:
    if role is not None:
        (name,) = (one.name for one in PLAYERS if one.role is role)
        screen.sign_in(name, PASSWORD)


def _take(screen: Screen, shot: Shot, folder: Path, *, every: bool) -> None:
    for width, scheme, ending in _ways(every=every):
        screen.page.set_viewport_size({"width": width, "height": HEIGHT})
        screen.page.emulate_media(color_scheme=scheme)
        page = screen.open(shot.path)
        shot.before(page)
        page.screenshot(path=folder / f"{shot.name}{ending}.png", full_page=shot.whole)


def _ways(*, every: bool) -> Sequence[tuple[int, Scheme, str]]:
    ways: tuple[tuple[int, Scheme, str], ...] = (
        (WIDE, "light", ""),
        (WIDE, "dark", "-dark"),
        (NARROW, "light", "-phone"),
        (NARROW, "dark", "-phone-dark"),
    )
    return ways if every else ways[:1]


if __name__ == "__main__":
    main()
