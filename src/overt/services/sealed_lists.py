"""Watch lists as they are kept: sealed for one deployment, opened with its passphrase, dying with its window.

Rules:
  - a list's key is half in the keyring and half from the passphrase, and whole only in the memory of the process that
    runs the deployment;
  - with it is committed, for good, who is on it, so that one person can be told later (`overt.services.listed`);
  - each entry is sealed by itself and bound to its place; a list that was opened is the list that was sealed, less what
    was withdrawn, with a receipt, and what has expired by now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from overt.domain.composition import Composition
from overt.domain.entries import LISTED, about_of
from overt.domain.errors import BadWatchList, Refused
from overt.domain.ids import RandomBytes
from overt.domain.progress import Progress
from overt.domain.retention import RetentionRules
from overt.faces.picture import read_picture, to_jpeg
from overt.ledger.entry import Fact
from overt.services.erase import begin_erasing, key_name
from overt.services.evidence import ListedPerson
from overt.services.installation import Installation
from overt.services.listed import Commitment, commit, require_committed
from overt.services.lists import ListReport, WatchList
from overt.store.ports import Work
from overt.store.records import DeploymentRow, ListRow, SealedEntry, Subject
from overt.vault.errors import WrongKey
from overt.vault.passphrase import list_key, passphrase_half
from overt.vault.seal import new_key, seal, unseal

PICTURE_PX = 480
SALT_BYTES = 16
TAKEN = "taken"


class ListAltered(Refused):
    code = "list-altered"


@dataclass(frozen=True, kw_only=True)
class OpenList:
    """A sealed list, open: its row and its key, which is nowhere but here."""

    row: ListRow
    key: bytes = field(repr=False)


def seal_list(
    installation: Installation,
    deployment: DeploymentRow,
    watch_list: WatchList,
    passphrase: str,
    *,
    rules: RetentionRules,
    progress: Progress | None = None,
    digest: Callable[[], str] | None = None,
    draft: str | None = None,
    composition: Composition | None = None,
) -> OpenList:
    """Seals an enrolled list.

    Args:
        draft: that the list was imported as; it is taken in the same transaction, and by nobody else.
        digest: of the deployment, computed anew once every picture has been read; None: the list has no folder.
        composition: what the list is made of, which nobody can tell once it is gone; None: not recorded.

    Raises:
        WeakPassphrase: the passphrase is too short.
        BadPicture: a picture cannot be read any more.
        BadWatchList: the deployment or its pictures have changed since it was entered.
        StoreUnavailable, KeyringUnavailable: it could not be kept; nothing was.
        Refused: the deployment has a sealed list, or the draft is taken.
    """
    half = new_key(installation.random_bytes)
    row = _new_row(installation, deployment, len(watch_list.references), rules)
    opened = OpenList(row=row, key=list_key(half, passphrase_half(passphrase, row.salt)))
    entries = _sealed_entries(opened, watch_list, installation.random_bytes, progress)
    answers = _answers(installation, deployment, row, watch_list, rules, progress)
    if digest is not None and digest() != deployment.digest:
        raise BadWatchList(
            "The deployment's files changed while its list was read: templates and pictures may not belong together.",
            "Start again, and let nobody write to them meanwhile.",
        )

    def change(work: Work) -> None:
        if work.lists.kept_for(deployment.id) is not None:
            raise Refused("This deployment is entered already: its list is sealed.", "See overt deployment show.")
        if draft is not None and begin_erasing(installation, work, Subject.DRAFT, draft, TAKEN) is None:
            raise Refused("This list was taken by another deployment meanwhile.", "Import it anew for this one.")
        work.lists.add(row, entries)
        facts = _facts(row, len(watch_list.templates), composition) | {"sealed": digest_of_sealed(entries)}
        work.record(
            "list.sealed", deployment=deployment.id, facts=facts if draft is None else {**facts, "draft": draft}
        )
        if answers is not None:
            answers.record(work)

    name = key_name(Subject.LIST, row.id)
    with installation.keyring.creating():
        installation.keyring.put(name, half)
        if answers is not None:
            installation.keyring.put(key_name(Subject.LISTED, row.id), answers.secret.secret)
        installation.store.write(change)
    return opened


def digest_of_sealed(entries: Iterable[SealedEntry]) -> str:
    """Which list it is: SHA-256 over its sealed entries, in their order. It tells nothing about what they seal."""
    digest = hashlib.sha256()
    for one in entries:
        digest.update(hashlib.sha256(one.sealed).digest())
    return f"sha256:{digest.hexdigest()}"


def _new_row(installation: Installation, deployment: DeploymentRow, entries: int, rules: RetentionRules) -> ListRow:
    return ListRow(
        id=installation.new_id(),
        deployment=deployment.id,
        salt=installation.random_bytes(SALT_BYTES),
        entries=entries,
        made_us=installation.clock.now_us(),
        erase_after_us=deployment.closes_us + rules.list_after_end_us,
    )


def _facts(row: ListRow, templates: int, composition: Composition | None) -> dict[str, Fact]:
    return {
        "list": row.id,
        "entries": row.entries,
        "templates": templates,
        "erase_after_us": row.erase_after_us,
        **({} if composition is None else composition.facts()),
    }


def _answers(
    installation: Installation,
    deployment: DeploymentRow,
    row: ListRow,
    watch_list: WatchList,
    rules: RetentionRules,
    progress: Progress | None,
) -> Commitment | None:
    """What will answer who was listed; None where the rules want none."""
    if not rules.listed_answer_us:
        return None
    until_us = deployment.closes_us + rules.listed_answer_us
    return commit(installation, deployment, row.id, watch_list.references, until_us=until_us, progress=progress)


def _sealed_entries(
    opened: OpenList, watch_list: WatchList, random_bytes: RandomBytes, progress: Progress | None
) -> list[SealedEntry]:
    entries = []
    for position, reference in enumerate(watch_list.references):
        person = ListedPerson(
            reference=reference,
            templates=watch_list.templates[watch_list.row_entry == position],
            picture=_jpeg(watch_list, position),
            fields=watch_list.fields[position] if watch_list.fields else {},
        )
        sealed = seal(opened.key, _bound_to(opened.row.id, position), person.to_bytes(), random_bytes)
        entries.append(SealedEntry(position=position, sealed=sealed, expires_us=watch_list.expires_us[position]))
        if progress is not None:
            progress(position + 1, len(watch_list.references))
    return entries


def _jpeg(watch_list: WatchList, position: int) -> bytes:
    """An entry's picture as it is sealed; that of a draft is so already."""
    if watch_list.jpegs:
        return watch_list.jpegs[position]
    return to_jpeg(read_picture(watch_list.pictures[position]), PICTURE_PX)


