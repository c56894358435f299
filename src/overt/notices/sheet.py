"""Papers in words: documents that services hand over, as HTML that stands by itself, or as a part of a page.

Rules:
  - nothing is asked of anything here: what is not in the document is not on the paper;
  - whatever people wrote is text, and stays text;
  - a paper has its title, its language and its style in itself, and no script, picture or address.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from jinja2 import Environment

from overt.domain.words import many
from overt.notices.templating import TEMPLATES, new_environment

#: How a paper looks, for the pages of the console that show one.
STYLE: Final = "sheet.css"
_SYSTEM: Final = "system"
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Accounts:
    """What accounts are called on one paper: A1, A2, in the order in which they come up; their ids stand at its end."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, account: str | None) -> str:
        if not account:
            return "nobody"
        if account == _SYSTEM:
            return "Overt itself"
        return self._known.setdefault(account, f"A{len(self._known) + 1}")

    def all(self) -> list[tuple[str, str]]:
        """Short name and id of each."""
        return [(short, account) for account, short in self._known.items()]


def part(template: str, values: Mapping[str, Any]) -> str:
    """A paper as a part of a page, which has its own heading of the first order.

    Args:
        template: the file of its words.
        values: what it says.
    """
    return _environment().get_template(template).render(**values, who=Accounts())


def sheet(template: str, values: Mapping[str, Any], title: str) -> str:
    """A paper as a document of its own."""
    words = part(template, values)
    return _environment().get_template("sheet.html").render(title=title, words=words, style=style())


def style() -> str:
    """The style of papers."""
    return (TEMPLATES / STYLE).read_text("utf-8")


def style_digest() -> str:
    """Twelve hexadecimal digits, other ones for another style."""
    return hashlib.sha256(style().encode()).hexdigest()[:12]


@cache
def _environment() -> Environment:
    environment = new_environment()
    environment.filters |= {"moment": moment, "code": code_words, "value": value_words}
    environment.filters |= {"minutes": minutes_words, "ended": ended_words}
    environment.globals |= {"many": many}
    return environment


def moment(text: str | None) -> str:
    """A time as it stands in documents, for people: `2026-11-22 09:00:03 UTC`."""
    return "" if text is None else f"{text[:10]} {text[11:19]} UTC"


def code_words(code: object) -> str:
    """A code as people write it; an id stays as it is."""
    text = "" if code is None else str(code)
    return text if _ID.fullmatch(text) else text.replace("-", " ").replace("_", " ")


def ended_words(text: str) -> str:
    """What somebody wrote, as a sentence that ends once."""
    said = text.rstrip()
    return said if said.endswith((".", "!", "?")) else f"{said}."


def value_words(value: object) -> str:
    """A value of a rule, or a recorded fact."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return "none"
    if isinstance(value, list | tuple):
        return ", ".join(value_words(one) for one in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def minutes_words(milliseconds: int) -> str:
    """`12.5 min`"""
    return f"{milliseconds / 60_000:,.1f} min"
