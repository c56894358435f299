"""The first administrators: they come with the installation, and with the policy under which it has its accounts.

Rules:
  - there are as many as the policy needs, each with a name of their own, and they are active at once;
  - they are made only while there is no account, so that nobody becomes an administrator by this door later;
  - the policy's name, its digest and its rules for accounts are kept with them, and do not change with its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from overt.domain.policy import Policy
from overt.domain.roles import Role, TooFewAdministrators, administrators_needed
from overt.ledger.entry import SYSTEM
from overt.services.installation import Installation
from overt.services.people import INSTALLATION_POLICY, Account, AccountExists, account_of, checked_name, new_paper
from overt.store.ports import Work
from overt.store.records import AccountRow, AccountState
from overt.vault.passwords import hash_password


def checked_administrators(policy: Policy, names: Iterable[str]) -> tuple[str, ...]:
    """The names of the first administrators as they are kept.

    Raises:
        BadAccount, AccountExists: a name that cannot be used, or that is given twice.
        TooFewAdministrators: fewer than the policy needs.
    """
    kept = tuple(checked_name(name) for name in names)
    if len(set(kept)) < len(kept):
        raise AccountExists("Two administrators have the same name.", "Give each person a name of their own.")
    needed = administrators_needed(two_administrators=policy.rules.two_administrators)
    if len(kept) < needed:
        raise TooFewAdministrators(
            f"The policy {policy.name} wants {needed} administrators at least, and {len(kept)} were named."
            if needed > 1
            else "An installation needs an administrator, and none was named.",
            f"Name them: overt init{' --administrator NAME' * needed}. Their passwords are asked for in the terminal; "
            "a script gives them on standard input, one line each, in the same order.",
        )
    return kept


def require_no_accounts(installation: Installation) -> None:
    """Raises AccountExists where the installation has accounts."""
    installation.store.read(_require_none)


def first_administrators(
    installation: Installation, policy: Policy, people: Sequence[tuple[str, str]]
) -> tuple[Account, ...]:
    """The accounts of the first administrators, active at once; `people`: name and password of each.

    Raises:
        AccountExists: there are accounts already, or a name is given twice.
        BadAccount, TooFewAdministrators, WeakPassphrase: they cannot be made.
    """
    return enter_administrators(
        installation, policy, [(name, hash_password(password, installation.random_bytes)) for name, password in people]
    )


def enter_administrators(
    installation: Installation, policy: Policy, people: Sequence[tuple[str, str]]
) -> tuple[Account, ...]:
    """As `first_administrators`; `people`: name of each, and what is kept of their password."""
    names = checked_administrators(policy, (name for name, _ in people))
    ids = sorted(installation.new_id() for _ in people)  # within a millisecond they have no order of their own
    now_us = installation.clock.now_us()
    rows = [
        AccountRow(
            id=account,
            name=name,
            roles=(Role.ADMINISTRATOR,),
            rank="",
            password=password,
            key="",
            trained_until_us=None,
            state=AccountState.ACTIVE,
            made_us=now_us,
            made_by=SYSTEM,
            approved_by=None,
        )
        for account, name, (_, password) in zip(ids, names, people, strict=True)
    ]
    content = {
        "policy": policy.name,
        "digest": policy.digest,
        "two_administrators": policy.rules.two_administrators,
        "training_max_days": policy.rules.training_max_days,
        "session_max_h": policy.rules.session_max_h,
    }
    paper = new_paper(installation, INSTALLATION_POLICY, content=content)

    def change(work: Work) -> None:
        _require_none(work)
        work.papers.add(paper)
        work.record("installation.policy", facts={"policy": policy.name, "digest": f"sha256:{policy.digest}"})
        for row in rows:
            work.accounts.add(row)
            work.record("account.made", facts={"account": row.id, "roles": row.roles})

    installation.store.write(change)
    return tuple(account_of(row) for row in rows)


def _require_none(work: Work) -> None:
    if work.accounts.all():
        raise AccountExists(
            "There is an installation already, and it has its accounts.",
            "Use it, or name another home folder; an administrator adds accounts with overt account add.",
        )
