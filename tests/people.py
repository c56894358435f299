"""People with accounts, for the tests of what somebody may do."""

from __future__ import annotations

import os
from functools import cache

from overt.domain.retention import DAY_US
from overt.domain.roles import TRAINED, Role
from overt.services.accounts import Account
from overt.services.administrators import enter_administrators
from overt.services.installation import Installation
from overt.services.people import account_of
from overt.services.policies import load_policy
from overt.store.records import AccountRow, AccountState
from overt.vault.passwords import hash_password

PASSWORD = "correct horse battery"


@cache
def kept() -> str:
    """What is kept of PASSWORD."""
    return hash_password(PASSWORD, os.urandom)


def administrators(installation: Installation, policy: str = "uk-police") -> tuple[Account, ...]:
    """The installation's first two administrators, ann and ben, with PASSWORD."""
    return enter_administrators(installation, load_policy(policy), [("ann", kept()), ("ben", kept())])


def person(installation: Installation, name: str, *roles: Role, rank: str = "", key: str = "") -> Account:
    """Somebody with an active account and PASSWORD, trained for a year where a role needs it."""
    now_us = installation.clock.now_us()
    row = AccountRow(
        id=installation.new_id(),
        name=name,
        roles=roles,
        rank=rank,
        password=kept(),
        key=key,
        trained_until_us=now_us + 365 * DAY_US if set(roles) & set(TRAINED) else None,
        state=AccountState.ACTIVE,
        made_us=now_us,
        made_by="system",
        approved_by=None,
    )
    installation.store.write(lambda work: work.accounts.add(row))
    return account_of(row)
