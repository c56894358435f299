"""Which pictures need not be decoded: those that no other picture needs, and at which nobody would look.

A stream with pictures between pictures (B frames) holds many that only they themselves are made of. Where such a one
is not due for the detector, decoding it is work for nobody: it is passed over, and does not count as a frame taken in.
Cameras that send no such pictures lose nothing, and gain nothing.
"""

from __future__ import annotations

import math

from av.packet import Packet
from av.video.stream import VideoStream


class Sparing:
    """Tells a stream's decoder, packet by packet, what it may pass over.

    Args:
        fps: frames a second, as the stream states it.
        interval_s: media time between two looks; 0: every picture is wanted.
    """

    def __init__(self, stream: VideoStream, fps: float, interval_s: float) -> None:
        self._decoder = stream.codec_context
        # As the reader counts (`video.reader`): so many pictures from one look to the next.
        self._pictures = max(1, math.ceil(interval_s * fps - 0.5))
        self._spacing_s = 1 / fps
        self._first_s: float | None = None

    def prepare(self, packet: Packet[VideoStream]) -> None:
        """Call it before the packet is decoded."""
        if self._pictures == 1 or packet.pts is None or packet.time_base is None:
            return
        at_s = float(packet.pts * packet.time_base)
        if self._first_s is None:
            self._first_s = at_s
        since = (at_s - self._first_s) / self._spacing_s
        is_due = self._look(since + 0.5) != self._look(since - 0.5)
        self._decoder.skip_frame = "DEFAULT" if is_due else "NONREF"

    def _look(self, pictures: float) -> int:
        return math.floor(pictures / self._pictures)
