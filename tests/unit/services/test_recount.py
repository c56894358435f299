"""The figures counted anew from an export of the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from overt.domain.decision import Result, Verdict
from overt.ledger.entry import Entry
from overt.services.figures import figures_of
from overt.services.recount import BadExport, Difference, check, differences, recount, recount_entries
from overt.store.ports import Work
from tests.histories import TWO_VERDICTS, History
from tests.stores import alert, uuid


@pytest.fixture
def history() -> History:
    """Two deployments in which everything happened that figures are counted from."""
    made = History()
    made.seal(5)
    made.withdraw(3)
    made.minute(0)
    made.minute(0, camera=1, lost=2)
    made.minute(0)
    right = made.ended(1, Result.RIGHT)
    made.disclosed(right)
    made.ended(2, Result.WRONG_PERSON)
    made.ended(3, Result.LOST)
    made.came(right, Result.WRONG_ENTRY)
    made.raised(4, about="volunteer", latency_us=None)
    made.raised(5, about="decoy", threshold=0.6)
    made.overdue()
    made.enter(TWO_VERDICTS, kind="trial")
    made.says(made.raised(6), Verdict.NOT_THE_PERSON)
    return made


def entries(history: History) -> list[bytes]:
    return [line.partition(b"\t")[0] for line in history.exported()]


def changed(history: History, kind: str, change: Callable[[dict[str, Any]], object]) -> list[bytes]:
    """The entries, the first of that kind with other facts."""
    found = entries(history)
    for at, data in enumerate(found):
        entry = Entry.from_bytes(data)
        if entry.kind == kind:
            facts = dict(entry.facts)
            change(facts)
            found[at] = replace(entry, facts=facts).to_bytes()
            return found
    raise AssertionError(f"there is no entry {kind}")


def test_the_ledger_gives_the_figures_of_the_store(history: History) -> None:
    kept, read = figures_of(history.installation), recount(history.exported())
    assert [one.tally for one in read] == [one.tally for one in kept]
    assert [one.name for one in read] == ["", ""]
    assert differences(kept, read) == []
    assert check(history.installation) == (2, [])


def test_entries_of_the_version_before_count_as_an_operation_and_as_listed() -> None:
    history = History()
    alert = history.raised(1, about=None)
    history.says(alert, Verdict.WORTH_A_LOOK)
    old = []
    for data in entries(history):
        entry = Entry.from_bytes(data)
        if entry.kind == "deployment.made":
            entry = replace(entry, kind="deployment.entered", facts={"digest": "sha256:" + "0" * 64})
        if entry.kind == "alert.decided":
            entry = replace(entry, facts={name: entry.facts[name] for name in ("alert", "decision", "verdict")})
        old.append(entry.to_bytes())
    (found,) = recount_entries(old)
    assert (found.tally.kind, found.tally.listed.alerts, found.tally.listed.worth_a_look) == ("operation", 1, 1)


def test_what_happened_outside_deployments_gives_no_figures() -> None:
    history = History()
    history.installation.store.write(lambda work: work.record("installation.made"))
    assert len(recount(history.exported())) == 1
    assert recount([]) == []


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"{}\thead\tsignature\n", b"no entry", b'{"kind":"alert.raised"}\t\n', b"\xff\t\n"]
)
def test_a_line_that_is_no_entry_is_named(history: History, line: bytes) -> None:
    lines = history.exported()
    with pytest.raises(BadExport, match=r"Entry 3 \(line 4\) of the ledger is none"):
        recount([*lines[:3], line, *lines[4:]])


def test_entries_that_are_missing_doubled_or_moved_are_named(history: History) -> None:
    lines = history.exported()
    for wrong in ([*lines[:4], *lines[5:]], [*lines[:4], lines[3], *lines[4:]], [*lines[:4], lines[5], lines[4]]):
        with pytest.raises(BadExport, match=r"Entry 4 .*missing, doubled or moved"):
            recount(wrong)


@pytest.mark.parametrize(
    ("kind", "change", "why"),
    [
        ("alert.raised", lambda facts: facts.pop("camera"), "camera"),
        ("alert.raised", lambda facts: facts.update(passage="7"), "passage is no whole number"),
        ("alert.raised", lambda facts: facts.update(passage=True), "passage is no whole number"),
        ("alert.raised", lambda facts: facts.update(alert=7), "alert is no text"),
        ("alert.raised", lambda facts: facts.update(alert="7"), "hexadecimal"),
        ("alert.raised", lambda facts: facts.update(about="passer-by"), "passer-by is none of listed"),
        ("alert.raised", lambda facts: facts.pop("latency_ms"), "latency_ms"),
        ("alert.decided", lambda facts: facts.update(verdict="yes"), "yes"),
        ("alert.decided", lambda facts: facts.update(alert=uuid(9)), "never raised"),
        ("alert.concluded", lambda facts: facts.update(result="by-lfr"), "by-lfr"),
        ("deployment.made", lambda facts: facts.update(kind="drill"), "drill is none of operation"),
    ],
)
def test_an_entry_that_lacks_what_it_should_say_is_named(
    history: History, kind: str, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    with pytest.raises(BadExport, match=f"is not what an entry {kind} has to be.*{why}"):
        recount_entries(changed(history, kind, change))


def test_an_alert_that_is_raised_twice_is_named(history: History) -> None:
    found = entries(history)
    again = next(entry for entry in map(Entry.from_bytes, found) if entry.kind == "alert.raised")
    with pytest.raises(BadExport, match="raised before"):
        recount_entries([*found, replace(again, index=len(found)).to_bytes()])


def test_a_row_that_was_changed_in_the_store_alone_is_found(history: History) -> None:
    deployment = history.deployment
    history.installation.store.write(lambda work: work.alerts.count_undecided(_first(work, deployment), 5))
    _, found = check(history.installation)
    assert Difference(deployment=deployment, figure="listed.undecided", store=1, ledger=0) in found
    assert {one.deployment for one in found} == {deployment}


def test_an_alert_that_is_in_the_store_alone_is_found(history: History) -> None:
    row = replace(alert(1), deployment=history.deployment, undecided_us=1)
    history.installation.store.write(lambda work: work.alerts.add(row))
    _, found = check(history.installation)
    assert "listed.alerts" in {one.figure for one in found}


def test_a_deployment_that_one_side_does_not_know_is_found(history: History) -> None:
    kept, read = figures_of(history.installation), recount(history.exported())
    only_kept = differences(kept, read[:1])
    assert {one.deployment for one in only_kept} == {history.deployment}
    assert Difference(deployment=history.deployment, figure="kind", store="trial", ledger=None) in only_kept
    assert Difference(deployment=history.deployment, figure="kind", store=None, ledger="trial") in differences(
        kept[:1], read
    )


def test_a_difference_can_be_written_as_json(history: History) -> None:
    kept = figures_of(history.installation)
    json.dumps([vars(one) for one in differences(kept, [])])


def _first(work: Work, deployment: str) -> str:
    return work.alerts.of(deployment)[0].id
