"""An export is verified in an empty folder, by a Python that has `cryptography` and nothing of Overt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from overt.ledger import verify
from overt.ledger.head import public_key_text
from overt.services import record
from tests.stores import opened
from tests.unit.ledger.books import KEY, OTHER_KEY

NEEDED = ("cryptography", "cffi", "_cffi_backend", "pycparser")  # cryptography and what it needs itself


@pytest.fixture
def bare_python(tmp_path: Path) -> Path:
    """A Python of its own whose only packages are `cryptography` and those that it needs."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    packages = next((tmp_path / "bare" / "lib").glob("python*/site-packages"))
    ours = Path(sysconfig.get_paths()["platlib"])
    for name in NEEDED:
        for found in ours.glob(f"{name}*"):
            if found.name.split(".")[0] == name:
                (packages / found.name).symlink_to(found)
    return tmp_path / "bare" / "bin" / "python"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lays environments out in another way")
@pytest.mark.parametrize("name", ["twin", "sqlite"])
def test_an_export_of_a_store_verifies_in_an_empty_folder_without_overt(
    tmp_path: Path, bare_python: Path, name: str
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    with opened(name, tmp_path) as store:
        for _ in range(5):
            store.store.write(lambda work: work.record("test.noted", facts={"shots": 3}))
            store.clock.advance(60)
        head = record.newest(store.store).head.mark
        with (alone / "ledger.export").open("wb") as file:
            record.export(store.store, file.write)
    shutil.copy(verify.__file__, alone / "verify.py")
    (alone / "public.key").write_text(public_key_text(KEY.public_key()) + "\n")
    (alone / "other.key").write_text(public_key_text(OTHER_KEY.public_key()) + "\n")

    def run(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [bare_python, *arguments], cwd=alone, env={"PATH": os.defpath}, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout

    assert run("-c", "import importlib.util as u; print(u.find_spec('overt'))") == (0, "None\n")
    code, out = run("verify.py", "ledger.export", "public.key", "--expect", head)
    assert (code, out.splitlines()[0].split(" of ")[0]) == (0, "Verified: 5 entries")
    assert f"Head: {head}" in out
    assert run("verify.py", "ledger.export", "other.key")[0] == 1
    export = alone / "ledger.export"
    lines = export.read_bytes().splitlines(keepends=True)
    export.write_bytes(b"".join(lines[:4]))
    assert run("verify.py", "ledger.export", "public.key")[0] == 0
    assert run("verify.py", "ledger.export", "public.key", "--expect", head)[0] == 1
    export.write_bytes(b"".join(lines).replace(b'"shots":3', b'"shots":2', 1))
    code, out = run("verify.py", "ledger.export", "public.key")
    assert (code, out.startswith("NOT VERIFIED. Entry 0 (line 1) fails: ")) == (1, True)
    assert sorted(path.name for path in alone.iterdir()) == ["ledger.export", "other.key", "public.key", "verify.py"]
