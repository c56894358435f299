from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.errors import BadFootage, BadSource
from overt.video.address import SourceSettings, parse_address, require_regular_file

SECRETS = st.text(alphabet="QXZqxz@/?#:&= %1", min_size=8, max_size=16).map(lambda tail: "hush" + tail)


@pytest.mark.parametrize(
    ("text", "scheme", "shown"),
    [
        ("rtsp://10.0.0.5/stream", "rtsp", "rtsp://10.0.0.5"),
        ("RTSP://10.0.0.5:8554/a?b=c", "rtsp", "rtsp://10.0.0.5:8554"),
        ("rtsps://cam.local/1", "rtsps", "rtsps://cam.local"),
        ("http://[fe80::1]:81/video", "http", "http://[fe80::1]:81"),
        ("https://ann:pw@cam.local/video?password=pw", "https", "https://cam.local"),
        ("usb:0", "usb", "usb:0"),
    ],
)
def test_a_camera_address_is_shown_without_what_may_be_secret(text: str, scheme: str, shown: str) -> None:
    address = parse_address(text, SourceSettings())
    assert (address.scheme, address.shown, address.live) == (scheme, shown, True)
    assert "pw" not in repr(address)


@pytest.mark.parametrize(
    "text",
    [
        "concat:a.mp4|b.mp4",
        "tcp://10.0.0.5:99",
        "udp://10.0.0.5:99",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "data:video/mp4;base64,AAAA",
        "file:///etc/passwd",
        "pipe:0",
        "crypto:a",
        "lavfi:testsrc",
        "ftp://cam/x",
    ],
)
@pytest.mark.parametrize("recorded", [True, False])
def test_every_other_kind_of_address_is_refused(text: str, recorded: bool) -> None:
    with pytest.raises(BadSource, match="not allowed"):
        parse_address(text, SourceSettings(recorded=recorded))


@pytest.mark.parametrize(
    "text",
    [
        "rtsp://",
        "rtsp:/etc/passwd",
        "http:file",
        "rtsp://cam:port/x",
        "rtsp://cam/x\ny",
        "rtsp://cam/x y",
        "usb:",
        "usb:/dev/sda",
        "usb:0:1",
        "http://a:b/c@cam/",
    ],
)
def test_an_address_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadSource):
        parse_address(text, SourceSettings())


@given(user=SECRETS, password=SECRETS)
def test_a_refusal_never_repeats_a_name_or_password(user: str, password: str) -> None:
    try:
        said = repr(parse_address(f"rtsp://{user}:{password}@cam.local/x?{password}", SourceSettings()))
    except BadSource as error:
        said = str(error)
    assert "hush" not in said


def test_only_the_allowed_schemes_are_allowed() -> None:
    with pytest.raises(BadSource):
        parse_address("http://cam/video", SourceSettings(schemes=("rtsp",)))


def test_a_path_is_refused_as_a_live_source(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="rehearsal"):
        parse_address(str(tmp_path / "clip.mp4"), SourceSettings())


def test_what_is_no_regular_file_is_refused_with_its_kind(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "link.mp4").symlink_to("/dev/zero")
    (tmp_path / "round.mp4").symlink_to("round.mp4")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.mp4"))
        for name, said in [
            (".", "a folder"),
            ("pipe.mp4", "a pipe"),
            ("link.mp4", "a device"),
            ("socket.mp4", "a socket"),
            ("none.mp4", "no file none.mp4"),
            ("round.mp4", "cannot be reached"),
        ]:
            with pytest.raises(BadFootage, match=said):
                require_regular_file(tmp_path / name)


def test_a_link_to_a_file_leads_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    (tmp_path / "link.mp4").symlink_to("clip.mp4")
    assert require_regular_file(tmp_path / "link.mp4") == (tmp_path / "clip.mp4").resolve()


@pytest.mark.parametrize("wrong", [{"transport": "http"}, {"open_timeout_s": 0.0}, {"read_timeout_s": -1.0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"tcp or udp|above 0"):
        SourceSettings(**wrong)  # type: ignore[arg-type]
