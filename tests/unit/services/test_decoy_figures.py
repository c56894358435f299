"""How often people were right about decoys."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.domain.decision import Verdict
from overt.services.decoy_figures import decoy_figures
from overt.services.undecided import count_undecided
from tests.decoying import Stage

WORTH, NOT, CANNOT = Verdict.WORTH_A_LOOK, Verdict.NOT_THE_PERSON, Verdict.CANNOT_TELL


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, pairs=6)


def test_before_anything_was_decided_there_is_no_figure(stage: Stage) -> None:
    found = decoy_figures(stage.installation, stage.people["olga"])
    assert not found.any
    stage.decoy()
    assert decoy_figures(stage.installation, stage.people["ann"]) == found, "an open one is in no number"


def test_the_same_person_and_different_people_are_counted_apart(stage: Stage) -> None:
    counts = {True: [0, 0], False: [0, 0]}
    for olga in (WORTH, NOT, CANNOT):
        alert = stage.decoy()
        same = stage.behind(alert).same
        stage.says(alert, olga, "olga")
        stage.says(alert, WORTH, "oscar")
        counts[same][0] += 1
        counts[same][1] += olga is (WORTH if same else NOT)
    stage.decoy()
    stage.real()
    for alert in (one.id for one in stage.installation.store.read(lambda w: w.alerts.open(stage.row.id))):
        stage.says(alert, NOT)
    stage.decoy()
    stage.wait(6)
    count_undecided(stage.installation, stage.history.deployment, stage.policy.rules)
    found = decoy_figures(stage.installation, stage.people["ann"])
    assert (found.decided, found.taken_back, found.unanswered) == (3, 1, 1)
    of = {one.name: one.caught for one in found.each}
    assert set(of) == {"olga", "oscar"}
    assert (of["olga"].same.den, of["olga"].same.num) == tuple(counts[True])
    assert (of["olga"].different.den, of["olga"].different.num) == tuple(counts[False])
    assert (of["oscar"].same.num, of["oscar"].different.num) == (counts[True][0], 0)
    assert found.everybody.same.den + found.everybody.different.den == 6
    record = found.record()
    assert record["same_person"]["den"] == 2 * counts[True][0]
    assert [one["name"] for one in record["each"]] == ["olga", "oscar"]


def test_whose_figures_they_are_is_for_those_who_may_see_accounts(stage: Stage) -> None:
    stage.says(stage.decoy(), WORTH)
    named = [one.name for one in decoy_figures(stage.installation, stage.people["ann"]).each]
    assert named == ["olga", "oscar"]
    (own,) = decoy_figures(stage.installation, stage.people["olga"]).each
    assert (own.name, own.account) == ("you", stage.people["olga"].id)
    assert decoy_figures(stage.installation, stage.people["lisa"]).each == ()
