"""What went wrong is told in its own words; what nobody foresaw, by its kind alone, here and in the log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
from fastapi import FastAPI, Form
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from overt.console import problems
from overt.console.guard import BODY_BYTES
from overt.console.problems import NotThere, QuietLog, status_of
from overt.domain.errors import OvertError, PartMissing, Refused
from overt.domain.roles import NotAllowed, NotTrained, RolesOpposed
from overt.services.sessions import NotSignedIn, SignInLocked
from overt.store.errors import StoreUnavailable
from tests.consoles import console_of, house_in, visiting
from tests.installations import in_memory

SECRET = "a face that nobody is to see"


class NoSuchAlert(Refused):
    code = "no-such-alert"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotSignedIn("x"), 401),
        (NotTrained("x"), 403),
        (NotAllowed("x"), 403),
        (RolesOpposed("x"), 403),
        (SignInLocked("x"), 429),
        (StoreUnavailable("x"), 503),
        (PartMissing("x"), 503),
        (NotThere("x"), 404),
        (NoSuchAlert("x"), 404),
        (Refused("x"), 409),
        (OvertError("x"), 500),
    ],
    ids=lambda value: str(getattr(value, "code", value)),
)
def test_the_status_says_what_the_error_says(error: OvertError, status: int) -> None:
    assert status_of(error) == status


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """The console with a few more ways in, which fail."""
    app = console_of(house_in(in_memory(), tmp_path))

    def fails() -> None:
        picture = np.full((4, 4), 7)
        raise ValueError(SECRET, picture)

    async def fails_at_once() -> None:
        raise ValueError(SECRET)

    def refuses() -> None:
        raise Refused("This is not so.", "Do that.")

    def begins() -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            yield b"a part"
            raise ValueError(SECRET)

        return StreamingResponse(parts())

    def takes(number: Annotated[int, Form()]) -> PlainTextResponse:
        return PlainTextResponse(str(number))

    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        raise ValueError(SECRET)

    async def left(socket: WebSocket) -> None:
        raise WebSocketDisconnect(1001)

    for path, endpoint in {"/fails": fails, "/api/fails": fails, "/at-once": fails_at_once, "/begins": begins}.items():
        app.add_api_route(path, endpoint)
    for path in ("/refuses", "/api/refuses"):
        app.add_api_route(path, refuses)
    app.add_api_route("/takes", takes, methods=["POST"])
    app.add_api_websocket_route("/socket", socket)
    app.add_api_websocket_route("/left", left)
    return app


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    with visiting(app) as client:
        yield client


@pytest.mark.parametrize("path", ["/fails", "/at-once"])
def test_what_nobody_foresaw_is_a_plain_page_and_its_words_go_nowhere(
    browser: TestClient, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = browser.get(path)
    assert answer.status_code == 500
    assert "Something failed that should not (ValueError)." in answer.text
    assert "<html" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers
    out, err = capfd.readouterr()
    assert err.startswith("ValueError at ")
    for told in (answer.text, out, err):
        assert SECRET not in told
        assert "array" not in told
        assert "[7" not in told


def test_a_program_is_told_in_its_own_form(browser: TestClient, capfd: pytest.CaptureFixture[str]) -> None:
    answer = browser.get("/api/fails")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["title"] == "Something failed that should not (ValueError)."
    assert SECRET not in answer.text
    assert SECRET not in capfd.readouterr().err
    refused = browser.get("/api/refuses")
    assert refused.status_code == 409
    assert refused.json() == {
        "type": "urn:overt:refused",
        "title": "This is not so.",
        "status": 409,
        "detail": "Do that.",
    }


def test_what_fails_half_way_is_broken_off(browser: TestClient, capfd: pytest.CaptureFixture[str]) -> None:
    answer = browser.get("/begins")
    assert answer.text == "a part"
    assert SECRET not in capfd.readouterr().err


def test_a_socket_that_fails_is_closed(browser: TestClient, capfd: pytest.CaptureFixture[str]) -> None:
    with browser.websocket_connect("/socket") as socket, pytest.raises(WebSocketDisconnect) as caught:
        socket.receive_text()
    assert caught.value.code == 1011
    assert SECRET not in capfd.readouterr().err


def test_that_somebody_went_away_is_no_failure(app: FastAPI, capfd: pytest.CaptureFixture[str]) -> None:
    async def gone(*_: object) -> None:
        raise WebSocketDisconnect(1001)

    import asyncio

    asyncio.run(problems.Unforeseen(gone)({"type": "websocket"}, gone, gone))  # type: ignore[arg-type]
    assert capfd.readouterr().err == ""


def test_a_socket_that_is_closed_already_is_left_so(capfd: pytest.CaptureFixture[str]) -> None:
    import asyncio

    async def fails(*_: object) -> None:
        raise ValueError(SECRET)

    asyncio.run(problems.Unforeseen(fails)({"type": "websocket"}, fails, fails))  # type: ignore[arg-type]
    assert SECRET not in capfd.readouterr().err


def test_a_refusal_is_a_page_with_its_words(browser: TestClient) -> None:
    answer = browser.get("/refuses")
    assert answer.status_code == 409
    assert "This is not so." in answer.text
    assert "Do that." in answer.text


@pytest.mark.parametrize("path", ["/nowhere", "/people/", "//people", "/people%2f", "/static//etc"])
def test_there_is_no_other_way_to_a_page(browser: TestClient, path: str) -> None:
    answer = browser.get(f"https://testserver{path}")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../problems.py",
        "/static/%2e%2e/problems.py",
        "/static/..%2fproblems.py",
        "/static/....//problems.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/..%5cproblems.py",
        "/static/",
        "/static",
        "/static/%00",
        "/static/overt.css%00.png",
        "/static/" + "a" * 5000,
    ],
)
def test_static_serves_its_own_files_and_nothing_else(browser: TestClient, path: str) -> None:
    answer = browser.get(f"https://testserver{path}")
    assert answer.status_code in (404, 405)
    assert answer.headers["cache-control"] == "no-store"
    assert "root:" not in answer.text
    assert "def " not in answer.text


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "TRACE", "SWEEP"])
def test_what_an_address_does_not_do_it_says(browser: TestClient, method: str) -> None:
    answer = browser.request(method, "/sign-in")
    assert answer.status_code == 405
    assert "content-security-policy" in answer.headers


def test_what_is_not_filled_in_is_named_and_never_repeated(browser: TestClient) -> None:
    answer = browser.post("/takes", data={"number": SECRET})
    assert answer.status_code == 422
    assert "Not all was filled in as it has to be: number." in answer.text
    assert SECRET not in answer.text
    assert browser.post("/takes", data={"number": "7"}).text == "7"


def test_a_body_that_is_too_long_is_told_so(browser: TestClient) -> None:
    answer = browser.post("/takes", content=bytes(BODY_BYTES + 1))
    assert answer.status_code == 413

    def longer() -> Iterator[bytes]:
        yield bytes(BODY_BYTES)
        yield b"xx"

    answer = browser.post("/takes", content=longer(), headers={"content-length": "1", "transfer-encoding": ""})
    assert answer.status_code in (411, 413)


@pytest.mark.parametrize(
    ("path", "next_path"),
    [("/people", "/people"), ("/account", "/account"), ("/", None)],
)
def test_whoever_is_not_signed_in_comes_back_to_where_they_were(
    browser: TestClient, path: str, next_path: str | None
) -> None:
    answer = browser.get(f"{path}?secret=1")
    assert answer.status_code == 303
    wanted = "/sign-in" if next_path is None else f"/sign-in?next={next_path.replace('/', '%2F')}"
    assert answer.headers["location"] == wanted


def test_the_log_of_the_server_says_kinds_alone(capfd: pytest.CaptureFixture[str]) -> None:
    log, quiet = logging.getLogger("uvicorn.test"), QuietLog(logging.WARNING)
    log.addHandler(quiet)
    log.propagate = False
    try:
        try:
            raise ValueError(SECRET)
        except ValueError:
            log.exception("Exception in ASGI application\n%s", SECRET)
        log.warning("Invalid request of %s", SECRET)
        log.info("%s - GET", SECRET)
    finally:
        log.removeHandler(quiet)
        log.propagate = True
    sys.stderr.flush()
    err = capfd.readouterr().err
    assert SECRET not in err
    assert err.splitlines() == [err.splitlines()[0], "uvicorn.test: Invalid request of %s"]
    assert err.startswith("uvicorn.test: ValueError at test_the_log_of_the_server_says_kinds_alone:")
