"""The verifier that stands alone: what it says, how it ends, and that it needs nothing of Overt."""

from __future__ import annotations

import ast
import io
import json
import runpy
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from overt.ledger import verify
from overt.ledger.head import public_key_text
from overt.ledger.log import Ledger
from tests.unit.ledger.books import KEY, LOG, OTHER_KEY, START_US, entry, lines, mark, written

SCRIPT = Path(verify.__file__)
PUBLIC = public_key_text(KEY.public_key())
FIVE = written(5)


def told(capsys: pytest.CaptureFixture[str], export: Path, *arguments: str) -> tuple[int, str, str]:
    code = verify.main([str(export), *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export"
    path.write_bytes(b"".join(lines(FIVE)))
    return path


def line_with(head: dict[str, object] | bytes) -> bytes:
    """A line whose head carries the right signature and says what it should not."""
    data = head if isinstance(head, bytes) else json.dumps(head, separators=(",", ":")).encode()
    return FIVE[0].entry + b"\t" + data + b"\t" + KEY.sign(data).hex().encode() + b"\n"


def test_an_export_that_holds_is_said_to_hold(capsys: pytest.CaptureFixture[str], export: Path) -> None:
    code, out, err = told(capsys, export, PUBLIC)
    assert (code, err) == (0, "")
    assert out == (
        f"Verified: 5 entries of ledger {LOG}, each as its head was signed.\n"
        "Times: 2026-11-22T09:00:00Z to 2026-11-22T09:00:04Z; they turn back 0 times.\n"
        f"Head: {mark(FIVE)}\n"
        "Whether entries are missing at the end shows only with --expect and a head from elsewhere.\n"
    )


@pytest.mark.parametrize("size", [1, 3, 5])
def test_a_head_noted_earlier_is_found_again(capsys: pytest.CaptureFixture[str], export: Path, size: int) -> None:
    code, out, _ = told(capsys, export, PUBLIC, "--expect", mark(FIVE[:size]))
    assert code == 0
    assert "Whether entries are missing" not in out


def test_a_cut_tail_shows_only_with_a_head_from_elsewhere(capsys: pytest.CaptureFixture[str], export: Path) -> None:
    export.write_bytes(b"".join(lines(FIVE)[:3]))
    assert told(capsys, export, PUBLIC)[0] == 0
    code, out, _ = told(capsys, export, PUBLIC, "--expect", mark(FIVE))
    assert code == 1
    assert "The end is missing: the export has 3 entries, the head that you expect 5." in out


def test_a_ledger_written_anew_shows_with_a_head_from_elsewhere(
    capsys: pytest.CaptureFixture[str], export: Path
) -> None:
    export.write_bytes(b"".join(lines(written(5, code="b"))))
    assert told(capsys, export, PUBLIC)[0] == 0
    code, out, _ = told(capsys, export, PUBLIC, "--expect", mark(FIVE[:4]))
    assert code == 1
    assert "The first 4 entries are not those of the head that you expect" in out


def test_an_empty_export_verifies_nothing(capsys: pytest.CaptureFixture[str], export: Path) -> None:
    export.write_bytes(b"")
    code, out, err = told(capsys, export, PUBLIC)
    assert (code, out) == (2, "")
    assert "The export is empty" in err
    assert told(capsys, export, PUBLIC, "--expect", mark(FIVE))[0] == 1


def test_a_clock_that_went_back_is_told(capsys: pytest.CaptureFixture[str], export: Path) -> None:
    back = Ledger(log=LOG, key=KEY).append(FIVE[-1].tail, entry(5, at_us=START_US))
    export.write_bytes(b"".join(lines([*FIVE, back])))
    code, out, _ = told(capsys, export, PUBLIC)
    assert code == 0
    assert "they turn back 1 times" in out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda all_: [*all_[:2], all_[2].replace(b'"shots":3', b'"shots":4'), *all_[3:]],
            "not the entry that its head",
        ),
        (lambda all_: [*all_[:2], *all_[3:]], "its head was signed for entry 3, so entries are missing"),
        (lambda all_: [*all_[:2], all_[1], *all_[2:]], "its head was signed for entry 1, so entries are missing"),
        (
            lambda all_: [*all_[:2], lines(written(5, key=OTHER_KEY))[2], *all_[3:]],
            "not signed with this public key.\n",
        ),
        (lambda all_: [*all_[:2], lines(written(5, log="another"))[2], *all_[3:]], "is of another ledger, another."),
        (lambda all_: [*all_[:2], all_[2][:-1]], "parted by tabs and complete"),
        (lambda all_: [*all_[:2], b"x" * (1 << 21) + b"\n"], "parted by tabs and complete"),
    ],
)
def test_the_first_entry_that_fails_is_named_with_the_reason(
    capsys: pytest.CaptureFixture[str], export: Path, change: object, says: str
) -> None:
    assert callable(change)
    export.write_bytes(b"".join(change(lines(FIVE))))
    code, out, _ = told(capsys, export, PUBLIC)
    assert code == 1
    assert out.startswith("NOT VERIFIED. Entry 2 (line 3) fails: ")
    assert says in out


