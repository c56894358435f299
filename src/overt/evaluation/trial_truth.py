"""Who really walked past: the independent tally of a trial.

Rules:
  - a tally is kept by somebody who does not see the machine, or written by the machine that drew a street;
  - it says of what it is: by the clock (a live trial), by the time in a file (recorded footage), or drawn (a simulated
    street); one tally is of one kind, and a run of another kind is not held against it;
  - a walk has a beginning and an end; who is in it is an entry's reference, or nobody who is listed;
  - what volunteers say of themselves is a short code; notes stay in the file that they were written in;
  - a column that is missing or that nobody knows is refused by its name, and so is a row that cannot be read.

A tally is a CSV file in UTF-8 with the columns `walk`, `person`, `camera`, `begins`, `ends`, and, where somebody wants
them, `listed` (yes or no, for somebody who is named and is on no list), `usable` (the first moment in which the face
could be seen well), `seen` (no: it never could), `picture_kind` and `picture_age_months` of the volunteer's list
picture, `group_...` and `notes`. `simulated` is yes in every line of a tally that was made from a simulated street.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np

from overt.domain.errors import Refused
from overt.domain.time import SECOND_US, to_us
from overt.domain.words import shown

NEEDED: Final = ("walk", "person", "camera", "begins", "ends")
OPTIONAL: Final = ("listed", "usable", "seen", "picture_kind", "picture_age_months", "notes", "simulated")
GROUP: Final = "group_"
MOST_BYTES: Final = 64 << 20
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .+_-]{0,31}")
_SECONDS: Final = re.compile(r"\d{1,7}(\.\d{1,9})?")
_YES_NO: Final = {"yes": True, "no": False}
_MOST_MONTHS: Final = 1200


class BadTally(Refused):
    code = "bad-tally"


class Kind(StrEnum):
    """What a run or a tally is of; figures of different kinds are never put together."""

    LIVE = "live trial"
    RECORDED = "recorded footage"
    SIMULATED = "simulated street"


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One person once through the zone, as the tally has it.

    Attributes:
        walk: what the tally calls it.
        person: an entry's reference, or another name for somebody who is on no list; empty: nobody knows.
        listed: whether the person is on the list.
        camera: its name; empty: any.
        begins_us, ends_us: microseconds since 1970 (UTC), or of the file, as the tally's kind says.
        usable_us: when the face could first be seen well; None where the tally does not say.
        seen: whether the face could be seen well at any moment, as far as is known.
        picture: kind of the list picture, a code; empty: unknown.
        picture_months: age of the list picture; None: unknown.
        groups: what the volunteer says of themselves, code by group.
        notes: free text, which goes nowhere.

    Raises:
        ValueError: it ends before it begins, has no name, or a listed person without a reference.
    """

    walk: str
    person: str
    listed: bool
    camera: str = ""
    begins_us: int
    ends_us: int
    usable_us: int | None = None
    seen: bool = True
    picture: str = ""
    picture_months: float | None = None
    groups: Mapping[str, str]
    notes: str = ""

    def __post_init__(self) -> None:
        if not self.walk:
            raise ValueError("a walk needs a name")
        if self.ends_us < self.begins_us:
            raise ValueError("a walk ends after it begins")
        if self.usable_us is not None and not self.begins_us <= self.usable_us <= self.ends_us:
            raise ValueError("a face can be seen well within its walk only")
        if self.listed and not self.person:
            raise ValueError("a listed person has a reference")

    @property
    def from_us(self) -> int:
        """From when a prompt is waited for: the first usable moment, or the beginning where nobody noted one."""
        return self.begins_us if self.usable_us is None else self.usable_us


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A whole tally.

    Attributes:
        walks: by their beginning.
        everybody: whether everybody who passed is in it, and not the listed people alone.
        digest: SHA-256 of its file, 64 hexadecimal digits.

    Raises:
        ValueError: no walks, two of one name, or not in order.
    """

    kind: Kind
    walks: tuple[Walk, ...]
    everybody: bool
    digest: str

    def __post_init__(self) -> None:
        if not self.walks:
            raise ValueError("a tally without a walk says nothing")
        names = [one.walk for one in self.walks]
        if len(set(names)) < len(names):
            raise ValueError("two walks have the same name")
        if any(later.begins_us < one.begins_us for one, later in zip(self.walks, self.walks[1:], strict=False)):
            raise ValueError("walks stand in the order in which they begin")

    @property
    def listed(self) -> tuple[Walk, ...]:
        return tuple(one for one in self.walks if one.listed)

    @property
    def unlisted(self) -> tuple[Walk, ...]:
        return tuple(one for one in self.walks if not one.listed)

    def in_view(self) -> tuple[float, ...]:
        """For each walk how many people were in view on average while it lasted, itself included; at least 1.

        Only those of the tally are known, each from the first usable moment where that is noted: somebody far away is
        in nobody's way. A walk that names no camera is seen by all.
        """
        begins, ends = (np.array(times, np.int64) for times in zip(*map(_times, self.walks), strict=True))
        cameras = np.array([one.camera for one in self.walks], np.str_)
        seen = []
        for one in self.walks:
            with_it = (cameras == one.camera) | (cameras == "") if one.camera else np.ones(len(cameras), np.bool_)
            length_us = one.ends_us - one.from_us
            if length_us:
                shared = np.minimum(ends, one.ends_us) - np.maximum(begins, one.from_us)
                seen.append(float(np.maximum(shared, 0)[with_it].sum()) / length_us)
            else:
                seen.append(float((with_it & (begins <= one.from_us) & (one.from_us <= ends)).sum()))
        return tuple(seen)


def read_tally(path: Path, *, everybody: bool = False) -> Truth:
    """A tally that people kept.

    Args:
        everybody: whether it has everybody who passed.

    Raises:
        BadTally: the file cannot be read, or not as a tally; which row and why.
    """
    return tally_of(path.name, read_bytes(path), everybody=everybody)


def tally_of(name: str, content: bytes, *, everybody: bool = False) -> Truth:
    """As `read_tally`, of a file's content; `name`: what it is called."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadTally(f"The tally {name} is no text in UTF-8.", "Save it as CSV in UTF-8.") from error
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = tuple(reader.fieldnames or ())
        _require_columns(name, columns)
        read = [_row(name, number, row) for number, row in enumerate(reader, 2)]
    except csv.Error as error:
        raise BadTally(f"The tally {name} cannot be read: {error}.", "Save it as CSV with commas.") from error
    kinds = {kind for kind, _ in read}
    if len(kinds) > 1:
        raise BadTally(f"The tally {name} is of two kinds: {' and '.join(sorted(kinds))}.", "Write one tally for each.")
    return truth_of(name, kinds.pop() if kinds else Kind.LIVE, [walk for _, walk in read], content, everybody=everybody)


