"""Consoles for the tests: the real application over an installation, visited without a network."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from overt.console.app import create_app
from overt.console.house import House
from overt.console.runs import Runs
from overt.console.visitor import COOKIE
from overt.domain.retention import HOUR_US
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.sessions import digest_of
from overt.settings import Settings
from overt.store.records import SessionRow

ADDRESS = "https://testserver"
#: What a browser says of a form or a script of the console's own pages.
FROM_HERE = {"sec-fetch-site": "same-origin", "origin": ADDRESS}


def house_in(installation: Installation, folder: Path) -> House:
    """A house that is reached by https as `testserver`."""
    settings = Settings(home=folder / "home", master_key_file=folder / "master.key")
    return House(
        installation=installation,
        settings=settings,
        runs=Runs(installation, settings),
        hosts=frozenset({"testserver"}),
        secure=True,
    )


def console_of(house: House) -> FastAPI:
    """Its application."""
    return create_app(house)


def session_of(installation: Installation, account: Account) -> str:
    """The token of a new session, without the time that a password takes."""
    token, now_us = secrets.token_hex(32), installation.clock.now_us()
    row = SessionRow(id=digest_of(token), account=account.id, made_us=now_us, expires_us=now_us + 8 * HOUR_US)
    installation.store.write(lambda work: work.sessions.add(row))
    return token


@contextmanager
def visiting(app: FastAPI, token: str = "", headers: Iterable[tuple[str, str]] = ()) -> Iterator[TestClient]:
    """A browser, with a session where there is a token; it follows no redirection by itself."""
    with TestClient(app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=True) as client:
        client.headers.update(FROM_HERE | dict(headers))
        if token:
            client.cookies.set(COOKIE, token)
        yield client


def random_name() -> str:
    """One that nobody has."""
    return os.urandom(8).hex()
