"""The pages of figures: empty, without alerts, with many; who sees what; the stop rule told where people are."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from overt.domain.decision import Result, Verdict
from overt.domain.figures import Counts
from overt.domain.retention import RetentionRules
from overt.domain.roles import Role
from overt.services.acting import file_paper
from overt.services.ending import end_by_itself
from overt.services.figure_words import promise_sentence, told_of_alerts, told_of_false_alerts
from overt.services.figures import figures_of
from overt.services.terms import STARTED
from overt.store.records import DeploymentState
from tests.histories import TWO_VERDICTS, History
from tests.unit.console.alerting import seen as said
from tests.unit.console.deploying import Console

LIMIT_S = 0.3
MANY = 2000


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)


def history_of(console: Console) -> History:
    """A deployment of this console."""
    return History(clock=console.clock, on=console.installation)


def page(console: Console, role: str, path: str) -> str:
    answer = console.as_(role).get(path)
    assert answer.status_code == 200, said(answer)
    return answer.text


def ended_by_the_rule(console: Console, history: History) -> None:
    """Eight wrong alerts in a hundred passages, and what follows."""
    store, deployment = console.installation.store, history.deployment
    row = store.read(lambda work: work.deployments.get(deployment))
    assert row is not None
    store.write(
        lambda work: (
            file_paper(console.installation, work, STARTED, by="system", row=row),
            work.deployments.move(deployment, [DeploymentState.NEW], DeploymentState.AUTHORISED),
        )
    )
    end_by_itself(console.installation, row, RetentionRules(), {"false": 8, "passages": 100})


def test_without_a_deployment_the_page_says_what_comes_first(console: Console) -> None:
    assert "Nothing is counted yet" in page(console, Role.SUPPLIER, "/figures")
    assert "Write a deployment" in page(console, Role.LIST_MANAGER, "/figures")
    assert 'href="/figures"' in page(console, Role.SUPPLIER, "/figures")


def test_a_deployment_without_an_alert_has_its_page(console: Console) -> None:
    history = history_of(console)
    text = said(page(console, Role.OPERATOR, f"/figures/{history.deployment}"))
    for sentence in (
        "No alert in 0 searched passages",
        "No alert so far, so nothing was verified.",
        "cannot be told from so few passages (0 of 0)",
        "Nothing was scanned yet.",
        "No camera has counted anything yet.",
        "Nobody has decided about an alert yet",
        "The true recognition rate (TRR) is not given",
        "So there are no counts by group of this deployment",
    ):
        assert sentence in text
    assert "Operations: 1 deployment" in said(page(console, Role.OPERATOR, "/figures"))


def test_what_is_no_deployment_is_not_found(console: Console) -> None:
    for path in ("/figures/none", "/figures/0193527e-8a00-7000-8000-000000000001"):
        assert console.as_(Role.AUDITOR).get(path).status_code == 404


def test_every_figure_stands_as_its_sentence_and_says_how_it_was_computed(console: Console) -> None:
    history = history_of(console)
    history.seal(840)
    history.withdraw(3)
    history.counted(
        0, 0, Counts(frames=1, faces_detected=1300, faces_seen=1202, lost=2, green_s=50, amber_s=8, red_s=2)
    )
    history.minute(1, camera=1)
    history.ended(1, Result.RIGHT)
    history.ended(2, Result.WRONG_PERSON, held_min=12)
    history.says(history.raised(3, camera=1), Verdict.NOT_THE_PERSON)
    late = history.raised(4)
    history.overdue()
    history.says(late, Verdict.WORTH_A_LOOK)
    history.came(late, Result.RIGHT)
    history.raised(8, about="volunteer")
    history.says(history.raised(9, about="decoy"), Verdict.NOT_THE_PERSON)
    text = said(page(console, Role.SUPPLIER, f"/figures/{history.deployment}"))
    (one,) = figures_of(console.installation)
    for told in (*told_of_alerts(one.tally.listed), *told_of_false_alerts(one)):
        assert said(told.sentence) in text
        assert f"How computed: {told.how}" in text
    assert promise_sentence(one) in text
    assert "4 alerts in 1,302 searched passages" in text
    assert "1 verified right 1 verified wrong 2 never verified" in text
    assert "840, 1 withdrawn or expired" in text
    assert "1, and 1 too late to count" in text
    assert "poor 0.1 minutes, in which fewer are found than the figures say" in text
    assert "Volunteers" in text
    assert "1 of 1 decoys turned down as not the person in time" in text
    assert "Scanned2 minutes, 2 cameras" in text


def test_trials_and_operations_stand_apart_and_are_never_added(console: Console) -> None:
    history = history_of(console)
    history.minute(seen=100)
    history.enter(name="Station Road")
    history.minute(seen=200)
    history.enter(kind="trial", name="The depot")
    history.minute(seen=1000)
    text = said(page(console, Role.EVALUATOR, "/figures"))
    assert "Operations: 2 deployments 330" not in text
    assert "Operations: 2 deployments 220 passages detected, 300 of them searched" in text
    assert "Trials: 1 deployment 110 passages detected, 1,000 of them searched" in text
    assert "A trial," in page(console, Role.EVALUATOR, f"/figures/{history.deployment}")


def test_only_the_newest_are_listed_and_all_are_counted(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overt.console.pages.figures.MOST", 2)
    history = history_of(console)
    for _ in range(3):
        history.enter(name="again")
    text = page(console, Role.AUDITOR, "/figures")
    assert text.count('<a href="/figures/') == 2
    assert "2 earlier ones are in the sum above" in text


def test_names_of_operators_are_for_those_who_may_know_accounts(console: Console) -> None:
    history = history_of(console)
    operator = console.people[Role.OPERATOR]
    history.says(history.raised(1), Verdict.WORTH_A_LOOK, by=operator.id)
    path = f"/figures/{history.deployment}"
    assert "the operator" in page(console, Role.AUDITOR, path)
    text = said(page(console, Role.AUTHORISING_OFFICER, path))
    assert "operator 1160.0 s (60.0 to 60.0 s)1 of 1: 100 % (3 to 100 %)" in text
    assert "the operator" not in text


def test_nothing_changes_when_one_of_two_has_spoken(console: Console) -> None:
    """Whoever is still to decide sees the same page before and after the first verdict; no score on any."""
    history = history_of(console)
    history.enter(TWO_VERDICTS)
    history.minute()
    alert = history.raised(1)
    path = f"/figures/{history.deployment}"
    before = said(page(console, Role.OPERATOR, path)), said(page(console, Role.OPERATOR, "/figures"))
    now_us = console.clock.now_us()
    history.says(alert, Verdict.NOT_THE_PERSON, by=console.people[Role.ENGAGEMENT_OFFICER].id)
    console.clock.set_now(now_us)
    after = said(page(console, Role.OPERATOR, path)), said(page(console, Role.OPERATOR, "/figures"))
    assert before == after
    assert "0.7" not in "".join(after)


def test_who_answers_for_it_says_how_long_people_worked(console: Console) -> None:
    history = history_of(console)
    store, deployment = console.installation.store, history.deployment
    officer, operator = console.as_(Role.AUTHORISING_OFFICER), console.as_(Role.OPERATOR)
    at = f"/figures/{deployment}"
    assert "How many people worked for it" not in officer.get(at).text  # nobody has, yet
    row = store.read(lambda work: work.deployments.get(deployment))
    store.write(lambda work: file_paper(console.installation, work, STARTED, by="system", row=row))
    assert "How many people worked for it" in officer.get(at).text
    assert "How many people worked for it" not in operator.get(at).text
    assert operator.post(f"{at}/officers", {"officers": "4", "hours": "2"}).status_code == 403
    for typed in (
        {"officers": "four", "hours": "2"},
        {"officers": "4", "hours": "1e999"},
        {"officers": "0", "hours": "2"},
    ):
        refused = officer.post(f"{at}/officers", typed)
        assert refused.status_code == 422
        assert f'value="{typed["officers"]}"' in refused.text
    assert officer.led(f"{at}/officers", {"officers": "4", "hours": "2,5"}) == f"{at}?done=officers"
    history.ended(1, Result.RIGHT)
    text = said(officer.get(f"{at}?done=officers"))
    assert "How long people worked for it is recorded." in text
    assert "10.0 officer-hours for 1 right alert: 10.0 hours for each." in text


def test_the_stop_rule_is_told_on_the_first_page_of_everybody_whom_it_concerns(console: Console) -> None:
    history = history_of(console)
    history.minute()
    for passage in range(8):
        history.says(history.raised(passage), Verdict.NOT_THE_PERSON)
    at = f"/figures/{history.deployment}"
    running = said(page(console, Role.OPERATOR, at))
    assert "ended by itself" not in running
    assert "at 2 in 1,000 false alerts as at 1 in 1,000" in running
    operator = console.as_(Role.OPERATOR)
    quiet = operator.get("/alerts").text
    ended_by_the_rule(console, history)
    told = "8 alerts in 100 passages were not confirmed right"
    for role, path in (
        (Role.AUTHORISING_OFFICER, "/deployments"),
        (Role.AUTHORISING_OFFICER, f"/deployments/{history.deployment}"),
        (Role.OPERATOR, "/alerts"),
        (Role.ENGAGEMENT_OFFICER, "/alerts"),
        (Role.OPERATOR, "/live"),
        (Role.SUPPLIER, "/figures"),
        (Role.SUPPLIER, at),
    ):
        text = said(page(console, role, path))
        assert "Ended by the stop rule" in text, path
        assert told in text, path
    assert "It ended at 8 false passages in 100" in said(page(console, Role.AUDITOR, at))
    seen = quiet.partition('data-seen="')[2].partition('"')[0]
    assert operator.get(f"/alerts/now?seen={seen}").json()["seen"] != seen  # so an open page loads anew
    console.clock.advance(25 * 3600)
    assert told not in said(page(console, Role.OPERATOR, "/alerts"))
    assert told in said(page(console, Role.AUTHORISING_OFFICER, "/deployments"))
    assert "Write its review" in page(console, Role.AUTHORISING_OFFICER, "/deployments")


@pytest.mark.long
def test_thousands_of_alerts_are_counted_while_one_waits(console: Console) -> None:
    history = history_of(console)
    for at in range(240):
        history.minute(at % 240, camera=at % 2)
    for passage in range(MANY):
        history.raised(passage, camera=passage % 2)
    browser = console.as_(Role.SUPPLIER)
    for path in ("/figures", f"/figures/{history.deployment}"):
        browser.get(path)
        took = []
        for _ in range(3):
            began_s = time.process_time()
            browser.get(path)
            took.append(time.process_time() - began_s)
        assert min(took) < LIMIT_S, f"{path} took {min(took):.2f} s"
