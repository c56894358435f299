"""The folder of a watch list: which file belongs to which entry.

Rules:
  - one picture file is one entry, named by the file without its ending; one sub-folder of pictures is one entry,
    named by the sub-folder;
  - hidden files and `entries.csv` are no pictures; a folder inside a sub-folder is refused;
  - two entries never share a name; among files of one name a picture has it before anything else;
  - in a rehearsal nobody is on the list for a reason: a category or ground in `entries.csv` refuses the list.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from overt.domain.errors import BadWatchList
from overt.domain.time import to_us

PICTURES = (".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
TABLE_NAME = "entries.csv"
COLUMNS = (
    "reference",
    "category",
    "ground",
    "offence",
    "serious",
    "age",
    "source",
    "picture_date",
    "ground_checked_at",
    "expires",
    "response",
)
#: The column that names each entry's picture, in a table that lies beside its pictures.
PICTURE_COLUMN = "picture"


class Place(Protocol):
    """A file or folder, on a disk (`pathlib.Path`) or in an archive (`overt.services.list_sources.Packed`)."""

    @property
    def name(self) -> str: ...

    @property
    def stem(self) -> str: ...

    @property
    def suffix(self) -> str: ...

    def is_dir(self) -> bool: ...

    def iterdir(self) -> Iterator[Self]: ...


PlaceT = TypeVar("PlaceT", bound=Place)


@dataclass(frozen=True, kw_only=True)
class ListedFile(Generic[PlaceT]):
    """One file of a watch-list folder.

    Attributes:
        path: where it is.
        shown: its name below the folder, printable.
        entry: the reference of the entry it belongs to, printable.
        refusal: why it cannot be a picture of the list, in words; empty when it may be one.
    """

    path: PlaceT
    shown: str
    entry: str
    refusal: str = ""


def listed_files(folder: PlaceT) -> tuple[ListedFile[PlaceT], ...]:
    """Every file that the folder offers as a picture, by name.

    Raises:
        BadWatchList: the folder is missing, cannot be read or holds nothing.
    """
    found: list[ListedFile[PlaceT]] = []
    inside = _inside(folder)
    taken: dict[str, PlaceT] = {}
    for path in sorted(inside, key=lambda path: not (path.is_dir() or path.suffix.lower() in PICTURES)):
        taken.setdefault(printable(path.name if path.is_dir() else path.stem), path)
    for path in inside:
        is_folder = path.is_dir()
        entry = printable(path.name if is_folder else path.stem)
        first = taken[entry]
        clash = "" if first == path else f"{printable(first.name)} already has the reference {entry}"
        found += _of_folder(path, entry, clash) if is_folder else [_file(path, path.name, entry, clash)]
    if not found:
        raise BadWatchList(
            f"The watch list {folder} is empty.",
            "Put one picture of each person into it, or one folder of pictures for each person.",
        )
    return tuple(found)


def _of_folder(folder: PlaceT, entry: str, clash: str) -> list[ListedFile[PlaceT]]:
    nested = "a folder inside an entry's folder; pictures lie directly in it"
    files = [
        _file(path, f"{folder.name}/{path.name}", entry, clash or (nested if path.is_dir() else ""))
        for path in _inside(folder)
    ]
    return files or [_file(folder, f"{folder.name}/", entry, clash or "the folder holds no picture")]


def _file(path: PlaceT, shown: str, entry: str, refusal: str) -> ListedFile[PlaceT]:
    if not path.name.isprintable():
        refusal = refusal or "its name holds characters that cannot be printed"
    return ListedFile(path=path, shown=printable(shown), entry=entry, refusal=refusal)


def _inside(folder: PlaceT) -> list[PlaceT]:
    """What lies in a folder, by name, without hidden files and the table of entries."""
    try:
        return sorted(
            (path for path in folder.iterdir() if not path.name.startswith(".") and path.name != TABLE_NAME),
            key=lambda path: path.name,
        )
    except FileNotFoundError as error:
        raise BadWatchList(f"There is no watch-list folder {folder}.", "Check the name.") from error
    except NotADirectoryError as error:
        raise BadWatchList(f"{folder} is a file; a watch list is a folder of pictures.", "Name the folder.") from error
    except OSError as error:
        raise BadWatchList(
            f"The folder {folder} cannot be read: {error.strerror}.", "Check who may read it."
        ) from error


def expiry_us(row: Mapping[str, str]) -> int | None:
    """When an entry of the table expires, microseconds since 1970; None where it does not say.

    Raises:
        BadWatchList: it is no time with a zone.
    """
    if not row["expires"]:
        return None
    try:
        return to_us(datetime.fromisoformat(row["expires"]))
    except ValueError:
        raise _bad_table(
            f"{printable(row['reference'])} expires at {printable(row['expires'])!r}; write 2026-11-22T09:00:00Z"
        ) from None


def read_entries(folder: Path, references: frozenset[str], *, rehearsal: bool) -> Mapping[str, Mapping[str, str]]:
    """The rows of `entries.csv` by reference; none where there is no such file.

    Args:
        folder: the watch list.
        references: the entries that the folder has.
        rehearsal: nobody may be on the list for a reason.

    Raises:
        BadWatchList: the table cannot be read, has unknown columns, or names an entry twice or one without a picture;
            or, in a rehearsal, gives anyone a category or a ground.
    """
    return rows_by_reference(table_rows(_table(folder / TABLE_NAME)), references, rehearsal=rehearsal)


def rows_by_reference(
    table: Iterable[tuple[int, Mapping[str, str]]], references: frozenset[str], *, rehearsal: bool = False
) -> Mapping[str, Mapping[str, str]]:
    """The rows of a folder's table by reference; raises as `read_entries`."""
    rows: dict[str, Mapping[str, str]] = {}
    for number, row in table:
        reference = row["reference"]
        if not reference:
            raise _bad_table(f"row {number} has no reference")
        if reference in rows:
            raise _bad_table(f"row {number} names the entry {printable(reference)} a second time")
        if reference not in references:
            raise _bad_table(f"row {number} names the entry {printable(reference)}, which has no picture")
        if rehearsal and (row["category"] or row["ground"]):
            raise BadWatchList(
                f"{TABLE_NAME} gives {printable(reference)} a category or a ground, and a rehearsal never looks for "
                "people who are wanted for something.",
                "Rehearse with pictures of volunteers, and leave category and ground empty.",
            )
        rows[reference] = row
    return rows


