"""The rules that are in use now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache

from overt.domain.policy import Rules
from overt.services.acting import rules_of
from overt.services.people import NoAccounts, rules_in
from overt.services.policies import POLICIES, load_policy
from overt.store.ports import Work


def rules_in_use(work: Work, now_us: int) -> list[Rules]:
    """Those of deployments that are not over, and the installation's own where Overt brings its policy."""
    return [rules for rules in _in_use(work, now_us) if rules is not None]


def _in_use(work: Work, now_us: int) -> Iterator[Rules | None]:
    with suppress(NoAccounts):
        own = rules_in(work).policy
        if own in POLICIES:
            yield _shipped(own)
    for row in work.deployments.recent(now_us):
        yield rules_of(work, row)


@cache
def _shipped(name: str) -> Rules:
    return load_policy(name).rules
