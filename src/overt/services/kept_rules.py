"""The rules of policies as they were entered, read once: pages and runs ask for them again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

from overt.domain.policy import Rules
from overt.services.acting import POLICY
from overt.services.people import NoAccounts, rules_in
from overt.services.policies import POLICIES, BadPolicy, policy_bytes, read_policy
from overt.store.ports import Work
from overt.store.records import DeploymentRow


def rules_of(work: Work, row: DeploymentRow) -> Rules | None:
    """Those that a deployment was entered under; None where they were not kept, or by an earlier version."""
    papers = work.papers.about(POLICY, row.policy_digest) if row.policy_digest else []
    return _read(str(papers[0].content["toml"]).encode(), row.policy) if papers else None


def rules_in_use(work: Work, now_us: int) -> list[Rules]:
    """Those of deployments that are not over, and the installation's own where Overt brings its policy."""
    return [rules for rules in _in_use(work, now_us) if rules is not None]


def _in_use(work: Work, now_us: int) -> Iterator[Rules | None]:
    with suppress(NoAccounts):
        own = rules_in(work).policy
        if own in POLICIES:
            yield _read(policy_bytes(own), own)
    for row in work.deployments.recent(now_us):
        yield rules_of(work, row)


@lru_cache(maxsize=32)
def _read(content: bytes, shown: str) -> Rules | None:
    try:
        return read_policy(content, shown).rules
    except BadPolicy:
        return None
