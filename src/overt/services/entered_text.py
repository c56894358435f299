"""What a deployment's file says, kept with the deployment once it is entered, so that what was authorised can be read
as long as the record stands, whatever becomes of the file.

Rules:
  - it is kept in the transaction in which the deployment is entered, and never changed; the ledger has its keyed
    digest;
  - no address of a camera is kept, since it may hold a password, no path of this machine, and nobody's name: who signed
    stands with the signature;
  - of the model pack its digests are kept, and what was measured with it in short.
"""

from __future__ import annotations

import hashlib
from typing import Final

from overt.domain.area import Area
from overt.domain.authority import Deployment
from overt.domain.envelope import Envelope
from overt.domain.time import to_text
from overt.faces.pack import Pack
from overt.store.ports import Work

ENTERED: Final = "deployment-text"
#: What is written in words, in the order in which people read it.
TEXTS: Final = (
    *("place", "why_here", "why_now", "legal_basis", "aim", "necessity", "proportionality", "alternatives"),
    *("statute", "outside_authorisation"),
)


def entered_text(deployment: Deployment, pack: Pack) -> dict[str, object]:
    """What is kept, for JSON."""
    authority = deployment.authority
    texts = {name: getattr(deployment if hasattr(deployment, name) else authority, name) for name in TEXTS}
    area = Area(corners=deployment.area) if deployment.area else None
    urgent_us = authority.urgent_since_us
    return {
        "texts": {name: text for name, text in texts.items() if text},
        "urgent_since": None if urgent_us is None else to_text(urgent_us),
        "area": [list(corner) for corner in deployment.area],
        "area_ha": None if area is None else round(area.hectares(), 4),
        "nearby": None if deployment.nearby is None else [vars(one) for one in deployment.nearby],
        "expected_passages": deployment.expected_passages,
        "wanted_far": deployment.wanted_far,
        "cameras": [
            {
                "name": one.name,
                "serial": one.serial,
                "zone": [list(corner) for corner in one.zone.corners],
                "smallest_face_px": one.smallest_face_px,
            }
            for one in deployment.cameras
        ],
        "model": model_of(pack),
    }


def model_of(pack: Pack) -> dict[str, object]:
    """Which networks, and what was measured with them; digests as SHA-256, 64 hexadecimal digits."""
    curve = pack.calibration
    measured = None
    if curve is not None:
        digest = hashlib.sha256(curve.to_toml().encode()).hexdigest()
        numbers = {"people": curve.people, "pictures": curve.pictures, "comparisons": curve.comparisons}
        measured = {"source": curve.source, **numbers, "sha256": digest}
    return {
        "name": pack.name,
        "files": [
            {"part": part, **{name: getattr(one, name) for name in ("file", "sha256", "licence", "training_data")}}
            for part, one in (("detector", pack.detector), ("embedder", pack.embedder))
        ],
        "recipe": pack.recipe.digest,
        "made_by": pack.made_by,
        "calibration": measured,
        "envelope": None if pack.envelope is None else _envelope(pack.envelope),
    }


def _envelope(envelope: Envelope) -> dict[str, object]:
    limits = [
        {"of": one.quantity, "worse": one.worse, "amber": one.amber, "red": one.red, "people": one.people}
        for one in envelope.limits
    ]
    digest = hashlib.sha256(envelope.to_toml().encode()).hexdigest()
    return {"source": envelope.source, "measured": envelope.date.isoformat(), "sha256": digest, "limits": limits}


def said_in(work: Work, deployment: str) -> dict[str, object] | None:
    """What was kept of a deployment; None: it was entered by a version that kept nothing, or the store was put back."""
    kept = [paper for paper in work.papers.of(deployment) if paper.kind == ENTERED and "texts" in paper.content]
    return dict(kept[0].content) if kept else None
