"""The one door for a person's word about an alert."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overt.domain.deciding import BadHold, DecidedAlready, NotShown, NoWords, Sees
from overt.domain.decision import Purpose, Standing, Verdict
from overt.domain.retention import DAY_US, RetentionRules
from overt.domain.time import SECOND_US
from overt.ledger.entry import Entry
from overt.ledger.errors import BadEntry
from overt.services.adjudicate import (
    AlertErased,
    Facts,
    NoSuchAlert,
    decide,
    evidence,
    facts_of,
    hold,
    lift,
    planned_response,
    show,
    was_rejected,
)
from overt.services.erase import erase_alert
from overt.services.installation import Installation
from overt.store.records import AlertRow, DecisionRow, HoldRow, LookRow
from overt.vault.errors import NoKey, WrongKey
from overt.vault.keyring import Keyring
from tests.installations import kinds
from tests.stores import uuid
from tests.unit.services.keeping import ANN, BEN, EVIDENCE, RULES, Kept, raised
from tests.unit.services.verdicts import ONE, TWO, WORDS, decided, looked

CAT = uuid(0xAC)


def row_of(installation: Installation, alert: str) -> AlertRow:
    row = installation.store.read(lambda work: work.alerts.get(alert))
    assert row is not None
    return row


def last_entry(installation: Installation) -> Entry:
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    return Entry.from_bytes(last.entry)


def held(installation: Installation, alert: str, **changes: object) -> HoldRow:
    given: dict[str, object] = {
        "case": "CR/2026/17",
        "until_us": installation.clock.now_us() + DAY_US,
        "placed_by": ANN,
        "seconded_by": BEN,
        "rules": ONE,
    }
    return hold(installation, alert, **given | changes)  # type: ignore[arg-type]


def test_whoever_is_shown_the_pictures_is_recorded_each_time(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    first_us = kept.clock.now_us()
    assert show(installation, alert, account=ANN) == EVIDENCE
    kept.clock.advance(9)
    assert show(installation, alert, account=ANN, purpose=Purpose.CHECK) == EVIDENCE
    looks = installation.store.read(lambda work: work.alerts.looks(alert))
    assert looks == [LookRow(alert=alert, account=ANN, shown_us=first_us)]
    assert kinds(installation)[1:] == ["alert.shown", "alert.shown"]
    entry = last_entry(installation)
    assert (entry.actor, dict(entry.facts)) == (ANN, {"alert": alert, "purpose": "check"})
    assert entry.deployment == row_of(installation, alert).deployment


def test_what_could_not_be_opened_was_not_shown(installation: Installation) -> None:
    alert = raised(installation)
    installation.keyring.destroy(f"alert-{alert}")
    with pytest.raises(NoKey):
        show(installation, alert, account=ANN)
    assert installation.store.read(lambda work: work.alerts.looks(alert)) == []


def test_a_verdict_is_given_by_somebody_who_looked_and_in_words(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)

    def decides(words: str = WORDS) -> DecisionRow:
        given = {"words": words, "account": ANN, "rules": ONE, "retention": RULES}
        return decide(installation, alert, Verdict.WORTH_A_LOOK, **given)  # type: ignore[arg-type]

    with pytest.raises(NotShown):
        decides()
    show(installation, alert, account=ANN)
    kept.clock.advance(1.999)
    with pytest.raises(NotShown):
        decides()
    kept.clock.advance(0.001)
    for words in ("", "--", "\ud800"):
        with pytest.raises(NoWords):
            decides(words)
    before = kinds(installation)
    row = decides()
    assert kinds(installation) == [*before, "alert.decided"]
    with pytest.raises(DecidedAlready):
        decides()
    assert installation.store.read(lambda work: work.alerts.decisions(alert)) == [row]


def test_not_the_person_ends_the_life_of_the_pictures(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    kept.clock.advance(100)
    row = decided(installation, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES)
    ends_us = kept.clock.now_us() + 20 * SECOND_US
    assert row_of(installation, alert).erase_after_us == ends_us
    assert installation.store.read(lambda work: work.alerts.decisions(alert)) == [row]
    entry = last_entry(installation)
    assert (entry.kind, entry.actor) == ("alert.decided", ANN)
    assert entry.facts == {
        "alert": alert,
        "decision": row.id,
        "verdict": "not-the-person",
        "words": installation.digest(WORDS),
        "looked_ms": 60_000,
        "needed": 1,
        "standing": "not-the-person",
        "erase_after_us": ends_us,
    }


def test_words_are_sealed_and_die_with_the_alert(installation: Installation) -> None:
    alert = raised(installation)
    row = decided(installation, alert, Verdict.CANNOT_TELL, account=ANN, rules=RULES)
    assert row.words is not None
    assert WORDS.encode() not in row.words
    assert facts_of(installation, alert, account=ANN, rules=ONE).words == {row.id: WORDS}
    erase_alert(installation, alert, "by-hand")
    facts = facts_of(installation, alert, account=ANN, rules=ONE)
    assert facts.words == {}
    assert facts.decisions == (replace(row, words=None),)


def test_words_whose_key_is_gone_are_gone(installation: Installation) -> None:
    """As in the moment between the two halves of an erasing."""
    alert = raised(installation)
    row = decided(installation, alert, Verdict.CANNOT_TELL, account=ANN, rules=RULES)
    installation.keyring.destroy(f"alert-{alert}")
    facts = facts_of(installation, alert, account=ANN, rules=ONE)
    assert (facts.decisions, facts.words) == ((row,), {})


def test_words_do_not_open_under_another_decision(installation: Installation) -> None:
    alert = raised(installation)
    row = decided(installation, alert, Verdict.CANNOT_TELL, account=ANN, rules=RULES)
    swapped = replace(row, id=uuid(0x78), account=BEN)
    installation.store.write(lambda work: work.alerts.decide(swapped))
    with pytest.raises(WrongKey):
        facts_of(installation, alert, account=ANN, rules=ONE)


def test_two_people_decide_apart_and_neither_sees_the_other_before(installation: Installation) -> None:
    alert = raised(installation)

    def seen(account: str) -> Facts:
        return facts_of(installation, alert, account=account, rules=TWO)

    assert seen(ANN).standing is Standing.OPEN
    first = decided(installation, alert, Verdict.WORTH_A_LOOK, account=ANN, rules=RULES, policy=TWO)
    assert last_entry(installation).facts["standing"] == "one-of-two"
    assert last_entry(installation).facts["needed"] == 2
    for account, own in ((ANN, (first,)), (BEN, ()), (CAT, ())):
        facts = seen(account)
        assert facts.sees == Sees(score=False, others=False)
        assert facts.decisions == own
        assert facts.words.keys() == {one.id for one in own}
        assert facts.standing is Standing.ONE_OF_TWO
    second = decided(installation, alert, Verdict.WORTH_A_LOOK, account=BEN, rules=RULES, policy=TWO, words="His ears.")
    for account in (ANN, BEN, CAT):
        facts = seen(account)
        assert facts.sees == Sees(score=True, others=True)
        assert facts.words == {first.id: WORDS, second.id: "His ears."}
        assert facts.standing is Standing.WORTH_A_LOOK
    assert {look.account for look in facts.looks} == {ANN, BEN}


def test_of_two_one_who_says_not_the_person_ends_nothing_yet(installation: Installation) -> None:
    alert = raised(installation)
    ends_us = row_of(installation, alert).erase_after_us
    decided(installation, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES, policy=TWO)
    assert row_of(installation, alert).erase_after_us == ends_us
    decided(installation, alert, Verdict.NOT_THE_PERSON, account=BEN, rules=RULES, policy=TWO)
    assert row_of(installation, alert).erase_after_us == installation.clock.now_us() + 20 * SECOND_US


def test_an_erasing_says_not_the_person_only_where_that_ended_the_life(installation: Installation) -> None:
    alert = raised(installation)
    for account, expected in ((ANN, False), (BEN, True)):
        decided(installation, alert, Verdict.NOT_THE_PERSON, account=account, rules=RULES, policy=TWO)
        decisions = installation.store.read(lambda work: work.alerts.decisions(alert))
        assert was_rejected(row_of(installation, alert), decisions) is expected
    decided(installation, alert, Verdict.CANNOT_TELL, account=CAT, rules=RULES, policy=TWO)
    decisions = installation.store.read(lambda work: work.alerts.decisions(alert))
    assert not was_rejected(row_of(installation, alert), decisions)
    assert not was_rejected(row_of(installation, alert), [])


def test_not_the_person_never_lengthens_a_life(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    kept.clock.advance(24 * 3600 - 5)
    ends_us = row_of(installation, alert).erase_after_us
    decided(installation, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES)
    assert row_of(installation, alert).erase_after_us == ends_us


def test_saying_not_the_person_again_does_not_begin_the_time_anew(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    decided(installation, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES)
    ends_us = row_of(installation, alert).erase_after_us
    kept.clock.advance(15)
    decided(installation, alert, Verdict.NOT_THE_PERSON, account=BEN, rules=RULES)
    assert row_of(installation, alert).erase_after_us == ends_us


@pytest.mark.parametrize("verdict", [Verdict.WORTH_A_LOOK, Verdict.CANNOT_TELL])
def test_somebody_who_says_otherwise_in_time_gives_the_pictures_their_own_life_back(
    installation: Installation, kept: Kept, verdict: Verdict
) -> None:
    """And no leave to make contact: they disagree."""
    alert = raised(installation)
    ends_us = row_of(installation, alert).erase_after_us
    decided(installation, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES)
    kept.clock.advance(10)
    decided(installation, alert, verdict, account=BEN, rules=RULES)
    assert row_of(installation, alert).erase_after_us == ends_us
    assert facts_of(installation, alert, account=ANN, rules=ONE).standing is Standing.DISAGREE


def test_a_policys_time_may_be_nothing_at_all(installation: Installation) -> None:
    alert = raised(installation)
    decided(installation, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RetentionRules(not_the_person_us=0))
    assert row_of(installation, alert).erase_after_us == installation.clock.now_us()


@pytest.mark.parametrize("account", ["Ann Smith", "", "0193527E-8A00-7000-8000-0000000000AA"])
def test_a_decision_of_nobody_changes_nothing(installation: Installation, account: str) -> None:
    alert = raised(installation)
    before, recorded = row_of(installation, alert), kinds(installation)
    with pytest.raises(BadEntry):
        decided(installation, alert, Verdict.NOT_THE_PERSON, account=account, rules=RULES)
    with pytest.raises(BadEntry):
        show(installation, alert, account=account)
    assert row_of(installation, alert) == before
    assert installation.store.read(lambda work: work.alerts.decisions(alert)) == []
    assert kinds(installation) == recorded


def test_of_what_is_erased_between_two_steps_it_is_said_that_it_is_erased(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that its key is missing, which would be a fault."""
    alert = raised(installation)
    looked(installation, alert, ANN)
    get = type(installation.keyring).get

    def then_it_is_erased(keyring: Keyring, name: str) -> bytes:
        if name == f"alert-{alert}":
            erase_alert(installation, alert, "by-hand")
        return get(keyring, name)

    monkeypatch.setattr(type(installation.keyring), "get", then_it_is_erased)
    with pytest.raises(AlertErased):
        decide(installation, alert, Verdict.WORTH_A_LOOK, words=WORDS, account=ANN, rules=ONE, retention=RULES)


