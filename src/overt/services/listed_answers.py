"""Was I on a list? One person is answered, about one deployment, with a proof that they can check elsewhere.

Rules:
  - who was listed is answered by an auditor, who had no part in the deployment, and to the person themselves: how it
    was seen who they are is said by a code (`overt.domain.listed.Identity`);
  - not before the policy's hours after the end, and not once the key is destroyed; also long after the list is erased;
  - every request is an entry of the ledger before anything is looked at (`listed.asked`), and at most so many are taken
    in a day; there is none across deployments;
  - an answer is `listed.answered`; a refusal is `listed.refused` with the exemption and the second person, and nothing
    is looked up for it, so that it says the same of everybody;
  - neither the reference, nor a digest of it, nor what the answer was is recorded or kept anywhere;
  - an answer is checked, as whoever gets it can, before it is handed out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from overt.domain.errors import Refused
from overt.domain.listed import Identity, answers_from_us, asked, require_exemption, require_pace, require_time
from overt.domain.policy import Rules
from overt.domain.roles import Action
from overt.domain.time import to_text
from overt.ledger import verify_listed
from overt.ledger.entry import Fact
from overt.ledger.listing import TAG, shown
from overt.ledger.merkle import HASH_BYTES
from overt.services.acting import act, policy_of
from overt.services.installation import Installation
from overt.services.listed import CommitmentDiffers, NotCommitted, committed, secret_of
from overt.services.people import Account, new_paper, require_actor
from overt.services.record import inclusion
from overt.services.terms import ended_us
from overt.store.ports import Work
from overt.store.records import DeploymentRow, ListedRow, PaperRow, State

ASKED: Final = "listed-asked"
ANSWERED: Final = "listed-answered"
REFUSED: Final = "listed-refused"


class AnswersErased(Refused):
    code = "answers-erased"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is handed out, and kept nowhere. `record`: the answer with its proofs, for JSON."""

    request: str
    listed: bool
    reference: str  # in its normal form
    record: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What is handed out where nothing is said: neither that the person was listed nor that they were not."""

    request: str
    exemption: str


@dataclass(frozen=True, kw_only=True)
class Requests:
    """How many asked about a deployment, and what came of it. Requests that broke off are neither of the two."""

    asked: int
    answered: int
    refused: Mapping[str, int]  # by exemption


@dataclass(frozen=True, kw_only=True)
class Term:
    """When it can be answered who was on a deployment's list, microseconds since 1970, UTC."""

    from_us: int
    until_us: int
    references: int
    exemptions: tuple[str, ...]


def term_of(work: Work, row: DeploymentRow) -> Term:
    """When somebody can be told.

    Raises:
        NotCommitted: nobody ever can: the list was sealed by a version that committed to none.
        NoPolicy: the deployment was entered without one.
    """
    kept, rules = _kept(work, row), policy_of(work, row).rules
    from_us = answers_from_us(ended_us(row), rules)
    return Term(
        from_us=from_us,
        until_us=kept.answer_until_us,
        references=len(kept.outputs) // HASH_BYTES,
        exemptions=rules.listed_exemptions,
    )


def answer(
    installation: Installation,
    by: Account,
    row: DeploymentRow,
    reference: str,
    identity: Identity,
    size: int | None = None,
) -> Answer:
    """Answers the person that a reference is about.

    Args:
        identity: how it was seen that they are that person.
        size: of a published head that the answer is to be proved for; None: the newest.

    Raises:
        BadReference: there is none to ask about.
        NotAllowed, RolesOpposed: this account may not answer.
        TooEarly, TooLate, TooMany, NotCommitted, AnswersErased: it cannot be answered now.
        NotInLedger: the ledger had no head of that size once the list was sealed.
        CommitmentDiffers: what is kept was changed; nothing is answered.
    """
    wanted = asked(reference)
    request = installation.new_id()
    installation.store.write(lambda work: _ask(installation, work, by, row, request, identity))
    kept, index = installation.store.read(lambda work: _committed(work, row))
    secret = secret_of(installation, kept)
    found = shown(secret, row.id, wanted, kept.outputs)
    record: dict[str, Any] = {
        "_version": TAG,
        "request": request,
        "given_at": to_text(installation.clock.now_us()),
        "deployment": row.id,
        "name": row.name,
        "opens": to_text(row.opens_us),
        "closes": to_text(row.closes_us),
        "list": kept.id,
        **found.record(secret.public, kept.outputs),
        "record": inclusion(installation.store, index, size).record(),
        "public_key": installation.public_key,
    }
    _require_holds(record, installation.ledger.key.public_key())

    def change(work: Work) -> None:
        work.papers.add(_paper(installation, ANSWERED, by, row, request))
        work.record("listed.answered", actor=by.id, deployment=row.id, facts={"request": request})

    installation.store.write(change)
    return Answer(request=request, listed=found.listed, reference=wanted, record=record)


