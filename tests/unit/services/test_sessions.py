"""Signing in: who is there, for how long, and what a stranger learns by trying."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overt.domain.errors import Stopped
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.roles import Action, NotAllowed, NotTrained, Role
from overt.ledger.entry import Entry
from overt.services import accounts, sessions
from overt.services.accounts import Account, NoAccounts
from overt.services.installation import Installation
from overt.services.people import account_of
from overt.services.sessions import (
    NotApproved,
    NotSignedIn,
    SignedIn,
    SignInLocked,
    SignInRefused,
    current,
    forget_token,
    keep_token,
    require,
    sign_in,
    sign_out,
    signed_in,
    token_of,
)
from overt.store.ports import Work
from overt.store.records import AccountState
from overt.vault.errors import WeakPassphrase
from overt.vault.passwords import check_password
from tests.installations import kinds
from tests.people import PASSWORD, administrators, person
from tests.unit.services.keeping import KINDS, Kept, installation_of

NEW = "another horse battery"


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    with installation_of(request.param, tmp_path) as found:
        administrators(found.installation)
        yield found


@pytest.fixture
def eve(installation: Installation) -> Account:
    """An auditor."""
    return person(installation, "eve", Role.AUDITOR)


def entered(installation: Installation, name: str = "eve", password: str = PASSWORD) -> SignedIn:
    def not_asked() -> str:
        raise AssertionError("nobody is to be asked for a new password")

    return sign_in(installation, name, password, new_password=not_asked)


def newest(installation: Installation) -> tuple[str, str, dict[str, object]]:
    """Kind, actor and facts of the newest entry."""
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    entry = Entry.from_bytes(last.entry)
    return entry.kind, entry.actor, dict(entry.facts)


def alter(installation: Installation, account: Account, **changes: Any) -> None:
    def change(work: Work) -> None:
        row = work.accounts.get(account.id)
        assert row is not None
        work.accounts.change(replace(row, **changes))

    installation.store.write(change)


def test_a_session_is_opened_and_only_the_digest_of_its_token_is_kept(installation: Installation, eve: Account) -> None:
    opened = entered(installation, " EVE ")
    assert opened.account == eve
    assert len(bytes.fromhex(opened.token)) == 32
    assert newest(installation) == ("session.opened", eve.id, {"account": eve.id})
    digest = hashlib.sha256(opened.token.encode()).hexdigest()
    session = installation.store.read(lambda work: work.sessions.get(digest))
    assert session is not None
    assert session.expires_us == opened.expires_us == installation.clock.now_us() + 8 * HOUR_US
    assert installation.store.read(lambda work: work.sessions.get(opened.token)) is None
    assert signed_in(installation, opened.token) == eve


def test_a_session_lasts_as_long_as_the_policy_says(kept: Kept, eve: Account) -> None:
    token = entered(kept.installation).token
    kept.clock.advance(8 * 3600 - 1)
    assert signed_in(kept.installation, token) == eve
    kept.clock.advance(1)
    with pytest.raises(NotSignedIn, match="session is over"):
        signed_in(kept.installation, token)


def test_a_session_is_ended_by_signing_out(installation: Installation, eve: Account) -> None:
    token = entered(installation).token
    assert sign_out(installation, token)
    assert newest(installation) == ("session.ended", eve.id, {"account": eve.id})
    assert not sign_out(installation, token)
    with pytest.raises(NotSignedIn):
        signed_in(installation, token)


@pytest.mark.parametrize("token", ["", "0" * 64, "no token", "\udcff"])
def test_a_token_that_nobody_got_opens_nothing(installation: Installation, eve: Account, token: str) -> None:
    entered(installation)
    with pytest.raises(NotSignedIn, match="overt login"):
        signed_in(installation, token)


@pytest.mark.parametrize("name", ["eve", "nobody", "", "x" * 65, "\udcff", "closed"])
def test_a_stranger_gets_the_same_answer_whatever_was_wrong(
    installation: Installation, eve: Account, name: str
) -> None:
    closed = person(installation, "closed", Role.AUDITOR)
    alter(installation, closed, state=AccountState.CLOSED, password="")
    with pytest.raises(SignInRefused) as caught:
        entered(installation, name, "wrong horse battery")
    assert (caught.value.code, str(caught.value)) == (
        "sign-in-refused",
        "The name or the password is wrong. Try again.",
    )
    known = {"eve": eve.id, "closed": closed.id}.get(name)
    facts = {"why": "wrong"} | ({"account": known} if known else {})
    assert newest(installation) == ("session.refused", "system", facts)


def test_another_name_is_not_locked_with_it(installation: Installation, eve: Account) -> None:
    with pytest.raises(SignInRefused):
        entered(installation, "nobody", "wrong horse battery")
    with pytest.raises(SignInLocked):
        entered(installation, "nobody")
    assert entered(installation).account == eve


def test_a_lock_that_falls_while_the_password_is_looked_at_counts(
    kept: Kept, eve: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else many tries at the same time would cost no more than one."""
    installation, checked = kept.installation, check_password

    def check(password: str, of: str) -> bool:
        monkeypatch.setattr(sessions, "check_password", checked)
        with pytest.raises(SignInRefused):
            entered(installation, "eve", "wrong horse battery")
        return checked(password, of)

    monkeypatch.setattr(sessions, "check_password", check)
    with pytest.raises(SignInLocked):
        entered(installation)
    assert "session.opened" not in kinds(installation)


