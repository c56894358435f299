"""Files for a short time, which nobody can read once this process is gone."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from overt.vault.spool import PIECE_BYTES, Spool, SpoolFile


def written(folder: Path, *contents: bytes) -> SpoolFile:
    file = Spool(folder, os.urandom).new()
    for content in contents:
        file.write(content)
    file.finish()
    file.finish()
    return file


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 7])
def test_what_is_written_is_read(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    file = written(tmp_path, content[: size // 3], content[size // 3 :])
    assert file.size == size
    with file.open() as reading:
        assert reading.read() == content
    with file.open() as reading:
        for at in (0, size // 2, size):
            assert reading.seek(at) == reading.tell() == at
            assert reading.read(100) == content[at : at + 100]
        assert reading.seek(-min(5, size), os.SEEK_END) == size - min(5, size)
        assert reading.read() == content[size - min(5, size) :]


def test_nothing_of_it_lies_open_and_no_name_but_a_number(tmp_path: Path) -> None:
    content = b"a face" * PIECE_BYTES
    written(tmp_path, content)
    (file,) = tmp_path.iterdir()
    assert file.name == "1"
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"a face" not in file.read_bytes()


def test_a_zip_is_read_from_it(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.bin", os.urandom(2 * PIECE_BYTES))
        archive.writestr("b.txt", "b")
    with written(tmp_path, out.getvalue()).open() as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.read("b.txt") == b"b"


def test_what_the_disk_altered_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, b"1234")
    path = tmp_path / "1"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with file.open() as reading, pytest.raises(OSError, match="altered"):
        reading.read()
    path.write_bytes(b"")
    with file.open() as reading, pytest.raises(OSError, match="altered"):
        reading.read()


def test_a_piece_is_none_of_another_file_and_of_no_other_place(tmp_path: Path) -> None:
    spool = Spool(tmp_path, os.urandom)
    one, other = spool.new(), spool.new()
    for file in (one, other):
        file.write(b"x" * 2 * PIECE_BYTES)
        file.finish()
    sealed = (tmp_path / "1").read_bytes()
    half = len(sealed) // 2
    (tmp_path / "2").write_bytes(sealed)
    (tmp_path / "1").write_bytes(sealed[half:] + sealed[:half])
    for file in (one, other):
        with file.open() as reading, pytest.raises(OSError, match="altered"):
            reading.read()


def test_there_is_no_place_before_the_beginning(tmp_path: Path) -> None:
    with written(tmp_path, b"12").open() as reading, pytest.raises(ValueError, match="before"):
        reading.seek(-3, os.SEEK_END)


def test_a_file_may_be_abandoned(tmp_path: Path) -> None:
    file = Spool(tmp_path, os.urandom).new()
    file.write(b"12")
    file.abandon()
    file.abandon()
    assert (tmp_path / "1").read_bytes() == b""
