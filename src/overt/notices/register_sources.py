"""From which entries of the ledger each published figure is counted, by the key of its explanation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_PASSAGES: Final = ("figures.minute",)
_ALERTS: Final = ("alert.raised",)
_VERDICTS: Final = ("alert.raised", "alert.decided", "alert.undecided")
_OUTCOMES: Final = (*_VERDICTS, "alert.concluded")
_LIST: Final = ("list.sealed",)

SOURCES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("faces_detected", "faces_seen", "passages_lost", "hours", "camera_hours", "cameras"), _PASSAGES
        ),
        **dict.fromkeys(("green", "amber", "red"), _PASSAGES),
        "alerts": _ALERTS,
        **dict.fromkeys(("worth_a_look", "not_the_person", "cannot_tell", "undecided"), _VERDICTS),
        **dict.fromkeys(("engaged", "right", "right_late", "wrong_person", "wrong_entry", "unverified"), _OUTCOMES),
        **dict.fromkeys(("not_engaged", "lost", "held_wrongly_min", "followed", "arrests"), _OUTCOMES),
        **dict.fromkeys(("precision", "verified", "served_aim"), _OUTCOMES),
        **dict.fromkeys(("far_low", "far_high", "unlisted_passages"), (*_PASSAGES, *_OUTCOMES)),
        **dict.fromkeys(("entries", "templates", "categories", "serious", "ages", "picture_ages"), _LIST),
        **dict.fromkeys(("ground_ages", "responses", "overlap"), _LIST),
        "withdrawn": ("entry.withdrawn",),
        "looked_for": (*_LIST, "entry.withdrawn"),
        "plan": ("deployment.planned",),
        "put_right": _OUTCOMES,
        "threshold": ("deployment.planned", "watch.started"),
        "officer_hours": ("officers.counted",),
        "disclosures": ("alert.disclosed",),
        "evidence": ("alert.disclosed",),
        "holds": ("hold.placed",),
        **{f"listed_{name}": (f"listed.{name}",) for name in ("asked", "answered", "refused")},
        "coverage": ("deployment.made", "authority.signed", "authority.cancelled"),
    }
)
