"""Footage becomes a small deployment, and nothing of it is left afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from overt.domain.errors import Refused
from overt.engine.clock import SystemClock
from overt.faces.recogniser import Portrait
from overt.services.demo import demonstration
from overt.services.files import load_deployment
from tests.unit.evaluation.pictures import portrait


class AsManyAsWhite:
    """Sees a face at each white corner of a picture."""

    made_by, look_alike, at_once = "", 0.5, 1

    def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]:
        width = picture.shape[1]
        corners = {(0, 0): (0, 0, 10, 10), (0, width - 1): (width - 10, 0, width, 10)}
        return [portrait((1, 0), box) for (y, x), box in corners.items() if picture[y, x].min() > 200]


def footage(folder: Path, *, videos: tuple[str, ...] = ("street.mp4",), faces: int = 2) -> Path:
    folder.mkdir()
    for name in videos:
        (folder / name).write_bytes(b"a clip")
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:10, :10], picture[:10, 50:] = 255, 255 if faces == 2 else 0
    Image.fromarray(picture).save(folder / "group.png")
    return folder


def test_every_video_is_a_camera_and_every_face_an_entry(tmp_path: Path) -> None:
    folder, cache = footage(tmp_path / "own", videos=("street.mp4", "street.mkv", "other.mov", ".hidden.mp4")), tmp_path
    (folder / "broken.jpg").write_bytes(b"no picture")
    with demonstration(folder, AsManyAsWhite(), cache / "cache", SystemClock().now_us()) as path:
        deployment = load_deployment(path, rehearsal=True, schemes=("rtsp",))
        assert [camera.name for camera in deployment.cameras] == ["other", "street.mkv", "street.mp4"]
        assert sorted(found.name for found in (path.parent / "people").iterdir()) == [
            "broken.jpg",
            "group face 1.png",
            "group face 2.png",
        ]
        with Image.open(path.parent / "people" / "group face 1.png") as cut:
            assert cut.size == (11, 11)
        deployment.authority.window.require(SystemClock().now_us())
    assert list((cache / "cache").iterdir()) == []
    assert len(list(folder.iterdir())) == 6


def test_one_face_keeps_its_whole_picture_and_its_name(tmp_path: Path) -> None:
    folder = footage(tmp_path / "own", faces=1)
    with demonstration(folder, AsManyAsWhite(), tmp_path / "cache", 0) as path:
        (entry,) = (path.parent / "people").iterdir()
        with Image.open(entry) as whole:
            assert (entry.name, whole.size) == ("group.png", (60, 40))


def test_what_a_killed_one_left_behind_is_removed_and_another_running_one_stays(tmp_path: Path) -> None:
    gone = next(number for number in range(4_000_000, 4_100_000) if not Path("/proc", str(number)).exists())
    names = (f"demonstration-{gone}-a", f"demonstration-{os.getpid()}-b", "demonstration-someone-c")
    for name in names:
        (tmp_path / name).mkdir()
    with demonstration(footage(tmp_path / "own"), AsManyAsWhite(), tmp_path, 0):
        assert [name for name in names if (tmp_path / name).exists()] == list(names[1:])


def test_without_a_video_or_a_picture_it_says_what_to_put_there(tmp_path: Path) -> None:
    folder = footage(tmp_path / "own", videos=())
    _refused(folder, tmp_path, "There is no video in")
    (folder / "group.png").rename(folder / "street.mp4")
    _refused(folder, tmp_path, "There is no picture in")
    _refused(tmp_path / "absent", tmp_path, "There is no folder")


def _refused(folder: Path, cache: Path, says: str) -> None:
    with pytest.raises(Refused, match=says), demonstration(folder, AsManyAsWhite(), cache, 0):
        pass
