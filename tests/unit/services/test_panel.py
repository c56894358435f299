"""The oversight panel countersigns the installation, or nothing new starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.domain.history import Countersigned
from overt.domain.retention import DAY_US
from overt.domain.roles import NotAllowed, Role
from overt.domain.time import SECOND_US
from overt.ledger.entry import Entry
from overt.services import panel
from overt.services.acting import file_paper
from overt.services.installation import Installation
from overt.services.panel import (
    BadPanelKey,
    Countersignature,
    approve_panel_key,
    countersign,
    countersigned_in,
    draw_up_countersignature,
    panel_now,
    propose_panel_key,
    sign_countersignature,
)
from overt.services.people import Account, SecondPersonNeeded
from overt.services.record import NotInLedger
from overt.services.statement import BadStatement
from overt.testing.fixed_clock import FixedClock
from tests.authority import _LENIENT, public, write_policy
from tests.authority import KEY as OFFICERS_KEY
from tests.deployed import SQUARE, Site, breaks
from tests.installations import in_memory, kinds
from tests.people import administrators, person

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
ELSEWHERE = tuple((north, east + 1) for north, east in SQUARE)
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(3, 35)))


class Place:
    """An installation with ann and ben, who are administrators, and olivia of the oversight."""

    def __init__(self, policy: str = "uk-police") -> None:
        self.clock = FixedClock()
        self.installation: Installation = in_memory(self.clock)
        self.ann, self.ben = administrators(self.installation, policy)
        self.olivia = person(self.installation, "olivia", Role.OVERSIGHT)
        self.made_us = self.clock.now_us()

    def pin(self, key: Ed25519PrivateKey = KEY) -> None:
        self.clock.advance(1)
        propose_panel_key(self.installation, self.ann, f" ED25519:{public(key).upper()} ")
        approve_panel_key(self.installation, self.ben, public(key))

    def drawn_up(self, **changes: object) -> bytes:
        said = draw_up_countersignature(self.installation, self.olivia)
        return replace(said, **changes).to_bytes()  # type: ignore[arg-type]

    def hand_in(self, statement: bytes, key: Ed25519PrivateKey = KEY, by: Account | None = None) -> Countersignature:
        return countersign(self.installation, by or self.olivia, statement, sign_countersignature(key, statement))

    def newest(self) -> Countersigned | None:
        return self.installation.store.read(countersigned_in)

    def last(self) -> Entry:
        row = self.installation.store.read(lambda work: work.ledger.last())
        assert row is not None
        return Entry.from_bytes(row.entry)


@pytest.fixture
def place() -> Place:
    return Place()


def test_two_administrators_pin_the_key(place: Place) -> None:
    assert not propose_panel_key(place.installation, place.ann, public(KEY))
    found = panel_now(place.installation)
    assert found is not None
    assert (found.key, found.proposed, found.proposed_by) == ("", f"ed25519:{public(KEY)}", place.ann.id)
    with pytest.raises(SecondPersonNeeded):
        approve_panel_key(place.installation, place.ann, public(KEY))
    assert approve_panel_key(place.installation, place.ben, public(KEY)) == f"ed25519:{public(KEY)}"
    found = panel_now(place.installation)
    assert found is not None
    assert (found.key, found.proposed, found.proposed_by) == (f"ed25519:{public(KEY)}", "", "")
    assert kinds(place.installation)[-2:] == ["panel.key-proposed", "panel.key-pinned"]
    with pytest.raises(BadPanelKey, match="No key"):
        approve_panel_key(place.installation, place.ben, public(KEY))
    with pytest.raises(BadPanelKey, match="pinned already"):
        propose_panel_key(place.installation, place.ben, public(KEY))


def test_the_key_that_is_approved_is_the_one_that_was_seen(place: Place) -> None:
    propose_panel_key(place.installation, place.ann, public(KEY))
    place.clock.advance(1)
    propose_panel_key(place.installation, place.ann, public(OTHER))
    with pytest.raises(BadPanelKey, match="Another key waits"):
        approve_panel_key(place.installation, place.ben, public(KEY))
    with pytest.raises(BadPanelKey, match="no public key"):
        approve_panel_key(place.installation, place.ben, "")
    assert "panel.key-pinned" not in kinds(place.installation)
    assert approve_panel_key(place.installation, place.ben, f"ed25519:{public(OTHER)}") == f"ed25519:{public(OTHER)}"


def test_one_administrator_is_enough_where_the_policy_says_so() -> None:
    installation = in_memory()
    (ann, _) = administrators(installation, "consent")
    assert propose_panel_key(installation, ann, public(KEY))
    found = panel_now(installation)
    assert found is not None
    assert (found.key, found.within_days, found.due_us) == (f"ed25519:{public(KEY)}", 0, None)
    assert not found.soon(2**60)
    assert not found.over(2**60)


def test_a_key_that_is_none_or_somebody_elses_is_refused(place: Place) -> None:
    person(place.installation, "anna", Role.AUTHORISING_OFFICER, key=public(OFFICERS_KEY))
    for text, words in (("ed25519:12", "no public key"), (public(OFFICERS_KEY), "An account here")):
        with pytest.raises(BadPanelKey, match=words):
            propose_panel_key(place.installation, place.ann, text)
    with pytest.raises(NotAllowed):
        propose_panel_key(place.installation, place.olivia, public(KEY))
    with pytest.raises(NotAllowed):
        approve_panel_key(place.installation, place.olivia, public(KEY))


def test_the_panel_countersigns_and_the_days_count_from_when_it_was_drawn_up(place: Place) -> None:
    assert place.newest() == Countersigned(at_us=place.made_us, ever=False)
    place.pin()
    place.clock.advance(3600)
    statement, drawn_up_us = place.drawn_up(), place.clock.now_us()
    place.clock.advance(5 * 24 * 3600)
    said = place.hand_in(statement)
    assert place.newest() == Countersigned(at_us=drawn_up_us, ever=True)
    entry = place.last()
    assert (entry.kind, entry.actor) == ("panel.countersigned", place.olivia.id)
    assert (entry.facts["size"], entry.facts["root"]) == (said.size, said.root)
    assert entry.facts["drawn_up_us"] == drawn_up_us
    found = panel_now(place.installation)
    assert found is not None
    due_us = drawn_up_us + 90 * DAY_US
    assert found.due_us == due_us
    assert [found.soon(at_us) for at_us in (due_us - 14 * DAY_US, due_us - 14 * DAY_US + 1)] == [False, True]
    assert [found.over(at_us) for at_us in (due_us, due_us + 1)] == [False, True]


def test_a_statement_that_says_what_is_not_so_is_refused(place: Place) -> None:
    place.pin()
    now_us = place.clock.now_us()
    for changes, words in (
        ({"installation": "ed25519:" + "0" * 64}, "another installation"),
        ({"drawn_up_us": now_us + 1}, "is to come"),
        ({"size": 99}, "never as it says"),
        ({"root": "0" * 64}, "never as it says"),
        ({"size": 99, "root": ""}, "never as it says"),
        ({"size": 0, "root": ""}, "never as it says"),
    ):
        with pytest.raises(BadStatement, match=words):
            place.hand_in(place.drawn_up(**changes))
    with pytest.raises(BadStatement, match="no countersignature"):
        place.hand_in(b"{}")
    with pytest.raises(BadStatement, match="panel's key"):
        place.hand_in(place.drawn_up(), OTHER)
    with pytest.raises(NotAllowed):
        place.hand_in(place.drawn_up(), by=person(place.installation, "olga", Role.OPERATOR))
    statement = place.drawn_up()
    place.hand_in(statement)
    with pytest.raises(BadStatement, match="this one, or a later one"):
        place.hand_in(statement)


def test_none_is_signed_in_advance_or_for_an_earlier_time(place: Place) -> None:
    place.pin()
    pinned_us = place.clock.now_us()
    in_advance = place.drawn_up(drawn_up_us=pinned_us + 3600 * SECOND_US)
    place.clock.advance(60)
    noted_us = place.clock.now_us()
    place.installation.store.write(lambda work: work.record("test.noted"))
    place.clock.advance(3600)
    with pytest.raises(BadStatement, match="was not as it says at"):
        place.hand_in(in_advance)
    for at_us in (pinned_us - 1, noted_us + 1):
        with pytest.raises(BadStatement, match="was not as it says at"):
            place.hand_in(replace(Countersignature.from_bytes(in_advance), drawn_up_us=at_us).to_bytes())
    for at_us in (pinned_us, noted_us):
        place.clock.advance(1)
        place.hand_in(replace(Countersignature.from_bytes(in_advance), drawn_up_us=at_us).to_bytes())
    assert place.newest() == Countersigned(at_us=noted_us, ever=True)


def test_without_a_pinned_key_nobody_countersigns(place: Place) -> None:
    with pytest.raises(BadStatement, match="panel's key"):
        place.hand_in(place.drawn_up())


def test_what_was_signed_with_a_key_that_is_pinned_no_more_counts_no_more(place: Place) -> None:
    place.pin()
    place.clock.advance(1)
    place.hand_in(place.drawn_up())
    place.pin(OTHER)
    assert place.newest() == Countersigned(at_us=place.made_us, ever=False)
    place.pin(KEY)
    assert place.newest() == Countersigned(at_us=place.made_us + 2 * SECOND_US, ever=True)


def test_a_paper_that_somebody_wrote_into_the_store_does_not_count(place: Place) -> None:
    place.pin()
    content: dict[str, object] = {"statement": place.drawn_up().decode(), "signature": "00" * 64}
    place.installation.store.write(
        lambda work: file_paper(
            place.installation, work, panel.COUNTERSIGNED, by=place.olivia.id, row=None, content=dict(content)
        )
    )
    found = place.newest()
    assert found is not None
    assert not found.ever


def test_before_there_is_anything_there_is_no_panel() -> None:
    installation = in_memory()
    assert installation.store.read(countersigned_in) is None
    assert panel_now(installation) is None
    olivia = person(installation, "olivia", Role.OVERSIGHT)
    with pytest.raises(NotInLedger):
        draw_up_countersignature(installation, olivia)
    with pytest.raises(NotAllowed):
        draw_up_countersignature(installation, person(installation, "ada", Role.AUDITOR))


def test_an_installation_whose_ledger_is_empty_is_not_judged(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.by(Role.OVERSIGHT)
    assert panel_now(site.installation) is None


def test_the_strictest_policy_in_use_counts_until_its_deployment_is_over(tmp_path: Path) -> None:
    site = Site(tmp_path, "consent")
    site.installation.store.write(lambda work: work.record("installation.made"))
    row = site.enter(site.case())
    found = panel_now(site.installation)
    assert found is not None
    assert found.within_days == 0
    write_policy(tmp_path / "strict.toml", {**_LENIENT, "countersigned_within_days": 7})
    site.policy = None
    site.enter(site.case("Market", area=ELSEWHERE, policy="strict.toml"))
    found = panel_now(site.installation)
    assert found is not None
    assert found.within_days == 7
    site.clock.set_now(row.closes_us + 1)
    found = panel_now(site.installation)
    assert found is not None
    assert found.within_days == 0


def test_nothing_new_is_entered_or_started_when_the_panel_is_due(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police")
    site.installation.store.write(lambda work: work.record("installation.made"))
    site.clock.advance(90 * 24 * 3600 - 60)
    case = site.case()
    row = site.authorised(case)
    site.begin(case, row)
    site.clock.advance(120)
    with breaks("countersigned_within_days"):
        site.begin(case, row)
    with breaks("countersigned_within_days"):
        site.enter(site.case("Market", area=ELSEWHERE, people=("cat", "dan")))
