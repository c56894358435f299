"""Drafts: lists in the making, sealed entry by entry, before one deployment takes them.

Rules:
  - a draft's key is half in the keyring and half from the passphrase, as a list's is; what is plain in the store are
    codes and times, and nothing that names anybody;
  - a draft dies 24 hours after it was begun;
  - an entry that needs the approval of a second person gets it, with a reason, from an account that did not import it;
    the reason is sealed with the draft, and goes into the list with the entry;
  - a draft that was finished only shrinks; what was withdrawn is counted;
  - a list is taken from a draft only if, at that time and under the deployment's own policy, no entry breaks a rule, no
    approval is missing and nothing is missing that nobody withdrew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from overt.domain.entries import EntryFacts, broken_entry, broken_list, facts_of, missing_approvals
from overt.domain.errors import BadWatchList, Refused
from overt.domain.policy import Rules
from overt.domain.retention import DAY_US
from overt.domain.roles import Action
from overt.domain.terms import Broken
from overt.domain.time import to_text
from overt.services.acting import file_paper
from overt.services.erase import key_name
from overt.services.evidence import ListedPerson
from overt.services.installation import Installation
from overt.services.lists import ListReport, WatchList
from overt.services.people import Account, SecondPersonNeeded, require_actor
from overt.store.ports import Work
from overt.store.records import DraftEntry, DraftRow, State, Subject
from overt.vault.errors import WrongKey
from overt.vault.passphrase import list_key, passphrase_half
from overt.vault.seal import seal, unseal

LIFE_US: Final = DAY_US
APPROVAL: Final = "entry-approval"
_MOST_TOLD: Final = 10


class NoDraft(Refused):
    """There is no such draft, or it is over, or its import was not finished."""

    code = "no-draft"


class DraftAltered(Refused):
    code = "draft-altered"


class ListRefused(BadWatchList):
    """Entries or the list as a whole break the policy; `broken` has every rule."""

    code = "list-refused"

    def __init__(self, broken: Sequence[Broken]) -> None:
        told = [f"{one.sentence.rstrip('.')} ({one.rule})" for one in broken[:_MOST_TOLD]]
        more = f"; and {len(broken) - _MOST_TOLD} more" if len(broken) > _MOST_TOLD else ""
        super().__init__(f"The list is refused: {'; '.join(told)}{more}.", broken[0].todo)
        self.broken = tuple(broken)


@dataclass(frozen=True, kw_only=True)
class OpenDraft:
    """A draft, open: its row and its key, which is nowhere but here."""

    row: DraftRow
    key: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class DraftPerson:
    """One entry of an open draft. `approval`: the second person's reason, "" where nobody has approved it."""

    position: int
    person: ListedPerson
    facts: EntryFacts
    approved_by: str | None = None
    approval: str = ""


def bound_to(draft: str, position: int) -> str:
    """What an entry's sealed content is, as the seal has it."""
    return f"draft:{draft}/{position}"


def find_draft(installation: Installation, draft: str, *, finished: bool = True) -> DraftRow:
    """A draft that is kept.

    Args:
        finished: whether its import has to be finished, else it has to be unfinished.

    Raises:
        NoDraft: there is none such.
    """
    return installation.store.read(lambda work: _kept(installation, work, draft, finished=finished))


def _kept(installation: Installation, work: Work, draft: str, *, finished: bool) -> DraftRow:
    row = work.drafts.get(draft)
    if row is None or row.state is not State.KEPT or row.erase_after_us <= installation.clock.now_us():
        over = (
            row is not None and f"The draft {draft} was erased, or its time was over at {to_text(row.erase_after_us)}."
        )
        raise NoDraft(over or f"There is no draft {draft}.", "Look it up with overt list drafts, or import the list.")
    if finished and row.sealed_us is None:
        raise NoDraft(
            f"The import of the draft {draft} was not finished.", f"Go on: overt list import SOURCE --resume {draft}"
        )
    if not finished and row.sealed_us is not None:
        raise NoDraft(f"The import of the draft {draft} is finished; a list only shrinks.", "Import another list.")
    return row


def unlock(installation: Installation, row: DraftRow, passphrase: str) -> OpenDraft:
    """The draft with its key; whether it is the right one shows at the first entry.

    Raises:
        WeakPassphrase: it cannot be the passphrase.
        NoKey: the draft has been erased.
    """
    half = installation.keyring.get(key_name(Subject.DRAFT, row.id))
    return OpenDraft(row=row, key=list_key(half, passphrase_half(passphrase, row.salt)))


