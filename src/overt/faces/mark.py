"""The mark in every picture that Overt shows to people, and how the importer of lists finds it again.

A served picture is not to come back as the picture of a watch list. It carries a band that anybody can read, and a mark
in the picture itself, faintly visible at most, which stays when the band is cut off.

- The mark is a sum of WAVES plane waves, added to the grey levels. Their frequencies are fixed and stand far from the
  axes, where edges of pictures lie; their amplitude follows how busy the picture is at each place.
- A shift and a crop leave the magnitude of a spectrum where it is, and a scale moves all waves alike. So the mark is
  looked for in one spectrum, at every scale: at the places of the waves the logarithm of the magnitude, less its
  surroundings, is higher than elsewhere. The score is the mean of these, in standard deviations of such a mean.
- A mirrored picture is not known again, and whoever knows how the mark is made can take it out: it keeps people from a
  mistake, and is no lock.
- What it survives, and how often a picture without it is taken for one with it, is measured by `bench/mark.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from overt.video.frame import scale_into

ByteArray = NDArray[np.uint8]
Floats = NDArray[np.float32]

WAVES: Final = 40
#: Periods of the waves in pixels of a served picture, and the least angle between a wave and an axis, degrees.
LONGEST_PX, SHORTEST_PX = 14.0, 6.0
_FROM_AXES: Final = 12.0
#: Root mean square of the mark, grey levels, where a picture is plain; up to BUSIER times as much where it is busy.
STRENGTH: Final = 1.5
BUSIER: Final = 2.0
#: A picture is marked from this score on; the shorter side of a picture that can be looked at has so many pixels.
THRESHOLD: Final = 5.0
LEAST_PX: Final = 120
LOOKED_AT_PX: Final = 1024
#: The shorter side of a served picture, at least, without its band: a small picture has no room for the mark.
SERVED_PX: Final = 640
SMALLEST_SCALE, LARGEST_SCALE = 0.35, 2.0
_SCALE_STEP: Final = 0.004
_CLIP: Final = 3.0
_LETTERS_PX, _MARGIN_PX = 18, 8


@cache
def _waves() -> tuple[Floats, Floats]:
    """Frequencies, shape (WAVES, 2), cycles a pixel in x and y, and phases; a sequence that fills the plane evenly."""
    number = np.arange(1, WAVES + 1)
    across, along, phase = (np.mod(number * step, 1) for step in (0.7548776662, 0.5698402910, 0.6180339887))
    quadrant, within = np.divmod(across * 2, 1)
    angle = np.deg2rad(quadrant * 90 + _FROM_AXES + within * (90 - 2 * _FROM_AXES))
    radius = np.exp(np.log(1 / LONGEST_PX) + along * np.log(LONGEST_PX / SHORTEST_PX))
    frequencies = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return frequencies.astype(np.float32), (phase * 2 * np.pi).astype(np.float32)


def _pattern(height: int, width: int) -> Floats:
    frequencies, phases = _waves()
    x = 2j * np.pi * np.outer(np.arange(width), frequencies[:, 0])
    y = 2j * np.pi * np.outer(np.arange(height), frequencies[:, 1]) + 1j * phases
    pattern: Floats = ((np.exp(y) @ np.exp(x).T).real * np.sqrt(2 / WAVES)).astype(np.float32)
    return pattern


def add_mark(picture: ByteArray) -> ByteArray:
    """The picture with the mark in it; shape (h, w, 3), uint8, BGR, as the one that is given and stays as it is."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    busy = cv2.GaussianBlur(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 4)), (0, 0), 6)
    strength = STRENGTH * np.clip(1 + busy / 10, 1, BUSIER)
    mark = _pattern(*grey.shape) * strength
    marked: ByteArray = np.clip(np.rint(picture.astype(np.float32) + mark[:, :, None]), 0, 255).astype(np.uint8)
    return marked


def served(picture: ByteArray, words: Sequence[str]) -> ByteArray:
    """The picture as people are shown it: large enough, with a band of words below, and marked.

    Args:
        picture: shape (h, w, 3), uint8, BGR; stays as it is.
        words: what the band says, such as the alert, "possible match", the account and the time; what does not fit on
            one line goes to the next.
    """
    shown = enlarged(picture)
    return add_mark(np.vstack([shown, _band(shown.shape[1], words)]))


