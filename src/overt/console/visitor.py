"""Who comes: by the cookie of a browser's session, or by the token of a program.

The cookie holds the session's token and nothing else (`overt.services.sessions`). Its name begins with `__Host-`, so a
browser takes it from this very host only, sends it over https or to itself only, and never to another site's scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from overt.console.house import house_of
from overt.services.people import Account
from overt.services.sessions import NotSignedIn, SignedIn, signed_in

COOKIE: Final = "__Host-overt"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody who is signed in. `token`: of their session."""

    account: Account
    token: str
    by_token: bool


def visitor_of(connection: HTTPConnection) -> Visitor:
    """Who sent a request; looked up once for each.

    Raises:
        NotSignedIn, NotTrained: nobody who is signed in, or not any more.
    """
    known = getattr(connection.state, "visitor", None)
    if isinstance(known, Visitor):
        return known
    token, by_token = _token_of(connection)
    if not token:
        raise NotSignedIn("You are not signed in.", "Sign in with your name and password.")
    account = signed_in(house_of(connection).installation, token)
    visitor = Visitor(account=account, token=token, by_token=by_token)
    connection.state.visitor = visitor
    return visitor


def let_in(response: Response, session: SignedIn, now_us: int) -> None:
    """Gives a browser its session, for as long as that lasts."""
    response.set_cookie(
        COOKIE,
        session.token,
        max_age=max(0, (session.expires_us - now_us) // 1_000_000),
        path="/",
        secure=True,
        httponly=True,
        samesite="strict",
    )


def see_off(response: Response) -> None:
    """Takes the session from a browser."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


def _token_of(connection: HTTPConnection) -> tuple[str, bool]:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip(), True
    return connection.cookies.get(COOKIE, ""), False
