"""Verify now: everything that can be checked about this installation's own ledger, at once.

For the ledger as it was when the verification began:
 1. every entry, its head and the signature under it, and the whole tree (`overt.ledger.verify`, as an outsider runs
    it);
 2. the head that is kept outside the database: it is signed with the ledger's key, and the ledger contains it;
 3. a head that somebody noted earlier, where they give one: the ledger contains it.

What it cannot show: that nothing was left out, and that nobody who has the signing key wrote all of it anew. Heads that
others hold show that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from overt.domain.errors import OvertError, Refused, Stopped
from overt.domain.progress import Progress
from overt.ledger.head import SignedHead
from overt.ledger.verify import Failed, Unusable, Verified
from overt.services.installation import Installation
from overt.services.record import NotInLedger, verified
from overt.store.heads import Heads, check_kept
from overt.store.ports import Work

Mark = tuple[int, str]
"""Size of a head, and its root or how that begins: 16 to 64 hexadecimal digits, as on a paper for the street."""

_MARK = re.compile("([1-9][0-9]{0,15}):([0-9a-f]{16,64})")
_TODO = "Do not repair it: export the ledger, verify the export, and call whoever audits this installation."


class BadMark(Refused):
    code = "bad-mark"


class NotVerified(OvertError):
    """The ledger does not hold; says where, and why."""

    code = "not-verified"
    exit_code = 1


@dataclass(frozen=True, kw_only=True)
class Holds:
    """What was verified.

    Attributes:
        found: the first and the last head, and how often times turn back.
        kept: the head that is kept outside the database; None where none is.
        noted: the head that was given; None where none was.
    """

    found: Verified
    kept: SignedHead | None
    noted: Mark | None


def mark_of(text: str) -> Mark:
    """`SIZE:ROOT` as somebody noted it, or as it is printed, with the first 16 digits of the root or more.

    Raises:
        BadMark: it is something else.
    """
    if not (parts := _MARK.fullmatch(text.strip())):
        raise BadMark(
            "The head that you hold is not SIZE:ROOT, a number, a colon and 16 to 64 hexadecimal digits.",
            "Copy all of its digits from where it was noted, printed or published.",
        )
    return int(parts[1]), parts[2]


def verify_all(
    installation: Installation, heads: Heads | None, noted: Mark | None = None, progress: Progress | None = None
) -> Holds:
    """Verifies the ledger of an installation, as far as it goes now.

    Args:
        heads: where heads are kept outside the database; None where they are not.
        progress: is told of every batch of entries; it may raise `Stopped`.

    Raises:
        NotVerified: something does not hold; the first thing that does not.
        BadStore: what is kept as head outside the database is none of this ledger.
        NotInLedger: it has no entries.
    """
    kept = None if heads is None else heads.newest()  # before the ledger, which only grows
    if kept is not None:
        check_kept(kept, installation.ledger)
    expect = noted if kept is None else (kept.head.size, kept.head.root.hex())
    try:
        found = verified(installation.store, installation.ledger.key.public_key(), expect, progress)
    except Failed as failure:
        raise NotVerified(f"{failure}", _TODO) from failure
    except Unusable as fault:
        raise NotInLedger("The ledger has no entries, so there is nothing to verify.") from fault
    if noted is not None:
        _require(installation, noted, found.last.size)
    return Holds(found=found, kept=kept, noted=noted)


def stopped() -> Stopped:
    """What a progress raises where somebody stops a verification."""
    return Stopped("The verification was stopped before it came to the end.", "Nothing is said about the ledger by it.")


def _require(installation: Installation, noted: Mark, size: int) -> None:
    """The heads of the ledger are verified by now, so the one of that size tells."""
    wanted, root = noted
    if wanted > size:
        raise NotVerified(
            f"The end is missing: the ledger has {size:,} entries, the head that you noted {wanted:,}.", _TODO
        )

    def look(work: Work) -> SignedHead:
        (row,) = work.ledger.rows(wanted - 1, wanted)
        return SignedHead.from_bytes(row.head)

    if not installation.store.read(look).head.root.hex().startswith(root):
        raise NotVerified(
            f"The first {wanted:,} entries are not those of the head that you noted: the ledger was written anew.",
            _TODO,
        )
