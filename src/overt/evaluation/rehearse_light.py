"""Light of a rehearsed street: what a camera makes of day, dusk and night, and the words burnt into every frame.

A camera of a street closes its shutter later and then amplifies as it gets dark. In linear light, relative to white by
day, a surface v (0 to 1) gives `v x signal` to the sensor and `v x signal x gain` to the picture. The noise before the
gain is that of the light itself and of the reading (photon transfer, Janesick 2007):

    variance in electrons = v x signal x FULL_WELL_E + READ_E^2

so what is amplified more is noisier. The picture is coded with the power 1/GAMMA; noise is carried through that curve
by its slope, at most STEEPEST as in the toe of BT.709. The noise is a little smooth in space, as that of colour sensors
is. Pictures count as taken in full light; a portrait that was dark before stays darker than the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.evaluation.rehearse_walk import HORIZON

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

FULL_WELL_E: Final = 9000.0
READ_E: Final = 3.0
GAMMA: Final = 2.2
STEEPEST: Final = 4.5
MARK: Final = "REHEARSED"
_MARK_HEIGHT: Final = 0.05  # of the picture; the mark ends above the horizon, below which all heads are
_ROOM: Final = 64


@dataclass(frozen=True, kw_only=True)
class Light:
    """One kind of light and what the camera does in it.

    Attributes:
        signal: light on the sensor during one exposure, in parts of full well; 0 to 1.
        gain: how much it is amplified, at least 1.
        exposure_s: how long the shutter is open, seconds.
        tint: factors of blue, green, red in linear light.
        sky: brightness of a drawn sky, in parts of that by day.
    """

    signal: float
    gain: float
    exposure_s: float
    tint: tuple[float, float, float]
    sky: float = 1.0

    def table(self) -> Picture:
        """What the camera makes of each grey level: shape (1, 256, 3), uint8, BGR, for `cv2.LUT`."""
        linear = (np.arange(256) / 255.0)[:, None] ** GAMMA * self.signal * self.gain * np.array(self.tint)
        return np.asarray((255 * np.clip(linear, 0, 1) ** (1 / GAMMA)).round()[None], np.uint8)

    def noise(self) -> Floats:
        """The standard deviation of a pixel's noise for each grey level of the picture: shape (256,), grey levels."""
        linear = np.maximum(np.arange(256) / 255.0, 1 / 255) ** GAMMA
        electrons = linear / self.gain * FULL_WELL_E
        sigma = self.gain * np.sqrt(electrons + READ_E**2) / FULL_WELL_E
        slope = np.minimum(linear ** (1 / GAMMA - 1) / GAMMA, STEEPEST)
        return np.asarray(255 * sigma * slope, np.float32)


LIGHTS: Final = {
    "day": Light(signal=0.9, gain=1.1, exposure_s=1 / 250, tint=(1.0, 1.0, 1.0)),
    "dusk": Light(signal=0.15, gain=3.5, exposure_s=1 / 80, tint=(1.12, 1.0, 0.86), sky=0.75),
    "night": Light(signal=0.022, gain=12.0, exposure_s=1 / 40, tint=(0.62, 0.95, 1.22), sky=0.12),
}


class Sensor:
    """Turns lit pictures into the planes of a frame: YUV 4:2:0, BT.601, levels 16 to 235, with noise.

    Args:
        width, height: even.
    """

    def __init__(self, light: Light, width: int, height: int, chance: np.random.Generator) -> None:
        white = chance.standard_normal((height + _ROOM, width + _ROOM), np.float32)
        grain = np.asarray(cv2.GaussianBlur(white, (0, 0), 0.55), np.float32)
        self._grain = np.asarray(grain / grain.std(), np.float32)
        # Luma goes from 16 to 235, so its noise is smaller by 219/255 than that of full-range grey.
        grey = np.clip((np.arange(256) - 16) * 255 / 219, 0, 255).round().astype(np.uint8)
        self._sigma = np.ascontiguousarray(light.noise()[grey] * (219 / 255), np.float32)[None]
        self._colour_sigma = 0.35 * float(self._sigma[0, 120])  # cameras smooth colour more than light
        self._chance = chance
        self.width, self.height = width, height
        self._noise = np.empty((height, width), np.float32)
        self._colour = np.empty((height // 2, width), np.float32)

    def planes(self, scene: Picture) -> Picture:
        """Shape (1.5 h, w), uint8: the three planes one below the other, from a picture of shape (h, w, 3), BGR."""
        planes = np.asarray(cv2.cvtColor(scene, cv2.COLOR_BGR2YUV_I420), np.uint8)
        luma, chroma = planes[: self.height], planes[self.height :]
        cv2.LUT(luma, self._sigma, dst=self._noise)
        cv2.multiply(self._noise, self._some(luma), dst=self._noise)
        cv2.add(luma, self._noise, dst=luma, dtype=cv2.CV_8U)
        cv2.scaleAdd(self._some(chroma), self._colour_sigma, chroma.astype(np.float32), dst=self._colour)
        cv2.convertScaleAbs(self._colour, dst=chroma)
        return planes

    def _some(self, plane: Picture) -> Floats:
        """Grain for a plane, from another place each time."""
        height, width = plane.shape
        y, x = self._chance.integers(0, _ROOM, 2)
        return self._grain[y : y + height, x : x + width]


def burn_mark(planes: Picture, height: int, width: int) -> None:
    """Writes MARK, white on black, into the upper left corner of a frame's planes, where no face can be.

    Args:
        planes: as `Sensor.planes` gives them; changed in place.
    """
    box = mark_box(height, width)
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_DUPLEX, max(6, round(0.5 * box[1])), 1)
    planes[: box[1], : box[0]] = 16
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    chroma[:, : box[1] // 2, : box[0] // 2] = 128
    luma = planes[: box[1], : box[0]]
    cv2.putText(
        luma, MARK, (round(0.3 * box[1]), round(0.75 * box[1])), cv2.FONT_HERSHEY_DUPLEX, scale, (235,), 1, cv2.LINE_AA
    )


def mark_box(height: int, width: int) -> tuple[int, int]:
    """Width and height of the corner that holds the mark, pixels, even; it ends above the horizon."""
    tall = max(16, round(_MARK_HEIGHT * height) // 2 * 2)
    assert tall < HORIZON * height
    return min(width, round(5.6 * tall) // 2 * 2), tall
