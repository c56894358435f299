"""The book of cameras: what goes in, what is refused and how, and that nothing is lost."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from overt.domain.geometry import WHOLE_PICTURE
from overt.services.cameras import (
    FILE_NAME,
    LIMIT_BYTES,
    BadCamera,
    BookedCamera,
    CameraBook,
    NoSuchCamera,
    checked,
    corners_of,
    written,
)
from overt.settings import SCHEMES

URL = "rtsp://bob:s3cret@10.0.0.5:554/stream"
NORTH = BookedCamera(name="north", url=URL, zone=((0.0, 0.2), (1.0, 0.2), (1.0, 1.0)), smallest_face_px=50, serial="A1")


@pytest.fixture
def book(tmp_path: Path) -> CameraBook:
    return CameraBook(tmp_path, SCHEMES)


def test_an_empty_book_has_no_cameras(book: CameraBook) -> None:
    assert book.cameras() == ()
    with pytest.raises(NoSuchCamera):
        book.camera("north")
    with pytest.raises(NoSuchCamera):
        book.remove("north")


def test_what_is_saved_is_read_again_and_only_its_owner_may_read_it(book: CameraBook, tmp_path: Path) -> None:
    south = BookedCamera(name="south", url="usb:0")
    book.save(NORTH)
    book.save(south)
    assert book.cameras() == (NORTH, south)
    assert book.camera("south") == south
    assert NORTH.shown == "rtsp://10.0.0.5:554"
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_change_keeps_order_and_comments_and_a_removal_the_rest(book: CameraBook, tmp_path: Path) -> None:
    book.save(NORTH)
    book.save(BookedCamera(name="south", url="usb:0"))
    path = tmp_path / FILE_NAME
    path.write_text(path.read_text().replace("[[camera]]", "# by the door\n[[camera]]", 1))
    changed = BookedCamera(name="door", url=URL)
    book.save(changed, was="north")
    assert [camera.name for camera in book.cameras()] == ["door", "south"]
    assert book.camera("door") == changed
    assert "# by the door" in path.read_text()
    book.remove("door")
    assert [camera.name for camera in book.cameras()] == ["south"]
    book.remove("south")
    assert book.cameras() == ()
    book.save(NORTH)
    assert book.cameras() == (NORTH,)


def test_every_camera_has_its_own_name(book: CameraBook) -> None:
    book.save(NORTH)
    book.save(BookedCamera(name="south", url="usb:0"))
    with pytest.raises(BadCamera, match="already"):
        book.save(BookedCamera(name="NORTH", url="usb:1"))
    with pytest.raises(BadCamera, match="already"):
        book.save(BookedCamera(name="north", url="usb:1"), was="south")
    with pytest.raises(NoSuchCamera):
        book.save(NORTH, was="west")
    assert book.cameras() == (NORTH, BookedCamera(name="south", url="usb:0"))


def test_the_book_is_full_at_some_time(book: CameraBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overt.services.cameras.CAMERAS_LIMIT", 1)
    book.save(NORTH)
    with pytest.raises(BadCamera, match="no more"):
        book.save(BookedCamera(name="south", url="usb:0"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[[camera]\n", "is not TOML, line 1"),
        ("camera = 3\n", "double brackets"),
        ("[other]\n", "something besides"),
        ("[[camera]]\nname = 'a'\nurl = 'usb:0'\n", "The zone must be"),
        ("[[camera]]\nname = 'a'\nurl = 'usb:0'\nzone = [[0,0],[1,0],[1,1]]\nlens = 3\n", "is not known"),
        ("[[camera]]\nname = 'a'\nurl = 'http://a b:pw'\nzone = [[0,0],[1,0],[1,1]]\n", "The address is refused"),
    ],
)
def test_a_book_that_is_not_as_it_has_to_be_is_told_of_and_left_as_it_is(
    book: CameraBook, tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(BadCamera, match=says) as refused:
        book.cameras()
    assert "pw" not in str(refused.value)
    assert (tmp_path / FILE_NAME).read_text() == content


def test_a_book_that_is_no_text_or_too_large_or_no_file_is_told_of(book: CameraBook, tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadCamera, match="is not TOML"):
        book.cameras()
    path.write_text("#" * (LIMIT_BYTES + 1))
    with pytest.raises(BadCamera, match="too large"):
        book.cameras()
    path.unlink()
    path.mkdir()
    with pytest.raises(BadCamera, match="cannot be read"):
        book.cameras()


def test_where_it_cannot_be_written_the_book_is_as_it_was(
    book: CameraBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.save(NORTH)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("overt.services.cameras.os.fsync", full)
    with pytest.raises(BadCamera, match="No space left"):
        book.save(BookedCamera(name="south", url="usb:0"))
    assert book.cameras() == (NORTH,)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_what_somebody_filled_in_is_checked_all_at_once_and_no_address_is_repeated() -> None:
    fine = checked(
        name=" north ", url=f" {URL} ", zone="0, 0.2; 1 0.2\n1,1", smallest_face_px="50", serial="A1", schemes=SCHEMES
    )
    assert fine == NORTH
    with pytest.raises(BadCamera) as refused:
        checked(name="", url="ftp://bob:s3cret@x", zone="0,0;1", smallest_face_px="few", serial=" ", schemes=("usb",))
    said = refused.value.sentence
    assert "s3cret" not in str(refused.value)
    for label in ("The name", "The address", "The zone", "The smallest face"):
        assert label in said
    with pytest.raises(BadCamera, match="lie on one line"):
        checked(name="a", url="usb:0", zone="0,0;1,1;0.5,0.5", smallest_face_px="40", serial="", schemes=SCHEMES)
    with pytest.raises(BadCamera, match="names a file"):
        checked(name="a", url="/etc/passwd", zone=written(WHOLE_PICTURE), smallest_face_px="40", serial="", schemes=())


def test_corners_are_written_as_they_are_read() -> None:
    assert corners_of(written(NORTH.zone)) == NORTH.zone
