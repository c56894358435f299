"""A street scene to measure with: portraits of the sample footage walk through a noisy picture.

    python -m bench.clips OUT.mp4

1080p, 25 frames a second, H.264, about eight faces in view. The same footage and seed give the same clip.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from overt.faces.pack import default_pack, verified
from overt.services.footage import fetch_sample_footage

Picture = NDArray[np.uint8]

WIDTH, HEIGHT, FRAMES_PER_S = 1920, 1080, 25
WALKERS = 9  # one of them is usually just outside the picture
CACHE = Path(__file__).resolve().parents[1] / ".cache"


@dataclass(frozen=True, kw_only=True)
class Walker:
    """One portrait on its way. `tile`: BGR; `soft`: its mask, 0 to 1; positions in pixels, speed in pixels a second."""

    tile: Picture
    soft: NDArray[np.float32]
    start_x: float
    y: float
    speed: float
    step_s: float

    def place(self, at_s: float) -> tuple[int, int]:
        """Upper left corner at a time; who leaves on one side comes in again on the other."""
        room = WIDTH + self.tile.shape[1]
        x = (self.start_x + self.speed * at_s) % room - self.tile.shape[1]
        return int(x), int(self.y + 4 * np.sin(2 * np.pi * at_s / self.step_s))


def footage() -> Path:
    """The folder with the sample footage."""
    return fetch_sample_footage(CACHE, announce=print)


def portraits(folder: Path) -> list[Picture]:
    """Head and shoulders of everyone in the two sample pictures, BGR, from left to right."""
    pack = default_pack()
    yunet = np.frombuffer(verified(pack, pack.detector), np.uint8)
    cut = []
    for name in ("single_face.jpg", "multi_face.jpg"):
        picture = cv2.imread(str(folder / name))
        assert picture is not None
        detector = cv2.FaceDetectorYN.create(
            "onnx", yunet, np.zeros(0, np.uint8), (picture.shape[1], picture.shape[0]), 0.7
        )
        found = detector.detect(picture)[1]
        for x, y, width, height in sorted(tuple(face[:4]) for face in found):
            left, top = max(0, int(x - 0.5 * width)), max(0, int(y - 0.4 * height))
            cut.append(picture[top : int(y + 1.5 * height), left : int(x + 1.5 * width)].astype(np.uint8))
    return cut


def make_clip(
    out: Path,
    folder: Path,
    *,
    seconds: float = 20,
    seed: int = 1,
    walkers: int = WALKERS,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Path:
    """Writes the clip to `out` and returns it. `size`: width and height to which the scene is scaled."""
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_S)
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        stream.options = {"preset": "fast", "crf": "21", "g": "50"}
        stream.time_base = Fraction(1, FRAMES_PER_S)
        for number, shown in enumerate(_pictures(folder, round(seconds * FRAMES_PER_S), seed, walkers)):
            picture = shown
            if size != (WIDTH, HEIGHT):
                picture = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out


def _pictures(folder: Path, count: int, seed: int, people: int) -> Iterator[Picture]:
    chance = np.random.default_rng(seed)
    walkers = _walkers(portraits(folder), chance, people)
    coarse = chance.integers(60, 150, (HEIGHT // 60, WIDTH // 60, 3), np.uint8)
    street = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    grain = [chance.normal(0, 2, (HEIGHT, WIDTH, 1)).round().astype(np.int16) for _ in range(5)]
    for number in range(count):
        scene = np.asarray(street, np.uint8).copy()
        for walker in walkers:
            _paste(scene, walker, *walker.place(number / FRAMES_PER_S))
        yield np.clip(scene + grain[number % len(grain)], 0, 255).astype(np.uint8)


def _walkers(people: list[Picture], chance: np.random.Generator, count: int) -> list[Walker]:
    walkers = []
    for number in range(count):
        portrait = people[number % len(people)]
        if number >= len(people):
            portrait = portrait[:, ::-1]  # a second round is mirrored, so that no two walkers look the same
        face_px = float(chance.uniform(48, 110))
        scale = face_px * 2 / portrait.shape[1]
        tile = np.asarray(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        walkers.append(
            Walker(
                tile=tile,
                soft=_soft_mask(*tile.shape[:2]),
                start_x=(number + 0.5) * (WIDTH + tile.shape[1]) / count,
                y=float(20 + number % 3 * 330 + chance.uniform(0, 300 - min(290, tile.shape[0] - 30))),
                speed=float(chance.uniform(60, 160) * (1 if number % 2 else -1)),
                step_s=float(chance.uniform(0.45, 0.6)),
            )
        )
    return walkers


def _soft_mask(height: int, width: int) -> NDArray[np.float32]:
    mask = np.zeros((height, width), np.float32)
    cv2.ellipse(mask, (width // 2, height // 2), (int(width * 0.42), int(height * 0.44)), 0, 0, 360, (1.0,), -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(1.0, width / 40)), np.float32)[..., None]


def _paste(scene: Picture, walker: Walker, x: int, y: int) -> None:
    height, width = walker.tile.shape[:2]
    left, top, right, bottom = max(0, x), max(0, y), min(WIDTH, x + width), min(HEIGHT, y + height)
    if left >= right or top >= bottom:
        return
    part = (slice(top - y, bottom - y), slice(left - x, right - x))
    under, soft = scene[top:bottom, left:right], walker.soft[part]
    under[:] = (walker.tile[part] * soft + under * (1 - soft)).astype(np.uint8)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Makes the clip that the benchmarks use.")
    parser.add_argument("out", type=Path, nargs="?", default=Path(tempfile.gettempdir()) / "overt-street.mp4")
    parser.add_argument("--seconds", type=float, default=20)
    chosen = parser.parse_args()
    print(make_clip(chosen.out, footage(), seconds=chosen.seconds))