def test_what_is_sealed_opens(installation: Installation) -> None:
    assert evidence(installation, raised(installation)) == EVIDENCE


def test_one_alerts_key_does_not_open_anothers_content(installation: Installation) -> None:
    first, second = raised(installation), raised(installation, 2)
    content = row_of(installation, first)
    swapped = replace(content, id=uuid(0x77), sealed=row_of(installation, second).sealed)
    installation.keyring.put(f"alert-{swapped.id}", installation.keyring.get(f"alert-{second}"))
    installation.store.write(lambda work: work.alerts.add(swapped))
    with pytest.raises(WrongKey):
        evidence(installation, swapped.id)


def test_an_alert_whose_key_file_is_gone_cannot_be_opened_by_anybody(installation: Installation) -> None:
    alert, other = raised(installation), raised(installation, 2)
    installation.keyring.destroy(f"alert-{alert}")
    with pytest.raises(NoKey):
        evidence(installation, alert)
    assert evidence(installation, other) == EVIDENCE


def test_nothing_can_be_said_about_what_does_not_exist_or_is_gone(installation: Installation) -> None:
    erased = raised(installation)
    placed = held(installation, erased)
    erase_alert(installation, erased, "by-hand")
    before = kinds(installation)
    for alert, error in ((uuid(0x99), NoSuchAlert), (erased, AlertErased)):
        with pytest.raises(error):
            decide(installation, alert, Verdict.WORTH_A_LOOK, words=WORDS, account=ANN, rules=ONE, retention=RULES)
        with pytest.raises(error):
            evidence(installation, alert)
        with pytest.raises(error):
            show(installation, alert, account=ANN)
        with pytest.raises(error):
            held(installation, alert)
    with pytest.raises(NoSuchAlert):
        facts_of(installation, uuid(0x99), account=ANN, rules=ONE)
    assert kinds(installation) == before
    assert lift(installation, erased, placed.id, account=ANN)


