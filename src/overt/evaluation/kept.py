"""What an interrupted measurement had read, kept so that it can go on.

Rules:
  - only where somebody names a folder for it; without one nothing is kept of any picture;
  - it holds templates, which are biometric: the folder is for its owner alone (0700), and whoever measures erases it;
  - what was read with another pack, or of a picture that has changed since, is not used;
  - a part is written whole or not at all, so that a run can be killed at any moment.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np

from overt.domain.errors import Refused
from overt.domain.geometry import FloatArray
from overt.evaluation.samples import ACQUIRED
from overt.faces.pack import Pack
from overt.settings import Settings

PART: Final = 256


def template_key(pack: Pack, settings: Settings) -> str:
    """What tells apart the templates of one pack on one runtime."""
    return " ".join([*pack.digests.values(), settings.runtime, settings.precision])


class KeptTemplates:
    """Templates by the digest of the picture they come from.

    Args:
        folder: made where it is missing.
        key: what tells the pack and everything else apart that a template depends on.

    Raises:
        Refused: the folder cannot be used.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._prefix = f"templates-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        self._known: dict[str, tuple[FloatArray | None, str]] = {}
        self._new: dict[str, tuple[FloatArray | None, str]] = {}
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in sorted(folder.glob(f"{self._prefix}-*.npz")):
                self._load(path)
        except OSError as error:
            raise Refused(f"The folder {folder} cannot be used: {error.strerror}.", "Name another --work.") from error

    def __enter__(self) -> KeptTemplates:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.flush()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, picture: Path) -> tuple[FloatArray | None, str] | None:
        """Template and word on its failure, of a picture that is known; None where it is not."""
        return self._known.get(_digest(picture))

    def put(self, picture: Path, template: FloatArray | None, failure: str) -> None:
        found = (None if template is None else template.copy(), failure)
        self._known[_digest(picture)] = self._new[_digest(picture)] = found
        if len(self._new) >= PART:
            self.flush()

    def flush(self) -> None:
        """Writes what is new.

        Raises:
            Refused: it cannot be written.
        """
        if not self._new:
            return
        length = next((len(template) for template, _ in self._new.values() if template is not None), 1)
        templates = np.stack(
            [np.zeros(length, np.float32) if template is None else template for template, _ in self._new.values()]
        )
        name = f"{self._prefix}-{secrets.token_hex(8)}"
        part = self._folder / f".{name}"
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                np.savez(
                    file,
                    pictures=np.array(list(self._new)),
                    failures=np.array([failure for _, failure in self._new.values()]),
                    templates=templates,
                )
            part.replace(self._folder / f"{name}.npz")
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Refused(
                f"What was read cannot be kept in {self._folder}: {error.strerror}.", "Make room, or leave --work out."
            ) from error
        self._new.clear()

    def _load(self, path: Path) -> None:
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as part:
                pictures, failures, templates = part["pictures"], part["failures"], part["templates"]
        except (zipfile.BadZipFile, ValueError, KeyError, EOFError):
            return  # not one of ours, or damaged: these pictures are read again
        for picture, failure, template in zip(pictures.tolist(), failures.tolist(), templates, strict=True):
            self._known[picture] = (template if failure == ACQUIRED else None, failure)


def _digest(picture: Path) -> str:
    try:
        with picture.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return f"unreadable {picture}"
