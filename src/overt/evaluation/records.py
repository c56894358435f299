"""Published counts, as a file says them: who counted what, where, when, and where it stands.

Rules:
  - a record names its source; a key that is unknown, missing, blank or of the wrong kind is a fault, and all faults of
    a file are told at once;
  - a count is a whole number, and a part is never larger than its whole: counts that do not add up are refused;
  - "verified" is what was found after a person was identified by a named means; "said" is what a publisher calls right
    or wrong without that. The two are never mixed in silence;
  - a count that nobody published stays absent. It is not nought.
"""

from __future__ import annotations

import difflib
import hashlib
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final

from overt.domain.errors import Refused

FILE_LIMIT_BYTES: Final = 1_000_000
WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "what": "who did what",
        "where": "the place",
        "when": "the time",
        "source": "publication and date",
    }
)
FREE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "said": "the figure as it was published, in words",
        "note": "what a reader has to know",
    }
)
COUNTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "faces": "faces searched",
        "alerts": "alerts",
        "eligible": "alerts that could be checked",
        "verified_right": "alerts found right after the person was identified",
        "verified_wrong": "alerts found wrong after the person was identified",
        "said_right": "alerts said to be right",
        "said_wrong": "alerts said to be wrong",
        "stops": "people spoken to because of an alert",
        "wrong_stops": "people spoken to because of a wrong alert",
        "arrests": "arrests",
        "walks": "walks of volunteers on the list",
        "walks_alerted": "walks of volunteers that alerted correctly",
    }
)
PERCENT: Final = "percent"
_WHOLES: Final = (  # parts, and the whole that they may not exceed together
    (("alerts",), "faces"),
    (("said_wrong",), "faces"),
    (("verified_wrong",), "faces"),
    (("eligible",), "alerts"),
    (("verified_right", "verified_wrong"), "eligible"),
    (("verified_right", "verified_wrong"), "alerts"),
    (("said_right", "said_wrong"), "alerts"),
    (("verified_right",), "said_right"),
    (("verified_wrong",), "said_wrong"),
    (("wrong_stops",), "stops"),
    (("wrong_stops",), "said_wrong"),
    (("walks_alerted",), "walks"),
)


class BadRecords(Refused):
    """A file of published counts that cannot be used."""

    code = "bad-records"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one publication counted.

    Attributes:
        what, where, when, source: in words; the source with its date.
        counts: by the names of `COUNTS`, those only that were published.
        said: the figure as it was published; may be empty.
        percent: that figure as a number, 0 to 100, where no count came with it.
        note: may be empty.
    """

    what: str
    where: str
    when: str
    source: str
    counts: Mapping[str, int]
    said: str = ""
    percent: float | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """Place and time."""
        return f"{self.where}, {self.when}"

    def has(self, *counts: str) -> bool:
        return all(count in self.counts for count in counts)


@dataclass(frozen=True, kw_only=True)
class Records:
    """The records of one file, in its order. `digest`: SHA-256 of the file, hexadecimal."""

    name: str
    digest: str
    records: tuple[Record, ...]


def published() -> Records:
    """The records that come with Overt."""
    content = resources.files("overt").joinpath("evaluation", "published.toml").read_bytes()
    return _parsed("the records that come with Overt", content)


def read_records(path: Path) -> Records:
    """The records in a TOML file.

    Raises:
        BadRecords: it is missing, is not TOML, holds no record, or has faults; all of them are named.
    """
    if not path.is_file():
        raise BadRecords(f"There is no file {path}.", "Check its name.")
    try:
        if path.stat().st_size > FILE_LIMIT_BYTES:
            raise BadRecords(f"{path.name} is too large for a file of published counts.", "Check its name.")
        content = path.read_bytes()
    except OSError as error:
        raise BadRecords(f"{path.name} cannot be read: {error.strerror}.", "Check who may read it.") from error
    return _parsed(path.name, content)


def _parsed(name: str, content: bytes) -> Records:
    try:
        found = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadRecords(f"{name} is not TOML: it is not UTF-8 text.", "Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise BadRecords(f"{name} is not TOML: {error}.", "Correct it.") from error
    tables = found.pop("record", None)
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise BadRecords(f"{name} holds no record.", "Begin each with a line [[record]].")
    faults = [f"{key} stands outside the records; {_near(key)}" for key in found]
    for number, table in enumerate(tables, 1):
        faults += [f"record {number}: {fault}" for fault in _faults(table)]
    if faults:
        lines = "".join(f"\n  - {fault}" for fault in faults)
        raise BadRecords(f"{name} cannot be used:{lines}", "docs/how-to/published-figures.md explains the keys.")
    digest = hashlib.sha256(content).hexdigest()
    return Records(name=name, digest=digest, records=tuple(_record(table) for table in tables))


def _record(table: Mapping[str, object]) -> Record:
    words = {name: str(table.get(name, "")).strip() for name in (*WORDS, *FREE_WORDS)}
    counts = {name: value for name in COUNTS if isinstance(value := table.get(name), int)}
    percent = table.get(PERCENT)
    return Record(**words, counts=MappingProxyType(counts), percent=_number(percent))


def _number(value: object) -> float | None:
    """A number of a TOML file; a boolean is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _faults(table: Mapping[str, object]) -> Iterator[str]:
    for name in table:
        if name not in {*WORDS, *FREE_WORDS, *COUNTS, PERCENT}:
            yield f"{name} is not a key; {_near(name)}"
    for name, means in {**WORDS, **FREE_WORDS}.items():
        if name in WORDS and name not in table:
            yield f"{name} is missing: {means}, in words."
        elif name in table and not (isinstance(table[name], str) and str(table[name]).strip()):
            yield f"{name} is {table[name]!r}; it has to be {means}, in words."
    for name, means in COUNTS.items():
        value = table.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            yield f"{name} is {value!r}; it has to be a whole number of {means}, 0 or more."
    percent = _number(table.get(PERCENT, 0))
    if percent is None or not (math.isfinite(percent) and 0 <= percent <= 100):
        yield f"{PERCENT} is {table[PERCENT]!r}; it has to be a number from 0 to 100."
    yield from _sums(table)
    yield from _claims(table)


def _sums(table: Mapping[str, object]) -> Iterator[str]:
    counts = {name: value for name in COUNTS if isinstance(value := table.get(name), int)}
    for parts, whole in _WHOLES:
        given = [part for part in parts if part in counts]
        together = sum(counts[part] for part in given)
        if given and whole in counts and together > counts[whole]:
            verb = "are" if len(given) > 1 else "is"
            yield f"{' and '.join(given)} {verb} {together:,}, more than the {counts[whole]:,} of {whole}."


def _claims(table: Mapping[str, object]) -> Iterator[str]:
    counted = any(name in table for name in COUNTS)
    if not counted and not table.get("said"):
        yield "it holds neither a count nor, in said, a figure as it was published."
    if counted and PERCENT in table:
        yield f"{PERCENT} is for a figure without counts; here there are counts, so put the figure into said."


def _near(name: str) -> str:
    known = [*WORDS, *FREE_WORDS, *COUNTS, PERCENT]
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
