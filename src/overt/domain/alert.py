"""The alert: a possible match, offered to a person who decides."""

from __future__ import annotations

from dataclasses import dataclass

from overt.domain.time import to_text

SAYS = "possible match"


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


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A possible match with the names that people need. `threshold` is a cosine; `false_alerts_per_1000` is what is
    expected at this score and list size, per 1,000 passages of unlisted people."""

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

    def line(self) -> dict[str, object]:
        """The alert as the object that `overt watch --json` prints."""
        return {
            "alert": self.id,
            "deployment": self.deployment,
            "camera": self.camera,
            "at": to_text(self.at_us),
            "media_time_s": None if self.media_time_s is None else round(self.media_time_s, 3),
            "passage": self.passage,
            "entry": self.entry,
            "score": round(self.score, 4),
            "threshold": round(self.threshold, 4),
            "false_alerts_per_1000": float(f"{self.false_alerts_per_1000:.3g}"),
            "shots": self.shots,
            "cautions": list(self.cautions),
            "says": SAYS,
        }
