"""What came of an alert, and who was told of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overt.domain.deciding import BadOutcome, DecidedAlready, NoContact, NotDecided, NoWords, Outcome
from overt.domain.decision import Followed, Means, Recipient, Result, Verdict
from overt.domain.policy import Rules
from overt.domain.retention import DAY_US
from overt.ledger.entry import Entry
from overt.services.adjudicate import NoSuchAlert, hold, lift
from overt.services.deployments import add_deployment
from overt.services.erase import erase_alert
from overt.services.installation import Installation
from overt.services.outcomes import DISCLOSURE, alert_record, as_text, conclude, conclude_once, disclose
from overt.services.undecided import count_undecided
from overt.store.records import OutcomeRow
from tests.installations import kinds
from tests.stores import uuid
from tests.unit.services.keeping import ANN, BEN, RULES, Kept, deployment_of, entered, raised
from tests.unit.services.verdicts import ONE, TWO, WORDS, decided

CAT = uuid(0xAC)
WHY = "Order of the Crown Court of 3 November, T2026/117"


def concluded(installation: Installation, alert: str, rules: Rules = ONE, **changes: Any) -> OutcomeRow:
    given: dict[str, Any] = {
        "means": Means.DOCUMENT,
        "result": Result.RIGHT,
        "held_min": 4,
        "followed": Followed.ARREST,
        "served_aim": True,
        "account": CAT,
    }
    return conclude(installation, alert, rules=rules, **given | changes)


def worth_a_look(installation: Installation, *accounts: str, rules: Rules = ONE) -> str:
    alert = raised(installation)
    for account in accounts:
        decided(installation, alert, Verdict.WORTH_A_LOOK, account=account, rules=RULES, policy=rules)
    return alert


def last_entry(installation: Installation) -> Entry:
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    return Entry.from_bytes(last.entry)


def test_what_came_of_it_is_kept_and_recorded(installation: Installation) -> None:
    alert = worth_a_look(installation, ANN)
    row = concluded(installation, alert)
    assert installation.store.read(lambda work: work.alerts.outcomes(alert)) == [row]
    assert (row.at_us, row.account) == (installation.clock.now_us(), CAT)
    entry = last_entry(installation)
    assert (entry.kind, entry.actor) == ("alert.concluded", CAT)
    assert entry.facts == {
        "alert": alert,
        "outcome": row.id,
        "means": "document",
        "result": "right",
        "held_min": 4,
        "followed": "arrest",
        "served_aim": True,
    }


def test_nothing_came_of_an_alert_that_nobody_was_to_act_on(installation: Installation) -> None:
    waiting = worth_a_look(installation, ANN, rules=TWO)
    rejected = raised(installation, 2)
    decided(installation, rejected, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES)
    before = kinds(installation)
    for alert, rules, error in (
        (raised(installation, 3), ONE, NoContact),
        (waiting, TWO, NoContact),
        (rejected, ONE, NoContact),
        (uuid(0x99), ONE, NoSuchAlert),
    ):
        with pytest.raises(error):
            concluded(installation, alert, rules)
    assert kinds(installation) == before
    decided(installation, waiting, Verdict.WORTH_A_LOOK, account=BEN, rules=RULES, policy=TWO)
    concluded(installation, waiting, TWO)


def test_what_cannot_be_so_is_refused(installation: Installation) -> None:
    alert = worth_a_look(installation, ANN)
    with pytest.raises(BadOutcome):
        concluded(installation, alert, means=Means.NOT_IDENTIFIED)
    with pytest.raises(BadOutcome, match="welfare"):
        concluded(installation, alert, welfare_only=True)
    assert installation.store.read(lambda work: work.alerts.outcomes(alert)) == []


def test_where_a_missing_person_is_searched_for_nobody_is_arrested(installation: Installation) -> None:
    searching = replace(deployment_of(Path()), use_case="missing-person")
    add_deployment(installation, "d" * 64, searching)  # the one of `raised`
    alert = worth_a_look(installation, ANN)
    with pytest.raises(BadOutcome, match="welfare"):
        concluded(installation, alert)
    concluded(installation, alert, followed=Followed.SAFEGUARDING)


def test_what_came_of_it_may_be_put_right_and_both_stay(installation: Installation, kept: Kept) -> None:
    alert = worth_a_look(installation, ANN)
    lost: dict[str, Any] = {
        "means": Means.NOT_IDENTIFIED,
        "result": Result.LOST,
        "held_min": None,
        "followed": Followed.NOTHING,
    }
    first = concluded(installation, alert, **lost, served_aim=False)
    kept.clock.advance(60)
    second = concluded(installation, alert)
    assert installation.store.read(lambda work: work.alerts.outcomes(alert)) == [first, second]
    assert kinds(installation).count("alert.concluded") == 2


def test_the_pictures_may_be_gone_by_then(installation: Installation) -> None:
    alert = worth_a_look(installation, ANN)
    erase_alert(installation, alert, "by-hand")
    concluded(installation, alert)


def test_once_it_is_known_what_came_of_it_nobody_decides_any_more(installation: Installation) -> None:
    alert = worth_a_look(installation, ANN)
    concluded(installation, alert)
    with pytest.raises(DecidedAlready):
        decided(installation, alert, Verdict.NOT_THE_PERSON, account=BEN, rules=RULES)


def test_a_disclosure_is_recorded_with_its_reason_and_counted(installation: Installation, kept: Kept) -> None:
    alert = worth_a_look(installation, ANN)
    record = disclose(installation, alert, to=Recipient.COURT, why=WHY, account=CAT, rules=ONE)
    (paper,) = installation.store.read(lambda work: work.papers.about(DISCLOSURE, alert))
    assert paper.content == {"to": "court", "why": WHY}
    entry = last_entry(installation)
    assert (entry.kind, entry.actor, entry.deployment) == ("alert.disclosed", CAT, entered(installation).id)
    assert entry.facts == {
        "alert": alert,
        "disclosure": paper.id,
        "to": "court",
        "why": installation.digest(WHY),
    }
    assert [one["to"] for one in record["disclosed"]] == ["court"]
    kept.clock.advance(1)
    disclose(installation, alert, to=Recipient.SUBJECT, why="His request", account=CAT, rules=ONE)
    assert [one["to"] for one in alert_record(installation, alert, ONE)["disclosed"]] == ["court", "subject"]


def test_a_disclosure_without_a_reason_or_an_alert_is_none(installation: Installation) -> None:
    alert = worth_a_look(installation, ANN)
    before = kinds(installation)
    with pytest.raises(NoWords):
        disclose(installation, alert, to=Recipient.COURT, why=" - ", account=CAT, rules=ONE)
    with pytest.raises(NoSuchAlert):
        disclose(installation, uuid(0x99), to=Recipient.COURT, why=WHY, account=CAT, rules=ONE)
    assert kinds(installation) == before


def test_nothing_is_disclosed_while_people_are_to_decide(installation: Installation, kept: Kept) -> None:
    alert = worth_a_look(installation, ANN, rules=TWO)
    before = kinds(installation)
    with pytest.raises(NotDecided):
        disclose(installation, alert, to=Recipient.COURT, why=WHY, account=CAT, rules=TWO)
    assert kinds(installation) == before
    assert installation.store.read(lambda work: work.papers.about(DISCLOSURE, alert)) == []
    kept.clock.advance(3600)
    count_undecided(installation, entered(installation).id, TWO)
    assert disclose(installation, alert, to=Recipient.COURT, why=WHY, account=CAT, rules=TWO)["disclosed"]


def test_the_record_of_an_alert_has_its_numbers_and_nobody_else(installation: Installation) -> None:
    alert = worth_a_look(installation, ANN)
    placed = hold(
        installation,
        alert,
        case="CR/2026/17",
        until_us=installation.clock.now_us() + DAY_US,
        placed_by=ANN,
        seconded_by=BEN,
        rules=ONE,
    )
    lift(installation, alert, placed.id, account=BEN)
    concluded(installation, alert)
    record = alert_record(installation, alert, ONE)
    assert (record["score"], record["threshold"], record["standing"]) == (0.7, 0.5, "worth-a-look")
    assert (record["camera"], record["says"], record["pictures"]) == ("north", "possible match", "kept")
    assert record["decisions"][0]["account"] == record["shown"][0]["account"] == ANN
    assert record["outcomes"][0]["means"] == "document"
    assert record["holds"][0]["placed_at"] == record["holds"][0]["ends_at"] == "2026-11-22T09:00:00.000Z"
    said = json.dumps(record)
    for third_party in ("bob", "CR/2026/17", WORDS, "jpeg", "listed"):
        assert third_party not in said


def test_the_record_keeps_back_what_is_not_to_be_seen_yet(installation: Installation, kept: Kept) -> None:
    alert = worth_a_look(installation, ANN, rules=TWO)
    record = alert_record(installation, alert, TWO)
    assert record["score"] is record["threshold"] is record["false_alerts_per_1000"] is None
    assert [one["verdict"] for one in record["decisions"]] == [None]
    kept.clock.advance(3600)
    count_undecided(installation, entered(installation).id, TWO)
    assert alert_record(installation, alert, TWO)["not_decided_in_time"] == "2026-11-22T10:00:00.000Z"


def test_the_record_can_be_printed(installation: Installation) -> None:
    alert = worth_a_look(installation, ANN)
    concluded(installation, alert)
    text = as_text(alert_record(installation, alert, ONE))
    assert text.startswith(f"# Record of alert {alert}\n\n- says: possible match\n")
    assert "- cautions: none\n" in text
    said = f"account: {ANN}, at: 2026-11-22T09:00:00.000Z, verdict: worth-a-look, role: none, looked ms: 60000"
    assert f"\n## decisions\n\n- {said}\n" in text
    assert "held min: 4, followed: arrest, served aim: yes, role: none\n" in text
    assert "- holds: none\n" in text


CAME = Outcome(means=Means.DOCUMENT, result=Result.RIGHT, held_min=4, followed=Followed.ARREST, served_aim=True)
NAME = "a" * 32


def test_what_was_sent_twice_is_recorded_once(installation: Installation, kept: Kept) -> None:
    alert = worth_a_look(installation, ANN)
    first = conclude_once(installation, alert, CAME, sent_as=NAME, account=CAT, rules=ONE)
    kept.clock.advance(60)
    again = conclude_once(installation, alert, CAME, sent_as=NAME, account=CAT, rules=ONE)
    assert again == first
    assert kinds(installation).count("alert.concluded") == 1
    assert installation.store.read(lambda work: work.alerts.outcomes(alert)) == [first]


def test_another_name_another_account_and_another_alert_are_something_else(installation: Installation) -> None:
    alert, other = worth_a_look(installation, ANN), worth_a_look(installation, ANN)
    rows = [
        conclude_once(installation, one, CAME, sent_as=name, account=account, rules=ONE)
        for one, name, account in ((alert, NAME, CAT), (alert, "b" * 32, CAT), (alert, NAME, BEN), (other, NAME, CAT))
    ]
    assert len({row.id for row in rows}) == 4
    assert kinds(installation).count("alert.concluded") == 4


def test_what_is_sent_is_looked_at_as_everything_else(installation: Installation) -> None:
    alert = worth_a_look(installation, ANN, rules=TWO)
    with pytest.raises(NoContact):
        conclude_once(installation, alert, CAME, sent_as=NAME, account=CAT, rules=TWO)
    with pytest.raises(BadOutcome):
        conclude_once(installation, alert, replace(CAME, held_min=None), sent_as=NAME, account=CAT, rules=ONE)
    for nobodys in (uuid(0x99), "nothing"):
        with pytest.raises(NoSuchAlert):
            conclude_once(installation, nobodys, CAME, sent_as=NAME, account=CAT, rules=ONE)
