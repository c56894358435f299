"""The verifier of the public export: what it says, how it ends, and that nothing can be done to an export unseen."""

from __future__ import annotations

import ast
import io
import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.ledger import verify_public
from overt.ledger.head import public_key_text
from overt.ledger.log import Appended
from tests.unit.ledger.books import KEY, LOG, OTHER_KEY, lines, mark, written

SCRIPT = Path(verify_public.__file__)
PUBLIC = public_key_text(KEY.public_key())
TWELVE = written(12)
TOLD = (0, 3, 4, 9)


def exported(kept: Sequence[Appended] = TWELVE, told: Sequence[int] = TOLD) -> list[bytes]:
    return [
        *(
            line if at in told else f"withheld\t{one.leaf.hex()}\n".encode()
            for at, (line, one) in enumerate(zip(lines(kept), kept, strict=True))
        ),
        b"head\t" + kept[-1].head + b"\n",
    ]


LINES = exported()


def failing(data: bytes, expect: tuple[int, str] | None = None) -> str | None:
    try:
        verify_public.verify(io.BytesIO(data), KEY.public_key(), expect)
    except verify_public.Failed as failure:
        return str(failure)
    return None


def told(capsys: pytest.CaptureFixture[str], export: Path, *arguments: str) -> tuple[int, str, str]:
    code = verify_public.main([str(export), *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.txt"
    path.write_bytes(b"".join(LINES))
    return path


def test_an_export_that_holds_is_said_to_hold(capsys: pytest.CaptureFixture[str], export: Path) -> None:
    code, out, err = told(capsys, export, PUBLIC)
    assert (code, err) == (0, "")
    assert f"Verified: 12 entries of ledger {LOG}, 4 to be read and 8 withheld" in out
    assert f"Head: {mark(TWELVE)}" in out
    assert "Whether entries are missing" in out


@given(st.sets(st.integers(0, 11)))
def test_whatever_is_withheld_it_holds(which: set[int]) -> None:
    assert failing(b"".join(exported(told=sorted(which)))) is None


@given(st.data())
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    whole = bytearray(b"".join(LINES))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    assert failing(bytes(whole)) is not None


@given(st.data())
def test_a_line_that_is_missing_doubled_or_moved_is_found(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(LINES) - 1))
    to = data.draw(st.integers(0, len(LINES) - 1).filter(lambda other: other != at))
    for tampered in (
        LINES[:at] + LINES[at + 1 :],
        [*LINES[:at], LINES[at], *LINES[at:]],
        [*(rest := LINES[:at] + LINES[at + 1 :])[:to], LINES[at], *rest[to:]],
    ):
        assert failing(b"".join(tampered)) is not None


def test_an_entry_in_the_place_of_a_withheld_one_is_found() -> None:
    other = exported(written(12, code="b"), told=range(12))
    for at in range(12):
        assert failing(b"".join([*LINES[:at], other[at], *LINES[at + 1 :]])) is not None


def test_a_cut_end_shows_at_once_and_an_older_export_with_a_newer_head() -> None:
    assert "The end is missing" in str(failing(b"".join(LINES[:-1][:4])))
    older = exported(TWELVE[:7])
    assert failing(b"".join(older)) is None
    root = mark(TWELVE).partition(":")[2]
    assert "has 7 entries" in str(failing(b"".join(older), (12, root)))
    assert failing(b"".join(LINES), (12, root)) is None
    assert "not those of the head" in str(failing(b"".join(LINES), (7, root)))
    assert failing(b"".join(LINES), (7, mark(TWELVE[:7]).partition(":")[2])) is None


@given(st.integers(1, 12), st.integers(16, 64), st.data())
def test_a_head_that_is_printed_with_16_digits_or_more_is_compared_by_them(
    size: int, digits: int, data: st.DataObject
) -> None:
    whole = b"".join(LINES)
    root = mark(TWELVE[:size]).partition(":")[2][:digits]
    assert failing(whole, (size, root)) is None
    at = data.draw(st.integers(0, digits - 1))
    wrong = f"{root[:at]}{'0' if root[at] != '0' else '1'}{root[at + 1 :]}"
    assert "not those of the head" in str(failing(whole, (size, wrong)))


def test_what_stands_after_the_last_head_is_found() -> None:
    assert "after the last head" in str(failing(b"".join([*LINES, LINES[0]])))


def test_another_key_and_another_ledger_are_found() -> None:
    assert "not signed" in str(failing(b"".join(exported(written(12, key=OTHER_KEY)))))
    mixed = exported(written(12, log="another"))
    assert "of another ledger" in str(failing(b"".join([*LINES[:4], mixed[4], *LINES[5:]])))


@pytest.mark.parametrize(
    "head",
    [
        b"[1]",
        b"{}",
        b"nonsense",
        json.dumps({"_version": "overt-head-9", "log": "a", "size": 1, "root": "", "at_us": 1}).encode(),
    ],
    ids=["list", "empty", "nonsense", "version"],
)
def test_a_signed_head_of_another_kind_is_found(head: bytes) -> None:
    entry = LINES[0].partition(b"\t")[0]
    line = entry + b"\t" + head + b"\t" + KEY.sign(head).hex().encode() + b"\n"
    assert "newest verify_public.py" in str(failing(line))


def test_what_cannot_be_judged_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path, export: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    assert told(capsys, empty, PUBLIC)[0] == 2
    assert told(capsys, tmp_path / "none", PUBLIC)[0] == 2
    assert "not ed25519" in told(capsys, export, "ed25519:zz")[2]
    for head in ("", "12", mark(TWELVE)[: len("12:") + 15], f"{mark(TWELVE)}0", "12:" + "AB" * 32):
        code, _, err = told(capsys, export, PUBLIC, "--expect", head)
        assert code == 2, head
        assert "not SIZE:ROOT, a number, a colon and 16 to 64 hexadecimal digits; copy them all" in err
    key = tmp_path / "public-key.txt"
    key.write_text(PUBLIC + "\n", "ascii")
    assert told(capsys, export, str(key), "--expect", mark(TWELVE))[0] == 0
    export.write_bytes(b"".join(LINES[:-1]))
    code, out, _ = told(capsys, export, PUBLIC)
    assert (code, out) == (1, "NOT VERIFIED. The end is missing: the last line is no head.\n")


def test_it_is_short_and_needs_nothing_of_overt() -> None:
    text = SCRIPT.read_text("utf-8")
    assert len(text.splitlines()) <= 200
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in imported} <= {*sys.stdlib_module_names, "cryptography"}


def test_it_runs_alone(tmp_path: Path, export: Path) -> None:
    alone = tmp_path / "verify_public.py"
    shutil.copy(SCRIPT, alone)
    done = subprocess.run(
        [sys.executable, "-I", str(alone), str(export), PUBLIC], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Verified: 12 entries")


def test_without_cryptography_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(SCRIPT))
    assert end.value.code == 3
    assert "pip install cryptography" in capsys.readouterr().err


def test_as_a_script_it_ends_with_its_finding(monkeypatch: pytest.MonkeyPatch, export: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["verify_public.py", str(export), PUBLIC])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert end.value.code == 0
