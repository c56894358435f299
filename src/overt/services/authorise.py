"""Authority: who lets a deployment run, by a signature that names it; and how that ends.

Rules, each looked at in the transaction of what is done:
  1. a deployment waits until its authorising officer has signed, with the key that is pinned to the account, of a rank
     that the policy names; and a second one with reasons where the policy wants it;
  2. a statement is signed that says this deployment, digest, policy, machine and window, and nothing else;
  3. whatever the policy asks of the deployment holds, with what went before, or it is refused by the rule's name;
  4. an authority that was cancelled or has ended is over for good; so is one that another machine is named in, or of
     which one of two signatures no longer counts;
  5. what was signed is verified again, byte for byte, whenever it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from overt.domain.authority import Deployment, Window
from overt.domain.before_start import Stage
from overt.domain.errors import Refused
from overt.domain.policy import Policy
from overt.domain.roles import Action, Role
from overt.domain.terms import Broken, broken
from overt.domain.time import to_text
from overt.ledger.entry import Fact
from overt.services.acting import act, file_paper
from overt.services.before_start import before_of
from overt.services.conditions import CONDITIONS_PAPER
from overt.services.evaluations import EVALUATION, TRIAL_REPORT
from overt.services.installation import Installation
from overt.services.people import Account, account_of, checked_name, require_actor
from overt.services.statement import BadStatement, Statement, signed_by
from overt.services.terms import history_of, terms_of
from overt.store.ports import Work
from overt.store.records import AccountState, AuthorityRow, DeploymentRow, DeploymentState

REASONS = "reasons"
SECOND_OFFICER = "second_officer_places"


class NotAuthorised(Refused):
    """Nothing may be scanned."""

    code = "not-authorised"


class RuleBroken(Refused):
    """The policy does not allow it; every broken rule is named."""

    code = "rule-broken"


def require_whole(found: Iterable[Broken]) -> None:
    """Raises RuleBroken, naming every rule that is broken."""
    faults = list(found)
    if not faults:
        return
    if len(faults) == 1:
        raise RuleBroken(f"{faults[0].sentence} ({faults[0].rule})", faults[0].todo)
    lines = "".join(f"\n  - {one.sentence} ({one.rule}) {one.todo}" for one in faults)
    raise RuleBroken(f"The policy does not allow this, for {len(faults)} reasons:{lines}\n")


def draw_up(installation: Installation, row: DeploymentRow, officer: Account) -> Statement:
    """What this officer would sign."""
    return Statement(
        authority=installation.new_id(),
        installation=installation.public_key,
        machine=installation.machine,
        deployment=row.id,
        digest=row.digest,
        policy=row.policy_digest,
        opens_us=row.opens_us,
        closes_us=row.closes_us,
        officer=officer.id,
        drawn_up_us=installation.clock.now_us(),
    )


@dataclass(frozen=True, kw_only=True)
class Signing:
    """A signature that is handed in. `reasons`: why a second officer agrees, in their words."""

    by: Account
    deployment: Deployment
    row: DeploymentRow
    policy: Policy
    statement: bytes
    signature: bytes
    reasons: str = ""


def authorise(installation: Installation, signing: Signing) -> DeploymentRow:
    """Takes an officer's signature; returns the deployment as it stands then.

    Raises:
        NotAllowed, RolesOpposed: this account may not sign for it.
        NotAuthorised: the deployment does not wait for this signature.
        BadStatement: the signature is not for this deployment, or not by the key that is pinned to the account.
        PolicyNotInForce, RuleBroken: the policy does not allow it.
    """
    now_us = installation.clock.now_us()
    signing.policy.require_in_force(now_us)
    said = Statement.from_bytes(signing.statement)

    def change(work: Work) -> DeploymentRow:
        now = _waiting(work, signing.row, now_us)
        _require_policy(now, signing.policy)
        earlier = valid_authorities(installation, work, now)
        officer = _officer(installation, work, signing, now, earlier)
        _require_signature(installation, signing, now, said, officer.key)
        if earlier and signing.reasons.strip():
            content: dict[str, object] = {"text": signing.reasons.strip()}
            file_paper(installation, work, REASONS, by=signing.by.id, row=now, content=content, recorded=True)
        ranks = [*ranks_of(work, earlier), officer.rank]
        found = broken_terms(work, signing.deployment, now, signing.policy, ranks, now_us, Stage.SIGNING)
        awaited = not earlier and bool(signing.deployment.authority.second_officer)
        require_whole(one for one in found if not (awaited and one.rule == SECOND_OFFICER))
        _keep(work, signing, said, officer, now_us, second=bool(earlier))
        if not awaited:
            work.deployments.move(now.id, [DeploymentState.NEW], DeploymentState.AUTHORISED)
        done = work.deployments.get(now.id)
        assert done is not None
        return done

    return installation.store.write(change)


def _officer(
    installation: Installation, work: Work, signing: Signing, row: DeploymentRow, earlier: list[AuthorityRow]
) -> Account:
    """Whoever signs, as their account is now."""
    if any(one.account == signing.by.id for one in earlier):
        raise NotAuthorised("You have signed this deployment already.", "It waits for the second officer.")
    action = Action.AUTHORITY_SECOND if earlier else Action.AUTHORITY_SIGN
    act(installation, work, signing.by, action, row, roles_apart=signing.policy.rules.roles_apart)
    if signing.policy.rules.roles_apart:
        _require_no_part_in_the_checks(work, signing.by)
    authority = signing.deployment.authority
    named = authority.second_officer if earlier else authority.authorised_by
    if not named or checked_name(named) != signing.by.name:
        key = "second_officer" if earlier else "authorised_by"
        raise NotAuthorised(
            f"The deployment file does not name you: its {key} is {named or 'not filled'}.",
            "Who signs is who the authority names.",
        )
    return require_actor(work, signing.by, action)


def _require_no_part_in_the_checks(work: Work, by: Account) -> None:
    """What a signature relies on is not the word of whoever signs."""
    papers = [paper for kind in (CONDITIONS_PAPER, EVALUATION, TRIAL_REPORT) for paper in work.papers.all(kind)]
    if any(paper.account == by.id for paper in papers):
        raise NotAuthorised(
            "You answered the five conditions or filed a measurement here, and nobody signs on their own word.",
            "Another officer signs.",
        )


def _require_policy(row: DeploymentRow, policy: Policy) -> None:
    if policy.digest != row.policy_digest:
        raise NotAuthorised("The deployment was entered under another policy than this one.", "Enter it again.")


def _require_signature(
    installation: Installation, signing: Signing, row: DeploymentRow, said: Statement, key: str
) -> None:
    faults = _faults(installation, row, said, signing.by.id)
    if not faults and not signed_by(key, signing.statement, signing.signature):
        faults = ["it is not by the key that is pinned to your account"]
    if faults:
        raise BadStatement(
            f"The signature is not one for this deployment: {faults[0]}.",
            "Draw the authority up again, and sign it with your own key.",
        )


def _keep(work: Work, signing: Signing, said: Statement, officer: Account, now_us: int, *, second: bool) -> None:
    kept = AuthorityRow(
        id=said.authority,
        deployment=signing.row.id,
        account=signing.by.id,
        statement=signing.statement,
        signature=signing.signature,
        key=officer.key,
        signed_us=now_us,
    )
    work.authorities.add(kept)
    facts: dict[str, Fact] = {
        "authority": kept.id,
        "statement": f"sha256:{hashlib.sha256(kept.statement).hexdigest()}",
        "key": kept.key,
        "rank": officer.rank,
        "opens_us": said.opens_us,
        "closes_us": said.closes_us,
    }
    kind = "authority.seconded" if second else "authority.signed"
    work.record(kind, actor=signing.by.id, deployment=signing.row.id, facts=facts)


def require_standing(
    installation: Installation, work: Work, row: DeploymentRow, policy: Policy, now_us: int
) -> list[AuthorityRow]:
    """The signatures under which this deployment runs at this moment.

    Raises:
        NotAuthorised: there are none, or they are over.
        OutsideAuthority: its window is not open.
        PolicyNotInForce: its policy is suspended, or was to be reviewed.
    """
    now = work.deployments.get(row.id)
    if now is None or now.state is not DeploymentState.AUTHORISED:
        raise NotAuthorised(*_WHY_NOT[DeploymentState.NEW if now is None else now.state])
    if work.lists.kept_for(now.id) is None:
        raise NotAuthorised("The list of this deployment was erased.", "Nothing may be scanned; a new one is needed.")
    _require_policy(now, policy)
    valid = valid_authorities(installation, work, now)
    signed = {one.account for one in work.authorities.of(now.id)}
    if not valid or signed != {one.account for one in valid}:
        raise NotAuthorised(
            "A signature for this deployment is not valid here: it names another machine, or the account or the key "
            "of whoever signed it is not what it was.",
            "Enter a new deployment, and have it signed.",
        )
    Window(opens_us=now.opens_us, closes_us=now.closes_us).require(now_us)
    policy.require_in_force(now_us)
    return valid


def require_authority(
    installation: Installation, work: Work, deployment: Deployment, row: DeploymentRow, policy: Policy, now_us: int
) -> None:
    """What has to hold when a run begins: the signatures, and with them all that the policy asks.

    Raises:
        NotAuthorised, OutsideAuthority, PolicyNotInForce: see `require_standing`.
        RuleBroken: the policy does not allow it now.
    """
    valid = require_standing(installation, work, row, policy, now_us)
    ranks = ranks_of(work, valid)
    require_whole(broken_terms(work, deployment, row, policy, ranks, now_us, Stage.STARTING))


def valid_authorities(installation: Installation, work: Work, row: DeploymentRow) -> list[AuthorityRow]:
    """The signatures that count, each verified anew: by an officer who is one still, with the key pinned now, over this
    deployment on this machine."""
    found = []
    for one in work.authorities.of(row.id):
        officer = work.accounts.get(one.account)
        if one.cancelled_us is not None or officer is None or officer.state is not AccountState.ACTIVE:
            continue
        if Role.AUTHORISING_OFFICER not in account_of(officer).roles or officer.key != one.key:
            continue
        if not signed_by(one.key, one.statement, one.signature):
            continue
        if not _faults(installation, row, Statement.from_bytes(one.statement), one.account):
            found.append(one)
    return found


def ranks_of(work: Work, authorities: Iterable[AuthorityRow]) -> list[str]:
    """The rank of everybody who signed."""
    officers = {one.account for one in authorities}
    return [account.rank for account in map(work.accounts.get, sorted(officers)) if account is not None]


def _waiting(work: Work, row: DeploymentRow, now_us: int) -> DeploymentRow:
    now = work.deployments.get(row.id)
    if now is None or now.state is not DeploymentState.NEW:
        raise NotAuthorised(
            f"This deployment does not wait for a signature: it is {'not entered' if now is None else now.state}.",
            "See how it stands with overt deployment show.",
        )
    if work.lists.kept_for(now.id) is None:  # and so nobody knows yet who is on it
        raise NotAuthorised("Its list is not sealed.", "Finish entering it: overt deployment new FILE.")
    if now_us >= now.closes_us:
        raise NotAuthorised(f"Its window was over at {to_text(now.closes_us)}.", "Enter a new deployment.")
    return now


def _faults(installation: Installation, row: DeploymentRow, said: Statement, officer: str) -> list[str]:
    """What a statement says that is not so, in words."""
    truths = {
        "installation": (installation.public_key, "it names another installation"),
        "machine": (installation.machine, "it names another machine or another home folder"),
        "deployment": (row.id, "it names another deployment"),
        "digest": (row.digest, "the deployment was changed since"),
        "policy": (row.policy_digest, "it names another policy"),
        "opens_us": (row.opens_us, "it names another window"),
        "closes_us": (row.closes_us, "it names another window"),
        "officer": (officer, "it was drawn up for another officer"),
    }
    return [words for name, (truth, words) in truths.items() if getattr(said, name) != truth]


def broken_terms(
    work: Work,
    deployment: Deployment,
    row: DeploymentRow,
    policy: Policy,
    ranks: list[str] | None,
    now_us: int,
    stage: Stage,
) -> tuple[Broken, ...]:
    """What the policy asks of a deployment that is entered and is not so. `ranks`: of those who sign, or None; `stage`:
    what it is asked for."""
    papers = work.papers.of(row.id)
    terms = terms_of(
        deployment,
        work.nominals.of(row.id),
        officers=None if ranks is None else tuple(ranks),
        reasons=any(paper.kind == REASONS for paper in papers),
        papers=papers,
        before=before_of(work, deployment, row, stage, now_us),
    )
    return broken(terms, history_of(work, now_us, without=row.id), policy, now_us)


_WHY_NOT = {
    DeploymentState.NEW: (
        "This deployment is not authorised.",
        "Its authorising officer has to sign it: overt deployment authorise FILE.",
    ),
    DeploymentState.CANCELLED: ("This deployment was cancelled.", "Nothing may be scanned; a new one is needed."),
    DeploymentState.ENDED: ("This deployment has ended.", "Nothing may be scanned; a new one is needed."),
}
