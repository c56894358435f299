"""`overt ledger`: what it writes, says and refuses, over a ledger in memory."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import typer

from overt import bootstrap
from overt.cli import ledger
from overt.cli.errors import ending
from overt.ledger.head import public_key_text
from overt.ledger.merkle import leaf_hash
from overt.services import record
from overt.settings import Settings
from overt.testing.memory_store import MemoryStore
from tests.stores import opened
from tests.unit.ledger.books import KEY, LOG, OTHER_KEY

PUBLIC = public_key_text(KEY.public_key())


@dataclass(frozen=True)
class Shown:
    store: MemoryStore
    public_key: str = PUBLIC


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """A ledger of five entries, which the command finds as this machine's installation."""
    with opened("twin", tmp_path) as twin:
        for _ in range(5):
            twin.store.write(lambda work: work.record("test.noted"))
            twin.clock.advance(1)
    assert isinstance(twin.store, MemoryStore)
    found = Shown(twin.store)

    @contextmanager
    def open_installation(settings: Settings, *, finish: bool, behind: bool = False) -> Iterator[Shown]:
        assert isinstance(settings, Settings)
        assert (finish, behind) == (False, False)
        yield found

    monkeypatch.setattr(bootstrap, "open_installation", open_installation)
    return found.store


def overt(*arguments: str | Path) -> int:
    """The exit code of `overt` with only this group."""
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    ledger.add_to(app)

    def run() -> None:
        app(["ledger", *map(str, arguments)])

    try:
        return ending(run)
    except SystemExit as end:
        return int(end.code or 0)


def whole(store: MemoryStore) -> bytes:
    out = io.BytesIO()
    record.export(store, out.write)
    return out.getvalue()


def mark(store: MemoryStore) -> str:
    return record.newest(store).head.mark


def edit(store: MemoryStore) -> None:
    row = store._tables.ledger[2]
    entry = row.entry.replace(b"test.noted", b"test.other")
    store._tables.ledger[2] = replace(row, entry=entry, leaf=leaf_hash(entry))