def refuse(
    installation: Installation, by: Account, second: Account, row: DeploymentRow, identity: Identity, exemption: str
) -> Refusal:
    """Refuses to answer somebody under an exemption; nothing is looked up, and no reference is asked for.

    Raises:
        BadExemption: the policy has no such exemption, or one person alone refuses.
        NotAllowed, RolesOpposed: one of the two may not.
        TooEarly, TooLate, TooMany, NotCommitted: it cannot be answered now anyway.
    """
    request = installation.new_id()

    def change(work: Work) -> None:
        rules = _ask(installation, work, by, row, request, identity)
        act(installation, work, second, Action.LISTED_SECOND, row, roles_apart=rules.roles_apart)
        require_exemption(exemption, by.id, second.id, rules)
        work.papers.add(_paper(installation, REFUSED, by, row, request, {"exemption": exemption}))
        facts: dict[str, Fact] = {"request": request, "exemption": exemption, "seconded_by": second.id}
        work.record("listed.refused", actor=by.id, deployment=row.id, facts=facts)

    installation.store.write(change)
    return Refusal(request=request, exemption=exemption)


def outputs_of(installation: Installation, by: Account, row: DeploymentRow) -> list[str]:
    """All outputs of a deployment's list, sorted, hexadecimal: by them whoever gets an answer sees that the tree is in
    order. They name nobody, and say nothing to whoever has not the list's key.

    Raises:
        NotAllowed: this account may not.
        NotCommitted, AnswersErased: there are none, or none any more.
    """

    def look(work: Work) -> str:
        require_actor(work, by, Action.LISTED_ANSWER)
        return _open(work, row).outputs.hex()

    joined = installation.store.read(look)
    return [joined[at : at + 2 * HASH_BYTES] for at in range(0, len(joined), 2 * HASH_BYTES)]


def requests(work: Work, deployment: str) -> Requests:
    """How many asked about a deployment, and what came of it, to be published as counts."""
    papers = work.papers.of(deployment)
    refused = Counter(str(paper.content["exemption"]) for paper in papers if paper.kind == REFUSED)
    return Requests(
        asked=sum(paper.kind == ASKED for paper in papers),
        answered=sum(paper.kind == ANSWERED for paper in papers),
        refused=dict(sorted(refused.items())),
    )


def _ask(
    installation: Installation, work: Work, by: Account, row: DeploymentRow, request: str, identity: Identity
) -> Rules:
    """Takes a request, which counts from then on whatever becomes of it; the rules that it goes by."""
    rules, now_us = policy_of(work, row).rules, installation.clock.now_us()
    act(installation, work, by, Action.LISTED_ANSWER, row, roles_apart=rules.roles_apart)
    term = term_of(work, row)
    require_time(now_us, term.from_us, term.until_us)
    _open(work, row)
    require_pace([paper.at_us for paper in work.papers.all(ASKED)], now_us)
    work.papers.add(_paper(installation, ASKED, by, row, request))
    facts: dict[str, Fact] = {"request": request, "identity": str(identity)}
    work.record("listed.asked", actor=by.id, deployment=row.id, facts=facts)
    return rules


def _committed(work: Work, row: DeploymentRow) -> tuple[ListedRow, int]:
    """What is kept of the list, and the index of the entry that committed to it."""
    kept = _kept(work, row)
    return kept, committed(work, kept).index


def _kept(work: Work, row: DeploymentRow) -> ListedRow:
    kept = work.listed.of(row.id)
    if kept is None:
        raise NotCommitted(
            "Nobody can be told with proof who was on this list: nothing was committed when it was sealed.",
            "Lists that were sealed before this version of Overt, and those of rehearsals, have no answers.",
        )
    return kept


def _open(work: Work, row: DeploymentRow) -> ListedRow:
    kept = _kept(work, row)
    if kept.state is not State.KEPT:
        raise AnswersErased(
            "Nobody can tell any more who was on this list: the key for it is destroyed, or lost.",
            "The receipt stands in the ledger: listed.erased.",
        )
    return kept


def _paper(
    installation: Installation,
    kind: str,
    by: Account,
    row: DeploymentRow,
    request: str,
    content: dict[str, object] | None = None,
) -> PaperRow:
    return new_paper(installation, kind, about=request, deployment=row.id, by=by.id, content=content)


def _require_holds(record: Mapping[str, Any], key: Ed25519PublicKey) -> None:
    """Raises CommitmentDiffers where the answer would not convince whoever gets it."""
    try:
        verify_listed.check(dict(record), key)
    except (verify_listed.Failed, verify_listed.Unusable) as failure:
        raise CommitmentDiffers(
            f"The answer cannot be proved, so it is not given: {failure}",
            "Call whoever audits this installation: what is kept of this list was changed.",
        ) from failure
