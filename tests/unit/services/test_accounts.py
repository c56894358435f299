"""Accounts: two people for every right, one for taking it away, and no name in the ledger."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.errors import Refused
from overt.domain.retention import DAY_US
from overt.domain.roles import BadRoles, NotAllowed, Role, TooFewAdministrators, TrainingTooLong
from overt.ledger.entry import Entry
from overt.services import accounts as service
from overt.services.accounts import Account, AccountExists, BadAccount, NoAccounts, NoSuchAccount, SecondPersonNeeded
from overt.services.administrators import checked_administrators, first_administrators, require_no_accounts
from overt.services.installation import Installation
from overt.services.people import checked_name
from overt.services.policies import load_policy
from overt.services.sessions import sign_in, signed_in
from overt.store.records import AccountRow, AccountState
from overt.vault.errors import WeakPassphrase
from tests.installations import in_memory, kinds
from tests.people import PASSWORD, administrators, person
from tests.unit.services.keeping import Kept

UK, CONSENT = load_policy("uk-police"), load_policy("consent")
KEY, OTHER_KEY = "ab" * 32, "cd" * 32
CHIEF = "chief-superintendent"


@pytest.fixture
def ann(installation: Installation) -> Account:
    """One of the two first administrators."""
    return administrators(installation)[0]


@pytest.fixture
def ben(installation: Installation, ann: Account) -> Account:
    """The other."""
    return next(each for each in service.accounts(installation, ann) if each.name == "ben")


def row_of(installation: Installation, name: str) -> AccountRow:
    row = installation.store.read(lambda work: work.accounts.by_name(name))
    assert row is not None
    return row


def entries(installation: Installation) -> list[Entry]:
    return [Entry.from_bytes(row.entry) for row in installation.store.read(lambda work: list(work.ledger.rows()))]


def newest(installation: Installation) -> tuple[str, str, dict[str, object]]:
    """Kind, actor and facts of the newest entry."""
    last = entries(installation)[-1]
    return last.kind, last.actor, dict(last.facts)


def test_the_first_administrators_come_with_the_policy(installation: Installation) -> None:
    with pytest.raises(NoAccounts, match="no administrators"):
        service.installation_policy(installation)
    require_no_accounts(installation)
    ann, ben = administrators(installation)
    assert (ann.name, ann.roles, ann.state) == ("ann", (Role.ADMINISTRATOR,), AccountState.ACTIVE)
    found = service.installation_policy(installation)
    assert (found.policy, found.digest, found.two_administrators) == ("uk-police", UK.digest, True)
    assert (found.training_max_days, found.session_max_h) == (365, 8)
    assert kinds(installation) == ["installation.policy", "account.made", "account.made"]
    facts = [dict(entry.facts) for entry in entries(installation)]
    assert facts[0] == {"policy": "uk-police", "digest": f"sha256:{UK.digest}"}
    assert [each["account"] for each in facts[1:]] == [ann.id, ben.id]


def test_they_come_once(installation: Installation, ann: Account) -> None:
    with pytest.raises(AccountExists, match="already"):
        require_no_accounts(installation)
    with pytest.raises(AccountExists, match="already"):
        administrators(installation)
    assert len(kinds(installation)) == 3


@pytest.mark.parametrize(
    ("policy", "names", "error", "says"),
    [
        (UK, [], TooFewAdministrators, "wants 2 administrators at least, and 0"),
        (UK, ["ann"], TooFewAdministrators, "and 1 were named"),
        (UK, ["Ann", "ANN "], AccountExists, "same name"),
        (UK, ["ann", " "], BadAccount, "name of an account"),
        (CONSENT, [], TooFewAdministrators, "needs an administrator"),
    ],
)
def test_too_few_or_bad_administrators_are_refused(
    policy: object, names: list[str], error: type[Refused], says: str
) -> None:
    assert policy in (UK, CONSENT)
    with pytest.raises(error, match=says):
        checked_administrators(UK if policy is UK else CONSENT, names)


def test_a_weak_password_of_one_makes_none(installation: Installation) -> None:
    with pytest.raises(WeakPassphrase):
        first_administrators(installation, UK, [("ann", PASSWORD), ("ben", "short")])
    assert kinds(installation) == []


def test_too_few_say_how_to_name_them() -> None:
    with pytest.raises(TooFewAdministrators) as caught:
        checked_administrators(UK, [])
    assert "overt init --administrator NAME --administrator NAME." in caught.value.todo


@pytest.mark.parametrize(
    ("given_name", "kept_name"),
    [("Ann Ford", "ann ford"), ("  ANN \t ford ", "ann ford"), ("Ｃａｒｌ", "carl"), ("Strauß", "strauss")],
)
def test_a_name_is_kept_in_one_form(given_name: str, kept_name: str) -> None:
    assert checked_name(given_name) == kept_name


@given(st.text(max_size=80))
def test_a_kept_name_stays_as_it_is(name: str) -> None:
    try:
        kept_name = checked_name(name)
    except BadAccount:
        return
    assert 0 < len(kept_name) <= 64
    assert kept_name == " ".join(kept_name.split())


@pytest.mark.parametrize("name", ["", "  ", "a" * 65, "ann\x00", "ann\u202e", "\udcff"])
def test_a_name_that_cannot_be_used(name: str) -> None:
    with pytest.raises(BadAccount, match="can be printed"):
        checked_name(name)


def test_a_new_account_waits_for_a_second_administrator(installation: Installation, ann: Account, ben: Account) -> None:
    invitation = service.propose(installation, ann, "Carl", ["operator", "engagement-officer"], rank="sergeant")
    carl = invitation.account
    assert (carl.name, carl.rank, carl.state) == ("carl", "sergeant", AccountState.PROPOSED)
    assert carl.roles == (Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
    facts = {"account": carl.id, "roles": ("operator", "engagement-officer"), "rank": "sergeant"}
    assert newest(installation) == ("account.proposed", ann.id, facts)
    with pytest.raises(SecondPersonNeeded, match="yourself"):
        service.approve(installation, ann, "carl")
    assert service.approve(installation, ben, "CARL").state is AccountState.ACTIVE
    assert row_of(installation, "carl").approved_by == ben.id
    facts = {"account": carl.id, "roles": carl.roles, "proposed_by": ann.id}
    assert newest(installation) == ("account.approved", ben.id, facts)
    with pytest.raises(BadAccount, match="Nothing about this account waits"):
        service.approve(installation, ben, "carl")


def test_where_one_administrator_is_enough_an_account_is_active_at_once(installation: Installation) -> None:
    ann, _ = administrators(installation, "consent")
    invitation = service.propose(installation, ann, "carl", ["auditor"])
    assert invitation.account.state is AccountState.ACTIVE
    assert newest(installation)[0] == "account.made"
    assert service.change_roles(installation, ann, "carl", ["evaluator"]).roles == (Role.EVALUATOR,)
    facts = {"account": invitation.account.id, "what": "roles", "roles": ("evaluator",), "rank": ""}
    assert newest(installation) == ("account.changed", ann.id, facts)


def test_the_code_is_nowhere_in_the_store(installation: Installation, ann: Account) -> None:
    invitation = service.propose(installation, ann, "carl", ["auditor"])
    assert len(invitation.code.replace("-", "")) == 32
    assert invitation.code not in row_of(installation, "carl").password
    assert row_of(installation, "carl").password.startswith("invited:$argon2id$")


@pytest.mark.parametrize(
    ("name", "roles", "rank", "error"),
    [
        ("Ann", ["auditor"], "", AccountExists),
        ("", ["auditor"], "", BadAccount),
        ("carl", [], "", BadRoles),
        ("carl", ["administrator", "operator"], "", BadRoles),
        ("carl", ["auditor"], "Chief Superintendent", BadAccount),
        ("carl", ["auditor"], "a" * 65, BadAccount),
    ],
)
def test_an_account_that_cannot_be_made(
    installation: Installation, ann: Account, name: str, roles: list[str], rank: str, error: type[Refused]
) -> None:
    with pytest.raises(error):
        service.propose(installation, ann, name, roles, rank=rank)
    assert len(kinds(installation)) == 3


DOORS: list[tuple[str, Callable[[Installation, Account], object]]] = [
    ("see", service.accounts),
    ("propose", lambda at, by: service.propose(at, by, "dora", ["auditor"])),
    ("approve", lambda at, by: service.approve(at, by, "carl")),
    ("close", lambda at, by: service.close(at, by, "carl")),
    ("roles", lambda at, by: service.change_roles(at, by, "carl", ["auditor"])),
    ("key", lambda at, by: service.pin_key(at, by, "carl", KEY)),
    ("training", lambda at, by: service.set_training(at, by, "carl", 1)),
    ("password", lambda at, by: service.invite_again(at, by, "carl")),
]


@pytest.mark.parametrize("door", [door for _, door in DOORS], ids=[name for name, _ in DOORS])
def test_only_administrators_change_accounts(
    installation: Installation, ann: Account, door: Callable[[Installation, Account], object]
) -> None:
    carl = person(installation, "carl", Role.OPERATOR)
    before = kinds(installation)
    with pytest.raises(NotAllowed):
        door(installation, carl)
    assert kinds(installation) == before
    assert row_of(installation, "carl").state is AccountState.ACTIVE


@pytest.mark.parametrize("door", [door for _, door in DOORS[1:]], ids=[name for name, _ in DOORS[1:]])
def test_an_administrator_who_was_closed_meanwhile_changes_nothing(
    installation: Installation, ann: Account, ben: Account, door: Callable[[Installation, Account], object]
) -> None:
    person(installation, "carl", Role.AUTHORISING_OFFICER)
    person(installation, "dan", Role.ADMINISTRATOR)
    service.close(installation, ben, "ann")
    with pytest.raises(NotAllowed, match="not active"):
        door(installation, ann)
    nobody = Account(
        id=installation.new_id(),
        name="x",
        roles=ann.roles,
        rank="",
        key="",
        trained_until_us=None,
        state=AccountState.ACTIVE,
    )
    with pytest.raises(NotAllowed, match="not active"):
        door(installation, nobody)


@pytest.mark.parametrize("door", [door for _, door in DOORS[2:]], ids=[name for name, _ in DOORS[2:]])
def test_there_has_to_be_such_an_account(
    installation: Installation, ann: Account, door: Callable[[Installation, Account], object]
) -> None:
    with pytest.raises(NoSuchAccount):
        door(installation, ann)


def test_auditors_and_oversight_may_know_names_and_change_none(installation: Installation, ann: Account) -> None:
    eve = person(installation, "eve", Role.AUDITOR)
    assert {account.name for account in service.accounts(installation, eve)} == {"ann", "ben", "eve"}


def test_a_closed_account_stays_closed_and_keeps_its_name(
    installation: Installation, ann: Account, ben: Account
) -> None:
    carl = person(installation, "carl", Role.AUTHORISING_OFFICER)
    assert service.close(installation, ann, "carl").state is AccountState.CLOSED
    assert newest(installation) == ("account.closed", ann.id, {"account": carl.id})
    assert row_of(installation, "carl").password == ""
    for name, door in DOORS[2:]:
        with pytest.raises(BadAccount, match="Nothing about" if name == "approve" else "closed"):
            door(installation, ben)
    with pytest.raises(AccountExists, match="closed one keeps its name"):
        service.propose(installation, ann, "carl", ["auditor"])


def test_a_proposal_is_turned_down_by_closing_it(installation: Installation, ann: Account, ben: Account) -> None:
    service.propose(installation, ann, "carl", ["auditor"])
    assert service.close(installation, ben, "carl").state is AccountState.CLOSED


FEWER: list[Callable[[Installation, Account], object]] = [
    lambda at, by: service.close(at, by, "ben"),
    lambda at, by: service.close(at, by, "ann"),
    lambda at, by: service.change_roles(at, by, "ben", ["auditor"]),
    lambda at, by: service.change_roles(at, by, "ben", ["administrator", "auditor"]),
    lambda at, by: service.invite_again(at, by, "ben"),
]


@pytest.mark.parametrize("door", FEWER)
def test_there_are_never_fewer_administrators_than_the_policy_needs(
    installation: Installation, ann: Account, door: Callable[[Installation, Account], object]
) -> None:
    with pytest.raises(TooFewAdministrators, match="there would be 1"):
        door(installation, ann)
    person(installation, "carl", Role.ADMINISTRATOR)
    door(installation, ann)


def test_the_last_administrator_stays_where_one_is_enough(installation: Installation) -> None:
    ann, _ = administrators(installation, "consent")
    service.close(installation, ann, "ben")
    with pytest.raises(TooFewAdministrators, match="there would be 0"):
        service.close(installation, ann, "ann")
    service.change_roles(installation, ann, "ann", ["administrator", "auditor"])
    with pytest.raises(TooFewAdministrators):
        service.change_roles(installation, ann, "ann", ["auditor"])


def test_other_roles_wait_for_a_second_administrator_and_drop_the_key(
    installation: Installation, ann: Account, ben: Account
) -> None:
    dora = person(installation, "dora", Role.AUTHORISING_OFFICER, key=KEY, rank=CHIEF)
    changed = service.change_roles(installation, ann, "dora", ["authorising-officer", "list-manager"], rank=CHIEF)
    assert (changed.state, changed.key) == (AccountState.PROPOSED, KEY)
    facts = {"account": dora.id, "what": "roles", "roles": ("authorising-officer", "list-manager"), "rank": CHIEF}
    assert newest(installation) == ("account.proposed", ann.id, facts)
    with pytest.raises(SecondPersonNeeded):
        service.approve(installation, ann, "dora")
    assert service.approve(installation, ben, "dora").roles == (Role.AUTHORISING_OFFICER, Role.LIST_MANAGER)
    assert service.change_roles(installation, ann, "dora", ["list-manager"]).key == ""


def test_nobody_adds_to_what_another_proposed_so_that_nobody_approves_their_own(
    installation: Installation, ann: Account, ben: Account
) -> None:
    service.propose(installation, ann, "carl", ["auditor"])
    with pytest.raises(SecondPersonNeeded, match="somebody else proposed"):
        service.change_roles(installation, ben, "carl", ["oversight"])
    assert service.change_roles(installation, ann, "carl", ["oversight"]).roles == (Role.OVERSIGHT,)
    assert service.approve(installation, ben, "carl").roles == (Role.OVERSIGHT,)


@pytest.mark.parametrize("written", [KEY, f"ed25519:{KEY}", f" ED25519:{KEY.upper()}\n"])
def test_a_key_is_pinned_by_two(installation: Installation, ann: Account, ben: Account, written: str) -> None:
    dora = person(installation, "dora", Role.AUTHORISING_OFFICER)
    assert service.pin_key(installation, ann, "dora", written).state is AccountState.PROPOSED
    facts = {"account": dora.id, "what": "key", "key": f"ed25519:{KEY}"}
    assert newest(installation) == ("account.proposed", ann.id, facts)
    assert service.approve(installation, ben, "dora").key == KEY


def test_a_key_is_one_persons_and_an_authorising_officers(
    installation: Installation, ann: Account, ben: Account
) -> None:
    person(installation, "dora", Role.AUTHORISING_OFFICER, key=KEY)
    person(installation, "emil", Role.AUTHORISING_OFFICER)
    person(installation, "carl", Role.OPERATOR)
    with pytest.raises(BadAccount, match="Another account has this key"):
        service.pin_key(installation, ann, "emil", KEY)
    with pytest.raises(BadAccount, match="Only an authorising officer"):
        service.pin_key(installation, ann, "carl", OTHER_KEY)
    for bad in ("", KEY[:-1], f"rsa:{KEY}", "x" * 64):
        with pytest.raises(BadAccount, match="no public key"):
            service.pin_key(installation, ann, "emil", bad)
    service.close(installation, ben, "dora")
    assert service.pin_key(installation, ann, "emil", KEY).key == KEY


def test_a_training_is_recorded_by_one_and_for_so_long_as_the_policy_says(
    kept: Kept, installation: Installation, ann: Account
) -> None:
    carl = service.propose(installation, ann, "carl", ["operator"]).account
    today_us = kept.clock.now_us() // DAY_US * DAY_US
    until_us = today_us + 366 * DAY_US
    assert service.set_training(installation, ann, "carl", until_us).trained_until_us == until_us
    assert newest(installation) == (
        "account.changed",
        ann.id,
        {"account": carl.id, "what": "training", "until_us": until_us},
    )
    with pytest.raises(TrainingTooLong):
        service.set_training(installation, ann, "carl", until_us + 1)
    assert service.set_training(installation, ann, "carl", today_us).trained_until_us == today_us


def test_who_lost_the_password_is_invited_again_by_two(
    kept: Kept, installation: Installation, ann: Account, ben: Account
) -> None:
    eve = person(installation, "eve", Role.AUDITOR)
    token = sign_in(installation, "eve", PASSWORD, new_password=str).token
    kept.clock.advance(1)
    invitation = service.invite_again(installation, ann, "eve")
    assert newest(installation) == ("account.proposed", ann.id, {"account": eve.id, "what": "password"})
    service.approve(installation, ben, "eve")
    with pytest.raises(Refused):
        signed_in(installation, token)
    opened = sign_in(installation, "eve", invitation.code, new_password=lambda: "another horse battery")
    assert signed_in(installation, opened.token).id == eve.id


def test_no_name_and_no_password_reaches_the_ledger() -> None:
    installation = in_memory()
    people = [("Ann Featherstone", PASSWORD), ("Ben Cholmondeley", PASSWORD)]
    ann, ben = first_administrators(installation, UK, people)
    code = service.propose(installation, ann, "Carl Wotherspoon", ["authorising-officer"]).code
    service.pin_key(installation, ann, "carl wotherspoon", KEY)
    service.approve(installation, ben, "carl wotherspoon")
    service.close(installation, ben, "carl wotherspoon")
    written = b"".join(row.entry for row in installation.store.read(lambda work: list(work.ledger.rows()))).lower()
    for secret in ("featherstone", "cholmondeley", "wotherspoon", "battery", code[:8]):
        assert secret.encode() not in written
