"""Which addresses may be called from the console."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from overt.domain.errors import BadSource
from overt.services.reach import kind_of, pinned, resolve

DEFAULT = ("private", "loopback")


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("10.1.2.3", "private"),
        ("172.31.0.1", "private"),
        ("192.168.1.1", "private"),
        ("fd00::5", "private"),
        ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("::ffff:169.254.169.254", "link-local"),
        ("::ffff:10.0.0.1", "private"),
        ("224.0.0.1", "special"),
        ("0.0.0.0", "special"),
        ("255.255.255.255", "special"),
        ("100.64.0.1", "special"),
        ("192.0.2.1", "special"),
        ("8.8.8.8", "public"),
        ("2001:4860::8888", "public"),
    ],
)
def test_every_address_has_a_kind(address: str, kind: str) -> None:
    assert kind_of(ip_address(address)) == kind


def test_a_name_is_replaced_by_the_address_that_was_looked_at() -> None:
    url = "rtsp://bob:pw@camera.local:8554/a?b=c"
    assert pinned(url, DEFAULT, looked_up=lambda _: ["10.0.0.7"]) == "rtsp://bob:pw@10.0.0.7:8554/a?b=c"
    assert pinned("http://camera/x", DEFAULT, looked_up=lambda _: ["fd00::7"]) == "http://[fd00::7]/x"
    assert pinned("usb:0", DEFAULT, looked_up=lambda _: []) == "usb:0"


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (["169.254.169.254"], "link-local address"),
        (["8.8.8.8"], "public address"),
        (["224.0.0.1"], "no camera's address"),
        (["10.0.0.1", "8.8.8.8"], "public address"),
        ([], "Nobody knows where"),
    ],
)
def test_what_is_not_allowed_is_not_called(found: list[str], says: str) -> None:
    with pytest.raises(BadSource, match=says) as refused:
        pinned("rtsp://bob:s3cret@camera/stream", DEFAULT, looked_up=lambda _: found)
    assert "s3cret" not in str(refused.value)


def test_other_networks_are_allowed_by_name() -> None:
    for networks, address in (
        (("public",), "8.8.8.8"),
        (("203.0.113.0/24",), "203.0.113.9"),
        (("fe80::/10",), "fe80::1"),
        (("203.0.113.0/24",), "::ffff:203.0.113.9"),
    ):
        assert pinned("http://a/", networks, looked_up=lambda _, address=address: [address])  # type: ignore[misc]
    with pytest.raises(BadSource):
        pinned("http://a/", ("fe80::/10",), looked_up=lambda _: ["203.0.113.9"])


def test_names_are_looked_up() -> None:
    assert "127.0.0.1" in resolve("127.0.0.1")
    assert resolve("a" * 300) == ()


def test_a_name_that_stands_for_nothing_stands_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr("overt.services.reach.socket.getaddrinfo", unknown)
    assert resolve("nowhere") == ()