def test_a_password_that_is_changed_while_it_is_looked_at_opens_nothing(
    installation: Installation, eve: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = check_password

    def check(password: str, of: str) -> bool:
        monkeypatch.setattr(sessions, "check_password", checked)
        accounts.close(installation, accounts_of(installation)[0], "eve")
        return checked(password, of)

    monkeypatch.setattr(sessions, "check_password", check)
    with pytest.raises(SignInRefused, match="wrong"):
        entered(installation)


def test_the_first_sign_in_is_by_the_code_and_a_password_is_chosen(kept: Kept) -> None:
    installation = kept.installation
    ann, ben = accounts_of(installation)
    invitation = accounts.propose(installation, ann, "dora", ["oversight"])
    with pytest.raises(NotApproved, match="waits to be approved"):
        entered(installation, "dora", invitation.code)
    assert newest(installation)[2] == {"why": "not-approved", "account": invitation.account.id}
    accounts.approve(installation, ben, "dora")
    with pytest.raises(SignInRefused, match="wrong"):
        entered(installation, "dora", PASSWORD)
    kept.clock.advance(1)
    with pytest.raises(WeakPassphrase):
        sign_in(installation, "dora", invitation.code, new_password=lambda: "short")
    opened = sign_in(installation, "dora", invitation.code, new_password=lambda: NEW)
    assert signed_in(installation, opened.token).name == "dora"
    assert kinds(installation)[-2:] == ["account.changed", "session.opened"]
    with pytest.raises(SignInRefused, match="wrong"):
        entered(installation, "dora", invitation.code)
    kept.clock.advance(1)
    assert entered(installation, "dora", NEW).account.name == "dora"


def accounts_of(installation: Installation) -> tuple[Account, Account]:
    """The two first administrators."""
    found = {row.name: account_of(row) for row in installation.store.read(lambda work: work.accounts.all())}
    return found["ann"], found["ben"]


def test_without_training_an_operator_is_refused_and_told_why(kept: Kept) -> None:
    installation = kept.installation
    carl = person(installation, "carl", Role.OPERATOR)
    alter(installation, carl, trained_until_us=None)
    with pytest.raises(SignInRefused, match="wrong"):
        entered(installation, "carl", "wrong horse battery")
    kept.clock.advance(1)
    with pytest.raises(NotTrained, match="needs a valid training"):
        entered(installation, "carl")
    assert newest(installation) == ("session.refused", "system", {"why": "not-trained", "account": carl.id})
    accounts.set_training(installation, accounts_of(installation)[0], "carl", kept.clock.now_us() + DAY_US)
    assert entered(installation, "carl").account.id == carl.id


def test_a_session_ends_with_the_training(kept: Kept) -> None:
    installation = kept.installation
    carl = person(installation, "carl", Role.OPERATOR)
    alter(installation, carl, trained_until_us=kept.clock.now_us() + HOUR_US)
    opened = entered(installation, "carl")
    assert opened.expires_us == kept.clock.now_us() + HOUR_US
    accounts.set_training(installation, accounts_of(installation)[0], "carl", kept.clock.now_us())
    with pytest.raises(NotTrained):
        signed_in(installation, opened.token)


def test_a_session_ends_when_the_account_is_closed(installation: Installation, eve: Account) -> None:
    token = entered(installation).token
    accounts.close(installation, accounts_of(installation)[0], "eve")
    with pytest.raises(NotSignedIn, match="closed or changed"):
        signed_in(installation, token)


def test_a_session_ends_when_the_roles_change_and_stays_so_when_that_is_approved(kept: Kept, eve: Account) -> None:
    installation = kept.installation
    ann, ben = accounts_of(installation)
    token = entered(installation).token
    kept.clock.advance(1)
    accounts.change_roles(installation, ann, "eve", ["oversight"])
    with pytest.raises(NotSignedIn, match="closed or changed"):
        signed_in(installation, token)
    accounts.approve(installation, ben, "eve")
    with pytest.raises(NotSignedIn, match="closed or changed"):
        signed_in(installation, token)
    kept.clock.advance(1)
    assert signed_in(installation, entered(installation).token).roles == (Role.OVERSIGHT,)


def test_ones_own_password_is_changed_with_the_present_one_and_all_sessions_end(kept: Kept, eve: Account) -> None:
    installation = kept.installation
    token = entered(installation).token
    kept.clock.advance(1)
    with pytest.raises(SignInRefused, match="wrong"):
        sessions.change_password(installation, eve, "wrong horse battery", lambda: NEW)
    kept.clock.advance(1)
    with pytest.raises(WeakPassphrase):
        sessions.change_password(installation, eve, PASSWORD, lambda: "short")
    assert signed_in(installation, token) == eve
    sessions.change_password(installation, eve, PASSWORD, lambda: NEW)
    assert newest(installation) == ("account.changed", eve.id, {"account": eve.id, "what": "password"})
    with pytest.raises(NotSignedIn):
        signed_in(installation, token)
    with pytest.raises(SignInRefused):
        entered(installation)
    kept.clock.advance(1)
    assert entered(installation, password=NEW).account == eve


def test_a_password_is_confirmed_without_another_session_and_refusals_are_counted(kept: Kept, eve: Account) -> None:
    installation = kept.installation
    token = entered(installation).token
    sessions.confirm_password(installation, eve, PASSWORD)
    assert newest(installation) == ("session.opened", eve.id, {"account": eve.id})
    for _ in range(3):
        with pytest.raises(SignInRefused, match="wrong"):
            sessions.confirm_password(installation, eve, "wrong horse battery")
        kept.clock.advance(3)
    assert newest(installation)[0] == "session.refused"
    with pytest.raises(SignInLocked):
        sessions.confirm_password(installation, eve, PASSWORD)
    with pytest.raises(SignInLocked):
        entered(installation)
    assert signed_in(installation, token) == eve
    kept.clock.advance(1)
    sessions.confirm_password(installation, eve, PASSWORD)


def test_an_installation_without_accounts_says_how_to_make_them(tmp_path: Path) -> None:
    with installation_of(KINDS[0], tmp_path) as found, pytest.raises(NoAccounts, match="overt init"):
        entered(found.installation)


def test_what_an_account_may_do_is_required_by_name(eve: Account) -> None:
    require(eve, Action.LEDGER_EXPORT)
    with pytest.raises(NotAllowed, match=r"alert\.see"):
        require(eve, Action.ALERT_SEE)


def test_the_token_lies_in_the_home_for_its_owner_alone(tmp_path: Path) -> None:
    with pytest.raises(NotSignedIn, match="Nobody is signed in"):
        token_of(tmp_path, {})
    for token in ("a" * 64, "b" * 64):
        keep_token(tmp_path, token)
        assert token_of(tmp_path, {}) == token
        assert stat.S_IMODE((tmp_path / "session").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["session"]
    assert token_of(tmp_path, {"OVERT_SESSION": f"{'c' * 64}\n"}) == "c" * 64
    assert token_of(tmp_path, {"OVERT_SESSION": ""}) == "b" * 64
    for _ in range(2):
        forget_token(tmp_path)
        with pytest.raises(NotSignedIn):
            token_of(tmp_path, {})


def test_a_token_that_others_could_read_is_not_used(tmp_path: Path) -> None:
    keep_token(tmp_path, "a" * 64)
    (tmp_path / "session").chmod(0o640)
    with pytest.raises(NotSignedIn, match="Others could read"):
        token_of(tmp_path, {})


def test_a_token_behind_a_link_is_not_used_and_not_written_through(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("a" * 64)
    elsewhere.chmod(0o600)
    (tmp_path / "session").symlink_to(elsewhere)
    with pytest.raises(NotSignedIn, match="cannot be read"):
        token_of(tmp_path, {})
    keep_token(tmp_path, "b" * 64)
    assert elsewhere.read_text() == "a" * 64
    assert token_of(tmp_path, {}) == "b" * 64


def test_a_token_that_cannot_be_kept_or_removed_says_so(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="cannot be written"):
        keep_token(tmp_path / "nowhere", "a" * 64)
    (tmp_path / "session").mkdir()
    with pytest.raises(Stopped, match="cannot be removed"):
        forget_token(tmp_path)


def test_who_is_signed_in_here_comes_from_the_home_or_the_environment(
    installation: Installation, eve: Account, tmp_path: Path
) -> None:
    home = tmp_path / "of-eve"
    home.mkdir()
    opened = entered(installation)
    keep_token(home, opened.token)
    assert current(installation, home, {}) == eve
    with pytest.raises(NotSignedIn):
        current(installation, home, {"OVERT_SESSION": "0" * 64})
