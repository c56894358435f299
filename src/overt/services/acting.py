"""Who does what in a deployment: a person acts in one of their roles, and opposed roles stay in different hands.

Rules:
  - whoever acts is active and has the role in the very transaction of what they do;
  - in what role somebody has acted in a deployment is kept with it, and counts for all they do in it later;
  - the policy of a deployment is kept as it was when it was entered, and is found by its digest.
"""

from __future__ import annotations

from functools import lru_cache

from overt.domain.errors import Refused
from overt.domain.policy import Policy, Rules
from overt.domain.roles import Action, Role, acting_as, require_apart
from overt.ledger.entry import Fact
from overt.services.installation import Installation
from overt.services.people import Account, new_paper, require_actor
from overt.services.policies import BadPolicy, read_policy
from overt.store.ports import Work
from overt.store.records import DeploymentRow, PaperRow

ACTED, POLICY = "acted", "policy"
#: What stands for a name and for words that a copy of the store has not.
NAME_LOST = "(not in the copy)"
WORDS_LOST = "The words were lost with the store; their keyed digest in the ledger is"


class NoPolicy(Refused):
    code = "no-policy"


def act(
    installation: Installation, work: Work, by: Account, action: Action, row: DeploymentRow, *, roles_apart: bool
) -> Role:
    """In which role this account does this in this deployment; noted, where it is new.

    Raises:
        NotAllowed: the account may not do it.
        RolesOpposed: it has acted in an opposed role in this deployment.
    """
    roles = require_actor(work, by, action).roles
    acted: dict[str, set[Role]] = {}
    for paper in work.papers.of(row.id):
        if paper.kind == ACTED:
            acted.setdefault(paper.account, set()).add(Role(paper.about))
    own = acted.get(by.id, set())
    role = acting_as(roles, action, own)
    require_apart(acted, by.id, role, roles_apart=roles_apart)
    if role not in own:
        file_paper(installation, work, ACTED, by=by.id, row=row, about=role, recorded=True)
    return role


def file_paper(
    installation: Installation,
    work: Work,
    kind: str,
    *,
    by: str,
    row: DeploymentRow | None,
    about: str = "",
    content: dict[str, object] | None = None,
    recorded: bool = False,
) -> PaperRow:
    """Keeps what somebody wrote or did.

    Args:
        by: account id.
        recorded: whether the ledger says so, too, with a keyed digest of the content.
    """
    deployment = None if row is None else row.id
    paper = new_paper(installation, kind, about=about, content=content, deployment=deployment, by=by)
    work.papers.add(paper)
    if recorded:
        facts: dict[str, Fact] = {
            "paper": paper.id,
            "kind": kind,
            "about": about,
            "content": installation.digest(repr(sorted(paper.content.items()))),
        }
        work.record("paper.filed", actor=by, deployment=paper.deployment, facts=facts)
    return paper


def keep_policy(installation: Installation, work: Work, policy: Policy, text: str, by: str) -> None:
    """Keeps the policy's own text, once; what was decided under it can be understood as long as the record stands."""
    if not work.papers.about(POLICY, policy.digest):
        content: dict[str, object] = {"name": policy.name, "toml": text}
        file_paper(installation, work, POLICY, by=by, row=None, about=policy.digest, content=content)


def policy_of(work: Work, row: DeploymentRow) -> Policy:
    """The policy of a deployment, as it was when it was entered.

    Raises:
        NoPolicy: it was entered by a version that kept none, or whose policies had not the rules of this one, or what
            was kept is not what was entered.
    """
    papers = work.papers.about(POLICY, row.policy_digest) if row.policy_digest else []
    if papers:
        try:
            policy = _read(str(papers[0].content["toml"]).encode(), row.policy)
        except BadPolicy as error:
            raise NoPolicy(error.sentence, "Enter the deployment again.") from error
        if policy.digest == row.policy_digest:
            return policy
    raise NoPolicy("The policy of this deployment is not kept as it was entered.", "Enter the deployment again.")


def rules_of(work: Work, row: DeploymentRow) -> Rules | None:
    """The rules of that policy; None where there are none."""
    try:
        return policy_of(work, row).rules
    except NoPolicy:
        return None


@lru_cache(maxsize=32)
def _read(content: bytes, shown: str) -> Policy:
    """Pages and runs ask for the same few again and again."""
    return read_policy(content, shown)
