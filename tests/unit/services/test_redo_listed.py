"""Answers to "was I on a list?" after a copy was put back, and what is left of them once their key is gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.listed import Identity
from overt.domain.retention import DAY_US, RetentionRules
from overt.domain.roles import Role
from overt.services.acting import keep_policy
from overt.services.erase import clear_residue, erase_list
from overt.services.installation import Installation
from overt.services.listed_answers import ASKED, Requests, answer, refuse, requests
from overt.services.people import Account, account_of
from overt.services.policies import load_policy, policy_bytes
from overt.services.retain import retain
from overt.services.sealed_lists import seal_list
from overt.store.ports import Work
from overt.store.records import DeploymentRow, ListedRow, State
from tests.installations import PASSPHRASE
from tests.people import administrators, person
from tests.stores import deployment
from tests.unit.services.homes import Home, made, tree
from tests.unit.services.keeping import enrolled, portraits

RULES = RetentionRules(listed_answer_us=60 * DAY_US)
UK = "uk-police"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """With a list of ann and bob, whose deployment ends in an hour."""
    home = made(tmp_path / "one")
    people = enrolled(portraits(tmp_path / "people", "ann", "bob"))

    def enter(installation: Installation) -> None:
        administrators(installation)
        now_us = installation.clock.now_us()
        times = {"opens_us": now_us, "closes_us": now_us + 3_600_000_000}
        row = deployment(policy=UK, policy_digest=load_policy(UK).digest, **times)

        def change(work: Work) -> None:
            work.deployments.add(row)
            keep_policy(installation, work, load_policy(UK), policy_bytes(UK).decode(), "system")

        installation.store.write(change)
        seal_list(installation, row, people, PASSPHRASE, rules=RULES)
        person(installation, "arthur", Role.AUDITOR)
        person(installation, "olivia", Role.OVERSIGHT)

    home.do(enter)
    return home


def people_of(installation: Installation) -> dict[str, Account]:
    return {row.name: account_of(row) for row in installation.store.read(lambda work: work.accounts.all())}


def the_row(installation: Installation) -> DeploymentRow:
    (row,) = installation.store.read(lambda work: work.deployments.all())
    return row


def kept(installation: Installation) -> ListedRow:
    found = installation.store.read(lambda work: work.listed.of(deployment().id))
    assert found is not None
    return found


def counted(installation: Installation) -> Requests:
    return installation.store.read(lambda work: requests(work, deployment().id))


def asked(installation: Installation) -> None:
    who, row = people_of(installation), the_row(installation)
    assert answer(installation, who["arthur"], row, "Ann", Identity.PAPERS).listed
    refuse(installation, who["arthur"], who["olivia"], row, Identity.IN_PERSON, "public-security")


def test_requests_count_again_and_the_person_is_answered_from_the_copy(home: Home, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    home.copied(copy)
    home.clock.advance(26 * 3600)
    home.do(asked)
    before = home.do(counted)
    assert before == Requests(asked=2, answered=1, refused={"public-security": 1})
    home.do(retain)
    home.restored(copy, replace=True)
    assert home.do(counted) == before
    assert len(home.do(lambda one: one.store.read(lambda work: work.papers.all(ASKED)))) == 2
    home.do(asked)


def test_what_was_erased_stays_so_and_a_list_that_is_not_in_the_copy_is_passed_over(home: Home, tmp_path: Path) -> None:
    with_it = tmp_path / "with.sqlite"
    home.copied(with_it)
    found = home.do(kept)
    home.clock.advance(61 * 86400)
    assert home.do(retain).listed == 1
    home.restored(with_it, replace=True)
    assert home.do(kept) == replace(found, state=State.ERASED, outputs=b"")
    receipts = home.do(lambda one: one.store.read(lambda work: work.erasures.all()))
    assert sorted(str(one.subject) for one in receipts) == ["list", "listed"]
    assert all(one.key_destroyed_us for one in receipts)


def test_once_the_key_is_gone_no_byte_of_it_or_of_the_outputs_is_left(home: Home) -> None:
    found = home.do(kept)
    (file,) = home.place.keyring.glob("listed-*.key")
    wrapped, output = file.read_bytes(), found.outputs[:32]
    home.do(lambda one: erase_list(one, found.id, "test"))
    assert any(output in content for content in tree(home.place.home).values()), "they outlive the list"
    home.clock.advance(61 * 86400)
    home.do(retain)
    home.do(clear_residue)
    for content in tree(home.place.home).values():
        assert output not in content
        assert wrapped[-32:] not in content


def test_a_key_without_its_row_is_destroyed_and_a_row_without_its_key_is_erased(home: Home) -> None:
    """As a crash, or a keyring that was put back without it, leaves them."""
    found = home.do(kept)
    home.do(lambda one: one.keyring.put("listed-0193527e-8a00-7000-8000-00000000dead", bytes(32)))
    names = home.do(lambda one: one.keyring.names())
    assert [name for name in names if name.startswith("listed-")] == [f"listed-{found.id}"]
    home.do(lambda one: one.keyring.destroy(f"listed-{found.id}"))
    assert home.do(kept).state is State.ERASED