def open_entries(installation: Installation, opened: OpenDraft) -> list[DraftPerson]:
    """Every entry of a draft, by position.

    Raises:
        WrongKey: the passphrase is not the one it was sealed with, or the draft was altered.
        DraftAltered: entries are missing that nobody withdrew.
    """
    row, entries = installation.store.read(
        lambda work: (work.drafts.get(opened.row.id), work.drafts.entries(opened.row.id))
    )
    if row is None or len(entries) != row.entries - row.withdrawn:
        raise DraftAltered(
            "The draft has not the entries that were imported, less those that were withdrawn.",
            "Do not use it: verify the ledger, and call whoever audits this installation.",
        )
    return [_opened(installation, opened, entry) for entry in entries]


def open_entry(installation: Installation, opened: OpenDraft, position: int) -> DraftPerson:
    """One entry of an open draft.

    Raises:
        NoDraft: the draft is over, or has no such entry.
        WrongKey: it does not open.
    """

    def look(work: Work) -> list[DraftEntry]:
        _kept(installation, work, opened.row.id, finished=True)
        return work.drafts.entries(opened.row.id, position, position + 1)

    found = installation.store.read(look)
    if not found:
        raise NoDraft(
            f"The list has no entry {position}, or it was withdrawn.",
            f"Look it up: overt list drafts {opened.row.id}",
        )
    return _opened(installation, opened, found[0])


def open_draft(installation: Installation, row: DraftRow, passphrase: str) -> tuple[DraftPerson, ...]:
    """Every entry of a draft, by position; raises as `unlock` and `open_entries`."""
    return tuple(open_entries(installation, unlock(installation, row, passphrase)))


def _opened(installation: Installation, opened: OpenDraft, entry: DraftEntry) -> DraftPerson:
    what = bound_to(entry.draft, entry.position)
    try:
        person = ListedPerson.from_bytes(unseal(opened.key, what, entry.sealed))
        approval = "" if entry.approved_by is None else _reason(installation, opened, entry)
    except WrongKey as error:
        raise WrongKey(
            "The draft cannot be opened: the passphrase is not the one it was sealed with, or it was altered.",
            "Give the passphrase of this list.",
        ) from error
    return DraftPerson(
        position=entry.position,
        person=person,
        facts=facts_of({**person.fields, "reference": person.reference}),
        approved_by=entry.approved_by,
        approval=approval,
    )


def _reason(installation: Installation, opened: OpenDraft, entry: DraftEntry) -> str:
    """Why an entry was approved; nothing where the one who is said to have approved it has not, or imported it."""
    about = f"{entry.draft}/{entry.position}"
    papers = installation.store.read(lambda work: work.papers.about(APPROVAL, about))
    for paper in papers:
        if paper.account == entry.approved_by != opened.row.made_by:
            sealed = bytes.fromhex(str(paper.content["sealed"]))
            return unseal(opened.key, f"{bound_to(entry.draft, entry.position)}/{paper.account}", sealed).decode()
    return ""


def approve(
    installation: Installation, draft: str, position: int, *, reason: str, passphrase: str, by: Account
) -> ListedPerson:
    """A second person's approval of an entry, with the reason; the entry.

    Raises:
        NoDraft: there is no such draft or entry, or somebody has approved it.
        SecondPersonNeeded: whoever imported a list approves none of its entries.
        Refused: no reason is given.
        NotAllowed: the account may not approve.
        WrongKey: the passphrase is not the draft's.
    """
    row = find_draft(installation, draft)
    _require_second(row, by, reason)
    return approve_open(installation, unlock(installation, row, passphrase), position, reason=reason, by=by)


def _require_second(row: DraftRow, by: Account, reason: str) -> None:
    if row.made_by == by.id:
        raise SecondPersonNeeded(
            "You imported this list, so you cannot approve its entries.", "Ask another list manager."
        )
    if not reason.strip():
        raise Refused("An approval says why.", "Give the reason.")


def approve_open(
    installation: Installation, opened: OpenDraft, position: int, *, reason: str, by: Account
) -> ListedPerson:
    """As `approve`, of a draft that is open."""
    draft = opened.row.id
    _require_second(opened.row, by, reason)
    one = open_entry(installation, opened, position)
    if one.approved_by is not None:
        raise NoDraft(f"The entry {position} does not wait for an approval.", "Look at the list again.")
    person = one.person
    what = f"{bound_to(draft, position)}/{by.id}"
    content: dict[str, object] = {
        "sealed": seal(opened.key, what, reason.strip().encode(), installation.random_bytes).hex()
    }

    def change(work: Work) -> None:
        require_actor(work, by, Action.LIST_APPROVE)
        _kept(installation, work, draft, finished=True)
        if not work.drafts.approve(draft, position, by.id):
            raise NoDraft(f"Somebody else approved the entry {position} just now, or withdrew it.", "")
        about = f"{draft}/{position}"
        file_paper(installation, work, APPROVAL, by=by.id, row=None, about=about, content=content, recorded=True)
        work.record("entry.approved", actor=by.id, facts={"draft": draft, "position": position})

    installation.store.write(change)
    return person


