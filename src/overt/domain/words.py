"""How counts, and what somebody else wrote, are written."""

from __future__ import annotations

import json

_LONGEST = 40


def many(count: int, one: str, several: str = "") -> str:
    """A count with its noun: "1 walk", "1,200 entries"."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def shown(text: str) -> str:
    """What somebody wrote, short and harmless on a terminal."""
    return ascii(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


def spaced(code: str) -> str:
    """A code as people write it: `missing-person` is `missing person`."""
    return str(code).replace("-", " ")


def toml_string(text: str) -> str:
    """A basic string of TOML 1.0: that of JSON, which leaves one control character as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
