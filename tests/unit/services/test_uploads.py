"""What is sent for a list: taken as it comes, unreadable where it lies, refused by its names and sizes."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from overt.domain.errors import BadPicture, BadWatchList
from overt.services import list_sources, uploads
from overt.services.list_sources import ListSource
from overt.services.uploads import Upload
from overt.store.errors import StoreUnavailable
from overt.vault.spool import SpoolFile
from tests.unit.services.test_list_sources import TABLE, png

Contents = dict[str, bytes]
PICTURES: Contents = {"ann.png": png(), "bob/one.png": png(1), "bob/two.png": png(2)}


@pytest.fixture
def upload(tmp_path: Path) -> Iterator[Upload]:
    one = Upload(tmp_path / "cache", lambda count: bytes(range(count)))
    yield one
    one.close()
    one.close()
    assert list((tmp_path / "cache").iterdir()) == []


def send(upload: Upload, contents: Contents) -> ListSource:
    for name, content in contents.items():
        upload.begin(name)
        upload.add(content[:10])
        upload.add(content[10:])
        upload.end()
    return upload.source()


def zipped(contents: Contents) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def entries(source: ListSource) -> list[tuple[str, str]]:
    for one in source.pictures:
        assert one.read().shape == (120, 130, 3)
    return [(one.entry, one.shown) for one in source.pictures]


EXPECTED = [("ann", "ann.png"), ("bob", "bob/one.png"), ("bob", "bob/two.png")]


@pytest.mark.parametrize("within", ["", "people/"])
@pytest.mark.parametrize("packed", [False, True])
def test_pictures_are_a_list(upload: Upload, within: str, packed: bool) -> None:
    sent = {within + name: content for name, content in {**PICTURES, "entries.csv": TABLE.encode()}.items()}
    source = send(upload, {"people.zip": zipped(sent)} if packed else {**sent, ".DS_Store": b"x"})
    assert entries(source) == EXPECTED
    assert source.rows["bob"]["category"] == "victim"


def test_without_a_table_nothing_is_known_of_the_entries(upload: Upload) -> None:
    source = send(upload, {"ann.png": png(), "note.txt": b"hello"})
    assert source.rows == {}
    with pytest.raises(BadPicture, match="not a picture"):
        source.pictures[1].read()


def test_nothing_lies_open_and_no_name_reaches_the_disk(upload: Upload, tmp_path: Path) -> None:
    send(upload, PICTURES)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == ["1", "2", "3"]
    assert not any(b"PNG" in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../ann.png", "leads outside"),
        ("/etc/ann.png", "leads outside"),
        ("bob/../../ann.png", "leads outside"),
        ("bob\\ann.png", "leads outside"),
        ("a\0.png", "leads outside"),
        ("", "has no name"),
        (".", "has no name"),
        ("a/b/c/d.png", "too deep"),
        ("a" * 256, "255 characters"),
    ],
)
def test_a_name_that_may_not_be_is_refused(upload: Upload, tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(BadWatchList, match=why):
        upload.begin(name)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(("first", "second"), [("ann.png", "ann.png"), ("bob", "bob/one.png"), ("a/b", "a/b")])
def test_nothing_is_there_twice(upload: Upload, first: str, second: str) -> None:
    upload.begin(first)
    upload.end()
    with pytest.raises(BadWatchList, match="twice"):
        upload.begin(second)


def test_there_are_so_many_files_and_bytes_at_most(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_FILES", 1)
    monkeypatch.setattr(uploads, "MOST_BYTES", 20)
    upload.begin("ann.png")
    upload.add(bytes(20))
    with pytest.raises(BadWatchList, match="more than 0 GB"):
        upload.add(b"1")
    with pytest.raises(BadWatchList, match="more than 1 files"):
        upload.begin("bob.png")


def test_of_a_file_larger_than_a_picture_no_more_is_kept(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "FILE_LIMIT_BYTES", 1000)
    monkeypatch.setattr("overt.faces.picture.FILE_LIMIT_BYTES", 1000)
    source = send(upload, {"ann.png": bytes(5000), "bob.png": b""})
    for at, why in enumerate(["may have", "is empty"]):
        with pytest.raises(BadPicture, match=why):
            source.pictures[at].read()


def test_nothing_at_all_is_an_empty_list(upload: Upload) -> None:
    with pytest.raises(BadWatchList, match="that was sent is empty"):
        upload.source()


def test_an_entry_is_one_picture_or_one_folder(upload: Upload) -> None:
    source = send(upload, {"bob/deeper/one.png": png(), "ann.png": png()})
    assert "inside an entry's folder" in source.pictures[1].refusal
    with pytest.raises(BadPicture, match="is a folder"):
        source.pictures[1].read()


def test_a_zip_comes_alone_and_is_a_zip(upload: Upload) -> None:
    with pytest.raises(BadWatchList, match="comes alone"):
        send(upload, {"people.zip": zipped(PICTURES), "ann.png": png()})


def test_a_zip_that_is_none_is_refused(upload: Upload) -> None:
    with pytest.raises(BadWatchList, match=r"people\.zip cannot be read as a ZIP"):
        send(upload, {"people.zip": b"PK but no more"})


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        ({"../ann.png": png()}, "leads outside"),
        ({"/ann.png": png()}, "leads outside"),
        ({"ann.png": bytes(20_000_000)}, "packed far smaller"),
    ],
)
def test_a_zip_that_leads_outside_or_bursts_is_refused(upload: Upload, contents: Contents, why: str) -> None:
    with pytest.raises(BadWatchList, match=why):
        send(upload, {"people.zip": zipped(contents)})


def test_a_zip_in_a_zip_is_no_picture(upload: Upload) -> None:
    source = send(upload, {"people.zip": zipped({"more.zip": zipped(PICTURES), "ann.png": png()})})
    (inner,) = [one for one in source.pictures if one.entry == "more"]
    with pytest.raises(BadPicture, match="not a picture"):
        inner.read()


def test_an_endless_table_of_contents_is_not_read(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_sources, "MOST_CONTENTS_BYTES", 66_000)
    many = {f"{number:0200d}.png": b"" for number in range(400)}
    with pytest.raises(BadWatchList, match="cannot be read as a ZIP"):
        send(upload, {"people.zip": zipped(many)})


def test_a_table_that_is_a_folder_is_refused(upload: Upload) -> None:
    with pytest.raises(BadWatchList, match="is a folder"):
        send(upload, {"entries.csv/x.png": png(), "ann.png": png()})


def test_what_the_disk_altered_is_a_bad_picture(upload: Upload, tmp_path: Path) -> None:
    source = send(upload, {"ann.png": png(), "bob.png": png()})
    for path in tmp_path.rglob("1"):
        path.write_bytes(b"0" * 100)
    with pytest.raises(BadPicture, match="any more"):
        source.pictures[0].read()


class Disk(NamedTuple):
    free: int


def test_where_there_is_no_room_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(free=300_000_000))
    with pytest.raises(StoreUnavailable, match="no room for 100 MB"):
        Upload(tmp_path, bytes, expected_bytes=100_000_000)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["write", "finish"])
def test_a_disk_that_runs_full_is_told(upload: Upload, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    upload.begin("ann.png")
    monkeypatch.setattr(SpoolFile, step, full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        upload.add(b"1") if step == "write" else upload.end()


def test_a_folder_that_is_gone_is_told(upload: Upload, tmp_path: Path) -> None:
    for folder in (tmp_path / "cache").iterdir():
        folder.rmdir()
    with pytest.raises(StoreUnavailable, match="cannot be put down"):
        upload.begin("ann.png")
