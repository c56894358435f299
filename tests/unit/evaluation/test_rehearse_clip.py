"""A clip on disk: every scene once and in order, marked, and an error where the disk is full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from overt.evaluation.rehearse_clip import write_clip
from overt.evaluation.rehearse_light import LIGHTS, Sensor, mark_box
from overt.evaluation.rehearse_walk import HORIZON
from tests.needs import needs_part


def scenes(count: int) -> Iterator[NDArray[np.uint8]]:
    """Each brighter than the one before, drawn in two pictures by turns, as a street does."""
    drawn = np.empty((240, 320, 3), np.uint8), np.empty((240, 320, 3), np.uint8)
    for number in range(count):
        drawn[number % 2].fill(40 + 8 * number)
        yield drawn[number % 2]


def sensor() -> Sensor:
    return Sensor(LIGHTS["day"], 320, 240, np.random.default_rng(1))


def test_every_scene_becomes_a_frame_in_order_with_the_mark(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = tmp_path / "clip.mp4"
    write_clip(path, scenes(20), sensor(), fps=10, frames=20, progress=lambda *at: told.append(at))
    with av.open(str(path)) as container:
        pictures = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert told == [(done, 20) for done in range(1, 21)]
    below = round(HORIZON * 240)
    assert [float(picture[below:].mean()) for picture in pictures] == pytest.approx(
        [40 + 8 * number for number in range(20)], abs=3
    )
    wide, tall = mark_box(240, 320)
    assert all(np.median(picture[:tall, :wide]) < 30 for picture in pictures)
    assert all(picture[:tall, :wide].max() > 180 for picture in pictures)


def test_a_full_disk_is_an_error() -> None:
    full = Path("/dev/full")
    needs_part(full.exists(), "needs /dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_clip(full, scenes(5), sensor(), fps=10, frames=5, progress=lambda *_: None)


def test_a_fault_while_drawing_ends_it(tmp_path: Path) -> None:
    def broken() -> Iterator[NDArray[np.uint8]]:
        yield from scenes(2)
        raise RuntimeError("drawn badly")

    with pytest.raises(RuntimeError, match="drawn badly"):
        write_clip(tmp_path / "clip.mp4", broken(), sensor(), fps=10, frames=5, progress=lambda *_: None)
