"""The public register: drawn up from the record, numbered in versions, anchored in the ledger.

Rules:
  - the register is made of the ledger's entries, and of texts that are checked against the ledger's digests
    (`overt.services.publish_document`); nobody types anything into it, and nobody leaves anything out;
  - what the store says otherwise than the ledger is found and told (`overt.services.publish_check`); what is published
    is what the ledger says;
  - a document that changed since it was published is a new version: its number and digest are recorded, and it is kept,
    so that everybody can see what changed;
  - each publication is recorded, with a digest over the digests of all documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.domain.time import to_text
from overt.ledger.entry import Entry
from overt.ledger.head import SignedHead
from overt.services.acting import NoPolicy, policy_of
from overt.services.installation import Installation
from overt.services.people import Account, new_paper, require_actor
from overt.services.policies import POLICIES, load_policy
from overt.services.publish_book import PUBLISHED_KIND, VERSION_KIND, Book, published_of, version_of
from overt.services.publish_cells import Json
from overt.services.publish_check import store_differences
from overt.services.publish_document import ABOUT_VERSIONS, document_digest
from overt.services.publish_parts import publication_record, version_record
from overt.services.publish_register import Texts, register_of
from overt.services.record import NotInLedger
from overt.services.recount import Difference, read_entry
from overt.services.said import SAID
from overt.store.ports import Store, Work
from overt.store.records import DeploymentRow

VERSION: Final = "register-version"


class PublishedMeanwhile(Refused):
    code = "published-meanwhile"


class KeptVersions(Mapping[str, Sequence[Json]]):
    """The versions of these documents that are kept, oldest first, by their deployments' ids.

    They are read when they are asked for, since a register has thousands; a later version than a document's own is not
    among them.
    """

    def __init__(self, store: Store, documents: Iterable[Json]) -> None:
        self._store = store
        self._newest: dict[str, int] = {document["id"]: document["version"] for document in documents}

    def __getitem__(self, deployment: str) -> Sequence[Json]:
        numbers = range(1, self._newest[deployment] + 1)

        def look(work: Work) -> list[Json]:
            return [
                dict(paper.content)
                for number in numbers
                for paper in work.papers.about(VERSION, f"{deployment}/{number}")
            ]

        return self._store.read(look)

    def __iter__(self) -> Iterator[str]:
        return iter(self._newest)

    def __len__(self) -> int:
        return len(self._newest)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A register as the record gives it at one moment. `size`: entries of the ledger that it was made of."""

    register: Json
    size: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What is published.

    Attributes:
        register: the whole document, with the head of the ledger that holds this publication.
        versions: of each deployment's document, by its id, oldest first; those that are kept.
        size: entries up to that head.
        changed: how many documents are new or have changed.
        differences: what the store says otherwise than the ledger.
    """

    register: Json
    versions: Mapping[str, Sequence[Json]]
    size: int
    changed: int
    differences: tuple[Difference, ...]


def draw_register(installation: Installation) -> Drawn:
    """The register as it stands now, with the head of the ledger's last entry; nothing is recorded.

    Raises:
        BadExport: the ledger cannot be counted.
    """
    now_us = installation.clock.now_us()

    def look(work: Work) -> Drawn:
        book, head = Book(), None
        for index, row in enumerate(work.ledger.rows()):
            book.add(read_entry(index, row.entry))
            head = row.head
        texts = _texts(work)
        register = register_of(book, texts, now_us)
        ledger = None if head is None else _ledger(installation, SignedHead.from_bytes(head))
        found = tuple(store_differences(work, book, texts))
        return Drawn(register={**register, "ledger": ledger}, size=book.size, differences=found)

    return installation.store.read(look)


def draw_for(installation: Installation, by: Account) -> Drawn:
    """As `draw_register`, for somebody who may publish it.

    Raises:
        NotAllowed: this account may not.
        NotInLedger: nothing is recorded yet.
    """
    installation.store.read(lambda work: require_actor(work, by, Action.REGISTER_PUBLISH))
    drawn = draw_register(installation)
    if not drawn.size:
        raise NotInLedger("The ledger has no entries.", "Do something that is recorded first.")
    return drawn


def publish(installation: Installation, by: Account) -> Publication:
    """Draws the register up and records that it is published.

    Raises:
        NotAllowed: this account may not.
        NotInLedger: nothing is recorded yet.
        PublishedMeanwhile: somebody else did it at the same time.
        BadExport: the ledger cannot be counted.
    """
    drawn = draw_for(installation, by)
    documents = drawn.register["deployments"][::-1]  # oldest first
    digests = {document["id"]: document_digest(document) for document in documents}
    changed = [
        document
        for document in documents
        if not document["versions"] or document["versions"][-1]["digest"] != digests[document["id"]]
    ]

    def change(work: Work) -> None:
        require_actor(work, by, Action.REGISTER_PUBLISH)
        for document in changed:
            number = document["version"] + 1
            about = f"{document['id']}/{number}"
            if work.papers.about(VERSION, about):
                raise PublishedMeanwhile("Somebody else published the register just now.", "Publish it again.")
            work.papers.add(new_paper(installation, VERSION, about=about, content=_kept(document, number), by=by.id))
            facts = {"version": number, "document": digests[document["id"]]}
            work.record(VERSION_KIND, actor=by.id, deployment=document["id"], facts=facts)
        work.record(
            PUBLISHED_KIND,
            actor=by.id,
            facts={"documents": digest_of_all(digests), "deployments": len(documents), "changed": len(changed)},
        )

    installation.store.write(change)
    return _published(installation, drawn, len(changed))


def digest_of_all(digests: Mapping[str, str]) -> str:
    """Over the id and the digest of every deployment's document, oldest first; `sha256:` and 64 digits."""
    lines = "".join(f"{deployment} {digest}\n" for deployment, digest in digests.items())
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def _published(installation: Installation, drawn: Drawn, changed: int) -> Publication:
    """The register with what was recorded of it, and the head that holds that."""
    rows = installation.store.read(lambda work: list(work.ledger.rows(drawn.size)))
    later = [Entry.from_bytes(row.entry) for row in rows]
    documents = [_with_versions(document, later) for document in drawn.register["deployments"]]
    head = SignedHead.from_bytes(rows[-1].head)
    register = {
        **drawn.register,
        "ledger": _ledger(installation, head),
        "deployments": documents,
        "publications": [
            *drawn.register["publications"],
            *(publication_record(published_of(entry)) for entry in later if entry.kind == PUBLISHED_KIND),
        ],
    }
    return Publication(
        register=register,
        versions=KeptVersions(installation.store, documents),
        size=head.head.size,
        changed=changed,
        differences=drawn.differences,
    )


