"""Every message comes out as it went in, however the pipe cuts it."""

from __future__ import annotations

import os
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.alert import PossibleMatch
from overt.domain.figures import Counts, Health
from overt.engine import wire
from overt.engine.wire import Kind


def float32(most: float) -> st.SearchStrategy[float]:
    return st.floats(0, most, width=32)


count = st.integers(0, 2**32 - 1)
counts = st.builds(
    Counts,
    **dict.fromkeys(("frames", "dropped", "faces_detected", "faces_seen", "possible_matches", "cooled_down"), count),
    **dict.fromkeys(("unmatched_age_max_s", "oldest_pixel_max_s", "cpu_s", "video_s"), float32(1e7)),
    lost=st.just(0),
)
healths = st.builds(
    Health,
    camera=st.integers(0, 255),
    state=st.sampled_from(("waiting", "live", "lost", "ended")),
    counts=counts,
    in_view=st.integers(0, 65535),
    passages_open=st.integers(0, 65535),
    **dict.fromkeys(("oldest_unmatched_s", "frames_per_s", "lag_s", "light", "sharpness"), float32(1e5)),
)
moments = st.integers(0, 2**53 - 1)
matches = st.builds(
    PossibleMatch,
    camera=st.integers(0, 255),
    passage=st.integers(1, 2**31),
    entry=st.integers(0, 10**6),
    score=st.floats(-1, 1),
    shots=st.integers(1, 3),
    cautions=st.lists(st.text(), max_size=6).map(tuple),
    captured_us=moments,
    first_usable_us=moments,
    media_time_s=st.none() | st.floats(0, 7200),
)


@given(healths)
def test_health_comes_back_as_it_was_and_always_has_the_same_size(health: Health) -> None:
    packed = wire.pack_health(health)
    assert wire.unpack_health(packed) == health
    assert len(packed) == len(wire.pack_health(Health(camera=0, state="live", counts=Counts())))


@given(matches)
def test_a_possible_match_comes_back_as_it_was(match: PossibleMatch) -> None:
    assert wire.unpack_alert(wire.pack_alert(match)) == match


messages = st.lists(st.tuples(st.sampled_from(list(Kind)), st.binary(max_size=3000)), max_size=6)


@given(messages, st.data())
def test_messages_come_out_in_order_however_the_pipe_cuts_them(
    sent: list[tuple[Kind, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(struct.pack("<IB", len(content), kind) + content for kind, content in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reading, writing = os.pipe()

    def write() -> None:
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            os.write(writing, stream[start:end])
        os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert [wire.receive(reading) for _ in sent] == sent
        with pytest.raises(wire.Closed):
            wire.receive(reading)
    finally:
        writer.join()
        os.close(reading)


@given(st.binary(max_size=200))
def test_noise_in_the_pipe_ends_it_and_nothing_worse(noise: bytes) -> None:
    reading, writing = os.pipe()
    os.write(writing, noise)
    os.close(writing)
    try:
        with pytest.raises((wire.Closed, ValueError)):
            list(iter(lambda: wire.receive(reading), None))
    finally:
        os.close(reading)
