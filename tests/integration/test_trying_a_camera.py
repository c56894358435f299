"""A camera is tried for real: a locked-down process opens it, and a redacted picture or the reason comes back."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from overt.domain.errors import BadSource, CameraLost
from overt.engine.trying import Tried, TryOrder, try_camera
from overt.video.source import SourceSettings
from tests.integration.deployments import alive, children
from tests.integration.servers import mjpeg_server
from tests.promises import scenes
from tests.promises.rig import networks, recogniser


def attempt(url: str) -> Tried:
    """With no network that could recognise anybody: none is needed."""
    source = SourceSettings(open_timeout_s=5.0, read_timeout_s=5.0, strict=True)
    order = TryOrder(url=url, smallest_face_px=40, source=source, runtime="auto", precision="auto")
    return try_camera(order, replace(networks(), embedder=b"nobody"))


@contextmanager
def redirecting(to: str) -> Iterator[str]:
    """A server that sends whoever comes elsewhere."""

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", to)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/video"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.timeout(180)
def test_one_redacted_picture_comes_back_with_what_the_camera_is_like(tmp_path: Path) -> None:
    clip = scenes.clip(tmp_path / "man.mp4", scenes.listed())
    with mjpeg_server(clip, scenes.FPS, pictures=400) as url:
        found = attempt(url)
    assert (found.width, found.height) == (640, 360)
    assert found.frames_per_s > 2
    assert len(found.widths) == 1
    assert 40 < found.widths[0] < 250
    picture = np.asarray(cv2.imdecode(np.frombuffer(found.still.jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    assert picture.shape == (found.still.height, found.still.width, 3)
    assert recogniser().portraits(picture) == []
    assert not alive(children(os.getpid()))


@pytest.mark.timeout(120)
def test_an_answer_that_leads_elsewhere_is_not_followed() -> None:
    came: list[str] = []

    class Secret(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Secret)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with (
            redirecting(f"http://127.0.0.1:{server.server_port}/credentials") as url,
            pytest.raises((CameraLost, BadSource)),
        ):
            attempt(url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert came == []


@pytest.mark.timeout(120)
def test_a_camera_that_is_not_there_is_told_of_without_its_password() -> None:
    with pytest.raises(CameraLost) as lost:
        attempt("http://bob:s3cret@127.0.0.1:9/video")
    assert "127.0.0.1:9" in str(lost.value)
    assert "s3cret" not in str(lost.value)
