from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.errors import BadFootage
from overt.video.footage import Recording, check_recording, check_total, still_unchanged
from tests.unit.video.clips import numbered, turn_clip, write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", numbered(50))


def test_a_finished_recording_is_measured(clip: Path) -> None:
    recording = check_recording(clip)
    assert (recording.path, recording.width, recording.height) == (clip.resolve(), 320, 240)
    assert recording.fps == pytest.approx(25)
    assert recording.duration_s == pytest.approx(2.0)
    assert still_unchanged(recording)


def test_a_turned_recording_is_measured_upright(clip: Path, tmp_path: Path) -> None:
    recording = check_recording(turn_clip(clip, tmp_path / "turned.mp4", 90))
    assert (recording.width, recording.height) == (240, 320)


def test_a_file_that_somebody_is_writing_is_refused(clip: Path) -> None:
    with clip.open("ab"), pytest.raises(BadFootage, match="still being written"):
        check_recording(clip)
    assert check_recording(clip).duration_s > 0


def test_where_the_kernel_cannot_say_the_file_is_watched(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overt.video.footage._unwritten", lambda _: None)
    assert check_recording(clip).duration_s > 0
    monkeypatch.setattr("overt.video.footage.time.sleep", lambda _: os.utime(clip, ns=(1, 1)))
    with pytest.raises(BadFootage, match="still being written"):
        check_recording(clip)


@pytest.mark.parametrize("name", ["pipe", "folder", "device", "text.mp4", "missing.mp4", "raw.h264"])
def test_what_is_no_finished_recording_is_refused(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "text.mp4").write_text("not a video")
    write_clip(tmp_path / "raw.h264", numbered(5))
    with pytest.raises(BadFootage) as caught:
        check_recording(tmp_path / name)
    assert caught.value.todo


def test_a_recording_that_grew_or_went_is_noticed(clip: Path) -> None:
    recording = check_recording(clip)
    with clip.open("ab") as file:
        file.write(b"x")
    assert not still_unchanged(recording)
    recording = check_recording(clip)
    clip.unlink()
    assert not still_unchanged(recording)


def test_two_hours_together_are_the_limit(clip: Path) -> None:
    recording: Recording = replace(check_recording(clip), duration_s=3600.0)
    check_total([recording, recording])
    with pytest.raises(BadFootage, match=r"3\.00 hours"):
        check_total([recording, recording, recording])
