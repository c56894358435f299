"""Backup and restore: the store's rows in one file, without any key.

Rules:
  - a copy holds sealed content and plain numbers; what is erased later cannot be read from it either, since its key is
    gone and was never in it;
  - the ledger never goes back: a copy that ends before the newest signed head is put back only together with the
    entries made since, from the store that is still here or from an export;
  - what is put back was verified first, entry by entry, and stands under the installation's own key;
  - restoring is recorded (`restored`), and what the ledger says was done since is done again in the same transaction:
    erasing, withdrawing, deciding, holding (`overt.services.redo`);
  - nobody else has the installation open meanwhile, and a store that is there is replaced only when that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from overt.domain.errors import OvertError, Refused
from overt.domain.ids import RandomBytes
from overt.domain.progress import Progress
from overt.domain.retention import RetentionRules
from overt.domain.time import Clock
from overt.ledger import verify
from overt.ledger.entry import SYSTEM, Entry
from overt.ledger.errors import BadHead
from overt.ledger.head import SignedHead
from overt.ledger.log import Ledger
from overt.ledger.merkle import Frontier, leaf_hash
from overt.services.erase import clear_residue
from overt.services.installation import Installation, alone, ledger_of, opened, require_clock
from overt.services.place import Place, require_outside
from overt.services.record import verified
from overt.services.redo import redo
from overt.store.copies import append_entries, borrow, count, discard, load, put_in_place, save, settle
from overt.store.errors import BadStore, NoInstallation
from overt.store.heads import HeadFolder, check_continues
from overt.store.ports import Store, Work
from overt.store.records import LedgerRow, State
from overt.store.sql import open_store
from overt.vault.keyring import FolderKeyring
from overt.vault.master import load_master_key

WORKING = "restoring.sqlite"


class BadBackup(Refused):
    code = "bad-backup"


@dataclass(frozen=True, kw_only=True)
class Copied:
    """A copy that was made. `mark`: the newest head in it, `SIZE:ROOT`."""

    rows: int
    mark: str


@dataclass(frozen=True, kw_only=True)
class Restored:
    """A copy that was put back.

    Attributes:
        added: entries of the ledger that were made after the copy and put back with it.
        erased: lists, drafts and alerts that were sealed in the copy and had been erased since.
        mark: the newest head now, `SIZE:ROOT`.
    """

    rows: int
    added: int
    erased: int
    mark: str


def back_up(
    place: Place, installation: Installation, file: Path, progress: Progress | None = None, *, by: str = SYSTEM
) -> Copied:
    """Copies the store of an open installation into a new file; `by`: the account that asks for it.

    Raises:
        BadStore: the file exists, or cannot be made.
        StoreUnavailable: the store cannot be read, or there is no room for the copy.
    """
    if file.exists():  # looked at before the record says that a copy was made
        raise BadStore(f"{file} is there already.", "Give the copy another name.")
    installation.store.write(lambda work: work.record("backup.made", actor=by))
    last = _last(installation.store)
    rows = save(place.store_url, file, progress)
    return Copied(rows=rows, mark=SignedHead.from_bytes(last.head).head.mark)


def restore(
    place: Place,
    file: Path,
    *,
    export: Path | None = None,
    replace: bool = False,
    clock: Clock,
    random_bytes: RandomBytes,
    progress: Progress | None = None,
) -> Restored:
    """Puts a copy in the place of the store.

    Args:
        export: an export of the ledger that holds the entries made after the copy.
        replace: whether a store that is there may be replaced, working or not.

    Raises:
        BadBackup: the copy is not of this installation, or is not what was signed, or does not reach the newest head.
        ClockBehind: the machine's clock stands before the newest entry of the ledger.
        Refused: there is a store.
        InUse: somebody has the installation open.
    """
    require_outside(place)
    working = place.home / WORKING
    with alone(place.home):
        ledger = ledger_of(FolderKeyring(place.keyring, load_master_key(place.master_key_file, place.environment)))
        if not replace and _is_there(place, ledger, clock):
            raise Refused(
                f"There is a store at {place.home}; what was kept in it since the copy would be lost, all but the "
                "ledger, and an edited store is evidence.",
                "Copy it elsewhere if it may be needed, then give --replace.",
            )
        try:
            added, kept, head = _prepare(place, file, working, ledger, clock, export)
            rows = _install(place, working, progress)
        finally:
            discard(working)
        HeadFolder(place.heads).keep(head)
    with opened(place, clock=clock, random_bytes=random_bytes) as installation:
        erased = kept - installation.store.read(_count_kept)
        clear_residue(installation)
        last = _last(installation.store)
    return Restored(rows=rows, added=added, erased=erased, mark=SignedHead.from_bytes(last.head).head.mark)


def _prepare(
    place: Place,
    file: Path,
    working: Path,
    ledger: Ledger,
    clock: Clock,
    export: Path | None,
) -> tuple[int, int, SignedHead]:
    """Makes of the copy, beside the store, what is to take its place: how many entries were added, how many lists and
    alerts the copy kept, and its head now."""
    url = borrow(file, working)
    size, last = _checked(url, ledger, clock, file)
    later = _later_entries(place, ledger, clock, size) or []
    if export is not None:
        later = max(later, list(_exported(export, size)), key=len)
    added = append_entries(url, _continued(last, later, ledger))
    newest = HeadFolder(place.heads).newest()
    store = open_store(url, ledger=ledger, clock=clock, heads=None)
    try:
        if newest is not None:
            at = newest.head.size - 1
            rows = store.read(lambda work: list(work.ledger.rows(at, at + 1)))
            if not rows:
                raise BadBackup(
                    f"The copy ends at entry {size - 1} of the ledger, and this installation has signed up to entry "
                    f"{at}: {newest.head.size - size - added} entries would be missing from the record.",
                    "Give a newer copy, or an export of the ledger that holds these entries with --ledger.",
                )
            check_continues(newest, rows[0].head)
        require_clock(_last(store), clock)

        def change(work: Work) -> int:
            kept = _count_kept(work)
            redo(work, size, RetentionRules())
            _require_people(work)
            work.record("restored", facts={"copied_entries": size, "added_entries": added})
            return kept

        kept = store.write(change)
        return added, kept, SignedHead.from_bytes(_last(store).head)
    finally:
        store.close()


def _require_people(work: Work) -> None:
    """A copy from before there were accounts would be open to whoever holds the machine."""
    if work.accounts.all():
        return
    if any(Entry.from_bytes(row.entry).kind == "installation.policy" for row in work.ledger.rows()):
        raise BadBackup(
            "This copy was made before the installation had accounts, which it has had since.", "Take a later copy."
        )


def _checked(url: str, ledger: Ledger, clock: Clock, file: Path) -> tuple[int, LedgerRow]:
    """Verifies the whole ledger of a copy: how many entries it has, and the last."""
    try:
        store = open_store(url, ledger=ledger, clock=clock, heads=None)
    except OvertError as error:
        raise BadBackup(
            f"{file} is no copy of this installation. {error.sentence}", "Name a copy made by overt backup."
        ) from error
    try:
        verified(store, ledger.key.public_key())
        last = _last(store)
    except (verify.Failed, verify.Unusable) as error:
        raise BadBackup(
            f"The ledger in {file} is not what was signed: {error}", "Use another copy, and keep this one."
        ) from error
    finally:
        store.close()
    return last.index + 1, last


def _last(store: Store) -> LedgerRow:
    """Of a ledger that is known to have entries."""
    last = store.read(lambda work: work.ledger.last())
    assert last is not None
    return last


def _is_there(place: Place, ledger: Ledger, clock: Clock) -> bool:
    """Whether there is a store, be it one that cannot be used."""
    try:
        open_store(place.store_url, ledger=ledger, clock=clock, heads=None, patience_s=1.0).close()
    except NoInstallation:
        return False
    except OvertError:
        return True
    return True


def _later_entries(place: Place, ledger: Ledger, clock: Clock, size: int) -> list[LedgerRow] | None:
    """The entries from number `size` on of the store that is still here; None where there is none that can be read."""
    try:
        heads = HeadFolder(place.heads)
        with closing(open_store(place.store_url, ledger=ledger, clock=clock, heads=heads)) as store:
            return store.read(lambda work: list(work.ledger.rows(size)))
    except OvertError:
        return None


def _exported(export: Path, size: int) -> Iterator[LedgerRow]:
    """The entries of an export from number `size` on; what they are worth is seen when they are continued."""
    try:
        with export.open("rb") as lines:
            for index, line in enumerate(lines):
                if index >= size:
                    entry, _, head = line.rstrip(b"\n").partition(b"\t")
                    yield LedgerRow(index=index, entry=entry, leaf=leaf_hash(entry), head=head, frontier=b"")
    except OSError as error:
        raise BadBackup(f"{export} cannot be read: {error.strerror}.", "Name an export of the ledger.") from error


def _continued(last: LedgerRow, later: list[LedgerRow], ledger: Ledger) -> Iterator[LedgerRow]:
    """The later entries, each checked against its own signed head.

    Raises:
        BadBackup: one does not continue the ledger before it.
    """
    frontier = Frontier.from_bytes(last.index + 1, last.frontier)
    for row in later:
        frontier = frontier.grown(leaf_hash(row.entry))
        try:
            head = SignedHead.from_bytes(row.head)
            head.check(ledger.key.public_key())
        except BadHead as error:
            raise _does_not_continue(row.index) from error
        if (head.head.log, head.head.size, head.head.root) != (ledger.log, frontier.size, frontier.root):
            raise _does_not_continue(row.index)
        yield LedgerRow(
            index=row.index,
            entry=row.entry,
            leaf=leaf_hash(row.entry),
            head=row.head,
            frontier=frontier.to_bytes(),
        )


def _does_not_continue(index: int) -> BadBackup:
    return BadBackup(
        f"Entry {index} does not continue the ledger of the copy.", "Give an export of this installation's own ledger."
    )


def _install(place: Place, working: Path, progress: Progress | None) -> int:
    """Puts the prepared store in its place; how many rows it has."""
    if place.url:
        return load(working, place.url, progress)
    settle(working)
    rows = count(working)
    put_in_place(working, place.store_file)
    return rows


def _count_kept(work: Work) -> int:
    states = [*work.alerts.states().values(), *(row.state for row in work.lists.all())]
    states += [row.state for row in work.drafts.all()]
    return sum(state != State.ERASED for state in states)
