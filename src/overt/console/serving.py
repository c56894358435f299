"""The console at work: a socket, the application and its server, until somebody ends it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn

from overt.console.app import create_app
from overt.console.house import DemoAccount, House
from overt.console.runs import Runs
from overt.domain.errors import Refused
from overt.services.installation import Installation
from overt.settings import Settings

#: How long open streams have to end when the console does.
GRACE_S = 3


class BadAddress(Refused):
    code = "bad-address"


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Where the console listens.

    Attributes:
        host: an address of this machine.
        port: 0: any that is free.
        names: under which people reach it besides.
        behind_tls: a server before this one speaks https to people.
    """

    host: str = "127.0.0.1"
    port: int = 8443
    names: tuple[str, ...] = ()
    behind_tls: bool = False


def serve_console(
    installation: Installation,
    settings: Settings,
    where: Listening,
    announce: Callable[[str], None],
    *,
    runs: Runs | None = None,
    demonstration: tuple[DemoAccount, ...] = (),
) -> None:
    """Serves until it is interrupted; every run of it has ended then.

    Args:
        announce: is told the console's address once it listens.

    Raises:
        BadAddress: the address is none of this machine's, is taken, or is open to others without https.
    """
    if not where.behind_tls and not _is_loopback(where.host):
        raise BadAddress(
            f"On {where.host} others could read and change what goes over the network.",
            "Put a server with https before the console and say so with --behind-tls.",
        )
    listening = _listening(where)
    port = listening.getsockname()[1]
    house = House(
        installation=installation,
        settings=settings,
        runs=runs or Runs(installation, settings),
        hosts=_hosts(where, port),
        secure=where.behind_tls,
        demonstration=demonstration,
    )
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(house),
            log_config=None,  # addresses name alerts and people, and nothing writes them down
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=GRACE_S,
            ws_max_size=64 * 1024,
            proxy_headers=False,
        )
    )
    announce(f"http://{_shown(where.host)}:{port}/")
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
        house.runs.end_all()


def _listening(where: Listening) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except OSError as error:
        raise BadAddress(
            f"The console cannot listen on {where.host}, port {where.port}: {error.strerror or error}.",
            "Give another one with --host and --port.",
        ) from error
    return found


def _hosts(where: Listening, port: int) -> frozenset[str]:
    own = {"localhost", "127.0.0.1", "[::1]"} if _is_loopback(where.host) else {_shown(where.host)}
    with_port = {f"{name.lower()}:{port}" for name in (*own, *where.names)}
    return frozenset(with_port | {name.lower() for name in where.names})


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
