"""The record of one deployment for those who check it: everything that was recorded, in one document.

Rules:
  - it is made of the ledger's entries (`overt.services.story_read`) and of what the store adds to them
    (`overt.services.record_sections`), all as they stood at one head of the ledger, which it names with its signature,
    with the ranges of entries that it was made from and with proofs of the most important ones;
  - it has no face, no reference of a listed person and no words of a verdict;
  - as long as alerts wait for verdicts, whoever may also decide gets none of it (`overt.services.reading`), and of
    those alerts nobody gets the score or what was said;
  - each copy that is made is an entry of the ledger, with who made it, for whom, and the SHA-256 of its canonical JSON
    (RFC 8785), recorded before it is handed out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import rfc8785

from overt import __version__
from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.domain.time import to_text
from overt.ledger.entry import Entry, Fact
from overt.ledger.head import SignedHead
from overt.services.acting import NoPolicy, policy_of
from overt.services.entered_text import said_in
from overt.services.figure_words import INDEPENDENT, NO_TRR, promise_sentence, stop_sentence, told_of_alerts
from overt.services.figure_words import told_of_false_alerts as told_of_false
from overt.services.figures import Figures, figures_in
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.reading import require_all
from overt.services.record import head_record, inclusions
from overt.services.record_sections import (
    alerts_in,
    cameras_of,
    policy_record,
    signatures_in,
    why_halted,
    written_in,
)
from overt.services.story import Story, Told
from overt.services.story_read import stories_of
from overt.store.ports import Work
from overt.store.records import DeploymentRow

VERSION: Final = "overt-deployment-record-1"
MOST_PROOFS: Final = 200
_ROW: Final = ("use_case", "purpose", "expected_passages", "wanted_far")


class Whom(StrEnum):
    """For whom a document is made."""

    OVERSIGHT = "oversight"
    MARKET_SURVEILLANCE = "market-surveillance"
    DATA_PROTECTION = "data-protection"


@dataclass(frozen=True, kw_only=True)
class Copy:
    """That a document was made. `by`: name; `index`: of the entry that says so."""

    at_us: int
    by: str
    whom: str
    digest: str
    index: int


class NothingRecorded(Refused):
    code = "nothing-recorded"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document that is in the ledger. `name`: of its files, without an ending; `content`: its canonical JSON."""

    name: str
    told: Told
    content: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


def make_record(installation: Installation, by: Account, row: DeploymentRow) -> Document:
    """Makes a copy of a deployment's record, and says so in the ledger.

    Raises:
        NotAllowed: this account may not.
        WithheldUntilDecided: it may decide about alerts, and some wait.
        NothingRecorded: the ledger does not know the deployment.
    """
    record = installation.new_id()

    def look(work: Work) -> tuple[Told, list[int], int]:
        require_actor(work, by, Action.RECORD_MAKE)
        require_all(work, by)
        (story,), size = told_stories(work, [row]), work.ledger.size()
        told = _told(installation, work, row, story)
        return told, _to_prove(story, told["alerts"]), size

    told, indices, size = installation.store.read(look)
    told["ledger"]["proofs"] = [
        {"index": one.index, "entry": one.entry.decode(), "path": [each.hex() for each in one.path]}
        for one in inclusions(installation.store, indices, size)
    ]
    about = {"record": record, "for": Whom.OVERSIGHT, "made": to_text(installation.clock.now_us()), "made_by": by.id}
    return kept(installation, by, {"_version": VERSION, **about, **told}, f"record-{row.id}", row)


def kept(installation: Installation, by: Account, told: Told, name: str, row: DeploymentRow | None) -> Document:
    """Says in the ledger that a document was made; returns it. `row`: None where it is about several deployments."""
    document = Document(name=name, told=told, content=rfc8785.dumps(told))
    facts: dict[str, Fact] = {
        "record": str(told["record"]),
        "whom": str(told["for"]),
        "digest": document.digest,
        "size": int(told["ledger"]["size"]),
    }
    deployment = None if row is None else row.id
    installation.store.write(lambda work: work.record("record.made", actor=by.id, deployment=deployment, facts=facts))
    return document


def told_stories(work: Work, rows: Sequence[DeploymentRow]) -> list[Story]:
    """What the ledger says of each of these deployments; raises NothingRecorded where that is nothing."""
    stories = stories_of((one.entry for one in work.ledger.rows()), [row.id for row in rows])
    if not all(story.made for story in stories.values()):
        raise NothingRecorded(
            "The ledger does not say that this deployment was entered.", "Keep a copy, and report it."
        )
    return [stories[row.id] for row in rows]


