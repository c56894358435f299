"""Packs: their files on this machine, and a calibration put into `pack.toml` without another byte touched."""

from __future__ import annotations

import dataclasses
import datetime
import os
import shutil
import tomllib
from pathlib import Path

import pytest

from overt.domain.calibration import ImpostorCurve
from overt.domain.envelope import Envelope, Limit
from overt.domain.errors import Refused
from overt.faces.pack import default_pack, read_pack
from overt.faces.recipe import Recipe
from overt.services.packs import (
    file_states,
    keep_calibration,
    keep_envelope,
    require_writable,
    with_table,
    write_whole,
)

CURVE = ImpostorCurve(
    thresholds=(0.0, 0.25, 0.5, 0.75),
    errors=(9000, 300, 30, 0),
    comparisons=10_000,
    people=12,
    pictures=60,
    source='"drawn"\n',
)
RECIPE = Recipe(centre=(0.25, -0.5))
THIN = ImpostorCurve(thresholds=(0.0, 0.5), errors=(3, 1), comparisons=4, people=2, pictures=4, source="drawn")
ENVELOPE = Envelope(
    limits=(Limit(quantity="zone_light", amber=41.0, red=18.5, condition="darkness", people=300),),
    source='"drawn"\n',
    date=datetime.date(2026, 11, 28),
)
OLD_ENVELOPE = '[envelope]\nsource = "a"\ndate = 2026-01-01\nin_view = 3\n'
OLD = '[calibration]  # old\nsource = "a"\nerrors = [\n  1,\n]\n'


@pytest.fixture
def pack_folder(tmp_path: Path) -> Path:
    """A copy of the default pack's folder, so that no test writes into the package."""
    return Path(shutil.copytree(default_pack().folder, tmp_path / "pack"))


def test_the_shipped_files_are_the_published_ones() -> None:
    files = file_states(default_pack())
    assert [(file.part, file.word, file.todo) for file in files] == [("detector", "fine", ""), ("embedder", "fine", "")]
    assert all(file.path is not None and file.path.name == file.model.file for file in files)


def test_a_file_that_is_missing_and_one_that_differs_are_told_apart(pack_folder: Path) -> None:
    pack = read_pack(pack_folder)
    own = dataclasses.replace(pack.detector, distribution=None)
    (pack_folder / pack.embedder.file).write_bytes(b"another network")
    changed = dataclasses.replace(pack, detector=own, embedder=dataclasses.replace(pack.embedder, distribution=None))
    detector, embedder = file_states(changed)
    assert (detector.word, detector.path, detector.digest) == ("missing", None, None)
    assert (embedder.word, embedder.path) == ("differs", pack_folder / pack.embedder.file)
    assert detector.todo
    assert embedder.todo


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# top\n[pack]\nname = 'x'\n\n", ""),
        ("[pack]\n", "\n# about the detector\n[detector]\nkind = 'y'\n"),
        ("", "\n[[more]]\nlist = [\n[1],\n[2],\n]\n"),
        ("[pack]\nsays = '''\n[calibration]\nno table\n'''\n", "\n\n[z]\n"),
        ("[a]\nb = [\n[1, 2],\n]\n", "# the end, without a newline"),
    ],
)
def test_a_calibration_is_replaced_and_every_other_byte_kept(before: str, after: str) -> None:
    assert with_table(before + OLD + after, "calibration", CURVE) == before + CURVE.to_toml() + after


@pytest.mark.parametrize(("before", "gap"), [("[pack]\nname = 'x'\n", "\n"), ("[pack]\nname = 'x'", "\n\n"), ("", "")])
def test_a_pack_without_calibration_gets_one_at_its_end(before: str, gap: str) -> None:
    assert with_table(before, "calibration", CURVE) == before + gap + CURVE.to_toml()


def test_line_ends_of_windows_stay() -> None:
    text = "[pack]\r\nname = 'x'\r\n\r\n" + OLD.replace("\n", "\r\n") + "\r\n[z]\r\n"
    written = with_table(text, "calibration", CURVE)
    assert written.startswith("[pack]\r\nname = 'x'\r\n\r\n[calibration]\r\n")
    assert written.endswith("\r\n[z]\r\n")
    assert written.count("\n") == written.count("\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "calibration = { people = 3 }\n",
        "calibration.people = 3\n",
        "[calibration.more]\npeople = 3\n",
        "no TOML at all\n",
        OLD + "[calibration.more]\nx = 1\n",
    ],
)
def test_a_form_that_cannot_be_replaced_safely_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="cannot be replaced safely"):
        with_table(text, "calibration", CURVE)


