"""Pictures that were sent for a list: taken one after the other, kept unreadable, and gone when the import ends.

Rules:
  - what is sent lies in a scratch folder (`overt.services.scratch`), encrypted under a key in memory alone
    (`overt.vault.spool`); its files are named by numbers, so no name that was sent reaches the file system;
  - it is pictures with an `entries.csv`, in folders or not, or one ZIP of such and nothing else;
  - a name that leads outside, is there twice or lies too deep, too many files and too many bytes are refused;
  - of a file that is larger than any picture no more than that is kept, and it is refused as a picture is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import BadPicture, BadWatchList
from overt.domain.ids import RandomBytes
from overt.faces.picture import FILE_LIMIT_BYTES, decoded_picture
from overt.services.list_folder import TABLE_NAME, listed_files, printable, rows_by_reference, table_rows
from overt.services.list_sources import ListSource, zipped_source
from overt.services.portraits import Offered
from overt.services.scratch import Scratch, no_room
from overt.store.errors import StoreUnavailable
from overt.vault.spool import Spool, SpoolFile

MOST_FILES: Final = 20_000
#: Of everything that is sent; what is larger is imported on the machine itself, with overt list import.
MOST_BYTES: Final = 4_000_000_000
#: What has to stay free on the disk.
LEFT_FREE_BYTES: Final = 256_000_000
_DEEPEST: Final = 3  # a folder, an entry's folder in it, a picture in that
_MOST_CHARACTERS: Final = 255
_SENT: Final = "that was sent"


@dataclass(frozen=True, kw_only=True, eq=False)
class Sent:
    """A file or folder that was sent, as `overt.services.list_folder.Place`.

    Attributes:
        file: where its content is; None for a folder.
    """

    path: PurePosixPath
    file: SpoolFile | None = field(default=None, repr=False)
    children: dict[str, Sent] = field(default_factory=dict)

    def __str__(self) -> str:
        return _SENT

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
        return self.file is None

    def iterdir(self) -> Iterator[Sent]:
        return iter(self.children.values())

    def content(self) -> bytes:
        """What a file holds; a byte more than a picture may have, where it holds more.

        Raises:
            BadPicture: it is a folder, or cannot be read any more.
        """
        if self.file is None:
            raise BadPicture(f"{self.name} is a folder, not a picture.", "Name a picture file.")
        try:
            with self.file.open() as file:
                return file.read()
        except OSError as error:
            raise BadPicture(f"{self.name} cannot be read any more.", "Send it again.") from error


class Upload:
    """What one person sends for one list. Not for several threads at once.

    Args:
        cache: folder in which the scratch folder is made.
        expected_bytes: how much is to come.

    Raises:
        StoreUnavailable: there is no room for so much.
    """

    def __init__(self, cache: Path, random_bytes: RandomBytes, *, expected_bytes: int = 0) -> None:
        self._scratch = Scratch(cache)
        self._held = ExitStack()
        self._held.callback(self._scratch.close)
        self._spool = Spool(self._scratch.path, random_bytes)
        self._root = Sent(path=PurePosixPath())
        self._writing: SpoolFile | None = None
        self._limit, self.files, self.bytes = FILE_LIMIT_BYTES, 0, 0
        if shutil.disk_usage(self._scratch.path).free < expected_bytes + LEFT_FREE_BYTES:
            self.close()
            raise StoreUnavailable(
                f"The disk of {cache} has no room for {expected_bytes / 1e6:,.0f} MB more.", "Make room, and try again."
            )

    def begin(self, name: str) -> None:
        """A file begins.

        Args:
            name: what its sender calls it; folders are parted by slashes.

        Raises:
            BadWatchList: it may not be called so, or there are too many.
            StoreUnavailable: it cannot be written.
        """
        path = PurePosixPath(name)
        self.files += 1
        if self.files > MOST_FILES:
            raise BadWatchList(f"These are more than {MOST_FILES:,} files.", "Send them as one ZIP.")
        if fault := _fault(name, path):
            raise BadWatchList(f"{printable(name[:_MOST_CHARACTERS])} {fault}.", "Give it another name.")
        try:
            self._writing = self._spool.new()
        except OSError as error:
            raise no_room(self._scratch.path.parent, error) from error
        self._limit = MOST_BYTES if path.suffix.lower() == ".zip" else FILE_LIMIT_BYTES + 1
        if not self._put(path, self._writing):
            raise BadWatchList(f"{printable(name)} is there twice.", "Send each picture once.")

    def add(self, content: bytes) -> None:
        """More of the file that began last.

        Raises:
            BadWatchList: altogether it is too much.
            StoreUnavailable: it cannot be written.
        """
        assert self._writing is not None
        self.bytes += len(content)
        if self.bytes > MOST_BYTES:
            raise BadWatchList(
                f"This is more than {MOST_BYTES / 1e9:.0f} GB.", "Import it on the machine itself: overt list import."
            )
        try:
            self._writing.write(content[: max(0, self._limit - self._writing.size)])
        except OSError as error:
            raise no_room(self._scratch.path.parent, error) from error

    def end(self) -> None:
        """The file that began last is whole.

        Raises:
            StoreUnavailable: it cannot be written.
        """
        assert self._writing is not None
        try:
            self._writing.finish()
        except OSError as error:
            raise no_room(self._scratch.path.parent, error) from error

    def source(self) -> ListSource:
        """What was sent, as a list; its pictures can be read until the upload is closed.

        Raises:
            BadWatchList: it cannot be used, and why.
        """
        top = list(self._root.iterdir())
        archives = [one for one in top if one.suffix.lower() == ".zip" and one.file is not None]
        if archives and len(top) > 1:
            raise BadWatchList("A ZIP comes alone.", "Put everything into it, or send no ZIP.")
        if archives:
            archive = archives[0].file
            assert archive is not None
            return self._held.enter_context(
                zipped_source(self._held.enter_context(archive.open()), printable(archives[0].name))
            )
        shown = [one for one in top if not one.name.startswith(".")]
        root = shown[0] if len(shown) == 1 and shown[0].is_dir() else self._root
        files = listed_files(root)
        table = root.children.get(TABLE_NAME)
        try:
            content = None if table is None else table.content()
        except BadPicture as error:
            raise BadWatchList(error.sentence, error.todo) from error
        rows = rows_by_reference(table_rows(content), frozenset(file.entry for file in files))
        pictures = tuple(
            Offered(
                name=file.path.name,
                shown=file.shown,
                entry=file.entry,
                refusal=file.refusal,
                read=partial(_read, file.path),
            )
            for file in files
        )
        return ListSource(shown=_SENT, pictures=pictures, rows=rows)

    def close(self) -> None:
        """Removes everything that was sent; again does no harm."""
        if self._writing is not None:
            self._writing.abandon()
        self._held.close()

    def _put(self, path: PurePosixPath, file: SpoolFile) -> bool:
        """False where something of this name is there already."""
        here = self._root
        for number, part in enumerate(path.parts[:-1], start=1):
            here = here.children.setdefault(part, Sent(path=PurePosixPath(*path.parts[:number])))
            if here.file is not None:
                return False
        if path.name in here.children:
            return False
        here.children[path.name] = Sent(path=path, file=file)
        return True


def _read(place: Sent) -> NDArray[np.uint8]:
    return decoded_picture(place.content(), place.name)


def _fault(name: str, path: PurePosixPath) -> str:
    """Why a file may not be called so, as the end of a sentence; empty where it may."""
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or not path.parts:
        return "leads outside of the list, or has no name"
    if len(path.parts) > _DEEPEST:
        return "lies too deep: pictures lie in an entry's folder, or beside one another"
    if any(len(part) > _MOST_CHARACTERS for part in path.parts):
        return f"has a name of more than {_MOST_CHARACTERS} characters"
    return ""
