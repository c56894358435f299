"""The languages of signs and leaflets, each one file of messages.

Rules:
  - a language has every message that English has, and no other; each has the same placeholders;
  - a message is text and named placeholders, nothing that a program would follow;
  - what is wrong with a file is told all at once, by the names of the messages.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from overt.domain.errors import Refused

FOLDER: Final = Path(__file__).parent / "languages"
MOST_BYTES: Final = 64 * 1024
MOST_CHARACTERS: Final = 600
_PLACEHOLDER: Final = re.compile(r"\{([a-z_0-9]+)\}")
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ABOUT: Final = ("code", "name", "direction", "months", "weekdays", "thousands", "decimal")


class BadLanguage(Refused):
    code = "bad-language"


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language.

    Attributes:
        code: as HTML's `lang` has it, such as `cy`.
        direction: ltr or rtl.
        months, weekdays: from January and from Monday on.
        thousands, decimal: what stands between digits.
        messages: by `table.key`.
    """

    code: str
    name: str
    direction: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    thousands: str
    decimal: str
    messages: Mapping[str, str]

    @property
    def short(self) -> str:
        """For the names of files: `cy`, `en`."""
        return self.code.partition("-")[0].lower()

    def say(self, key: str, **values: object) -> str:
        """A message with its values; numbers are given as text."""
        return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), self.messages[key])

    def of_code(self, table: str, code: str) -> str:
        """The message of a policy's code; the code itself, spaced, where a policy has one of its own."""
        return self.messages.get(f"{table}.{code}", code.replace("-", " "))

    def date(self, moment: datetime) -> str:
        return self.say(
            "form.date",
            weekday=self.weekdays[moment.weekday()],
            day=moment.day,
            month=self.months[moment.month - 1],
            year=moment.year,
        )

    def window(self, opens: datetime, closes: datetime) -> str:
        """From when until when, with the zone of the end."""
        form = "form.one_day" if opens.date() == closes.date() else "form.several_days"
        return self.say(
            form,
            date=self.date(opens),
            end_date=self.date(closes),
            until=f"{closes:%H:%M}",
            zone=closes.tzname(),
            **{"from": f"{opens:%H:%M}"},
        )

    def number(self, value: float, decimals: int | None = None) -> str:
        """Whole numbers from 10 on and where they are whole, else two digits that count; or so many decimals."""
        if decimals is None:
            small = 0 < abs(value) < 10 and value != round(value)
            decimals = 1 - math.floor(math.log10(abs(value))) if small else 0
        digits = f"{value:,.{decimals}f}"
        return "".join({",": self.thousands, ".": self.decimal}.get(each, each) for each in digits)


@cache
def shipped() -> Mapping[str, Language]:
    """The languages that come with Overt, by their short codes."""
    found = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}
    return {stem: _parsed(path.read_text("utf-8"), path.name) for stem, path in found.items()}


def language(named: str) -> Language:
    """A language by its code, or the one in a file.

    Raises:
        BadLanguage: there is none, or the file is not complete.
    """
    if named.lower() in shipped():
        return shipped()[named.lower()]
    path = Path(named)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise BadLanguage(
            f"There is no language {named}, and no file of that name can be read: {error.strerror}.",
            f"Give {' or '.join(shipped())}, or a file with the messages of another one.",
        ) from error
    except UnicodeDecodeError as error:
        raise BadLanguage(f"{path.name} is no text in UTF-8.", "Save it as UTF-8.") from error
    if len(content) > MOST_BYTES:
        raise BadLanguage(
            f"{path.name} is larger than a file of messages: {MOST_BYTES // 1024} KiB are the most.",
            "Begin with en.toml, which comes with Overt, and translate each message.",
        )
    return _parsed(text, path.name)


def _parsed(text: str, shown: str) -> Language:
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadLanguage(f"{shown} is not TOML: {error}.", "Correct the file.") from error
    about = tables.pop("language", None)
    messages = _messages(tables)
    faults = [*_about_faults(about), *_message_faults(messages), *_differences(messages, _wanted())]
    if faults:
        raise BadLanguage(
            f"{shown} cannot be used: {'; '.join(faults)}.", "Compare it with en.toml, which comes with Overt."
        )
    return Language(
        **{name: about[name] for name in _ABOUT if name not in ("months", "weekdays")},
        months=tuple(about["months"]),
        weekdays=tuple(about["weekdays"]),
        messages=messages,
    )


@cache
def _wanted() -> Mapping[str, str]:
    """The messages that all languages are held against."""
    tables = tomllib.loads((FOLDER / "en.toml").read_text("utf-8"))
    del tables["language"]
    return _messages(tables)


def _messages(tables: Mapping[str, Any]) -> dict[str, Any]:
    """By `table.key`."""
    return {
        f"{table}.{key}": value
        for table, values in tables.items()
        for key, value in (values.items() if isinstance(values, dict) else [("", values)])
    }


def _about_faults(about: Any) -> list[str]:
    if not isinstance(about, dict) or set(about) != set(_ABOUT):
        return [f"[language] has exactly {', '.join(_ABOUT)}"]
    faults = [
        f"language.{name} is a list of {count} words"
        for name, count in (("months", 12), ("weekdays", 7))
        if not (isinstance(about[name], list) and len(about[name]) == count and all(map(_is_text, about[name])))
    ]
    if not (isinstance(about["code"], str) and _TAG.fullmatch(about["code"])):
        faults.append("language.code is a language tag such as cy or pt-BR")
    if not _is_text(about["name"]):
        faults.append("language.name is a text")
    if about["direction"] not in ("ltr", "rtl"):
        faults.append("language.direction is ltr or rtl")
    faults += [
        f"language.{name} is one character, or none"
        for name in ("thousands", "decimal")
        if not (isinstance(about[name], str) and len(about[name]) <= 1)
    ]
    return faults


def _message_faults(messages: Mapping[str, object]) -> list[str]:
    return [
        f"{key} is no text of 1 to {MOST_CHARACTERS} characters"
        for key, value in messages.items()
        if not _is_text(value)
    ]


def _differences(messages: Mapping[str, object], wanted: Mapping[str, str]) -> list[str]:
    faults = [f"{key} is missing" for key in wanted if key not in messages]
    faults += [f"{key} is no message" for key in messages if key not in wanted]
    for key in wanted:
        text = messages.get(key)
        asked, given = (sorted(set(_PLACEHOLDER.findall(one))) for one in (wanted[key], str(text)))
        if isinstance(text, str) and asked != given:
            faults.append(f"{key} has the placeholders {', '.join(given) or 'none'}, not {', '.join(asked) or 'none'}")
    return faults


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= MOST_CHARACTERS and value.isprintable()
