"""Which addresses of cameras may be called: somebody types one in, and this machine calls it.

Rules:
  - a name is looked up first, and every address that it stands for must lie in an allowed network;
  - where a camera is tried, the address that was looked at is called, so that a name cannot mean another one a moment
    later; a run, which calls its cameras again for hours, is looked at when it starts;
  - what is allowed is a setting (`camera_networks`): private networks and this machine by default. Addresses of a link
    (among them those from which clouds hand out credentials), multicast and others that no camera has are not, unless
    they are named;
  - no answer repeats an address beyond its host: the rest may hold a password.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from overt.domain.errors import BadSource
from overt.settings import NETWORKS

Address = IPv4Address | IPv6Address
Resolve = Callable[[str], Sequence[str]]

_PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


def resolve(host: str) -> tuple[str, ...]:
    """Every address that a host's name stands for; none where it stands for none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def pinned(url: str, networks: Sequence[str], *, looked_up: Resolve = resolve) -> str:
    """A camera's address with its host's name replaced by the address that was looked at.

    Args:
        url: of an allowed scheme; see `overt.video.address`.
        networks: of the setting `camera_networks`.

    Raises:
        BadSource: it lies in a network that is not allowed, or its name stands for nothing.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        return url  # a device of this machine
    host = parts.hostname or ""
    addresses = [ip_address(one) for one in looked_up(host)]
    if not addresses:
        raise BadSource(f"Nobody knows where {host} is.", "Check the name, or write the camera's number instead.")
    for address in addresses:
        kind = kind_of(address)
        if not _allowed(address, kind, networks):
            where = "no camera's address" if kind == "special" else f"a {kind} address"
            raise BadSource(
                f"{host} is {where}, and this installation may not call it.",
                "Use a camera of your own network, or have the network added to the setting camera_networks.",
            )
    shown = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
    person, at, _ = parts.netloc.rpartition("@")
    port = "" if parts.port is None else f":{parts.port}"
    return urlunsplit(parts._replace(netloc=f"{person}{at}{shown}{port}"))


def kind_of(address: Address) -> str:
    """One of `NETWORKS`, or "special": nothing that a camera has."""
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if inner is not None:
        return kind_of(inner)
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast or address.is_unspecified or address.is_reserved:
        return "special"
    if address.is_global:
        return "public"
    is_own = any(address in network for network in _OWN if network.version == address.version)
    return "private" if is_own else "special"


_OWN: Final = tuple(ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))


def _allowed(address: Address, kind: str, networks: Sequence[str]) -> bool:
    inner = (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
    named = [ip_network(one) for one in networks if one not in NETWORKS]
    return kind in networks or any(inner in one for one in named if one.version == inner.version)
