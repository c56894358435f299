"""Whatever happens in deployments, every published cell can be computed again from the exported ledger, what is planted
in the store, the ledger or the register is found, and a solver that reads all of it recovers no small count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from overt.domain.composition import TABLES, composition_of
from overt.domain.decision import Followed, Result, Verdict
from overt.domain.entries import EntryFacts
from overt.domain.errors import Refused
from overt.domain.retention import DAY_US, HOUR_US, RetentionRules
from overt.domain.roles import Role
from overt.domain.tally import KINDS
from overt.ledger.entry import Entry, Fact
from overt.ledger.merkle import leaf_hash
from overt.services.acting import file_paper
from overt.services.adjudicate import hold
from overt.services.deployments import DOCUMENT
from overt.services.ending import cancel
from overt.services.erase import clear_residue, erase_list
from overt.services.halts import lift_halt, place_halt
from overt.services.publish import Publication, draw_register, publish
from overt.services.publish_book import Book
from overt.services.publish_check import recounted
from overt.services.publish_figures import followed
from overt.services.publish_ledger import write_public_ledger
from overt.services.publish_parts import list_table
from overt.services.recount import BadExport, read_entry
from overt.services.reviews import answer_finding, file_finding
from overt.services.terms import REVIEW
from overt.store.ports import Work
from overt.store.records import LookRow
from overt.testing.fixed_clock import SOME_DAY_US
from tests.authority import staff
from tests.histories import History
from tests.needs import rounds
from tests.property.test_figures_agree import PLANTED, STEPS, Step
from tests.stores import uuid

FEWER = settings(max_examples=rounds(few=12, many=600))
AT_LEAST = 5
WORDS = "It was done as it was said."


def facts_of_entries(count: int, seed: int) -> list[EntryFacts]:
    """Entries that differ in everything that is counted."""
    categories = ("self-excluded", "volunteer", "decoy", "")
    return [
        EntryFacts(
            reference=str(at),
            category=categories[(at * seed) % 7 % 4],
            serious=(None, True, False)[(at + seed) % 11 % 3],
            age=("adult", "13-17", "")[(at * seed) % 13 % 3],
            response=("speak", "welfare", "")[(at + 3 * seed) % 5 % 3],
            ground_checked_us=None if at % 9 == seed % 9 else SOME_DAY_US - (at % 30) * HOUR_US,
        )
        for at in range(count)
    ]


def seals(count: int, seed: int) -> Step:
    def step(history: History, _: list[str]) -> None:
        made = composition_of(
            facts_of_entries(count, seed), history.rules, SOME_DAY_US, min(count, seed) if seed else None
        )
        history.seal(count, made.facts())

    return step


def plans(low: int, high: int) -> Step:
    facts: dict[str, Fact] = {"threshold_e4": 4321, "passages": 9000, "false_alerts_low": low}
    facts["false_alerts_high"] = low + high
    if high % 2:
        facts |= {"extrapolated": True, "expected_e4": (45000, 39000, 53000), "chance_e4": (9890, 9800, 9950)}
    return lambda history, _: history.notes("deployment.planned", **facts)


def starts(threshold_e4: int) -> Step:
    """Every other one names what it rests on, as earlier versions did not."""
    on: dict[str, Fact] = {"evaluations": ("a" * 64, "b" * 64), "trial_report": "c" * 64, "conditions": "d"}
    facts = on if threshold_e4 % 2 else {}
    return lambda history, _: history.notes("watch.started", threshold_e4=threshold_e4, **facts)


def pauses(kinds: list[str]) -> Step:
    def step(history: History, _: list[str]) -> None:
        for kind in kinds:
            history.notes(f"scanning.{kind}", reason="open-alerts")

    return step


def erases() -> Step:
    def step(history: History, _: list[str]) -> None:
        if history.watch_list:
            erase_list(history.installation, history.watch_list, "retention")
            clear_residue(history.installation)

    return step


def halts(everything: bool, lifted: bool) -> Step:
    def step(history: History, _: list[str]) -> None:
        by = staff(history.installation)[Role.OVERSIGHT]
        with suppress(Refused):
            halt = place_halt(history.installation, by, None if everything else history.row(), WORDS)
            if lifted:
                lift_halt(history.installation, by, halt.id, WORDS)

    return step


def cancels() -> Step:
    def step(history: History, _: list[str]) -> None:
        officer = staff(history.installation)[Role.AUTHORISING_OFFICER]
        with suppress(Refused):
            cancel(history.installation, officer, history.row(), WORDS, RetentionRules())

    return step


def papers(kind: str) -> Step:
    def step(history: History, _: list[str]) -> None:
        installation, row = history.installation, history.row()
        by = staff(installation)[Role.AUTHORISING_OFFICER]
        if kind == "finding":
            finding = file_finding(installation, staff(installation)[Role.AUDITOR], "Night", WORDS)
            answer_finding(installation, by, finding.id, WORDS)
            file_finding(installation, staff(installation)[Role.AUDITOR], "Rain", WORDS)
        else:
            installation.store.write(
                lambda work: file_paper(installation, work, kind, by=by.id, row=row, about="signs", recorded=True)
            )

    return step


def holds(which: int) -> Step:
    def step(history: History, alerts: list[str]) -> None:
        if alerts:
            until_us = history.clock.now_us() + DAY_US
            with suppress(Refused):
                hold(
                    history.installation,
                    alerts[which % len(alerts)],
                    case="C-1",
                    until_us=until_us,
                    placed_by=uuid(0xB1),
                    seconded_by=uuid(0xB2),
                    rules=history.rules,
                )

    return step


def meets_many(count: int, came: list[tuple[Result, Followed]]) -> Step:
    """People who are spoken to, so that what followed is counted."""

    def step(history: History, alerts: list[str]) -> None:
        for passage in range(count):
            alerts.append(history.raised(100 + passage))
            for by in (0xA0, 0xA1):
                with suppress(Refused):
                    history.says(alerts[-1], Verdict.WORTH_A_LOOK, by=by)
            result, what = came[passage % len(came)]
            with suppress(Refused):
                history.came(alerts[-1], result, followed=what, served_aim=what is Followed.ARREST)

    return step


def passes(hours: int) -> Step:
    return lambda history, _: history.wait(3600 * hours)


def publishes() -> Step:
    return lambda history, _: published(history)


def published(history: History) -> Publication:
    return publish(history.installation, staff(history.installation)[Role.AUDITOR])


CAME = st.tuples(
    st.sampled_from([Result.RIGHT, Result.RIGHT, Result.WRONG_PERSON, Result.UNVERIFIED]), st.sampled_from(Followed)
)
MORE = st.one_of(
    STEPS,
    STEPS,
    st.builds(seals, st.integers(0, 60), st.integers(0, 20)),
    st.builds(plans, st.integers(0, 3), st.integers(0, 9)),
    st.builds(starts, st.integers(1, 9999)),
    st.builds(pauses, st.lists(st.sampled_from(["paused", "resumed"]), max_size=3)),
    st.builds(erases),
    st.builds(halts, st.booleans(), st.booleans()),
    st.builds(cancels),
    st.builds(papers, st.sampled_from([DOCUMENT, REVIEW, "finding"])),
    st.builds(holds, st.integers(-2, 2)),
    st.builds(meets_many, st.integers(1, 14), st.lists(CAME, min_size=1, max_size=5)),
    st.builds(passes, st.integers(1, 30)),
    st.builds(publishes),
)
HISTORIES = st.lists(MORE, min_size=10, max_size=40)


def lived(steps: list[Step], *, over: bool = True) -> History:
    """`over`: all that was entered is over in the end, and what waits has had its time."""
    history, alerts = History(), list[str]()
    for step in steps:
        step(history, alerts)
    if over:
        history.wait(3600 * 60)
        for deployment in history.installation.store.read(lambda work: work.deployments.all()):
            history.deployment = deployment.id
            history.overdue()
    return history


@FEWER
@given(HISTORIES, st.booleans())
def test_every_published_cell_is_that_of_the_exported_ledger(steps: list[Step], over: bool) -> None:
    history = lived(steps, over=over)
    found = published(history)
    assert found.differences == ()
    assert recounted(found.register, history.exported()) == []
    as_read = json.loads(json.dumps(found.register))
    history.minute()  # the record goes on
    assert recounted(as_read, history.exported()) == []


@FEWER
@given(HISTORIES)
def test_published_twice_nothing_changes_but_what_is_published(steps: list[Step]) -> None:
    history = lived(steps)
    first, second = published(history), published(history)
    assert second.changed == 0
    for before, now in zip(first.register["deployments"], second.register["deployments"], strict=True):
        assert before["versions"] == now["versions"]
        assert [one["version"] for one in now["versions"]] == list(range(1, now["version"] + 1))
        assert [one["version"] for one in second.versions[now["id"]]] == list(range(1, now["version"] + 1))
        kept = {name: value for name, value in second.versions[now["id"]][-1].items() if name != "version"}
        assert json.loads(json.dumps({name: now[name] for name in kept})) == kept


@FEWER
@given(HISTORIES, st.sampled_from([*sorted(PLANTED), "a halt", "a receipt", "a paper"]))
def test_what_is_planted_in_the_store_is_found(steps: list[Step], which: str) -> None:
    history = lived(steps)
    alert = history.raised(9)
    history.minute()
    history.seal(3)
    erase_list(history.installation, history.watch_list, "retention")
    assert draw_register(history.installation).differences == ()
    plants: dict[str, Callable[[Work], object]] = {
        **{name: lambda work, plant=plant: plant(work, alert) for name, plant in PLANTED.items()},  # type: ignore[misc]
        "a halt": lambda work: file_paper(
            history.installation, work, "halt", by="x", row=history.row(), content={"text": "?"}
        ),
        "a receipt": lambda work: work.erasures.residue_cleared([one.id for one in work.erasures.uncleared()], 1),
        "a paper": lambda work: file_paper(history.installation, work, REVIEW, by="x", row=history.row()),
    }
    history.installation.store.write(plants[which])
    found = draw_register(history.installation).differences
    assert {one.deployment for one in found} <= {history.deployment}
    assert found


@FEWER
@given(HISTORIES, st.data())
def test_what_is_changed_in_the_register_is_found(steps: list[Step], data: st.DataObject) -> None:
    history = lived(steps)
    register = deepcopy(published(history).register)
    places = [place for place in leaves(register) if place[0] not in ("ledger", "counted", "how")]
    place = data.draw(st.sampled_from(places))
    holder: Any = register
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = "planted" if holder[place[-1]] != "planted" else None
    with suppress(BadExport, ValueError, TypeError, AttributeError, KeyError):  # it may not be a register any more
        assert recounted(register, history.exported()) != []


@FEWER
@given(HISTORIES, st.data())
def test_what_is_changed_in_the_ledger_is_found(steps: list[Step], data: st.DataObject) -> None:
    history = lived(steps)
    history.seal(100)
    history.minute(seen=2000)
    history.wait(3600 * 60)
    register = published(history).register
    lines = history.exported()
    at = next(at for at, line in reversed(list(enumerate(lines))) if b'"figures.minute"' in line)
    entry = Entry.from_bytes(lines[at].partition(b"\t")[0])
    seen = entry.facts["faces_seen"]
    assert isinstance(seen, int)
    changed = replace(entry, facts={**entry.facts, "faces_seen": seen + data.draw(st.integers(1, 99))})
    if register["deployments"][0]["figures"]["alerts"].get("waits"):
        return
    found = recounted(register, [*lines[:at], changed.to_bytes() + b"\tx\n", *lines[at + 1 :]])
    assert any("/figures/faces_seen/" in one.figure for one in found)


def leaves(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, (*at, name))
    else:
        yield at


@FEWER
@given(st.lists(MORE, min_size=5, max_size=25), st.lists(CAME, min_size=2, max_size=6), st.integers(3, 20))
def test_a_solver_that_reads_the_register_and_the_public_ledger_recovers_no_small_count(
    steps: list[Step], came: list[tuple[Result, Followed]], many: int
) -> None:
    history = lived(steps, over=False)
    history.enter("consent", kind="operation")
    meets_many(many, came)(history, [])
    history = _over(history)
    register = published(history).register
    truths = dict(small_cells(history, register))
    assert not [place for place in truths if place not in hidden_places(register)]
    solver = Solver(register)
    for place, most in truths.items():
        low, high = solver.interval(place)
        assert low <= min(1, most - 1) + 1e-6, place
        assert high >= most - 1e-6, place
    tells_no_small_count(history, register)


def _over(history: History) -> History:
    history.wait(3600 * 60)
    for deployment in history.installation.store.read(lambda work: work.deployments.all()):
        history.deployment = deployment.id
        history.overdue()
    return history


Place = tuple[str, str, str]  # deployment, table, code


def tables_of(register: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for document in register["deployments"]:
        for table in ((document["list"] or {}).get("tables") or {}).values():
            yield document["id"], table
        yield document["id"], document["followed"]


def hidden_places(register: dict[str, Any]) -> set[Place]:
    return {
        (deployment, table["name"], code)
        for deployment, table in tables_of(register)
        for code, cell in table["cells"].items()
        if cell.get("hidden")
    }


def small_cells(history: History, register: dict[str, Any]) -> Iterator[tuple[Place, int]]:
    """The true counts from 1 to 4 in published tables, as whoever holds the whole ledger knows them; for each the most
    that it must look as if it could be."""
    book = Book()
    for index, line in enumerate(history.exported()):
        if index == register["counted"]["entries"]:
            break
        book.add(read_entry(index, line.partition(b"\t")[0]))
    counted = {one.tally.deployment: one for one in book.counting.figures()}
    for document in register["deployments"]:
        told = book.deployments[document["id"]]
        tables = [] if told.sealed is None else [(name, list_table(told.sealed, name)) for name in told.sealed.tables]
        then = followed(told, counted[document["id"]], "", register["counted"]["at_us"])
        if then is not None and document["followed"]["cells"]:
            tables.append(("followed", then))
        for name, table in tables:
            for code, count in table.cells.items():
                if 0 < count < AT_LEAST:
                    caps = [cap.most for cap in table.caps if code in cap.cells]
                    yield (document["id"], name, code), min([AT_LEAST - 1, table.total, *caps])


class Solver:
    """Knows every published total, cell and sum, and what they have to do with one another."""

    def __init__(self, register: dict[str, Any]) -> None:
        self.places = sorted(hidden_places(register))
        at = {place: index for index, place in enumerate(self.places)}
        self.equal: list[tuple[list[float], float]] = []
        self.most: list[tuple[list[float], float]] = []
        for deployment, table in tables_of(register):
            self._sums(at, [(deployment, table["name"], code) for code in table["cells"]], table)
        for total in register["totals"]:
            mine = [
                (one["id"], one["followed"])
                for one in register["deployments"]
                if one["kind"] == total["kind"] and one["followed"]["cells"]
            ]
            for code, cell in total["followed"]["cells"].items():
                if not cell.get("hidden"):
                    row, known = [0.0] * len(at), 0
                    for deployment, table in mine:
                        one = table["cells"][code]
                        if one.get("hidden"):
                            row[at[deployment, "followed", code]] = 1.0
                        else:
                            known += one["value"]
                    self.equal.append((row, cell["value"] - known))

    def _sums(self, at: dict[Place, int], places: list[Place], table: dict[str, Any]) -> None:
        hidden = [place for place in places if place in at]
        if hidden:
            told = sum(cell["value"] for cell in table["cells"].values() if not cell.get("hidden"))
            row = [0.0] * len(at)
            for place in hidden:
                row[at[place]] = 1.0
            self.equal.append((row, table["total"]["value"] - told))

    def interval(self, place: Place) -> tuple[float, float]:
        found = []
        for sign in (1.0, -1.0):
            solved = linprog(
                [sign * (other == place) for other in self.places],
                A_eq=[row for row, _ in self.equal],
                b_eq=[value for _, value in self.equal],
            )
            assert solved.fun is not None
            found.append(sign * solved.fun)
        return found[0], found[1]


def tells_no_small_count(history: History, register: dict[str, Any]) -> None:
    """What can be read in the public ledger has no table with a hidden count, and the rest is hashes."""
    lines: list[bytes] = []
    told, withheld = write_public_ledger(history.installation.store, register, lines.append)
    assert (told + withheld, len(lines)) == (register["ledger"]["head"]["size"], told + withheld + 1)
    whole = history.exported()
    for line, entry in zip(lines[:-1], whole, strict=False):
        if line.startswith(b"withheld\t"):
            assert line == b"withheld\t" + leaf_hash(entry.partition(b"\t")[0]).hex().encode() + b"\n"
            continue
        assert line == entry
        read = Entry.from_bytes(line.partition(b"\t")[0])
        assert not read.kind.startswith(("alert.", "session", "account", "figures", "watch.", "entry.", "decoy"))
        for name in TABLES:
            fact = read.facts.get(name, ())
            assert isinstance(fact, tuple)
            assert all(not 0 < count < AT_LEAST for count in fact[1::2] if isinstance(count, int))


def test_hiding_small_counts_alone_would_be_found_out() -> None:
    """The same solver, on a register whose complementary cells are told."""
    history = History()
    meets_many(20, [(Result.RIGHT, Followed.NOTHING)] * 8 + [(Result.RIGHT, Followed.ARREST)])(history, [])
    register = published(_over(history)).register
    (document,) = register["deployments"]
    (arrest,) = (place for place, _ in small_cells(history, register) if place[2] == "arrest")
    low, high = Solver(register).interval(arrest)
    assert low <= 1
    assert high >= 4
    cells = document["followed"]["cells"]
    cells["none"] = {"how": "followed", "value": 18}
    low, high = Solver(register).interval(arrest)
    assert (round(low), round(high)) == (2, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sum_of_deployments_hides_what_one_of_them_hides(kind: str) -> None:
    history = History()
    for _ in range(3):
        history.enter("consent", kind=kind)
        meets_many(20, [(Result.RIGHT, Followed.NOTHING)] * 8 + [(Result.RIGHT, Followed.ARREST)])(history, [])
    history.enter("consent", kind=kind)
    meets_many(30, [(Result.RIGHT, Followed.NOTHING), (Result.RIGHT, Followed.ARREST)])(history, [])
    register = published(_over(history)).register
    (total,) = (one for one in register["totals"] if one["kind"] == kind)
    assert total["followed"]["cells"]["arrest"]["hidden"]
    assert total["followed"]["cells"]["ground-gone"]["value"] == 0
    assert total["figures"]["alerts"]["value"] == 90


def test_what_followed_never_changes_once_it_is_told() -> None:
    """Else two versions of it could be held against each other."""
    history = History()
    meets_many(20, [(Result.RIGHT, Followed.NOTHING)] * 8 + [(Result.RIGHT, Followed.ARREST)])(history, [])
    alert = history.installation.store.read(lambda work: work.alerts.of(history.deployment))[0].id
    registers = [published(_over(history)).register]
    for what in (Followed.ARREST, Followed.SERVICE, Followed.NOTHING):
        history.came(alert, Result.RIGHT if what is not Followed.SERVICE else Result.WRONG_PERSON, followed=what)
        registers.append(published(history).register)
    told = [one["deployments"][0]["followed"] for one in registers]
    assert all(before == now for before, now in pairwise(told))
    assert [one["deployments"][0]["figures"]["put_right"]["value"] for one in registers] == [0, 1, 2, 3]
    assert [one["deployments"][0]["figures"]["right"]["value"] for one in registers] == [20, 20, 19, 20]
    assert recounted(registers[-1], history.exported()) == []


def test_nothing_of_an_alert_is_told_before_it_is_decided_nor_while_it_runs() -> None:
    history = History()
    history.minute(seen=700)
    meets_many(6, [(Result.RIGHT, Followed.ARREST)])(history, [])
    running = published(history).register["deployments"][0]
    history.raised(50)
    history.wait(3600 * 20)
    waiting = published(history).register["deployments"][0]
    for document, why in ((running, "running"), (waiting, "undecided")):
        told = [*document["figures"].values(), *document["envelope"].values(), document["holds"]["placed"]]
        assert {cell["waits"] for cell in told} == {why}
        assert (document["followed"]["cells"], document["pauses"]) == ({}, [])
    history.overdue()
    over = published(history).register["deployments"][0]
    assert over["figures"]["alerts"]["value"] == 7
    assert over["followed"]["total"]["waits"] == "outcomes"
    history.wait(3600 * 20)
    assert published(history).register["deployments"][0]["followed"]["total"]["value"] == 6


def test_looks_are_in_no_document() -> None:
    history = History()
    alert = history.raised()
    before = draw_register(history.installation).register["deployments"]
    history.installation.store.write(
        lambda work: work.alerts.show(LookRow(alert=alert, account=uuid(1), shown_us=history.clock.now_us()))
    )
    assert draw_register(history.installation).register["deployments"] == before
