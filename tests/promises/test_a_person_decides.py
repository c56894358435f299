"""The machine prompts and a person decides: nobody acts on a score, two look apart, and all of it is on record.

Each test is named after the requirement that it keeps.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from overt.domain import complaining, decision
from overt.domain.alert import Alert, PossibleMatch
from overt.domain.deciding import BadHold, BadOutcome, NoContact, NoWords, Outcome, require_outcome
from overt.domain.decision import Followed, Means, Purpose, Recipient, Result, Standing, Verdict
from overt.domain.policy import Rules
from overt.domain.retention import DAY_US, RetentionRules
from overt.domain.roles import Role
from overt.ledger.entry import Entry
from overt.notices.account import account_html, account_part
from overt.services.adjudicate import decide, facts_of, hold, show
from overt.services.complaints import answer_complaint, file_complaint
from overt.services.erase import erase_alert, erase_list
from overt.services.installation import Installation
from overt.services.outcomes import alert_record, as_text, conclude, disclose
from overt.services.record import export
from overt.services.retain import retain
from overt.store.records import ABOUT, AlertRow
from overt.testing.fixed_clock import FixedClock
from tests.installations import in_memory
from tests.people import person
from tests.stores import uuid
from tests.unit.services.keeping import ANN, BEN, enrolled, portraits, sealed
from tests.unit.services.runs import MATCH, Person, kept, picture, prepared
from tests.unit.services.verdicts import ONE, TWO

EMMA, ALAN = uuid(0xAE), uuid(0xAF)
WHY, CASE = "Order of the Crown Court, T2026/117", "CR/2026/17 about Mr Smith"
WORDS = {ANN: "The ears are the same.", BEN: "His chin is the same."}
RETENTION = RetentionRules()


@dataclass(frozen=True, kw_only=True)
class Used:
    """A deployment that ran, whose list has bob on it, and the one alert that it raised, about bob."""

    installation: Installation
    clock: FixedClock
    watch_list: str
    alert: str

    def looks_and_decides(self, account: str, verdict: Verdict, rules: Rules = TWO) -> None:
        show(self.installation, self.alert, account=account)
        self.clock.advance(3)
        decide(
            self.installation,
            self.alert,
            verdict,
            words=WORDS[account],
            account=account,
            rules=rules,
            retention=RETENTION,
        )

    def concludes(self, rules: Rules = TWO, **changes: Any) -> None:
        given: dict[str, Any] = {"means": Means.DOCUMENT, "result": Result.RIGHT, "held_min": 3}
        given |= {"followed": Followed.SERVICE, "served_aim": True} | changes
        conclude(self.installation, self.alert, account=EMMA, rules=rules, **given)

    def is_disclosed(self) -> dict[str, Any]:
        return disclose(self.installation, self.alert, to=Recipient.COURT, why=WHY, account=ALAN, rules=TWO)

    def is_held(self, **changes: Any) -> None:
        until_us = self.clock.now_us() + DAY_US
        given: dict[str, Any] = {"case": CASE, "until_us": until_us, "placed_by": ANN, "seconded_by": BEN}
        hold(self.installation, self.alert, rules=TWO, **given | changes)

    def record(self) -> list[Entry]:
        return [Entry.from_bytes(row.entry) for row in self.installation.store.read(lambda w: list(w.ledger.rows()))]

    def of(self, kind: str) -> list[Entry]:
        return [entry for entry in self.record() if entry.kind == kind]


@pytest.fixture
def used(tmp_path: Path) -> Used:
    clock = FixedClock()
    installation = in_memory(clock)
    opened = sealed(installation, enrolled(portraits(tmp_path / "people", "ann", "bob")))
    desk = kept(installation, prepared(), Person(), opened)
    desk.begin()
    desk.raise_alert(replace(MATCH, pictures=(picture(),)))
    desk.finish()
    (alert,) = installation.store.read(lambda work: work.alerts.states())
    clock.advance(1)
    return Used(installation=installation, clock=clock, watch_list=opened.row.id, alert=alert)


def test_p13_an_alert_is_kept_longer_for_a_named_case_and_by_two_named_people_only(used: Used) -> None:
    for missing in ({"case": " "}, {"seconded_by": ANN}, {"seconded_by": ""}):
        with pytest.raises(BadHold):
            used.is_held(**missing)
    used.is_held(until_us=used.clock.now_us() + 3 * DAY_US)
    used.clock.advance(2 * 24 * 3600)
    assert retain(used.installation).alerts == 0
    used.clock.advance(24 * 3600)
    assert retain(used.installation).alerts == 1
    (placed,) = used.of("hold.placed")
    assert (placed.actor, placed.facts["seconded_by"]) == (ANN, BEN)
    assert placed.facts["case"] == used.installation.digest(CASE)


def test_p16_who_looked_what_for_and_to_whom_it_was_disclosed_is_on_record_without_anything_personal(
    used: Used,
) -> None:
    used.looks_and_decides(ANN, Verdict.WORTH_A_LOOK)
    used.looks_and_decides(BEN, Verdict.WORTH_A_LOOK)
    show(used.installation, used.alert, account=EMMA, purpose=Purpose.MEET)
    used.concludes()
    used.is_disclosed()
    used.is_held()
    erase_alert(used.installation, used.alert, "by-hand")
    erase_list(used.installation, used.watch_list, "by-hand")
    needed = {"list.sealed", "alert.raised"}  # collection
    needed |= {"alert.decided", "alert.concluded"}  # alteration
    needed |= {"alert.shown", "alert.disclosed"}  # consultation, disclosure
    needed |= {"list.erased", "alert.erased"}
    assert needed <= {entry.kind for entry in used.record()}
    looks = [(entry.actor, entry.facts["purpose"]) for entry in used.of("alert.shown")]
    assert looks == [(ANN, "decide"), (BEN, "decide"), (EMMA, "meet")]
    (disclosed,) = used.of("alert.disclosed")
    assert (disclosed.actor, disclosed.facts["to"]) == (ALAN, "court")
    assert disclosed.facts["why"] == used.installation.digest(WHY)
    (paper,) = used.installation.store.read(lambda work: work.papers.about("disclosure", used.alert))
    assert (paper.content["why"], paper.at_us) == (WHY, disclosed.at_us)
    lines: list[bytes] = []
    export(used.installation.store, lines.append)
    said = b"".join(lines)
    for personal in ("bob", CASE, WHY, *WORDS.values()):
        assert personal.encode() not in said
        assert json.dumps(personal).encode() not in said


def test_p18_each_use_has_its_start_its_list_what_led_to_the_match_and_who_verified_it(used: Used) -> None:
    used.looks_and_decides(ANN, Verdict.WORTH_A_LOOK)
    used.looks_and_decides(BEN, Verdict.WORTH_A_LOOK)
    (started,), (ended,) = used.of("watch.started"), used.of("watch.ended")
    (raised,) = used.of("alert.raised")
    row = used.installation.store.read(lambda work: work.alerts.get(used.alert))
    assert row is not None
    assert row.sealed is not None
    assert started.facts["list"] == used.watch_list
    assert raised.facts["sealed"] == f"sha256:{hashlib.sha256(row.sealed).hexdigest()}"
    assert started.at_us <= raised.at_us <= ended.at_us
    assert [(entry.actor, entry.facts["alert"]) for entry in used.of("alert.decided")] == [
        (ANN, used.alert),
        (BEN, used.alert),
    ]
    assert {entry.deployment for entry in (started, raised, ended, *used.of("alert.decided"))} == {row.deployment}


def test_p19_two_people_verify_apart_before_anybody_acts(used: Used) -> None:
    def seen_by(account: str) -> tuple[list[str], list[str], bool]:
        facts = facts_of(used.installation, used.alert, account=account, rules=TWO)
        return [one.account for one in facts.decisions], [*facts.words.values()], facts.sees.score

    used.looks_and_decides(ANN, Verdict.WORTH_A_LOOK)
    assert seen_by(BEN) == ([], [], False)
    assert seen_by(ANN) == ([ANN], [WORDS[ANN]], False)
    assert alert_record(used.installation, used.alert, TWO)["decisions"][0]["verdict"] is None
    with pytest.raises(NoContact):
        used.concludes()
    used.looks_and_decides(BEN, Verdict.WORTH_A_LOOK)
    assert seen_by(BEN) == seen_by(ANN) == ([ANN, BEN], [*WORDS.values()], True)
    used.concludes()
    reveals = used.clock.now_us()
    assert max(entry.at_us for entry in used.of("alert.decided")) <= reveals


def test_p19_where_two_disagree_nobody_acts(used: Used) -> None:
    used.looks_and_decides(ANN, Verdict.WORTH_A_LOOK)
    used.looks_and_decides(BEN, Verdict.NOT_THE_PERSON)
    assert facts_of(used.installation, used.alert, account=ANN, rules=TWO).standing is Standing.DISAGREE
    with pytest.raises(NoContact):
        used.concludes()


def test_p20_nobody_acts_on_a_score_and_a_verdict_is_given_in_words(used: Used) -> None:
    with pytest.raises(NoContact):
        used.concludes(ONE)
    show(used.installation, used.alert, account=ANN)
    used.clock.advance(3)
    with pytest.raises(NoWords):
        decide(
            used.installation,
            used.alert,
            Verdict.WORTH_A_LOOK,
            words="0.71",
            account=ANN,
            rules=ONE,
            retention=RETENTION,
        )
    used.looks_and_decides(ANN, Verdict.WORTH_A_LOOK, ONE)
    for result in (Result.RIGHT, Result.WRONG_PERSON, Result.WRONG_ENTRY):
        with pytest.raises(BadOutcome, match="by ordinary means"):
            used.concludes(ONE, means=Means.NOT_IDENTIFIED, result=result)
    assert not [means for means in Means if any(word in means for word in ("lfr", "score", "match", "alert", "face"))]
    used.concludes(ONE)


def test_p35_there_is_no_word_for_avoiding_a_camera_or_for_how_somebody_looks(used: Used) -> None:
    """An alert is about an entry of the list, and every list of codes that people choose from is free of it."""
    lists = [each for each in vars(decision).values() if isinstance(each, type) and issubclass(each, StrEnum)]
    codes = [str(code) for each in lists for code in each] + [*ABOUT]
    assert len(codes) > 30
    words: tuple[str, ...] = ("cover", "mask", "hood", "avoid", "evad", "refus", "turn", "hid", "suspic", "behav")
    words += ("race", "ethnic", "skin", "sex", "gender", "age-", "cloth")
    assert [code for code in codes for word in words if word in code] == []
    assert {one.name for one in fields(PossibleMatch) if one.name == "entry"} == {"entry"}
    for each in (Alert, AlertRow):
        assert not [one.name for one in fields(each) for word in (*words, "kind") if word in one.name]
    row = used.installation.store.read(lambda work: work.alerts.get(used.alert))
    assert row is not None
    assert (row.about, row.list_position) == ("listed", 1)


def test_p38_the_person_can_be_given_the_record_of_their_alert_without_anybody_else_in_it(used: Used) -> None:
    used.looks_and_decides(ANN, Verdict.WORTH_A_LOOK)
    used.looks_and_decides(BEN, Verdict.WORTH_A_LOOK)
    used.concludes()
    used.is_held()
    record = used.is_disclosed()
    assert record["at"] == "2026-11-22T09:00:00.000Z"
    assert (record["camera"], record["threshold"], record["shots"]) == ("south", pytest.approx(0.34, abs=0.1), 3)
    assert record["cautions"] == ["small face"]
    assert [one["account"] for one in record["decisions"]] == [ANN, BEN]
    assert record["outcomes"][0]["result"] == "right"
    printed = as_text(record)
    for text in (printed, json.dumps(record)):
        for third_party in ("bob", "ann.png", CASE, "Smith", WHY, *WORDS.values()):
            assert third_party not in text
    assert all(f"## {part}" in printed for part in ("shown", "decisions", "outcomes", "holds", "disclosed"))


def test_p38_the_account_is_in_plain_words_and_names_nobody(used: Used) -> None:
    used.looks_and_decides(ANN, Verdict.WORTH_A_LOOK)
    used.looks_and_decides(BEN, Verdict.WORTH_A_LOOK)
    used.concludes()
    record = used.is_disclosed()
    where = {"complaints": "The complaints office, 1 High Street", "public_key": used.installation.public_key}
    for paper in (account_html(record, **where), account_part(record, **where)):
        for third_party in ("bob", "ann.png", CASE, "Smith", WHY, ANN, BEN, *WORDS.values()):
            assert third_party not in paper
        for said in ("Who decided, and what?", "What Overt cannot tell", where["complaints"], "possible match"):
            assert said in paper


def test_p38_a_complaint_is_answered_in_the_policys_days_and_stops_no_erasure(used: Used) -> None:
    installation = used.installation
    auditor, officer = (
        person(installation, "aude", Role.AUDITOR),
        person(installation, "alan", Role.AUTHORISING_OFFICER),
    )
    before = installation.store.read(lambda work: work.alerts.get(used.alert))
    filed = file_complaint(installation, auditor, reference="C/17", kinds=[complaining.Kind.STOPPED], alert=used.alert)
    assert installation.store.read(lambda work: work.alerts.get(used.alert)) == before
    assert before is not None
    assert filed.pictures_until_us == before.erase_after_us
    assert "C/17" not in str(installation.store.read(lambda work: [row.entry for row in work.ledger.rows()]))
    words = "They were held for too long."
    answered = answer_complaint(installation, officer, filed.id, complaining.Result.UPHELD, words)
    assert answered.answer is not None


def test_p39_somebody_listed_for_their_welfare_is_not_arrested() -> None:
    found = Outcome(means=Means.KNOWN, result=Result.RIGHT, held_min=5, followed=Followed.SAFEGUARDING, served_aim=True)
    require_outcome(found, welfare_only=True)
    arrested = replace(found, followed=Followed.ARREST)
    require_outcome(arrested)
    with pytest.raises(BadOutcome):
        require_outcome(arrested, welfare_only=True)
