"""The officer's phone over the console's own https: trusted, it keeps the page; not trusted, it says so and works."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate
from playwright.sync_api import Browser, Page

from overt.domain.roles import Role
from overt.engine.clock import SystemClock
from overt.services.installation import opened
from tests.browser.test_alerts_in_a_browser import becomes
from tests.integration.deployments import place_at
from tests.people import PASSWORD, person
from tests.served import Served, served

CHROMIUM: Final = shutil.which("chromium") or ""

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def https(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("https"), tls=True) as found:
        with opened(place_at(found.home), clock=SystemClock(), random_bytes=os.urandom) as installation:
            person(installation, "ed", Role.ENGAGEMENT_OFFICER)
        yield found


@contextmanager
def phone(browser: Browser, https: Served, folder: Path, *, trusts: bool) -> Iterator[Page]:
    """`trusts`: the browser takes the certificate that the installation's own authority vouches for, as one does where
    that authority was installed."""
    context_of = ssl.create_default_context(cafile=str(https.ca))
    with (
        socket.create_connection(("127.0.0.1", https.port)) as plain,
        context_of.wrap_socket(plain, server_hostname="127.0.0.1") as spoken,
    ):
        vouched_for = spoken.getpeercert(binary_form=True)
    assert vouched_for is not None
    key = load_der_x509_certificate(vouched_for).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    trust = [f"--ignore-certificate-errors-spki-list={base64.b64encode(digest).decode()}"] if trusts else []
    context = browser.browser_type.launch_persistent_context(
        folder / "profile",
        executable_path=CHROMIUM,
        args=["--no-sandbox", "--lang=en-GB", *trust],
        ignore_https_errors=not trusts,
        viewport={"width": 390, "height": 844},
        base_url=https.address,
    )
    page = context.pages[0]
    page.set_default_timeout(20_000)
    page.goto("/sign-in?next=/phone")
    page.fill("#name", "ed")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(re.compile("/phone$"))
    page.locator("#live", has_text=re.compile("^Live$")).wait_for()
    yield page
    context.close()


def test_a_phone_that_trusts_the_authority_keeps_the_page(browser: Browser, https: Served, tmp_path: Path) -> None:
    with phone(browser, https, tmp_path, trusts=True) as page:
        becomes(page, "navigator.serviceWorker.ready.then((one) => one.active.state === 'activated')")
        assert "Record checked" in page.inner_text("#record")
        assert "cannot check its signature" not in page.inner_text("#record")
        assert not page.is_visible("#plain")
        page.context.set_offline(True)
        page.reload()
        page.get_by_text("Who is to be met is not known while there is no connection").wait_for()


def test_a_phone_that_does_not_trust_it_says_so_and_works(browser: Browser, https: Served, tmp_path: Path) -> None:
    with phone(browser, https, tmp_path, trusts=False) as page:
        page.get_by_text("This phone does not keep the page for a lost connection").wait_for()
        page.get_by_text("Nobody is to be met now").wait_for()
