"""What somebody sees and changes of their own account: their sessions, and their second factor.

Rules:
  - what a stranger at an open machine must not do asks for the password again;
  - a second factor counts once one code of it was shown, and is taken off with one;
  - whoever lost theirs is invited again by an administrator (`overt.services.accounts.invite_again`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from overt.domain.errors import Refused
from overt.ledger.entry import Fact
from overt.services.installation import Installation
from overt.services.people import SESSIONS_ENDED, Account
from overt.services.refusals import SignInRefused, count_refusal, forgive, require_unlocked
from overt.services.second_factor import NewSecret, new_secret, step_of
from overt.services.sessions import confirm_password, digest_of
from overt.store.ports import Work
from overt.store.records import SecondFactorRow


class BadSecondFactor(Refused):
    code = "bad-second-factor"


class FactorState(Enum):
    NONE = "none"
    BEGUN = "begun"
    COUNTS = "counts"


@dataclass(frozen=True, kw_only=True)
class OwnSession:
    """A session of one's own that is open. `here`: the one that asks."""

    made_us: int
    expires_us: int
    here: bool


def own_sessions(installation: Installation, account: Account, token: str) -> list[OwnSession]:
    """Those that are open now, oldest first; `token`: of the one that asks."""
    now_us, here = installation.clock.now_us(), digest_of(token)

    def look(work: Work) -> list[OwnSession]:
        ended = work.papers.about(SESSIONS_ENDED, account.id)
        since_us = ended[-1].at_us if ended else 0
        return [
            OwnSession(made_us=row.made_us, expires_us=row.expires_us, here=row.id == here)
            for row in work.sessions.of(account.id)
            if row.expires_us > now_us and row.made_us >= since_us
        ]

    return installation.store.read(look)


def end_other_sessions(installation: Installation, account: Account, token: str) -> int:
    """Ends every session of the account but the one that asks; says how many."""
    here = digest_of(token)

    def change(work: Work) -> int:
        others = [row.id for row in work.sessions.of(account.id) if row.id != here]
        ended = sum(work.sessions.remove(each) for each in others)
        if ended:
            work.record("session.ended", actor=account.id, facts={"account": account.id, "sessions": ended})
        return ended

    return installation.store.write(change)


def factor_state(installation: Installation, account: Account) -> FactorState:
    """Whether the account has a second factor."""
    return _state_of(installation.store.read(lambda work: work.second_factors.get(account.id)))


def begin_second_factor(installation: Installation, account: Account, password: str) -> NewSecret:
    """A secret for the account's authenticator, which counts once a code of it was shown; one begun before is gone.

    Raises:
        SignInRefused, SignInLocked: the password is wrong.
        BadSecondFactor: the account has one that counts.
    """
    confirm_password(installation, account, password)
    row, shown = new_secret(installation, account.id, account.name)

    def change(work: Work) -> None:
        if _state_of(work.second_factors.get(account.id)) is FactorState.COUNTS:
            raise BadSecondFactor("Your account has a second factor already.", "Take it off first.")
        work.second_factors.put(row)

    installation.store.write(change)
    return shown


def confirm_second_factor(installation: Installation, account: Account, code: str) -> None:
    """From now on the second factor counts.

    Raises:
        SignInRefused, SignInLocked: the code is wrong.
        BadSecondFactor: none was begun, or it counts already.
    """
    with_code = _with_code(installation, account, code, FactorState.BEGUN)

    def change(work: Work) -> Refused | None:
        row = with_code(work)
        if isinstance(row, Refused):
            return row
        work.second_factors.put(replace(row, counts_us=installation.clock.now_us()))
        _record(work, account, on=True)
        return None

    _done(installation, change)


def remove_second_factor(installation: Installation, account: Account, password: str, code: str) -> None:
    """From now on the password alone opens the account.

    Raises:
        SignInRefused, SignInLocked: the password or the code is wrong.
        BadSecondFactor: the account has none that counts.
    """
    confirm_password(installation, account, password)
    with_code = _with_code(installation, account, code, FactorState.COUNTS)

    def change(work: Work) -> Refused | None:
        row = with_code(work)
        if isinstance(row, Refused):
            return row
        work.second_factors.remove(account.id)
        _record(work, account, on=False)
        return None

    _done(installation, change)


def _with_code(
    installation: Installation, account: Account, code: str, state: FactorState
) -> Callable[[Work], SecondFactorRow | Refused]:
    """What, in a change, gives the account's second factor after its code was used, or the refusal, recorded."""

    def look(work: Work) -> SecondFactorRow:
        require_unlocked(installation, work, account.name)
        row = work.second_factors.get(account.id)
        if row is None or _state_of(row) is not state:
            raise BadSecondFactor("Your account has no second factor in that state.", "Look at your account again.")
        return row

    seen = installation.store.read(look)
    step = step_of(installation, seen, code)

    def used(work: Work) -> SecondFactorRow | Refused:
        row = look(work)
        if row.sealed != seen.sealed or step is None or not work.second_factors.use(account.id, step):
            count_refusal(installation, work, account.name)
            work.record("session.refused", facts={"why": "wrong-code", "account": account.id})
            return SignInRefused("The code is wrong, or was used already.", "Give the next one.")
        forgive(installation, work, account.name)
        return replace(row, last_step=step)

    return used


def _record(work: Work, account: Account, *, on: bool) -> None:
    facts: dict[str, Fact] = {"account": account.id, "what": "second-factor", "on": on}
    work.record("account.changed", actor=account.id, facts=facts)


def _done(installation: Installation, change: Callable[[Work], Refused | None]) -> None:
    refused = installation.store.write(change)
    if refused is not None:  # it is recorded, so it is raised only now
        raise refused


def _state_of(row: SecondFactorRow | None) -> FactorState:
    if row is None:
        return FactorState.NONE
    return FactorState.BEGUN if row.counts_us is None else FactorState.COUNTS
