"""Detection with YuNet: from a picture to boxes, landmarks and scores.

The decoding follows `FaceDetectorYN` of OpenCV (modules/objdetect/src/face_detect.cpp), whole arrays at a time: anchors
of strides 8, 16 and 32, score = sqrt(class x objectness), overlaps weighed on boxes cut to whole pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overt.domain.face import NO_FACES, Faces
from overt.domain.geometry import FloatArray
from overt.faces.runtime import Network

STRIDES = (8, 16, 32)
OVERLAP_LIMIT = 0.3
CANDIDATES_LIMIT = 5000


def padded(length: int) -> int:
    """The network's input length for a picture of `length` pixels: the next multiple of 32."""
    return -(-length // 32) * 32


@dataclass(frozen=True)
class _Anchors:
    """Of one stride: `origin` shape (a, 2), column and row of each anchor."""

    stride: int
    origin: FloatArray


class YuNet:
    """A detector of one input shape.

    Attributes:
        input: shape (n, height, width, 3), uint8, BGR, height and width multiples of 32; the caller fills it.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self.input = network.input
        _, height, width, _ = network.input.shape
        self._anchors = []
        for stride in STRIDES:
            rows, columns = np.mgrid[0 : height // stride, 0 : width // stride].astype(np.float32)
            self._anchors.append(_Anchors(stride, np.stack([columns.ravel(), rows.ravel()], axis=1)))

    def detect(self, least_score: float) -> list[Faces]:
        """The faces in each of the n pictures of `input`, best first, in pixels of the input.

        Args:
            least_score: faces below it are left out, 0 to 1.
        """
        self._network.run()
        return [self._decode(picture, least_score) for picture in range(len(self.input))]

    def blank_if_idle(self) -> None:
        self._network.blank_if_idle()

    def _decode(self, picture: int, least_score: float) -> Faces:
        boxes, landmarks, scores = [], [], []
        for anchors in self._anchors:
            count = len(anchors.origin)
            rows = slice(picture * count, (picture + 1) * count)
            class_score = self._output("cls", anchors, rows, 1)[:, 0]
            objectness = self._output("obj", anchors, rows, 1)[:, 0]
            squared = np.clip(class_score, 0, 1) * np.clip(objectness, 0, 1)
            kept = np.flatnonzero(squared >= least_score * least_score)
            if not len(kept):
                continue
            origin = anchors.origin[kept]
            box = self._output("bbox", anchors, rows, 4)[kept]
            points = self._output("kps", anchors, rows, 10)[kept].reshape(-1, 5, 2)
            centre = (origin + box[:, :2]) * anchors.stride
            half = np.exp(box[:, 2:]) * anchors.stride / 2
            boxes.append(np.concatenate([centre - half, centre + half], axis=1))
            landmarks.append((points + origin[:, None, :]) * anchors.stride)
            scores.append(np.sqrt(squared[kept]))
        if not scores:
            return NO_FACES
        found = Faces(
            boxes=np.concatenate(boxes).astype(np.float32),
            landmarks=np.concatenate(landmarks).astype(np.float32),
            scores=np.concatenate(scores).astype(np.float32),
        )
        return found[without_overlaps(found)]

    def _output(self, name: str, anchors: _Anchors, rows: slice, width: int) -> FloatArray:
        return self._network.outputs[f"{name}_{anchors.stride}"].reshape(-1, width)[rows]


def without_overlaps(faces: Faces) -> NDArray[np.intp]:
    """Positions of the faces that remain when each face takes away the lower ones that overlap it by more than 0.3
    (intersection over union), best first."""
    order = np.argsort(-faces.scores, kind="stable")[:CANDIDATES_LIMIT]
    corner = faces.boxes[order, :2].astype(np.int32)
    size = (faces.boxes[order, 2:] - faces.boxes[order, :2]).astype(np.int32)
    end = corner + size
    area = size[:, 0] * size[:, 1]
    kept: list[int] = []
    for i in range(len(order)):
        others = np.array(kept, dtype=np.intp)
        overlap = np.maximum(np.minimum(end[i], end[others]) - np.maximum(corner[i], corner[others]), 0)
        shared = overlap[:, 0] * overlap[:, 1]
        union = area[i] + area[others] - shared
        if not np.any(shared > OVERLAP_LIMIT * union):
            kept.append(i)
    return order[np.array(kept, dtype=np.intp)]
