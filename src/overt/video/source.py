"""Where frames come from: a network camera, a USB camera, a recorded file. Decoding is PyAV's.

Capture times: a live frame's are those of `timing.CaptureTimes`; over RTSP the camera's own clock is known through
PyAV's `start_time_realtime` (RTCP sender reports) once the camera has sent one. In a recorded file a frame was taken
at the moment of opening plus its position.
"""

from __future__ import annotations

import errno
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Protocol

import av
import av.logging
from av.codec.context import Flags
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from overt.domain.errors import BadFootage, BadSource, CameraLost
from overt.domain.time import SECOND_US, Clock
from overt.video.address import Address, SourceSettings, parse_address
from overt.video.frame import Frame
from overt.video.planes import Uprighter
from overt.video.sparing import Sparing
from overt.video.timing import CaptureTimes

__all__ = ["Source", "SourceSettings", "open_source"]

_NO_TIMES = 0x80  # AVFMT_NOTIMESTAMPS: ffmpeg makes the times up from a guessed frame rate
_LARGEST_PX = 64_000_000
_SMALLEST_PX = 16
_MISSING_S = 0.5
_CHECK = "Check the camera, its address and its cable."


class Source(Protocol):
    """Frames of one opened camera or file.

    Attributes:
        live: a camera, not a recording.
        fps: frames a second as the source states it; a guess where it does not.
        shed: looks for which the pictures came too late and were not even decoded.
    """

    @property
    def live(self) -> bool: ...

    @property
    def fps(self) -> float: ...

    @property
    def shed(self) -> int: ...

    def frames(self) -> Iterator[Frame]:
        """Decoded frames, each once; blocks while none has come.

        Raises:
            CameraLost: a live stream ended, went silent or cannot be decoded.
            BadFootage: a recorded file broke off before its end.
        """
        ...

    def close(self) -> None:
        """Ends frames() before its next frame; may be called by another thread. A read that waits for a silent
        camera ends with its time-out."""
        ...


def open_source(
    url: str,
    *,
    clock: Clock,
    settings: SourceSettings,
    loop: int = 0,
    look_every_s: float = 0.0,
    sheds: bool = False,
) -> Source:
    """Opens a camera or a recorded file.

    Args:
        url: rtsp://, rtsps://, http://, https://, usb:N, or a path.
        loop: handed on to the frames.
        look_every_s: at which pictures somebody looks, seconds of media time apart; 0: at every one. Of the others
            those that no other picture needs may be missing.
        sheds: pictures that would come too late to be looked at may be missing, too.

    Raises:
        BadSource: the address is not allowed, leads elsewhere, or serves a recording.
        BadFootage: the path is no file that can be read as video.
        CameraLost: the camera did not answer in time or sent nothing that can be read.
    """
    address = parse_address(url, settings)
    container = open_container(address, settings)
    try:
        stream = video_stream(container, address)
    except (BadFootage, CameraLost, BadSource):
        container.close()
        raise
    kind = _LiveSource if address.live else _RecordedSource
    return kind(
        address=address,
        settings=settings,
        container=container,
        stream=stream,
        clock=clock,
        loop=loop,
        sparing=Sparing(stream, frame_rate(stream), look_every_s, sheds=sheds),
    )


