"""Erasing: the key first, then what it sealed, with a receipt in two parts.

Rules:
  - what is to be erased is marked in one transaction, its key is destroyed, and only then its rows are deleted, in
    another; whoever finds something half erased goes on from there;
  - the receipt's first part says that the key is gone; nothing that it sealed can be read from then on, in any copy
    that does not hold the key;
  - the second part says that the database's own files hold no trace of the sealed rows; it is tried again until it is
    so;
  - a key whose row never came to be is destroyed; a row whose key is gone is erased, since nobody can read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from overt.ledger.entry import MOST_VALUES, Fact
from overt.store.ports import Work
from overt.store.records import ErasureRow, State, Subject
from overt.vault.errors import KeyringUnavailable

if TYPE_CHECKING:
    from overt.services.installation import Installation

KEY_MISSING = "key-missing"


def key_name(subject: Subject, subject_id: str) -> str:
    """What the key of a list, of its answers, of an alert, a draft or a set of decoys is called in the keyring."""
    return f"{subject}-{subject_id}"


def erase_list(installation: Installation, watch_list: str, reason: str) -> bool:
    """Erases a sealed list; says whether this call began it."""
    return _erase(installation, Subject.LIST, watch_list, reason)


def erase_alert(installation: Installation, alert: str, reason: str, *, due_us: int | None = None) -> bool:
    """Erases what an alert sealed; its numbers stay. Says whether this call began it.

    Args:
        due_us: only where it is due at that time and nobody holds it, looked at in the very transaction that marks it.
    """
    return _erase(installation, Subject.ALERT, alert, reason, due_us)


def erase_draft(installation: Installation, draft: str, reason: str) -> bool:
    """Erases a list in the making; says whether this call began it."""
    return _erase(installation, Subject.DRAFT, draft, reason)


def erase_decoys(installation: Installation, decoy_set: str, reason: str) -> bool:
    """Erases a set of decoys; says whether this call began it."""
    return _erase(installation, Subject.DECOYS, decoy_set, reason)


def erase_listed(installation: Installation, watch_list: str, reason: str) -> bool:
    """Erases the key by which it can be answered who was on a list, and what it gave; says whether this call began
    it."""
    return _erase(installation, Subject.LISTED, watch_list, reason)


def begin_of(work: Work, subject: Subject) -> Callable[[str], bool]:
    """Marks a list, an alert or a draft as being erased; says whether it was kept."""
    return {
        Subject.LIST: work.lists.begin_erasing,
        Subject.ALERT: work.alerts.begin_erasing,
        Subject.DRAFT: work.drafts.begin_erasing,
        Subject.DECOYS: work.decoys.begin_erasing,
        Subject.LISTED: work.listed.begin_erasing,
    }[subject]


def end_of(work: Work, subject: Subject) -> Callable[[str], bool]:
    """Deletes what a list, an alert or a draft sealed, once it is marked."""
    return {
        Subject.LIST: work.lists.erased,
        Subject.ALERT: work.alerts.erased,
        Subject.DRAFT: work.drafts.erased,
        Subject.DECOYS: work.decoys.erased,
        Subject.LISTED: work.listed.erased,
    }[subject]


def withdraw_entry(installation: Installation, watch_list: str, position: int, reason: str) -> bool:
    """Takes one entry off a sealed list. It has no key of its own: until the list's key dies, a copy of the database
    made before opens it with the list's passphrase."""
    erasure, now_us = installation.new_id(), installation.clock.now_us()

    def change(work: Work) -> bool:
        if not work.lists.withdraw(watch_list, position):
            return False
        subject_id = f"{watch_list}/{position}"
        work.erasures.add(
            ErasureRow(
                id=erasure,
                subject=Subject.ENTRY,
                subject_id=subject_id,
                reason=reason,
                begun_us=now_us,
                key_destroyed_us=now_us,
            )
        )
        row = work.lists.get(watch_list)
        work.record(
            "entry.withdrawn",
            deployment=row.deployment if row else None,
            facts={"erasure": erasure, "entry": subject_id, "reason": reason},
        )
        return True

    return installation.store.write(change)


def finish_begun(installation: Installation) -> None:
    """Finishes what was begun before a crash: keys without rows, rows without keys, half-done erasures."""
    with installation.keyring.sweeping():
        names = installation.keyring.names()
        for subject, states in installation.store.read(_states).items():
            kept = {key_name(subject, one): one for one, state in states.items() if state == State.KEPT}
            awaited = kept.keys() | {key_name(subject, one) for one, state in states.items() if state == State.ERASING}
            for name in names:
                if name.startswith(f"{subject}-") and name not in awaited:
                    installation.keyring.destroy(name)
            for name, one in kept.items():
                if name not in names:
                    _begin(installation, subject, one, KEY_MISSING)
    finish_erasures(installation)


