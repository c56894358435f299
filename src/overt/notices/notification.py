"""What authorities are told, on paper: of one use, and of a year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from overt.notices.sheet import part, sheet

_WHOM: Final = {"market-surveillance": "market-surveillance authority", "data-protection": "data-protection authority"}

DOCUMENTS: Final = {
    "fria": "Fundamental rights impact assessment",
    "registration": "Registration",
    "dpia": "Data protection impact assessment",
    "appropriate-policy": "Appropriate policy document",
    "equality-impact": "Equality impact assessment",
    "bias-test": "Test for bias",
}


def notification_html(told: Mapping[str, Any], digest: str) -> str:
    """The notification as a document. `told`: as `overt.services.notifications` has it; `digest`: of its JSON."""
    return sheet("notification.html", _values(told, digest), _title(told))


def notification_part(told: Mapping[str, Any], digest: str) -> str:
    """The same as a part of a page."""
    return part("notification.html", _values(told, digest))


def _values(told: Mapping[str, Any], digest: str) -> dict[str, Any]:
    return {"told": told, "digest": digest, "title": _title(told), "uses": _uses(told), "documents": DOCUMENTS}


def _uses(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(told["uses"]) if "year" in told else [told]


def _title(told: Mapping[str, Any]) -> str:
    whom = _WHOM[told["for"]]
    if "year" in told:
        return f"Report of the year {told['year']} for the {whom}"
    return f"Notification of a use for the {whom}: {told['deployment']['name']}"
