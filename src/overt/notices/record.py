"""A deployment's record on paper: HTML that stands by itself, and the same as a part of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from overt.notices.sheet import part, sheet

_TEMPLATE = "record.html"


def record_html(told: Mapping[str, Any], digest: str) -> str:
    """The record as a document. `told`: as `overt.services.deployment_record` has it; `digest`: of its JSON."""
    title = f"Record of a deployment: {told['deployment']['name']}"
    return sheet(_TEMPLATE, {"told": told, "digest": digest}, title)


def record_part(told: Mapping[str, Any], digest: str) -> str:
    """The record as a part of a page."""
    return part(_TEMPLATE, {"told": told, "digest": digest})
