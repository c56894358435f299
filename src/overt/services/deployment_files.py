"""Deployment files that are written in the console: TOML that people can read, in `$OVERT_HOME/deployments`.

Rules:
  - the folder and its files are their owner's alone (0700, 0600): the address of a camera may hold a password;
  - a file is written whole or not at all, and never over what somebody else wrote meanwhile;
  - a file's name is made here, of small letters, digits and hyphens; none comes from outside;
  - what a file names besides, such as a document, lies in the same folder: from the console nobody reaches other files
    of the machine, nor learns whether they are there;
  - what was typed is kept as it was typed, and every fault of it is told at once;
  - once it is entered, a file is kept under the deployment's id, and changed no more.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final
from uuid import UUID

from overt.domain.authority import Deployment
from overt.domain.errors import BadDeployment, Refused, Stopped
from overt.services.deployment_text import Tables, rewritten
from overt.services.files import Fault, Faulty, load_deployment
from overt.services.policies import POLICIES
from overt.vault.disk import FOLDER, READ, locked, make_folder, opened, write_new

NAME: Final = "deployments"
DRAFT: Final = ".draft.toml"
#: More than a person writes; what reads TOML takes longer than in proportion.
MOST_BYTES: Final = 64 * 1024
MOST_DRAFTS: Final = 200
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST: Final = 48
#: Whoever reads TOML takes a minute for a key of some thousand parts.
_LONG_KEY: Final = re.compile(
    r"""(?<![\w-]) (?: (?: [\w-]++ | "(?:[^"\\\n]|\\.){0,99}+" | '[^'\n]{0,99}+' ) [ \t]*+ \. [ \t]*+ ){17}""",
    re.VERBOSE,
)


class NoSuchFile(Refused):
    code = "no-such-deployment"


class FileChanged(Refused):
    code = "file-changed"


@dataclass(frozen=True, kw_only=True)
class DraftFile:
    """A deployment file that is not entered.

    Attributes:
        raw: its tables, faulty or not; empty where it is no TOML.
        version: what is given back with a change, so that nobody's is lost.
    """

    name: str
    at_us: int
    text: str
    raw: Mapping[str, Any]

    @property
    def version(self) -> str:
        return _version(self.text.encode())

    @property
    def title(self) -> str:
        """The deployment's name, as far as it is written."""
        about = self.raw.get("deployment")
        name = about.get("name") if isinstance(about, dict) else None
        return name if isinstance(name, str) and name.strip() else self.name


def folder_of(home: Path) -> Path:
    return home / NAME


def draft_path(home: Path, name: str) -> Path:
    """Where a draft lies; raises NoSuchFile where nothing has such a name."""
    return folder_of(home) / _file(name)


def kept_path(home: Path, deployment: str) -> Path | None:
    """The file of an entered deployment; None where it was entered elsewhere."""
    try:
        path = folder_of(home) / f"{UUID(deployment)}.toml"
    except ValueError:
        return None
    return path if path.is_file() and not path.is_symlink() else None


def drafts(home: Path) -> list[DraftFile]:
    """Every draft, by its name."""
    try:
        names = sorted(path.name for path in folder_of(home).iterdir())
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        with suppress(NoSuchFile, BadDeployment):
            if name.endswith(DRAFT):
                found.append(read_draft(home, name.removesuffix(DRAFT)))
    return found


def read_draft(home: Path, name: str) -> DraftFile:
    """A draft as it stands.

    Raises:
        NoSuchFile: there is none of this name.
        BadDeployment: it is larger than a deployment file is, or no text.
    """
    file = _file(name)
    try:
        with opened(folder_of(home) / file, READ) as descriptor, open(descriptor, "rb", closefd=False) as reader:
            content, at_us = reader.read(MOST_BYTES + 1), os.fstat(descriptor).st_mtime_ns // 1000
    except OSError as error:
        raise _missing() from error
    text = _checked(content)
    return DraftFile(name=name, at_us=at_us, text=text, raw=_tables(text))


def look_through(home: Path, name: str, schemes: tuple[str, ...]) -> tuple[Deployment | None, tuple[Fault, ...]]:
    """What a draft describes, or all that is wrong with it.

    Raises:
        NoSuchFile, BadDeployment: as `read_draft`.
    """
    outside = tuple(_outside(read_draft(home, name).raw))
    try:
        deployment = load_deployment(draft_path(home, name), rehearsal=False, schemes=schemes)
    except Faulty as error:
        hidden = {one.at for one in outside}  # whether something is there is not told
        return None, (*outside, *(one for one in error.faults if one.at not in hidden))
    except BadDeployment as error:
        return None, (Fault(at=(), sentence=str(error)),)
    return (None, outside) if outside else (deployment, ())


def new_draft(home: Path, tables: Tables) -> str:
    """A new draft; its name.

    Raises:
        Refused: there are too many.
    """
    return _add(home, rewritten("", tables).encode())


def take_in(home: Path, content: bytes) -> str:
    """A finished file as a new draft; its name.

    Raises:
        BadDeployment: it is too large, or no text.
        Refused: there are too many.
    """
    return _add(home, _checked(content).encode())


def draft_like(home: Path, deployment: str) -> str:
    """A new draft that says what an entered deployment says, but for its list, which was that one's alone; its name.

    Raises:
        NoSuchFile: its file lies elsewhere.
        Refused: there are too many drafts.
    """
    kept = kept_path(home, deployment)
    if kept is None:
        raise _missing()
    alone = Tables(single={"watchlist": {"list": None}}, repeated={})
    return _add(home, rewritten(kept.read_text("utf-8"), alone).encode())


