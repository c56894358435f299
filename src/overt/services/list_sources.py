"""Where a list that is imported comes from: a folder, a zipped folder, or a table beside its pictures.

Rules:
  - a ZIP is read in memory and nothing of it is unpacked; one whose only thing is a folder is that folder;
  - a ZIP with a name that leads outside, a link, a file that is locked or there twice, too many files, too much content
    or content that was packed suspiciously small is refused whole;
  - a table names its pictures by paths below its own folder; nothing outside is read;
  - a reference that stands on two rows of a table is refused on both: nobody can say which of them holds.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import BadPicture, BadWatchList
from overt.faces.picture import FILE_LIMIT_BYTES, decoded_picture, read_picture
from overt.services.list_folder import (
    COLUMNS,
    PICTURE_COLUMN,
    TABLE_NAME,
    ListedFile,
    PlaceT,
    listed_files,
    printable,
    read_entries,
    rows_by_reference,
    table_rows,
)
from overt.services.portraits import Offered

MOST_FILES: Final = 50_000
MOST_BYTES: Final = 20_000_000_000
#: Nobody's picture is packed so much smaller, and a table of 10,000 entries is not larger.
MOST_PACKED: Final = 200
TABLE_LIMIT_BYTES: Final = 50_000_000
#: Of an archive's table of contents: 50,000 files with names of 150 characters.
MOST_CONTENTS_BYTES: Final = 16_000_000
_CHUNK_BYTES: Final = 1 << 20
#: What archives hold besides what was put into them.
_NOISE: Final = "__MACOSX"
_SAVE_ANEW: Final = "Make the archive anew, with nothing in it but the folder of the list."


@dataclass(frozen=True, kw_only=True)
class ListSource:
    """What is offered for a list.

    Attributes:
        shown: what errors call it.
        pictures: those of one entry stand together.
        rows: what is known about each entry, text by column; an entry may be missing.
    """

    shown: str
    pictures: tuple[Offered, ...]
    rows: Mapping[str, Mapping[str, str]]


@contextmanager
def list_source(path: Path) -> Iterator[ListSource]:
    """A folder, a ZIP or a CSV, by what lies there; its pictures can be read as long as it is open.

    Raises:
        BadWatchList: it cannot be used, and why.
    """
    if path.suffix.lower() == ".zip" and path.is_file():
        with path.open("rb") as file, zipped_source(file, str(path)) as source:
            yield source
    elif path.suffix.lower() == ".csv" and path.is_file():
        yield _table(path)
    else:
        files = listed_files(path)
        rows = read_entries(path, frozenset(file.entry for file in files), rehearsal=False)
        pictures = tuple(_offer(file, partial(read_picture, file.path)) for file in files)
        yield ListSource(shown=str(path), pictures=pictures, rows=rows)


def _offer(file: ListedFile[PlaceT], read: partial[NDArray[np.uint8]]) -> Offered:
    return Offered(name=file.path.name, shown=file.shown, entry=file.entry, refusal=file.refusal, read=read)


@dataclass(frozen=True, kw_only=True, eq=False)
class Packed:
    """A file or folder in an archive, as `overt.services.list_folder.Place`.

    Attributes:
        children: what a folder holds; None for a file.
    """

    path: PurePosixPath
    archive: zipfile.ZipFile = field(repr=False)
    info: zipfile.ZipInfo | None = None
    children: dict[str, Packed] | None = None

    def __str__(self) -> str:
        return str(self.archive.filename)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def stem(self) -> str:
        return self.path.stem

    @property
    def suffix(self) -> str:
        return self.path.suffix

    def is_dir(self) -> bool:
        return self.children is not None

    def iterdir(self) -> Iterator[Packed]:
        return iter((self.children or {}).values())

    def content(self, limit_bytes: int) -> bytes:
        """What a file holds.

        Raises:
            BadPicture: it is a folder, too large, or damaged.
        """
        if self.info is None:
            raise BadPicture(f"{self.name} is a folder, not a picture.", "Name a picture file.")
        if self.info.file_size > limit_bytes:
            raise BadPicture(
                f"{self.name} has {self.info.file_size / 1e6:.0f} MB; {limit_bytes / 1e6:.0f} MB are the most.",
                "Save it smaller.",
            )
        try:
            with self.archive.open(self.info) as file:
                return file.read(limit_bytes)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise BadPicture(f"{self.name} is damaged or cut short.", _SAVE_ANEW) from error


@contextmanager
def zipped_source(file: BinaryIO, shown: str) -> Iterator[ListSource]:
    """A zipped folder, in an open file; its pictures can be read as long as it is open.

    Args:
        shown: what errors call it.

    Raises:
        BadWatchList: it cannot be used, and why.
    """
    contents = _Contents(file, shown)
    try:
        archive = zipfile.ZipFile(contents)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise BadWatchList(f"The archive {shown} cannot be read as a ZIP.", "Make it anew.") from error
    contents.most = None
    with archive:
        yield _zipped(archive, shown)


class _Contents:
    """A file through which an archive is read: its table of contents is read in one go, however long it says it is,
    so as long as that is not read nothing longer than `most` bytes is."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name, self.seek, self.tell, self.seekable = name, file.seek, file.tell, file.seekable
        self._file = file
        self.most: int | None = MOST_CONTENTS_BYTES

    def read(self, count: int = -1) -> bytes:
        if self.most is None:
            return self._file.read(count)
        found = self._file.read(self.most + 1 if count < 0 else min(count, self.most + 1))
        if len(found) > self.most:
            raise zipfile.BadZipFile("its table of contents is too long")
        return found


