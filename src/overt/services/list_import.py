"""Importing a list: every entry whole and sealed, or refused with its rule's name.

Rules:
  - an entry is complete, by the policy and at that minute, or it is left out and told with the name of its rule;
  - of its pictures those that are fit are used; an entry without any is left out;
  - entries are sealed one by one and committed in batches, so that a kill loses at most one batch; whoever began an
    import goes on with it by the draft's id and its passphrase, and finds what is sealed already by its reference;
  - look-alikes are looked for inside this draft alone, and those who are listed with a ground are told first;
  - nothing is written but sealed content, codes and counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from overt.domain.entries import EntryFacts, approvals_needed, broken_list
from overt.domain.policy import Rules
from overt.domain.progress import Progress
from overt.domain.roles import Action, require_allowed
from overt.domain.terms import Broken
from overt.faces.picture import to_jpeg
from overt.ledger.entry import Fact
from overt.services.acting import file_paper
from overt.services.drafts import (
    ListRefused,
    NoDraft,
    counted,
    find_draft,
    new_draft,
    open_entries,
    require_made_by,
    sealed_entry,
    unlock,
)
from overt.services.erase import key_name
from overt.services.evidence import ListedPerson
from overt.services.fitness import ENROLMENT, EnrolmentRules
from overt.services.installation import Installation
from overt.services.list_findings import FINDINGS, Findings
from overt.services.list_reading import EntryRead, LeftOut, entries_read, row_of
from overt.services.list_sources import ListSource
from overt.services.lists import LookAlike
from overt.services.people import Account, SecondPersonNeeded, require_actor
from overt.services.portraits import Offered, PortraitReader, Row, Verdict, alike_pairs
from overt.services.sealed_lists import PICTURE_PX
from overt.store.ports import Work
from overt.store.records import DraftEntry, Subject
from overt.vault.passphrase import require_strong

BATCH: Final = 32
PICTURES: Final = "pictures"


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An entry that needs a second person's approval; `needs`: why, in codes."""

    position: int
    entry: str
    needs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What came of an import.

    Attributes:
        draft: its id; "" where no entry could be used, and so nothing was kept.
        entries: how many the draft has.
        left_out: the entries that were refused.
        unused: refused pictures of entries that have another.
        look_alikes: pairs of entries, those with a ground first.
        waiting: entries that need an approval.
        broken: rules that the list as a whole breaks; while it does, no deployment may take it.
    """

    draft: str
    entries: int
    left_out: tuple[LeftOut, ...] = ()
    unused: tuple[Verdict, ...] = ()
    look_alikes: tuple[LookAlike, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    broken: tuple[Broken, ...] = ()

    @property
    def clean(self) -> bool:
        """Nothing was left out and no rule is broken."""
        return not self.left_out and not self.unused and not self.broken and bool(self.entries)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Known:
    """An entry that is in the draft."""

    position: int
    facts: EntryFacts
    rows: tuple[Row, ...]


def import_list(
    installation: Installation,
    source: ListSource,
    reader: PortraitReader,
    *,
    rules: Rules,
    passphrase: str,
    by: Account,
    resume: str = "",
    progress: Progress | None = None,
    began: Callable[[str], None] | None = None,
    enrolment: EnrolmentRules = ENROLMENT,
) -> ImportReport:
    """Makes a draft of what a source offers.

    Args:
        rules: of the policy by which entries are judged.
        resume: the id of a draft whose import was interrupted; "" begins another.
        progress: is told pictures done, of how many.
        began: is told the draft's id as soon as something of it is kept.

    Raises:
        NotAllowed: the account may not import lists.
        WeakPassphrase: the passphrase is too short.
        ListRefused: there are more entries than the policy allows; nothing was kept.
        NoDraft, SecondPersonNeeded: there is no such draft to go on with, or somebody else began it.
        WrongKey, NoKey, DraftAltered: it cannot be opened.
        BadWatchList: somebody else goes on with the same draft.
        StoreUnavailable, KeyringUnavailable: it cannot be kept; what was committed before stays.
    """
    require_allowed(by.roles, Action.LIST_IMPORT)
    require_strong(passphrase)
    offered = _by_entry(source)
    if len(offered) > rules.list_max:
        raise ListRefused(broken_list([EntryFacts(reference=entry) for entry in offered], rules)[:1])
    draft = _Draft(installation, passphrase, by, resume, began or (lambda _: None), reader.made_by)
    left_out: list[LeftOut] = []
    unused: list[Verdict] = []
    missing = {entry: pictures for entry, pictures in offered.items() if entry not in draft.known}
    done = len(source.pictures) - sum(map(len, missing.values()))
    now_us = installation.clock.now_us
    for one in entries_read(missing, source.rows, rules=rules, reader=reader, enrolment=enrolment, now_us=now_us):
        if one.refusal or not one.usable:
            left_out.append(one.refusal or _without_picture(one.entry, one.refused))
        else:
            unused += one.refused
            needs = approvals_needed(one.facts, rules, now_us())
            draft.add(one, needs)
        done += len(missing[one.entry])
        if progress is not None:
            progress(done, len(source.pictures))
    draft.flush()
    report = _report(draft, rules, reader.look_alike, left_out, unused, now_us())
    draft.finish(report)
    return report


def _by_entry(source: ListSource) -> dict[str, list[Offered]]:
    offered: dict[str, list[Offered]] = {}
    for picture in source.pictures:
        offered.setdefault(picture.entry, []).append(picture)
    return offered


class _Draft:
    """A draft that entries are added to."""

    def __init__(
        self,
        installation: Installation,
        passphrase: str,
        by: Account,
        resume: str,
        began: Callable[[str], None],
        made_by: str,
    ) -> None:
        self._installation, self._by, self._began, self._made_by = installation, by, began, made_by
        self._batch: list[DraftEntry] = []
        self._half: bytes | None = None
        if resume:
            row = find_draft(installation, resume, finished=False)
            if row.made_by != by.id:
                raise SecondPersonNeeded(
                    "Somebody else began this import.", "They can go on with it; or begin another."
                )
            self._opened = unlock(installation, row, passphrase)
            people = open_entries(installation, self._opened)
            require_made_by(people, made_by)
            self.known = {
                one.person.reference: _Known(
                    position=one.position, facts=one.facts, rows=_rows_of(one.position, one.person)
                )
                for one in people
            }
        else:
            self._opened, self._half = new_draft(installation, passphrase, by=by)
            self.known = {}

    @property
    def id(self) -> str:
        """Empty where nothing was kept."""
        return self._opened.row.id if self._opened.row.entries else ""

    def add(self, read: EntryRead, needs: tuple[str, ...]) -> None:
        """Seals an entry that has a usable picture, and commits a batch when it is full."""
        position = self._opened.row.entries + len(self._batch)
        facts, judged = read.facts, read.usable
        first = judged[0].picture
        assert first is not None
        person = ListedPerson(
            reference=facts.reference,
            templates=np.stack([one.template for one in judged if one.template is not None]),
            picture=to_jpeg(first, PICTURE_PX),
            fields={column: text for column, text in read.row.items() if text and column != "reference"},
            made_by=self._made_by,
            looked=tuple(one.verdict for one in read.judged),
        )
        rows = tuple(row_of(position, one) for one in judged)
        self.known[facts.reference] = _Known(position=position, facts=facts, rows=rows)
        self._batch.append(sealed_entry(self._installation, self._opened, position, person, plain_facts(facts, needs)))
        if len(self._batch) == BATCH:
            self._commit()

    def flush(self) -> None:
        """Commits what is left."""
        if self._batch:
            self._commit()

    def finish(self, report: ImportReport) -> None:
        """Ends the import, and keeps what was left out and why, sealed as the entries are."""
        if not self.id:
            return
        installation, by, row = self._installation, self._by, self._opened.row
        findings = Findings(left_out=report.left_out, broken=report.broken)
        paper = findings.sealed(self._opened, installation.random_bytes)

        def change(work: Work) -> None:
            require_actor(work, by, Action.LIST_IMPORT)
            if not work.drafts.finish(row.id, installation.clock.now_us()):
                raise _elsewhere()
            if findings != Findings():
                file_paper(installation, work, FINDINGS, by=by.id, row=None, about=row.id, content=paper)
            facts: dict[str, Fact] = {"draft": row.id, "entries": row.entries, "refused": len(report.left_out)}
            work.record("list.imported", actor=by.id, facts=facts)

        installation.store.write(change)

    def _commit(self) -> None:
        row, batch = self._opened.row, tuple(self._batch)
        is_new = self._half is not None

        def change(work: Work) -> None:
            require_actor(work, self._by, Action.LIST_IMPORT)
            if is_new:
                work.drafts.add(row)
            kept = work.drafts.get(row.id)
            # Places are counted on by one import at a time.
            if kept is None or kept.entries != row.entries or not work.drafts.append(row.id, batch):
                raise _elsewhere()

        if self._half is None:
            self._installation.store.write(change)
        else:
            with self._installation.keyring.creating():
                self._installation.keyring.put(key_name(Subject.DRAFT, row.id), self._half)
                self._installation.store.write(change)
            self._half = None
            self._began(row.id)
        self._opened, self._batch = counted(self._opened, len(batch)), []


def _elsewhere() -> NoDraft:
    return NoDraft("The draft was erased or finished meanwhile, or somebody else adds to it.", "Import the list anew.")


def _rows_of(position: int, person: ListedPerson) -> tuple[Row, ...]:
    """Of an entry that was imported earlier; what its pictures were called is not kept."""
    verdict = Verdict(picture="imported earlier", entry=person.reference)
    return tuple(
        Row(position=position, verdict=verdict, template=template, digest=b"%d" % position)
        for template in person.templates
    )


def _without_picture(entry: str, refused: tuple[Verdict, ...]) -> LeftOut:
    why = "; ".join(f"{verdict.picture}: {', '.join(verdict.reasons)}" for verdict in refused)
    return LeftOut(entry=entry, rule=PICTURES, why=f"{entry} has no picture that can be used: {why}.")


def plain_facts(facts: EntryFacts, needs: tuple[str, ...]) -> dict[str, object]:
    """What stands beside an entry in the store without a seal: codes and times."""
    return {
        "category": facts.category,
        "source": facts.source,
        "serious": facts.serious,
        "age": facts.age,
        "response": facts.response,
        "ground_checked_us": facts.ground_checked_us,
        "picture_date": None if facts.picture_date is None else facts.picture_date.isoformat(),
        "expires_us": facts.expires_us,
        "needs": list(needs),
    }


def _report(
    draft: _Draft, rules: Rules, look_alike: float, left_out: list[LeftOut], unused: list[Verdict], now_us: int
) -> ImportReport:
    known = draft.known
    pairs = alike_pairs([row for one in known.values() for row in one.rows], look_alike)
    look_alikes = [
        LookAlike(first=one.verdict, second=other.verdict, score=score, same_picture=one.digest == other.digest)
        for one, other, score in pairs
    ]
    look_alikes.sort(
        key=lambda pair: (known[pair.first.entry].facts.ground, known[pair.second.entry].facts.ground), reverse=True
    )
    waiting = tuple(
        Waiting(position=one.position, entry=entry, needs=needs)
        for entry, one in known.items()
        if (needs := approvals_needed(one.facts, rules, now_us))
    )
    return ImportReport(
        draft=draft.id,
        entries=len(known),
        left_out=tuple(left_out),
        unused=tuple(unused),
        look_alikes=tuple(look_alikes),
        waiting=waiting,
        broken=broken_list([one.facts for one in known.values()], rules) if known else (),
    )
