"""What `face_recognition` does with a clip, as a peer: dlib's HOG detector, five landmarks, its ResNet, a distance.

    python -m bench.dlib_loop CLIP --watch N --seconds S

The calls are those of face_recognition 1.3.0 (`face_locations` without upsampling, `face_encodings`, `face_distance`);
the library itself adds nothing but their names. dlib comes as `dlib-bin`, the weights from `face_recognition_models`:
`pip install --require-hashes -r requirements/peers.txt`. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench.naive import Stopwatch

SAME = 0.6  # the library's customary distance


def is_there() -> bool:
    """Whether the peer is installed."""
    return all(importlib.util.find_spec(name) for name in ("dlib", "face_recognition_models"))


def run(clip: Path, watch: int, seconds: float) -> dict[str, float]:
    """Frames, faces, processor seconds after warm-up and video seconds of the clip's first seconds."""
    dlib: Any = importlib.import_module("dlib")
    found_at = importlib.util.find_spec("face_recognition_models")
    assert found_at is not None
    assert found_at.origin is not None
    models = Path(found_at.origin).parent / "models"
    detector = dlib.get_frontal_face_detector()
    landmarks = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
    encoder = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))
    listed = np.random.default_rng(1).standard_normal((watch, 128))
    video = cv2.VideoCapture(str(clip))
    frames_per_s = video.get(cv2.CAP_PROP_FPS)
    blank = np.zeros((150, 150, 3), np.uint8)
    encoder.compute_face_descriptor(blank, landmarks(blank, dlib.rectangle(20, 20, 130, 130)), 1)

    frames = faces = matches = 0
    stopwatch = Stopwatch()
    while frames < seconds * frames_per_s:
        read, picture = video.read()
        if not read:
            break
        frames += 1
        rgb = np.ascontiguousarray(picture[:, :, ::-1])
        for place in detector(rgb, 0):
            faces += 1
            encoded = np.array(encoder.compute_face_descriptor(rgb, landmarks(rgb, place), 1))
            matches += int(np.linalg.norm(listed - encoded, axis=1).min() <= SAME)
    return {"frames": frames, "faces": faces, "matches": matches, **stopwatch.read(frames / frames_per_s)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What face_recognition does with a clip.")
    parser.add_argument("clip", type=Path)
    parser.add_argument("--watch", type=int, default=1000, help="entries of the list")
    parser.add_argument("--seconds", type=float, default=1e9)
    chosen = parser.parse_args()
    print(json.dumps(run(chosen.clip, chosen.watch, chosen.seconds)))
