"""Alerts that wait for people."""

from __future__ import annotations

import threading
from dataclasses import replace

from overt.domain.decision import Standing, Verdict
from overt.ledger.entry import Entry
from overt.services.adjudicate import facts_of
from overt.services.erase import erase_alert
from overt.services.installation import Installation
from overt.services.policies import load_policy
from overt.services.undecided import count_every_undecided, count_undecided, open_alerts
from overt.store.records import AlertRow
from overt.testing.fixed_clock import FixedClock
from tests.histories import TWO_VERDICTS, History
from tests.installations import in_memory, kinds
from tests.unit.services.keeping import ANN, BEN, RULES, Kept, entered, raised
from tests.unit.services.verdicts import ONE, TWO, decided

MINUTES_S = 60.0 * ONE.undecided_after_min


def row_of(installation: Installation, alert: str) -> AlertRow:
    row = installation.store.read(lambda work: work.alerts.get(alert))
    assert row is not None
    return row


def test_what_nobody_decided_in_time_is_counted_once(installation: Installation, kept: Kept) -> None:
    deployment = entered(installation).id
    first = raised(installation)
    kept.clock.advance(10)
    raised(installation, 2)
    kept.clock.advance(MINUTES_S - 10.000001)
    before = kinds(installation)
    assert count_undecided(installation, deployment, ONE) == 0
    assert kinds(installation) == before
    kept.clock.advance(0.000001)
    assert [count_undecided(installation, deployment, ONE) for _ in range(3)] == [1, 0, 0]
    assert row_of(installation, first).undecided_us == kept.clock.now_us()
    assert kinds(installation) == [*before, "alert.undecided"]
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    entry = Entry.from_bytes(last.entry)
    assert (entry.actor, entry.deployment, dict(entry.facts)) == ("system", deployment, {"alert": first})


def test_what_was_decided_is_never_counted(installation: Installation, kept: Kept) -> None:
    for number, verdict in enumerate(Verdict):
        decided(installation, raised(installation, number), verdict, account=ANN, rules=RULES)
    kept.clock.advance(MINUTES_S)
    assert count_undecided(installation, entered(installation).id, ONE) == 0


def test_one_verdict_of_two_does_not_stop_the_clock(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    decided(installation, alert, Verdict.WORTH_A_LOOK, account=ANN, rules=RULES, policy=TWO)
    assert open_alerts(installation, entered(installation).id, TWO) == 1
    kept.clock.advance(MINUTES_S)
    assert count_undecided(installation, entered(installation).id, TWO) == 1


def test_a_verdict_that_comes_later_counts_and_the_figure_stays(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    kept.clock.advance(MINUTES_S)
    count_undecided(installation, entered(installation).id, ONE)
    counted_us = kept.clock.now_us()
    kept.clock.advance(5)
    decided(installation, alert, Verdict.WORTH_A_LOOK, account=ANN, rules=RULES)
    assert facts_of(installation, alert, account=ANN, rules=ONE).standing is Standing.WORTH_A_LOOK
    assert row_of(installation, alert).undecided_us == counted_us


def test_an_alert_whose_pictures_are_gone_is_counted_too(installation: Installation, kept: Kept) -> None:
    erase_alert(installation, raised(installation), "by-hand")
    kept.clock.advance(MINUTES_S)
    assert count_undecided(installation, entered(installation).id, ONE) == 1


def test_open_alerts_are_those_that_wait(installation: Installation, kept: Kept) -> None:
    deployment = entered(installation).id
    assert open_alerts(installation, deployment, ONE) == 0
    first, _ = raised(installation), raised(installation, 2)
    assert open_alerts(installation, deployment, ONE) == 2
    decided(installation, first, Verdict.CANNOT_TELL, account=BEN, rules=RULES)
    assert open_alerts(installation, deployment, ONE) == 1
    kept.clock.advance(MINUTES_S)
    count_undecided(installation, deployment, ONE)
    assert open_alerts(installation, deployment, ONE) == 0


def test_other_deployments_are_left_alone(installation: Installation, kept: Kept) -> None:
    raised(installation)
    other = entered(installation, "e" * 64).id
    kept.clock.advance(MINUTES_S)
    assert open_alerts(installation, other, ONE) == count_undecided(installation, other, ONE) == 0


def test_several_at_once_count_each_alert_once(installation: Installation, kept: Kept) -> None:
    for number in range(6):
        raised(installation, number)
    kept.clock.advance(MINUTES_S)
    deployment = entered(installation).id
    counted: list[int] = []
    threads = [
        threading.Thread(target=lambda: counted.append(count_undecided(installation, deployment, ONE)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counted) == 6
    assert len(counted) == 4
    assert kinds(installation).count("alert.undecided") == 6


def test_the_minutes_are_the_policys(installation: Installation, kept: Kept) -> None:
    raised(installation)
    kept.clock.advance(60)
    assert count_undecided(installation, entered(installation).id, ONE) == 0
    assert count_undecided(installation, entered(installation).id, replace(ONE, undecided_after_min=1)) == 1


def test_every_deployment_is_counted_by_its_own_policy_also_where_it_is_over() -> None:
    history = History()
    history.enter(TWO_VERDICTS)
    alerts = [history.raised(passage) for passage in range(2)]
    history.says(alerts[0], Verdict.WORTH_A_LOOK)
    assert count_every_undecided(history.installation) == 0
    history.clock.advance(60 * load_policy(TWO_VERDICTS).rules.undecided_after_min)
    assert count_every_undecided(history.installation) == 2
    assert count_every_undecided(history.installation) == 0


def test_what_was_entered_without_a_policy_or_under_one_that_is_not_kept_is_left_alone() -> None:
    clock = FixedClock()
    installation = in_memory(clock)
    row = entered(installation)
    raised(installation)
    other = replace(row, id=installation.new_id(), digest="e" * 64, policy="gone", policy_digest="0" * 64)
    alert = installation.store.read(lambda work: work.alerts.of(row.id))[0]
    installation.store.write(lambda work: work.deployments.add(other))
    moved = replace(alert, id=installation.new_id(), deployment=other.id, sealed=b"sealed")
    installation.store.write(lambda work: work.alerts.add(moved))
    clock.advance(3600)
    assert count_every_undecided(installation) == 0
