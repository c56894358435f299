"""Signs and leaflets of a deployment: what they say comes from the record, and what was made is recorded.

Rules:
  - everything on a paper is taken from the entered deployment, its policy, the model pack, the ledger and this
    machine's settings; nothing is typed for it;
  - a deployment that is over has no signs: NoticeOver; nor has one of which the record does not say where it is, or an
    installation that does not say who it is and where its register is: NothingToSay;
  - what was not measured is said to be not measured;
  - each making is an entry of the ledger for each language, with the SHA-256 of each file; what the papers said is
    kept, so that what hung in a street can be shown later. After a restore that may be lost, the digests are not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from overt import __version__
from overt.domain.area import Point
from overt.domain.calibration import ImpostorCurve
from overt.domain.envelope import Envelope
from overt.domain.errors import BadModel, Refused
from overt.domain.progress import Progress
from overt.domain.roles import Action
from overt.faces.pack import Pack
from overt.ledger.entry import Fact
from overt.notices.notice import Bound, Group, Measured, Notice, Rate, Span, local
from overt.notices.paper import can_make_pdf, to_pdf
from overt.notices.papers import Order, Sheet, sheets
from overt.notices.wording import Language, shipped
from overt.recognition.threshold import threshold_for
from overt.services.acting import policy_of
from overt.services.installation import Installation
from overt.services.people import Account, new_paper, require_actor
from overt.services.record import newest
from overt.settings import COMPLAINTS, Settings
from overt.store.ports import Work
from overt.store.records import DeploymentRow, DeploymentState, PaperRow

NOTICES: Final = "notices"
_OVER: Final = (DeploymentState.ENDED, DeploymentState.CANCELLED)


class NoticeOver(Refused):
    code = "notice-over"


class NothingToSay(Refused):
    code = "nothing-to-say"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What this machine's settings say to the public; see `overt.settings`."""

    controller: str
    complaints: str
    public_address: str

    @classmethod
    def of(cls, settings: Settings) -> Told:
        return cls(
            controller=settings.controller, complaints=settings.complaints, public_address=settings.public_address
        )


@dataclass(frozen=True, kw_only=True)
class File:
    name: str
    content: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made at one time in one language.

    Attributes:
        id: of the paper by which it is kept.
        by: account id.
        digests: of each file, by its name.
        notice: what it said.
        order: which papers.
    """

    id: str
    at_us: int
    by: str
    language: str
    digests: dict[str, str]
    notice: Notice
    order: Order

    @property
    def again(self) -> dict[str, Sheet]:
        """The papers, to be made again; none where their language came from a file."""
        language = shipped().get(self.language)
        return {} if language is None else {one.name: one for one in sheets(self.notice, language, self.order)}


def notice_of(
    installation: Installation, row: DeploymentRow, pack: Pack, told: Told, zone: tzinfo | None = None
) -> Notice:
    """What the papers of a deployment say now.

    Args:
        pack: with which it runs.
        zone: of the place; None: this machine's.

    Raises:
        NoticeOver, NothingToSay: there is nothing to be said about it.
        NoPolicy: its policy is not kept as it was entered.
    """
    now_us = installation.clock.now_us()
    if row.state in _OVER or now_us >= row.closes_us:
        raise NoticeOver(f"{row.name} is over, so nothing is in use there.", "Take the signs down.")
    _require_said(row, told)
    retention = installation.store.read(lambda work: policy_of(work, row)).rules
    head = newest(installation.store).head
    terms = row.terms
    return Notice(
        deployment=row.id,
        place=str(terms["place"]),
        kind=row.kind,
        purpose=str(terms.get("purpose") or ""),
        use_case=str(terms.get("use_case") or ""),
        cameras=_count(terms.get("cameras")),
        opens=local(row.opens_us, zone),
        closes=local(row.closes_us, zone),
        area=_area(terms.get("area")),
        controller=told.controller.strip(),
        complaints=told.complaints.strip().rstrip("."),
        page=page_of(told.public_address, row.id),
        version=__version__,
        pack=pack.says.rstrip("."),
        not_the_person_s=retention.not_the_person_s,
        possible_match_h=retention.possible_match_h,
        list_after_end_h=retention.list_after_end_h,
        pictures=_count(terms.get("rows")),
        measured=_measured(row, pack),
        entries=head.size,
        root=head.root.hex(),
        printed=local(now_us, zone),
        key=installation.public_key,
    )


def page_of(public_address: str, deployment: str) -> str:
    """The address of a deployment's page in the register: what the code on a sign holds."""
    return f"{public_address.rstrip('/')}/public/{deployment}"


