"""The register as one document: what is told of all deployments together, and the document of each.

Rules:
  - the same book, texts and time give the same document, byte for byte, whether the book was read from the store's
    ledger or from an export of it;
  - text is told with whether it is what the ledger's digest was made of;
  - what is not recorded says so; nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from overt.domain.history import MONTH_US, Start, most_in_30_days
from overt.domain.retention import DAY_US
from overt.domain.suppression import AT_LEAST
from overt.domain.tally import KINDS
from overt.domain.time import to_text
from overt.services.publish_book import Book
from overt.services.publish_cells import HOW, Json, cell, not_recorded
from overt.services.publish_document import Counted, document_of
from overt.services.publish_figures import put_right, total_of, why_waits
from overt.services.publish_parts import part_record, publication_record, spell_record
from overt.services.publish_told import Spell
from overt.services.said import area_of

REGISTER_VERSION: Final = "overt-register-1"


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What is published and is no part of the ledger.

    Attributes:
        said: what each deployment says of itself, by its id.
        suspensions: of policies, as the register has them.
    """

    said: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    suspensions: tuple[Json, ...] = ()


def register_of(book: Book, texts: Texts, now_us: int) -> Json:
    """The register as it stands at that time, without `ledger`, which says of what head it is.

    Raises:
        BadExport: the ledger cannot be counted.
    """
    every = _every(book, texts, now_us)
    documents = [document_of(one, every[at - 1] if at else None) for at, one in enumerate(every)]
    newest = every[-1] if every else None
    return {
        "_version": REGISTER_VERSION,
        "made_at": to_text(now_us),
        "counted": {"entries": book.size, "at_us": now_us},
        "publish_at_least": AT_LEAST if newest is None else newest.at_least,
        "coverage": None if newest is None else _coverage(every, newest, now_us),
        "totals": list(_totals(every)),
        "suspensions": list(texts.suspensions),
        "halts": [spell_record(one) for one in book.halts],
        "findings": [_finding(one, newest, now_us) for one in book.findings.values()],
        "deployments": documents[::-1],
        "publications": [publication_record(one) for one in book.publications],
        "how": dict(HOW),
    }


def _every(book: Book, texts: Texts, now_us: int) -> list[Counted]:
    counted = {one.tally.deployment: one for one in book.counting.figures()}
    return [
        Counted(
            id=deployment,
            number=number,
            told=told,
            figures=counted[deployment],
            waits=why_waits(told, book.counting.open_alerts(deployment), now_us),
            said=texts.said.get(deployment, {}),
            now_us=now_us,
        )
        for number, (deployment, told) in enumerate(book.deployments.items(), 1)
    ]


def _finding(one: Spell, newest: Counted | None, now_us: int) -> Json:
    days = None if newest is None else newest.policy.get("findings_due_days")
    due_us = None if days is None else one.begun.at_us + days * DAY_US
    answered_us = now_us if one.over is None else one.over.at_us
    return {
        "filed_at": to_text(one.begun.at_us),
        "ledger": one.begun.index,
        "due_at": None if due_us is None else to_text(due_us),
        **part_record("answer", "answered_at", one.over),
        "overdue": due_us is not None and due_us < answered_us,
    }


def _coverage(every: list[Counted], newest: Counted, now_us: int) -> Json:
    starts = [start for one in every if (start := _start(one)) is not None]
    used = sum(one.coverage() for one in starts if now_us - MONTH_US < one.opens_us <= now_us)
    promised = sum(one.coverage() for one in starts if one.opens_us > now_us)
    most, budget = most_in_30_days(starts, now_us, Start.coverage), newest.policy.get("coverage_max")
    return {
        "used": _camera_h_ha("coverage", used),
        "promised": _camera_h_ha("coverage_promised", promised),
        "budget": not_recorded("coverage") if budget is None else _camera_h_ha("coverage", budget),
        "left": not_recorded("coverage") if budget is None else _camera_h_ha("coverage_left", budget - most),
        "from": to_text(now_us - MONTH_US),
        "until": to_text(now_us),
        "policy": newest.told.made.policy,
    }


def _start(one: Counted) -> Start | None:
    """What counts against the budget; None: nothing does."""
    made, area = one.told.made, area_of(one.said)
    counts = one.signed if one.told.cancelled is None else one.told.started is not None
    if area is None or not counts:
        return None
    return Start(area=area, opens_us=made.opens_us, closes_us=made.closes_us, cameras=made.cameras)


def _camera_h_ha(how: str, value: float) -> Json:
    return cell(how, round(value, 4), unit="camera-hours x hectares")


def _totals(every: list[Counted]) -> Iterator[Json]:
    for kind in KINDS:
        told = [one for one in every if one.told.made.kind == kind and not one.waits]
        if told:
            yield total_of(
                kind,
                [
                    (one.figures, put_right(one.told, one.figures, one.now_us), one.followed, one.at_least)
                    for one in told
                ],
            )
