"""The alert: a possible match, offered to a person who decides."""

from __future__ import annotations

from dataclasses import dataclass, field

from overt.domain.time import to_text

SAYS = "possible match"
#: The longest side of a picture of a possible match, pixels; and how many there are at most.
PICTURE_SIDE = 256
PICTURES_LIMIT = 3


@dataclass(frozen=True, kw_only=True)
class MatchPicture:
    """One picture of the person, other faces in it covered.

    Attributes:
        width, height: 1 to 256 pixels.
        bgr: height x width x 3 bytes, row by row; whoever holds it last overwrites it with `PossibleMatch.wipe`.
        captured_us: capture time of its frame.
        quality: of the shot, 0 to 1.

    Raises:
        ValueError: sizes that do not fit.
    """

    width: int
    height: int
    bgr: bytearray = field(repr=False)
    captured_us: int
    quality: float

    def __post_init__(self) -> None:
        if not (1 <= self.width <= PICTURE_SIDE and 1 <= self.height <= PICTURE_SIDE):
            raise ValueError(f"a picture of a possible match is no {self.width}x{self.height}")
        if len(self.bgr) != self.width * self.height * 3:
            raise ValueError(f"{len(self.bgr)} bytes are no picture of {self.width}x{self.height}")


@dataclass(frozen=True, kw_only=True)
class PossibleMatch:
    """What a camera process sends up. It knows the entry's place in the list, never its name.

    Attributes:
        camera: position of the camera in the deployment, from 0.
        passage: counts from 1 per camera and run.
        entry: position of the entry in the watch list, from 0.
        score: cosine of the fused template and the entry, -1 to 1.
        shots: how many shots were fused.
        cautions: reasons for care, in plain words.
        captured_us: capture time of the frame that completed the match.
        first_usable_us: capture time of the first frame in which the face was usable.
        media_time_s: position of the completing frame in a recorded file, seconds; None for a live source.
        pictures: of the shots that agree with it or might have, best first, at most 3.
    """

    camera: int
    passage: int
    entry: int
    score: float
    shots: int
    cautions: tuple[str, ...]
    captured_us: int
    first_usable_us: int
    media_time_s: float | None
    pictures: tuple[MatchPicture, ...] = ()

    def __post_init__(self) -> None:
        if len(self.pictures) > PICTURES_LIMIT:
            raise ValueError(f"a possible match has at most {PICTURES_LIMIT} pictures, not {len(self.pictures)}")

    def wipe(self) -> None:
        """Overwrites the pixels of its pictures."""
        for picture in self.pictures:
            picture.bgr[:] = bytes(len(picture.bgr))


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A possible match with the names that people need.

    Attributes:
        threshold: a cosine.
        false_alerts_per_1000: what is expected at this score and list size, per 1,000 passages of unlisted people.
        blind: people decide before they see how sure the machine was: score, threshold and expectation are not told.
    """

    id: str
    deployment: str
    camera: str
    at_us: int
    media_time_s: float | None
    passage: int
    entry: str
    score: float
    threshold: float
    false_alerts_per_1000: float
    shots: int
    cautions: tuple[str, ...]
    blind: bool = False

    def line(self) -> dict[str, object]:
        """The alert as the object that `overt watch --json` prints."""
        told = not self.blind
        return {
            "alert": self.id,
            "deployment": self.deployment,
            "camera": self.camera,
            "at": to_text(self.at_us),
            "media_time_s": None if self.media_time_s is None else round(self.media_time_s, 3),
            "passage": self.passage,
            "entry": self.entry,
            "score": round(self.score, 4) if told else None,
            "threshold": round(self.threshold, 4) if told else None,
            "false_alerts_per_1000": float(f"{self.false_alerts_per_1000:.3g}") if told else None,
            "shots": self.shots,
            "cautions": list(self.cautions),
            "says": SAYS,
        }
