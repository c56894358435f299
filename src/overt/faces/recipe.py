"""How a pack's template is made: settings of the pack, and part of a deployment's digest.

Rules:
  - a dark picture is made brighter for the networks: see `overt.faces.brighten`;
  - a face is made level before it is aligned: see `overt.faces.closer`;
  - the network's answer is brought to length 1 before anything else is done with it;
  - what all faces have in common tells nobody apart: the centre, the mean template of many people, is taken off, and
    the rest is brought to length 1 again. It is one point for all and names nobody;
  - a picture of a list, and of a measurement, is looked at as it is and mirrored, and the two answers are added up.
    Shots of a passage are not: several of them are added up anyway.

What each of these is worth: docs/decisions/0015.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMBERS_A_LINE = 8
_FORMS: dict[str, tuple[type, ...]] = {
    "colour": (str,),
    "brightened": (bool,),
    "levelled": (bool,),
    "mirrored": (bool,),
    "centre": (list, tuple),
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Settings of a pack.

    Attributes:
        colour: the order in which the embedder wants its colours, "rgb" or "bgr".
        mean, scale: what is taken off a grey level, 0 to 255, and what the rest is divided by, before the embedder.
        brightened: whether dark pictures are made brighter for the networks.
        levelled: whether a face is looked at again when it was made level.
        mirrored: whether a still picture is looked at twice.
        centre: as many numbers as a template has, length below 1; empty: nothing is taken off.

    Raises:
        ValueError: a setting that cannot be.
    """

    colour: str = "rgb"
    mean: float = 0.0
    scale: float = 1.0
    brightened: bool = False
    levelled: bool = False
    mirrored: bool = False
    centre: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.colour not in ("rgb", "bgr"):
            raise ValueError(f"the colours of templates are in the order rgb or bgr, not {self.colour!r}")
        if not math.isfinite(self.mean) or not math.isfinite(self.scale) or self.scale <= 0:
            raise ValueError("mean and scale of templates are finite, and the scale is above 0")
        if not all(math.isfinite(number) for number in self.centre) or math.hypot(*self.centre) >= 1:
            raise ValueError("the centre of templates must be finite numbers, shorter than a template")

    @property
    def digest(self) -> str:
        """SHA-256, 64 hexadecimal digits."""
        return hashlib.sha256(self.to_toml().encode()).hexdigest()

    def to_toml(self) -> str:
        """The table `[templates]`, as `from_table` reads it again."""
        rows = [self.centre[i : i + _NUMBERS_A_LINE] for i in range(0, len(self.centre), _NUMBERS_A_LINE)]
        numbers = "".join(f"  {', '.join(map(repr, row))},\n" for row in rows)
        return "\n".join(
            [
                "[templates]",
                f'colour = "{self.colour}"',
                f"mean = {float(self.mean)!r}",
                f"scale = {float(self.scale)!r}",
                f"brightened = {str(self.brightened).lower()}",
                f"levelled = {str(self.levelled).lower()}",
                f"mirrored = {str(self.mirrored).lower()}",
                f"centre = [\n{numbers}]" if self.centre else "centre = []",
                "",
            ]
        )

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Recipe:
        """Raises ValueError: a key is unknown or of another type, or a setting cannot be."""
        forms = {one.name: _FORMS.get(one.name, (float, int)) for one in fields(cls)}
        for name, value in table.items():
            if name not in forms:
                raise ValueError(f"{name} is no setting of templates; known are {', '.join(forms)}")
            if not isinstance(value, forms[name]) or (isinstance(value, bool) and bool not in forms[name]):
                raise ValueError(f"{name} of templates is {value!r}, which is not allowed")
        centre = table.get("centre", [])
        if any(isinstance(number, bool) or not isinstance(number, int | float) for number in centre):
            raise ValueError("the centre of templates is a list of numbers")
        return cls(**{**table, "centre": tuple(float(number) for number in centre)})


@dataclass(frozen=True, kw_only=True)
class Networks:
    """A pack's networks, verified and folded.

    Attributes:
        detector, embedder: ONNX bytes whose batch and picture size are free; the embedder takes RGB from 0 to 255,
            whatever it was made for.
        made_by: of which pack they are (`Pack.made_by`).
        look_alike: cosine from which two people look alike to them.
        exported: shape (bytes,): the embedder as this machine's runtime has exported it; then `embedder` is empty.
    """

    detector: bytes
    embedder: bytes
    recipe: Recipe
    made_by: str = ""
    look_alike: float = 0.5
    exported: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)
