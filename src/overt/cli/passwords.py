"""Passwords, from whoever types them: in the terminal without being shown, else a line each of standard input."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from overt.domain.errors import Refused

if TYPE_CHECKING:
    from overt.services.installation import Installation
    from overt.services.people import Account

ASK_AGAIN = "The same once more: "
ASK = "Passphrase of this deployment's list: "
ASK_NEW = "Choose a passphrase for this deployment's list (at least 12 characters): "


def ask(prompt: str, *, again: bool = False) -> str:
    """Asks in the terminal, twice where it is `again`; else takes the next line of standard input.

    Raises:
        Refused: none was given, or the two differ.
    """
    if not sys.stdin or not sys.stdin.isatty():
        words = sys.stdin.readline().rstrip("\r\n") if sys.stdin else ""
    else:
        words = getpass.getpass(prompt)
        if again and words and getpass.getpass(ASK_AGAIN) != words:
            raise Refused("The two differ.", "Start again.")
    if not words:
        raise Refused(
            "A password or passphrase is needed, and none was given.",
            "Type it when asked, or give each as a line of standard input.",
        )
    return words


def ask_new_password(name: str = "") -> str:
    """A new password, strong enough, of somebody.

    Raises:
        Refused: none was given, or the two differ.
        WeakPassphrase: it is too short.
    """
    from overt.vault.passwords import require_strong_password

    of = f" of {name}" if name else ""
    return require_strong_password(ask(f"Choose the password{of} (at least 12 characters): ", again=True))


def ask_code() -> str:
    """The code of somebody's second factor.

    Raises:
        Refused: none was given.
    """
    return ask("Code that your authenticator shows now: ")


@contextmanager
def seconded(
    installation: Installation, name: str, new_password: Callable[[], str] = ask_new_password
) -> Iterator[Account]:
    """A second person, who types their own password, for this one thing.

    Args:
        new_password: asked where they never signed in before.
    """
    from overt.services.sessions import sign_in, sign_out

    other = sign_in(installation, name, ask(f"Password of {name}: "), new_password=new_password, code=ask_code)
    try:
        yield other.account
    finally:
        sign_out(installation, other.token)


def ask_passphrase(new: bool) -> str:
    """The passphrase of a list, from whoever makes or opens it; a new one is asked for twice.

    Raises:
        Refused: none was given, or the two differ.
    """
    return ask(ASK_NEW if new else ASK, again=new)
