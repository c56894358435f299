"""Head and shoulders cut out of a portrait, and the body that is drawn below them.

Everything here is measured in pupils: the distance between a person's pupils is 1, the point between them is (0, 0), y
goes down. A head is about 2.5 wide and 3.7 high, the chin lies at 1.9, the shoulders at 3.3, the feet near 25.

Rules:
  - there is no model that knows people from background: colours are told apart (GrabCut, Rother and others, 2004)
    inside an ellipse for the head and a slope for the shoulders, which the landmarks place; where that fails, ellipse
    and slope are the cut;
  - cutting is deterministic;
  - the body has the colour of the clothes in the portrait, and begins where the photograph ends.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.evaluation.rehearse_cast import Role
from overt.faces.align import similarity

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

#: What a bust and a body hold, in pupils: left, top, right, bottom.
BUST: Final = (-4.6, -2.6, 4.6, 6.4)
BODY: Final = (-4.6, 1.6, 4.6, 14.2)
HIPS: Final = 11.0
_CUT_PX: Final = 20  # a pupil distance while cutting
_BODY_PX: Final = 26
_BUST_PX: Final = 64
#: Where `overt.faces.align.REFERENCE` has the point between the eyes, and their distance there.
_EYES: Final = np.array([55.9133, 51.5989])
_EYES_PX: Final = 35.2372

#: Corners of the right half of a body.
_ARM: Final = (
    *((2.6, 2.7), (3.3, 3.0), (3.75, 4.0), (4.0, 8.3), (3.95, 12.2)),
    *((3.7, 13.4), (3.25, 13.4), (3.1, 12.0), (3.0, 8.3), (2.7, 5.0)),
)
_TORSO: Final = (
    *((0.0, 2.2), (0.9, 2.25), (1.9, 2.45), (3.3, 3.0), (3.1, 4.6)),
    *((2.75, 7.5), (2.75, 10.0), (2.9, HIPS + 1.6), (0.0, HIPS + 1.9)),
)
#: Hue, saturation and brightness of clothes.
_CLOTHES: Final = ((0.6, 0.25, 0.3), (0.62, 0.45, 0.25), (0.05, 0.3, 0.35), (0.0, 0.0, 0.2), (0.3, 0.15, 0.35))


@dataclass(frozen=True, kw_only=True, eq=False)
class Sheet:
    """A picture with a place in pupils.

    Attributes:
        levels: pictures, each half the size of the one before: shape (h, w, 4), uint8: BGR, multiplied by how much each
            pixel covers, and that, 0 to 255.
        px: pixels in a pupil distance, in the first level.
        left, top: of the first level, pupils.
    """

    levels: tuple[Picture, ...]
    px: float
    left: float
    top: float

    def for_scale(self, px: float) -> tuple[Picture, float]:
        """The smallest level that need not be enlarged to have `px` pixels in a pupil distance; and how many it has."""
        own, level = self.px, 0
        while level + 1 < len(self.levels) and own / 2 >= px:
            own, level = own / 2, level + 1
        return self.levels[level], own

    def cover(self, points: Floats) -> Floats:
        """How much the sheet covers at points in pupils, shape (n, 2): shape (n,), 0 to 1."""
        sheet = self.levels[-1]
        px = self.px / 2 ** (len(self.levels) - 1)
        at = np.floor((points - (self.left, self.top)) * px).astype(np.int64)
        inside = (at[:, 0] >= 0) & (at[:, 1] >= 0) & (at[:, 0] < sheet.shape[1]) & (at[:, 1] < sheet.shape[0])
        at[~inside] = 0
        return np.asarray(sheet[at[:, 1], at[:, 0], 3] / 255.0 * inside, np.float32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cutout:
    """A person as a rehearsed street shows one.

    Attributes:
        bust, body: the photograph, and what is drawn below it.
        face: left, top, right, bottom of the face, pupils.
        landmarks: shape (5, 2), float32, pupils.
        trousers, shoes: BGR, 0 to 255, in the light of the street.
    """

    bust: Sheet
    body: Sheet
    face: tuple[float, float, float, float]
    landmarks: Floats
    trousers: tuple[float, float, float]
    shoes: tuple[float, float, float]


def cutout(role: Role, tone: float, light: Picture) -> Cutout:
    """Cuts one person out.

    Args:
        tone: 0 to 1, draws the clothes that the picture does not show.
        light: shape (1, 256, 3), uint8: what the camera makes of each level, as `Light.table` gives it.
    """
    to_pupils = _to_pupils(role.landmarks)
    own_px = 1 / float(np.hypot(to_pupils[0, 0], to_pupils[1, 0]))
    px = float(np.clip(own_px, 24, _BUST_PX))
    picture, seen = _straightened(role.photograph, to_pupils, px)
    mask = np.minimum(_mask(role.photograph, to_pupils, (picture.shape[1], picture.shape[0])), seen)
    coat = _coat(picture, mask, px, tone)
    picture = _without_rim(picture, mask, px)
    mask = np.maximum(mask, _shirt(seen, px))
    body_px = float(min(_BODY_PX, px))
    bust = _under(picture, mask, _drawn_body(BUST, px, coat))
    face, landmarks = _measured(role, to_pupils)
    trousers = _shade(tone * 7.3 % 1.0, 0.7)
    return Cutout(
        bust=_sheet(bust, px, BUST, light),
        body=_sheet(_drawn_body(BODY, body_px, coat), body_px, BODY, light),
        face=face,
        landmarks=landmarks,
        trousers=_lit(trousers, light),
        shoes=_lit((38.0, 38.0, 42.0), light),
    )


def _to_pupils(landmarks: Floats) -> NDArray[np.float64]:
    """Shape (2, 3): from pixels of the photograph to pupils."""
    matrix = similarity(landmarks)
    matrix[:, 2] -= _EYES
    return np.asarray(matrix / _EYES_PX)


def _placed(to_pupils: NDArray[np.float64], px: float) -> NDArray[np.float64]:
    """From pixels of the photograph to pixels of a bust."""
    matrix = to_pupils * px
    matrix[:, 2] -= np.array(BUST[:2]) * px
    return matrix


def _size(place: tuple[float, float, float, float], px: float) -> tuple[int, int]:
    return round((place[2] - place[0]) * px), round((place[3] - place[1]) * px)


def _straightened(photograph: Picture, to_pupils: NDArray[np.float64], px: float) -> tuple[Picture, Floats]:
    """The photograph as a bust, and how far each pixel lies inside of it (0 to 1, fading at its edges)."""
    matrix, size = _placed(to_pupils, px), _size(BUST, px)
    scale = px * float(np.hypot(to_pupils[0, 0], to_pupils[1, 0]))
    if scale < 0.5:  # shrunk by more than half: smoothed first, so that nothing flickers
        photograph = np.asarray(cv2.GaussianBlur(photograph, (0, 0), 0.35 / scale), np.uint8)
    picture = cv2.warpAffine(photograph, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = np.full(photograph.shape[:2], 255, np.uint8)
    inside[[0, -1]] = inside[:, [0, -1]] = 0
    inside_bust = cv2.warpAffine(inside, matrix, size, flags=cv2.INTER_NEAREST)
    away = cv2.distanceTransform(np.pad(inside_bust, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    return np.asarray(picture, np.uint8), np.asarray(np.clip(away / (0.5 * px), 0, 1), np.float32)


def _grid(place: tuple[float, float, float, float], px: float) -> tuple[Floats, Floats]:
    """Coordinates x and y in pupils of each pixel's centre."""
    wide, tall = _size(place, px)
    x = place[0] + (np.arange(wide, dtype=np.float32) + 0.5) / px
    y = place[1] + (np.arange(tall, dtype=np.float32) + 0.5) / px
    return np.asarray(x[None], np.float32), np.asarray(y[:, None], np.float32)


