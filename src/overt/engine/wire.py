"""The two pipes between the supervisor and a camera process. This is the only place where a camera process writes.

Rules:
  - every message is a length, a kind and a content; JSON for what a person may read, a fixed layout for health;
  - a health message has the same size whoever passes, and the messages of all cameras of a process stay under 512
    bytes a second; only a possible match, trouble with a camera, tiles while somebody looks, and how many slots are
    taken while somebody tests that, add to it;
  - a possible match is JSON with the sizes of its pictures, and then their pixels, written from where they lie;
  - whoever reads pixels gets them in bytes that can be overwritten, and what is not handed on is overwritten;
  - nothing is ever pickled.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import IntEnum
from typing import Any

from overt.domain.alert import PICTURES_LIMIT, MatchPicture, PossibleMatch
from overt.domain.envelope import QUANTITIES, Standing
from overt.domain.figures import Counts, Health

MOST_BYTES_A_SECOND = 512
_HEAD = struct.Struct("<IB")
_JSON_LENGTH = struct.Struct("<I")
_LARGEST = 1 << 24
_STATES = ("waiting", "live", "lost", "ended")
_STANDINGS = tuple(Standing)
_SHOWS = tuple(QUANTITIES)
#: camera, state, standing, because, moved | frames, dropped, detected, seen, matches, cooled down | unmatched age,
#: oldest pixel, cpu, video, green, amber, red | in view, open | oldest, frames a second, lag | what it shows
_HEALTH = struct.Struct(f"<BBBB?6I7fHH3f{len(_SHOWS)}f")

_NUMBERS = tuple(field.name for field in fields(PossibleMatch) if field.name != "pictures")
_SIZES = tuple(field.name for field in fields(MatchPicture) if field.name != "bgr")


class Kind(IntEnum):
    ORDER = 1
    STOP = 2
    READY = 3
    HEALTH = 4
    ALERT = 5
    TROUBLE = 6
    GONE = 7
    FAILED = 8
    PROFILE = 9
    PAUSE = 10
    GO_ON = 11
    LOOK = 12
    TILE = 13
    EXAMINE = 14
    EXAMINED = 15


class Closed(Exception):
    """The other end is gone."""


def send(descriptor: int, kind: Kind, content: bytes = b"", pixels: Sequence[bytearray] = ()) -> None:
    """Writes one message whole: the content, and then pixels from where they lie.

    Raises:
        Closed: nobody reads any more.
    """
    length = len(content) + sum(len(part) for part in pixels)
    try:
        parts: tuple[bytes | bytearray, ...] = (_HEAD.pack(length, kind) + content, *pixels)
        for part in parts:
            with memoryview(part) as whole:
                written = 0
                while written < len(whole):
                    written += os.write(descriptor, whole[written:])
    except OSError as fault:
        raise Closed from fault


def receive(descriptor: int) -> tuple[Kind, bytearray]:
    """Reads one message; waits for it.

    Raises:
        Closed: the other end is gone, in the middle of a message too.
    """
    length, kind = _HEAD.unpack(_read(descriptor, _HEAD.size))
    if length > _LARGEST:
        raise Closed
    return Kind(kind), _read(descriptor, length)


def overwrite(content: bytearray) -> None:
    """Overwrites bytes where they lie."""
    content[:] = bytes(len(content))


def _read(descriptor: int, length: int) -> bytearray:
    content = bytearray(length)
    with memoryview(content) as whole:
        done = 0
        while done < length:
            try:
                got = os.readv(descriptor, [whole[done:]])
            except OSError as fault:
                overwrite(content)
                raise Closed from fault
            if not got:
                overwrite(content)
                raise Closed
            done += got
    return content


def to_json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def from_json(content: bytes | bytearray) -> dict[str, Any]:
    loaded = json.loads(content)
    if not isinstance(loaded, dict):
        raise Closed
    return loaded


def health_period_s(cameras: int) -> float:
    """Seconds between two rounds of health messages that keep a process of so many cameras under the limit."""
    return max(1.0, cameras * (_HEAD.size + _HEALTH.size) / (MOST_BYTES_A_SECOND * 0.9))


def pack_health(health: Health) -> bytes:
    counts = health.counts
    return _HEALTH.pack(
        health.camera,
        _STATES.index(health.state),
        _STANDINGS.index(health.standing),
        _SHOWS.index(health.because) if health.because else len(_SHOWS),
        health.moved,
        counts.frames,
        counts.dropped,
        counts.faces_detected,
        counts.faces_seen,
        counts.possible_matches,
        counts.cooled_down,
        counts.unmatched_age_max_s,
        counts.oldest_pixel_max_s,
        counts.cpu_s,
        counts.video_s,
        counts.green_s,
        counts.amber_s,
        counts.red_s,
        min(health.in_view, 65535),
        min(health.passages_open, 65535),
        health.oldest_unmatched_s,
        health.frames_per_s,
        health.lag_s,
        *(health.shows.get(quantity, math.nan) for quantity in _SHOWS),
    )


def unpack_health(content: bytes | bytearray) -> Health:
    camera, state, standing, because, moved, *numbers = _HEALTH.unpack(content)
    frames, dropped, detected, seen, matches, cooled, unmatched, pixel, cpu, video, green, amber, red = numbers[:13]
    in_view, passages_open, oldest, rate, lag, *shows = numbers[13:]
    return Health(
        camera=camera,
        state=_STATES[state],
        counts=Counts(
            frames=frames,
            dropped=dropped,
            faces_detected=detected,
            faces_seen=seen,
            possible_matches=matches,
            cooled_down=cooled,
            unmatched_age_max_s=unmatched,
            oldest_pixel_max_s=pixel,
            cpu_s=cpu,
            video_s=video,
            green_s=green,
            amber_s=amber,
            red_s=red,
        ),
        in_view=in_view,
        passages_open=passages_open,
        oldest_unmatched_s=oldest,
        frames_per_s=rate,
        lag_s=lag,
        standing=_STANDINGS[standing],
        because=_SHOWS[because] if because < len(_SHOWS) else "",
        moved=moved,
        shows={quantity: value for quantity, value in zip(_SHOWS, shows, strict=True) if not math.isnan(value)},
    )


def pack_alert(match: PossibleMatch) -> tuple[bytes, tuple[bytearray, ...]]:
    """What `send` takes of a possible match: its content, and the pixels of its pictures where they lie."""
    told = {name: getattr(match, name) for name in _NUMBERS}
    sizes = [{name: getattr(picture, name) for name in _SIZES} for picture in match.pictures]
    content = to_json({**told, "pictures": sizes})
    return _JSON_LENGTH.pack(len(content)) + content, tuple(picture.bgr for picture in match.pictures)


def unpack_alert(content: bytearray) -> PossibleMatch:
    """A possible match; its pixels are moved into its pictures, and `content` is overwritten, whatever it is.

    Raises:
        Closed: this is no possible match, or its sizes do not fit.
    """
    pictures: list[MatchPicture] = []
    try:
        (length,) = _JSON_LENGTH.unpack_from(content)
        at = _JSON_LENGTH.size + length
        if at > len(content):
            raise Closed
        told = from_json(content[_JSON_LENGTH.size : at])
        sizes = told.pop("pictures")
        if len(sizes) > PICTURES_LIMIT or sum(_bytes_of(size) for size in sizes) != len(content) - at:
            raise Closed
        for size in sizes:
            end = at + _bytes_of(size)
            pictures.append(MatchPicture(bgr=content[at:end], **size))
            at = end
        return PossibleMatch(**{**told, "cautions": tuple(told["cautions"]), "pictures": tuple(pictures)})
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        for picture in pictures:
            overwrite(picture.bgr)
        raise Closed from fault
    finally:
        overwrite(content)


def _bytes_of(size: Mapping[str, Any]) -> int:
    width, height = size["width"], size["height"]
    if type(width) is not int or type(height) is not int or width < 1 or height < 1:
        raise ValueError("a picture without a size")
    return width * height * 3
