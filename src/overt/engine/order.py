"""What the supervisor tells a camera process: a frozen value that travels as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from overt.domain.authority import Camera, Window
from overt.domain.envelope import Envelope
from overt.domain.geometry import Zone
from overt.domain.rules import RecognitionRules
from overt.faces.recipe import Recipe
from overt.faces.runtime import Precision, RuntimeName
from overt.video.source import SourceSettings


@dataclass(frozen=True, kw_only=True)
class SealedModels:
    """Descriptor of a sealed memory that holds two networks one after the other, and their lengths in bytes;
    the embedder in the runtime's own form (`Networks.exported`)."""

    descriptor: int
    detector_bytes: int
    embedder_bytes: int


@dataclass(frozen=True, kw_only=True)
class SealedList:
    """Descriptor of a sealed memory: templates (rows x length), then one int32 a row, its entry's position.
    `in_halves`: all upper halves before all lower ones (`recognition.rows`), instead of float32."""

    descriptor: int
    rows: int
    length: int
    in_halves: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """The whole task of one camera process. It holds no name of anybody on the list.

    Attributes:
        cameras: position in the deployment and camera.
        passages_before: passages already counted of each camera, when a process takes over from a dead one.
        profile: tell at the end where the processor's time went.
        sizes: width and height of each camera's frames, pixels, where they are known; (0, 0) where not.
        envelope: of the model pack; None: it was never measured.
        pace: name of a `video.reader.Pace`.
    """

    cameras: tuple[tuple[int, Camera], ...]
    passages_before: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    window: Window
    rules: RecognitionRules
    envelope: Envelope | None
    threshold: float
    models: SealedModels
    recipe: Recipe
    watch_list: SealedList
    pace: str
    once: bool
    profile: bool
    runtime: RuntimeName
    precision: Precision
    source: SourceSettings

    def to_table(self) -> dict[str, Any]:
        return {**asdict(self), "envelope": None if self.envelope is None else self.envelope.to_toml()}

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Order:
        cameras = tuple(
            (position, Camera(**{**camera, "zone": Zone(corners=tuple((x, y) for x, y in camera["zone"]["corners"]))}))
            for position, camera in table["cameras"]
        )
        return cls(
            **{
                **table,
                "cameras": cameras,
                "passages_before": tuple(table["passages_before"]),
                "sizes": tuple((width, height) for width, height in table["sizes"]),
                "window": Window(**table["window"]),
                "rules": RecognitionRules(**table["rules"]),
                "envelope": None if table["envelope"] is None else Envelope.from_toml(table["envelope"]),
                "models": SealedModels(**table["models"]),
                "recipe": Recipe.from_table(table["recipe"]),
                "watch_list": SealedList(**table["watch_list"]),
                "source": SourceSettings(**{**table["source"], "schemes": tuple(table["source"]["schemes"])}),
            }
        )
