"""A camera process alone: it goes when its supervisor goes, and says why when it cannot begin."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import pytest

from overt.domain.alert import MatchPicture, PossibleMatch
from overt.engine import wire
from overt.engine.camera import _by_host
from overt.engine.order import SealedList, SealedModels
from overt.engine.sealed import seal
from overt.engine.wire import Kind
from overt.faces.runtime import RuntimeName
from tests.unit.engine.test_order import ORDER


@contextmanager
def camera_process(*descriptors: int) -> Iterator[tuple[subprocess.Popen[bytes], int, int]]:
    """The process, the pipe to it and the pipe from it."""
    child_in, to_child = os.pipe()
    from_child, child_out = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "overt.engine.camera", str(child_in), str(child_out)],
        pass_fds=(child_in, child_out, *descriptors),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.close(child_in)
    os.close(child_out)
    try:
        yield child, to_child, from_child
    finally:
        child.kill()
        child.communicate()
        os.close(from_child)


def silent(child: subprocess.Popen[bytes]) -> bool:
    out, err = child.communicate(timeout=20)
    return out == err == b""


def test_a_process_whose_supervisor_is_gone_ends_and_says_nothing() -> None:
    with camera_process() as (child, to_child, _):
        os.close(to_child)
        assert silent(child)
        assert child.returncode == 1


def test_a_process_that_is_told_something_else_first_ends() -> None:
    with camera_process() as (child, to_child, from_child):
        wire.send(to_child, Kind.STOP)
        assert silent(child)
        kind, content = wire.receive(from_child)
        os.close(to_child)
        assert kind is Kind.FAILED
        assert wire.from_json(content)["kind"] == "Closed"


@pytest.mark.parametrize("runtime", ["onnxruntime"])
def test_a_process_that_cannot_begin_tells_the_kind_and_place_of_its_failure_and_no_content(runtime: str) -> None:
    models, watch_list = seal("m", [b"secret that is no network"]), seal("l", [bytes(4 * 128 + 4)])
    try:
        order = replace(
            ORDER,
            runtime=cast("RuntimeName", runtime),
            models=SealedModels(descriptor=models, detector_bytes=25, embedder_bytes=0),
            watch_list=SealedList(descriptor=watch_list, rows=1, length=128),
        )
        with camera_process(models, watch_list) as (child, to_child, from_child):
            wire.send(to_child, Kind.ORDER, wire.to_json(order.to_table()))
            kind, content = wire.receive(from_child)
            assert kind is Kind.FAILED
            told = wire.from_json(content)
            assert told["kind"]
            assert ":" in told["place"]
            assert b"secret" not in content
            assert silent(child)
            os.close(to_child)
    finally:
        os.close(models)
        os.close(watch_list)


def test_a_match_goes_up_with_the_hosts_times_and_its_pixels_where_they_lie() -> None:
    picture = MatchPicture(width=1, height=1, bgr=bytearray(3), captured_us=50, quality=0.5)
    match = PossibleMatch(
        camera=0,
        passage=1,
        entry=0,
        score=0.6,
        shots=2,
        cautions=(),
        captured_us=60,
        first_usable_us=40,
        media_time_s=None,
        pictures=(picture,),
    )
    by_host = _by_host(match, 7)
    assert (by_host.first_usable_us, by_host.pictures[0].captured_us, by_host.captured_us) == (47, 57, 67)
    assert by_host.pictures[0].bgr is picture.bgr
