"""The naive loop, as a peer: what one writes in an afternoon with OpenCV alone.

    python -m bench.naive CLIP --watch N

Every frame at full size, every face of every frame, one comparison with N random templates; the same two networks as
Overt's default pack. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import cv2
import numpy as np

from overt.faces.fold import fold
from overt.faces.pack import default_pack, verified

SCORE = 0.6
THRESHOLD = 0.5


def cpu_s() -> float:
    """Processor seconds of this process, user and system, all threads."""
    used = os.times()
    return used.user + used.system


class Stopwatch:
    """Processor and wall seconds since it was made."""

    def __init__(self) -> None:
        self._cpu_s, self._wall_s = cpu_s(), time.perf_counter()

    def read(self, video_s: float) -> dict[str, float]:
        """What was spent on so many seconds of video, beside them."""
        return {
            "cpu_s": round(cpu_s() - self._cpu_s, 3),
            "video_s": round(video_s, 3),
            "wall_s": round(time.perf_counter() - self._wall_s, 3),
        }


def run(clip: Path, watch: int) -> dict[str, float]:
    """Frames, faces, processor seconds after warm-up, video seconds and wall seconds of one pass over `clip`."""
    video = cv2.VideoCapture(str(clip))
    size = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    frames_per_s = video.get(cv2.CAP_PROP_FPS)
    pack, looks = default_pack(), detector(size)
    sface = np.frombuffer(fold(verified(pack, pack.embedder)), np.uint8)
    recogniser = cv2.FaceRecognizerSF.create("onnx", sface, np.zeros(0, np.uint8))
    listed = np.random.default_rng(1).standard_normal((watch, 128), dtype=np.float32)
    listed /= np.linalg.norm(listed, axis=1, keepdims=True)
    looks.detect(np.zeros((size[1], size[0], 3), np.uint8))
    recogniser.feature(np.zeros((112, 112, 3), np.uint8))

    frames = faces = matches = 0
    stopwatch = Stopwatch()
    while True:
        read, picture = video.read()
        if not read:
            break
        frames += 1
        for face in found(looks, picture):
            faces += 1
            template = recogniser.feature(recogniser.alignCrop(picture, face))[0]
            matches += int((listed @ (template / np.linalg.norm(template))).max() >= THRESHOLD)
    return {"frames": frames, "faces": faces, "matches": matches, **stopwatch.read(frames / frames_per_s)}


def detector(size: tuple[int, int]) -> cv2.FaceDetectorYN:
    """OpenCV's detector for pictures of this width and height."""
    pack = default_pack()
    yunet = np.frombuffer(verified(pack, pack.detector), np.uint8)
    return cv2.FaceDetectorYN.create("onnx", yunet, np.zeros(0, np.uint8), size, SCORE)


def found(looks: cv2.FaceDetectorYN, picture: np.ndarray) -> np.ndarray:
    """Faces of a picture, shape (n, 15): left, top, width, height, five landmarks, score."""
    faces: np.ndarray | None = looks.detect(picture)[1]
    return np.zeros((0, 15), np.float32) if faces is None else faces


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The naive OpenCV loop over a clip.")
    parser.add_argument("clip", type=Path)
    parser.add_argument("--watch", type=int, default=10_000, help="templates on the list, random")
    chosen = parser.parse_args()
    print(json.dumps(run(chosen.clip, chosen.watch)))