def open_container(address: Address, settings: SourceSettings) -> InputContainer:
    """The opened container; raises as open_source does."""
    av.logging.set_level(None)  # ffmpeg would write addresses, and so passwords, to stderr
    begun_at = time.monotonic()
    try:
        return av.open(
            address.target,
            format=address.format,
            options=dict(address.options),
            timeout=(settings.open_timeout_s, settings.read_timeout_s),
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        if address.live and time.monotonic() - begun_at >= settings.open_timeout_s:
            silence = f"{settings.open_timeout_s:g} seconds"
            raise CameraLost(f"The camera at {address.shown} did not answer within {silence}.", _CHECK) from None
        raise _not_opened(address, error) from None


def _not_opened(address: Address, error: Exception) -> BadFootage | BadSource | CameraLost:
    if not address.live:
        return BadFootage(
            f"{address.shown} cannot be read as video ({_reason(error)}): it is cut short, damaged or something else.",
            "Name a finished recording, such as an MP4 file.",
        )
    if address.scheme in ("http", "https") and isinstance(error, av.ArgumentError):
        return BadSource(
            f"{address.shown} leads to something that is not a camera's stream, or to an address that is not allowed.",
            "Write the address of the stream itself.",
        )
    return CameraLost(f"The camera at {address.shown} cannot be opened ({_reason(error)}).", _CHECK)


def _reason(error: Exception) -> str:
    """The reason alone: the text of the error holds the address, and so the password."""
    if getattr(error, "errno", None) == errno.EIO:
        return "the connection broke"
    return str(getattr(error, "strerror", None) or "unreadable").lower()


def video_stream(container: InputContainer, address: Address) -> VideoStream:
    """The container's moving picture; raises as open_source does."""
    streams = [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic
    ]
    if not streams:
        if address.live:
            raise CameraLost(f"The camera at {address.shown} sends no picture that can be decoded.", _CHECK)
        raise BadFootage(f"{address.shown} has no moving picture.", "Name a finished recording, such as an MP4 file.")
    if address.scheme in ("http", "https") and container.duration:
        raise BadSource(
            f"{address.shown} serves a recording, not a live picture.",
            "Recorded footage may be tried only from a file, with overt watch --rehearsal.",
        )
    stream = streams[0]
    if stream.width * stream.height > _LARGEST_PX or 0 < min(stream.width, stream.height) < _SMALLEST_PX:
        sentence = f"The picture of {address.shown} has {stream.width}x{stream.height} pixels, which is out of range."
        raise (CameraLost if address.live else BadFootage)(sentence, "Choose another resolution.")
    stream.codec_context.thread_count = 1  # one core serves many cameras
    if address.live and not stream.codec_context.has_b_frames:
        stream.codec_context.flags |= Flags.low_delay
    return stream


class _Opened(ABC):
    """What both kinds of source share. The generator owns the container from its first step on."""

    live: bool

    def __init__(
        self,
        *,
        address: Address,
        settings: SourceSettings,
        container: InputContainer,
        stream: VideoStream,
        clock: Clock,
        loop: int,
        sparing: Sparing,
    ) -> None:
        self.fps = frame_rate(stream)
        self._address = address
        self._settings = settings
        self._container = container
        self._stream = stream
        self._clock = clock
        self._loop = loop
        self._timed = not container.format.flags & _NO_TIMES
        self._number = 0
        self._upright = Uprighter()
        self._sparing = sparing
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._begun = False
        self._opened_us: int | None = None
        self._reached_s = 0.0

    @property
    def shed(self) -> int:
        return self._sparing.shed

    def close(self) -> None:
        with self._lock:
            self._closing.set()
            if not self._begun:
                self._begun = True
                self._container.close()

    def frames(self) -> Iterator[Frame]:
        with self._lock:
            if self._begun:
                return
            self._begun = True
        try:
            yield from self._play()
        finally:
            self._container.close()

    @abstractmethod
    def _play(self) -> Iterator[Frame]: ...

    def _wanted(self, packet: Packet[VideoStream]) -> bool:
        return not self._timed or self._sparing.wants(packet, self._clock.now_us())

    def _frame(self, picture: av.VideoFrame, captured_us: int, media_time_s: float | None) -> Frame:
        try:
            planes = self._upright.planes(picture)
        except (av.FFmpegError, ValueError) as error:
            sentence = f"The pictures of {self._address.shown} are of a kind that cannot be read ({_reason(error)})."
            raise (CameraLost if self.live else BadFootage)(sentence, "Choose H.264, 8 bits, 4:2:0.") from None
        self._number += 1
        return Frame(
            y=planes.y,
            u=planes.u,
            v=planes.v,
            full_range=planes.full_range,
            captured_us=captured_us,
            media_time_s=media_time_s,
            number=self._number - 1,
            loop=self._loop,
        )


class _LiveSource(_Opened):
    live = True

    def _play(self) -> Iterator[Frame]:
        times = CaptureTimes(self._clock)
        packets = self._container.demux(self._stream)
        seen_at = time.monotonic()
        while not self._closing.is_set():
            pictures = self._received(packets)
            if pictures or pictures is None:
                seen_at = time.monotonic()
            elif time.monotonic() - seen_at > self._settings.read_timeout_s:
                raise CameraLost(f"The camera at {self._address.shown} sends nothing that can be decoded.", _CHECK)
            while pictures and not self._closing.is_set():
                yield self._shown(pictures.pop(0), times)  # no name holds a frame while its taker works

    def _received(self, packets: Iterator[Packet[VideoStream]]) -> list[av.VideoFrame] | None:
        """The pictures of the next packet; None where it was passed over."""
        shown = self._address.shown
        try:
            packet = next(packets)
        except (StopIteration, EOFError):
            raise CameraLost(f"The camera at {shown} ended its stream.", _CHECK) from None
        except av.ExitError:
            silence = f"{self._settings.read_timeout_s:g} seconds"
            raise CameraLost(f"The camera at {shown} sent nothing for {silence}.", _CHECK) from None
        except (av.FFmpegError, OSError) as error:
            raise CameraLost(f"The camera at {shown} was lost ({_reason(error)}).", _CHECK) from None
        try:
            return packet.decode() if self._wanted(packet) else None
        except av.InvalidDataError:
            return []  # a damaged packet costs its picture; the next key picture repairs the stream
        except EOFError:
            raise CameraLost(f"The camera at {shown} ended its stream.", _CHECK) from None
        except av.FFmpegError as error:
            raise CameraLost(f"The camera at {shown} was lost ({_reason(error)}).", _CHECK) from None

    def _shown(self, picture: av.VideoFrame, times: CaptureTimes) -> Frame:
        if not self._timed or picture.pts is None or picture.time_base is None:
            return self._frame(picture, times.of(None), None)
        pts_us = round(picture.pts * picture.time_base * SECOND_US)
        started_us = self._container.start_time_realtime
        captured_us = times.of(pts_us, None if started_us is None else started_us + pts_us)
        self._sparing.saw(pts_us / SECOND_US, captured_us)
        return self._frame(picture, captured_us, None)


class _RecordedSource(_Opened):
    live = False

    def _play(self) -> Iterator[Frame]:
        packets = self._container.demux(self._stream)
        broken: BadFootage | None = None
        while broken is None and not self._closing.is_set():
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                pictures = packet.decode() if self._wanted(packet) else []
                self._reach(packet)
            except EOFError:
                break
            except (av.FFmpegError, OSError) as error:
                pictures, broken = self._left_over(error)
            while pictures and not self._closing.is_set():
                yield self._shown(pictures.pop(0))
        if self._closing.is_set():
            return
        if broken is not None:
            raise broken
        self._require_whole()

    def _reach(self, packet: Packet[VideoStream]) -> None:
        if packet.pts is not None and packet.time_base is not None:
            end_s = float((packet.pts + (packet.duration or 0)) * packet.time_base) - _start_s(self._stream)
            self._reached_s = max(self._reached_s, end_s)

    def _left_over(self, error: Exception) -> tuple[list[av.VideoFrame], BadFootage | None]:
        """The pictures that the decoder still holds, and what is wrong; nothing is, before the first key picture."""
        if self._number == 0 and isinstance(error, av.InvalidDataError):
            return [], None
        try:
            pictures = self._stream.codec_context.decode(None)
        except (av.FFmpegError, EOFError):
            pictures = []
        return pictures, BadFootage(
            f"{self._address.shown} is damaged at second {self._reached_s:.1f} ({_reason(error)}).",
            "Use a whole copy of the recording.",
        )

    def _shown(self, picture: av.VideoFrame) -> Frame:
        if self._opened_us is None:
            self._opened_us = self._clock.now_us()
        media_time_s = self._number / self.fps
        if self._timed and picture.pts is not None and picture.time_base is not None:
            pts_s = float(picture.pts * picture.time_base)
            media_time_s = pts_s - _start_s(self._stream)
            self._sparing.saw(pts_s, self._opened_us + round(media_time_s * SECOND_US))
        return self._frame(picture, self._opened_us + round(media_time_s * SECOND_US), media_time_s)

    def _require_whole(self) -> None:
        shown = self._address.shown
        if self._number == 0:
            raise BadFootage(f"{shown} has no picture that can be decoded.", "Use a whole copy of the recording.")
        length_s = stated_length_s(self._container, self._stream)
        if length_s is not None and length_s - self._reached_s > max(_MISSING_S, 2 / self.fps):
            raise BadFootage(
                f"{shown} breaks off at second {self._reached_s:.1f}; it says that it lasts {length_s:.1f} seconds.",
                "Use a whole copy of the recording.",
            )


def frame_rate(stream: VideoStream) -> float:
    """Frames a second as the stream states it; 25 where it states nothing sensible."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and 0.1 <= float(rate) <= 1000:
            return float(rate)
    return 25.0


def stated_length_s(container: InputContainer, stream: VideoStream) -> float | None:
    """How long the moving picture lasts, as the file says; None where it does not."""
    if stream.duration and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    written = re.match(r"^(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if written is not None:
        return int(written[1]) * 3600 + int(written[2]) * 60 + float(written[3]) - _start_s(stream)
    if container.duration and len(container.streams) == 1:
        return container.duration / SECOND_US
    return None


def _start_s(stream: VideoStream) -> float:
    start, time_base = stream.start_time, stream.time_base
    return 0.0 if start is None or time_base is None else float(start * time_base)
