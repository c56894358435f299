"""A trial deployment of the store, as a run that is held against a tally."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overt.domain.decision import Result, Verdict
from overt.domain.figures import Counts
from overt.domain.policy import Rules
from overt.domain.time import to_text
from overt.evaluation.trial import trial
from overt.evaluation.trial_run import Prompt
from overt.evaluation.trial_truth import Kind
from overt.services.erase import erase_alert
from overt.services.figures import NoSuchDeployment
from overt.services.trials import Kept, NoTrial, kept_deployment, kept_trial
from overt.store.records import AlertRow, DeploymentRow
from overt.testing.fixed_clock import SOME_DAY_US
from tests.histories import TWO_VERDICTS, History
from tests.stores import uuid
from tests.unit.evaluation.blue_list import tally, walk


@pytest.fixture
def history() -> History:
    found = History()
    found.enter(kind="trial", name="Blue list")
    return found


def kept(history: History) -> Kept:
    return kept_trial(history.installation, history.deployment)


def prompts(history: History) -> tuple[Prompt, ...]:
    return kept(history).run.prompts


def row(history: History, alert: str) -> AlertRow:
    found = history.installation.store.read(lambda work: work.alerts.get(alert))
    assert found is not None
    return found


def test_alerts_and_counts_of_a_trial_are_a_run(history: History) -> None:
    history.counted(0, 0, Counts(frames=9, faces_seen=40, faces_detected=44, video_s=60.0))
    history.counted(1, 1, Counts(frames=9, faces_seen=2, faces_detected=2, lost=1))
    alert = history.raised(3, about="volunteer")
    history.says(alert, Verdict.WORTH_A_LOOK)
    history.came(alert, Result.RIGHT)
    found = kept_trial(history.installation, "Blue list")
    (one,) = found.run.prompts
    kept_row = row(history, alert)
    assert (found.run.rehearsal, found.run.searched, found.run.detected) == (False, 42, 46)
    assert (found.run.deployment, found.run.counts["lost"], found.run.counts["alerts"]) == (history.deployment, 1, 1)
    assert found.run.counts["latency_p50_s"] == pytest.approx(0.420999)
    assert (one.alert, one.camera, one.passage, one.about) == (alert, "north", 3, "volunteer")
    assert (one.entry, one.media_us, one.latency_ms) == ("bob", None, 420)
    assert (one.score, one.threshold, one.per_1000) == (0.7, 0.5, 0.1)
    assert to_text(one.at_us) == to_text(kept_row.at_us)
    assert one.said.stands == "worth-a-look"
    assert one.said.concluded is not None
    assert (one.said.concluded.result, one.said.concluded.held_min) == (Result.RIGHT, 5)
    assert len(found.minutes) == 2
    assert found.figures.tally.volunteers.right == 1


def test_the_entry_of_somebody_who_is_no_volunteer_is_not_opened(history: History) -> None:
    history.raised(1, about="listed")
    history.raised(2, about="decoy")
    for one in prompts(history):
        assert "bob" not in one.entry
        assert one.entry


def test_once_an_alert_is_erased_its_entry_is_known_by_another_alert_of_the_same_place(history: History) -> None:
    first, second = history.raised(1, about="volunteer"), history.raised(2, about="volunteer")
    erase_alert(history.installation, first, "retention")
    assert [one.entry for one in prompts(history)] == ["bob", "bob"]
    erase_alert(history.installation, second, "retention")
    assert [one.entry for one in prompts(history)] == ["", ""]


def test_an_alert_whose_key_is_gone_is_one_whose_entry_nobody_knows(history: History) -> None:
    alert = history.raised(1, about="volunteer")
    for name in history.installation.keyring.names():
        if alert in name:
            history.installation.keyring.destroy(name)
    assert [one.entry for one in prompts(history)] == [""]


def test_what_is_hidden_from_people_is_hidden_here() -> None:
    history = History()
    history.enter(TWO_VERDICTS, kind="trial")
    assert history.rules.blind_first
    alert = history.raised(1, about="volunteer")
    history.says(alert, Verdict.NOT_THE_PERSON)
    (one,) = prompts(history)
    assert (one.score, one.threshold, one.per_1000, one.said.verdicts) == (None, None, None, ())
    assert (one.said.stands, one.said.needed) == ("open", 2)
    history.says(alert, Verdict.CANNOT_TELL, by=0xAC)
    (one,) = prompts(history)
    assert (one.score, len(one.said.verdicts), one.said.stands) == (0.7, 2, "cannot-tell")


def test_of_a_version_without_policies_no_score_is_told() -> None:
    history = History()
    old = DeploymentRow(
        id=uuid(77), digest="e" * 64, name="Old", opens_us=SOME_DAY_US, closes_us=SOME_DAY_US + 1, kind="trial"
    )
    history.installation.store.write(lambda work: work.deployments.add(old))
    history.deployment = old.id
    history.says(history.raised(about="volunteer"), Verdict.NOT_THE_PERSON)
    found = kept(history)
    assert found.rules is None
    assert (found.run.prompts[0].score, found.run.prompts[0].said.stands) == (None, "not-the-person")


def test_an_alert_that_nobody_decided_in_time_says_so(history: History) -> None:
    history.raised(about="volunteer")
    history.overdue()
    assert prompts(history)[0].said.stands == "undecided"


def test_an_operation_is_not_held_against_a_tally(history: History) -> None:
    operation = history.enter()
    with pytest.raises(NoTrial, match="is an operation"):
        kept_trial(history.installation, operation)
    assert kept_deployment(history.installation, operation).row.kind == "operation"
    with pytest.raises(NoSuchDeployment):
        kept_trial(history.installation, "Nowhere")


def test_a_trial_of_the_store_gives_figures_and_changes_none(history: History) -> None:
    before = history.clock.now_us()
    history.minute(seen=50)
    history.raised(1, about="volunteer")
    history.raised(2, about="listed")
    walked = replace(walk("b1", "bob"), begins_us=before, ends_us=history.clock.now_us())
    found = trial(kept(history).run, tally(walked, kind=Kind.LIVE))
    assert (found.trr.figure.num, found.trr.figure.den) == (1, 1)
    assert found.false_low == 0
    operational = kept(history).figures.record()
    assert operational["volunteers"]["trr"] is None
    assert operational["listed"]["alerts"] == 1


def test_rules_are_those_of_the_deployment(history: History) -> None:
    rules = kept(history).rules
    assert isinstance(rules, Rules)
    assert not rules.two_verdicts
