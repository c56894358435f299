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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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
    "source",
    "picture_date",
    "ground_checked_at",
    "expires",
    "response",
)


@dataclass(frozen=True, kw_only=True)
class ListedFile:
    """One file of a watch-list folder.

    Attributes:
        path: where it is.
        shown: its name below the folder, printable.
        entry: the reference of the entry it belongs to, printable.
        refusal: why it cannot be a picture of the list, in words; empty when it may be one.
    """

    path: Path
    shown: str
    entry: str
    refusal: str = ""


def listed_files(folder: Path) -> tuple[ListedFile, ...]:
    """Every file that the folder offers as a picture, by name.

    Raises:
        BadWatchList: the folder is missing, cannot be read or holds nothing.
    """
    found: list[ListedFile] = []
    inside = _inside(folder)
    taken: dict[str, Path] = {}
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


def _of_folder(folder: Path, entry: str, clash: str) -> list[ListedFile]:
    nested = "a folder inside an entry's folder; pictures lie directly in it"
    files = [
        _file(path, f"{folder.name}/{path.name}", entry, clash or (nested if path.is_dir() else ""))
        for path in _inside(folder)
    ]
    return files or [_file(folder, f"{folder.name}/", entry, clash or "the folder holds no picture")]


def _file(path: Path, shown: str, entry: str, refusal: str) -> ListedFile:
    if not path.name.isprintable():
        refusal = refusal or "its name holds characters that cannot be printed"
    return ListedFile(path=path, shown=printable(shown), entry=entry, refusal=refusal)


def _inside(folder: Path) -> list[Path]:
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
    rows: dict[str, Mapping[str, str]] = {}
    for number, row in _rows(folder / TABLE_NAME):
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


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = list(csv.reader(file, strict=True))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _bad_table(f"it cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad_table("it is not a table of comma-separated values in UTF-8") from error
    header = [name.strip() for name in table[0]] if table else []
    for name in header:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(COLUMNS)}"
            raise _bad_table(f"the column {printable(name)} is not known; {hint}")
    if "reference" not in header or len(set(header)) < len(header):
        raise _bad_table("its first line must name every column once, with reference among them")
    return list(_named_cells(table, header))


def _named_cells(table: list[list[str]], header: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that is not blank, with its number; every column is there, if only as an empty text."""
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            raise _bad_table(f"row {number} has more cells than there are columns")
        filled = cells + [""] * (len(header) - len(cells))
        yield number, dict.fromkeys(COLUMNS, "") | {k: v.strip() for k, v in zip(header, filled, strict=True)}


def _bad_table(fault: str) -> BadWatchList:
    end = "" if fault.endswith("?") else "."
    return BadWatchList(f"{TABLE_NAME} of the watch list cannot be used: {fault}{end}", "Correct the table.")


def printable(name: str) -> str:
    """A file's name as it may be shown on a terminal."""
    return name if name.isprintable() else ascii(name)[1:-1]
