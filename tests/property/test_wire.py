"""Every message comes out as it went in, however the pipe cuts it."""

from __future__ import annotations

import json
import os
import struct
import threading
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from overt.domain.alert import PICTURES_LIMIT, MatchPicture, PossibleMatch
from overt.domain.envelope import QUANTITIES, Standing
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
    **dict.fromkeys(("green_s", "amber_s", "red_s"), float32(1e7)),
    lost=st.just(0),
)
healths = st.builds(
    Health,
    camera=st.integers(0, 255),
    state=st.sampled_from(("waiting", "live", "lost", "ended")),
    counts=counts,
    in_view=st.integers(0, 65535),
    passages_open=st.integers(0, 65535),
    **dict.fromkeys(("oldest_unmatched_s", "frames_per_s", "lag_s"), float32(1e5)),
    standing=st.sampled_from(Standing),
    because=st.sampled_from(("", *QUANTITIES)),
    shows=st.dictionaries(st.sampled_from(tuple(QUANTITIES)), float32(1e5)),
)
moments = st.integers(0, 2**53 - 1)


@st.composite
def pictures(draw: st.DrawFn) -> MatchPicture:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    pixels = draw(st.binary(min_size=3 * width * height, max_size=3 * width * height))
    return MatchPicture(
        width=width,
        height=height,
        bgr=bytearray(pixels),
        captured_us=draw(moments),
        quality=draw(st.floats(0, 1)),
    )


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
    pictures=st.lists(pictures(), max_size=PICTURES_LIMIT).map(tuple),
)


def content_of(match: PossibleMatch) -> bytearray:
    """An ALERT message's content, as it is received."""
    told, pixels = wire.pack_alert(match)
    return bytearray(told + b"".join(pixels))


def told_in(content: bytes | bytearray) -> tuple[dict[str, Any], bytes]:
    """The JSON of an ALERT message's content, and the pixels after it."""
    (length,) = struct.unpack_from("<I", content)
    return json.loads(content[4 : 4 + length]), bytes(content[4 + length :])


def with_json(told: object, pixels: bytes) -> bytearray:
    written = json.dumps(told).encode()
    return bytearray(struct.pack("<I", len(written)) + written + pixels)


EXAMPLE = PossibleMatch(
    camera=0,
    passage=1,
    entry=0,
    score=0.6,
    shots=2,
    cautions=(),
    captured_us=2,
    first_usable_us=1,
    media_time_s=None,
)


@given(healths)
def test_health_comes_back_as_it_was_and_always_has_the_same_size(health: Health) -> None:
    packed = wire.pack_health(health)
    assert wire.unpack_health(packed) == health
    assert len(packed) == len(wire.pack_health(Health(camera=0, state="live", counts=Counts())))


@given(matches)
def test_a_possible_match_comes_back_as_it_was_and_nothing_stays_in_what_was_received(match: PossibleMatch) -> None:
    content = content_of(match)
    unpacked = wire.unpack_alert(content)
    assert unpacked == match
    assert not any(content)
    unpacked.wipe()
    assert not any(any(picture.bgr) for picture in unpacked.pictures)


@given(matches)
def test_the_pixels_of_a_match_are_handed_on_where_they_lie_and_are_not_in_its_json(match: PossibleMatch) -> None:
    _, pixels = wire.pack_alert(match)
    assert all(sent is picture.bgr for sent, picture in zip(pixels, match.pictures, strict=True))
    told, rest = told_in(content_of(match))
    assert rest == b"".join(picture.bgr for picture in match.pictures)
    assert [set(size) for size in told["pictures"]] == [{"width", "height", "captured_us", "quality"}] * len(pixels)


@given(matches, st.data())
def test_a_possible_match_that_is_cut_off_or_too_long_is_refused_and_overwritten(
    match: PossibleMatch, data: st.DataObject
) -> None:
    whole = content_of(match)
    end = data.draw(st.integers(0, len(whole) - 1))
    for wrong in (whole[:end], whole + bytearray(data.draw(st.binary(min_size=1, max_size=9)))):
        with pytest.raises(wire.Closed):
            wire.unpack_alert(wrong)
        assert not any(wrong)


lies: st.SearchStrategy[object] = st.integers(-300, 300) | st.sampled_from([None, "4", 1.5, True, 2**40, [], {}])


@given(matches.filter(lambda match: bool(match.pictures)), st.sampled_from(["width", "height"]), lies, st.data())
def test_a_picture_whose_size_is_a_lie_is_refused_and_overwritten(
    match: PossibleMatch, name: str, lie: object, data: st.DataObject
) -> None:
    told, pixels = told_in(content_of(match))
    size = data.draw(st.sampled_from(told["pictures"]))
    assume(type(lie) is not int or lie != size[name])
    size[name] = lie
    wrong = with_json(told, pixels)
    with pytest.raises(wire.Closed):
        wire.unpack_alert(wrong)
    assert not any(wrong)


@given(matches, st.binary(max_size=60))
def test_a_possible_match_without_a_word_that_belongs_there_or_with_one_more_is_refused(
    match: PossibleMatch, noise: bytes
) -> None:
    told, pixels = told_in(content_of(match))
    wrong = [with_json({k: v for k, v in told.items() if k != name}, pixels) for name in told]
    wrong += [with_json({**told, "more": 1}, pixels), with_json([told], pixels), bytearray(noise)]
    for content in wrong:
        with pytest.raises(wire.Closed):
            wire.unpack_alert(content)
        assert not any(content)


def test_more_pictures_than_a_match_may_have_or_larger_ones_are_refused() -> None:
    size = {"width": 2, "height": 1, "captured_us": 1, "quality": 0.5}
    told = json.loads(wire.to_json({**told_in(content_of(EXAMPLE))[0], "pictures": [size] * (PICTURES_LIMIT + 1)}))
    with pytest.raises(wire.Closed):
        wire.unpack_alert(with_json(told, bytes(6 * (PICTURES_LIMIT + 1))))
    told["pictures"] = [{**size, "width": 257}]
    with pytest.raises(wire.Closed):
        wire.unpack_alert(with_json(told, bytes(257 * 3)))


@given(matches)
def test_a_possible_match_goes_through_a_pipe_whole(match: PossibleMatch) -> None:
    reading, writing = os.pipe()
    try:
        wire.send(writing, Kind.ALERT, *wire.pack_alert(match))
        kind, content = wire.receive(reading)
        assert kind is Kind.ALERT
        assert wire.unpack_alert(content) == match
    finally:
        os.close(reading)
        os.close(writing)


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
        assert [(kind, bytes(content)) for kind, content in (wire.receive(reading) for _ in sent)] == sent
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
