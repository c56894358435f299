"""What an outside evaluator gets of a deployment, and the record that it was handed over.

Rules:
  - whoever hands it over is signed in and may see figures, and the ledger has the digest of the package's manifest;
  - names of the deployment, its place and its cameras, what the authority says, references and accounts stay here; the
    deployment's name is told as the keyed digest that the ledger has;
  - the model pack is the one that is installed now. Where its calibration gives another threshold than alerts were
    raised at, the package says so: then the deployment ran with another pack, or another list;
  - while a score is hidden from people, no threshold is told either.
"""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Final

import overt
from overt.domain.errors import BadModel, Refused
from overt.domain.ids import RandomBytes
from overt.domain.roles import Action
from overt.domain.time import to_text
from overt.evaluation.handover import Content, Minute, digest_of, files_of
from overt.evaluation.handover_codes import Codes, coded_run, coded_truth
from overt.evaluation.trial_run import Run
from overt.evaluation.trial_truth import Truth
from overt.faces.pack import Pack
from overt.recognition.threshold import threshold_for
from overt.services.acting import file_paper
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.trials import Kept
from overt.store.ports import Work

PACKAGE: Final = "package"
#: Of what a deployment asked for; the rest says where it was, or why.
_TERMS: Final = ("cameras", "rows", "use_case", "expected_passages", "wanted_far")
_PARTS: Final = ("numpy", "scipy", "openvino", "onnxruntime", "av", "opencv-python-headless")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How a trial's figures are counted: the tolerance around a walk, seconds, and the bootstrap's seed."""

    tolerance_s: float
    seed: int


def package_of_deployment(
    installation: Installation, kept: Kept, truth: Truth | None, pack: Pack, measure: Measure
) -> dict[str, bytes]:
    """The files of a package of a deployment in the store."""
    codes = Codes(random_bytes=installation.random_bytes, digest=installation.digest)
    for camera in sorted({one.camera for one in kept.minutes} | {one.camera for one in kept.run.prompts}):
        codes.camera(camera)
    return files_of(
        Content(
            run=coded_run(kept.run, codes, kept.row.id),
            truth=None if truth is None else coded_truth(truth, codes),
            minutes=tuple(
                Minute(camera=codes.camera(one.camera), minute_us=one.minute_us, counts=one.counts)
                for one in kept.minutes
            ),
            settings={**_of_deployment(installation, kept, pack), **_of_machine(pack)},
            tolerance_s=measure.tolerance_s,
            seed=measure.seed,
        )
    )


def package_of_run(
    run: Run, truth: Truth | None, pack: Pack, measure: Measure, random_bytes: RandomBytes
) -> dict[str, bytes]:
    """The files of a package of a run that was printed; there is no key, so notes are left out."""
    codes = Codes(random_bytes=random_bytes)
    return files_of(
        Content(
            run=coded_run(run, codes, "run"),
            truth=None if truth is None else coded_truth(truth, codes),
            minutes=(),
            settings=_of_machine(pack),
            tolerance_s=measure.tolerance_s,
            seed=measure.seed,
        )
    )


def record_handover(installation: Installation, by: Account, kept: Kept, files: dict[str, bytes]) -> str:
    """Enters in the ledger that a package was made, by whom and of what; returns the digest of its manifest.

    Raises:
        NotAllowed: the account may not see figures now.
    """
    digest = digest_of(files)

    def change(work: Work) -> str:
        require_actor(work, by, Action.FIGURES_SEE)
        content: dict[str, object] = {"manifest": digest}
        file_paper(installation, work, PACKAGE, by=by.id, row=kept.row, about=digest, content=content, recorded=True)
        return digest

    return installation.store.write(change)


def _of_deployment(installation: Installation, kept: Kept, pack: Pack) -> dict[str, object]:
    row, tally, hidden = kept.row, kept.figures.tally, any(one.score is None for one in kept.run.prompts)
    return {
        "deployment": row.id,
        "name": installation.digest(row.name),
        "digest": row.digest,
        "kind": row.kind,
        "state": str(row.state),
        "opens": to_text(row.opens_us),
        "closes": to_text(row.closes_us),
        "policy": row.policy,
        "policy_digest": row.policy_digest,
        "rules": None if kept.rules is None else asdict(kept.rules),
        "terms": {name: row.terms.get(name) for name in _TERMS},
        "entries": tally.entries,
        "withdrawn": tally.withdrawn,
        "ledger_key": installation.public_key,
        "thresholds": None if hidden else sorted(_thresholds(kept)),
        "threshold_by_calibration": None if hidden else _threshold(kept, pack),
    }


def _threshold(kept: Kept, pack: Pack) -> dict[str, object] | None:
    """What the installed pack's calibration gives for the list and the wanted rate; None where it gives none."""
    rows, wanted_far = kept.row.terms.get("rows"), kept.row.terms.get("wanted_far")
    if pack.calibration is None or not isinstance(rows, int) or not isinstance(wanted_far, float) or rows < 1:
        return None
    try:
        found = threshold_for(pack.calibration, rows, wanted_far)
    except (BadModel, Refused):
        return None
    return {
        "value": round(found.value, 4),
        "extrapolated": found.extrapolated,
        "alerts_agree": _thresholds(kept) <= {round(found.value, 4)},
    }


def _thresholds(kept: Kept) -> set[float]:
    return {one.threshold for one in kept.run.prompts if one.threshold is not None}


def _of_machine(pack: Pack) -> dict[str, object]:
    """Model pack, its calibration, and versions; nothing about this one machine."""
    calibration = pack.calibration
    return {
        "pack": {
            "name": pack.name,
            **pack.digests,
            "length": pack.length,
        },
        "calibration": None
        if calibration is None
        else {
            "source": calibration.source,
            "people": calibration.people,
            "pictures": calibration.pictures,
            "comparisons": calibration.comparisons,
            "thresholds": list(calibration.thresholds),
            "errors": list(calibration.errors),
        },
        "versions": {"overt": overt.__version__, "python": platform.python_version(), **_versions()},
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in _PARTS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
