"""What a deployment says of itself in public: the authority's text, place, cameras and papers, as they were entered.

Rules:
  - it is kept with the deployment as a paper, and the ledger's entry `deployment.made` has its SHA-256, so that whoever
    reads it later can see that it is what was entered and signed;
  - a random salt is part of it: before it is published nobody can guess it from that digest;
  - who signs stands in it by no name: the ledger has the rank of each signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import rfc8785

from overt.domain.area import Area
from overt.domain.authority import Deployment
from overt.domain.policy import Policy

SAID: Final = "said"
_AUTHORITY: Final = ("legal_basis", "aim", "necessity", "proportionality", "alternatives", "statute")
_PLACE: Final = ("why_here", "why_now")


def said_of(
    deployment: Deployment, policy: Policy, *, documents: Sequence[str | None], salt: bytes
) -> dict[str, object]:
    """What is published of a deployment file. `documents`: SHA-256 of each of its documents; None: it has no file."""
    authority, rules = deployment.authority, policy.rules
    text = {
        **{key: getattr(authority, key) for key in _AUTHORITY},
        **{key: getattr(deployment, key) for key in _PLACE},
        "outside_authorisation": authority.outside_authorisation,
    }
    return {
        "name": deployment.name,
        "place": deployment.place,
        "purpose": deployment.purpose,
        "use_case": deployment.use_case,
        "area": [list(corner) for corner in deployment.area],
        "nearby": [{"kind": one.kind, "what": one.what} for one in deployment.nearby or ()],
        "text": {key: words for key, words in text.items() if words},
        "second_officer": bool(authority.second_officer),
        "wanted_far": deployment.wanted_far,
        "expected_passages": deployment.expected_passages,
        "cameras": [{"name": one.name, "smallest_face_px": one.smallest_face_px} for one in deployment.cameras],
        "consultations": [
            {"who": one.who, "when": one.when, "replies": one.replies, "changed": one.changed}
            for one in deployment.consultations
        ],
        "documents": [
            {
                "kind": one.kind,
                "version": one.version,
                "at_us": one.at_us,
                "sha256": digest,
            }
            for one, digest in zip(deployment.documents, documents, strict=True)
        ],
        "policy": {
            "version": policy.version,
            "publish_at_least": rules.publish_at_least,
            "review_due_days": rules.review_due_days,
            "findings_due_days": rules.findings_due_days,
            "coverage_max": rules.coverage_max_camera_h_ha_30d,
            "listed_answer_delay_h": rules.listed_answer_delay_h,
            "listed_answer_days": rules.listed_answer_days,
        },
        "salt": salt.hex(),
    }


def area_of(said: Mapping[str, Any]) -> Area | None:
    """The area; None: it has none."""
    corners = said.get("area")
    return Area(corners=tuple((float(lat), float(lon)) for lat, lon in corners)) if corners else None


def hectares_of(said: Mapping[str, Any]) -> float | None:
    """How large the area is; None: there is none."""
    area = area_of(said)
    return None if area is None else round(area.hectares(), 4)


def said_digest(said: Mapping[str, Any]) -> str:
    """`sha256:` and 64 hexadecimal digits, over canonical JSON (RFC 8785)."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps(dict(said))).hexdigest()}"
