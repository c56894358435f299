"""Pictures and networks that several tests of the faces share; all made once."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

from overt.domain.errors import PartMissing
from overt.domain.geometry import FloatArray
from overt.faces.detect import YuNet, padded
from overt.faces.embed import Embedder
from overt.faces.pack import default_pack, load, locate
from overt.faces.picture import read_picture
from overt.faces.recipe import Networks, Recipe
from overt.faces.recogniser import Recogniser
from overt.faces.runtime import OnnxRuntime, OpenVino, Runtime
from overt.testing.fixed_clock import FixedClock
from overt.testing.scripted_camera import ScriptedCamera
from overt.video.frame import Frame
from tests.needs import needs_part, sample_footage

Picture = NDArray[np.uint8]


def graphics_cards() -> tuple[str, ...]:
    """The same tests run on a graphics card where there is one; ONNX Runtime takes CUDA by itself."""
    if importlib.util.find_spec("openvino") is None:
        return ()
    try:
        return (OpenVino(device="GPU").name,)
    except PartMissing:
        return ()


RUNTIMES = ("OpenVINO, its own precision", "OpenVINO, float32", "ONNX Runtime", *graphics_cards())


@cache
def networks() -> Networks:
    return load(default_pack())


def detector_path() -> Path:
    pack = default_pack()
    return locate(pack, pack.detector)


@cache
def _runtime(name: str) -> Runtime:
    if name == "ONNX Runtime":
        return OnnxRuntime()
    return OpenVino("f32" if name.endswith("float32") else "auto", "GPU" if "GPU" in name else "CPU")


def runtime(name: str = "ONNX Runtime") -> Runtime:
    __tracebackhide__ = True
    needs_part(name == "ONNX Runtime" or importlib.util.find_spec("openvino") is not None, "needs OpenVINO")
    return _runtime(name)


@cache
def recogniser(name: str = "ONNX Runtime") -> Recogniser:
    return Recogniser(runtime(name), networks())


@cache
def astronaut() -> Picture:
    """Shape (512, 512, 3), BGR; one face, about 100 pixels wide."""
    picture = np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])
    picture.setflags(write=False)
    return picture


def sample(name: str) -> Picture:
    return read_picture(sample_footage() / name)


def shrunk(picture: Picture, longer_side: int) -> Picture:
    scale = longer_side / max(picture.shape[:2])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


@cache
def _detector(name: str, height: int, width: int) -> YuNet:
    return YuNet(runtime(name).network(networks().detector, (1, height, width), rgb=False))


def detector_of(picture: Picture, name: str = "ONNX Runtime") -> YuNet:
    """A detector with the picture in its upper left corner."""
    height, width = picture.shape[:2]
    detector = _detector(name, padded(height), padded(width))
    detector.input.fill(0)
    detector.input[0, :height, :width] = picture
    return detector


@cache
def embedder(name: str = "ONNX Runtime", recipe: Recipe | None = None) -> Embedder:
    network = runtime(name).network(networks().embedder, (1, 112, 112), rgb=True)
    return Embedder(network, recipe or Recipe())


def templates(chips: list[Picture], name: str = "ONNX Runtime") -> FloatArray:
    out = np.zeros((len(chips), embedder(name).length), np.float32)
    embedder(name).embed(chips, out)
    return out


def frame_of(picture: Picture) -> Frame:
    return next(ScriptedCamera([picture], clock=FixedClock()).frames())


def opencv_detector(size: tuple[int, int], least_score: float) -> cv2.FaceDetectorYN:
    """OpenCV's own, on the published file; `size`: width and height."""
    return cv2.FaceDetectorYN.create(str(detector_path()), "", size, least_score, 0.3, 5000)
