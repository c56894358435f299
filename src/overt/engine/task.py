"""What the engine is to run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overt.domain.authority import Camera, Window
from overt.domain.envelope import Envelope
from overt.domain.geometry import FloatArray
from overt.domain.rules import RecognitionRules
from overt.faces.recipe import Networks
from overt.faces.runtime import Precision, RuntimeName
from overt.video.reader import Pace
from overt.video.source import SourceSettings


@dataclass(frozen=True, kw_only=True)
class Task:
    """What the engine is to run.

    Attributes:
        sizes: width and height of each camera's frames, pixels, where they are known; (0, 0) where not.
        templates: shape (rows, length), float32, unit rows; overwritten once the sealed copy is made.
        row_entry: shape (rows,), int32: position of each row's entry in the list.
        envelope: of the model pack; None: it was never measured.
        threshold: cosine for a passage.
        processes: camera processes at most.
    """

    cameras: tuple[Camera, ...]
    window: Window
    rules: RecognitionRules
    envelope: Envelope | None
    threshold: float
    networks: Networks
    sizes: tuple[tuple[int, int], ...]
    templates: FloatArray
    row_entry: NDArray[np.int32]
    pace: Pace
    once: bool
    profile: bool
    processes: int
    runtime: RuntimeName
    precision: Precision
    source: SourceSettings
