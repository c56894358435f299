"""Which pictures need not be decoded.

Rules:
  - a picture that no other picture needs, and at which nobody would look, is passed over: streams with pictures between
    pictures (B frames) hold many. Cameras that send no such pictures lose nothing by it, and gain nothing;
  - a picture that would be too old to be looked at once it is decoded is passed over, and so are those after it up to
    the next key picture that comes in time: a machine that cannot keep up sheds whole stretches, and what it does look
    at is new. Looks that were shed so are counted;
  - where no key picture comes for too long, decoding goes on without one;
  - where the stream's time runs backwards or jumps (`video.timing`), nothing is known of its age until a picture came.
"""

from __future__ import annotations

import math
from typing import Final

from av.packet import Packet
from av.video.stream import VideoStream

from overt.domain.time import SECOND_US
from overt.video.timing import JUMP_US

#: A picture that is older than this when its turn comes is not looked at: its faces could not be forgotten in time. So
#: it is not even decoded where that can be helped.
LATEST_S: Final = 0.5
#: New enough to go on with.
IN_TIME_S: Final = 0.2
LONGEST_S: Final = 12.0
#: Pictures are sent in the order in which they are decoded, so a stream's time runs backwards by a few of them.
BACKWARDS_S: Final = 1.0


class Sparing:
    """Tells a stream's decoder, packet by packet, what it may pass over.

    Args:
        fps: frames a second, as the stream states it.
        interval_s: media time between two looks; 0: every picture is wanted.
        sheds: pictures can come too late; False for footage that is played as fast as it goes.

    Attributes:
        shed: looks that were passed over because they would have come too late.
    """

    def __init__(self, stream: VideoStream, fps: float, interval_s: float, *, sheds: bool) -> None:
        self._decoder, self._sheds = stream.codec_context, sheds
        # As the reader counts (`video.reader`): so many pictures from one look to the next.
        self._pictures = max(1, math.ceil(interval_s * fps - 0.5))
        self._spacing_s = 1 / fps
        self._first_s = self._last_s = -math.inf
        self._captured_less_pts_us: int | None = None
        self._skipping_since_us: int | None = None
        self.shed = 0

    def saw(self, pts_s: float, captured_us: int) -> None:
        """Takes the time at which a decoded picture was captured, from which the age of those to come follows."""
        self._captured_less_pts_us = captured_us - round(pts_s * SECOND_US)

    def wants(self, packet: Packet[VideoStream], now_us: int) -> bool:
        """Whether a packet is to be decoded; call it for each, before."""
        if packet.pts is None or packet.time_base is None:
            return True
        at_s = float(packet.pts * packet.time_base)
        if not -BACKWARDS_S <= at_s - self._last_s <= JUMP_US / SECOND_US:
            self._first_s, self._captured_less_pts_us, self._skipping_since_us = at_s, None, None
        self._last_s = at_s
        is_due = self._is_due(at_s)
        if self._comes_too_late(at_s, now_us, is_key=packet.is_keyframe):
            self.shed += is_due
            return False
        if self._pictures > 1:
            self._decoder.skip_frame = "DEFAULT" if is_due else "NONREF"
        return True

    def _is_due(self, at_s: float) -> bool:
        since = (at_s - self._first_s) / self._spacing_s
        return math.floor((since + 0.5) / self._pictures) != math.floor((since - 0.5) / self._pictures)

    def _comes_too_late(self, at_s: float, now_us: int, *, is_key: bool) -> bool:
        if not self._sheds or self._captured_less_pts_us is None:
            return False
        age_us = now_us - round(at_s * SECOND_US) - self._captured_less_pts_us
        if self._skipping_since_us is None:
            if age_us > LATEST_S * SECOND_US:
                self._skipping_since_us = now_us
            return self._skipping_since_us is not None
        if is_key and age_us <= IN_TIME_S * SECOND_US:
            self._skipping_since_us = None
            self._decoder.flush_buffers()
        elif now_us - self._skipping_since_us > LONGEST_S * SECOND_US:  # the decoder goes on from what it knows
            self._skipping_since_us = None
        return self._skipping_since_us is not None
