from __future__ import annotations

import gc
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest

from overt.domain.errors import BadFootage, BadSource, CameraLost
from overt.domain.geometry import Region
from overt.testing.fixed_clock import FixedClock
from overt.video.frame import Frame, scratch_size
from overt.video.source import Source, SourceSettings, open_source
from tests.unit.video.clips import Picture, numbered, pictures, turn_clip, write_clip

RECORDED = SourceSettings(recorded=True)


def opened(path: Path, clock: FixedClock | None = None) -> Source:
    return open_source(str(path), clock=clock or FixedClock(), settings=RECORDED)


def coloured(frame: Frame, region: Region) -> Picture:
    height, width = region.height // 2 * 2, region.width // 2 * 2
    region = Region(x=region.x, y=region.y, width=width, height=height)
    out = np.empty((height, width, 3), np.uint8)
    frame.bgr(region, out, np.empty(scratch_size(height, width), np.uint8))
    return out


def decoded_by_pyav(path: Path) -> list[Picture]:
    with av.open(str(path)) as container:
        return [np.asarray(f.to_ndarray(format="bgr24"), np.uint8) for f in container.decode(video=0)]


@pytest.mark.parametrize(
    ("name", "codec", "kind", "size"),
    [
        ("plain.mp4", "libx264", "yuv420p", (320, 240)),
        ("full.mp4", "mjpeg", "yuvj420p", (320, 240)),
        ("fine.mkv", "libx264", "yuv420p10le", (320, 240)),
        ("grey.mkv", "ffv1", "gray", (320, 240)),
        ("odd.mkv", "ffv1", "yuv420p", (641, 479)),
        ("odd444.mkv", "libx264", "yuv444p", (641, 479)),
        ("odd_grey.mkv", "ffv1", "gray", (641, 479)),
        ("odd_full.mkv", "mjpeg", "yuvj444p", (641, 479)),
        ("rgb.mkv", "ffv1", "bgr0", (320, 240)),
        ("plain.avi", "mpeg4", "yuv420p", (320, 240)),
        ("plain.ts", "libx264", "yuv420p", (320, 240)),
    ],
)
def test_colours_agree_with_pyav_whatever_the_pixel_format(
    tmp_path: Path, name: str, codec: str, kind: str, size: tuple[int, int]
) -> None:
    path = write_clip(tmp_path / name, pictures(4, *size), codec=codec, kind=kind)
    wanted = decoded_by_pyav(path)
    frames = list(opened(path).frames())
    assert len(frames) == len(wanted) == 4
    for frame, picture in zip(frames, wanted, strict=True):
        assert (frame.width, frame.height) == size
        assert frame.u.shape == frame.v.shape == (-(-size[1] // 2), -(-size[0] // 2))
        for region in (Region(x=0, y=0, width=size[0], height=size[1]), Region(x=22, y=34, width=101, height=77)):
            found = coloured(frame, region).astype(int)
            part = picture[region.y : region.y + found.shape[0], region.x : region.x + found.shape[1]]
            difference = np.abs(found - part)
            assert difference.mean() < 2
            assert np.quantile(difference, 0.95) <= 7


@pytest.mark.parametrize("clockwise", [90, 180, 270])
def test_a_turned_recording_comes_upright(tmp_path: Path, clockwise: int) -> None:
    plain = write_clip(tmp_path / "plain.mp4", pictures(3))
    turned = turn_clip(plain, tmp_path / "turned.mp4", clockwise)
    for frame, before in zip(opened(turned).frames(), decoded_by_pyav(plain), strict=True):
        wanted = np.rot90(before, -clockwise // 90).astype(int)
        assert (frame.height, frame.width) == wanted.shape[:2]
        found = coloured(frame, Region(x=0, y=0, width=frame.width, height=frame.height))
        assert np.abs(found - wanted).mean() < 2


def test_every_frame_to_the_very_last_comes_with_its_time(tmp_path: Path) -> None:
    clock = FixedClock()
    path = write_clip(tmp_path / "clip.mp4", numbered(50), options={"bf": "3"})
    frames = list(opened(path, clock).frames())
    assert [frame.number for frame in frames] == list(range(50))
    assert [frame.media_time_s for frame in frames] == pytest.approx([k / 25 for k in range(50)])
    assert [frame.captured_us - clock.now_us() for frame in frames] == pytest.approx([k * 40_000 for k in range(50)])


@pytest.mark.parametrize(("fps", "every"), [(25, 3), (30, 4), (8, 1)])
def test_of_pictures_at_which_nobody_looks_those_that_no_other_needs_are_not_decoded(
    tmp_path: Path, fps: int, every: int
) -> None:
    path = write_clip(tmp_path / "clip.mp4", numbered(60), fps=fps, options={"bf": "3"})
    source = open_source(str(path), clock=FixedClock(), settings=RECORDED, look_every_s=0.12)
    times = [round((frame.media_time_s or 0.0) * fps) for frame in source.frames()]
    assert times == sorted(set(times))
    assert set(range(0, 60, every)) <= set(times)
    assert len(times) < 60 if every > 1 else times == list(range(60))


def test_of_pictures_that_others_need_none_is_missing(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", numbered(30), options={"bf": "0"})
    source = open_source(str(path), clock=FixedClock(), settings=RECORDED, look_every_s=0.12)
    assert len(list(source.frames())) == 30


def test_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [0, 40, 50, 200, 900, 920]
    path = write_clip(tmp_path / "clip.mkv", numbered(6), times=times)
    assert [frame.media_time_s for frame in opened(path).frames()] == pytest.approx([t / 1000 for t in times])


def test_planes_are_views_that_outlive_the_source_and_cannot_be_written(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pictures(8))
    source = opened(path)
    frames = list(source.frames())
    source.close()
    del source
    gc.collect()
    levels = [float(frame.y.mean()) for frame in frames]
    assert levels == sorted(levels)
    assert levels[-1] > levels[0] + 50
    with pytest.raises(ValueError, match="read-only"):
        frames[0].y[0, 0] = 0


def test_a_recording_cut_short_gives_what_it_has_and_then_says_where_it_broke(tmp_path: Path) -> None:
    shown = [np.random.default_rng(k).integers(0, 255, (240, 320, 3), np.uint8) for k in range(50)]
    for name, options in (("clip.mp4", {"movflags": "faststart"}), ("clip.mkv", {})):
        path = write_clip(tmp_path / name, shown, container_options=options)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
        seen: list[float | None] = []
        with pytest.raises(BadFootage, match=r"(breaks off|damaged) at second 1\.[0-4]"):
            seen.extend(frame.media_time_s for frame in opened(path).frames())
        source = opened(path)
        frames = source.frames()
        for _ in range(24):
            next(frames)


def test_files_that_are_no_video_are_refused(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", numbered(25))
    (tmp_path / "headless.mp4").write_bytes(whole.read_bytes()[:3000])
    (tmp_path / "text.mp4").write_text("not a video at all\n" * 99)
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "list.mp4").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:4,\n{whole}\n#EXT-X-ENDLIST\n")
    (tmp_path / "parts.mp4").write_text(f"ffconcat version 1.0\nfile {whole.name}\n")
    for name in ("headless.mp4", "text.mp4", "empty.mp4", "list.mp4", "parts.mp4", "missing.mp4", "."):
        with pytest.raises(BadFootage):
            list(opened(tmp_path / name).frames())


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(BadFootage, match="no moving picture"):
        opened(tmp_path / "sound.mp4")


def test_a_file_name_that_looks_like_a_protocol_is_only_a_file(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "concat:a|b.mkv", numbered(3))
    assert len(list(opened(path).frames())) == 3


def test_a_closed_source_shows_nothing_more(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", numbered(10))
    source = opened(path)
    frames = source.frames()
    next(frames)
    source.close()
    assert list(frames) == []
    assert list(source.frames()) == []
    unused = opened(path)
    unused.close()
    assert list(unused.frames()) == []


def test_a_camera_that_is_not_there_is_lost_not_refused() -> None:
    for url in ("usb:77", "rtsp://127.0.0.1:9/x", "http://127.0.0.1:9/x"):
        with pytest.raises(CameraLost) as caught:
            open_source(url, clock=FixedClock(), settings=SourceSettings(open_timeout_s=2))
        assert caught.value.todo


def test_a_recording_is_no_live_source(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", numbered(3))
    with pytest.raises(BadSource):
        open_source(str(path), clock=FixedClock(), settings=SourceSettings())


def test_nothing_is_printed_about_a_damaged_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_clip(tmp_path / "clip.ts", pictures(30))
    body = bytearray(path.read_bytes())
    body[len(body) // 2 : len(body) // 2 + 900] = bytes(900)
    path.write_bytes(body)
    with suppress(BadFootage):
        list(opened(path).frames())
    assert capfd.readouterr() == ("", "")
