"""What a deployment asks for and what went before it, as the policy's rules want to know it.

Rules:
  - what is kept of a deployment's terms is numbers, codes and digests: nothing about a person, and no text of its own;
  - a deployment counts as a start from its authorisation on, whether it was watched or not, unless it was cancelled
    before anything was scanned;
  - references of a list are kept as keyed digests, so that the next list can be compared with it, and a person can
    still learn whether they were on one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from overt.domain import asked
from overt.domain.area import Area
from overt.domain.authority import Consultation, Deployment
from overt.domain.before_start import CONSULTATION, Before
from overt.domain.history import Complaint, Ended, Finding, History, Start, shingles
from overt.domain.terms import Terms
from overt.services.installation import Installation
from overt.services.panel import countersigned_in
from overt.store.ports import Work
from overt.store.records import DeploymentRow, DeploymentState, PaperRow

LAST = 5  # so many deployments back a list and a text are compared with
STARTED, REVIEW, FINDING, ANSWER, OUTSIDE = "started", "review", "finding", "answer", "outside-authorisation"
STOPPED, OFFICERS, LEAFLETS = "stopped-by-rule", "officers", "leaflets"
COMPLAINT, COMPLAINT_ANSWER = "complaint", "complaint-answer"
_PLACE_KEYS = ("purpose", "why_here", "why_now", "expected_passages")
_AUTHORITY_KEYS = (
    *("legal_basis", "aim", "necessity", "proportionality", "alternatives", "authorised_by"),
    *("second_officer", "statute", "outside_authorisation"),
)


def terms_of(
    deployment: Deployment,
    references: Iterable[str],
    *,
    officers: tuple[str, ...] | None = None,
    reasons: bool = False,
    papers: Iterable[PaperRow] = (),
    before: Before = Before(),  # noqa: B008  (frozen: nothing is known)
) -> Terms:
    """What a deployment asks for.

    Args:
        references: keyed digests of its list's references.
        officers: the rank of each officer who has signed; None: nobody was asked yet.
        reasons: the second officer's reasons are written.
        papers: what was filed about the deployment since; an outside authorisation may be among it.
        before: what was done before the start, as `overt.services.before_start` finds it.
    """
    authority = deployment.authority
    filled = {key for key in _AUTHORITY_KEYS if getattr(authority, key)}
    if any(paper.kind == OUTSIDE for paper in papers):
        filled.add("outside_authorisation")
    return Terms(
        name=deployment.name,
        purpose=deployment.purpose,
        use_case=deployment.use_case,
        opens_us=authority.window.opens_us,
        closes_us=authority.window.closes_us,
        cameras=len(deployment.cameras),
        serials=tuple(camera.serial for camera in deployment.cameras if camera.serial),
        area=Area(corners=deployment.area) if deployment.area else None,
        places=tuple(asked.Place(kind=place.kind, text=place.what) for place in deployment.nearby or ()),
        place_filled=_place_filled(deployment),
        authority_filled=frozenset(filled),
        documents=tuple(
            asked.Document(kind=one.kind, at_us=one.at_us, digest=bool(one.sha256)) for one in deployment.documents
        ),
        officers=officers,
        officers_reasons=reasons,
        urgent_since_us=authority.urgent_since_us,
        wanted_far=deployment.wanted_far,
        references=frozenset(references),
        necessity=authority.necessity,
        before=replace(before, consulted=tuple(map(_consulted, deployment.consultations))),
    )


def _consulted(one: Consultation) -> frozenset[str]:
    return frozenset(key for key in CONSULTATION if getattr(one, key) not in ("", None))


def _place_filled(deployment: Deployment) -> frozenset[str]:
    filled = {key for key in _PLACE_KEYS if getattr(deployment, key)}
    if deployment.nearby is not None:  # an empty list says that there is no such place
        filled.add("nearby")
    return frozenset(filled)


def kept_terms(
    deployment: Deployment, rows: int = 0, pack: str = "", threshold: float | None = None
) -> dict[str, object]:
    """What later deployments, and whoever signs this one, must know of it.

    Args:
        rows: pictures that each passage is compared with.
        pack: digest of the networks.
        threshold: at which it will run, cosine; None: it is not known.
    """
    return {
        "area": [list(corner) for corner in deployment.area],
        "place": deployment.place,
        "cameras": len(deployment.cameras),
        "rows": rows,
        "pack": pack,
        "threshold": threshold,
        "use_case": deployment.use_case,
        "purpose": deployment.purpose,
        "expected_passages": deployment.expected_passages,
        "wanted_far": deployment.wanted_far,
        "text": sorted(shingles(deployment.authority.necessity)),
    }


def history_of(work: Work, now_us: int, without: str | None = None) -> History:
    """What this installation has done; `without`: the deployment that is being asked for."""
    started = {paper.deployment for paper in work.papers.all(STARTED)}
    rows = [row for row in work.deployments.all() if row.id != without and _counts(row, started)]
    over = [row for row in rows if row.id in started and ended_us(row) <= now_us]
    last = sorted(_before(work, rows, without), key=lambda row: row.opens_us)[-LAST:]
    answered = {paper.about for paper in work.papers.all(ANSWER)}

    def over_without(kind: str) -> tuple[Ended, ...]:
        filed = {paper.deployment for paper in work.papers.all(kind)}
        return tuple(Ended(name=row.name, ended_us=ended_us(row)) for row in over if row.id not in filed)

    return History(
        starts=tuple(start for row in rows if (start := _start(row)) is not None),
        last_ended_us=max((ended_us(row) for row in over), default=None),
        unreviewed=over_without(REVIEW),
        without_leaflets=over_without(LEAFLETS),
        without_officers=over_without(OFFICERS),
        findings=tuple(
            Finding(name=str(paper.content.get("name", paper.id)), made_us=paper.at_us)
            for paper in work.papers.all(FINDING)
            if paper.id not in answered
        ),
        lists=tuple(frozenset(work.nominals.of(row.id)) for row in last),
        complaints=tuple(
            Complaint(
                received_us=int(str(paper.content.get("received_us", paper.at_us))),
                due_us=due if isinstance(due := paper.content.get("due_us"), int) else None,
            )
            for paper in work.papers.all(COMPLAINT)
            if not work.papers.about(COMPLAINT_ANSWER, paper.id)
        ),
        countersigned=countersigned_in(work),
        texts=tuple(frozenset(map(str, _listed(row.terms.get("text")))) for row in last),
    )


def nominal(installation: Installation, reference: str) -> str:
    """What stands for a listed reference once the list is gone: a keyed digest, which nobody can turn back."""
    return installation.digest(f"nominal:{reference}")


def _before(work: Work, rows: Iterable[DeploymentRow], without: str | None) -> list[DeploymentRow]:
    """Those that had their authority before this one got its own: it repeats nothing of a later one."""
    own = None if without is None else work.deployments.get(without)
    if own is None or own.state is DeploymentState.NEW:
        return list(rows)
    return [row for row in rows if _authorised_us(work, row) < _authorised_us(work, own)]


def _authorised_us(work: Work, row: DeploymentRow) -> int:
    return max((one.signed_us for one in work.authorities.of(row.id)), default=0)


def _counts(row: DeploymentRow, started: set[str | None]) -> bool:
    if row.state in (DeploymentState.AUTHORISED, DeploymentState.ENDED):
        return True
    return row.state is DeploymentState.CANCELLED and row.id in started


def ended_us(row: DeploymentRow) -> int:
    """When a deployment ended, or ends: at the end of its window, or before."""
    return row.closes_us if row.ended_us is None else min(row.ended_us, row.closes_us)


def _start(row: DeploymentRow) -> Start | None:
    corners = _listed(row.terms.get("area"))
    cameras = row.terms.get("cameras")
    if not corners or not isinstance(cameras, int):
        return None  # entered by a version that kept no terms
    area = Area(corners=tuple((float(latitude), float(longitude)) for latitude, longitude in corners))
    return Start(area=area, opens_us=row.opens_us, closes_us=row.closes_us, cameras=cameras)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
