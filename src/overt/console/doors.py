"""Every way into the console, each with who may use it. Closed by default: `require_every_door` refuses to start an
application that has a way in which is not in the table.

A door says three things about itself:
  - whose it is: everybody's, anybody's who is signed in, or that of the roles that may do one of some actions
    (`overt.domain.roles`). What somebody may do to one object is looked at again by the service that does it;
  - whether a face or the reference of a listed person can come out of it;
  - whether a program may use it with a token. Through a door from which a face can come no program goes.

Who comes is looked at before anything of a request's body is read.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Mount
from starlette.websockets import WebSocket

from overt.console.visitor import Visitor, visitor_of
from overt.domain.roles import Action, NotAllowed, require_allowed, roles_for
from overt.services.people import Account


class Whose(Enum):
    EVERYBODY = "everybody"
    SIGNED_IN = "signed in"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Who may use a door.

    Attributes:
        may: one of these actions must be allowed to the account; or everybody, or anybody who is signed in.
        emits_face: a face, or a listed person's reference, can come out.
        by_token: programs may use it.
    """

    may: Whose | tuple[Action, ...]
    emits_face: bool = False
    by_token: bool = False

    def __post_init__(self) -> None:
        if self.emits_face and (self.by_token or self.may is Whose.EVERYBODY):
            raise ValueError("from this door a face can come out: no token opens it, and not everybody may use it")

    def admits(self, account: Account) -> bool:
        return isinstance(self.may, Whose) or any(roles_for(account.roles, action) for action in self.may)

    def require(self, visitor: Visitor) -> None:
        """Raises NotSignedIn or NotAllowed where this visitor may not come in."""
        if self.may is Whose.EVERYBODY:
            return
        account = visitor.account
        if visitor.by_token and not self.by_token:
            raise NotAllowed("A token does not open this.", "Sign in with your name and password.")
        if not self.admits(account):
            assert isinstance(self.may, tuple)
            require_allowed(account.roles, self.may[0])


EVERYBODY: Final = Rule(may=Whose.EVERYBODY)
SIGNED_IN: Final = Rule(may=Whose.SIGNED_IN)


def only(*actions: Action, emits_face: bool = False, by_token: bool = False) -> Rule:
    """A door for whoever may do one of `actions`."""
    return Rule(may=actions, emits_face=emits_face, by_token=by_token)


_RULE: Final = "overt_rule"

Endpoint = Callable[..., Any]


class Doors:
    """A group of doors, which any application may have."""

    def __init__(self, prefix: str = "", **options: Any) -> None:
        self._router, self._options = APIRouter(prefix=prefix), options

    def get(self, path: str, rule: Rule, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._door("GET", path, rule, options)

    def head(self, path: str, rule: Rule, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._door("HEAD", path, rule, options)

    def post(self, path: str, rule: Rule, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._door("POST", path, rule, options)

    def put(self, path: str, rule: Rule, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._door("PUT", path, rule, options)

    def delete(self, path: str, rule: Rule, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._door("DELETE", path, rule, options)

    def websocket(self, path: str, rule: Rule) -> Callable[[Endpoint], Endpoint]:
        """The endpoint itself asks who comes (`socket_visitor`), since it has to close the socket with a reason."""

        def add(endpoint: Endpoint) -> Endpoint:
            self._router.add_api_websocket_route(path, endpoint)
            return self._ruled(endpoint, rule)

        return add

    def add_to(self, app: FastAPI) -> None:
        app.router.routes.extend(self._router.routes)

    def _door(self, method: str, path: str, rule: Rule, options: dict[str, Any]) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            self._router.add_api_route(
                path,
                endpoint,
                methods=[method],
                route_class_override=_guarded(rule),
                **{**self._options, **options},
            )
            return self._ruled(endpoint, rule)

        return add

    def _ruled(self, endpoint: Endpoint, rule: Rule) -> Endpoint:
        """Says of the newest door who may use it."""
        setattr(self._router.routes[-1], _RULE, rule)
        return endpoint


def _guarded(rule: Rule) -> type[APIRoute]:
    """A route that looks at who comes first."""

    def opened(request: Request) -> None:
        if rule.may is not Whose.EVERYBODY:
            rule.require(visitor_of(request))

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handled(request: Request) -> Response:
                await run_in_threadpool(opened, request)
                return await handle(request)

            return handled

    return Guarded


def socket_visitor(socket: WebSocket, rule: Rule) -> Visitor:
    """Who opens a socket; raises as `Rule.require`."""
    visitor = visitor_of(socket)
    rule.require(visitor)
    return visitor


@dataclass(frozen=True, kw_only=True)
class Door:
    """One way in, as it stands in the table."""

    method: str
    path: str
    rule: Rule


def doors_of(app: FastAPI) -> Iterator[Door]:
    """Every way in, in the application's order; the files of the pages themselves, which everybody may have, are none.

    Raises:
        RuntimeError: there is one without a rule.
    """
    for route in app.routes:
        if isinstance(route, Mount) and route.name == "static":
            continue
        path, rule = str(getattr(route, "path", route)), getattr(route, _RULE, None)
        if rule is None:
            raise RuntimeError(f"{path} is a way into the console, and nothing says who may use it")
        for method in sorted(getattr(route, "methods", None) or {"WEBSOCKET"}):
            yield Door(method=method, path=path, rule=rule)


def require_every_door(app: FastAPI) -> None:
    """Raises RuntimeError where the application has a way in of which nothing says who may use it."""
    for _ in doors_of(app):
        pass
