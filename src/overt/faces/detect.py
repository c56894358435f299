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


@dataclass(frozen=True, eq=False)
class _Answers:
    """What the network says of one picture at the anchors of one stride.

    Attributes:
        origin: shape (a, 2), column and row of each anchor.
        class_score, objectness: shape (a,), views of the network's outputs; so are the others.
        boxes: shape (a, 4), centre and the logarithm of the size, in strides, from the anchor.
        landmarks: shape (a, 10), likewise.
    """

    stride: int
    origin: FloatArray
    class_score: FloatArray
    objectness: FloatArray
    boxes: FloatArray
    landmarks: FloatArray


class YuNet:
    """A detector of one input shape.

    Attributes:
        input: shape (n, height, width, 3), uint8, BGR, height and width multiples of 32; the caller fills it.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self.input = network.input
        pictures = range(len(self.input))
        self._answers = [[self._answers_of(picture, stride) for stride in STRIDES] for picture in pictures]
        self._squared = np.zeros(len(self._answers[0][0].origin), np.float32)

    def detect(self, least_score: float) -> list[Faces]:
        """The faces in each of the n pictures of `input`, best first, in pixels of the input.

        Args:
            least_score: faces below it are left out, 0 to 1.
        """
        self._network.run()
        return [self._decode(picture, least_score) for picture in range(len(self.input))]

    def blank_if_idle(self) -> None:
        self._network.blank_if_idle()

    def _answers_of(self, picture: int, stride: int) -> _Answers:
        _, height, width, _ = self.input.shape
        rows, columns = np.mgrid[0 : height // stride, 0 : width // stride].astype(np.float32)
        own = slice(picture * rows.size, (picture + 1) * rows.size)

        def output(name: str, numbers: int) -> FloatArray:
            return self._network.outputs[f"{name}_{stride}"].reshape(-1, numbers)[own]

        return _Answers(
            stride=stride,
            origin=np.stack([columns.ravel(), rows.ravel()], axis=1),
            class_score=output("cls", 1)[:, 0],
            objectness=output("obj", 1)[:, 0],
            boxes=output("bbox", 4),
            landmarks=output("kps", 10),
        )

    def _decode(self, picture: int, least_score: float) -> Faces:
        boxes, landmarks, scores = [], [], []
        for answers in self._answers[picture]:
            squared = self._squared[: len(answers.origin)]
            np.multiply(answers.class_score, answers.objectness, out=squared)
            kept = np.flatnonzero(squared >= least_score * least_score)
            kept_squared = squared[kept]
            squared.fill(0)
            if not len(kept):
                continue
            origin, box = answers.origin[kept], answers.boxes[kept]
            centre = (origin + box[:, :2]) * answers.stride
            half = np.exp(box[:, 2:]) * (answers.stride / 2)
            points = answers.landmarks[kept].reshape(-1, 5, 2)
            boxes.append(np.concatenate([centre - half, centre + half], axis=1))
            landmarks.append((points + origin[:, None, :]) * answers.stride)
            scores.append(np.sqrt(np.minimum(kept_squared, 1)))
        if not scores:
            return NO_FACES
        found = Faces(boxes=np.concatenate(boxes), landmarks=np.concatenate(landmarks), scores=np.concatenate(scores))
        return found[without_overlaps(found)]


def without_overlaps(faces: Faces) -> NDArray[np.intp]:
    """Positions of the faces that remain when each face takes away the lower ones that overlap it by more than 0.3
    (intersection over union), best first."""
    order = np.argsort(-faces.scores, kind="stable")[:CANDIDATES_LIMIT]
    corner = faces.boxes[order, :2].astype(np.int32)
    size = (faces.boxes[order, 2:] - faces.boxes[order, :2]).astype(np.int32)
    end = corner + size
    area = size[:, 0] * size[:, 1]
    kept: list[int] = []
    waiting = np.arange(len(order))
    while len(waiting):
        best = waiting[0]
        kept.append(int(best))
        overlap = np.maximum(np.minimum(end[best], end[waiting]) - np.maximum(corner[best], corner[waiting]), 0)
        shared = overlap[:, 0] * overlap[:, 1]
        apart = shared <= OVERLAP_LIMIT * (area[best] + area[waiting] - shared)
        apart[0] = False  # a face without any area would never take itself away
        waiting = waiting[apart]
    return order[np.array(kept, dtype=np.intp)]
