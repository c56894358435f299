"""Sign-in: who is there now.

Rules:
  - a session's token is 256 random bits; the store keeps its SHA-256 only, and the token's file is its owner's alone;
  - a name that there is not and a wrong password get the same answer after the same time;
  - what is refused costs a wait under that name (`overt.services.refusals`);
  - an account with a second factor shows a code of it besides the password, each code once;
  - who is not approved yet, or whose role needs a training that is not valid, is refused, and told why once the
    password was right;
  - the first sign-in is by the invitation's code, and a password is chosen then;
  - a session counts until its time is over, it is ended, or the account is closed, changed or without training;
  - the ledger has the account's id, never the name that was typed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from overt.domain.errors import Refused, Stopped
from overt.domain.roles import Action, require_allowed, require_training, session_ends_us
from overt.ledger.entry import Fact
from overt.services.accounts import INVITED
from overt.services.installation import Installation
from overt.services.people import SESSIONS_ENDED, Account, account_of, end_sessions, rules_in
from overt.services.refusals import SignInLocked, SignInRefused, count_refusal, folded, forgive, require_unlocked
from overt.services.second_factor import step_of
from overt.store.ports import Work
from overt.store.records import AccountRow, AccountState, SecondFactorRow, SessionRow
from overt.vault.disk import FOLDER, READ, opened, write_new
from overt.vault.passwords import NOBODY, check_password, hash_password

__all__ = ["SignInLocked", "SignInRefused"]  # what others need of `refusals`, too

NewPassword = Callable[[], str]
"""Asks a person to choose a password."""
AskCode = Callable[[], str]
"""Asks a person for the code of their second factor."""

VARIABLE: Final = "OVERT_SESSION"
FILE: Final = "session"
TOKEN_BYTES: Final = 32
_MOST_BYTES: Final = 1024
_SIGN_IN: Final = "Sign in with overt login NAME."


class NotSignedIn(Refused):
    code = "not-signed-in"


class NotApproved(SignInRefused):
    code = "not-approved"


class CodeNeeded(SignInRefused):
    """The name and the password are right, and a code has to come with them."""

    code = "code-needed"


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    account: Account
    token: str  # 64 hexadecimal digits; kept nowhere but with its owner
    expires_us: int


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """An account as it was when its password was found right.

    Attributes:
        factor: its second factor then; None where it has none that counts, or where none is asked for.
        step: of the code that came with it; None: that was no good code.
    """

    row: AccountRow
    factor: SecondFactorRow | None = None
    step: int | None = None


def no_code() -> str:
    """Where nobody can be asked for a code.

    Raises:
        CodeNeeded: always.
    """
    raise CodeNeeded("This account has a second factor.", "Give the code that your authenticator shows now, too.")


def sign_in(
    installation: Installation, name: str, password: str, *, new_password: NewPassword, code: AskCode = no_code
) -> SignedIn:
    """Opens a session.

    Args:
        password: or the code of the invitation, at the first sign-in.
        new_password: is called then.
        code: is called where the password is right and the account has a second factor.

    Raises:
        SignInRefused: the name, the password or the code is wrong.
        CodeNeeded: there is no code.
        SignInLocked: it was refused under this name just now; a right password is not looked at.
        NotApproved: a second administrator has yet to approve the account.
        NotTrained: one of its roles needs a training, and none is valid.
        WeakPassphrase: the new password is too short.
    """
    checked = _checked(installation, name, password)
    if checked:
        checked = _with_code(installation, checked, code)
    chosen = None
    if checked and checked.row.password.startswith(INVITED) and checked.row.state is AccountState.ACTIVE:
        chosen = hash_password(new_password(), installation.random_bytes)
    token = installation.random_bytes(TOKEN_BYTES).hex()

    def change(work: Work) -> SignedIn | Refused:
        found = _found(installation, work, name, checked, with_code=True)
        if isinstance(found, Refused):
            return found
        return _opened(installation, work, found, token=token, chosen=chosen)

    done = installation.store.write(change)
    if isinstance(done, Refused):  # it is recorded, so it is raised only now
        raise done
    return done


def _checked(installation: Installation, name: str, password: str) -> _Checked | None:
    """The account of this name, where this is its password."""

    def look(work: Work) -> AccountRow | None:
        rules_in(work)
        require_unlocked(installation, work, name)
        return work.accounts.by_name(folded(name))

    row = installation.store.read(look)
    kept = row.password.removeprefix(INVITED) if row and row.password else NOBODY
    return _Checked(row=row) if check_password(password, kept) and row else None


def _with_code(installation: Installation, checked: _Checked, code: AskCode) -> _Checked:
    factor = installation.store.read(lambda work: work.second_factors.get(checked.row.id))
    if factor is None or factor.counts_us is None:
        return checked
    return replace(checked, factor=factor, step=step_of(installation, factor, code()))


def _found(
    installation: Installation, work: Work, name: str, checked: _Checked | None, *, with_code: bool = False
) -> AccountRow | Refused:
    """The account as it is now, or the refusal, recorded."""
    require_unlocked(installation, work, name)
    row = work.accounts.by_name(folded(name))
    if row is None or checked is None or (row.id, row.password) != (checked.row.id, checked.row.password):
        count_refusal(installation, work, name)
        return _refused(work, row, "wrong", SignInRefused("The name or the password is wrong.", "Try again."))
    if row.state is not AccountState.ACTIVE:  # a closed one has no password, so nobody gets here with it
        approve = "Ask an administrator other than who proposed it to approve it."
        return _refused(work, row, "not-approved", NotApproved("Your account waits to be approved.", approve))
    factor = work.second_factors.get(row.id)
    two = factor is not None and factor.counts_us is not None
    if two and with_code and not _uses_code(work, checked, factor):
        count_refusal(installation, work, name)
        wait = "Wait until your authenticator shows the next one, and try again."
        return _refused(work, row, "wrong-code", SignInRefused("The code is wrong, or was used already.", wait))
    if with_code or not two:  # else codes could be tried one after the other between right passwords
        forgive(installation, work, name)
    return row


def _uses_code(work: Work, checked: _Checked, factor: SecondFactorRow | None) -> bool:
    """Whether the code is one of this second factor, and good, which it is not a second time."""
    same = factor is not None and checked.factor is not None and checked.factor.sealed == factor.sealed
    return same and checked.step is not None and work.second_factors.use(checked.row.id, checked.step)


def _opened(
    installation: Installation, work: Work, row: AccountRow, *, token: str, chosen: str | None
) -> SignedIn | Refused:
    """A session; or the refusal, recorded."""
    now_us = installation.clock.now_us()
    account = account_of(row)
    try:
        require_training(account.roles, account.trained_until_us, now_us)
    except Refused as untrained:
        return _refused(work, row, "not-trained", untrained)
    if chosen is not None:
        work.accounts.change(replace(row, password=chosen))
        work.record("account.changed", actor=row.id, facts={"account": row.id, "what": "password"})
    expires_us = session_ends_us(now_us, rules_in(work).session_max_h, account.roles, account.trained_until_us)
    work.sessions.add(SessionRow(id=digest_of(token), account=row.id, made_us=now_us, expires_us=expires_us))
    work.record("session.opened", actor=row.id, facts={"account": row.id})
    return SignedIn(account=account, token=token, expires_us=expires_us)


def _refused(work: Work, row: AccountRow | None, why: str, error: Refused) -> Refused:
    facts: dict[str, Fact] = {"why": why} if row is None else {"why": why, "account": row.id}
    work.record("session.refused", facts=facts)
    return error


def signed_in(installation: Installation, token: str) -> Account:
    """Whose session this token is.

    Raises:
        NotSignedIn: nobody's, or its time is over, or it was ended.
        NotTrained: a role of the account needs a training, and none is valid any more.
    """
    now_us = installation.clock.now_us()

    def look(work: Work) -> Account:
        session = work.sessions.get(digest_of(token))
        if session is None or session.expires_us <= now_us:
            raise NotSignedIn("You are not signed in, or your session is over.", _SIGN_IN)
        row = work.accounts.get(session.account)
        ended = work.papers.about(SESSIONS_ENDED, session.account)
        if row is None or row.state is not AccountState.ACTIVE or (ended and session.made_us < ended[-1].at_us):
            raise NotSignedIn("Your account was closed or changed since you signed in.", _SIGN_IN)
        account = account_of(row)
        require_training(account.roles, account.trained_until_us, now_us)
        return account

    return installation.store.read(look)


def sign_out(installation: Installation, token: str) -> bool:
    """Ends a session; says whether there was one."""

    def change(work: Work) -> bool:
        session = work.sessions.get(digest_of(token))
        if session is None or not work.sessions.remove(session.id):
            return False
        work.record("session.ended", actor=session.account, facts={"account": session.account})
        return True

    return installation.store.write(change)


def change_password(installation: Installation, account: Account, password: str, new_password: NewPassword) -> None:
    """Somebody's own new password; all their sessions end.

    Args:
        password: the present one.
        new_password: is called where that is right.

    Raises:
        SignInRefused, SignInLocked, NotApproved: the present password is wrong, or does not let them in.
        WeakPassphrase: the new one is too short.
    """
    checked = _checked(installation, account.name, password)
    chosen = "" if checked is None else hash_password(new_password(), installation.random_bytes)

    def change(work: Work) -> AccountRow | Refused:
        row = _found(installation, work, account.name, checked)
        if not isinstance(row, Refused):
            work.accounts.change(replace(row, password=chosen))
            end_sessions(installation, work, row.id)
            work.record("account.changed", actor=row.id, facts={"account": row.id, "what": "password"})
        return row

    done = installation.store.write(change)
    if isinstance(done, Refused):
        raise done


def confirm_password(installation: Installation, account: Account, password: str) -> None:
    """Whoever is signed in gives their password again, for what must not be done by somebody who found a machine open.
    Their second factor was asked for when they signed in.

    Raises:
        SignInRefused, SignInLocked, NotApproved: the password is wrong, or does not let them in.
    """
    known(installation, account.name, password)


def known(installation: Installation, name: str, password: str) -> Account:
    """Somebody who gives their name and password for one thing, without a session, as where the clock is wrong: a code
    of a second factor hangs on the clock, so none is asked for.

    Raises:
        SignInRefused, SignInLocked, NotApproved: the name or the password is wrong, or does not let them in.
    """
    checked = _checked(installation, name, password)
    done = installation.store.write(lambda work: _found(installation, work, name, checked))
    if isinstance(done, Refused):  # it is recorded, so it is raised only now
        raise done
    return account_of(done)


def require(account: Account, action: Action) -> None:
    """Raises NotAllowed, naming the action and who may, where this account may not do it."""
    require_allowed(account.roles, action)


def current(installation: Installation, home: Path, environment: Mapping[str, str]) -> Account:
    """Who is signed in here.

    Args:
        home: the home folder, in which the token lies.
        environment: where OVERT_SESSION comes before the file.

    Raises:
        NotSignedIn, NotTrained: nobody, or not any more.
    """
    return signed_in(installation, token_of(home, environment))


def token_of(home: Path, environment: Mapping[str, str]) -> str:
    """The token of whoever is signed in here.

    Raises:
        NotSignedIn: there is none, or others could read or change its file.
    """
    if environment.get(VARIABLE):
        return environment[VARIABLE].strip()
    try:
        with opened(home / FILE, READ) as file:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
                raise NotSignedIn(f"Others could read or change {home / FILE}, so it is not used.", _SIGN_IN)
            return os.read(file, _MOST_BYTES).decode("ascii", "replace").strip()
    except FileNotFoundError as error:
        raise NotSignedIn("Nobody is signed in.", _SIGN_IN) from error
    except OSError as error:
        raise NotSignedIn(f"{home / FILE} cannot be read: {error.strerror}.", _SIGN_IN) from error


def keep_token(home: Path, token: str) -> None:
    """Keeps a token in the home folder, for its owner alone; an earlier one is replaced.

    Raises:
        Stopped: it cannot be written.
    """
    temporary = f".{FILE}.{os.urandom(8).hex()}.new"
    try:
        with opened(home, FOLDER) as folder:
            write_new(temporary, f"{token}\n".encode(), folder)
            os.rename(temporary, FILE, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
    except OSError as error:
        raise Stopped(f"{home / FILE} cannot be written: {error.strerror}.", "Make room, and sign in again.") from error


def forget_token(home: Path) -> None:
    """Removes the token from the home folder, where there is one.

    Raises:
        Stopped: it cannot be removed.
    """
    try:
        with suppress(FileNotFoundError):
            (home / FILE).unlink()
    except OSError as error:
        raise Stopped(f"{home / FILE} cannot be removed: {error.strerror}.", "Remove it by hand.") from error


def digest_of(token: str) -> str:
    """The id of a session."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