def ledger_record(work: Work, story: Story | None) -> Told:
    """The head that a document stands on; with a story, the entries that it was made from."""
    last = work.ledger.last()
    assert last is not None  # there is a deployment, so there is an entry
    head = head_record(SignedHead.from_bytes(last.head))
    if story is None:
        return head
    kinds = dict(sorted(story.kinds.items()))
    return {**head, "entries": len(story.entries), "ranges": story.ranges(), "kinds": kinds}


def about_deployment(row: DeploymentRow, story: Story) -> Told:
    """What it is, when, and how it ended."""
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "state": str(row.state),
        "digest": row.digest,
        "entered": story.made["at"],
        "entered_by": row.made_by,
        "opens": to_text(row.opens_us),
        "closes": to_text(row.closes_us),
        "ended": None if row.ended_us is None else to_text(row.ended_us),
        "endings": story.ended,
        **{name: row.terms.get(name) for name in _ROW},
    }


def list_record(story: Story) -> Told | None:
    """The newest list: which it is, how many, what came in and went out; None: none was sealed."""
    if not story.lists:
        return None
    refused = story.drafts.get(story.draft, {}).get("refused")
    return {**story.lists[-1], "refused_at_import": refused, "second_approvals": story.approved}


def figures_told(one: Figures) -> list[Told]:
    """Each figure as a sentence with its interval, and how it was computed."""
    told = [*told_of_false(one), *told_of_alerts(one.tally.listed)]
    return [{"name": each.name, "sentence": each.sentence, "how": each.how} for each in told]


def _told(installation: Installation, work: Work, row: DeploymentRow, story: Story) -> Told:
    (figures,) = figures_in(work, [row.id])
    assert figures.facts is not None
    said = said_in(work, row.id)
    try:
        policy = policy_of(work, row)
    except NoPolicy:
        policy = None
    rules = None if policy is None else policy.rules
    return {
        "installation": {
            "public_key": installation.public_key,
            "log": installation.ledger.log,
            "machine": installation.machine,
            "version": __version__,
        },
        "deployment": about_deployment(row, story),
        "said": said,
        "authority": signatures_in(work, row),
        "policy": None if policy is None else policy_record(policy),
        "people": story.people,
        "list": list_record(story),
        "uses": story.uses,
        "rests_on": story.rests_on,
        "pauses": story.pauses,
        "halts": why_halted(work, story.halts),
        "clock": story.clock,
        "heartbeats": story.heartbeats,
        "alerts": alerts_in(work, row, story, rules, [one.alert for one in figures.facts.alerts]),
        "dropped": story.dropped,
        "decoys": story.decoys,
        "looks": {name: dict(sorted(counts.items())) for name, counts in story.looks.items()},
        "cameras": cameras_of(said, story),
        "figures": figures.record(),
        "figures_told": figures_told(figures),
        "judged": [promise_sentence(figures), stop_sentence(figures), INDEPENDENT, NO_TRR],
        "complaints": story.complaints,
        "papers": story.papers,
        **written_in(work, row),
        "also": story.also,
        "copies": story.copies,
        "ledger": ledger_record(work, story),
    }


def _to_prove(story: Story, alerts: list[Told]) -> list[int]:
    """Indices of the entries that are proved, the first so many; of an alert about which people are still to decide
    there is none, since its entries say its score and what was said."""
    decided = [one for one in alerts if one.get("score_e4") is not None]
    told = (story.made, *story.signatures, *story.lists, *story.uses, *story.rests_on, *story.ended, *decided)
    wanted = [one["entry"] for one in told]
    return sorted(set(wanted[:MOST_PROOFS]))


def copies_of(installation: Installation, by: Account, row: DeploymentRow) -> list[Copy]:
    """The copies of documents about a deployment that were made, newest first.

    Raises:
        NotAllowed: this account may make none.
    """

    def look(work: Work) -> list[Copy]:
        require_actor(work, by, Action.NOTIFICATION_MAKE)
        found = []
        for one in work.ledger.rows():
            if b'"kind":"record.made"' in one.entry and row.id.encode() in one.entry:
                entry = Entry.from_bytes(one.entry)
                account = work.accounts.get(entry.actor)
                by_name = entry.actor if account is None else account.name
                whom, digest = str(entry.facts["whom"]), str(entry.facts["digest"])
                found.append(Copy(at_us=entry.at_us, by=by_name, whom=whom, digest=digest, index=one.index))
        return found[::-1]

    return installation.store.read(look)
