"""Whatever happens in whatever order: no decoy while a real alert is open, none in a figure, none in the street."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.domain.deciding import BadVerdict
from overt.domain.decision import Verdict
from overt.services.adjudicate import AlertErased
from overt.services.at_alerts import alerts
from overt.services.decoy_alerts import DecoyOver
from overt.services.figures import figures_of, stop_rule_counts
from overt.services.recount import check
from overt.services.retain import retain
from overt.services.undecided import open_alerts
from tests.decoying import Stage

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("look"), st.just(0), st.just("")),
        st.tuples(st.just("real"), st.just(0), st.just("")),
        st.tuples(st.sampled_from(Verdict), st.integers(0, 3), st.sampled_from(["olga", "oscar"])),
        st.tuples(st.just("wait"), st.integers(1, 30), st.just("")),
        st.tuples(st.just("retain"), st.just(0), st.just("")),
    ),
    min_size=4,
    max_size=24,
)


@pytest.mark.long
@settings(max_examples=20)
@given(steps=STEPS)
def test_decoys_stand_aside(steps: list[tuple[str | Verdict, int, str]]) -> None:
    """Beside a deployment in which the same happens without decoys."""
    stage, plain = Stage(Path(), pairs=12), Stage(Path(), per_hour=0)
    twins: dict[str, str] = {}
    for what, number, name in [("wait", 11, ""), *steps]:
        if what == "wait":
            stage.wait(number / 3)
            plain.wait(number / 3)
        elif what == "look":
            waited = open_alerts(stage.installation, stage.history.deployment, stage.policy.rules)
            shown = stage.tests.show_if_due()
            assert not (shown and waited)
        elif what == "real":
            alert = stage.real()
            twins[alert] = plain.real()
        elif what == "retain":
            retain(stage.installation)
            retain(plain.installation)
        else:
            _says(stage, plain, twins, Verdict(what), number, name)
        _holds(stage, plain)


def _says(stage: Stage, plain: Stage, twins: dict[str, str], verdict: Verdict, number: int, name: str) -> None:
    known = [row.id for row in stage.installation.store.read(lambda work: work.alerts.of(stage.row.id))]
    if len(known) <= number:
        return
    alert = known[-1 - number]
    try:
        stage.says(alert, verdict, name)
    except (BadVerdict, AlertErased, DecoyOver):
        return
    if alert in twins:
        plain.says(twins[alert], verdict, name)
    else:
        plain.wait(1 / 60)


def _holds(stage: Stage, plain: Stage) -> None:
    installation, rules = stage.installation, stage.policy.rules
    row, other = stage.row.id, plain.row.id
    waiting = open_alerts(installation, row, rules)
    open_decoys = installation.store.read(lambda work: work.decoys.open())
    assert not (waiting and open_decoys)
    assert len(open_decoys) <= 1
    with_decoys, without = (
        {key: value for key, value in figures_of(where.installation, [one])[0].record().items() if key != "deployment"}
        for where, one in ((stage, row), (plain, other))
    )
    for record in (with_decoys, without):
        record["listed"].pop("latency_p50_s")
    assert with_decoys == without
    assert stop_rule_counts(installation, row) == stop_rule_counts(plain.installation, other)
    assert waiting == open_alerts(plain.installation, other, rules)
    assert check(installation)[1] == []
    assert all(not one.row.is_decoy for one in alerts(installation, stage.people["ed"], erased=True))
