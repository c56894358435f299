"""What is looked at before any page is: the host's name, where a request comes from, how much it brings and how slowly.

Rules:
  - a request to a name that is not the console's is refused: some page elsewhere may have had its name lead here;
  - what changes something has to come from the console's own pages (`Sec-Fetch-Site`, else `Origin`), or from a program
    with a token; a socket has to, too;
  - what decides this is said once: of two hosts or two lengths, one could be meant for somebody else;
  - a body says how long it is, is no longer than its door allows, and comes within a time;
  - every answer forbids scripts and pictures of others, frames, and being kept; the public register, which has no
    scripts and no session, may be kept for a minute.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES: Final = 256 * 1024
#: A body has so long to come, and a second more for every so many bytes that its door allows.
BODY_S: Final = 30.0
SLOWEST_BYTES_PER_S: Final = 64 * 1024
_ONCE: Final = ("host", "origin", "content-length", "sec-fetch-site", "authorization")
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS: Final[dict[str, str]] = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_STATIC: Final = "/static/"
#: What everybody may read, for whom no session is looked up; it may be kept for a minute, so that a crowd of readers,
#: and whatever stands before this console, ask less often.
PUBLIC: Final = "/public"
_FOR_READERS: Final[dict[str, str]] = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
}
_A_MINUTE: Final = "public, max-age=60"
_KEPT: Final = (200, 304, 308, 404)
_LENGTH: Final = re.compile(r"[0-9]{1,15}")
#: A browser that keeps to https there would no longer reach what else listens on this machine.
_OWN_MACHINE: Final = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?")


@dataclass(frozen=True, kw_only=True)
class BigDoor:
    """A door that takes more than others. `path`: a regular expression of the whole path."""

    path: re.Pattern[str]
    most_bytes: int


class TooMuch(HTTPException):
    """A body is longer than was said or allowed."""

    def __init__(self) -> None:
        super().__init__(413, "This is more than can be taken at once.")


class TooSlow(HTTPException):
    """A body did not come in time."""

    def __init__(self) -> None:
        super().__init__(408, "This took too long to come.")


class Guard:
    """Stands before the application.

    Args:
        hosts: as in `House`.
        secure: people come by https, and are told to keep to it.
        big: doors for uploads.
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], secure: bool, big: Iterable[BigDoor]) -> None:
        self._app, self._hosts, self._secure, self._big = app, hosts, secure, tuple(big)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await self._refuse(scope, receive, send, *refusal)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        limit = self._limit(str(scope["path"]))
        await self._app(scope, _counted(receive, limit), self._dressed(scope, send))

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        if any(len(headers.getlist(name)) > 1 for name in _ONCE):
            return 400, "This says one thing twice."
        host = headers.get("host", "").lower()
        if host not in self._hosts:
            return 421, "This console is reached under another name."
        reads = scope["type"] == "http" and scope["method"] in _SAFE
        if not reads and not self._comes_from_here(scope["type"], headers, host):
            return 403, "This was sent from another page than the console's own, so it was not done."
        length = headers.get("content-length", "")
        if "transfer-encoding" in headers or (length and not _LENGTH.fullmatch(length)):
            return 411, "Say how long the body is."
        if length and int(length) > self._limit(str(scope["path"])):
            return 413, "This is more than can be taken at once."
        return None

    def _comes_from_here(self, kind: str, headers: Headers, host: str) -> bool:
        if kind == "http" and headers.get("authorization", "").lower().startswith("bearer "):
            return True  # no browser adds it by itself
        site = headers.get("sec-fetch-site")
        if site is not None and site != "same-origin":
            return False
        origin = headers.get("origin")
        if origin is None:
            return site == "same-origin"
        return origin.lower() == f"{'https' if self._secure else 'http'}://{host}"

    def _limit(self, path: str) -> int:
        return next((door.most_bytes for door in self._big if door.path.fullmatch(path)), BODY_BYTES)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, words: str) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": words})
            return
        await PlainTextResponse(f"{words}\n", status_code=status)(scope, receive, self._dressed(scope, send))

    def _dressed(self, scope: Scope, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                path, status = str(scope["path"]), message["status"]
                public = path == PUBLIC or path.startswith(f"{PUBLIC}/")
                for name, value in (_HEADERS | _FOR_READERS if public else _HEADERS).items():
                    headers[name] = value
                if self._secure and not _OWN_MACHINE.fullmatch(Headers(scope=scope).get("host", "").lower()):
                    headers["strict-transport-security"] = "max-age=31536000"
                if public and status in _KEPT:
                    headers["cache-control"] = _A_MINUTE
                elif not (path.startswith(_STATIC) and status in (200, 304)):
                    headers["cache-control"] = "no-store"
            await send(message)

        return sending


def _counted(receive: Receive, limit: int) -> Receive:
    """The same body, broken off where it is longer than allowed, whatever its header said, or comes too slowly."""
    taken, over, whole = 0, time.monotonic() + BODY_S + limit / SLOWEST_BYTES_PER_S, False

    async def receiving() -> Message:
        nonlocal taken, whole
        if whole:  # what comes now is only that somebody went away, which may take long
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(0.0, over - time.monotonic()))
        except TimeoutError:
            raise TooSlow from None
        taken += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if taken > limit:
            raise TooMuch
        return message

    return receiving