def _regions(px: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a person surely is, where most people are, and where they may be."""
    x, y = _grid(BUST, px)
    side = np.abs(x)
    neck = (y > 1.6) & (side < np.clip(0.6 + 0.9 * (y - 2.2), 0.6, 2.0))
    surely = neck | ((x / 1.05) ** 2 + ((y - 0.35) / 1.6) ** 2 < 1)
    head = (x / 1.5) ** 2 + ((y - 0.05) / 2.15) ** 2 < 1
    shoulders = side < np.where(y > 2.0, np.clip(1.0 + 2.6 * (y - 2.1), 1.0, 3.7), np.where(y > 1, 1.0, 0.0))
    most = head | shoulders
    hair = (x / 2.3) ** 2 + ((y - 0.1) / 2.55) ** 2 < 1
    locks = (side < 2.2) & (y > 0)
    wide = (y > 1.7) & (side < np.clip(1.6 + 2.8 * (y - 1.7), 1.6, 4.3))
    return surely, most, most | hair | locks | wide


def _mask(photograph: Picture, to_pupils: NDArray[np.float64], size: tuple[int, int]) -> Floats:
    """How much of each pixel of the bust is the person, shape (h, w), 0 to 1."""
    small, seen = _straightened(photograph, to_pupils, _CUT_PX)
    surely, most, may = _regions(_CUT_PX)
    kinds = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    kinds[may] = cv2.GC_PR_BGD
    kinds[most] = cv2.GC_PR_FGD
    kinds[surely] = cv2.GC_FGD
    kinds[seen == 0] = cv2.GC_BGD
    cut = most & (seen > 0)
    if np.any((kinds == cv2.GC_BGD) & (seen > 0)) and np.any(kinds == cv2.GC_FGD):
        found = _grabbed(small, kinds)
        # Hair and shoulders differ, but not by that much; a cut that does has followed the background.
        if np.mean(found[most & (seen > 0)]) > 0.55 and np.mean(found[may & ~most & (seen > 0)]) < 0.8:
            cut = found
    soft = cv2.GaussianBlur(cut.astype(np.float32), (0, 0), 1.1)
    soft = np.clip((soft - 0.35) / 0.5, 0, 1)  # a little inside the edge, where the background shines through
    return np.asarray(np.clip(cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC), 0, 1), np.float32)


def _grabbed(picture: Picture, kinds: Picture) -> NDArray[np.bool_]:
    cv2.setRNGSeed(1)  # GrabCut clusters colours from random beginnings
    background, person = np.zeros((1, 65)), np.zeros((1, 65))
    whole = (0, 0, picture.shape[1], picture.shape[0])
    found, _, _ = cv2.grabCut(picture, kinds.copy(), whole, background, person, 4, cv2.GC_INIT_WITH_MASK)
    cut = np.isin(found, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    opened = cv2.morphologyEx(cut, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    kept = np.asarray(cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8)
    parts = np.asarray(cv2.connectedComponents(kept)[1])
    middle = parts[round(-BUST[1] * _CUT_PX), round(-BUST[0] * _CUT_PX)]
    return np.asarray((parts == middle) & (kept > 0), np.bool_)


def _coat(picture: Picture, mask: Floats, px: float, tone: float) -> tuple[float, float, float]:
    """The colour of the clothes on the shoulders, BGR; drawn by `tone` where the picture shows none."""
    x, y = _grid(BUST, px)
    clothes = (mask > 0.95) & (y > 2.5) & (np.abs(x) > 1.25)
    if np.count_nonzero(clothes) < 0.1 * px * px:
        return _shade(tone, 1.0)
    blue, green, red = np.median(picture[clothes], axis=0).tolist()
    return blue, green, red


def _without_rim(picture: Picture, mask: Floats, px: float) -> Picture:
    """The picture with the person's own colours spread outwards, so that no background shines along the edge."""
    core = (mask > 0.97).astype(np.float32)
    spread = cv2.GaussianBlur(picture * core[..., None], (0, 0), 0.09 * px)
    share = cv2.GaussianBlur(core, (0, 0), 0.09 * px)[..., None]
    own = np.divide(spread, share, where=share > 0.02, out=picture.astype(np.float32))
    return np.asarray(np.where(core[..., None] > 0, picture, own).round(), np.uint8)


def _shirt(seen: Floats, px: float) -> Floats:
    """Where what is worn under a coat goes on below the photograph, which repeats its last line there: a wedge."""
    x, y = _grid(BUST, px)
    column = seen[:, round(-BUST[0] * px)]
    end = float(y[int(np.flatnonzero(column > 0.9)[-1]), 0])
    half = np.where(y > 2.2, 0.55 * (1 - (y - end) / max(0.8, 5.6 - end)), 0)
    return np.asarray(np.clip((half - np.abs(x)) / 0.12, 0, 1) * (y > end - 0.3), np.float32)


def _shade(tone: float, value: float) -> tuple[float, float, float]:
    hue, saturation, brightness = _CLOTHES[int(tone * len(_CLOTHES))]
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, brightness * value)
    return 255 * blue, 255 * green, 255 * red


