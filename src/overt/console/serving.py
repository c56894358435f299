"""The console at work: a socket, the application and its server, until somebody ends it.

While it serves, what is due is erased by itself, whether anything is watched or not.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

import uvicorn
from fastapi import FastAPI

from overt.console.app import create_app
from overt.console.house import DemoAccount, House
from overt.console.problems import QuietLog
from overt.console.runs import Runs
from overt.console.tls import Tls
from overt.domain.errors import Refused
from overt.services.certificates import Names, authority_for, names_of, new_authority
from overt.services.installation import Installation
from overt.services.retain import Retainer
from overt.settings import Settings

_WITH_PORT: Final = re.compile(r"(\[.*\]|[^:]*):\d+")
#: How long open streams have to end when the console does.
GRACE_S = 3
START_S = 10.0
#: First line and headers of a request; a browser sends a few thousand.
HEAD_BYTES: Final = 32 * 1024


class BadAddress(Refused):
    code = "bad-address"


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Where the console listens.

    Attributes:
        host: an address of this machine.
        port: 0: any that is free.
        names: under which people reach it besides, hosts or addresses, with a port where that is another.
        behind_tls: a server before this one speaks https to people.
        tls: this one does, with a certificate by the installation's own authority.
        new_ca: another authority is made first.
    """

    host: str = "127.0.0.1"
    port: int = 8443
    names: tuple[str, ...] = ()
    behind_tls: bool = False
    tls: bool = False
    new_ca: bool = False

    @property
    def secure(self) -> bool:
        return self.behind_tls or self.tls


def serve_console(
    installation: Installation,
    settings: Settings,
    where: Listening,
    announce: Callable[[str], None],
    trouble: Callable[[str], None],
) -> None:
    """Serves until it is interrupted; every run of it has ended then.

    Args:
        announce: is told, in sentences, where the console is once it listens.
        trouble: is told, in words, what people should know.

    Raises:
        BadAddress: the address is none of this machine's, is taken, or is open to others without https.
    """
    _require_safe(where)
    names = _names(where)
    listening = _listening(where)
    tls, fingerprint = None, ""
    if where.tls:
        make = new_authority if where.new_ca else authority_for
        authority = make(installation, settings.home, names)
        tls, fingerprint = Tls(installation, authority, names), authority.fingerprint
    runs = Runs(installation, settings)
    server = _server(_house(installation, settings, where, listening, runs), tls)
    try:
        with _until_told_to_end(), Retainer(installation, trouble), _quiet_log():
            announce(f"The console is at {_address(where, listening)}")
            if fingerprint:
                announce("Each phone and browser has to trust its certificate authority once: overt serve --ca FILE.")
                announce(f"Compare its fingerprint there (SHA-256): {fingerprint}")
            server.run(sockets=[listening])
    finally:
        listening.close()
        runs.end_all()


@contextmanager
def console_beside(
    runs: Runs,
    installation: Installation,
    settings: Settings,
    *,
    port: int,
    demonstration: tuple[DemoAccount, ...],
    trouble: Callable[[str], None],
) -> Iterator[str]:
    """The console of a demonstration, in a thread of its own and on this machine alone; gives its address.

    Args:
        runs: what pages show; whoever calls watches.
        port: another one is taken where this one is not free.

    Raises:
        BadAddress: there is no port at all.
    """
    where = Listening(port=port)
    try:
        listening = _listening(where)
    except BadAddress:
        listening = _listening(replace(where, port=0))
    house = _house(installation, settings, where, listening, runs, demonstration)
    server = _server(house, None)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="overt-console", daemon=True)
    with Retainer(installation, trouble), _quiet_log():
        thread.start()
        house.warm()
        try:
            yield _address(where, listening)
        finally:
            server.should_exit = True
            thread.join(GRACE_S + START_S)
            listening.close()


