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
from typing import Final

from overt.domain.errors import OutsideAuthority
from overt.domain.geometry import Zone
from overt.domain.time import to_text

#: Narrowest face worth recognising where a deployment says nothing, pixels.
SMALLEST_FACE_PX: Final = 40


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
    """Who allows it, and why. What has a default is there where a policy asks for it.

    Attributes:
        authorised_by, second_officer: names of accounts.
        statute: the statute that lets a private controller do this.
        outside_authorisation: reference of a court's or an independent authority's decision.
        urgent_since_us: when it was declared that this could not be waited for, microseconds since 1970, UTC.
    """

    legal_basis: str
    aim: str
    necessity: str
    proportionality: str
    alternatives: str
    authorised_by: str
    window: Window
    second_officer: str = ""
    statute: str = ""
    outside_authorisation: str = ""
    urgent_since_us: int | None = None


@dataclass(frozen=True, kw_only=True)
class Camera:
    """One camera of a deployment. `smallest_face_px`: narrowest face worth recognising, pixels of the original."""

    name: str
    url: str
    zone: Zone
    smallest_face_px: int = SMALLEST_FACE_PX
    serial: str = ""


@dataclass(frozen=True, kw_only=True)
class Nearby:
    """A place nearby where people have reason to expect not to be watched. `kind`: such as worship."""

    kind: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """Something that was written for this deployment or holds for it, such as the impact assessment.

    Attributes:
        at_us: its date, microseconds since 1970, UTC.
        file: where it lies, absolute; its content is then part of what is authorised.
        sha256: of the document as it was signed off, 64 hexadecimal digits; empty where the file does not say it.
    """

    kind: str
    reference: str
    at_us: int
    version: str = ""
    file: Path | None = None
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class Consultation:
    """Who was asked about the deployment, and what came of it.

    Attributes:
        when: a day or several, in words.
        replies: how many answered; None: the file does not say.
        changed: what was changed because of them.
    """

    who: str = ""
    when: str = ""
    replies: int | None = None
    changed: str = ""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a deployment file says, checked. What has a default is there where a policy asks for it.

    Attributes:
        folder: the watch-list folder, absolute; None where the list was imported.
        draft: id of an imported list; None where it is a folder.
        wanted_far: the wanted share of unlisted passages that raise a false alert, 0 to 1.
        kind: operation, or trial with volunteers.
        area: the ground that is watched, corners (latitude, longitude) in degrees.
        nearby: places nearby; empty where there are none, None where the file does not say.
    """

    name: str
    place: str
    use_case: str
    policy: str
    authority: Authority
    folder: Path | None
    wanted_far: float
    cameras: tuple[Camera, ...]
    draft: str | None = None
    kind: str = "operation"
    purpose: str = ""
    why_here: str = ""
    why_now: str = ""
    area: tuple[tuple[float, float], ...] = ()
    nearby: tuple[Nearby, ...] | None = None
    expected_passages: int | None = None
    documents: tuple[Document, ...] = ()
    consultations: tuple[Consultation, ...] = ()
