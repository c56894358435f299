"""Whether people keep up with a deployment that runs, and whether it does what was promised."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overt.domain.decision import Verdict
from overt.domain.figures import Counts
from overt.domain.policy import Policy
from overt.domain.roles import Role
from overt.ledger.entry import Entry
from overt.services import keeping_up as module
from overt.services.keeping_up import KeepingUp
from overt.services.people import Account, account_of
from overt.services.policies import load_policy
from overt.services.standing import Under
from overt.services.undecided import count_undecided
from overt.store.records import DeploymentRow, DeploymentState, ListRow
from tests.histories import ONE_VERDICT, History
from tests.people import person

HOUR_US = 3_600_000_000


@pytest.fixture
def history() -> History:
    found = History()
    found.seal(3)
    found.minute(seen=100)
    found.installation.store.write(
        lambda work: work.deployments.move(found.deployment, [DeploymentState.NEW], DeploymentState.AUTHORISED)
    )
    return found


def row(history: History) -> DeploymentRow:
    found = history.installation.store.read(lambda work: work.deployments.get(history.deployment))
    assert found is not None
    return found


def keeping_up(history: History, **rules: object) -> KeepingUp:
    policy: Policy = load_policy(ONE_VERDICT)
    policy = replace(policy, rules=replace(policy.rules, **rules))  # type: ignore[arg-type] # the rule varies
    known = history.installation.store.read(lambda work: work.accounts.all())
    by: Account = account_of(known[0]) if known else person(history.installation, "ann", Role.OPERATOR)
    return KeepingUp(history.installation, Under(row=row(history), policy=policy, by=by))


def wrong(history: History, count: int) -> None:
    """So many alerts that nobody confirmed in time."""
    for passage in range(count):
        history.raised(passage)
    assert history.overdue() == count


def facts(history: History, kind: str) -> list[dict[str, object]]:
    entries = [Entry.from_bytes(one.entry) for one in history.installation.store.read(lambda w: list(w.ledger.rows()))]
    return [dict(one.facts) for one in entries if one.kind == kind]


def kept_list(history: History) -> ListRow:
    found = history.installation.store.read(lambda work: work.lists.kept_for(history.deployment))
    assert found is not None
    return found


def test_open_alerts_pause_until_half_of_them_are_decided(history: History) -> None:
    people = keeping_up(history, open_alerts_max=4)
    alerts = [history.raised(passage) for passage in range(3)]
    assert people.pause(paused=False) == ""
    alerts.append(history.raised(3))
    assert "4 alerts wait for a decision, and the policy allows 4" in people.pause(paused=False)
    history.says(alerts[0], Verdict.NOT_THE_PERSON)
    assert people.pause(paused=True)
    history.says(alerts[1], Verdict.NOT_THE_PERSON)
    assert people.pause(paused=True) == ""


def test_what_nobody_decided_in_time_is_counted_and_waits_no_more(history: History) -> None:
    people = keeping_up(history, open_alerts_max=1)
    history.raised()
    assert people.pause(paused=False)
    count_undecided(history.installation, history.deployment, history.rules)
    assert facts(history, "alert.undecided") == []
    history.clock.advance(60 * history.rules.undecided_after_min)
    count_undecided(history.installation, history.deployment, history.rules)
    assert len(facts(history, "alert.undecided")) == 1
    assert people.pause(paused=True) == ""


def test_as_many_wrong_alerts_as_were_promised_stop_nothing(history: History) -> None:
    people = keeping_up(history)
    assert people.stop() == ""
    wrong(history, 3)
    history.clock.advance(10)
    assert people.stop() == ""
    assert row(history).state is DeploymentState.AUTHORISED


def test_more_wrong_alerts_than_were_promised_end_the_deployment_for_good(history: History) -> None:
    people = keeping_up(history)
    wrong(history, 8)
    assert "8 alerts in 100 passages were not confirmed right" in people.stop()
    now = row(history)
    assert (now.state, now.ended_us) == (DeploymentState.ENDED, history.clock.now_us())
    assert facts(history, "stop-rule.crossed") == [{"false": 8, "passages": 100}]
    assert len(facts(history, "deployment.ended")) == 1
    assert kept_list(history).erase_after_us <= history.clock.now_us() + 24 * HOUR_US
    history.counted(1, 0, Counts(frames=1, faces_detected=1_000_000, faces_seen=1_000_000))
    history.clock.advance(60)
    assert people.stop()  # whatever comes after
    assert "has ended" in people.stop()


def test_it_is_not_asked_at_every_look(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counts(installation: object, deployment: str) -> tuple[int, int]:
        assert installation is history.installation
        asked.append(deployment)
        return 0, 100

    monkeypatch.setattr(module, "stop_rule_counts", counts)
    people = keeping_up(history)
    for _ in range(21):
        assert people.stop() == ""
        history.clock.advance(0.5)
    assert asked == [history.deployment] * 2
    history.clock.set_now(history.clock.now_us() - HOUR_US)  # nobody can set the time since the machine's start
    history.clock.advance(10)
    people.stop()
    assert len(asked) == 3


def test_a_policy_without_the_rule_stops_nothing(history: History) -> None:
    wrong(history, 8)
    assert keeping_up(history, stop_rule=False).stop() == ""
    assert row(history).state is DeploymentState.AUTHORISED


def test_a_run_after_the_stop_finds_that_it_has_ended_once(history: History) -> None:
    wrong(history, 8)
    assert keeping_up(history).stop()
    assert keeping_up(history).stop()
    assert len(facts(history, "stop-rule.crossed")) == 1