def open_list(installation: Installation, row: ListRow, passphrase: str) -> tuple[OpenList, WatchList]:
    """Opens a sealed list.

    Raises:
        WrongKey: the passphrase is not the one it was sealed with, or the list was altered.
        ListAltered: entries are missing that nobody withdrew.
        NoKey: it has been erased.
        BadWatchList: nothing is left on it.
        CommitmentDiffers: somebody is on it to whom nobody committed.
    """
    half = installation.keyring.get(key_name(Subject.LIST, row.id))
    opened = OpenList(row=row, key=list_key(half, passphrase_half(passphrase, row.salt)))
    now_us = installation.clock.now_us()
    entries = [
        entry
        for entry in installation.store.read(lambda work: _entries_left(work, row))
        if entry.expires_us is None or entry.expires_us > now_us  # nobody may have withdrawn it yet
    ]
    try:
        people = [_person(opened, entry) for entry in entries]
    except WrongKey as error:
        raise WrongKey(
            "The list cannot be opened: the passphrase is not the one it was sealed with, or the list was altered.",
            "Give the passphrase of this deployment.",
        ) from error
    require_committed(installation, row, [person.reference for person in people])
    if not people:
        raise BadWatchList("Nobody is left on this deployment's list.", "End the deployment.")
    installation.store.write(
        lambda work: work.record(
            "list.opened", deployment=row.deployment, facts={"list": row.id, "entries": len(people)}
        )
    )
    # Places on the list stay those it was sealed with; a withdrawn one keeps its number and has no template.
    references, about = [""] * row.entries, [LISTED] * row.entries
    for entry, person in zip(entries, people, strict=True):
        references[entry.position] = person.reference
        about[entry.position] = about_of(person.fields.get("category", ""))
    watch_list = WatchList(
        references=tuple(references),
        templates=np.concatenate([person.templates for person in people]),
        row_entry=np.repeat(
            np.array([entry.position for entry in entries], np.int32), [len(person.templates) for person in people]
        ),
        report=ListReport(folder=Path(), verdicts=(), look_alikes=()),
        about=tuple(about),
    )
    return opened, watch_list


def _entries_left(work: Work, row: ListRow) -> list[SealedEntry]:
    """The entries that are there, which have to be all that were sealed, less those withdrawn with a receipt."""
    entries = work.lists.entries(row.id)
    withdrawn = {one.subject_id for one in work.erasures.all() if one.subject is Subject.ENTRY}
    expected = [position for position in range(row.entries) if f"{row.id}/{position}" not in withdrawn]
    if [entry.position for entry in entries] != expected:
        raise ListAltered(
            f"The list has {len(entries)} entries where its receipts leave {len(expected)}, so it is not the list that "
            "was sealed.",
            "Do not use it: verify the ledger, and call whoever audits this installation.",
        )
    return entries


def listed_person(installation: Installation, opened: OpenList, position: int) -> ListedPerson | None:
    """One entry of an open list; None once it was withdrawn."""
    entry = installation.store.read(lambda work: work.lists.entry(opened.row.id, position))
    return None if entry is None else _person(opened, entry)


def _person(opened: OpenList, entry: SealedEntry) -> ListedPerson:
    return ListedPerson.from_bytes(unseal(opened.key, _bound_to(opened.row.id, entry.position), entry.sealed))


def _bound_to(watch_list: str, position: int) -> str:
    return f"list:{watch_list}/{position}"