def _drawn_body(place: tuple[float, float, float, float], px: float, coat: tuple[float, float, float]) -> Picture:
    """Neck to thighs with arms, BGR multiplied by cover, and cover: shape (h, w, 4), uint8."""
    wide, tall = _size(place, px)
    x, y = _grid(place, px)
    cover = np.zeros((tall, wide), np.uint8)
    tone = np.ones((tall, wide), np.float32)

    def fill(points: tuple[tuple[float, float], ...], sign: float) -> None:
        corners = np.array([((sign * a - place[0]) * px, (b - place[1]) * px) for a, b in points])
        cv2.fillPoly(cover, [np.round(corners * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)

    for sign in (-1.0, 1.0):
        fill(_ARM, sign)
        fill(_TORSO, sign)
    # Round bodies: darker towards the edges of the torso and of each arm, and between the two.
    side = np.abs(x)
    tone -= 0.28 * np.clip(side / 3.0, 0, 1) ** 3 * (side < 2.9)
    tone -= 0.25 * np.clip(np.abs(side - 3.45) / 0.6, 0, 1) ** 2 * (side >= 2.9)
    tone -= 0.18 * np.exp(-(((side - 2.9) / 0.12) ** 2)) * (y > 5)
    tone -= 0.12 * np.exp(-((x / 0.05) ** 2)) * (y > 4.5)
    tone *= 1.02 - 0.012 * (y - 3)
    colour = np.clip(np.array(coat, np.float32) * tone[..., None], 0, 255)
    hands = (y > 12.2) & (side > 2.9)
    colour[np.broadcast_to(hands, cover.shape)] = (118, 140, 180)
    trouser_line = (y > HIPS) & (side < 2.95)
    colour[np.broadcast_to(trouser_line, cover.shape)] *= 0.8
    body = np.dstack([colour * (cover[..., None] / 255.0), cover])
    return np.asarray(body.round(), np.uint8)


def _under(picture: Picture, mask: Floats, body: Picture) -> Picture:
    """The photograph over the drawn body."""
    over = np.dstack([picture * mask[..., None], 255 * mask])
    return np.asarray((over + body * (1 - mask[..., None])).round(), np.uint8)


def _sheet(picture: Picture, px: float, place: tuple[float, float, float, float], light: Picture) -> Sheet:
    """Lights a picture and halves it again and again."""
    cover = picture[..., 3:]
    plain = np.divide(picture[..., :3] * 255.0, cover, where=cover > 0, out=np.zeros((*cover.shape[:2], 3)))
    lit = cv2.LUT(np.clip(plain, 0, 255).round().astype(np.uint8), light)
    picture = np.dstack([(lit * (cover / 255.0)).round().astype(np.uint8), cover])
    levels = [np.ascontiguousarray(picture)]
    while levels[-1].shape[1] / (place[2] - place[0]) > 10:
        last = levels[-1]
        half = (last.shape[1] // 2, last.shape[0] // 2)
        levels.append(np.asarray(cv2.resize(last, half, interpolation=cv2.INTER_AREA), np.uint8))
    return Sheet(levels=tuple(levels), px=px, left=place[0], top=place[1])


def _measured(role: Role, to_pupils: NDArray[np.float64]) -> tuple[tuple[float, float, float, float], Floats]:
    """The face's box and its landmarks in pupils. The box keeps its size and turns with its middle."""
    box = role.box.astype(np.float64)
    middle = to_pupils @ np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 1.0])
    scale = float(np.hypot(to_pupils[0, 0], to_pupils[1, 0]))
    half = scale * (box[2] - box[0]) / 2, scale * (box[3] - box[1]) / 2
    landmarks = role.landmarks @ to_pupils[:, :2].T + to_pupils[:, 2]
    x, y = float(middle[0]), float(middle[1])
    return (x - half[0], y - half[1], x + half[0], y + half[1]), np.asarray(landmarks, np.float32)


def _lit(colour: tuple[float, float, float], light: Picture) -> tuple[float, float, float]:
    blue, green, red = (float(light[0, round(level), channel]) for channel, level in enumerate(colour))
    return blue, green, red