def enlarged(picture: ByteArray) -> ByteArray:
    """The picture, its shorter side SERVED_PX at least."""
    height, width = picture.shape[:2]
    scale = max(1.0, SERVED_PX / min(height, width))
    shown = np.zeros((round(height * scale), round(width * scale), 3), np.uint8)
    scale_into(picture, shown)
    return shown


def _band(width: int, words: Sequence[str]) -> ByteArray:
    """White on black; shape (h, width, 3), uint8."""
    font = ImageFont.load_default(_LETTERS_PX)
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} · {word}" if lines[-1] else word
        fits = font.getlength(longer) <= width - 2 * _MARGIN_PX
        lines = [*lines[:-1], longer] if fits or not lines[-1] else [*lines, word]
    row_px = _LETTERS_PX + _MARGIN_PX
    band = Image.new("RGB", (width, row_px * len(lines) + _MARGIN_PX), (16, 16, 16))
    draw = ImageDraw.Draw(band)
    for number, line in enumerate(lines):
        draw.text((_MARGIN_PX, _MARGIN_PX // 2 + number * row_px), line, font=font, fill=(235, 235, 235))
    return np.asarray(band)


def mark_score(picture: ByteArray) -> float:
    """How far the mark stands out of a BGR picture; 0 where the picture is too small to be looked at."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    longer = max(grey.shape)
    if longer > LOOKED_AT_PX:
        scale = LOOKED_AT_PX / longer
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if min(grey.shape) < LEAST_PX:
        return 0.0
    size = LOOKED_AT_PX if max(grey.shape) > LOOKED_AT_PX // 2 else LOOKED_AT_PX // 2
    return _best(_standing_out(grey.astype(np.float32), size), size)


def is_marked(picture: ByteArray) -> bool:
    """Whether a BGR picture is one that Overt has shown to people, or part of one."""
    return mark_score(picture) >= THRESHOLD


def _standing_out(grey: Floats, size: int) -> Floats:
    """Log magnitude of the spectrum less its surroundings; shape (size, size), frequency 0 in the middle."""
    height, width = grey.shape
    # What is this soft loses nothing in a quarter of the size.
    quarter = cv2.resize(grey, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    grey = grey - cv2.resize(cv2.GaussianBlur(quarter, (0, 0), 3), (width, height))
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    padded = np.zeros((size, size), np.float32)
    padded[:height, :width] = grey * window
    log = np.log(np.fft.fftshift(_magnitude(padded)) + 1e-3)
    around = 2 * round(5 * size / min(height, width)) + 9
    standing_out: Floats = np.clip(log - cv2.blur(log, (around, around)), -_CLIP / 2, _CLIP)
    return standing_out


def _magnitude(square: Floats) -> Floats:
    """Of the spectrum of a square of even side, in the shape of the square. Half of it is calculated: the spectrum of
    real numbers mirrors itself."""
    from scipy.fft import rfft2  # noqa: PLC0415  (slow to import, and few commands look at pictures)

    half = rfft2(square)
    known = cv2.magnitude(half.real.copy(), half.imag.copy())
    whole = np.empty_like(square)
    middle = len(square) // 2
    whole[:, : middle + 1] = known
    whole[0, middle + 1 :] = known[0, middle - 1 : 0 : -1]
    whole[1:, middle + 1 :] = known[:0:-1, middle - 1 : 0 : -1]
    return whole


@cache
def _places(size: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Where the waves stand in a spectrum at each scale, x and y of shape (scales, WAVES), and which exist there."""
    steps = int(np.log(LARGEST_SCALE / SMALLEST_SCALE) / _SCALE_STEP) + 1
    scales = SMALLEST_SCALE * np.exp(np.arange(steps) * _SCALE_STEP)
    frequencies = _waves()[0][None] / scales[:, None, None].astype(np.float32)
    exist = (np.abs(frequencies) < 0.48).all(axis=2)
    places = frequencies * size + size // 2
    return (
        np.ascontiguousarray(places[..., 0], np.float32),
        np.ascontiguousarray(places[..., 1], np.float32),
        exist,
    )


def _best(standing_out: Floats, size: int) -> float:
    x, y, exist = _places(size)
    values = cv2.remap(standing_out, x, y, cv2.INTER_LINEAR)
    deviation = float(standing_out.std()) + 1e-6
    counts = exist.sum(axis=1)
    sums = np.where(exist, values - float(standing_out.mean()), 0).sum(axis=1)
    scores = sums / np.sqrt(np.maximum(counts, 1)) / deviation
    return float(scores[counts >= WAVES // 2].max())