def _table(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _bad_table(f"it cannot be read: {error.strerror}") from error


def table_rows(content: bytes | None, columns: Sequence[str] = COLUMNS) -> list[tuple[int, dict[str, str]]]:
    """Each row of a table that is not blank, with its number from 2; every column is there, if only as an empty text.

    Args:
        content: comma-separated values in UTF-8; None: there is no table, and so no rows.
        columns: those that are known; "reference" and, where it is known, PICTURE_COLUMN have to be there.

    Raises:
        BadWatchList: it is no such table, or has unknown columns.
    """
    if content is None:
        return []
    try:
        table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad_table("it is not a table of comma-separated values in UTF-8") from error
    header = [name.strip() for name in table[0]] if table else []
    for name in header:
        if name not in columns:
            near = difflib.get_close_matches(name, columns, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(columns)}"
            raise _bad_table(f"the column {printable(name)} is not known; {hint}")
    needed = [name for name in ("reference", PICTURE_COLUMN) if name in columns]
    if not set(needed) <= set(header) or len(set(header)) < len(header):
        raise _bad_table(f"its first line must name every column once, with {' and '.join(needed)} among them")
    return list(_named_cells(table, header, columns))


def _named_cells(
    table: list[list[str]], header: list[str], columns: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            raise _bad_table(f"row {number} has more cells than there are columns")
        filled = cells + [""] * (len(header) - len(cells))
        yield number, dict.fromkeys(columns, "") | {k: v.strip() for k, v in zip(header, filled, strict=True)}


def _bad_table(fault: str) -> BadWatchList:
    end = "" if fault.endswith("?") else "."
    return BadWatchList(f"{TABLE_NAME} of the watch list cannot be used: {fault}{end}", "Correct the table.")


def printable(name: str) -> str:
    """A file's name as it may be shown on a terminal."""
    return name if name.isprintable() else ascii(name)[1:-1]
