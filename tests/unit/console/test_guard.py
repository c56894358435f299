"""What is refused before any page is asked: other hosts, other pages, bodies that are too long or too slow."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from overt.console import guard
from overt.console.guard import BODY_BYTES, BigDoor, Guard

HERE = "console.example:8443"


class Asked:
    """An application that reads the body, answers 200, and notes what came."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self.bodies.append(b"lifespan")
            return
        if scope["type"] == "websocket":
            self.bodies.append(b"socket")
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


def asked(
    method: str = "GET",
    path: str = "/alerts",
    headers: Iterable[tuple[str, str]] = (),
    *,
    chunks: Iterable[bytes] = (b"",),
    kind: str = "http",
    secure: bool = True,
    hosts: frozenset[str] = frozenset({HERE}),
    host: str | None = HERE,
    waits_s: float = 0.0,
) -> tuple[int, dict[str, str], Asked]:
    """Status (a socket's code; 0: let through), headers of the answer, and what the application was asked."""
    app, sent, parts = Asked(), list[Message](), list(chunks)
    big = [BigDoor(path=re.compile(r"/lists/[^/]+/pictures"), most_bytes=4 * BODY_BYTES)]
    given = [*([("host", host)] if host is not None else []), *headers]
    scope: Scope = {
        "type": kind,
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given],
    }

    async def receive() -> Message:
        await asyncio.sleep(waits_s)
        if kind == "websocket":
            return {"type": "websocket.connect"}
        part = parts.pop(0) if parts else b""
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Guard(app, hosts=hosts, secure=secure, big=big)(scope, receive, send))
    if not sent:
        return 0, {}, app
    first = sent[0]
    found = {name.decode(): value.decode() for name, value in first.get("headers", [])}
    return first.get("status") or first["code"], found, app


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (HERE, 200),
        ("CONSOLE.example:8443", 200),
        ("console.example", 421),
        ("console.example:8444", 421),
        ("console.example:8443.evil.example", 421),
        ("evil.example", 421),
        ("console.example:8443@evil.example", 421),
        ("127.0.0.1:8443", 421),
        ("[::1]:8443", 421),
        ("", 421),
        (None, 421),
    ],
)
def test_only_its_own_names_reach_it(host: str | None, status: int) -> None:
    found, headers, app = asked(host=host)
    assert found == status
    assert bool(app.bodies) is (status == 200)
    assert "content-security-policy" in headers


@pytest.mark.parametrize("host", ["[::1]:8443", "[fd00::7]", "192.168.1.5:8443"])
def test_addresses_are_hosts_too(host: str) -> None:
    assert asked(host=host, hosts=frozenset({host}))[0] == 200


FROM = [
    ({"sec-fetch-site": "same-origin", "origin": f"https://{HERE}"}, True),
    ({"sec-fetch-site": "same-origin"}, True),
    ({"origin": f"https://{HERE}"}, True),
    ({"origin": f"HTTPS://{HERE.upper()}"}, True),
    ({}, False),
    ({"sec-fetch-site": "none"}, False),
    ({"sec-fetch-site": "same-site", "origin": f"https://{HERE}"}, False),
    ({"sec-fetch-site": "cross-site"}, False),
    ({"sec-fetch-site": "same-origin", "origin": "null"}, False),
    ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, False),
    ({"origin": f"http://{HERE}"}, False),
    ({"origin": "https://console.example"}, False),
    ({"origin": f"https://{HERE}.evil.example"}, False),
    ({"origin": ""}, False),
]


@pytest.mark.parametrize(("headers", "good"), FROM)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "SWEEP"])
def test_what_changes_something_comes_from_here(method: str, headers: dict[str, str], good: bool) -> None:
    status, _, app = asked(method, headers=headers.items())
    assert status == (200 if good else 403)
    assert bool(app.bodies) is good