def test_a_hold_is_recorded_with_its_case_as_a_keyed_digest_only(installation: Installation) -> None:
    alert = raised(installation)
    row = held(installation, alert, case="  CR/2026/17 ")
    assert installation.store.read(lambda work: work.alerts.holds(alert)) == [row]
    assert row.case == "CR/2026/17"
    entry = last_entry(installation)
    assert (entry.kind, entry.actor) == ("hold.placed", ANN)
    assert entry.facts["case"] == installation.digest("CR/2026/17")
    assert "2026" not in str(entry.facts["case"])
    assert (entry.facts["seconded_by"], entry.facts["expires_us"]) == (BEN, row.expires_us)


@pytest.mark.parametrize("case", ["", "   ", "\t\n"])
def test_a_hold_without_a_case_is_refused(installation: Installation, case: str) -> None:
    with pytest.raises(BadHold, match="case"):
        held(installation, raised(installation), case=case)


@pytest.mark.parametrize(
    "seconded_by", [ANN, ANN.upper(), f" {ANN}", ANN.replace("-", ""), "", "system", "Ben", "{" + BEN + "}"]
)
def test_one_person_in_another_spelling_does_not_pass_for_two(installation: Installation, seconded_by: str) -> None:
    alert = raised(installation)
    with pytest.raises(BadHold, match="second person"):
        held(installation, alert, seconded_by=seconded_by)
    assert installation.store.read(lambda work: work.alerts.holds(alert)) == []


