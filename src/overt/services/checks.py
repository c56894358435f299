"""What a policy asks of a deployment, rule by rule: met or not, with the rule's source; and how a deployment stands.

Rules:
  - every rule about a deployment is told, the ones that are met too;
  - what is not known yet (a second signature, before the first) breaks nothing, as when it is signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from overt.domain.authority import Deployment
from overt.domain.before_start import Stage
from overt.domain.policy import Cited, Policy
from overt.domain.roles import Action
from overt.domain.terms import RULES_OF_TERMS, Broken, broken
from overt.services.acting import NoPolicy, policy_of
from overt.services.authorise import SECOND_OFFICER, broken_terms, ranks_of, valid_authorities
from overt.services.ending import CANCELLED
from overt.services.halts import Halt, halt_on
from overt.services.heartbeat import HEARTBEAT, Heartbeat, heartbeat_of
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.terms import REVIEW, STARTED, history_of, terms_of
from overt.store.ports import Work
from overt.store.records import AuthorityRow, DeploymentRow, DeploymentState, ListRow, PaperRow


@dataclass(frozen=True, kw_only=True)
class Check:
    """One rule. `asks`: its value in the policy; `broken`: everything that is not so, empty where it is met."""

    rule: str
    asks: object
    cited: Cited
    broken: tuple[Broken, ...]


def checks_of_draft(installation: Installation, deployment: Deployment, policy: Policy) -> tuple[Check, ...]:
    """Of a deployment that is not entered; who is on its list is not known yet."""
    now_us = installation.clock.now_us()
    history = installation.store.read(lambda work: history_of(work, now_us))
    return _checks(policy, broken(terms_of(deployment, ()), history, policy, now_us))


def checks_of(
    installation: Installation, deployment: Deployment, row: DeploymentRow, policy: Policy
) -> tuple[Check, ...]:
    """Of a deployment that is entered, with the signatures that it has; once it is signed, for its start."""
    now_us = installation.clock.now_us()
    stage = Stage.STARTING if row.state is DeploymentState.AUTHORISED else Stage.SIGNING

    def look(work: Work) -> tuple[Broken, ...]:
        signed = valid_authorities(installation, work, row)
        ranks = ranks_of(work, signed) if signed else None
        found = broken_terms(work, deployment, row, policy, ranks, now_us, stage)
        awaited = row.state is DeploymentState.NEW and bool(deployment.authority.second_officer)
        return tuple(one for one in found if not (awaited and one.rule == SECOND_OFFICER))

    return _checks(policy, installation.store.read(look))


def _checks(policy: Policy, found: Iterable[Broken]) -> tuple[Check, ...]:
    faults = tuple(found)
    return tuple(
        Check(
            rule=rule,
            asks=getattr(policy.rules, rule),
            cited=policy.cited[rule],
            broken=tuple(one for one in faults if one.rule == rule),
        )
        for rule in RULES_OF_TERMS
    )


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A signature, with whose it is. `counts`: it is valid here and now."""

    row: AuthorityRow
    name: str
    counts: bool


@dataclass(frozen=True, kw_only=True)
class Stands:
    """A deployment as the record knows it.

    Attributes:
        list_row: its sealed list; None once it is erased, or before it is sealed.
        policy: as it was entered under; None where it was not kept, or was not asked for.
        running: whoever watches it renews its lease, here or elsewhere.
        started: it was watched at least once.
        review, cancelled: the papers.
        halt: the hold of the oversight that stands on it.
        heartbeat: the newest, before a start.
    """

    row: DeploymentRow
    list_row: ListRow | None
    policy: Policy | None
    made_by: str
    signatures: tuple[Signed, ...]
    running: bool
    started: bool
    review: PaperRow | None
    cancelled: PaperRow | None
    halt: Halt | None
    heartbeat: Heartbeat | None

    def over(self, now_us: int) -> bool:
        """Nothing will be scanned under it any more."""
        return self.row.state in (DeploymentState.CANCELLED, DeploymentState.ENDED) or now_us >= self.row.closes_us


def how_it_stands(installation: Installation, by: Account, row: DeploymentRow) -> Stands:
    """Raises NotAllowed where this account may not see it."""
    return installation.store.read(
        lambda work: replace(_stands(installation, work, by, row), policy=_policy(work, row))
    )


def how_all_stand(installation: Installation, by: Account) -> list[Stands]:
    """Every deployment, newest window first, without its policy; raises NotAllowed as `how_it_stands`."""

    def look(work: Work) -> list[Stands]:
        rows = sorted(work.deployments.all(), key=lambda row: (row.opens_us, row.id), reverse=True)
        return [_stands(installation, work, by, row) for row in rows]

    return installation.store.read(look)


def _stands(installation: Installation, work: Work, by: Account, row: DeploymentRow) -> Stands:
    require_actor(work, by, Action.FIGURES_SEE)
    papers = {paper.kind: paper for paper in work.papers.of(row.id)}
    valid = {one.id for one in valid_authorities(installation, work, row)}
    lease = work.leases.get(row.id)
    return Stands(
        row=row,
        list_row=work.lists.kept_for(row.id),
        policy=None,
        made_by=_name(work, row.made_by),
        signatures=tuple(
            Signed(row=one, name=_name(work, one.account), counts=one.id in valid)
            for one in work.authorities.of(row.id)
        ),
        running=lease is not None and lease.ends_us > installation.clock.now_us(),
        started=STARTED in papers,
        review=papers.get(REVIEW),
        cancelled=papers.get(CANCELLED),
        halt=halt_on(work, row.id),
        heartbeat=heartbeat_of(papers[HEARTBEAT]) if HEARTBEAT in papers else None,
    )


def _policy(work: Work, row: DeploymentRow) -> Policy | None:
    try:
        return policy_of(work, row)
    except NoPolicy:
        return None


def _name(work: Work, account: str) -> str:
    row = work.accounts.get(account)
    return account if row is None else row.name
