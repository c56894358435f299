"""Whether a picture is fit for a watch list, by the largest face in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from overt.domain.face import Quality
from overt.domain.geometry import FloatArray


class ReadPortrait(Protocol):
    """A face found in a picture, as `overt.faces.recogniser.Portrait` has it."""

    @property
    def box(self) -> FloatArray: ...

    @property
    def landmarks(self) -> FloatArray: ...

    @property
    def quality(self) -> Quality: ...

    @property
    def template(self) -> FloatArray: ...


@dataclass(frozen=True, kw_only=True)
class EnrolmentRules:
    """When a picture is fit for the list; the figures are those of `overt.domain.face.Quality`.

    Where the limits come from: pictures of 160 people were made smaller, blurred, darker, brighter and flatter step by
    step and compared with another picture of the same person; this is the share still found at a score of 0.46, of
    which one person is 0.006. As they are 0.94; eyes 16 px apart 0.93, 12 px 0.90; grey level 34 0.94, 22 0.93,
    11 0.77; a tenth of the face burnt out 0.93, a third 0.76; contrast 13 0.88, 8 0.49; sharpness 0.008 0.93, 0.004
    0.80 (its limit stands higher, because a person compares the faces too). Turned less than 0.75 to the side 1,984 of
    2,070 were found, beyond it 50 of 54, which tells no difference: the limit of the turn is caution. A least light of
    25 refused none of 1,249 pictures of faces of all groups; 40 refused 15.

    Attributes:
        eyes_least_px: distance between the eyes, pixels.
        yaw_most: turn to the side, 0 (frontal) to 1.
        light_least, light_most: mean grey level, 0 to 255.
        burnt_most: share of pixels that are burnt out, 0 to 1.
        sharpness_least: as in `Quality`; below it a face is blurred.
        contrast_least: standard deviation of the grey levels.
        second_face_share: a further face at least this share of the largest one's width makes a picture ambiguous.
        duplicate_cosine: two pictures of one entry above this say the same.
    """

    eyes_least_px: float = 16.0
    yaw_most: float = 0.6
    light_least: float = 25.0
    light_most: float = 220.0
    burnt_most: float = 0.25
    sharpness_least: float = 0.012
    contrast_least: float = 10.0
    second_face_share: float = 1 / 3
    duplicate_cosine: float = 0.98


ENROLMENT = EnrolmentRules()


def faults(faces: Sequence[ReadPortrait], rules: EnrolmentRules) -> Iterator[str]:
    """Why a picture is not fit, each reason in words with its figure and the limit; `faces`: largest first."""
    quality = faces[0].quality
    widths = [float(face.box[2] - face.box[0]) for face in faces]
    several = sum(width >= rules.second_face_share * widths[0] for width in widths)
    if several > 1:
        yield f"several faces ({several}); a picture shows one person"
    if quality.eyes_px < rules.eyes_least_px:
        yield f"too small: the eyes are {quality.eyes_px:.1f} px apart, {rules.eyes_least_px:.0f} px are needed"
    if abs(quality.yaw) > rules.yaw_most:
        yield f"turned away: {abs(quality.yaw):.2f} to the side, {rules.yaw_most:.2f} is the limit"
    if quality.light < rules.light_least:
        yield f"too dark: grey level {quality.light:.0f}, {rules.light_least:.0f} is the least"
    if quality.light > rules.light_most:
        yield f"burnt out: grey level {quality.light:.0f}, {rules.light_most:.0f} is the most"
    elif quality.burnt > rules.burnt_most:
        yield f"burnt out: {quality.burnt:.0%} of the face is white, {rules.burnt_most:.0%} is the most"
    if quality.contrast < rules.contrast_least:
        yield f"too flat: contrast {quality.contrast:.0f}, {rules.contrast_least:.0f} is the least"
    if quality.sharpness < rules.sharpness_least:
        yield f"blurred: sharpness {quality.sharpness:.3f}, {rules.sharpness_least:.3f} is the least"