def test_a_hold_that_nobody_places_is_not_kept(installation: Installation) -> None:
    alert = raised(installation)
    with pytest.raises((BadEntry, BadHold)):
        held(installation, alert, placed_by="Ann Smith")
    assert installation.store.read(lambda work: work.alerts.holds(alert)) == []


def test_a_hold_ends_ahead_and_within_what_the_policy_allows(installation: Installation) -> None:
    now_us, rules = installation.clock.now_us(), replace(ONE, hold_max_days=7)
    for until_us in (now_us - DAY_US, now_us, now_us + 7 * DAY_US + 1):
        with pytest.raises(BadHold, match="at most 7 days"):
            held(installation, raised(installation), until_us=until_us, rules=rules)
    for until_us in (now_us + 1, now_us + 7 * DAY_US):
        held(installation, raised(installation), until_us=until_us, rules=rules)


def test_lifting_ends_one_hold_once(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    row = held(installation, alert)
    assert lift(installation, alert, row.id, account=BEN)
    assert (last_entry(installation).kind, last_entry(installation).actor) == ("hold.lifted", BEN)
    before = kinds(installation)
    assert not lift(installation, alert, row.id, account=BEN)
    expired = held(installation, alert)
    kept.clock.advance(24 * 3600)
    assert not lift(installation, alert, expired.id, account=BEN)
    assert kinds(installation) == [*before, "hold.placed"]


def test_a_hold_is_lifted_under_its_own_alert_only(installation: Installation) -> None:
    alert, other = raised(installation), raised(installation, 2)
    row = held(installation, alert)
    before = kinds(installation)
    for wrong in (other, uuid(0x99)):
        assert not lift(installation, wrong, row.id, account=BEN)
    assert not lift(installation, alert, uuid(0x98), account=BEN)
    assert kinds(installation) == before
    assert lift(installation, alert, row.id, account=BEN)


def test_the_planned_response_is_read_without_a_look_and_dies_with_the_pictures(installation: Installation) -> None:
    alert = raised(installation)
    before = kinds(installation)
    assert planned_response(installation, alert) == EVIDENCE.response
    assert kinds(installation) == before
    erase_alert(installation, alert, "by-hand")
    assert planned_response(installation, alert) == ""
    with pytest.raises(NoSuchAlert):
        planned_response(installation, uuid(0x99))
