"""What the vault's tests do to it: a full disk, a child without root's rights, children that are killed."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.needs import REPOSITORY

NOBODY = 65534

_AS_NOBODY = """
import os, sys
from pathlib import Path
from overt.domain.errors import OvertError
{imports}
folder = Path(sys.argv[1])
if os.geteuid() == 0:  # root may do everything, so it shows nothing; only now, as the modules lie where root reads
    os.setgroups([])
    os.setgid({nobody})
    os.setuid({nobody})
try:
    {statement}
except OvertError as error:
    print(type(error).__name__, error)
else:
    print("done")
"""


@contextmanager
def room_for(count: int) -> Iterator[None]:
    """No file of this process grows beyond that many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that other users reach, too; pytest's own are for this user alone."""
    folder = Path(tempfile.mkdtemp(prefix="overt-vault-"))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def as_nobody(imports: str, statement: str, folder: Path) -> str:
    """What a child without root's rights says after a statement about `folder`: `done`, or the refusal."""
    script = _AS_NOBODY.format(imports=imports, statement=statement, nobody=NOBODY)
    child = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return child.stdout.strip()


def started(script: str, *arguments: str) -> subprocess.Popen[str]:
    """A child that runs the script and can be spoken to through its pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
