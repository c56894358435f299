"""Complaints: filed, answered, due, counted, and recounted from the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.domain.complaining import BadComplaint, Kind, Result
from overt.domain.retention import DAY_US
from overt.domain.roles import NotAllowed, Role
from overt.ledger.entry import Entry
from overt.services.adjudicate import NoSuchAlert
from overt.services.complaints import answer_complaint, complaints, file_complaint
from overt.services.deployments import NotEntered
from overt.services.figures import figures_of
from overt.services.recount import BadExport, check, recount_entries
from overt.store.records import NO_ENTRY
from overt.testing.fixed_clock import FixedClock
from tests.deployed import Site, breaks
from tests.recorded import COMPLAINT, Recorded, raised, recorded
from tests.stores import alert as alert_row
from tests.stores import uuid

ANSWER = "There are new signs since then."


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def entries(site: Site, kind: str) -> list[Entry]:
    rows = site.installation.store.read(lambda work: list(work.ledger.rows()))
    return [one for one in (Entry.from_bytes(row.entry) for row in rows) if one.kind == kind]


def test_a_complaint_about_an_alert_is_about_its_deployment_and_keeps_no_words(site: Site) -> None:
    row = site.authorised(site.case())
    alert, by = raised(site, row, 1), site.by(Role.ENGAGEMENT_OFFICER)
    filed = file_complaint(site.installation, by, reference="C/17", kinds=[Kind.STOPPED, Kind.SIGNS], alert=alert)
    assert (filed.reference, filed.kinds, filed.alert) == ("C/17", ("stopped", "signs"), alert)
    assert (filed.deployment, filed.name, filed.by) == (row.id, row.name, by.name)
    assert filed.due_us == filed.received_us + 28 * DAY_US
    kept = site.installation.store.read(lambda work: work.alerts.get(alert))
    assert kept is not None
    assert filed.pictures_until_us == kept.erase_after_us
    (entry,) = entries(site, "complaint.filed")
    assert dict(entry.facts) == {
        "alert": alert,
        "complaint": filed.id,
        "due_us": filed.due_us,
        "kinds": ("stopped", "signs"),
        "received_us": filed.received_us,
        "reference": site.installation.digest("C/17"),
    }
    assert entry.deployment == row.id


def test_one_about_nothing_in_particular_is_due_by_the_strictest_policy_in_use(site: Site) -> None:
    site.enter(site.case(rules={"complaint_due_days": 7}))
    auditor, came_us = site.by(Role.AUDITOR), site.clock.now_us() - DAY_US
    filed = file_complaint(site.installation, auditor, reference="C/1", kinds=[Kind.ELSE], received_us=came_us)
    assert (filed.deployment, filed.alert, filed.pictures_until_us) == ("", "", None)
    assert filed.due_us == came_us + 7 * DAY_US
    assert not filed.late(filed.due_us)
    assert filed.late(filed.due_us + 1)


def test_where_no_policy_says_so_it_is_due_on_no_day() -> None:
    from tests.installations import in_memory
    from tests.people import person

    clock = FixedClock()
    installation = in_memory(clock)
    by = person(installation, "ann", Role.AUDITOR)
    filed = file_complaint(installation, by, reference="C/1", kinds=[Kind.ELSE])
    assert filed.due_us is None
    assert not filed.late(clock.now_us() + 1000 * DAY_US)


def test_what_is_not_there_cannot_be_complained_about(site: Site) -> None:
    by = site.by(Role.AUDITOR)
    with pytest.raises(NoSuchAlert):
        file_complaint(site.installation, by, reference="C/1", kinds=[Kind.ELSE], alert=uuid(9))
    with pytest.raises(NotEntered):
        file_complaint(site.installation, by, reference="C/1", kinds=[Kind.ELSE], deployment=uuid(9))
    with pytest.raises(NotAllowed):
        file_complaint(site.installation, site.by(Role.OPERATOR), reference="C/1", kinds=[Kind.ELSE])


def test_to_somebody_who_goes_up_to_people_a_decoy_is_no_alert(site: Site) -> None:
    row = site.authorised(site.case())
    decoy = alert_row(5, deployment=row.id, list_position=NO_ENTRY)
    site.installation.store.write(lambda work: work.alerts.add(decoy))
    with pytest.raises(NoSuchAlert):
        file_complaint(
            site.installation,
            site.by(Role.ENGAGEMENT_OFFICER),
            reference="C/1",
            kinds=[Kind.ELSE],
            alert=decoy.id,
        )


def test_nobody_answers_a_complaint_that_they_filed(site: Site) -> None:
    officer = site.by(Role.AUTHORISING_OFFICER)
    filed = file_complaint(site.installation, officer, reference="C/1", kinds=[Kind.SIGNS])
    with pytest.raises(BadComplaint, match="You filed this complaint"):
        answer_complaint(site.installation, officer, filed.id, Result.UPHELD, ANSWER)


def test_it_is_answered_once_in_words_by_who_answers_for_deployments(site: Site) -> None:
    officer, auditor = site.by(Role.AUTHORISING_OFFICER), site.by(Role.AUDITOR)
    filed = file_complaint(site.installation, auditor, reference="C/1", kinds=[Kind.SIGNS])
    with pytest.raises(NotAllowed):
        answer_complaint(site.installation, auditor, filed.id, Result.UPHELD, ANSWER)
    with pytest.raises(BadComplaint, match="no such complaint"):
        answer_complaint(site.installation, officer, uuid(3), Result.UPHELD, ANSWER)
    site.clock.advance(60)
    done = answer_complaint(site.installation, officer, filed.id, Result.UPHELD, ANSWER)
    assert done.answer is not None
    assert (done.answer.result, done.answer.text, done.answer.by) == ("upheld", ANSWER, officer.name)
    assert not done.late(site.clock.now_us() + 1000 * DAY_US)
    with pytest.raises(BadComplaint, match="is answered"):
        answer_complaint(site.installation, officer, filed.id, Result.UPHELD, ANSWER)
    (entry,) = entries(site, "complaint.answered")
    assert ANSWER not in str(entry)
    assert entry.facts["words"] == site.installation.digest(ANSWER)


def test_those_that_wait_come_first_the_most_urgent_at_the_top(site: Site) -> None:
    by, officer = site.by(Role.OVERSIGHT), site.by(Role.AUTHORISING_OFFICER)
    site.enter(site.case())
    now_us = site.clock.now_us()
    for number, days in enumerate((0, 5, 2), 1):
        site.clock.advance(1)
        file_complaint(
            site.installation, by, reference=f"C/{number}", kinds=[Kind.ELSE], received_us=now_us - days * DAY_US
        )
    answered = complaints(site.installation, by)[0]
    answer_complaint(site.installation, officer, answered.id, Result.NOT_UPHELD, ANSWER)
    assert [one.reference for one in complaints(site.installation, by)] == ["C/3", "C/1", "C/2"]
    with pytest.raises(NotAllowed):
        complaints(site.installation, site.by(Role.OPERATOR))


def test_one_that_is_overdue_keeps_anything_new_from_being_entered(site: Site) -> None:
    filed = file_complaint(site.installation, site.by(Role.AUDITOR), reference="C/1", kinds=[Kind.ELSE])
    site.clock.advance(28 * 24 * 3600)
    site.enter(site.case("Station"))
    site.clock.advance(1)
    with breaks("complaint_due_days"):
        site.enter(site.case("Market"))
    answer_complaint(site.installation, site.by(Role.AUTHORISING_OFFICER), filed.id, Result.UPHELD, ANSWER)
    site.enter(site.case("Market"))


@pytest.fixture
def made(tmp_path: Path) -> Recorded:
    return recorded(tmp_path)


def test_they_are_counted_and_recounted_from_the_ledger(made: Recorded) -> None:
    file_complaint(made.installation, made.by(Role.AUDITOR), reference="C/2", kinds=[Kind.ELSE], deployment=made.row.id)
    figures = figures_of(made.installation)[0].record()["complaints"]
    assert figures == {"filed": 2, "answered": 1, "upheld": 1}
    assert recount_entries(made.ledger())[0].record()["complaints"] == figures
    assert check(made.installation) == (1, [])
    assert COMPLAINT not in str(made.ledger())


def test_an_answer_to_what_was_never_filed_is_no_record(made: Recorded) -> None:
    facts = {"complaint": uuid(5), "result": "upheld", "words": "x"}
    made.installation.store.write(lambda work: work.record("complaint.answered", deployment=made.row.id, facts=facts))
    with pytest.raises(BadExport, match="never filed"):
        recount_entries(made.ledger())
