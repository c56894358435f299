"""What a watch list is made of, in counts: told when the list is sealed, because it dies.

Rules:
  - counts of entries by one attribute at a time, and nothing that joins two;
  - every entry is in exactly one cell of each table, so every table has the list's size as its total;
  - whoever is on a list for a test is a volunteer here, and nobody learns how many of them are decoys;
  - ages are bands: of the picture in years, of the ground in hours, at the moment at which the list is sealed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from overt.domain.entries import DECOY, VOLUNTEER, YOUNGEST, EntryFacts
from overt.domain.policy import Rules
from overt.domain.retention import HOUR_US
from overt.domain.time import to_datetime

NOT_SAID: Final = "not-said"
ON_THE_LAST, NEW = "on-the-last-list", "new"
OVERLAP: Final = "overlap"
#: Each band by its code, and what an age has to be below; the last one has no end.
PICTURE_YEARS: Final[Mapping[str, float]] = MappingProxyType(
    {"under-1-year": 1, "1-to-2-years": 3, "3-to-5-years": 6, "6-to-10-years": 11, "older": float("inf")}
)
GROUND_HOURS: Final[Mapping[str, float]] = MappingProxyType(
    {"under-6-h": 6, "6-to-12-h": 12, "12-to-24-h": 24, "older": float("inf")}
)
_YEAR_DAYS: Final = 365.25


@dataclass(frozen=True, kw_only=True)
class Composition:
    """Tables of a list: the code of each, and its counts by code."""

    tables: Mapping[str, Mapping[str, int]]

    def facts(self) -> dict[str, tuple[str | int, ...]]:
        """For the ledger: of each table code, count, code, count."""
        return {
            name: tuple(each for code, count in cells.items() for each in (code, count))
            for name, cells in self.tables.items()
        }


def composition_of(
    entries: Sequence[EntryFacts], rules: Rules, now_us: int, on_the_last: int | None = None
) -> Composition:
    """What a list is made of.

    Args:
        now_us: when it is sealed.
        on_the_last: how many of the entries stood on the list before; None: there was none.
    """
    tables = {
        "categories": _counted(map(_category, entries), (code for code in rules.categories if code != DECOY)),
        "serious": _counted((_YES_NO[one.serious] for one in entries), _YES_NO.values()),
        "ages": _counted((one.age for one in entries), YOUNGEST),
        "picture_ages": _counted((_picture_age(one, now_us) for one in entries), PICTURE_YEARS),
        "ground_ages": _counted((_ground_age(one, now_us) for one in entries), GROUND_HOURS),
        "responses": _counted((one.response for one in entries), rules.responses),
    }
    if on_the_last is not None:
        tables[OVERLAP] = {ON_THE_LAST: on_the_last, NEW: len(entries) - on_the_last}
    return Composition(tables=tables)


def read_composition(facts: Mapping[str, object]) -> dict[str, dict[str, int]]:
    """The tables that facts of the ledger have; none where an earlier version wrote them.

    Raises:
        ValueError: a table is not code, count, code, count.
    """
    return {name: _read(name, facts[name]) for name in TABLES if name in facts}


def _read(name: str, fact: object) -> dict[str, int]:
    each = fact if isinstance(fact, tuple) else ("",)
    cells = dict(zip(each[::2], each[1::2], strict=False))
    if 2 * len(cells) != len(each) or not all(
        isinstance(code, str) and type(count) is int and count >= 0 for code, count in cells.items()
    ):
        raise ValueError(f"{name} is no table")
    return cells


def _counted(codes: Iterable[str], all_codes: Iterable[str]) -> dict[str, int]:
    found = Counter(code or NOT_SAID for code in codes)
    return {code: found[code] for code in dict.fromkeys((*all_codes, NOT_SAID, *found))}


def _category(entry: EntryFacts) -> str:
    return VOLUNTEER if entry.category == DECOY else entry.category


def _picture_age(entry: EntryFacts, now_us: int) -> str:
    if entry.picture_date is None:
        return NOT_SAID
    return _band((to_datetime(now_us).date() - entry.picture_date).days / _YEAR_DAYS, PICTURE_YEARS)


def _ground_age(entry: EntryFacts, now_us: int) -> str:
    if entry.ground_checked_us is None:
        return NOT_SAID
    return _band((now_us - entry.ground_checked_us) / HOUR_US, GROUND_HOURS)


def _band(age: float, bands: Mapping[str, float]) -> str:
    return next(code for code, below in bands.items() if age < below)


_YES_NO: Final[Mapping[bool | None, str]] = MappingProxyType({True: "yes", False: "no", None: NOT_SAID})
#: The codes of the tables, in the order in which they are read.
TABLES: Final = ("categories", "serious", "ages", "picture_ages", "ground_ages", "responses", OVERLAP)
