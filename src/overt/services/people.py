"""Who somebody is to this installation, and under which rules: what accounts and sessions both need.

Rules:
  - a name is kept in one form, so that one person in another spelling does not pass for two;
  - whoever acts has to be active, and to have the role, in the moment of the change;
  - the rules for accounts are those that the policy had when the installation got its administrators.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from overt.domain.errors import Refused
from overt.domain.roles import Action, NotAllowed, Role, require_allowed
from overt.ledger.entry import SYSTEM
from overt.services.installation import Installation
from overt.store.ports import Work
from overt.store.records import AccountRow, AccountState, PaperRow

INSTALLATION_POLICY: Final = "installation-policy"
SESSIONS_ENDED: Final = "sessions-ended"
MOST_CHARACTERS: Final = 64
_RANK: Final = re.compile(r"([a-z0-9]+([-_][a-z0-9]+)*)?")


class NoAccounts(Refused):
    code = "no-accounts"


class NoSuchAccount(Refused):
    code = "no-such-account"


class AccountExists(Refused):
    code = "account-exists"


class BadAccount(Refused):
    code = "bad-account"


class SecondPersonNeeded(Refused):
    code = "second-person-needed"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody, as far as what they may do goes. `key`: Ed25519 public key, 64 hexadecimal digits, or empty."""

    id: str
    name: str
    roles: tuple[Role, ...]
    rank: str
    key: str
    trained_until_us: int | None
    state: AccountState


@dataclass(frozen=True, kw_only=True)
class InstallationPolicy:
    """The policy under which this installation has its accounts, and its rules for these."""

    policy: str
    digest: str  # SHA-256 of the policy file, 64 hexadecimal digits
    two_administrators: bool
    training_max_days: int
    session_max_h: int


def account_of(row: AccountRow) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        roles=tuple(Role(role) for role in row.roles),
        rank=row.rank,
        key=row.key,
        trained_until_us=row.trained_until_us,
        state=row.state,
    )


def checked_name(name: str) -> str:
    """The name as it is kept: in Unicode's form NFKC, casefolded, one blank between words.

    Raises:
        BadAccount: it is empty, too long, or has what cannot be printed.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    kept = " ".join(folded.split())
    if not 0 < len(kept) <= MOST_CHARACTERS or not kept.isprintable():
        raise BadAccount(
            f"The name of an account has from 1 to {MOST_CHARACTERS} characters that can be printed.",
            "Give such a name.",
        )
    return kept


def checked_rank(rank: str) -> str:
    if len(rank) > MOST_CHARACTERS or not _RANK.fullmatch(rank):
        raise BadAccount(
            "A rank is a code of small letters, digits and hyphens.", "Give it as the policy's ranks have it."
        )
    return rank


def installation_policy(installation: Installation) -> InstallationPolicy:
    """The policy under which this installation has its accounts.

    Raises:
        NoAccounts: it has none yet.
    """
    return installation.store.read(rules_in)


def rules_in(work: Work) -> InstallationPolicy:
    """As `installation_policy`, within a transaction."""
    papers = work.papers.all(INSTALLATION_POLICY)
    if not papers:
        raise NoAccounts(
            "This installation has no administrators yet.", "Name them: overt init --administrator NAME, once for each."
        )
    content: dict[str, Any] = dict(papers[-1].content)
    return InstallationPolicy(**content)


def require_actor(work: Work, by: Account, action: Action) -> Account:
    """Whoever acts, as they are now: they may have been closed, or lost the role, since they signed in.

    Raises:
        NotAllowed: they may not do it now.
    """
    row = work.accounts.get(by.id)
    if row is None or row.state is not AccountState.ACTIVE:
        raise NotAllowed("Your account is not active.", "Ask an administrator.")
    account = account_of(row)
    require_allowed(account.roles, action)
    return account


def require_open(row: AccountRow) -> AccountRow:
    if row.state is AccountState.CLOSED:
        raise BadAccount("This account is closed, for good.", "Make a new one under another name.")
    return row


def end_sessions(installation: Installation, work: Work, account: str) -> None:
    """What was opened for the account before now counts no more."""
    work.papers.add(new_paper(installation, SESSIONS_ENDED, about=account))


def new_paper(
    installation: Installation,
    kind: str,
    *,
    about: str = "",
    content: dict[str, object] | None = None,
    deployment: str | None = None,
    by: str = SYSTEM,
) -> PaperRow:
    """A paper of now; `by`: account id."""
    return PaperRow(
        id=installation.new_id(),
        kind=kind,
        deployment=deployment,
        about=about,
        account=by,
        at_us=installation.clock.now_us(),
        content=content or {},
    )
