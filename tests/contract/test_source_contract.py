"""The recorded-file source and the scripted camera keep the same contract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from overt.testing.fixed_clock import FixedClock
from overt.testing.scripted_camera import ScriptedCamera
from overt.video.source import Source, SourceSettings, open_source
from tests.unit.video.clips import pictures, write_clip

Opener = Callable[[FixedClock, int], Source]
COUNT = 12


@pytest.fixture(params=["file", "script"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    shown = pictures(COUNT, 161, 119)
    if request.param == "script":
        return lambda clock, loop: ScriptedCamera(shown, clock=clock, loop=loop)
    path = write_clip(tmp_path / "clip.mkv", shown, codec="ffv1")
    settings = SourceSettings(recorded=True)
    return lambda clock, loop: open_source(str(path), clock=clock, settings=settings, loop=loop)


def test_frames_are_numbered_and_timed_from_the_opening(opener: Opener) -> None:
    clock = FixedClock()
    source = opener(clock, 3)
    frames = list(source.frames())
    assert not source.live
    assert source.fps == pytest.approx(25)
    assert [frame.number for frame in frames] == list(range(COUNT))
    assert {frame.loop for frame in frames} == {3}
    assert [frame.media_time_s for frame in frames] == pytest.approx([k / 25 for k in range(COUNT)], abs=0.001)
    for frame in frames:
        assert frame.captured_us == clock.now_us() + round((frame.media_time_s or 0.0) * 1_000_000)


def test_planes_are_upright_and_whole_and_cannot_be_written(opener: Opener) -> None:
    for frame in opener(FixedClock(), 0).frames():
        assert (frame.y.shape, frame.u.shape, frame.v.shape) == ((119, 161), (60, 81), (60, 81))
        assert not any(plane.flags.writeable for plane in (frame.y, frame.u, frame.v))
        assert not frame.full_range
        assert frame.y[10, 10] != frame.y[100, 10]


def test_both_show_the_levels_of_the_pictures(opener: Opener) -> None:
    grey = [float((picture @ (0.114, 0.587, 0.299)).mean()) for picture in pictures(COUNT, 161, 119)]
    levels = [float(frame.y.mean()) for frame in opener(FixedClock(), 0).frames()]
    assert levels == pytest.approx([16 + level * 219 / 255 for level in grey], abs=1)


def test_frames_are_played_once(opener: Opener) -> None:
    source = opener(FixedClock(), 0)
    assert len(list(source.frames())) == COUNT
    assert list(source.frames()) == []


def test_closing_ends_the_frames(opener: Opener) -> None:
    source = opener(FixedClock(), 0)
    frames = source.frames()
    next(frames)
    source.close()
    assert list(frames) == []
    source.close()
