"""The second factor: set up by its owner, asked for at every sign-in, each code once."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from overt.domain.roles import Role
from overt.domain.time import SECOND_US
from overt.services import accounts, second_factor, sessions
from overt.services.accounts import Account
from overt.services.own_account import (
    BadSecondFactor,
    FactorState,
    begin_second_factor,
    confirm_second_factor,
    end_other_sessions,
    factor_state,
    own_sessions,
    remove_second_factor,
)
from overt.services.people import account_of
from overt.services.refusals import SignInLocked, SignInRefused
from overt.services.second_factor import NewSecret, step_of
from overt.services.sessions import CodeNeeded, SignedIn, sign_in
from overt.store.records import SecondFactorRow
from overt.vault.errors import KeyExists, WrongKey
from tests.installations import in_memory, kinds
from tests.people import PASSWORD, administrators, person
from tests.unit.services.keeping import KINDS, Kept, installation_of

WRONG = "wrong horse battery"
#: RFC 6238, appendix B: the secret, a time, and the last six digits of its code.
RFC_SECRET = b"12345678901234567890"
RFC_CODES = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    with installation_of(request.param, tmp_path) as found:
        administrators(found.installation)
        yield found


@pytest.fixture
def eve(kept: Kept) -> Account:
    return person(kept.installation, "eve", Role.AUDITOR)


class Authenticator:
    """What somebody's telephone shows."""

    def __init__(self, kept: Kept, shown: NewSecret) -> None:
        self._kept = kept
        self._codes = TOTP(base64.b32decode(shown.secret.replace(" ", "")), 6, SHA1(), 30)

    def code(self, steps: int = 0) -> str:
        return self._codes.generate(self._kept.clock.now_us() // SECOND_US + 30 * steps).decode()

    def wrong(self) -> str:
        """No code of now, nor of a minute around it."""
        near = {self.code(steps) for steps in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


@pytest.fixture
def phone(kept: Kept, eve: Account) -> Authenticator:
    """Of eve, whose second factor counts; a minute later."""
    phone = Authenticator(kept, begin_second_factor(kept.installation, eve, PASSWORD))
    confirm_second_factor(kept.installation, eve, phone.code())
    kept.clock.advance(60)
    return phone


def entered(kept: Kept, code: str, password: str = PASSWORD) -> SignedIn:
    return sign_in(kept.installation, "eve", password, new_password=str, code=lambda: code)


def row_of(kept: Kept, account: Account) -> SecondFactorRow | None:
    return kept.installation.store.read(lambda work: work.second_factors.get(account.id))


def test_the_codes_are_those_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    from overt.testing.fixed_clock import FixedClock

    for at, code in RFC_CODES.items():
        installation = in_memory(FixedClock(now_us=at * SECOND_US))
        plain = replace(installation, random_bytes=lambda count: (RFC_SECRET * 2)[:count])
        row, shown = second_factor.new_secret(plain, "an account", "eve")
        assert shown.secret == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        assert shown.address == (
            "otpauth://totp/Overt:eve?digits=6&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            "&algorithm=SHA1&issuer=Overt&period=30"
        )
        assert step_of(installation, row, f" {code[:3]} {code[3:]}") == at // 30
        assert step_of(installation, row, "") is None
        assert step_of(installation, row, "２８７０８２") is None


def test_it_counts_once_a_code_of_it_was_shown(kept: Kept, eve: Account) -> None:
    assert factor_state(kept.installation, eve) is FactorState.NONE
    with pytest.raises(SignInRefused, match="wrong"):
        begin_second_factor(kept.installation, eve, WRONG)
    kept.clock.advance(1)
    lost = begin_second_factor(kept.installation, eve, PASSWORD)
    phone = Authenticator(kept, begin_second_factor(kept.installation, eve, PASSWORD))
    assert factor_state(kept.installation, eve) is FactorState.BEGUN
    assert entered(kept, "").account == eve
    with pytest.raises(SignInRefused, match="code is wrong"):
        confirm_second_factor(kept.installation, eve, Authenticator(kept, lost).code())
    assert kinds(kept.installation)[-1] == "session.refused"
    with pytest.raises(SignInLocked):
        confirm_second_factor(kept.installation, eve, phone.code())
    kept.clock.advance(1)
    confirm_second_factor(kept.installation, eve, phone.code())
    assert factor_state(kept.installation, eve) is FactorState.COUNTS
    assert kinds(kept.installation)[-1] == "account.changed"
    with pytest.raises(BadSecondFactor):
        confirm_second_factor(kept.installation, eve, phone.code(1))
    with pytest.raises(BadSecondFactor, match="already"):
        begin_second_factor(kept.installation, eve, PASSWORD)


def test_the_secret_is_nowhere_in_the_store(kept: Kept, eve: Account) -> None:
    shown = begin_second_factor(kept.installation, eve, PASSWORD)
    row = row_of(kept, eve)
    assert row is not None
    secret = base64.b32decode(shown.secret.replace(" ", ""))
    assert secret not in row.sealed
    assert shown.secret.replace(" ", "").encode() not in row.sealed
    assert shown.secret not in repr(shown)
    assert shown.address not in repr(shown)


def test_a_password_alone_opens_nothing_then(kept: Kept, eve: Account, phone: Authenticator) -> None:
    before = kinds(kept.installation)
    with pytest.raises(CodeNeeded, match="second factor"):
        sign_in(kept.installation, "eve", PASSWORD, new_password=str)
    assert kinds(kept.installation) == before
    with pytest.raises(SignInRefused, match="name or the password"):
        entered(kept, phone.code(), WRONG)
    kept.clock.advance(1)
    with pytest.raises(SignInRefused, match="code is wrong"):
        entered(kept, phone.wrong())
    kept.clock.advance(2)
    assert entered(kept, phone.code()).account == eve


def test_wrong_codes_cost_growing_waits_and_a_right_password_between_them_changes_nothing(
    kept: Kept, eve: Account, phone: Authenticator
) -> None:
    for number in range(1, 6):
        with pytest.raises(SignInRefused, match="code is wrong"):
            entered(kept, phone.wrong())
        with pytest.raises(SignInLocked):
            entered(kept, phone.code())
        kept.clock.advance(2 ** (number - 1))
        sessions.confirm_password(kept.installation, eve, PASSWORD)
    assert entered(kept, phone.code()).account == eve


def test_a_code_is_good_once(kept: Kept, eve: Account, phone: Authenticator) -> None:
    code = phone.code()
    entered(kept, code)
    with pytest.raises(SignInRefused, match="used already"):
        entered(kept, code)
    kept.clock.advance(1)
    with pytest.raises(SignInRefused, match="used already"):
        entered(kept, phone.code(-1))
    kept.clock.advance(30)
    entered(kept, phone.code())


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(kept: Kept, eve: Account, phone: Authenticator, steps: int, good: bool) -> None:
    if good:
        assert entered(kept, phone.code(steps)).account == eve
        return
    with pytest.raises(SignInRefused, match="code is wrong"):
        entered(kept, phone.code(steps))


def test_a_code_that_somebody_else_uses_meanwhile_is_not_good(kept: Kept, eve: Account, phone: Authenticator) -> None:
    code = phone.code()

    def asked() -> str:
        entered(kept, code)
        return code

    def late() -> str:
        """Asked before the other was in; the step was found good then."""
        return code

    with pytest.raises(SignInRefused, match="used already"):
        sign_in(kept.installation, "eve", PASSWORD, new_password=str, code=asked)
    kept.clock.advance(60)
    code = phone.code()
    row = row_of(kept, eve)
    assert row is not None
    step = step_of(kept.installation, row, code)
    assert step is not None
    entered(kept, late())
    assert not kept.installation.store.write(lambda work: work.second_factors.use(eve.id, step))


def test_a_factor_that_is_set_up_while_the_password_is_looked_at_is_asked_for(
    kept: Kept, eve: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_code = sessions._with_code

    def first(*given: object) -> object:
        found = with_code(*given)  # type: ignore[arg-type]
        monkeypatch.setattr(sessions, "_with_code", with_code)
        phone = Authenticator(kept, begin_second_factor(kept.installation, eve, PASSWORD))
        confirm_second_factor(kept.installation, eve, phone.code())
        return found

    monkeypatch.setattr(sessions, "_with_code", first)
    with pytest.raises(SignInRefused, match="code is wrong"):
        sign_in(kept.installation, "eve", PASSWORD, new_password=str)


def test_it_is_taken_off_with_the_password_and_a_code(kept: Kept, eve: Account, phone: Authenticator) -> None:
    with pytest.raises(SignInRefused, match="password is wrong"):
        remove_second_factor(kept.installation, eve, WRONG, phone.code())
    kept.clock.advance(1)
    with pytest.raises(SignInRefused, match="code is wrong"):
        remove_second_factor(kept.installation, eve, PASSWORD, phone.wrong())
    kept.clock.advance(2)
    remove_second_factor(kept.installation, eve, PASSWORD, phone.code())
    assert factor_state(kept.installation, eve) is FactorState.NONE
    assert entered(kept, "").account == eve
    with pytest.raises(BadSecondFactor):
        remove_second_factor(kept.installation, eve, PASSWORD, phone.code())


def test_whoever_lost_it_is_invited_again(kept: Kept, eve: Account, phone: Authenticator) -> None:
    installation = kept.installation
    ann, ben = named(kept, "ann"), named(kept, "ben")
    invitation = accounts.invite_again(installation, ann, "eve")
    accounts.approve(installation, ben, "eve")
    assert sign_in(installation, "eve", invitation.code, new_password=lambda: PASSWORD).account.name == "eve"
    assert factor_state(installation, eve) is FactorState.NONE


def test_it_goes_with_the_account(kept: Kept, eve: Account, phone: Authenticator) -> None:
    accounts.close(kept.installation, named(kept, "ann"), "eve")
    assert row_of(kept, eve) is None


def test_a_secret_of_another_account_does_not_open(kept: Kept, eve: Account, phone: Authenticator) -> None:
    row = row_of(kept, eve)
    assert row is not None
    with pytest.raises(WrongKey):
        step_of(kept.installation, replace(row, account=named(kept, "ann").id), phone.code())


def named(kept: Kept, name: str) -> Account:
    row = kept.installation.store.read(lambda work: work.accounts.by_name(name))
    assert row is not None
    return account_of(row)


def test_two_processes_that_make_the_first_secret_at_once_agree_on_the_key(
    eve: Account, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = kept.installation.keyring
    put = type(keyring).put

    def late(self: object, name: str, key: bytes) -> None:
        put(keyring, name, bytes(32))
        raise KeyExists("There is one.")

    monkeypatch.setattr(type(keyring), "put", late)
    phone = Authenticator(kept, begin_second_factor(kept.installation, eve, PASSWORD))
    confirm_second_factor(kept.installation, eve, phone.code())


def test_a_secret_that_was_begun_anew_meanwhile_is_not_confirmed_by_the_old_one(
    kept: Kept, eve: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from overt.services import own_account

    phone = Authenticator(kept, begin_second_factor(kept.installation, eve, PASSWORD))

    def looked(*given: object) -> int | None:
        found = step_of(*given)  # type: ignore[arg-type]
        begin_second_factor(kept.installation, eve, PASSWORD)
        return found

    monkeypatch.setattr(own_account, "step_of", looked)
    with pytest.raises(SignInRefused, match="code is wrong"):
        confirm_second_factor(kept.installation, eve, phone.code())


def test_ones_own_sessions_are_listed_and_the_others_ended(kept: Kept, eve: Account) -> None:
    installation = kept.installation
    old = entered(kept, "").token
    kept.clock.advance(60)
    sessions.change_password(installation, eve, PASSWORD, lambda: PASSWORD)
    kept.clock.advance(60)
    first = entered(kept, "")
    kept.clock.advance(60)
    here = entered(kept, "")
    ann = sign_in(installation, "ann", PASSWORD, new_password=str)
    found = own_sessions(installation, eve, here.token)
    assert [(one.expires_us, one.here) for one in found] == [(first.expires_us, False), (here.expires_us, True)]
    before = len(kinds(installation))
    assert end_other_sessions(installation, eve, here.token) == 2  # that which counted no more, too
    assert len(kinds(installation)) == before + 1
    assert end_other_sessions(installation, eve, here.token) == 0
    assert len(kinds(installation)) == before + 1
    for token in (old, first.token):
        with pytest.raises(sessions.NotSignedIn):
            sessions.signed_in(installation, token)
    assert sessions.signed_in(installation, here.token) == eve
    assert sessions.signed_in(installation, ann.token).name == "ann"
    kept.clock.advance(24 * 3600)
    assert own_sessions(installation, eve, here.token) == []


def test_nobody_can_be_asked_for_a_code_where_none_was_given(kept: Kept) -> None:
    with pytest.raises(CodeNeeded):
        sessions.no_code()
