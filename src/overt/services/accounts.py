"""Accounts: who works with this installation, as what. One door for each change.

Rules:
  - where the policy wants two administrators, a new account, other roles, another key and another password wait until a
    second administrator has approved them; until then nobody signs in to that account;
  - nobody approves what they proposed themselves, and nobody adds to what somebody else proposed;
  - an account is closed at once by one administrator, for good; its sessions end with it;
  - there are never fewer active administrators than the policy needs;
  - a person chooses their own password, by an invitation code that is shown once; nobody else ever types it;
  - the ledger has ids, roles and codes; names stand in the account's row only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from overt.domain.roles import (
    Action,
    Role,
    checked_roles,
    require_administrators,
    require_allowed,
    require_training_end,
)
from overt.ledger.entry import Fact
from overt.services.installation import Installation
from overt.services.people import (
    Account,
    AccountExists,
    BadAccount,
    InstallationPolicy,
    NoAccounts,
    NoSuchAccount,
    SecondPersonNeeded,
    account_of,
    checked_name,
    checked_rank,
    end_sessions,
    installation_policy,
    require_actor,
    require_open,
    rules_in,
)
from overt.store.ports import Work
from overt.store.records import AccountRow, AccountState
from overt.vault.passwords import hash_password

__all__ = [  # what others need of `people`, too
    "Account",
    "AccountExists",
    "BadAccount",
    "InstallationPolicy",
    "Invitation",
    "NoAccounts",
    "NoSuchAccount",
    "SecondPersonNeeded",
    "installation_policy",
]

#: Before what is kept of an invitation code, in the place of a password.
INVITED: Final = "invited:"
_CODE_BYTES: Final = 16
_KEY: Final = re.compile(r"(ed25519:)?([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """An account whose owner has yet to choose a password; `code` is shown once and kept nowhere."""

    account: Account
    code: str


def accounts(installation: Installation, by: Account) -> list[Account]:
    """All accounts, oldest first, closed ones too.

    Raises:
        NotAllowed: not for `by` to see.
    """
    require_allowed(by.roles, Action.ACCOUNT_SEE)
    return [account_of(row) for row in installation.store.read(lambda work: work.accounts.all())]


def propose(installation: Installation, by: Account, name: str, roles: Iterable[str], *, rank: str = "") -> Invitation:
    """A new account; its owner chooses the password by the invitation's code at the first sign-in.

    Args:
        roles: codes of `Role`.
        rank: a code of the policy's `ranks`; empty: none.

    Raises:
        NotAllowed, BadAccount, BadRoles, AccountExists: it cannot be made.
    """
    code, password = _invitation(installation)
    row = AccountRow(
        id=installation.new_id(),
        name=checked_name(name),
        roles=checked_roles(roles),
        rank=checked_rank(rank),
        password=password,
        key="",
        trained_until_us=None,
        state=AccountState.PROPOSED,
        made_us=installation.clock.now_us(),
        made_by=by.id,
        approved_by=None,
    )

    def change(work: Work) -> AccountRow:
        require_actor(work, by, Action.ACCOUNT_PROPOSE)
        two = rules_in(work).two_administrators
        if work.accounts.by_name(row.name) is not None:
            raise AccountExists(
                "There is an account of this name already; a closed one keeps its name, too.", "Give another name."
            )
        added = row if two else replace(row, state=AccountState.ACTIVE)
        work.accounts.add(added)
        work.record(
            "account.proposed" if two else "account.made",
            actor=by.id,
            facts={"account": row.id, "roles": row.roles, "rank": row.rank},
        )
        return added

    return Invitation(account=account_of(installation.store.write(change)), code=code)


def approve(installation: Installation, by: Account, name: str) -> Account:
    """What another administrator proposed about an account holds from now on.

    Raises:
        NotAllowed, NoSuchAccount: it is not for `by`, or there is no such account.
        BadAccount: nothing waits for approval.
        SecondPersonNeeded: `by` proposed it.
    """

    def change(work: Work, row: AccountRow) -> AccountRow:
        if row.state is not AccountState.PROPOSED:
            raise BadAccount("Nothing about this account waits for approval.", "Look at overt account list.")
        if row.made_by == by.id:
            raise SecondPersonNeeded(
                "You proposed this yourself, and it needs a second administrator.",
                "Ask another administrator to approve it.",
            )
        facts: dict[str, Fact] = {"account": row.id, "roles": row.roles, "proposed_by": row.made_by}
        work.record("account.approved", actor=by.id, facts=facts)
        return replace(row, state=AccountState.ACTIVE, approved_by=by.id)

    return _changed(installation, by, Action.ACCOUNT_APPROVE, name, change)


def close(installation: Installation, by: Account, name: str) -> Account:
    """Closes an account at once and for good; its sessions end.

    Raises:
        NotAllowed, NoSuchAccount, BadAccount: it is not for `by`, there is no such account, or it is closed.
        TooFewAdministrators: fewer active administrators than the policy needs would be left.
    """

    def change(work: Work, row: AccountRow) -> AccountRow:
        closed = replace(require_open(row), state=AccountState.CLOSED, password="")
        _require_administrators(work, row, closed)
        work.second_factors.remove(row.id)
        work.record("account.closed", actor=by.id, facts={"account": row.id})
        return closed

    return _changed(installation, by, Action.ACCOUNT_CLOSE, name, change)


def change_roles(
    installation: Installation, by: Account, name: str, roles: Iterable[str], *, rank: str = ""
) -> Account:
    """Other roles, and another rank, for an account; its sessions end. A key stays with an authorising officer only.

    Raises:
        NotAllowed, NoSuchAccount, BadAccount, BadRoles, SecondPersonNeeded, TooFewAdministrators: it is refused.
    """
    wanted, checked = checked_roles(roles), checked_rank(rank)

    def changed(_: Work, row: AccountRow) -> AccountRow:
        key = row.key if Role.AUTHORISING_OFFICER in wanted else ""
        return replace(row, roles=wanted, rank=checked, key=key)

    return _proposed(installation, by, name, "roles", changed, facts={"roles": wanted, "rank": checked})


def pin_key(installation: Installation, by: Account, name: str, key: str) -> Account:
    """Pins the public key with which an authorising officer signs authorities; the account's sessions end.

    Args:
        key: Ed25519, as `overt account keygen` prints it: 64 hexadecimal digits, `ed25519:` before them or not.

    Raises:
        NotAllowed, NoSuchAccount, SecondPersonNeeded: it is refused.
        BadAccount: it is no key, another account has it, or the account is not an authorising officer's.
    """
    found = _KEY.fullmatch(key.strip().lower())
    if found is None:
        raise BadAccount(
            "This is no public key, which is ed25519: and 64 hexadecimal digits.",
            "Give what overt account keygen printed.",
        )
    digits = found[2]

    def changed(work: Work, row: AccountRow) -> AccountRow:
        if Role.AUTHORISING_OFFICER not in row.roles:
            raise BadAccount("Only an authorising officer has a key.", "Give the account that role first.")
        others = (each for each in work.accounts.all() if each.id != row.id)
        if any(each.key == digits and each.state is not AccountState.CLOSED for each in others):
            raise BadAccount("Another account has this key, and a key is one person's.", "Make a key of their own.")
        return replace(row, key=digits)

    return _proposed(installation, by, name, "key", changed, facts={"key": f"ed25519:{digits}"})


def invite_again(installation: Installation, by: Account, name: str) -> Invitation:
    """A new invitation for somebody who lost the password or the second factor; neither counts any more, and the
    account's sessions end.

    Raises:
        NotAllowed, NoSuchAccount, BadAccount, SecondPersonNeeded, TooFewAdministrators: it is refused.
    """
    code, password = _invitation(installation)

    def changed(work: Work, row: AccountRow) -> AccountRow:
        work.second_factors.remove(row.id)
        return replace(row, password=password)

    account = _proposed(installation, by, name, "password", changed, facts={})
    return Invitation(account=account, code=code)


def set_training(installation: Installation, by: Account, name: str, until_us: int) -> Account:
    """Records until when somebody's training counts; a time that is past ends it.

    Raises:
        NotAllowed, NoSuchAccount, BadAccount: it is refused.
        TrainingTooLong: the policy does not let a training count for so long.
    """
    now_us = installation.clock.now_us()

    def change(work: Work, row: AccountRow) -> AccountRow:
        require_training_end(until_us, now_us, rules_in(work).training_max_days)
        facts: dict[str, Fact] = {"account": row.id, "what": "training", "until_us": until_us}
        work.record("account.changed", actor=by.id, facts=facts)
        return replace(require_open(row), trained_until_us=until_us)

    return _changed(installation, by, Action.ACCOUNT_PROPOSE, name, change)


def _proposed(
    installation: Installation,
    by: Account,
    name: str,
    what: str,
    changed: Callable[[Work, AccountRow], AccountRow],
    *,
    facts: dict[str, Fact],
) -> Account:
    """Changes what only two administrators may: it waits for the second, where the policy wants two."""

    def change(work: Work, row: AccountRow) -> AccountRow:
        if require_open(row).state is AccountState.PROPOSED and row.made_by != by.id:
            raise SecondPersonNeeded(
                "Something about this account waits for approval, and somebody else proposed it.",
                "Approve it or close the account; then propose what you want.",
            )
        now = changed(work, row)
        two = rules_in(work).two_administrators
        if two:
            now = replace(now, state=AccountState.PROPOSED, made_by=by.id, approved_by=None)
        _require_administrators(work, row, now)
        end_sessions(installation, work, row.id)
        recorded: dict[str, Fact] = {"account": row.id, "what": what, **facts}
        work.record("account.proposed" if two else "account.changed", actor=by.id, facts=recorded)
        return now

    return _changed(installation, by, Action.ACCOUNT_PROPOSE, name, change)


def _changed(
    installation: Installation,
    by: Account,
    action: Action,
    name: str,
    change: Callable[[Work, AccountRow], AccountRow],
) -> Account:
    """The account of this name after a change by somebody who may do it now."""
    kept = checked_name(name)

    def whole(work: Work) -> Account:
        require_actor(work, by, action)
        row = work.accounts.by_name(kept)
        if row is None:
            raise NoSuchAccount("There is no account of this name.", "Look at overt account list.")
        now = change(work, row)
        work.accounts.change(now)
        return account_of(now)

    return installation.store.write(whole)


def _require_administrators(work: Work, before: AccountRow, after: AccountRow) -> None:
    if not _is_administrator(before) or _is_administrator(after):
        return
    left = sum(_is_administrator(row) for row in work.accounts.all() if row.id != before.id)
    require_administrators(left, two_administrators=rules_in(work).two_administrators)


def _is_administrator(row: AccountRow) -> bool:
    return row.state is AccountState.ACTIVE and Role.ADMINISTRATOR in row.roles


def _invitation(installation: Installation) -> tuple[str, str]:
    """A code, as five groups of digits and letters, and what is kept of it."""
    code = installation.random_bytes(_CODE_BYTES).hex()
    shown = "-".join(code[at : at + 8] for at in range(0, len(code), 8))
    return shown, INVITED + hash_password(shown, installation.random_bytes)