def test_a_kept_calibration_is_the_packs_from_then_on(pack_folder: Path) -> None:
    before = (pack_folder / "pack.toml").read_text("utf-8")
    (pack_folder / "pack.toml").chmod(0o640)
    path = keep_calibration(read_pack(pack_folder), RECIPE, CURVE)
    assert (read_pack(pack_folder).recipe, read_pack(pack_folder).calibration) == (RECIPE, CURVE)
    assert path.read_text("utf-8").partition("[templates]")[0] == before.partition("[templates]")[0]
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in pack_folder.iterdir()] == ["pack.toml"]


def test_a_kept_envelope_is_the_packs_and_its_calibration_stays(pack_folder: Path) -> None:
    pack = read_pack(pack_folder)
    before = (pack_folder / "pack.toml").read_text("utf-8")
    path = keep_envelope(pack, ENVELOPE)
    kept = read_pack(pack_folder)
    assert (kept.envelope, kept.calibration) == (ENVELOPE, pack.calibration)
    keep_calibration(kept, kept.recipe, CURVE)
    keep_envelope(kept, dataclasses.replace(ENVELOPE, source="again"))
    both = read_pack(pack_folder)
    assert both.envelope is not None
    assert (both.envelope.source, both.calibration) == ("again", CURVE)
    assert path.read_text("utf-8").partition("[calibration]")[0] == before.partition("[calibration]")[0]


@pytest.mark.parametrize(
    ("before", "after"), [("[pack]\nname = 'x'\n\n", ""), ("", "\n# more\n[calibration]\nx = 1\n")]
)
def test_an_envelope_is_replaced_and_every_other_byte_kept(before: str, after: str) -> None:
    assert with_table(before + OLD_ENVELOPE + after, "envelope", ENVELOPE) == before + ENVELOPE.to_toml() + after


def test_an_envelope_in_another_form_is_not_replaced() -> None:
    with pytest.raises(Refused, match="writes its envelope in a form that cannot be replaced safely"):
        with_table("envelope.in_view = 3\n", "envelope", ENVELOPE)


def test_an_envelope_in_a_pack_that_cannot_be_read_is_refused(pack_folder: Path) -> None:
    pack = read_pack(pack_folder)
    (pack_folder / "pack.toml").write_bytes(b"\xff")
    with pytest.raises(Refused, match="cannot be read"):
        keep_envelope(pack, ENVELOPE)


def test_a_curve_without_thresholds_leaves_the_pack_as_it_was(pack_folder: Path) -> None:
    before = (pack_folder / "pack.toml").read_bytes()
    with pytest.raises(Refused, match="No threshold follows"):
        keep_calibration(read_pack(pack_folder), RECIPE, THIN)
    assert (pack_folder / "pack.toml").read_bytes() == before


def test_a_table_of_its_own_is_written_whole_and_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real.toml")
    write_whole(tmp_path / "link", CURVE.to_toml())
    assert (tmp_path / "link").is_symlink()
    assert ImpostorCurve.from_table(tomllib.loads((tmp_path / "real.toml").read_text())["calibration"]) == CURVE


def test_what_cannot_be_written_is_refused_before_and_after(tmp_path: Path) -> None:
    for path, says in ((tmp_path, "not a regular file"), (tmp_path / "no" / "x", "does not exist")):
        with pytest.raises(Refused, match=says):
            require_writable(path)
    with pytest.raises(Refused, match="cannot be written"):
        write_whole(tmp_path / "no" / "x", "text")
    require_writable(tmp_path / "new.toml")


def test_what_may_not_be_read_or_written_is_told(
    pack_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = read_pack(pack_folder)
    own = dataclasses.replace(pack, detector=dataclasses.replace(pack.detector, distribution=None))
    (pack_folder / pack.detector.file).write_bytes(b"")

    def refused(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refused)
        (detector, _) = file_states(own)
    assert detector.digest is None
    assert "Permission denied" in detector.todo
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Refused, match="may not write"):
        require_writable(tmp_path / "own.toml")


def test_a_write_that_breaks_off_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.toml"
    path.write_text("before")

    def broken(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(Refused, match="No space left"):
        write_whole(path, "after")
    assert [found.read_text() for found in tmp_path.iterdir()] == ["before"]