def withdraw(installation: Installation, draft: str, position: int, *, by: Account) -> None:
    """Takes an entry out of a draft.

    Raises:
        NoDraft: there is no such draft or entry.
        NotAllowed: the account may not.
    """

    def change(work: Work) -> None:
        require_actor(work, by, Action.LIST_WITHDRAW)
        _kept(installation, work, draft, finished=True)
        if not work.drafts.withdraw(draft, position):
            raise NoDraft(f"The draft has no entry {position}.", f"Look it up: overt list drafts {draft}")
        work.record("draft.withdrawn", actor=by.id, facts={"draft": draft, "position": position})

    installation.store.write(change)


def require_made_by(people: Iterable[DraftPerson], made_by: str) -> None:
    """Raises BadWatchList where templates were made with another model pack, or by another recipe."""
    if any(one.person.made_by != made_by for one in people):
        raise BadWatchList(
            "The list was imported with another model pack, or an earlier version of it, so its templates cannot be "
            "compared with those of this one.",
            "Choose the pack that it was imported with, or import the list anew.",
        )


def take(installation: Installation, draft: str, passphrase: str, *, rules: Rules, made_by: str) -> WatchList:
    """The watch list that a deployment gets of a draft. Who calls it seals the list and erases the draft.

    Args:
        rules: those of the deployment's policy, by which every entry is judged again, now.
        made_by: what the templates of the deployment depend on.

    Raises:
        NoDraft: there is no such draft, or its import was not finished.
        ListRefused: rules of the policy are broken, or approvals are missing.
        BadWatchList: nobody is left on it, or it was imported with another pack.
        WrongKey, NoKey, DraftAltered: it cannot be opened.
    """
    row, now_us = find_draft(installation, draft), installation.clock.now_us()
    people = [
        one
        for one in open_draft(installation, row, passphrase)
        if one.facts.expires_us is None or one.facts.expires_us > now_us
    ]
    if not people:
        raise BadWatchList(f"Nobody is left on the draft {draft}.", "Import the list anew.")
    require_made_by(people, made_by)
    broken = [*broken_list([one.facts for one in people], rules)]
    for one in people:
        broken += broken_entry(one.facts, rules, now_us)
        if not one.approval:
            broken += missing_approvals(one.facts, rules, now_us)
    if broken:
        raise ListRefused(broken)
    return watch_list_of(people)


def watch_list_of(people: Iterable[DraftPerson]) -> WatchList:
    """The entries of a draft as a watch list; at least one."""
    ordered = tuple(people)
    return WatchList(
        references=tuple(one.person.reference for one in ordered),
        templates=np.concatenate([one.person.templates for one in ordered]),
        row_entry=np.repeat(np.arange(len(ordered), dtype=np.int32), [len(one.person.templates) for one in ordered]),
        report=ListReport(folder=Path(), verdicts=(), look_alikes=()),
        expires_us=tuple(one.facts.expires_us for one in ordered),
        jpegs=tuple(one.person.picture for one in ordered),
        fields=tuple(_fields(one) for one in ordered),
        about=tuple(one.facts.about for one in ordered),
    )


def _fields(one: DraftPerson) -> dict[str, str]:
    approved = {"approved_by": one.approved_by or "", "approval": one.approval} if one.approval else {}
    return {**one.person.fields, **approved}


def new_draft(installation: Installation, passphrase: str, *, by: Account) -> tuple[OpenDraft, bytes]:
    """A draft that is nowhere yet, and the half of its key for the keyring.

    Raises:
        WeakPassphrase: the passphrase is too short.
    """
    now_us, half = installation.clock.now_us(), installation.random_bytes(32)
    row = DraftRow(
        id=installation.new_id(),
        made_by=by.id,
        made_us=now_us,
        erase_after_us=now_us + LIFE_US,
        salt=installation.random_bytes(16),
    )
    return OpenDraft(row=row, key=list_key(half, passphrase_half(passphrase, row.salt))), half


def sealed_entry(
    installation: Installation, opened: OpenDraft, position: int, person: ListedPerson, facts: dict[str, object]
) -> DraftEntry:
    """An entry, sealed with its draft's key and bound to its place."""
    what = bound_to(opened.row.id, position)
    sealed = seal(opened.key, what, person.to_bytes(), installation.random_bytes)
    return DraftEntry(draft=opened.row.id, position=position, sealed=sealed, facts=facts)


def counted(opened: OpenDraft, entries: int) -> OpenDraft:
    """The draft after so many entries were added."""
    return replace(opened, row=replace(opened.row, entries=opened.row.entries + entries))
