"""A deployment's passphrase: asked for, never shown, never guessed at."""

from __future__ import annotations

import getpass
import io
import sys

import pytest

from overt.cli.passwords import ASK, ASK_AGAIN, ASK_NEW, ask_passphrase
from overt.domain.errors import Refused


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person at a terminal is asked; `answers` are taken from its end."""
    monkeypatch.setattr(sys, "stdin", Terminal())
    return []


def answering(monkeypatch: pytest.MonkeyPatch, asked: list[str], *answers: str) -> None:
    left = list(answers)

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return left.pop(0)

    monkeypatch.setattr(getpass, "getpass", ask)


def test_a_known_deployments_passphrase_is_asked_for_once(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    answering(monkeypatch, asked, " correct horse ")
    assert ask_passphrase(False) == " correct horse "
    assert asked == [ASK]


def test_a_new_one_is_asked_for_twice(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    answering(monkeypatch, asked, "correct horse", "correct horse")
    assert ask_passphrase(True) == "correct horse"
    assert asked == [ASK_NEW, ASK_AGAIN]


def test_two_that_differ_are_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    answering(monkeypatch, asked, "correct horse", "correct house")
    with pytest.raises(Refused, match="differ") as caught:
        ask_passphrase(True)
    assert "horse" not in str(caught.value)


@pytest.mark.parametrize("new", [True, False])
def test_none_at_all_is_refused(monkeypatch: pytest.MonkeyPatch, asked: list[str], new: bool) -> None:
    answering(monkeypatch, asked, "")
    with pytest.raises(Refused, match="none was given"):
        ask_passphrase(new)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("correct horse\n", "correct horse"),
        ("correct horse\r\nand more\n", "correct horse"),
        (" correct horse ", " correct horse "),
        ("Käse\n", "Käse"),
    ],
)
@pytest.mark.parametrize("new", [True, False])
def test_without_a_terminal_the_first_line_is_taken(
    monkeypatch: pytest.MonkeyPatch, given: str, taken: str, new: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(given, newline=""))
    assert ask_passphrase(new) == taken


@pytest.mark.parametrize("stdin", [io.StringIO(""), io.StringIO("\n"), None])
def test_without_a_terminal_and_without_a_line_it_is_refused(
    monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO | None
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(Refused, match="none was given"):
        ask_passphrase(False)
