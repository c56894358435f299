"""What browser tests share: one Chromium for all, a console for each file, a screen for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import Screen, chromium
from tests.browser.served import Served, served

expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def console(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`overt serve` over an installation with somebody for each role; `browser` first, since it may be missing."""
    with served(tmp_path_factory.mktemp("console")) as found:
        yield found


@pytest.fixture
def screen(browser: Browser, console: Served) -> Iterator[Callable[[], Screen]]:
    """Makes a browser of its own for somebody; what went wrong in it fails the test."""
    made: list[Screen] = []

    def make(width: int = 1280) -> Screen:
        made.append(Screen(browser, console.address, width=width))
        return made[-1]

    yield make
    faults = []
    for one in made:
        one.context.close()
        faults += one.faults
    assert not faults, "\n".join(faults)
