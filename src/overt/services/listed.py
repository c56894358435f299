"""What is committed when a list is sealed, so that one person can be told later whether they were on it.

Rules:
  - each list has a secret key of its own, beside the list's in the keyring; it outlives the list, and is destroyed with
    a receipt when the policy's days are over (`listed_answer_days`);
  - what is kept of the entries are outputs of a verifiable random function, which name nobody to whoever has not that
    key; root, number and public key stand in the ledger in the very transaction in which the list is sealed;
  - a list has one root: another in the ledger for the same deployment, or rows that do not give it, and nobody is
    answered;
  - whoever is looked for is among those committed: a list with somebody else on it does not open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from overt.domain.errors import Refused
from overt.domain.listed import normal
from overt.domain.progress import Progress
from overt.ledger.entry import Entry
from overt.ledger.listing import SUITE, joined, output_of, root_of
from overt.ledger.merkle import HASH_BYTES
from overt.ledger.vrf import SecretKey
from overt.services.erase import key_name
from overt.services.installation import Installation
from overt.services.record import first_since
from overt.store.ports import Work
from overt.store.records import DeploymentRow, ListedRow, ListRow, State, Subject
from overt.vault.seal import new_key

COMMITTED = "list.committed"


class NotCommitted(Refused):
    code = "not-committed"


class CommitmentDiffers(Refused):
    code = "commitment-differs"


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """What is kept of a list for answers. `secret`: goes into the keyring and nowhere else."""

    row: ListedRow
    secret: SecretKey

    def record(self, work: Work) -> None:
        work.listed.add(self.row)
        work.record(
            COMMITTED,
            deployment=self.row.deployment,
            facts={
                "list": self.row.id,
                "suite": SUITE,
                "key": self.row.key,
                "root": self.row.root,
                "outputs": len(self.row.outputs) // HASH_BYTES,
                "answer_until_us": self.row.answer_until_us,
            },
        )


def commit(
    installation: Installation,
    deployment: DeploymentRow,
    watch_list: str,
    references: Sequence[str],
    *,
    until_us: int,
    progress: Progress | None = None,
) -> Commitment:
    """Makes what answers who was on a list; some milliseconds an entry.

    Args:
        watch_list: its id.
        until_us: when the secret key is destroyed.
    """
    secret = SecretKey(secret=new_key(installation.random_bytes))
    outputs = []
    for done, reference in enumerate(references, 1):
        outputs.append(output_of(secret, deployment.id, normal(reference)))
        if progress is not None:
            progress(done, len(references))
    kept = joined(outputs)
    row = ListedRow(
        id=watch_list,
        deployment=deployment.id,
        key=secret.public.hex(),
        root=root_of(kept).hex(),
        answer_until_us=until_us,
        outputs=kept,
    )
    return Commitment(row=row, secret=secret)


def committed(work: Work, row: ListedRow) -> Entry:
    """The entry of the ledger that commits to a list, to which what is kept of it has to conform.

    Raises:
        CommitmentDiffers: there is none, or another of the same deployment, or it says something else.
    """
    found = commitments(work, row.deployment)
    facts = {"list": row.id, "key": row.key, "root": row.root, "outputs": len(row.outputs) // HASH_BYTES}
    if len(found) != 1:
        raise _differs(f"The ledger commits {len(found)} times to a list of this deployment, and not once")
    if any(found[0].facts.get(name) != fact for name, fact in facts.items()) or row.root != root_of(row.outputs).hex():
        raise _differs("What is kept of this list is not what the ledger committed to")
    return found[0]


def commitments(work: Work, deployment: str) -> list[Entry]:
    """Every entry of the ledger that commits to a list of a deployment, in order; there is to be one."""
    size = work.ledger.size()
    since_us = int(deployment.replace("-", "")[:12], 16) * 1000  # when its id was made, before its list: UUIDv7
    first = first_since(lambda index: next(iter(work.ledger.rows(index, index + 1))), since_us, size)
    parts = f'"kind":"{COMMITTED}"'.encode(), f'"deployment":"{deployment}"'.encode()
    for start in dict.fromkeys((first, 0)):  # times can turn back: then all
        found = [one.entry for one in work.ledger.rows(start, size) if all(part in one.entry for part in parts)]
        if found:
            return [Entry.from_bytes(entry) for entry in found]
    return []


def secret_of(installation: Installation, row: ListedRow) -> SecretKey:
    """The secret key of a list's answers.

    Raises:
        NoKey: it was destroyed.
    """
    return SecretKey(secret=installation.keyring.get(key_name(Subject.LISTED, row.id)))


def require_committed(installation: Installation, watch_list: ListRow, references: Iterable[str]) -> None:
    """Raises CommitmentDiffers where somebody on an open list is not among those who were committed. A list without
    answers, as in a rehearsal, has nobody committed."""

    def look(work: Work) -> ListedRow | None:
        row = work.listed.of(watch_list.deployment)
        if row is not None and row.state is State.KEPT:
            committed(work, row)
            return row
        return None

    row = installation.store.read(look)
    if row is None:
        return
    secret = secret_of(installation, row)
    kept = {row.outputs[at : at + HASH_BYTES] for at in range(0, len(row.outputs), HASH_BYTES)}
    if any(output_of(secret, row.deployment, normal(reference)) not in kept for reference in references):
        raise _differs("Somebody is on this list to whom the ledger did not commit when it was sealed")


def _differs(sentence: str) -> CommitmentDiffers:
    return CommitmentDiffers(
        f"{sentence}.", "Do not use it: verify the ledger, and call whoever audits this installation."
    )
