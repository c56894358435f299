"""The figures that a review (P33) and the public row (P34) are made of: complete, named, each share with its interval,
and none of it typed by anybody."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from scipy.stats import beta

from overt.cli.figures import sentences
from overt.domain.decision import Followed, Result, Verdict
from overt.domain.roles import Role
from overt.services.figures import Figures, figures_of, sums
from overt.services.publish import publish
from overt.services.publish_check import recounted
from overt.services.publish_row import rows_of
from overt.services.recount import differences, recount
from tests.authority import staff
from tests.histories import History
from tests.needs import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "how-to" / "figures.md"
SHARE = {"value", "num", "den", "low", "high"}
FORBIDDEN = re.compile(r"accura|hit rate|success|confiden", re.IGNORECASE)

#: What the public row of a deployment shows (P34), and where it stands in the figures.
PUBLIC_ROW = {
    "watch-list size": "entries",
    "withdrawn entries": "withdrawn",
    "threshold": "listed.thresholds",
    "faces seen": "faces_seen",
    "alerts": "listed.alerts",
    "true": "listed.right",
    "false": "listed.wrong_person",
    "engagements": "listed.engaged",
    "arrests": "listed.arrests",
    "FAR, low": "far_low",
    "FAR, high": "far_high",
    "hours": "hours",
    "cameras": "cameras",
}
#: The columns of the public table, and where they stand in the figures.
PUBLISHED_ROW = {
    "watch_list_size": "entries",
    "faces_seen": "faces_seen",
    "alerts": "listed.alerts",
    "true_alerts": "listed.right",
    "wrong_person": "listed.wrong_person",
    "engagements": "listed.engaged",
    "far_low": "far_low",
    "far_high": "far_high",
    "hours": "hours",
    "cameras": "cameras",
    "precision": "listed.precision",
    "verified": "listed.verified",
    "undecided": "listed.undecided",
    "lost": "listed.lost",
    "not_engaged": "listed.not_engaged",
}
#: What a review says about effect against purpose (P33), and where it stands.
REVIEW = {
    "served the authorised aim": "listed.served_aim",
    "precision": "listed.precision",
    "verified": "listed.verified",
    "FAR": "far_high",
    "the promise": "promise.kept",
    "wrongly held": "listed.held_wrongly_min",
    "the stop rule": "stop_rule.log_ratio",
}


@pytest.fixture
def history() -> History:
    """A deployment with right, wrong and open alerts, beside a trial with volunteers and decoys."""
    made = History()
    made.seal(840)
    made.withdraw(5)
    made.minute(seen=2000)
    right = made.raised(1)
    made.says(right, Verdict.WORTH_A_LOOK)
    made.came(right, Result.RIGHT, followed=Followed.ARREST, served_aim=True)
    made.ended(2, Result.WRONG_PERSON, held_min=11)
    made.says(made.raised(3), Verdict.NOT_THE_PERSON)
    made.enter(kind="trial")
    made.raised(4, about="volunteer")
    made.says(made.raised(5, about="decoy"), Verdict.NOT_THE_PERSON)
    made.minute(seen=500)
    return made


def walked(record: object, at: str = "") -> Iterator[tuple[str, object]]:
    """Every value of a record with its path."""
    if isinstance(record, dict) and not record.keys() >= SHARE:
        for name, value in record.items():
            yield from walked(value, f"{at}.{name}" if at else name)
    else:
        yield at, record


def operation(history: History) -> Figures:
    return figures_of(history.installation)[0]


def test_p33_a_review_finds_its_figures_made_from_the_record(history: History) -> None:
    found = dict(walked(operation(history).record()))
    assert set(REVIEW.values()) <= found.keys()
    assert found["listed.held_wrongly_min"] == 11
    assert found["promise.kept"] is None
    aim = found["listed.served_aim"]
    assert isinstance(aim, dict)
    assert (aim["num"], aim["den"]) == (1, 2)


def test_p34_the_public_row_is_made_from_the_record_and_typed_by_nobody(history: History) -> None:
    found = dict(walked(operation(history).record()))
    assert set(PUBLIC_ROW.values()) <= found.keys()
    row = {name: found[PUBLIC_ROW[name]] for name in ("watch-list size", "withdrawn entries", "faces seen", "alerts")}
    assert list(row.values()) == [840, 1, 2000, 3]
    counted = [found[PUBLIC_ROW[name]] for name in ("true", "false", "engagements", "arrests", "threshold")]
    assert counted == [1, 1, 2, 1, [0.5]]


def test_p34_the_row_is_published_of_every_deployment_and_recomputed_by_an_outsider(history: History) -> None:
    history.wait(60 * 3600)
    found = publish(history.installation, staff(history.installation)[Role.AUDITOR])
    trial, row = csv.DictReader(io.StringIO(rows_of(found.register)))
    counted = operation(history).record()
    assert (row["kind"], trial["kind"]) == ("operation", "trial")
    for column, name in PUBLISHED_ROW.items():
        expected = dict(walked(counted))[name]
        assert row[column] == str(expected["value"] if isinstance(expected, dict) else expected), column
    assert (row["arrests"], row["trr"], row["groups_of_false_alerts"]) == ("hidden", "", "")
    assert recounted(found.register, history.exported()) == []


def test_p34_an_outsider_gets_the_same_row_from_the_ledger_alone(history: History) -> None:
    assert differences(figures_of(history.installation), recount(history.exported())) == []


def test_p34_no_share_stands_without_its_counts_and_its_interval(history: History) -> None:
    for one in figures_of(history.installation):
        for at, value in walked(one.record()):
            plain = re.search(r"hours|envelope_min|latency|thresholds|log_ratio|limit|at_most", at)
            assert not isinstance(value, float) or plain, f"{at} is a number without an interval"
            if isinstance(value, dict) and value["den"]:
                num, den = value["num"], value["den"]
                assert value["value"] == num / den
                assert value["low"] == pytest.approx(beta.ppf(0.025, num, den - num + 1) if num else 0.0)
                assert value["high"] == pytest.approx(beta.ppf(0.975, num + 1, den - num) if num < den else 1.0)


def test_p34_trials_volunteers_and_decoys_stand_apart(history: History) -> None:
    found = figures_of(history.installation)
    assert [one.tally.kind for one in found] == ["operation", "trial"]
    assert sums(found) == []
    trial = found[1].record()
    assert (trial["listed"]["alerts"], trial["volunteers"]["alerts"], trial["decoys"]["alerts"]) == (0, 1, 1)
    assert trial["volunteers"]["trr"] is None
    assert "independent tally" in " ".join(sentences(found[1]))
    assert trial["far_high"]["num"] == 0


def test_p34_the_promise_is_judged_on_the_high_count(history: History) -> None:
    figures = operation(history)
    assert (figures.far_low.num, figures.far_high.num) == (1, 2)
    assert figures.kept is None
    for passage in range(10, 20):
        history.enter(name="again")
        for at in range(passage):
            history.says(history.raised(at), Verdict.NOT_THE_PERSON)
        history.minute(seen=1000)
    last = figures_of(history.installation, [history.deployment])[0]
    assert (last.far_low.num, last.kept) == (0, False)


def test_every_name_is_explained_and_none_is_one_that_misleads(history: History) -> None:
    text = DOCUMENT.read_text("utf-8")
    for one in figures_of(history.installation):
        said = " ".join([*sentences(one), *(at for at, _ in walked(one.record()))])
        assert not FORBIDDEN.search(said)
        for at, _ in walked(one.record()):
            for name in at.split("."):
                assert f"`{name}`" in text, f"{name} is not explained in {Path(DOCUMENT).name}"
    assert not FORBIDDEN.search(text)
