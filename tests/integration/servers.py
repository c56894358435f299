"""Real servers of moving pictures for the tests; they listen on this machine only, each on a free port."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
import numpy as np

HOST = "127.0.0.1"
SYSTEM_PYTHON = Path("/usr/bin/python3")

_RTSP_PROGRAM = """
import sys
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
clip = sys.argv[1]
factory = GstRtspServer.RTSPMediaFactory()
packets = 'qtdemux ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1'
factory.set_launch(f'( filesrc location="{clip}" ! {packets} )')
factory.set_shared(False)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[2])
server.get_mount_points().add_factory("/stream", factory)
if not server.attach(None):
    sys.exit(1)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
"""


@cache
def rtsp_server_here() -> bool:
    """Whether Debian's GStreamer RTSP server and the elements that it needs are installed."""
    ask = (
        "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0'); "
        "from gi.repository import Gst, GstRtspServer; Gst.init(None); "
        "assert all(Gst.ElementFactory.find(n) for n in ('qtdemux', 'h264parse', 'rtph264pay'))"
    )
    if not SYSTEM_PYTHON.exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", ask], capture_output=True, check=False).returncode == 0


class RtspServer:
    """Serves an H.264 MP4 file in its own time, from the start to each new caller; can be killed and started anew."""

    def __init__(self, clip: Path) -> None:
        self._clip = clip
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"rtsp://{HOST}:{self._port}/stream"

    def start(self) -> None:
        command = [str(SYSTEM_PYTHON), "-c", _RTSP_PROGRAM, str(self._clip), str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@contextmanager
def rtsp_server(clip: Path) -> Iterator[RtspServer]:
    server = RtspServer(clip)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def jpegs(clip: Path) -> list[bytes]:
    """Every picture of a clip as a JPEG."""
    with av.open(str(clip)) as container:
        return [
            cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"), [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
            for frame in container.decode(video=0)
        ]


def _grey_like(jpeg: bytes) -> bytes:
    """A JPEG of the same size on which there is nothing."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return cv2.imencode(".jpg", np.full_like(picture, 128))[1].tobytes()


@contextmanager
def mjpeg_server(
    clip: Path, fps: float, *, pictures: int | None = None, shown_from: threading.Event | None = None
) -> Iterator[str]:
    """Serves a clip again and again as multipart JPEG at `fps`; each answer ends after `pictures`, where given.

    Until `shown_from` is set, where given, the camera sees nobody: its pictures are grey.
    """
    shown = jpegs(clip)
    nobody = _grey_like(shown[0])
    stopping = threading.Event()

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
            self.end_headers()
            begun, sent = time.monotonic(), 0
            while not stopping.is_set() and sent != pictures:
                body = shown[sent % len(shown)] if shown_from is None or shown_from.is_set() else nobody
                head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
                try:
                    self.wfile.write(head.encode() + body + b"\r\n")
                except OSError:
                    return
                sent += 1
                stopping.wait(max(0.0, begun + sent / fps - time.monotonic()))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            pass

    with _serving(Camera, stopping) as url:
        yield f"{url}/video"


@contextmanager
def answering_server(status: int, headers: dict[str, str], body: bytes = b"") -> Iterator[str]:
    """Gives every caller the same answer: a redirection, a playlist, a file."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            pass

    with _serving(Answer, threading.Event()) as url:
        yield url


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler], stopping: threading.Event) -> Iterator[str]:
    server = ThreadingHTTPServer((HOST, 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a listener that takes calls and never says anything."""
    with socket.create_server((HOST, 0)) as listener:
        yield int(listener.getsockname()[1])