def truth_of(name: str, kind: Kind, walks: Sequence[Walk], content: bytes, *, everybody: bool) -> Truth:
    """A checked tally of these walks, in the order in which they begin; raises BadTally."""
    try:
        return Truth(
            kind=kind,
            walks=tuple(sorted(walks, key=lambda one: one.begins_us)),
            everybody=everybody,
            digest=hashlib.sha256(content).hexdigest(),
        )
    except ValueError as error:
        raise BadTally(f"The tally {name} cannot be used: {error}.", "Mend it, and say what was mended.") from error


def read_bytes(path: Path) -> bytes:
    """A file of at most 64 MiB; raises BadTally."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadTally(f"The file {path} cannot be read: {error.strerror}.", "Name the file of the tally.") from error
    if len(content) > MOST_BYTES:
        raise BadTally(f"{path.name} is larger than 64 MiB, so it is no tally.", "Name the file of the tally.")
    return content


def _require_columns(name: str, columns: Sequence[str]) -> None:
    missing = [one for one in NEEDED if one not in columns]
    unknown = [one for one in columns if one not in (*NEEDED, *OPTIONAL) and not _is_group(one)]
    twice = sorted({one for one in columns if columns.count(one) > 1})
    if missing or unknown or twice:
        says = "; ".join(
            f"{what} {', '.join(map(shown, names))}"
            for what, names in (("it lacks", missing), ("it has, and nobody knows,", unknown), ("twice has it", twice))
            if names
        )
        raise BadTally(
            f"The tally {name} has other columns than a tally: {says}.",
            f"Its first line names {', '.join(NEEDED)}; there may be {', '.join(OPTIONAL)} and {GROUP}...",
        )


def _is_group(name: str) -> bool:
    return name.startswith(GROUP) and re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name.removeprefix(GROUP)) is not None


def _row(name: str, number: int, row: Mapping[str | None, object]) -> tuple[Kind, Walk]:
    if None in row or None in row.values():
        raise BadTally(f"Line {number} of {name} has not as many fields as its heading.", "Mend the line.")
    text = {str(column): str(value).strip() for column, value in row.items()}
    try:
        return _walk(text)
    except ValueError as error:
        raise BadTally(f"Line {number} of {name} cannot be used: {error}.", "Mend the line.") from error


def _walk(text: Mapping[str, str]) -> tuple[Kind, Walk]:
    kinds, times = zip(*(_time(name, text[name]) for name in ("begins", "ends")), strict=True)
    usable_kind, usable_us = _time("usable", text["usable"]) if text.get("usable") else (kinds[0], None)
    if len({*kinds, usable_kind}) > 1:
        raise ValueError("its times are written in two ways")
    kind = kinds[0]
    if _yes("simulated", text, otherwise=False):
        if kind is not Kind.RECORDED:
            raise ValueError("a simulated street has no times by the clock")
        kind = Kind.SIMULATED
    person = text["person"]
    walk = Walk(
        walk=text["walk"],
        person=person,
        listed=_yes("listed", text, otherwise=bool(person)),
        camera=text["camera"],
        begins_us=times[0],
        ends_us=times[1],
        usable_us=usable_us,
        seen=_yes("seen", text, otherwise=True),
        picture=_code("picture_kind", text.get("picture_kind", "")),
        picture_months=_months(text.get("picture_age_months", "")),
        groups={
            name.removeprefix(GROUP): _code(name, label)
            for name, label in text.items()
            if name.startswith(GROUP) and label
        },
        notes=text.get("notes", ""),
    )
    return kind, walk


def _time(name: str, text: str) -> tuple[Kind, int]:
    """Microseconds, cut to whole milliseconds as in the lines of a run."""
    if _SECONDS.fullmatch(text):
        return Kind.RECORDED, round(float(text) * 1000) * 1000
    try:
        return Kind.LIVE, to_us(datetime.fromisoformat(text)) // 1000 * 1000
    except ValueError:
        raise ValueError(
            f"{name} is {shown(text)}; write 2026-11-22T09:00:00Z, or seconds of the file such as 12.5"
        ) from None


def _yes(name: str, text: Mapping[str, str], *, otherwise: bool) -> bool:
    said = text.get(name, "").casefold()
    if said and said not in _YES_NO:
        raise ValueError(f"{name} is yes or no, not {shown(said)}")
    return _YES_NO.get(said, otherwise)


def _code(name: str, text: str) -> str:
    if text and not _CODE.fullmatch(text):
        raise ValueError(f"{name} is {shown(text)}; write a short code of letters, digits, blanks and . + _ -")
    return text


def _months(text: str) -> float | None:
    if not text:
        return None
    try:
        months = float(text)
    except ValueError:
        months = math.nan
    if not 0 <= months <= _MOST_MONTHS:
        raise ValueError(f"picture_age_months is {shown(text)}; write a number from 0 to {_MOST_MONTHS}")
    return months


def _times(walk: Walk) -> tuple[int, int]:
    return walk.from_us, walk.ends_us


def seconds(us: int) -> float:
    return us / SECOND_US
