"""A toy recogniser: painted faces, found and told apart by their colour. Only the two networks are toys; second look,
alignment, quality and templates are the product's own.

A painted face is a square of one hue on grey, with dark marks where eyes, nose and mouth belong. The hue is the
person: templates of two persons are perpendicular. A pale hue is found with a low detector score; a face with marks on
one side only counts as a full profile to that side, so its quality is nothing and it gives no shot.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray
from overt.faces.detect import STRIDES
from overt.faces.recipe import Networks, Recipe
from overt.faces.recogniser import Recogniser
from overt.faces.runtime import Network, Runtime, Shape

PERSONS = 12
LENGTH = 16
STRONG_SCORE, WEAK_SCORE = 0.9, 0.5
_GREY = 128
_DETECTOR, _EMBEDDER = b"toy detector", b"toy embedder"
_COLOURFUL, _STRONG = 60, 150  # saturation, 0 to 255
_MARKED = 190  # brightness, 0 to 255
#: Of the face's width: right eye, left eye, nose, right and left corner of the mouth.
_MARKS = np.array([[0.3, 0.3], [0.7, 0.3], [0.5, 0.52], [0.34, 0.7], [0.66, 0.7]], np.float32)
_TO_THE_SIDE = np.array([[0, 0], [0, 0], [0.3, 0], [0, 0], [0, 0]], np.float32)
_PROFILE_MARK = (0.7, 0.52)


@dataclass(frozen=True, kw_only=True)
class PaintedFace:
    """A face to paint.

    Attributes:
        person: 0 to 11.
        x, y: its centre, pixels.
        width: of the square, pixels.
        weak: found with a score of 0.5 instead of 0.9.
        profile: seen from the side, so no shot of it is good enough.
    """

    person: int
    x: float
    y: float
    width: int = 80
    weak: bool = False
    profile: bool = False


def scene(*faces: PaintedFace, width: int = 640, height: int = 360) -> NDArray[np.uint8]:
    """A picture with these faces; shape (height, width, 3), uint8, BGR."""
    picture = np.full((height, width, 3), _GREY, np.uint8)
    for face in faces:
        red, green, blue = colorsys.hsv_to_rgb(face.person / PERSONS, 0.4 if face.weak else 0.95, 0.9)
        left, top = round(face.x - face.width / 2), round(face.y - face.width / 2)
        corners = (left, top), (left + face.width - 1, top + face.width - 1)
        cv2.rectangle(picture, *corners, (255 * blue, 255 * green, 255 * red), -1)
        for x, y in np.array([_PROFILE_MARK] if face.profile else _MARKS) * face.width:
            cv2.circle(
                picture, (round(left + float(x)), round(top + float(y))), max(1, face.width // 16), (40,) * 3, -1
            )
    return picture


def template_of(person: int) -> FloatArray:
    """Shape (16,), float32, unit length."""
    template = np.zeros(LENGTH, np.float32)
    template[person % PERSONS] = 1
    return template


def templates_of(persons: Sequence[int]) -> FloatArray:
    """Shape (len(persons), 16): a watch list with one row for each."""
    return np.stack([template_of(person) for person in persons])


class ToyRuntime(Runtime):
    """A `Runtime` that knows the two toy networks."""

    name = "toy"
    precision = "f32"

    def network(self, onnx_bytes: bytes, shape: Shape, *, rgb: bool, exact: bool = False) -> Network:  # noqa: ARG002
        return _ToyDetector(shape) if onnx_bytes == _DETECTOR else _ToyEmbedder(shape)


def toy_recogniser() -> Recogniser:
    """The product's recogniser on the toy networks."""
    return Recogniser(ToyRuntime(), Networks(detector=_DETECTOR, embedder=_EMBEDDER, recipe=Recipe(levelled=True)))


class _ToyDetector(Network):
    """Answers in the form of YuNet, all faces on the finest grid."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        n, height, width = shape
        for stride in STRIDES:
            anchors = (height // stride) * (width // stride)
            for name, numbers in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
                self.outputs[f"{name}_{stride}"] = np.zeros((n, anchors, numbers), np.float32)

    def _infer(self) -> None:
        for output in self.outputs.values():
            output.fill(0)
        stride = STRIDES[0]
        columns = self.input.shape[2] // stride
        for position, picture in enumerate(self.input):
            for (left, top, width, height), score in _squares(picture):
                centre = np.array([left + width / 2, top + height / 2]) / stride
                cell = np.floor(centre)
                anchor = int(cell[1]) * columns + int(cell[0])
                inside = picture[top + height // 5 : top + height * 4 // 5, left + width // 5 : left + width * 4 // 5]
                halves = np.array_split(inside.max(axis=2), 2, axis=1)
                side = sum(way for way, half in zip((-1, 1), halves, strict=True) if int(half.min()) < _MARKED)
                marks = ((_MARKS + side * _TO_THE_SIDE) * [width, height] + [left, top]) / stride - cell
                self.outputs[f"cls_{stride}"][position, anchor] = 1
                self.outputs[f"obj_{stride}"][position, anchor] = score**2
                self.outputs[f"bbox_{stride}"][position, anchor, :2] = centre - cell
                self.outputs[f"bbox_{stride}"][position, anchor, 2:] = np.log([width / stride, height / stride])
                self.outputs[f"kps_{stride}"][position, anchor] = marks.ravel()


class _ToyEmbedder(Network):
    """The hue of the colourful pixels, as one of twelve."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.outputs["template"] = np.zeros((shape[0], LENGTH), np.float32)

    def _infer(self) -> None:
        for position, chip in enumerate(self.input):
            hsv = cv2.cvtColor(chip, cv2.COLOR_BGR2HSV)
            hues = hsv[hsv[:, :, 1] > _COLOURFUL][:, 0].astype(np.float64) * np.pi / 90
            if len(hues):
                turn = np.arctan2(np.sin(hues).mean(), np.cos(hues).mean()) / (2 * np.pi)
                self.outputs["template"][position] = template_of(round(turn * PERSONS))
            else:
                self.outputs["template"][position].fill(0)


def _squares(picture: NDArray[np.uint8]) -> Iterator[tuple[tuple[int, int, int, int], float]]:
    """Left, top, width, height and score of each painted face."""
    saturation = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)[:, :, 1]
    count, labels, found, _ = cv2.connectedComponentsWithStats((saturation > _COLOURFUL).astype(np.uint8))
    for label in range(1, count):
        left, top, width, height, area = (int(number) for number in found[label])
        if min(width, height) >= 6:
            strong = np.count_nonzero(saturation[labels == label] > _STRONG) > area / 2
            yield (left, top, width, height), STRONG_SCORE if strong else WEAK_SCORE