def test_without_a_file_the_export_goes_to_standard_output_and_nothing_else_does(
    store: MemoryStore, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert overt("export") == 0
    assert capfdbinary.readouterr() == (whole(store), b"")


def test_a_file_gets_the_whole_export_and_takes_the_place_of_an_earlier_one(
    store: MemoryStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out" / "ledger.export"
    file.parent.mkdir()
    for _ in range(2):
        assert overt("export", file) == 0
        out, err = capsys.readouterr()
        assert (out, err) == ("", f"The ledger was written to {file}: 5 entries.\n")
        assert file.read_bytes() == whole(store)
        assert list(file.parent.iterdir()) == [file]
        file.write_text("earlier")
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


def test_an_export_that_breaks_off_leaves_the_earlier_file_as_it_was(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ledger.export"
    file.write_text("earlier")

    def full(_store: object, write: io.BytesIO, _progress: object, _size: int) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(record, "export", full)
    assert overt("export", file) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert file.read_text() == "earlier"
    assert not list(tmp_path.glob(".ledger*"))


def test_an_export_goes_into_no_folder_and_takes_the_place_of_no_device(
    store: MemoryStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target in (tmp_path, pipe):
        assert overt("export", target) == 2
        assert "is no file" in capsys.readouterr().err
    assert pipe.is_fifo()
    assert overt("export", tmp_path / "absent" / "export") == 2


@pytest.mark.parametrize("key_in_a_file", [True, False])
def test_an_export_is_verified_without_an_installation(
    store: MemoryStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    key_in_a_file: bool,
) -> None:
    export, key = tmp_path / "ledger.export", tmp_path / "public.key"
    export.write_bytes(whole(store))
    key.write_text(PUBLIC + "\n")
    monkeypatch.delattr(bootstrap, "open_installation")
    assert overt("verify", export, "--key", key if key_in_a_file else PUBLIC) == 0
    out = capsys.readouterr().out
    assert f"Verified: 5 entries of ledger {LOG}" in out
    assert "shows only with --expect" in out
    assert overt("verify", export, "--key", PUBLIC, "--expect", mark(store)) == 0
    assert "shows only with --expect" not in capsys.readouterr().out


def test_a_finding_in_an_export_ends_with_1(
    store: MemoryStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "ledger.export"
    head = mark(store)
    export.write_bytes(b"".join(whole(store).splitlines(keepends=True)[:3]))
    assert overt("verify", export, "--key", PUBLIC) == 0
    assert overt("verify", export, "--key", PUBLIC, "--expect", head) == 1
    assert "The end is missing" in capsys.readouterr().out
    assert overt("verify", export, "--key", public_key_text(OTHER_KEY.public_key())) == 1
    assert "NOT VERIFIED. Entry 0" in capsys.readouterr().out


def test_an_export_without_key_or_with_bad_input_ends_with_2(
    store: MemoryStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "-ledger.export"
    export.write_bytes(whole(store))
    assert overt("verify", export) == 2
    assert "Add --key" in capsys.readouterr().err
    assert overt("verify", export, "--key", "ed25519:12") == 2
    assert overt("verify", export, "--key", tmp_path / "absent") == 2
    assert overt("verify", tmp_path / "absent", "--key", PUBLIC) == 2
    assert overt("verify", export, "--key", PUBLIC, "--expect", "-5") == 2
    assert capsys.readouterr().err.count("Nothing could be verified") == 4


def test_this_installations_ledger_is_verified_with_its_own_key(
    store: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert overt("verify") == 0
    out, err = capsys.readouterr()
    assert out == (
        f"Verified: 5 entries of ledger {LOG}, each as its head was signed.\n"
        "Times: 2026-11-22T09:00:00.000Z to 2026-11-22T09:00:04.000Z; they turn back 0 times.\n"
        f"Head: {mark(store)}\n"
        "The key was this installation's own. Only an export and a published key convince others.\n"
    )
    assert err == ""


def test_this_installations_ledger_is_verified_against_a_key_and_a_head_from_elsewhere(
    store: MemoryStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "public.key"
    key.write_text(PUBLIC + "\n")
    for head in (mark(store), mark(store)[: len("5:") + 16]):
        assert overt("verify", "--key", key, "--expect", head) == 0
        assert "installation's own" not in capsys.readouterr().out
    assert overt("verify", "--key", public_key_text(OTHER_KEY.public_key())) == 1
    assert overt("verify", "--expect", "5:" + "0" * 64) == 1
    assert overt("verify", "--expect", "5:" + "0" * 16) == 1
    assert capsys.readouterr().out.count("NOT VERIFIED. ") == 3


@pytest.mark.parametrize(
    "wrong", [["--expect", one] for one in ("", "five", "0:" + "0" * 64, "5:" + "0" * 15)] + [["--key", "ed25519:zz"]]
)
def test_a_key_or_head_that_is_none_ends_with_2(
    store: MemoryStore, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert overt("verify", *wrong) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_an_edited_ledger_of_this_installation_is_a_finding(
    store: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(store)
    assert overt("verify") == 1
    assert capsys.readouterr().out == (
        "NOT VERIFIED. Entry 2 (line 3) fails: it is not the entry that its head was signed for.\n"
    )
    assert overt("prove", "2") == 2
    assert "so there is no proof" in capsys.readouterr().err


def test_nothing_can_be_said_about_a_ledger_without_entries(
    store: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    store._tables.ledger.clear()
    assert overt("verify") == 2
    assert "Nothing could be verified: The export is empty." in capsys.readouterr().err
    for command in (["head"], ["prove", "0"], ["prove", "--from", "1"]):
        assert overt(*command) == 2
    assert capsys.readouterr().out == ""


def test_a_proof_is_one_line_of_json(store: MemoryStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert overt("prove", "2") == 0
    assert json.loads(capsys.readouterr().out) == record.inclusion(store, 2).record()
    assert overt("prove", "2", "--to", "4") == 0
    assert json.loads(capsys.readouterr().out) == record.inclusion(store, 2, 4).record()
    assert overt("prove", "--from", "2") == 0
    out = capsys.readouterr().out
    assert json.loads(out) == record.consistency(store, 2).record()
    assert out.count("\n") == 1


@pytest.mark.parametrize(
    "wrong", [[], ["2", "--from", "3"], ["5"], ["--from", "6"], ["--from", "0"], ["-1"], ["1", "--to", "9"]]
)
def test_what_cannot_be_proved_ends_with_2_and_prints_nothing(
    store: MemoryStore, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert overt("prove", *wrong) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err


def test_the_newest_head_is_shown_with_the_public_key(store: MemoryStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert overt("head") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"Head: {mark(store)}",
        "Time: 2026-11-22T09:00:04.000Z",
        f"Ledger: {LOG}",
        f"Public key: {PUBLIC}",
    ]
    assert overt("head", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["mark"] == mark(store)
    assert shown["public_key"] == PUBLIC
    KEY.public_key().verify(bytes.fromhex(shown["signature"]), shown["head"].encode())
