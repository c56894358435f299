"""Levels that an interrupted measurement had finished, kept so that it can go on.

Rules:
  - only where somebody names a folder for it;
  - numbers only: scores and what a look showed of a picture. No picture, no template and no name is written;
  - a level counts only for the measurement that it belongs to: same pack, same pictures, same people, list and seed;
  - a level is written whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import overt
from overt.domain.errors import Refused
from overt.evaluation.envelope_edges import Level
from overt.faces.pack import Pack


def kept_key(
    pack: Pack, *, digests: Sequence[str], people: int, list_size: int, seed: int, runtime: str, precision: str
) -> str:
    """What tells measurements apart; `digests`: of the pictures, as `pictures_digest` gives them."""
    made_by = list(pack.digests.values())
    return json.dumps([overt.__version__, made_by, list(digests), people, list_size, seed, runtime, precision])


class KeptLevels:
    """Levels by the name of their condition and their number.

    Args:
        folder: made where it is missing.
        key: what tells measurements apart.

    Raises:
        Refused: the folder cannot be used.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._prefix = f"envelope-{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Refused(f"The folder {folder} cannot be used: {error.strerror}.", "Name another --work.") from error

    def get(self, name: str, index: int, level: float) -> Level | None:
        """The level where it was kept and is the same; None else, or where its file is damaged."""
        try:
            kept = json.loads(self._path(name, index).read_text("utf-8"))
            found = Level(
                level=float(kept["level"]),
                people=np.array(kept["people"], np.int64),
                own=_floats(kept["own"]),
                other=_floats(kept["other"]),
                live={str(quantity): _floats(shown) for quantity, shown in kept["live"].items()},
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return found if found.level == level else None

    def put(self, name: str, index: int, level: Level) -> None:
        """Keeps a level.

        Raises:
            Refused: it cannot be written.
        """
        content = {
            "level": level.level,
            "people": level.people.tolist(),
            "own": _numbers(level.own),
            "other": _numbers(level.other),
            "live": {quantity: _numbers(shown) for quantity, shown in level.live.items()},
        }
        path = self._path(name, index)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            part.write_text(json.dumps(content, allow_nan=False), "utf-8")
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Refused(
                f"What was measured cannot be kept in {self._folder}: {error.strerror}.",
                "Make room, or leave --work out.",
            ) from error

    def _path(self, name: str, index: int) -> Path:
        return self._folder / f"{self._prefix}-{name}-{index}.json"


def _numbers(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _floats(values: list[float | None]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)
