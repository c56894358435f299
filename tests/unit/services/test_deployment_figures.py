"""The figures as they stand in the store."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import beta

from overt.domain.decision import Result, Verdict
from overt.domain.figures import Counts, MinuteFigures
from overt.domain.tally import Tally
from overt.evaluation.stopping import StopRule
from overt.services.figures import (
    RULE,
    Figures,
    NoSuchDeployment,
    figures_of,
    stop_rule_counts,
    sums,
)
from overt.services.recount import check
from overt.store.records import DeploymentRow
from overt.testing.fixed_clock import SOME_DAY_US
from tests.histories import TWO_VERDICTS, History
from tests.installations import in_memory
from tests.stores import uuid
from tests.unit.services.runs import MATCH, Person, kept, prepared


@pytest.fixture
def history() -> History:
    return History()


def only(history: History) -> Figures:
    (found,) = figures_of(history.installation)
    return found


def test_a_deployment_without_anything_has_figures_of_nothing(history: History) -> None:
    record = only(history).record()
    assert record["deployment"] == history.deployment
    assert (record["name"], record["kind"], record["deployments"]) == ("High Street", "operation", 1)
    assert record["far_high"] == {"value": None, "num": 0, "den": 0, "low": 0.0, "high": 1.0}
    assert record["promise"] == {"at_most": 0.001, "kept": None}
    assert record["volunteers"]["trr"] is None
    assert record["listed"]["latency_p50_s"] is None
    assert (record["listed"]["thresholds"], record["entries"], record["withdrawn"]) == ([], 0, 0)


def test_every_share_has_its_numerator_its_denominator_and_its_interval(history: History) -> None:
    for passage in range(1, 3):
        history.ended(passage, Result.RIGHT)
    history.ended(3, Result.WRONG_PERSON, held_min=7)
    history.ended(4, Result.WRONG_ENTRY, held_min=4)
    for passage in range(5, 10):
        history.ended(passage, Result.LOST)
    history.minute(seen=1002)
    record = only(history).record()
    listed = record["listed"]
    assert listed["verified"] == {
        "value": 2 / 9,
        "num": 2,
        "den": 9,
        "low": pytest.approx(beta.ppf(0.025, 2, 8)),
        "high": pytest.approx(beta.ppf(0.975, 3, 7)),
    }
    assert (listed["precision"]["num"], listed["precision"]["den"]) == (2, 4)
    assert (listed["served_aim"]["num"], listed["served_aim"]["den"]) == (2, 9)
    assert (record["far_low"]["num"], record["far_low"]["den"]) == (1, 1000)
    assert (record["far_high"]["num"], record["far_high"]["den"]) == (7, 1000)
    assert (listed["held_wrongly_min"], listed["engaged"]) == (11, 4)
    assert record["promise"]["kept"] is False
    assert (listed["latency_p50_s"], listed["latency_p99_s"], listed["thresholds"]) == (0.42, 0.42, [0.5])


def test_the_promise_is_kept_only_where_the_whole_interval_says_so(history: History) -> None:
    history.minute(seen=3600)
    assert only(history).kept is None
    history.minute(1, seen=100)
    assert only(history).kept is True


def test_one_verdict_of_two_leaves_an_alert_open(history: History) -> None:
    history.enter(TWO_VERDICTS, kind="trial")
    alert = history.raised()
    history.says(alert, Verdict.NOT_THE_PERSON)
    tally = figures_of(history.installation, [history.deployment])[0].tally
    assert (tally.listed.open, tally.listed.not_the_person) == (1, 0)
    history.says(alert, Verdict.CANNOT_TELL, by=0xAC)
    tally = figures_of(history.installation, [history.deployment])[0].tally
    assert (tally.listed.open, tally.listed.cannot_tell) == (0, 1)


def test_a_deployment_of_the_version_without_policies_needs_one_verdict() -> None:
    history = History()
    old = uuid(77)
    row = DeploymentRow(id=old, digest="e" * 64, name="Old", opens_us=SOME_DAY_US, closes_us=SOME_DAY_US + 1)
    history.installation.store.write(lambda work: work.deployments.add(row))
    history.deployment = old
    history.says(history.raised(about=None), Verdict.NOT_THE_PERSON)
    (found,) = figures_of(history.installation, [old])
    assert (found.tally.listed.not_the_person, found.tally.kind) == (1, "operation")


def test_the_last_word_on_what_came_of_an_alert_counts(history: History) -> None:
    alert = history.ended(1, Result.WRONG_PERSON)
    history.came(alert, Result.RIGHT)
    tally = only(history).tally.listed
    assert (tally.wrong_person, tally.right, tally.concluded) == (0, 1, 1)


def test_only_the_newest_list_and_its_own_withdrawals_count(history: History) -> None:
    history.seal(5)
    history.withdraw(0)
    history.seal(3)
    history.withdraw(1)
    history.withdraw(2)
    assert (only(history).tally.entries, only(history).tally.withdrawn) == (3, 2)


def test_disclosures_are_counted(history: History) -> None:
    alert = history.ended(1, Result.RIGHT)
    history.disclosed(alert)
    history.disclosed(alert)
    assert only(history).record()["listed"]["disclosed"] == 2
    assert only(history).record()["listed"]["evidence"] == 0
    history.handed_over(alert)
    listed = only(history).record()["listed"]
    assert (listed["disclosed"], listed["evidence"]) == (3, 1)
    assert check(history.installation) == (1, [])


def test_decoys_are_caught_when_they_are_turned_down_in_time(history: History) -> None:
    for passage in (1, 2, 3):
        history.says(history.raised(passage, about="decoy"), Verdict.NOT_THE_PERSON)
    history.says(history.raised(4, about="decoy"), Verdict.WORTH_A_LOOK)
    history.raised(5, about="decoy")
    caught = only(history).caught
    assert (caught.num, caught.den) == (3, 4)
    history.overdue()
    assert only(history).caught.den == 5


def test_a_deployment_is_found_by_its_id_and_by_its_name(history: History) -> None:
    first = history.deployment
    second = history.enter(name="Station")
    assert [one.tally.deployment for one in figures_of(history.installation)] == [first, second]
    named = figures_of(history.installation, ["Station", first])
    assert [one.tally.deployment for one in named] == [second, first]


def test_an_unknown_name_and_one_of_two_deployments_are_refused(history: History) -> None:
    with pytest.raises(NoSuchDeployment, match="no deployment Nowhere"):
        figures_of(history.installation, ["Nowhere"])
    second = history.enter()
    with pytest.raises(NoSuchDeployment, match="2 deployments of the name High Street") as caught:
        figures_of(history.installation, ["High Street"])
    assert second in caught.value.todo


def test_a_sum_is_of_one_kind_and_says_of_how_many(history: History) -> None:
    history.minute(seen=10)
    history.enter(kind="trial")
    history.minute(seen=20)
    history.enter()
    history.minute(seen=30)
    (operations,) = sums(figures_of(history.installation))
    record = operations.record()
    assert (record["kind"], record["deployments"], record["faces_seen"]) == ("operation", 2, 40)
    assert (record["deployment"], record["name"], record["stop_rule"]) == (None, None, None)


def test_the_stop_rule_goes_by_what_no_longer_waits(history: History) -> None:
    history.minute(seen=1000)
    for passage in range(1, 8):
        history.says(history.raised(passage), Verdict.NOT_THE_PERSON)
    history.raised(8)
    history.ended(9, None)
    assert stop_rule_counts(history.installation, history.deployment) == (7, 1000)
    assert not RULE.crossed(*stop_rule_counts(history.installation, history.deployment))
    stop = only(history).record()["stop_rule"]
    rule = StopRule()
    assert stop == {
        "false": 7,
        "passages": 1000,
        "log_ratio": round(rule.log_ratio(7, 1000), 6),
        "limit": round(rule.limit, 6),
        "crossed": False,
        "false_left": 2,
    }
    history.says(history.raised(10), Verdict.CANNOT_TELL)
    assert history.overdue() == 1
    assert stop_rule_counts(history.installation, history.deployment) == (9, 1000)
    assert RULE.crossed(*stop_rule_counts(history.installation, history.deployment))
    assert only(history).record()["stop_rule"]["crossed"] is True


def test_the_stop_rule_of_a_deployment_that_is_not_there_is_refused(history: History) -> None:
    with pytest.raises(NoSuchDeployment):
        stop_rule_counts(history.installation, uuid(5))


def test_what_a_desk_keeps_gives_the_same_figures_from_store_and_ledger() -> None:
    installation = in_memory()
    desk = kept(installation, prepared(), Person())
    for passage, camera in ((7, 0), (7, 1), (8, 1)):
        desk.raise_alert(replace(MATCH, passage=passage, camera=camera))
        desk.minute(MinuteFigures(camera=camera, minute_us=SOME_DAY_US, counts=Counts(frames=5, faces_seen=2)))
    assert desk.deliver()
    (found,) = figures_of(installation)
    assert isinstance(found.tally, Tally)
    assert (found.tally.listed.alerts, found.tally.false_high, found.tally.faces_seen) == (3, 3, 6)
    assert (found.tally.cameras, found.tally.minutes, found.tally.camera_minutes) == (2, 1, 2)
    assert found.tally.listed.latencies_ms == (2000, 2000, 2000)
    assert check(installation) == (1, [])
