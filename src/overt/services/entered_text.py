"""What a deployment's file says besides what is public of it (`overt.services.said`), kept once it is entered, so that
what was authorised can be read as long as the record stands, whatever becomes of the file.

Rules:
  - it is kept in the transaction in which the deployment is entered, and never changed; the ledger has its keyed
    digest;
  - no address of a camera is kept, since it may hold a password, no path of this machine, and nobody's name: who signed
    stands with the signature;
  - of the model pack its digests are kept, and what was measured with it in short.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from overt.domain.authority import Deployment
from overt.domain.envelope import Envelope
from overt.domain.time import to_text
from overt.faces.pack import Pack
from overt.services.said import SAID, hectares_of
from overt.store.ports import Work

ENTERED: Final = "deployment-text"
#: What is written in words, in the order in which people read it.
TEXTS: Final = (
    *("place", "why_here", "why_now", "legal_basis", "aim", "necessity", "proportionality", "alternatives"),
    *("statute", "outside_authorisation"),
)


def besides_of(deployment: Deployment, pack: Pack) -> dict[str, object]:
    """What is kept beside what is public, for JSON."""
    urgent_us = deployment.authority.urgent_since_us
    return {
        "urgent_since": None if urgent_us is None else to_text(urgent_us),
        "nearby": None if deployment.nearby is None else [vars(one) for one in deployment.nearby],
        "cameras": [
            {"serial": one.serial, "zone": [list(corner) for corner in one.zone.corners]} for one in deployment.cameras
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


def pack_name_in(work: Work, deployment: str) -> str:
    """What the model pack that a deployment was entered with is called; empty where that was not kept."""
    kept = [paper.content.get("model") for paper in work.papers.of(deployment) if paper.kind == ENTERED]
    model = kept[-1] if kept else None
    return str(model["name"]) if isinstance(model, Mapping) else ""


def said_in(work: Work, deployment: str) -> dict[str, object] | None:
    """What was kept of a deployment, public or not; None: it was entered by a version that kept nothing, or the store
    was put back."""
    kept: dict[str, Mapping[str, Any]] = {paper.kind: paper.content for paper in work.papers.of(deployment)}
    said, besides = kept.get(SAID), kept.get(ENTERED, {})
    if said is None or "model" not in besides:
        return None
    words = {"place": said["place"], **said["text"]}
    return {
        **besides,
        **{name: said[name] for name in ("area", "expected_passages", "wanted_far")},
        "texts": {name: words[name] for name in TEXTS if words.get(name)},
        "area_ha": hectares_of(said),
        "cameras": [{**public, **one} for public, one in zip(said["cameras"], besides["cameras"], strict=True)],
    }
