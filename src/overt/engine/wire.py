"""The two pipes between the supervisor and a camera process. This is the only place where a camera process writes.

Rules:
  - every message is a length, a kind and a content; JSON for what a person may read, a fixed layout for health;
  - a health message has the same size whoever passes, and the messages of all cameras of a process stay under 512
    bytes a second; only a possible match or trouble with a camera adds to that;
  - nothing is ever pickled.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import asdict
from enum import IntEnum
from typing import Any

from overt.domain.alert import PossibleMatch
from overt.domain.figures import Counts, Health

MOST_BYTES_A_SECOND = 512
_HEAD = struct.Struct("<IB")
_LARGEST = 1 << 24
_STATES = ("waiting", "live", "lost", "ended")
#: camera, state | frames, dropped, detected, seen, matches, cooled down | unmatched age, oldest pixel, cpu, video |
#: in view, open | oldest, frames a second, lag, light, sharpness
_HEALTH = struct.Struct("<BB6I4fHH5f")


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


class Closed(Exception):
    """The other end is gone."""


def send(descriptor: int, kind: Kind, content: bytes = b"") -> None:
    """Writes one message whole.

    Raises:
        Closed: nobody reads any more.
    """
    rest = memoryview(_HEAD.pack(len(content), kind) + content)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except (BrokenPipeError, OSError) as fault:
        raise Closed from fault


def receive(descriptor: int) -> tuple[Kind, bytes]:
    """Reads one message; waits for it.

    Raises:
        Closed: the other end is gone, in the middle of a message too.
    """
    length, kind = _HEAD.unpack(_read(descriptor, _HEAD.size))
    if length > _LARGEST:
        raise Closed
    return Kind(kind), _read(descriptor, length)


def _read(descriptor: int, length: int) -> bytes:
    parts, missing = [], length
    while missing:
        try:
            part = os.read(descriptor, missing)
        except OSError as fault:
            raise Closed from fault
        if not part:
            raise Closed
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def to_json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def from_json(content: bytes) -> dict[str, Any]:
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
        min(health.in_view, 65535),
        min(health.passages_open, 65535),
        health.oldest_unmatched_s,
        health.frames_per_s,
        health.lag_s,
        health.light,
        health.sharpness,
    )


def unpack_health(content: bytes) -> Health:
    camera, state, *numbers = _HEALTH.unpack(content)
    frames, dropped, detected, seen, matches, cooled, unmatched, pixel, cpu, video = numbers[:10]
    in_view, passages_open, oldest, rate, lag, light, sharpness = numbers[10:]
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
        ),
        in_view=in_view,
        passages_open=passages_open,
        oldest_unmatched_s=oldest,
        frames_per_s=rate,
        lag_s=lag,
        light=light,
        sharpness=sharpness,
    )


def pack_alert(match: PossibleMatch) -> bytes:
    return to_json(asdict(match))


def unpack_alert(content: bytes) -> PossibleMatch:
    fields = from_json(content)
    return PossibleMatch(**{**fields, "cautions": tuple(fields["cautions"])})
