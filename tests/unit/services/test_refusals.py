"""What trying costs: a wait under the name, twice as long each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from overt.domain.roles import Role
from overt.domain.time import SECOND_US
from overt.services.installation import Installation
from overt.services.refusals import LONGEST_WAIT_US, SignInLocked, SignInRefused, wait_us
from overt.services.sessions import sign_in
from tests.installations import kinds
from tests.people import PASSWORD, administrators, person
from tests.unit.services.keeping import KINDS, Kept, installation_of

WRONG = "wrong horse battery"


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    with installation_of(request.param, tmp_path) as found:
        administrators(found.installation)
        person(found.installation, "eve", Role.AUDITOR)
        yield found


def tried(installation: Installation, name: str = "eve", password: str = WRONG) -> None:
    sign_in(installation, name, password, new_password=str)


def test_the_waits_double_up_to_a_quarter_of_an_hour() -> None:
    seconds = [wait_us(refusals) / SECOND_US for refusals in (0, 1, 2, 3, 4, 9, 10, 11, 1000)]
    assert seconds == [0, 1, 2, 4, 8, 256, 512, 900, 900]
    assert wait_us(11) == LONGEST_WAIT_US


@pytest.mark.parametrize("name", ["eve", "nobody", ""])
def test_each_refusal_costs_twice_the_wait_of_the_one_before(kept: Kept, name: str) -> None:
    for number in range(1, 7):
        with pytest.raises(SignInRefused, match="wrong"):
            tried(kept.installation, name)
        before = kinds(kept.installation)
        kept.clock.advance(2 ** (number - 1) - 0.001)
        with pytest.raises(SignInLocked, match="locked for a while"):
            tried(kept.restarted(), name.upper(), PASSWORD)
        assert kinds(kept.installation) == before
        kept.clock.advance(0.001)
    if name == "eve":
        tried(kept.installation, name, PASSWORD)


def test_the_lock_says_how_often_and_until_when(kept: Kept) -> None:
    with pytest.raises(SignInRefused, match="wrong"):
        tried(kept.installation)
    with pytest.raises(SignInLocked, match="refused once under") as caught:
        tried(kept.installation)
    assert caught.value.todo == "Try again after 2026-11-22T09:00:01.000Z."
    kept.clock.advance(1)
    with pytest.raises(SignInRefused, match="wrong"):
        tried(kept.installation)
    with pytest.raises(SignInLocked, match="refused 2 times under"):
        tried(kept.installation)


def test_whoever_gets_in_begins_anew(kept: Kept) -> None:
    for _ in range(4):
        with pytest.raises(SignInRefused, match="wrong"):
            tried(kept.installation)
        kept.clock.advance(8)
    tried(kept.installation, password=PASSWORD)
    kept.clock.advance(1)
    with pytest.raises(SignInRefused, match="wrong"):
        tried(kept.installation)
    kept.clock.advance(1)
    tried(kept.installation, password=PASSWORD)


def test_refusals_count_for_a_day(kept: Kept) -> None:
    for _ in range(12):
        with pytest.raises(SignInRefused, match="wrong"):
            tried(kept.installation)
        kept.clock.advance(900)
    kept.clock.advance(24 * 3600)
    with pytest.raises(SignInRefused, match="wrong"):
        tried(kept.installation)
    kept.clock.advance(1)
    tried(kept.installation, password=PASSWORD)


def test_in_a_day_nobody_tries_more_than_a_hundred_and_five_passwords() -> None:
    waits = [wait_us(number) for number in range(1, 200)]
    tries, passed = 0, 0
    while passed < 24 * 3600 * SECOND_US:
        passed += waits[tries]
        tries += 1
    assert tries == 105
