"""The address of a camera: which ones are allowed, and how they are shown.

Rules:
  - a camera is reached over RTSP, HTTP or USB; a file is a source only where recorded footage is allowed;
  - ffmpeg gets a list of the protocols that it may use, so that no address leads it to a local file;
  - of a network address only the scheme, host and port are ever shown: names and passwords stand in the rest.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from overt.domain.errors import BadFootage, BadSource

LIVE_SCHEMES = ("rtsp", "rtsps", "http", "https", "usb")
RECORDED_FORMATS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mjpeg,h264,hevc,mxf,nut,ivf,m4v"
#: Of those that a camera sends over HTTP, the ones that name no other address.
STREAMED_FORMATS = "mpjpeg,mjpeg,jpeg_pipe,mpegts,h264,hevc,flv,matroska,webm,mov,mp4"
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.\-]*)[:,]")
_HOST = re.compile(r"^[A-Za-z0-9._:%\-]+$")
_UNSEEN = re.compile(r"[\x00-\x20\x7f\\]")
_DEVICE = re.compile(r"^usb:([0-9]{1,2})$")
_ALLOWED = "A camera's address begins with rtsp://, rtsps://, http:// or https://, or is usb:0."


@dataclass(frozen=True, kw_only=True)
class SourceSettings:
    """How sources are opened.

    Attributes:
        schemes: the schemes that a live address may have.
        recorded: whether a path of a recorded file is allowed too.
        open_timeout_s: how long a camera may take to answer, seconds.
        read_timeout_s: how long an open stream may be silent, seconds.
        transport: "tcp" or "udp", for RTSP.
        strict: what answers may not lead elsewhere: no redirection, no list of other addresses.
    """

    schemes: tuple[str, ...] = LIVE_SCHEMES
    recorded: bool = False
    open_timeout_s: float = 5.0
    read_timeout_s: float = 5.0
    transport: str = "tcp"
    strict: bool = False

    def __post_init__(self) -> None:
        if self.transport not in ("tcp", "udp"):
            raise ValueError(f"transport is tcp or udp, not {self.transport!r}")
        if self.open_timeout_s <= 0 or self.read_timeout_s <= 0:
            raise ValueError("time-outs must be above 0 seconds")


@dataclass(frozen=True, kw_only=True)
class Address:
    """An allowed address.

    Attributes:
        scheme: one of LIVE_SCHEMES, or "file".
        target: what ffmpeg opens; holds passwords, so it is never shown.
        format: the format that ffmpeg must use; None lets it find out.
        options: for ffmpeg.
        shown: for people.
    """

    scheme: str
    target: str
    format: str | None
    options: Mapping[str, str]
    shown: str

    def __repr__(self) -> str:
        return f"Address({self.shown})"

    @property
    def live(self) -> bool:
        return self.scheme != "file"


def parse_address(text: str, settings: SourceSettings) -> Address:
    """The address that a person wrote, checked.

    Raises:
        BadSource: the address is of a kind that is not allowed, or cannot be read.
        BadFootage: it is a path, and there is no regular file.
    """
    found = _SCHEME.match(text)
    if found is None:
        return _file(text, settings)
    scheme = found.group(1).lower()
    if scheme not in settings.schemes or scheme not in LIVE_SCHEMES:
        raise BadSource(f"An address that begins with {scheme[:20]}: is not allowed.", _ALLOWED)
    if scheme == "usb":
        return _usb(text)
    return _network(scheme, text, settings)


def require_regular_file(path: Path) -> Path:
    """The file itself, links followed.

    Raises:
        BadFootage: nothing is there, or it is a folder, a pipe, a device or a socket.
    """
    todo = "Name a finished recording, such as an MP4 file."
    try:
        real = path.resolve(strict=True)
        mode = real.stat().st_mode
    except FileNotFoundError:
        raise BadFootage(f"There is no file {path.name}.", todo) from None
    except (OSError, RuntimeError, ValueError) as error:
        raise BadFootage(f"The file {path.name} cannot be reached: {_reason(error)}.", todo) from None
    if stat.S_ISREG(mode):
        return real
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    kind = kinds.get(stat.S_IFMT(mode), "a device")
    raise BadFootage(f"{path.name} is {kind}, not a recorded file.", todo)


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or "its path cannot be followed")


def _file(text: str, settings: SourceSettings) -> Address:
    if not settings.recorded:
        raise BadSource(
            "A file is not a live source, and recorded footage may be searched only in a rehearsal.",
            f"{_ALLOWED} To try recorded footage, use overt watch --rehearsal.",
        )
    path = Path(text)
    real = require_regular_file(path)
    return Address(
        scheme="file",
        target=f"file:{real}",
        format=None,
        options={"protocol_whitelist": "file", "format_whitelist": RECORDED_FORMATS},
        shown=path.name,
    )


def _usb(text: str) -> Address:
    found = _DEVICE.match(text)
    if found is None:
        raise BadSource("A USB camera's address is usb: and its number.", "Write usb:0 for the first camera.")
    device = f"/dev/video{int(found.group(1))}"
    return Address(scheme="usb", target=device, format="v4l2", options={}, shown=text)


def _network(scheme: str, text: str, settings: SourceSettings) -> Address:
    unreadable = BadSource(
        f"The {scheme} address cannot be read.",
        f"Write {scheme}://host/path; in a name or password write %40 for @, %2F for / and %3F for ?.",
    )
    if _UNSEEN.search(text):
        raise unreadable
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise unreadable from None
    if not host or not _HOST.match(host) or "@" in parts.path + parts.query + parts.fragment:
        raise unreadable
    shown_host = f"[{host}]" if ":" in host else host
    shown = f"{scheme}://{shown_host}" + ("" if port is None else f":{port}")
    options = {"analyzeduration": "1000000"}
    if scheme in ("rtsp", "rtsps"):
        options |= {"rtsp_transport": settings.transport, "protocol_whitelist": "rtsp,rtsps,rtp,srtp,tcp,udp,tls"}
    else:
        options |= {"protocol_whitelist": "http,https,tcp,tls"}
        if settings.strict:
            options |= {"max_redirects": "0", "format_whitelist": STREAMED_FORMATS}
    return Address(scheme=scheme, target=text, format=None, options=options, shown=shown)