def test_the_wrong_key_is_asked_about(capsys: pytest.CaptureFixture[str], export: Path) -> None:
    code, out, _ = told(capsys, export, public_key_text(OTHER_KEY.public_key()))
    assert code == 1
    assert "Entry 0 (line 1) fails: its head is not signed with this public key. Is it the right one?" in out


GOOD = {"_version": "overt-head-1", "at_us": 1, "log": LOG, "root": "ab" * 32, "size": 1}


@pytest.mark.parametrize(
    "head",
    [
        GOOD | {"_version": "overt-head-2"},
        GOOD | {"at_us": 1 << 53},
        GOOD | {"at_us": True},
        GOOD | {"size": 1.0},
        GOOD | {"log": "\u001b[2J"},
        GOOD | {"log": 7},
        GOOD | {"root": None},
        {"_version": "overt-head-1"},
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_signed_head_of_an_unknown_kind_does_not_pass(
    capsys: pytest.CaptureFixture[str], export: Path, head: dict[str, object] | bytes
) -> None:
    export.write_bytes(line_with(head))
    code, out, _ = told(capsys, export, PUBLIC)
    assert code == 1
    assert "not of a kind that this script knows" in out


@pytest.mark.parametrize("key", ["ed25519:00", "ed25519:" + "AB" * 32, "nowhere"])
def test_a_key_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], export: Path, key: str) -> None:
    code, out, err = told(capsys, export, key)
    assert (code, out) == (2, "")
    assert err.startswith("Nothing could be verified: ")


def test_a_file_that_holds_no_key_is_refused(capsys: pytest.CaptureFixture[str], export: Path) -> None:
    code, _, err = told(capsys, export, str(export))
    assert code == 2
    assert "64 hexadecimal digits" in err


@pytest.mark.parametrize("digits", [16, 17, 63, 64])
def test_a_head_is_compared_by_as_many_digits_as_are_given(
    capsys: pytest.CaptureFixture[str], export: Path, digits: int
) -> None:
    size, _, root = mark(FIVE[:4]).partition(":")
    assert told(capsys, export, PUBLIC, "--expect", f"{size}:{root[:digits]}")[0] == 0
    last = "0" if root[digits - 1] != "0" else "1"
    code, out, _ = told(capsys, export, PUBLIC, "--expect", f"{size}:{root[: digits - 1]}{last}")
    assert code == 1
    assert "The first 4 entries are not those of the head that you expect" in out


@pytest.mark.parametrize(
    "head", ["", "5", "0:" + "ab" * 32, "5:" + "AB" * 32, "-5:" + "ab" * 32, "5:ab", "5:" + "a" * 15, "5:" + "a" * 65]
)
def test_an_expected_head_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], export: Path, head: str) -> None:
    code, _, err = told(capsys, export, PUBLIC, f"--expect={head}")
    assert code == 2
    assert "not SIZE:ROOT" in err


def test_an_export_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert told(capsys, tmp_path / "nowhere", PUBLIC)[0] == 2
    assert told(capsys, tmp_path, PUBLIC)[0] == 2, "a folder"


def test_wrong_usage_ends_with_two() -> None:
    with pytest.raises(SystemExit) as ended:
        verify.main([])
    assert ended.value.code == 2


def test_a_missing_package_does_not_look_like_a_finding(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(SCRIPT))
    assert ended.value.code == 3
    assert "pip install cryptography" in capsys.readouterr().err


def test_the_script_ends_with_its_verdict(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["verify.py", str(export), PUBLIC])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert ended.value.code == 0


def test_export_key_and_script_in_a_folder_of_their_own_are_enough(tmp_path: Path, export: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(SCRIPT, alone / "verify.py")
    shutil.copy(export, alone / "ledger.export")
    (alone / "public.key").write_text(PUBLIC + "\n")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-X", "importtime", "verify.py", "ledger.export", "public.key", *arguments]
        return subprocess.run(command, cwd=alone, env={}, capture_output=True, text=True, check=False)

    fine = run("--expect", mark(FIVE))
    assert fine.returncode == 0
    assert fine.stdout.startswith("Verified: 5 entries")
    assert " overt" not in fine.stderr, "nothing of Overt was imported"
    export_bytes = (alone / "ledger.export").read_bytes()
    (alone / "ledger.export").write_bytes(export_bytes.replace(b'"shots":3', b'"shots":9', 1))
    assert run().returncode == 1
    assert run("--expect", "5").returncode == 2


def test_the_script_is_short_and_imports_the_standard_library_and_cryptography_only() -> None:
    source = SCRIPT.read_text()
    assert len(source.splitlines()) <= 200
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").split(".")[0])
    assert imported - sys.stdlib_module_names == {"cryptography"}


def test_memory_does_not_grow_with_the_export() -> None:
    def peak(count: int) -> int:
        data = io.BytesIO(b"".join(lines(written(count))))
        tracemalloc.start()
        verify.verify(data, KEY.public_key())
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(1000) < peak(10) + 20_000
