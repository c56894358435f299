"""Does the register hold: against the store, and against an export of the ledger.

Rules:
  - the store and the ledger say the same of every deployment, or the difference is named;
  - every published cell can be computed again from an export of the ledger and the published texts alone; a text is
    right where its digest is the ledger's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from overt.services.deployments import DOCUMENT
from overt.services.figures import Figures, figures_in
from overt.services.halts import HALT, HALT_LIFTED
from overt.services.publish_book import Book
from overt.services.publish_cells import Json
from overt.services.publish_document import ABOUT_VERSIONS
from overt.services.publish_register import Texts, register_of
from overt.services.publish_told import Told
from overt.services.recount import BadExport, Difference, differences, read_entry
from overt.services.said import said_digest
from overt.services.terms import REVIEW
from overt.store.ports import Work
from overt.store.records import DeploymentState, Subject

#: What of the register is about its publication, and is looked at by itself.
_ABOUT_PUBLISHING = ("ledger", "publications")


def store_differences(work: Work, book: Book, texts: Texts) -> Iterator[Difference]:
    """Everything of which the store and the ledger say different things."""
    ours_now, theirs_now = figures_in(work), book.counting.figures()
    yield from differences(ours_now, theirs_now)
    kept = _kept(work, {one.tally.deployment: one for one in ours_now})
    counted = {one.tally.deployment: one for one in theirs_now}
    read = {name: _read(told, counted[name], texts.said.get(name)) for name, told in book.deployments.items()}
    for deployment in {**kept, **read}:
        ours, theirs = kept.get(deployment, {}), read.get(deployment, {})
        for name in {**ours, **theirs}:
            if ours.get(name) != theirs.get(name):
                yield Difference(deployment=deployment, figure=name, store=ours.get(name), ledger=theirs.get(name))


def recounted(register: Json, export: Iterable[bytes]) -> list[Difference]:
    """Everything that a published register says otherwise than an export of the ledger, by its place in the register;
    `store`: what is published.

    Args:
        export: its lines, up to the register's head or further.

    Raises:
        BadExport: the export cannot be counted, or ends before the register does.
    """
    book, counted, size = Book(), register["counted"], register["ledger"]["head"]["size"]
    texts = Texts(
        said={document["id"]: document["said"] for document in register["deployments"]},
        suspensions=tuple(register["suspensions"]),
    )
    drawn = register_of(book, texts, counted["at_us"])
    for index, line in enumerate(itertools.islice(export, size)):
        book.add(read_entry(index, line.partition(b"\t")[0]))
        if book.size == counted["entries"]:
            drawn = register_of(book, texts, counted["at_us"])
    if book.size < size:
        raise BadExport(
            f"The export has {book.size:,} entries, and the register was made of {size:,}.", "Ask for a newer export."
        )
    later = register_of(book, texts, counted["at_us"])
    ours, theirs = dict(_cells(_without(register))), dict(_cells(_without(drawn)))
    ours |= dict(_cells(_publishing(register)))
    theirs |= dict(_cells(_publishing(later)))
    return [
        Difference(deployment="", figure=place, store=ours.get(place), ledger=theirs.get(place))
        for place in {**ours, **theirs}
        if ours.get(place) != theirs.get(place)
    ]


def _without(register: Json) -> Json:
    return {
        **{name: value for name, value in register.items() if name not in _ABOUT_PUBLISHING},
        "deployments": [
            {name: value for name, value in document.items() if name not in ABOUT_VERSIONS}
            for document in register["deployments"]
        ],
    }


def _publishing(register: Json) -> Json:
    versions = {one["id"]: [one["version"], one["versions"]] for one in register["deployments"]}
    return {"publications": register["publications"], "versions": versions}


def _cells(value: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Every single value with its place."""
    if isinstance(value, Mapping):
        each: Iterable[tuple[object, object]] = value.items()
    elif isinstance(value, list | tuple):
        each = enumerate(value)
    else:
        yield place, value
        return
    yield place, "{}" if isinstance(value, Mapping) else "[]"
    for name, one in each:
        yield from _cells(one, f"{place}/{name}")


def _kept(work: Work, figures: Mapping[str, Figures]) -> dict[str, dict[str, Any]]:
    """What the store says of each deployment."""
    lifted = {paper.about for paper in work.papers.all(HALT_LIFTED)}
    halts = [(paper.deployment, paper.id in lifted) for paper in work.papers.all(HALT)]
    lists = {one.id: one.deployment for one in work.lists.all()}
    receipts = [
        (lists.get(one.subject_id), one) for one in work.erasures.all() if one.subject in (Subject.LIST, Subject.LISTED)
    ]
    found = {}
    for row in work.deployments.all():
        papers = work.papers.of(row.id)
        found[row.id] = {
            "digest": row.digest,
            "policy_digest": row.policy_digest,
            "over": {DeploymentState.CANCELLED: "cancelled", DeploymentState.ENDED: "ended"}.get(row.state, ""),
            "signatures": len(work.authorities.of(row.id)),
            "receipts": {
                one.id: (one.key_destroyed_us is not None, one.residue_cleared_us is not None)
                for deployment, one in receipts
                if deployment == row.id
            },
            "halts": [over for deployment, over in halts if deployment == row.id],
            "documents": [paper.about for paper in papers if paper.kind == DOCUMENT],
            "reviews": sorted(paper.id for paper in papers if paper.kind == REVIEW),
            "holds": sum(len(work.alerts.holds(alert)) for alert in _alerts(figures[row.id])),
            "text": True,
        }
    return found


def _read(told: Told, figures: Figures, said: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the ledger says of a deployment."""
    alerts = _alerts(figures)
    return {
        "digest": told.made.digest,
        "policy_digest": told.made.policy_digest,
        "over": "cancelled" if told.cancelled else "ended" if told.ended else "",
        "signatures": len(told.signatures),
        "receipts": {erasure: (one.key is not None, one.residue is not None) for erasure, one in told.receipts.items()},
        "halts": [one.over is not None for one in told.halts],
        "documents": [about for about, _ in told.documents],
        "reviews": sorted(told.reviews),
        "holds": sum(alert in alerts for alert in told.holds),
        "text": not told.made.said or said is None or said_digest(said) == told.made.said,
    }


def _alerts(figures: Figures) -> set[str]:
    assert figures.facts is not None
    return {one.alert for one in figures.facts.alerts}