def make(
    installation: Installation,
    by: Account,
    notice: Notice,
    languages: Iterable[Language],
    order: Order,
    *,
    progress: Progress | None = None,
) -> list[File]:
    """Makes all papers as HTML, and as PDF where that can be made here, and records them.

    Raises:
        NotAllowed: this account may not make them.
    """
    installation.store.read(lambda work: require_actor(work, by, Action.NOTICES_MAKE))
    spoken = {language.code: language for language in languages}
    wanted = [(language, sheets(notice, language, order)) for language in spoken.values()]
    kinds = 1 if can_make_pdf() else 2
    total, done = kinds * sum(len(some) for _, some in wanted), 0
    found: list[File] = []
    for language, some in wanted:
        files = []
        for sheet in some:
            files += _files(sheet, with_pdf=kinds == 2)
            done += kinds
            if progress is not None:
                progress(done, total)
        _record(installation, by, notice, language.short, order, files)
        found += files
    return found


def made_of(installation: Installation, row: DeploymentRow) -> list[Made]:
    """What was made of a deployment, the newest first."""
    papers = installation.store.read(lambda work: work.papers.of(row.id))
    made = [_made(one) for one in papers if one.kind == NOTICES]
    return sorted(made, key=lambda one: (-one.at_us, one.language))


def _require_said(row: DeploymentRow, told: Told) -> None:
    if not row.terms.get("place"):
        raise NothingToSay(
            f"The record does not say where {row.name} is: an earlier version of Overt entered it.",
            "Enter the deployment again.",
        )
    missing = [
        name
        for name, given in (
            ("controller", told.controller.strip()),
            ("complaints", told.complaints != COMPLAINTS and told.complaints.strip()),
            ("public_address", told.public_address),
        )
        if not given
    ]
    if missing:
        raise NothingToSay(
            f"A sign says by whom, where to complain, and where everything else is to be read. Not set here: "
            f"{', '.join(missing)}.",
            "Set it in overt.toml, or with OVERT_CONTROLLER, OVERT_COMPLAINTS, OVERT_PUBLIC_ADDRESS.",
        )


def _measured(row: DeploymentRow, pack: Pack) -> Measured:
    curve, envelope = pack.calibration, pack.envelope
    worst = None if curve is None else curve.worst_group
    return Measured(
        rate=None if curve is None else _rate(row, curve),
        group=None
        if worst is None
        else Group(name=worst.of, times=Span(value=worst.value, low=worst.low, high=worst.high)),
        dark=_bound(envelope, "face_light") or _bound(envelope, "zone_light"),
        crowd=_bound(envelope, "in_view"),
    )


def _rate(row: DeploymentRow, curve: ImpostorCurve) -> Rate | None:
    rows, passages = _count(row.terms.get("rows")), _count(row.terms.get("expected_passages"))
    wanted = row.terms.get("wanted_far")
    if not rows or not isinstance(wanted, float):
        return None
    try:
        found = threshold_for(curve, rows, wanted)
    except (BadModel, Refused):
        return None  # there is no threshold that was measured to keep to it

    def times(factor: float) -> Span:
        return Span(value=factor * found.far_expected, low=factor * found.far_low, high=factor * found.far_high)

    return Rate(
        per_1000=times(1000),
        here=times(passages) if passages else None,
        passages=passages,
        rows=rows,
        comparisons=curve.comparisons,
        people=curve.people,
        extrapolated=found.extrapolated,
    )


def _bound(envelope: Envelope | None, quantity: str) -> Bound | None:
    limit = None if envelope is None else envelope.limit(quantity)
    return None if limit is None else Bound(amber=limit.amber, red=limit.red, people=limit.people)


def _files(sheet: Sheet, *, with_pdf: bool) -> list[File]:
    html = sheet.html()
    page = File(name=f"{sheet.name}.html", content=html.encode())
    return [page, File(name=f"{sheet.name}.pdf", content=to_pdf(html).content)] if with_pdf else [page]


def _record(
    installation: Installation, by: Account, notice: Notice, language: str, order: Order, files: list[File]
) -> None:
    digests = {one.name: one.digest for one in files}
    content: dict[str, object] = {
        "notice": notice.to_plain(),
        "large_print": order.large_print,
        "ahead_m": list(order.ahead_m),
        "files": digests,
    }
    paper = new_paper(installation, NOTICES, about=language, content=content, deployment=notice.deployment, by=by.id)
    facts: dict[str, Fact] = {
        "paper": paper.id,
        "language": language,
        "files": tuple(digests),
        "digests": tuple(digests.values()),
    }

    def change(work: Work) -> None:
        require_actor(work, by, Action.NOTICES_MAKE)
        work.papers.add(paper)
        work.record("notices.made", actor=by.id, deployment=notice.deployment, facts=facts)

    installation.store.write(change)


def _made(paper: PaperRow) -> Made:
    content: Any = paper.content
    return Made(
        id=paper.id,
        at_us=paper.at_us,
        by=paper.account,
        language=paper.about,
        digests=content["files"],
        notice=Notice.from_plain(content["notice"]),
        order=Order(large_print=content["large_print"], ahead_m=tuple(content["ahead_m"])),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _area(value: object) -> tuple[Point, ...]:
    corners: Any = value if isinstance(value, list) else []
    return tuple((float(latitude), float(longitude)) for latitude, longitude in corners)