def _house(
    installation: Installation,
    settings: Settings,
    where: Listening,
    listening: socket.socket,
    runs: Runs,
    demonstration: tuple[DemoAccount, ...] = (),
) -> House:
    return House(
        installation=installation,
        settings=settings,
        runs=runs,
        hosts=_hosts(where, listening.getsockname()[1]),
        secure=where.secure,
        demonstration=demonstration,
    )


def _server(house: House, tls: Tls | None) -> uvicorn.Server:
    app = create_app(house)
    return _Server(
        app,
        uvicorn.Config(
            app,
            http="h11",  # it refuses what is said twice, and a head that does not end
            h11_max_incomplete_event_size=HEAD_BYTES,
            log_config=None,  # addresses name alerts and people, and nothing writes them down
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=GRACE_S,
            ws_max_size=64 * 1024,
            proxy_headers=False,
            ssl_context_factory=None if tls is None else lambda *_: tls.context,
            callback_notify=None if tls is None else tls.keep_fresh,
        ),
    )


def _address(where: Listening, listening: socket.socket) -> str:
    return f"{'https' if where.tls else 'http'}://{_shown(_reached(where))}:{listening.getsockname()[1]}/"


@contextmanager
def _until_told_to_end() -> Iterator[None]:
    """Ctrl-C and SIGTERM end what goes on here, and all that is open is closed as it has to be."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):  # the server hands on what it was ended by
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _require_safe(where: Listening) -> None:
    if where.tls and where.behind_tls:
        raise BadAddress(
            "Either the console speaks https or a server before it does.", "Leave --tls or --behind-tls out."
        )
    if not where.secure and not _is_loopback(where.host):
        raise BadAddress(
            f"On {where.host} others could read and change what goes over the network.",
            "Let the console speak https with --tls, or put a server with https before it and say so with "
            "--behind-tls.",
        )
    if _is_everywhere(where.host) and not where.names:
        raise BadAddress(
            f"{where.host} stands for every address of this machine, and the console has to know its own.",
            "Say with --name under which name or address people reach it, once for each.",
        )


@contextmanager
def _quiet_log() -> Iterator[None]:
    """What the server and its libraries log is told by its kind alone meanwhile."""
    log, quiet = logging.getLogger(), QuietLog(logging.WARNING)
    log.addHandler(quiet)
    try:
        yield
    finally:
        log.removeHandler(quiet)


class _Server(uvicorn.Server):
    """Streams that are open are told at once when it ends, so that they end well and nobody waits for them."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.feed.close()
        await super().shutdown(sockets)


def _listening(where: Listening) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            found.listen()  # from here on whoever calls waits to be heard, and is not refused
        except OSError:
            found.close()
            raise
    except OSError as error:
        raise BadAddress(
            f"The console cannot listen on {where.host}, port {where.port}: {error.strerror or error}.",
            "Give another one with --host and --port.",
        ) from error
    return found


def _hosts(where: Listening, port: int) -> frozenset[str]:
    """As browsers write them: the port is left out where it is the usual one. People may reach a name by another port
    where a server stands before this one, so a name is good without, too."""
    names = _names(where)
    shown = {*names.hosts, *(_shown(str(address)) for address in names.addresses)}
    asked = {name.lower() for name in where.names if _WITH_PORT.fullmatch(name)}
    usual = 443 if where.secure else 80
    with_port = {f"{name}:{port}" for name in shown}
    given = names_of(where.names)
    bare = shown if port == usual else {*given.hosts, *(_shown(str(address)) for address in given.addresses)}
    return frozenset(with_port | asked | bare)


def _names(where: Listening) -> Names:
    own: tuple[str, ...] = ()
    if _is_loopback(where.host):
        own = ("localhost", "127.0.0.1", "::1")
    elif not _is_everywhere(where.host):
        own = (where.host,)
    return names_of((*where.names, *own))


def _reached(where: Listening) -> str:
    """Where people are sent."""
    if _is_everywhere(where.host):
        names = _names(where)
        return str((*names.hosts, *names.addresses)[0])
    return where.host


def _is_everywhere(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
