"""Small numbers: which cells of a published table are hidden, so that nobody is told of by being one of few.

Rules:
  - a table counts people by one attribute, and its total is published;
  - a count from 1 to one below the policy's `publish_at_least` is hidden; a nought says nothing about anybody;
  - others are hidden with them (the smallest that are not nought first, then noughts), until nobody can work out a
    small one: from the total and the cells that are told, and from what is publicly known to be the most for some of
    them together, each small cell could still be any number from 1 to one below `publish_at_least`, as far as there are
    so many people;
  - where several tables are added up, a cell of the sum is told only where it is told in every one of them: so the sum
    tells nothing that they do not.

The cells that a table hides depend on its own counts alone. Tables do not change once they are published, so no two
versions of one can be held against each other (decision 0025).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

#: Where a deployment's policy says nothing, as before there was such a rule.
AT_LEAST: Final = 5


@dataclass(frozen=True, kw_only=True)
class Cap:
    """What is publicly known to be the most of some cells together. Of two caps one lies within the other."""

    cells: frozenset[str]
    most: int


@dataclass(frozen=True, kw_only=True)
class Table:
    """People counted by one attribute.

    Attributes:
        cells: how many, by code, in the order in which they are read.
        caps: the smaller ones first.

    Raises:
        ValueError: a count is below nought, or the counts break a cap.
    """

    cells: Mapping[str, int]
    caps: Sequence[Cap] = ()

    def __post_init__(self) -> None:
        if any(count < 0 for count in self.cells.values()):
            raise ValueError("a table counts nobody less than once")
        if any(sum(self.cells[code] for code in cap.cells) > cap.most for cap in self.caps):
            raise ValueError("the counts of a table are more than what is known to be the most")

    @property
    def total(self) -> int:
        return sum(self.cells.values())


def hidden_in(table: Table, at_least: int) -> frozenset[str]:
    """The cells that are hidden, by their codes; `at_least`: the smallest count of people that is told."""
    hidden = {code for code, count in table.cells.items() if 0 < count < at_least}
    small = frozenset(hidden)
    others = sorted(table.cells.keys() - hidden, key=lambda code: (not table.cells[code], table.cells[code], code))
    for code in others if small else ():
        if all(_is_safe(table, hidden, one, at_least) for one in small):
            break
        hidden.add(code)
    return frozenset(hidden)


def added_up(tables: Iterable[Table], hidden: Iterable[Collection[str]]) -> tuple[Table, frozenset[str]]:
    """The sum of tables, and its hidden cells. `hidden`: those of each."""
    cells: dict[str, int] = {}
    for table in tables:
        for code, count in table.cells.items():
            cells[code] = cells.get(code, 0) + count
    return Table(cells=cells), frozenset(code for one in hidden for code in one)


def _is_safe(table: Table, hidden: Collection[str], cell: str, at_least: int) -> bool:
    """Whether a hidden cell could be 1, and one below `at_least`; so it could be everything between. Where it can be no
    more than 1, it could be nought, too."""
    most = min([table.total, at_least - 1, *(cap.most for cap in table.caps if cell in cap.cells)])
    return all(_can_be(table, hidden, cell, count) for count in {min(1, most - 1), most})


def _can_be(table: Table, hidden: Collection[str], cell: str, count: int) -> bool:
    """Whether the hidden cells can be filled so that one of them has this count and the total is right."""
    known = {code: one for code, one in table.cells.items() if code not in hidden} | {cell: count}
    left = table.total - sum(known.values())
    return left >= 0 and all(_taken(known, cap) <= cap.most for cap in table.caps) and left <= _room(table, known, left)


def _room(table: Table, known: Mapping[str, int], wanted: int) -> int:
    """How many people the cells that are not known can take at most, up to `wanted`, with the caps from within."""
    free = set(table.cells) - known.keys()
    capped: dict[frozenset[str], int] = {}
    for cap in table.caps:
        within = [cells for cells in capped if cells <= cap.cells]
        single = free & cap.cells - frozenset().union(*within)
        room = wanted if single else 0
        room += sum(capped.pop(cells) for cells in within)
        capped[cap.cells] = min(room, cap.most - _taken(known, cap))
    outside = free - frozenset().union(*capped)
    return (wanted if outside else 0) + sum(capped.values())


def _taken(known: Mapping[str, int], cap: Cap) -> int:
    return sum(known.get(code, 0) for code in cap.cells)