@pytest.mark.parametrize(("headers", "good"), FROM)
def test_a_socket_comes_from_here_too(headers: dict[str, str], good: bool) -> None:
    status, _, app = asked("", headers=headers.items(), kind="websocket")
    assert status == (0 if good else 1008)
    assert bool(app.bodies) is good


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_only_reads_may_come_from_anywhere(method: str) -> None:
    assert asked(method, headers=[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")])[0] == 200


def test_a_program_with_a_token_says_nothing_of_where_it_comes_from() -> None:
    assert asked("POST", headers=[("authorization", "Bearer abc")])[0] == 200
    assert asked("POST", headers=[("authorization", "Basic abc")])[0] == 403
    assert asked("", headers=[("authorization", "Bearer abc")], kind="websocket")[0] == 1008


def test_without_https_the_pages_come_by_http() -> None:
    assert asked("POST", headers=[("origin", f"http://{HERE}")], secure=False)[0] == 200
    assert asked("POST", headers=[("origin", f"https://{HERE}")], secure=False)[0] == 403


@pytest.mark.parametrize("name", ["host", "origin", "content-length", "sec-fetch-site", "authorization"])
def test_nothing_that_decides_is_said_twice(name: str) -> None:
    value = {"host": HERE, "content-length": "0"}.get(name, "x")
    assert asked("GET", headers=[(name, value)] * (1 if name == "host" else 2))[0] == 400


@pytest.mark.parametrize("length", ["x", "-1", "+1", "1 2", "\u00b2", "1_0", "0x10", "9" * 16, "1.0"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    status, _, app = asked("POST", headers=[("content-length", length), *FROM[0][0].items()])
    assert (status, app.bodies) == (411, [])


def test_a_body_that_does_not_say_how_long_it_is_is_refused() -> None:
    assert asked("POST", headers=[("transfer-encoding", "chunked"), *FROM[0][0].items()])[0] == 411


@pytest.mark.parametrize(
    ("path", "most"),
    [("/alerts", BODY_BYTES), ("/lists/7/pictures", 4 * BODY_BYTES), ("/lists/7/pictures/x", BODY_BYTES)],
)
def test_each_door_has_its_limit(path: str, most: int) -> None:
    here = [*FROM[0][0].items()]
    assert asked("POST", path, [*here, ("content-length", str(most + 1))])[0] == 413
    status, _, app = asked("POST", path, [*here, ("content-length", str(most))], chunks=[bytes(most // 2)] * 2)
    assert (status, app.bodies) == (200, [bytes(most)])


def test_a_body_that_is_longer_than_it_said_is_broken_off() -> None:
    with pytest.raises(HTTPException) as caught:
        asked("POST", headers=[*FROM[0][0].items(), ("content-length", "1")], chunks=[bytes(BODY_BYTES), b"x"])
    assert caught.value.status_code == 413


def test_a_body_that_comes_too_slowly_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_S", 0.05)
    monkeypatch.setattr(guard, "SLOWEST_BYTES_PER_S", BODY_BYTES * 1000)
    with pytest.raises(HTTPException) as caught:
        asked("POST", headers=FROM[0][0].items(), chunks=[b"x"] * 9, waits_s=0.02)
    assert caught.value.status_code == 408


def test_every_answer_forbids_others_and_being_kept() -> None:
    for _, headers, _ in (asked(), asked(host="evil.example"), asked("POST")):
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["strict-transport-security"] == "max-age=31536000"


def test_files_of_the_pages_may_be_kept_and_nothing_else() -> None:
    assert "cache-control" not in asked(path="/static/overt.css")[1]
    assert asked(path="/static")[1]["cache-control"] == "no-store"
    assert asked(path="/static/overt.css", host="evil.example")[1]["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["localhost:8443", "127.0.0.1:8443", "[::1]:8443", "localhost"])
def test_ones_own_machine_is_not_told_to_keep_to_https(host: str) -> None:
    assert "strict-transport-security" not in asked(host=host, hosts=frozenset({host}))[1]


def test_without_https_nobody_is_told_to_keep_to_it() -> None:
    assert "strict-transport-security" not in asked(secure=False)[1]


def test_what_is_no_visit_goes_through() -> None:
    assert asked(kind="lifespan")[2].bodies == [b"lifespan"]
