"""What is hidden cannot be worked out: a linear solver is given all that is published, and recovers no small count."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from overt.domain.suppression import AT_LEAST, Cap, Table, added_up, hidden_in
from tests.needs import rounds

CODES = "abcdefg"
COUNTS = st.one_of(st.integers(0, 7), st.integers(0, 7), st.integers(0, 400))
CELLS = st.integers(2, len(CODES)).flatmap(lambda many: st.fixed_dictionaries(dict.fromkeys(CODES[:many], COUNTS)))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Caps lie within one another, as those of what followed do, and leave at least one cell free."""
    cells = draw(CELLS)
    codes = list(cells)
    sizes = sorted(draw(st.sets(st.integers(1, max(1, len(codes) - 1)), max_size=3)))
    caps = []
    for size in sizes:
        inside = frozenset(codes[:size])
        caps.append(Cap(cells=inside, most=sum(cells[code] for code in inside) + draw(st.integers(0, 6))))
    return Table(cells=cells, caps=tuple(caps))


def interval(table: Table, hidden: Collection[str], cell: str) -> tuple[float, float]:
    """What a hidden cell can be, given everything that is published."""
    codes = sorted(hidden)
    told = {code: count for code, count in table.cells.items() if code not in hidden}
    within, most = [], []
    for cap in table.caps:
        within.append([float(code in cap.cells) for code in codes])
        most.append(cap.most - sum(count for code, count in told.items() if code in cap.cells))
    found = []
    for sign in (1.0, -1.0):
        solved = linprog(
            [sign * (code == cell) for code in codes],
            A_ub=within or None,
            b_ub=most or None,
            A_eq=[[1.0] * len(codes)],
            b_eq=[table.total - sum(told.values())],
        )
        assert solved.fun is not None
        found.append(sign * solved.fun)
    return found[0], found[1]


def recovered(table: Table, hidden: Collection[str], at_least: int = AT_LEAST) -> list[str]:
    """The small cells that somebody could narrow down, or work out."""
    found = []
    for code, count in table.cells.items():
        if 0 < count < at_least:
            most = min([at_least - 1, table.total, *(cap.most for cap in table.caps if code in cap.cells)])
            low, high = interval(table, hidden, code) if code in hidden else (count, count)
            if low > min(1, most - 1) + 1e-6 or high < most - 1e-6:
                found.append(code)
    return found


@settings(max_examples=rounds(few=40, many=2000))
@given(tables(), st.integers(3, 10))
def test_a_solver_recovers_no_small_count(table: Table, at_least: int) -> None:
    hidden = hidden_in(table, at_least)
    assert recovered(table, hidden, at_least) == []
    assert all(not 0 < count < at_least for code, count in table.cells.items() if code not in hidden)
    for code in hidden:
        low, high = interval(table, hidden, code)
        capped = any(cap.most == 0 for cap in table.caps if code in cap.cells)
        assert high > low or capped or table.cells[code] >= at_least


@given(tables())
def test_nothing_is_hidden_without_a_reason(table: Table) -> None:
    hidden = hidden_in(table, AT_LEAST)
    if not any(0 < count < AT_LEAST for count in table.cells.values()):
        assert not hidden
    assert hidden == hidden_in(table, AT_LEAST)


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_a_sum_of_tables_tells_nothing_that_they_do_not(several: list[dict[str, int]]) -> None:
    """A solver that knows the sums too is given one equation more for each told cell, all of them in what it knows."""
    each = [Table(cells=cells) for cells in several]
    hides = [hidden_in(table, AT_LEAST) for table in each]
    total, hidden = added_up(each, hides)
    for code, count in total.cells.items():
        parts = [table.cells[code] for table in each if code in table.cells]
        assert count == sum(parts)
        told = all(code not in one for one in hides)
        assert told is (code not in hidden)


def test_hiding_the_small_counts_alone_is_found_out() -> None:
    for cells in ({"a": 3, "b": 40, "c": 9}, {"a": 1, "b": 1, "c": 90}, {"a": 4, "b": 0}):
        table = Table(cells=cells)
        primary = {code for code, count in cells.items() if 0 < count < AT_LEAST}
        assert recovered(table, primary)
        assert not recovered(table, hidden_in(table, AT_LEAST))


@pytest.mark.parametrize(
    ("cells", "hidden"),
    [
        ({"a": 0, "b": 5, "c": 900}, ""),
        ({"a": 3, "b": 40, "c": 9}, "ac"),
        ({"a": 1, "b": 1, "c": 900}, "abc"),
        ({"a": 2, "b": 2, "c": 900}, "ab"),
        ({"a": 4, "b": 4, "c": 900}, "ab"),
        ({"a": 3, "b": 0, "c": 0}, "ab"),
        ({"a": 1, "b": 0, "c": 0}, "ab"),
    ],
)
def test_the_smallest_others_are_hidden_with_them(cells: Mapping[str, int], hidden: str) -> None:
    assert hidden_in(Table(cells=cells), AT_LEAST) == frozenset(hidden)


def test_what_is_publicly_known_to_be_nought_hides_nothing() -> None:
    """Of two wrong people none was arrested, as everybody knows; that cell alone would protect no other."""
    cells = {"arrest": 0, "none": 3, "other": 30}
    known = Table(cells=cells, caps=(Cap(cells=frozenset({"arrest"}), most=0),))
    assert hidden_in(known, AT_LEAST) == {"none", "other"}


def test_caps_within_one_another_are_kept() -> None:
    table = Table(
        cells={"a": 2, "b": 2, "c": 0, "d": 3, "e": 60},
        caps=(
            Cap(cells=frozenset("a"), most=2),
            Cap(cells=frozenset("b"), most=2),
            Cap(cells=frozenset("abc"), most=4),
        ),
    )
    assert recovered(table, hidden_in(table, AT_LEAST)) == []


def test_a_table_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="less than once"):
        Table(cells={"a": -1})
    with pytest.raises(ValueError, match="known to be the most"):
        Table(cells={"a": 3}, caps=(Cap(cells=frozenset("a"), most=2),))
