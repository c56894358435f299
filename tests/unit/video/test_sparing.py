"""What is decoded when a machine cannot keep up, and what is not."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from overt.domain.time import SECOND_US
from overt.testing.fixed_clock import FixedClock
from overt.video.source import Source, SourceSettings, open_source
from overt.video.sparing import LONGEST_S, Sparing
from tests.unit.video.clips import numbered, write_clip

FPS = 25


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds, a key picture every second, no picture between pictures."""
    options = {"g": str(FPS), "bf": "0", "sc_threshold": "0"}
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", numbered(20 * FPS, 64, 48), options=options)


@pytest.fixture(scope="module")
def one_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = {"g": "100000", "bf": "0", "sc_threshold": "0"}
    return write_clip(tmp_path_factory.mktemp("one") / "clip.mp4", numbered(20 * FPS, 64, 48), options=options)


def opened(clip: Path, clock: FixedClock, *, sheds: bool = True) -> Source:
    settings = SourceSettings(recorded=True)
    return open_source(str(clip), clock=clock, settings=settings, look_every_s=0.12, sheds=sheds)


def played(source: Source, clock: FixedClock, *, slow_from: int, slow_to: int, each_s: float) -> list[int]:
    """Numbers of the pictures that came, where time goes with them, but for some that take so long each."""
    came, now_s, began_us = [], 0.0, clock.now_us()
    for frame in source.frames():
        number = round((frame.media_time_s or 0.0) * FPS)
        came.append(number)
        now_s = max(now_s, number / FPS) + (each_s if slow_from <= number < slow_to else 0.0)
        clock.set_now(began_us + round(now_s * SECOND_US))
    return came


def test_who_keeps_up_gets_every_picture(clip: Path) -> None:
    clock = FixedClock()
    source = opened(clip, clock)
    assert played(source, clock, slow_from=0, slow_to=0, each_s=0) == list(range(20 * FPS))
    assert source.shed == 0


def test_what_would_be_too_old_is_passed_over_up_to_a_key_picture_that_comes_in_time(clip: Path) -> None:
    clock = FixedClock()
    source = opened(clip, clock)
    came = played(source, clock, slow_from=50, slow_to=56, each_s=0.15)
    missing = sorted(set(range(20 * FPS)) - set(came))
    assert missing
    assert missing == list(range(missing[0], missing[-1] + 1))  # one stretch
    assert 50 < missing[0] < 60
    assert (missing[-1] + 1) % FPS == 0  # up to a key picture
    assert came[-1] == 20 * FPS - 1
    assert source.shed == sum(1 for number in missing if number % 3 == 0)


def test_footage_that_is_played_fast_is_never_too_late(clip: Path) -> None:
    clock = FixedClock()
    source = opened(clip, clock, sheds=False)
    assert played(source, clock, slow_from=0, slow_to=500, each_s=1) == list(range(20 * FPS))


class Ticking(FixedClock):
    """A second late, and then each look at it is a packet later, once what has queued up is read."""

    looks_since_late = -1

    def be_late(self) -> None:
        self.advance(1)
        self.looks_since_late = 0

    def now_us(self) -> int:
        if self.looks_since_late >= 0:
            self.looks_since_late += 1
        if self.looks_since_late > FPS:
            self.advance(1 / FPS)
        return super().now_us()


def test_without_any_key_picture_decoding_goes_on_after_a_while(one_key: Path) -> None:
    clock = Ticking()
    source = opened(one_key, clock)
    for frame in source.frames():
        if frame.number == 10:
            clock.be_late()
        elif frame.number > 10:
            break
    passed_over = round((frame.media_time_s or 0.0) * FPS) - 11
    assert LONGEST_S * FPS <= passed_over <= (LONGEST_S + 1.1) * FPS
    assert source.shed / passed_over == pytest.approx(1 / 3, abs=0.02)
    source.close()


@pytest.mark.parametrize("jump_s", [-100, -1.5, 11, 3600])
def test_a_stream_whose_own_time_jumps_is_not_taken_for_late(clip: Path, jump_s: float) -> None:
    clock = FixedClock()
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        sparing = Sparing(stream, FPS, 0.12, sheds=True)
        for number, packet in enumerate(container.demux(stream)):
            if packet.pts is None or packet.time_base is None:
                continue
            if number >= 5 * FPS:
                packet.pts += round(jump_s / packet.time_base)
            clock.advance(1 / FPS)
            assert sparing.wants(packet, clock.now_us()), number
            sparing.saw(float(packet.pts * packet.time_base), clock.now_us())
    assert sparing.shed == 0