def _with_versions(document: Json, later: Iterable[Entry]) -> Json:
    new = [
        version_record(version_of(entry))
        for entry in later
        if (entry.kind, entry.deployment) == (VERSION_KIND, document["id"])
    ]
    return {**document, "version": document["version"] + len(new), "versions": [*document["versions"], *new]}


def _kept(document: Json, number: int) -> Json:
    return {**{name: value for name, value in document.items() if name not in ABOUT_VERSIONS}, "version": number}


def _ledger(installation: Installation, head: SignedHead) -> Json:
    return {
        "log": head.head.log,
        "public_key": installation.public_key,
        "head": {
            "size": head.head.size,
            "root": head.head.root.hex(),
            "mark": head.head.mark,
            "at": to_text(head.head.at_us),
            "bytes": head.head.to_bytes().decode(),
            "signature": head.signature.hex(),
        },
    }


def _texts(work: Work) -> Texts:
    rows = work.deployments.all()
    return Texts(said={row.id: _said(work, row) for row in rows}, suspensions=tuple(_suspensions(work, rows)))


def _said(work: Work, row: DeploymentRow) -> Mapping[str, Any]:
    """What a deployment says of itself; of an earlier version, what was kept of it."""
    for paper in work.papers.of(row.id):
        if paper.kind == SAID:
            return paper.content
    terms = row.terms
    kept = {name: terms[name] for name in ("place", "purpose", "use_case", "area", "wanted_far") if terms.get(name)}
    return {"name": row.name, **kept}


def _suspensions(work: Work, rows: Iterable[DeploymentRow]) -> Iterator[Json]:
    """Of the policies that deployments were entered under, as they were then and, where Overt brings them, are now."""
    policies = {}
    for row in rows:
        with suppress(NoPolicy):
            policy = policy_of(work, row)
            policies[policy.digest] = policy
    for name in {policy.name for policy in policies.values()}.intersection(POLICIES):
        policy = load_policy(name)
        policies[policy.digest] = policy
    for policy in sorted(policies.values(), key=lambda one: (one.name, one.digest)):
        if policy.suspension is not None:
            yield {
                "policy": policy.name,
                "from": to_text(policy.suspension.from_us),
                "until": to_text(policy.suspension.until_us),
                "reason": policy.suspension.reason,
                "digest": f"sha256:{policy.digest}",
            }