def _zipped(archive: zipfile.ZipFile, shown: str) -> ListSource:
    root = _tree(archive, shown)
    files = listed_files(root)
    table = (root.children or {}).get(TABLE_NAME)
    try:
        content = None if table is None else table.content(TABLE_LIMIT_BYTES)
    except BadPicture as error:
        raise BadWatchList(error.sentence, _SAVE_ANEW) from error
    rows = rows_by_reference(table_rows(content), frozenset(file.entry for file in files))
    pictures = tuple(_offer(file, partial(_read_packed, file.path)) for file in files)
    return ListSource(shown=shown, pictures=pictures, rows=rows)


def _read_packed(place: Packed) -> NDArray[np.uint8]:
    return decoded_picture(place.content(FILE_LIMIT_BYTES), place.name)


def _tree(archive: zipfile.ZipFile, shown: str) -> Packed:
    """The archive's folder, or the one folder that it holds."""
    root = Packed(path=PurePosixPath(), archive=archive, children={})
    infos = archive.infolist()
    if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_BYTES:
        raise BadWatchList(
            f"The archive {shown} holds more than {MOST_FILES:,} files or {MOST_BYTES // 10**9} GB.",
            "Import a folder instead, or several lists.",
        )
    for info in infos:
        fault = _fault(info)
        if fault or not _put(root, info, archive):
            raise BadWatchList(
                f"The archive {shown} is refused: {printable(info.filename)} {fault or 'is there twice'}.", _SAVE_ANEW
            )
    inside = [child for child in root.iterdir() if not child.name.startswith(".") and child.name != _NOISE]
    if len(inside) == 1 and inside[0].is_dir():
        return inside[0]
    (root.children or {}).pop(_NOISE, None)
    return root


def _fault(info: zipfile.ZipInfo) -> str:
    """Why a file of an archive may not be there, as the end of a sentence; empty where it may."""
    path = PurePosixPath(info.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in info.orig_filename or not path.parts:
        return "leads outside of it"
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if info.flag_bits & 0x1:
        return "is locked with a password"
    if info.file_size > MOST_PACKED * max(info.compress_size, _CHUNK_BYTES // MOST_PACKED):
        return "was packed far smaller than any picture is"
    return ""


def _put(root: Packed, info: zipfile.ZipInfo, archive: zipfile.ZipFile) -> bool:
    """Puts a file or folder into the tree; False where something else is there already."""
    here, path = root, PurePosixPath(info.filename)
    folders, name = (path.parts, "") if info.is_dir() else (path.parts[:-1], path.name)
    for number, part in enumerate(folders, start=1):
        assert here.children is not None
        new = Packed(path=PurePosixPath(*folders[:number]), archive=archive, children={})
        here = here.children.setdefault(part, new)
        if here.children is None:
            return False
    assert here.children is not None
    if name in here.children:
        return False
    if name:
        here.children[name] = Packed(path=path, archive=archive, info=info)
    return True


def _table(path: Path) -> ListSource:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadWatchList(f"The table {path} cannot be read: {error.strerror}.", "Check who may read it.") from error
    rows = [row for _, row in table_rows(content, (*COLUMNS, PICTURE_COLUMN))]
    if not rows:
        raise BadWatchList(f"The table {path} is empty.", "Write one row for each entry.")
    named = Counter(row["reference"] for row in rows)
    folder = path.parent.resolve()
    pictures = tuple(_of_row(folder, row, named[row["reference"]]) for row in rows)
    fields = {row["reference"]: {column: row[column] for column in COLUMNS} for row in rows}
    return ListSource(shown=str(path), pictures=pictures, rows=fields)


def _of_row(folder: Path, row: Mapping[str, str], times: int) -> Offered:
    place = folder / row[PICTURE_COLUMN]
    refusal = ""
    if not row["reference"] or times > 1:
        refusal = "its reference stands on more than one row" if row["reference"] else "its row has no reference"
    elif not row[PICTURE_COLUMN]:
        refusal = "its row names no picture"
    elif "\0" in row[PICTURE_COLUMN] or not place.resolve().is_relative_to(folder):
        refusal = "its picture lies outside of the table's folder"
    elif not row["reference"].isprintable():
        refusal = "its reference holds characters that cannot be printed"
    return Offered(
        name=place.name,
        shown=printable(row[PICTURE_COLUMN]),
        entry=printable(row["reference"]),
        refusal=refusal,
        read=partial(read_picture, place),
    )
