"""The written authority that the machine obeys: who, where, when, why, and which cameras.

Rules:
  - every field of the authority is written; none is blank;
  - the window has a start and a later end, both with a time zone;
  - every camera has its own name, and its zone lies inside the picture;
  - nothing is scanned before the window opens, at its end or after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from overt.domain.errors import OutsideAuthority
from overt.domain.geometry import Zone
from overt.domain.time import to_text


@dataclass(frozen=True, kw_only=True)
class Window:
    """From `opens_us` (included) until `closes_us` (excluded), microseconds since 1970, UTC."""

    opens_us: int
    closes_us: int

    def __post_init__(self) -> None:
        if self.closes_us <= self.opens_us:
            raise ValueError("valid_until must be later than valid_from")

    def holds(self, now_us: int) -> bool:
        return self.opens_us <= now_us < self.closes_us

    def require(self, now_us: int) -> None:
        """Raises OutsideAuthority, saying whether the window is over or not yet open."""
        if now_us < self.opens_us:
            raise OutsideAuthority(
                f"The authority is not yet open: it begins at {to_text(self.opens_us)} and it is {to_text(now_us)}.",
                "Wait for its start, or have the authority changed.",
            )
        if now_us >= self.closes_us:
            raise OutsideAuthority(
                f"The authority is over: it ended at {to_text(self.closes_us)} and it is {to_text(now_us)}.",
                "Nothing may be scanned; a new authority is needed.",
            )


@dataclass(frozen=True, kw_only=True)
class Authority:
    legal_basis: str
    aim: str
    necessity: str
    proportionality: str
    alternatives: str
    authorised_by: str
    window: Window


@dataclass(frozen=True, kw_only=True)
class Camera:
    """One camera of a deployment. `smallest_face_px`: narrowest face worth recognising, pixels of the original."""

    name: str
    url: str
    zone: Zone
    smallest_face_px: int = 40


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a deployment file says, checked.

    Attributes:
        folder: the watch-list folder, absolute.
        wanted_far: the wanted share of unlisted passages that raise a false alert, 0 to 1.
    """

    name: str
    place: str
    use_case: str
    policy: str
    authority: Authority
    folder: Path
    wanted_far: float
    cameras: tuple[Camera, ...]
