"""What a deployment asks for, as far as the policy judges it; and how much that is, together with what went before."""

from __future__ import annotations

from dataclasses import dataclass

from overt.domain.area import Area
from overt.domain.before_start import Before
from overt.domain.history import History, Start, most_in_30_days, share_reused, shingles


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place near the area. `kind` is a code such as "school"; `text` says which."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document that is attached to the deployment; `at_us`: its date, `digest`: its SHA-256 is written."""

    kind: str
    at_us: int
    digest: bool = False


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a deployment asks for.

    Attributes:
        cameras: how many; `serials` holds the serial number of each that has one.
        area: None where the file names none.
        place_filled: keys of the deployment file that are filled, outside [authority]; whether `area` and
            `camera_serials` are filled is seen from the fields here.
        authority_filled: keys of [authority] that are filled.
        officers: the rank of every authorising officer, one for each person; None before any has signed.
        officers_reasons: the second officer's reasons are written.
        urgent_since_us: when urgency was declared; None without urgency.
        references: keyed digests of the list's references, as History has them.
        necessity: the text of that name.
        before: what was done before the start.
    """

    name: str
    purpose: str
    use_case: str
    opens_us: int
    closes_us: int
    cameras: int
    serials: tuple[str, ...]
    area: Area | None
    places: tuple[Place, ...]
    place_filled: frozenset[str]
    authority_filled: frozenset[str]
    documents: tuple[Document, ...]
    officers: tuple[str, ...] | None
    officers_reasons: bool
    urgent_since_us: int | None
    wanted_far: float
    references: frozenset[str]
    necessity: str
    before: Before


def coverage_30d(terms: Terms, history: History) -> float:
    """Camera-hours x hectares of the heaviest 30 days that these terms are part of, all areas, themselves included."""
    own = 0.0
    if terms.area is not None:
        own = Start(
            area=terms.area, opens_us=terms.opens_us, closes_us=terms.closes_us, cameras=terms.cameras
        ).coverage()
    return own + most_in_30_days(history.starts, terms.opens_us, Start.coverage)


def list_reused(terms: Terms, history: History) -> float:
    """The share of the list, 0 to 1, that stood on the last deployments' lists too."""
    return share_reused(terms.references, history.lists)


def text_reused(terms: Terms, history: History) -> float:
    """The share of the necessity text, 0 to 1, in runs of five words, that the last deployments had too."""
    return share_reused(shingles(terms.necessity), history.texts)