def write_draft(home: Path, name: str, tables: Tables, version: str) -> None:
    """Puts values into a draft; what is not among `tables` stays as it is.

    Raises:
        NoSuchFile: there is none of this name any more.
        FileChanged: somebody else has written to it since that version.
        BadDeployment: it is no TOML, so nothing can be put into it; or it would be too large.
    """
    write_text(home, name, rewritten(read_draft(home, name).text, tables), version)


def write_text(home: Path, name: str, text: str, version: str) -> None:
    """Replaces a draft's text; raises as `write_draft`."""
    content = text.replace("\r\n", "\n").encode("utf-8", "surrogatepass")
    _checked(content)
    with _writing(home) as folder:
        file = _file(name)
        if _version(_bytes(file, folder)) != version:
            raise FileChanged(
                "Somebody else has changed this draft since you opened it.",
                "What you typed stands below and is not kept yet. Look at the draft in another window; saving again "
                "puts yours in its place.",
            )
        _replace(file, content, folder)


def remove_draft(home: Path, name: str) -> None:
    """Raises NoSuchFile where there is none of this name."""
    with _writing(home) as folder:
        try:
            os.unlink(_file(name), dir_fd=folder)
        except FileNotFoundError as error:
            raise _missing() from error


def keep_entered(home: Path, name: str, deployment: str, text: str) -> None:
    """Keeps the file of a deployment that was entered, as it was then; the draft is gone."""
    with _writing(home) as folder:
        _replace(f"{UUID(deployment)}.toml", text.encode(), folder)
        with suppress(FileNotFoundError):
            os.unlink(_file(name), dir_fd=folder)


def policies_beside(home: Path) -> list[str]:
    """Policy files that lie in the folder, for deployments under other policies than those that Overt brings."""
    found = []
    for path in sorted(folder_of(home).glob("*.toml")):
        with suppress(OSError, ValueError):
            if not path.name.endswith(DRAFT) and path.stat().st_size <= MOST_BYTES:
                found += [path.name] if "rule" in tomllib.loads(path.read_text("utf-8")) else []
    return found


def _outside(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Everything named that lies elsewhere."""
    about, listed, documents = raw.get("deployment"), raw.get("watchlist"), raw.get("document")
    named: list[tuple[tuple[str | int, ...], str, object]] = []
    if isinstance(about, dict) and about.get("policy") not in POLICIES:
        named.append((("deployment", "policy"), "[deployment] policy", about.get("policy")))
    if isinstance(listed, dict):
        named.append((("watchlist", "folder"), "[watchlist] folder", listed.get("folder")))
    for at, one in enumerate(documents if isinstance(documents, list) else []):
        if isinstance(one, dict):
            named.append((("document", at, "file"), f"[[document]] no. {at + 1} file", one.get("file")))
    for key, words, value in named:
        if isinstance(value, str) and (PurePosixPath(value).is_absolute() or ".." in PurePosixPath(value).parts):
            yield Fault(
                at=key,
                sentence=f"{words} must name something in the folder {NAME} of Overt's home, where this file lies.",
            )


def _add(home: Path, content: bytes) -> str:
    _checked(content)
    with _writing(home) as folder:
        there = {path.name for path in folder_of(home).iterdir()}
        if sum(one.endswith(DRAFT) for one in there) >= MOST_DRAFTS:
            raise Refused(f"There are {MOST_DRAFTS} drafts, and more are not kept.", "Remove some that are not needed.")
        stem = _stem(_tables(content.decode()))
        names = (stem, *(f"{stem}-{number}" for number in range(2, MOST_DRAFTS + 2)))
        name = next(one for one in names if one + DRAFT not in there)
        _replace(name + DRAFT, content, folder)
    return name


def _stem(raw: Mapping[str, Any]) -> str:
    title = DraftFile(name="deployment", at_us=0, text="", raw=raw).title
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:_LONGEST].strip("-") or "deployment"


@contextmanager
def _writing(home: Path) -> Iterator[int]:
    """The folder, made where it is missing, with nobody else writing to it."""
    try:
        make_folder(folder_of(home))
        with opened(folder_of(home), FOLDER) as folder, locked(folder, fcntl.LOCK_EX):
            yield folder
    except OSError as error:
        raise Stopped(
            f"The deployment file cannot be written: {error.strerror}.", "Make room, and look at the folder's rights."
        ) from error


def _replace(file: str, content: bytes, folder: int) -> None:
    new = f".{file}.new"
    with suppress(FileNotFoundError):  # of a process that died
        os.unlink(new, dir_fd=folder)
    write_new(new, content, folder)
    os.rename(new, file, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)


def _bytes(file: str, folder: int) -> bytes:
    try:
        with opened(file, READ, folder) as descriptor, open(descriptor, "rb", closefd=False) as reader:
            return reader.read()
    except FileNotFoundError as error:
        raise _missing() from error


def _checked(content: bytes) -> str:
    """The text of a file."""
    if len(content) > MOST_BYTES:
        raise BadDeployment(
            f"This is larger than a deployment file is: {MOST_BYTES // 1024} KiB are the most.", "Shorten it."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDeployment(
            "This is no text in UTF-8, so it is no deployment file.", "Take the file itself."
        ) from error
    if _LONG_KEY.search(text):
        raise BadDeployment("This is no deployment file: it has a key of too many parts.", "Take the file itself.")
    return text


def _tables(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _file(name: str) -> str:
    if len(name) > _LONGEST + 8 or not _NAME.fullmatch(name):
        raise _missing()
    return name + DRAFT


def _missing() -> NoSuchFile:
    return NoSuchFile("There is no such draft: it was entered, removed, or never made.", "See which there are.")


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
