"""Model packs on this machine: whether their files are the published ones, and putting what was measured into them.

Rules:
  - a file is whole or as it was: it is written beside its place and then takes it;
  - a new calibration replaces the table `[calibration]` of `pack.toml` and not one other byte of that file, and so does
    a new envelope with `[envelope]`, and a new recipe with `[templates]`;
  - a calibration from which no threshold follows never replaces one from which thresholds do.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from overt.domain.calibration import ImpostorCurve
from overt.domain.envelope import Envelope
from overt.domain.errors import BadModel, Refused
from overt.faces.pack import ModelFile, Pack, locate
from overt.faces.recipe import Recipe

Measured = ImpostorCurve | Envelope | Recipe
_FORMS: Final[dict[str, type[Measured]]] = {"calibration": ImpostorCurve, "envelope": Envelope, "templates": Recipe}


@dataclass(frozen=True, kw_only=True)
class FileState:
    """One file of a pack, as it is on this machine.

    Attributes:
        part: "detector" or "embedder".
        model: what the pack says of it.
        path: where it lies; None where it is missing.
        digest: SHA-256 of its bytes, in hexadecimal; None where it is missing or cannot be read.
        todo: what to do about it; empty when it is the published one.
    """

    part: str
    model: ModelFile
    path: Path | None
    digest: str | None
    todo: str

    @property
    def word(self) -> Literal["fine", "missing", "differs"]:
        if self.digest is None:
            return "missing"
        return "fine" if self.digest == self.model.sha256 else "differs"


def file_states(pack: Pack) -> tuple[FileState, FileState]:
    """Looks at each file of a pack; loads nothing."""
    return _state(pack, "detector", pack.detector), _state(pack, "embedder", pack.embedder)


def _state(pack: Pack, part: str, model: ModelFile) -> FileState:
    try:
        path = locate(pack, model)
    except BadModel as missing:
        return FileState(part=part, model=model, path=None, digest=None, todo=missing.todo)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as fault:
        todo = f"It cannot be read ({fault.strerror}): check its permissions."
        return FileState(part=part, model=model, path=path, digest=None, todo=todo)
    todo = "" if digest == model.sha256 else "It may be damaged or exchanged: install the pack again."
    return FileState(part=part, model=model, path=path, digest=digest, todo=todo)


def require_writable(path: Path) -> None:
    """Whether a file can be put there; looked at before long work, so that the work is not lost.

    Raises:
        Refused: it cannot.
    """
    if path.exists() and not path.is_file():
        raise Refused(f"{path} is not a regular file, so it is not written over.", "Name a file.")
    folder = path.resolve().parent
    if not folder.is_dir():
        raise Refused(f"The folder {folder} does not exist.", "Make it, or name a file elsewhere.")
    if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise Refused(f"This account may not write {path}.", "Name a file that it may write.")


def keep_calibration(pack: Pack, recipe: Recipe, curve: ImpostorCurve) -> Path:
    """Puts a curve into the pack's `pack.toml`, with the recipe that it was measured with; returns that file.

    Raises:
        Refused: no threshold follows from the curve, or the file cannot be written or has another form.
    """
    from overt.recognition.threshold import threshold_for  # noqa: PLC0415  (its statistics take a second to import)

    try:
        threshold_for(curve, 1, 0.001)
    except (BadModel, Refused):
        raise Refused(
            f"No threshold follows from these pictures ({curve.comparisons:,} comparisons), so the pack {pack.name} "
            "was left as it is.",
            "Calibrate with pictures of more people.",
        ) from None
    return _keep(pack, {"templates": recipe, "calibration": curve})


def keep_envelope(pack: Pack, envelope: Envelope) -> Path:
    """Puts an operating envelope into the pack's `pack.toml`; returns that file.

    Raises:
        Refused: the file cannot be written or has another form.
    """
    return _keep(pack, {"envelope": envelope})


def _keep(pack: Pack, tables: Mapping[str, Measured]) -> Path:
    path = pack.folder / "pack.toml"
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Refused(f"{path} cannot be read: {fault}.", "Install the pack again.") from None
    for name, measured in tables.items():
        text = with_table(text, name, measured)
    write_whole(path, text)
    return path


def with_table(pack_toml: str, name: str, measured: Measured) -> str:
    """The text of a `pack.toml` with a table of this name replaced, or added at its end.

    Raises:
        Refused: the text has no such table but says the same in another form of TOML.
    """
    table = measured.to_toml().replace("\n", "\r\n") if "\r\n" in pack_toml else measured.to_toml()
    heading = re.compile(rf"""[ \t]*\[[ \t]*({name}|"{name}"|'{name}')[ \t]*\][ \t]*(#.*)?\r?\n?""")
    lines = re.findall(r"[^\n]*\n|[^\n]+", pack_toml)
    start = next(
        (i for i, line in enumerate(lines) if heading.fullmatch(line) and _is_toml("".join(lines[:i]))), len(lines)
    )
    end = next(
        (
            i
            for i in range(start + 1, len(lines))
            if lines[i].lstrip().startswith("[") and _is_toml("".join(lines[start:i]))
        ),
        len(lines),
    )
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1  # what stands above the next table belongs to that table
    before, after = "".join(lines[:start]), "".join(lines[end:])
    if start == len(lines) and before:
        before += "\n" if before.endswith("\n") else "\n\n"
    after_all = before + table + after
    if not _differs_there_only(pack_toml, after_all, name, measured):
        raise Refused(
            f"The pack's pack.toml writes its {name} in a form that cannot be replaced safely.",
            f"Take the {name} out of it, or write the new one elsewhere with --out FILE.",
        )
    return after_all


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def _differs_there_only(old_text: str, new_text: str, name: str, measured: Measured) -> bool:
    try:
        old, new = tomllib.loads(old_text), tomllib.loads(new_text)
        found = _FORMS[name].from_table(new.pop(name))
    except (ValueError, KeyError, TypeError):
        return False
    old.pop(name, None)
    return old == new and found == measured


def write_whole(path: Path, text: str) -> None:
    """Writes a file of text in UTF-8 so that it is never half there; keeps the permissions of one that was there.

    Raises:
        Refused: it cannot be written.
    """
    path = path.resolve()
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if path.exists():
                    os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode))
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(descriptor)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as fault:
        raise Refused(f"{path} cannot be written: {fault.strerror}.", "Name another file.") from fault
