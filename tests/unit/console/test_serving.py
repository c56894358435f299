"""Where the console listens, under which names, and what it refuses before it does."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from overt.console.serving import BadAddress, Listening, _hosts, _reached, serve_console
from overt.services.certificates import BadName
from overt.settings import Settings
from tests.installations import in_memory

HOSTS = [
    (Listening(), {"localhost:8443", "127.0.0.1:8443", "[::1]:8443"}),
    (Listening(host="localhost", port=9), {"localhost:8443", "127.0.0.1:8443", "[::1]:8443"}),
    (
        Listening(host="::1", names=("Console.Example",)),
        {"localhost:8443", "127.0.0.1:8443", "[::1]:8443", "console.example:8443", "console.example"},
    ),
    (Listening(host="192.168.1.5", tls=True), {"192.168.1.5:8443"}),
    (Listening(host="fd00::7", tls=True), {"[fd00::7]:8443"}),
    (
        Listening(host="0.0.0.0", tls=True, names=("console.example:9443", "10.0.0.5", "fd00::7")),
        {
            *("console.example", "console.example:8443", "console.example:9443"),
            *("10.0.0.5", "10.0.0.5:8443", "[fd00::7]", "[fd00::7]:8443"),
        },
    ),
]


@pytest.mark.parametrize(("where", "hosts"), HOSTS)
def test_hosts_are_those_that_browsers_send(where: Listening, hosts: set[str]) -> None:
    assert _hosts(where, 8443) == hosts


def test_the_usual_port_is_not_written() -> None:
    assert "192.168.1.5" in _hosts(Listening(host="192.168.1.5", tls=True), 443)
    assert "192.168.1.5:443" in _hosts(Listening(host="192.168.1.5", tls=True), 443)
    assert "192.168.1.5" not in _hosts(Listening(host="192.168.1.5", tls=True), 80)
    assert "localhost" in _hosts(Listening(), 80)
    assert "localhost" not in _hosts(Listening(), 443)


def test_people_are_sent_where_they_can_go() -> None:
    assert _reached(Listening(host="0.0.0.0", names=("console.example:9", "10.0.0.5"))) == "console.example"
    assert _reached(Listening(host="::", names=("10.0.0.5",))) == "10.0.0.5"
    assert _reached(Listening(host="192.168.1.5")) == "192.168.1.5"


REFUSED = [
    (Listening(host="192.168.1.5"), "others could read"),
    (Listening(host="0.0.0.0"), "others could read"),
    (Listening(host="0.0.0.0", tls=True), "stands for every address"),
    (Listening(host="::", behind_tls=True), "stands for every address"),
    (Listening(tls=True, behind_tls=True), "Either the console speaks https"),
]


@pytest.mark.parametrize(("where", "says"), REFUSED)
def test_it_does_not_listen_where_that_is_not_safe(where: Listening, says: str, tmp_path: Path) -> None:
    with pytest.raises(BadAddress, match=says):
        serve_console(in_memory(), Settings(home=tmp_path), where, lambda _: pytest.fail("it listens"), print)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadName):
        serve_console(in_memory(), Settings(home=tmp_path), Listening(names=("a b",)), print, print)


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = Listening(port=taken.getsockname()[1])
        with pytest.raises(BadAddress, match=r"cannot listen on 127\.0\.0\.1"):
            serve_console(in_memory(), Settings(home=tmp_path), where, print, print)
    where = Listening(host="203.0.113.7", port=0, behind_tls=True)
    with pytest.raises(BadAddress, match="cannot listen"):
        serve_console(in_memory(), Settings(home=tmp_path), where, print, print)
