"""The test data that some benchmarks need: OVERT_DATA, else `shared/data` beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


class Absent(Exception):
    """What a benchmark needs is not on this machine; says what, in a sentence."""


def data(part: str) -> Path:
    """A folder of the test data; raises Absent."""
    folder = Path(os.environ.get("OVERT_DATA") or REPOSITORY.parent / "shared" / "data") / part
    if not folder.is_dir():
        raise Absent(f"Left out: it needs the folder {part} of the test data (OVERT_DATA or ../shared/data).")
    return folder
