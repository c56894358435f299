"""The one door by which pictures leave an installation as evidence: of one alert, for one case, to one recipient.

Rules:
  - two people hand them over, each with a sign-in of their own, and neither decided about the alert
    (`overt.domain.disclosing`);
  - they leave when nobody is left to decide, or the time for it is over (`overt.services.outcomes`);
  - they leave sealed to the recipient's public key, and nobody else can open them, this installation included
    (`overt.vault.recipient`);
  - that they leave is recorded first, as a disclosure with the number of pictures, the keyed digest of the case, who
    seconded it, for which key, and the digest of what is inside (`overt.services.evidence_file`);
  - with them go the record of the alert and the proofs of every entry of the ledger about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from overt.domain.deciding import require_words
from overt.domain.decision import Recipient
from overt.domain.disclosing import require_case, require_pictures_for, require_two_apart
from overt.domain.policy import Rules
from overt.domain.retention import HOUR_US
from overt.ledger.entry import Entry, Fact
from overt.services.adjudicate import AlertErased, evidence
from overt.services.evidence_file import Prepared, packed, prepared
from overt.services.installation import Installation
from overt.services.outcomes import DISCLOSURE, disclosed_record, disclosure_facts, require_may_leave
from overt.services.people import new_paper
from overt.services.record import NotInLedger, entries, first_since, inclusions
from overt.store.ports import Store, Work
from overt.store.records import AlertRow, PaperRow
from overt.vault.recipient import fingerprint, public_key_from, seal_for

BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class Case:
    """For whom pictures leave, and why.

    Attributes:
        why: the request, the order or the duty, by its reference; no names.
        case: reference of the case.
        key: the recipient's public key, `x25519:` and 64 hexadecimal digits.
    """

    to: Recipient
    why: str
    case: str
    key: str


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """What left. `name`: of the file."""

    name: str
    sealed: bytes
    pictures: int
    record: dict[str, Any]


def hand_over(
    installation: Installation, alert: str, case: Case, *, account: str, seconded_by: str, rules: Rules
) -> HandedOver:
    """Records that the pictures of an alert are handed over with its record, and seals them for the recipient.

    Args:
        account, seconded_by: ids of the two people; that they may is for the caller to have looked at.

    Raises:
        NoSuchAlert, AlertErased: there is nothing to hand over.
        NotDecided: verdicts on it are outstanding.
        NoContact: it was a decoy.
        BadDisclosure, NoWords: it may not be done so.
        BadRecipientKey: nothing can be sealed with that key.
        NotInLedger: the ledger does not say that there was such an alert, as after a rehearsal.
    """
    require_words(case.why)
    require_pictures_for(case.to)
    reference, key = require_case(case.case), public_key_from(case.key)
    row = installation.store.read(lambda work: require_may_leave(work, alert, rules))
    seen = evidence(installation, alert)
    pictures = len(seen.pictures) + (seen.listed is not None)
    if not pictures:
        raise AlertErased("No picture of this alert was kept, as in a rehearsal.", "Hand over its record alone.")
    _require_raised(installation.store, row)
    content: dict[str, object] = {"to": str(case.to), "why": case.why, "case": reference, "seconded_by": seconded_by}
    content |= {"sealed_to": f"sha256:{fingerprint(key)}", "pictures": pictures}
    paper = new_paper(installation, DISCLOSURE, about=alert, content=content, deployment=row.deployment, by=account)

    def change(work: Work) -> tuple[dict[str, Any], Prepared]:
        require_may_leave(work, alert, rules)
        require_two_apart(account, seconded_by, work.alerts.decisions(alert))
        record = disclosed_record(work, paper, rules)
        what = prepared(seen, record, alert=alert, disclosure=paper.id, to=str(case.to), at_us=paper.at_us)
        work.record(
            "alert.disclosed", actor=account, deployment=row.deployment, facts=_facts(installation, paper, what)
        )
        return record, what

    record, what = installation.store.write(change)
    size = installation.store.read(lambda work: work.ledger.size())
    about = [index for index, _ in _about(installation.store, row, size)]
    proofs = inclusions(installation.store, about, size)
    sealed = seal_for(key, packed(what, proofs, installation.public_key))
    return HandedOver(name=f"evidence-{paper.id}.overt", sealed=sealed, pictures=pictures, record=record)


def _facts(installation: Installation, paper: PaperRow, what: Prepared) -> dict[str, Fact]:
    content = paper.content
    facts = disclosure_facts(installation, paper)
    facts |= {name: str(content[name]) for name in ("seconded_by", "sealed_to")}
    facts["case"] = installation.digest(str(content["case"]))
    facts["pictures"] = int(str(content["pictures"]))
    facts["manifest"] = what.digest
    return facts


def _require_raised(store: Store, row: AlertRow) -> None:
    """Raises NotInLedger where no entry says that the alert was raised."""
    size = store.read(lambda work: work.ledger.size())
    if not any(Entry.from_bytes(entry).kind == "alert.raised" for _, entry in _about(store, row, size)):
        raise NotInLedger(
            "The ledger does not say that this alert was raised, so its pictures prove nothing.",
            "Keep a copy of the installation, and report it.",
        )


def _about(store: Store, row: AlertRow, size: int) -> Iterator[tuple[int, bytes]]:
    """Index and bytes of every entry about an alert, of the first `size` ones. Where clocks turned back by hours, some
    could be missed; that its first is not is for `_require_raised` to say."""
    named = f'"alert":"{row.id}"'.encode()
    first = first_since(lambda index: store.read(partial(entries, index, index + 1))[0], row.at_us - HOUR_US, size)
    for start in range(first, size, BATCH):
        for one in store.read(partial(entries, start, min(start + BATCH, size))):
            if named in one.entry:
                yield one.index, one.entry
