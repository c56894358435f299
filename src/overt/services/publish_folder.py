"""The register as a folder that any web server can hand out: documents, the public row, the ledger, its verifier.

Rules:
  - a new folder is written beside the old one and takes its place when it is whole; whatever happens before, the old
    one stays as it was, and nothing half written is left;
  - a folder in which there is something else than an earlier register is not touched;
  - pages are made by whoever is handed in (`Pages`), of the document alone.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from overt.domain.errors import Refused
from overt.domain.progress import Progress
from overt.services.publish import Publication
from overt.services.publish_cells import Json
from overt.services.publish_ledger import write_public_ledger
from overt.services.publish_register import REGISTER_VERSION
from overt.services.publish_row import rows_of
from overt.store.ports import Store

#: Writes pages of a register into a folder. Given the register, and the kept versions of each deployment's document by
#: its id, oldest first.
Pages: TypeAlias = Callable[[Json, Mapping[str, Sequence[Json]], Path], None]

REGISTER: Final = "register.json"
ROWS, LEDGER, KEY, SCRIPT = "deployments.csv", "ledger.txt", "public-key.txt", "verify_public.py"
FOLDER_MODE: Final = 0o755
_TROUBLES: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "there is no room left for you on it",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.EROFS: "it can only be read",
}


class FolderInTheWay(Refused):
    code = "folder-in-the-way"


class CannotPublish(Refused):
    code = "cannot-publish"


def require_ours(folder: Path) -> None:
    """Looks, before anything is recorded, whether the register may take a folder's place.

    Raises:
        FolderInTheWay: it is a file, or holds something else.
        CannotPublish: the folder that it is to lie in cannot be written to.
    """
    if folder.exists() and (not folder.is_dir() or not _is_ours(folder)):
        raise FolderInTheWay(
            f"{folder} holds something else than a register, and publishing would take its place.",
            "Name a new folder, an empty one, or that of an earlier register.",
        )
    beside = folder.resolve().parent
    if not beside.is_dir() or not os.access(beside, os.W_OK | os.X_OK):
        raise CannotPublish(
            f"Nothing can be written beside {folder}: there is no folder {beside}, or you may not write to it.",
            "Make it, or name another one.",
        )


def write_folder(
    store: Store,
    publication: Publication,
    folder: Path,
    *,
    pages: Sequence[Pages] = (),
    progress: Progress | None = None,
) -> None:
    """Writes the register into a folder, in the place of an earlier one.

    Args:
        progress: is told how many parts are written, of how many.

    Raises:
        FolderInTheWay, CannotPublish: it cannot be done; what was there is as it was.
    """
    require_ours(folder)
    with _in_its_place(folder.resolve()) as new:
        for done, part in enumerate((_documents, _rows, _ledger(store), *map(_pages, pages)), 1):
            part(publication, new)
            if progress is not None:
                progress(done, 3 + len(pages))


@contextmanager
def public_file(file: Path) -> Iterator[BinaryIO]:
    """A file that takes its place when it is whole and on the disk.

    Raises:
        FolderInTheWay, CannotPublish: it cannot be.
    """
    place = file.resolve()
    if place.exists() and not place.is_file():
        raise FolderInTheWay(f"{file} is no file.", "Name a file.")
    with _troubles(file):
        descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent)
        try:
            with os.fdopen(descriptor, "wb") as target:
                yield target
                target.flush()
                os.fsync(target.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(place)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()


def _documents(publication: Publication, new: Path) -> None:
    register = publication.register
    _write_json(new / REGISTER, register)
    (new / "deployments").mkdir()
    for document in register["deployments"]:
        _write_json(new / "deployments" / f"{document['id']}.json", document)
    for deployment, versions in publication.versions.items():
        for one in versions:
            _write_json(new / "deployments" / f"{deployment}-version-{one['version']}.json", one)


def _rows(publication: Publication, new: Path) -> None:
    (new / ROWS).write_text(rows_of(publication.register), "utf-8", newline="")


def _ledger(store: Store) -> Callable[[Publication, Path], None]:
    def write(publication: Publication, new: Path) -> None:
        register = publication.register
        with (new / LEDGER).open("wb") as target:
            write_public_ledger(store, register, target.write)
        (new / KEY).write_text(register["ledger"]["public_key"] + "\n", "ascii")
        script = resources.files("overt.ledger").joinpath("verify_public.py").read_text("utf-8")
        (new / SCRIPT).write_text(script, "utf-8")

    return write


def _pages(write: Pages) -> Callable[[Publication, Path], None]:
    return lambda publication, new: write(publication.register, publication.versions, new)


def _write_json(path: Path, content: Json) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _is_ours(folder: Path) -> bool:
    """Empty, or an earlier register."""
    if not any(folder.iterdir()):
        return True
    with suppress(OSError, ValueError, AttributeError):
        read = json.loads((folder / REGISTER).read_text("utf-8"))
        return bool(read.get("_version") == REGISTER_VERSION)
    return False


@contextmanager
def _in_its_place(folder: Path) -> Iterator[Path]:
    """A new folder, which takes the place of the old one when everything is in it."""
    with _troubles(folder):
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
        new, old = beside / "new", beside / "old"
        try:
            new.mkdir(mode=FOLDER_MODE)
            yield new
            _to_the_disk(new)
            if folder.exists():
                folder.rename(old)
            try:
                new.rename(folder)
            except OSError:
                if old.exists():
                    old.rename(folder)
                raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _to_the_disk(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _troubles(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = _TROUBLES.get(error.errno or 0, error.strerror or "it failed")
        raise CannotPublish(
            f"Nothing was written to {where}: {why}. What was there before is as it was.",
            "Put that right, and publish again.",
        ) from error