def finish_erasures(installation: Installation) -> int:
    """Goes on with every erasure whose key is not known to be destroyed; how many there were.

    Raises:
        KeyringUnavailable: a key could not be destroyed; the others were.
    """
    unfinished = installation.store.read(lambda work: work.erasures.unfinished())
    faults = []
    for row in unfinished:
        try:
            _finish(installation, row)
        except KeyringUnavailable as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    return len(unfinished)


def clear_residue(installation: Installation) -> bool:
    """The second part of the receipts. False: somebody else uses the store just now, so try again later."""
    waiting = installation.store.read(lambda work: work.erasures.uncleared())
    if not waiting:
        return True
    if not installation.store.clear_residue():
        return False
    ids = [row.id for row in waiting]
    for start in range(0, len(ids), MOST_VALUES):
        _note_cleared(installation, tuple(ids[start : start + MOST_VALUES]))
    return True


def _erase(
    installation: Installation, subject: Subject, subject_id: str, reason: str, due_us: int | None = None
) -> bool:
    row = _begin(installation, subject, subject_id, reason, due_us)
    if row is None:
        return False
    _finish(installation, row)
    return True


def _begin(
    installation: Installation, subject: Subject, subject_id: str, reason: str, due_us: int | None = None
) -> ErasureRow | None:
    def change(work: Work) -> ErasureRow | None:
        if due_us is not None and not _is_due(work, subject_id, due_us):
            return None
        return begin_erasing(installation, work, subject, subject_id, reason)

    return installation.store.write(change)


def begin_erasing(
    installation: Installation, work: Work, subject: Subject, subject_id: str, reason: str
) -> ErasureRow | None:
    """Marks something in a transaction that does more; `finish_erasures` goes on from there. None: it is not kept."""
    if not begin_of(work, subject)(subject_id):
        return None
    row = ErasureRow(
        id=installation.new_id(),
        subject=subject,
        subject_id=subject_id,
        reason=reason,
        begun_us=installation.clock.now_us(),
    )
    work.erasures.add(row)
    work.record(f"{subject}.erasing", deployment=_deployment(work, row), facts=_facts(row))
    return row


def _is_due(work: Work, alert: str, now_us: int) -> bool:
    """Somebody may have decided otherwise, or have placed a hold, since it was found to be due."""
    row = work.alerts.get(alert)
    held = any(hold.lifted_us is None and hold.expires_us > now_us for hold in work.alerts.holds(alert))
    return row is not None and row.erase_after_us <= now_us and not held


def _finish(installation: Installation, row: ErasureRow) -> None:
    installation.keyring.destroy(key_name(row.subject, row.subject_id))
    now_us = installation.clock.now_us()

    def change(work: Work) -> None:
        if not work.erasures.key_destroyed(row.id, now_us):
            return  # another process was faster
        end_of(work, row.subject)(row.subject_id)
        work.record(f"{row.subject}.erased", deployment=_deployment(work, row), facts=_facts(row))

    installation.store.write(change)


def _note_cleared(installation: Installation, erasures: tuple[str, ...]) -> None:
    now_us = installation.clock.now_us()

    def change(work: Work) -> None:
        if work.erasures.residue_cleared(erasures, now_us):
            work.record("residue.cleared", facts={"erasures": erasures})

    installation.store.write(change)


def _facts(row: ErasureRow) -> dict[str, Fact]:
    return {"erasure": row.id, str(row.subject): row.subject_id, "reason": row.reason}


def _deployment(work: Work, row: ErasureRow) -> str | None:
    if row.subject in (Subject.DRAFT, Subject.DECOYS):
        return None  # it belongs to none
    of_list = row.subject in (Subject.LIST, Subject.LISTED)
    found = work.lists.get(row.subject_id) if of_list else work.alerts.get(row.subject_id)
    return found.deployment if found else None


def _states(work: Work) -> dict[Subject, dict[str, str]]:
    return {
        Subject.LIST: {row.id: str(row.state) for row in work.lists.all()},
        Subject.ALERT: work.alerts.states(),
        Subject.DRAFT: {row.id: str(row.state) for row in work.drafts.all()},
        Subject.DECOYS: {row.id: str(row.state) for row in work.decoys.sets()},
        Subject.LISTED: {one: str(state) for one, state in work.listed.states().items()},
    }
