"""The impostor curve of a model pack: how often two different people score at or above a threshold.

Beside it may stand how much more often that happens than the curve says: to a passage, which is searched several times,
and to the people of the group for whom it happens most often.

Rules:
  - thresholds ascend, from -1 to 1; the counts never grow with the threshold;
  - no count is larger than the number of comparisons;
  - at least two people, and it says where the pictures came from;
  - a multiple lies inside its interval and says what it was counted on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from overt.domain.words import toml_string

_NUMBERS_A_LINE = 10
_MULTIPLES = ("passage", "worst_group")


@dataclass(frozen=True, kw_only=True)
class Multiple:
    """How many times as often as the curve says.

    Attributes:
        of: a passage, or a group as its set names it.
        value, low, high: with the 95 % interval.
        threshold: cosine at which it was counted.
        errors: that it rests on.
        source: what was counted, in words.

    Raises:
        ValueError: a rule of this module is broken.
    """

    of: str
    value: float
    low: float
    high: float
    threshold: float
    errors: int
    source: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.high) and 0 <= self.low <= self.value <= self.high and self.value > 0):
            raise ValueError(f"the multiple of {self.of} must be above 0 and lie inside its interval")
        if not -1.0 <= self.threshold <= 1.0 or self.errors < 1:
            raise ValueError(f"the multiple of {self.of} must say at which cosine and on how many errors it rests")
        if not self.of.strip() or not self.source.strip():
            raise ValueError("a multiple must say of what it is, and what it was counted on")

    def to_toml(self) -> str:
        """An inline table."""
        numbers = f"value = {self.value!r}, low = {self.low!r}, high = {self.high!r}, threshold = {self.threshold!r}"
        return (
            f"{{ of = {toml_string(self.of)}, {numbers}, errors = {self.errors}, source = {toml_string(self.source)} }}"
        )

    @classmethod
    def from_table(cls, table: object) -> Multiple:
        """Raises ValueError: a key is missing, unknown or of another type, or a rule of this module is broken."""
        names = ("of", "value", "low", "high", "threshold", "errors", "source")
        if not isinstance(table, Mapping) or set(table) != set(names):
            raise ValueError(f"a multiple in a calibration has exactly the keys {', '.join(names)}")
        if not isinstance(table["of"], str) or not isinstance(table["source"], str):
            raise ValueError("of and source of a multiple in a calibration must be text")
        numbers = {name: _number(table[name]) for name in ("value", "low", "high", "threshold")}
        return cls(of=table["of"], source=table["source"], errors=_whole(table["errors"]), **numbers)


@dataclass(frozen=True, kw_only=True)
class ImpostorCurve:
    """Counts of impostor comparisons: pairs of pictures of two different people.

    Attributes:
        thresholds: cosines, ascending.
        errors: comparisons at or above each threshold, not increasing; as many as there are thresholds.
        comparisons: all impostor comparisons.
        people: different people.
        pictures: pictures that gave a template.
        source: where the pictures come from, in words.
        passage: false alerts of a passage, over those of one comparison; None where no street was rehearsed.
        worst_group: false matches in the group that has most, over those of everybody; None where none was found.

    Raises:
        ValueError: a rule of this module is broken.
    """

    thresholds: tuple[float, ...]
    errors: tuple[int, ...]
    comparisons: int
    people: int
    pictures: int
    source: str
    passage: Multiple | None = None
    worst_group: Multiple | None = None

    def __post_init__(self) -> None:
        if len(self.thresholds) < 2 or len(self.errors) != len(self.thresholds):
            raise ValueError("an impostor curve needs at least two thresholds and one count for each")
        if not all(math.isfinite(t) and -1.0 <= t <= 1.0 for t in self.thresholds):
            raise ValueError("the thresholds of an impostor curve must be cosines, from -1 to 1")
        if any(later <= earlier for earlier, later in zip(self.thresholds, self.thresholds[1:], strict=False)):
            raise ValueError("the thresholds of an impostor curve must ascend")
        if self.errors[-1] < 0 or self.errors[0] > self.comparisons:
            raise ValueError("the counts of an impostor curve must lie between 0 and the number of comparisons")
        if any(later > earlier for earlier, later in zip(self.errors, self.errors[1:], strict=False)):
            raise ValueError("the counts of an impostor curve must not grow with the threshold")
        if self.comparisons < 1:
            raise ValueError("an impostor curve needs at least one comparison")
        if self.people < 2 or self.pictures < self.people:
            raise ValueError("an impostor curve needs at least two people and a picture of each")
        if not self.source.strip():
            raise ValueError("an impostor curve must say where its pictures come from")

    def errors_at(self, threshold: float) -> int:
        """The count at the last threshold of the curve that is not above this one, so never too few; below the whole
        curve every comparison counts."""
        return next(
            (n for t, n in zip(reversed(self.thresholds), reversed(self.errors), strict=True) if t <= threshold),
            self.comparisons,
        )

    def reached_by(self, share: float) -> float:
        """The lowest threshold of the curve that at most this share of the comparisons reach; 1 where there is none."""
        within = (t for t, n in zip(self.thresholds, self.errors, strict=True) if n <= share * self.comparisons)
        return next(within, 1.0)

    def of_one_comparison(self) -> ImpostorCurve:
        """The same without multiples."""
        return replace(self, passage=None, worst_group=None)

    def to_toml(self) -> str:
        """The table `[calibration]`, as `from_table` reads it again."""
        return "\n".join(
            [
                "[calibration]",
                f"source = {toml_string(self.source)}",
                f"people = {self.people}",
                f"pictures = {self.pictures}",
                f"comparisons = {self.comparisons}",
                f"thresholds = {_rows([repr(float(t)) for t in self.thresholds])}",
                f"errors = {_rows([str(n) for n in self.errors])}",
                *(f"{name} = {multiple.to_toml()}" for name, multiple in self._multiples()),
                "",
            ]
        )

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> ImpostorCurve:
        """The curve in a table `[calibration]`.

        Raises:
            ValueError: a key is missing, unknown or of another type, or a rule of this module is broken.
        """
        keys = {"source", "people", "pictures", "comparisons", "thresholds", "errors"}
        if not keys <= set(table) <= keys | set(_MULTIPLES):
            raise ValueError(
                f"a calibration has the keys {', '.join(sorted(keys))}, and {' and '.join(_MULTIPLES)} at most"
            )
        source = table["source"]
        if not isinstance(source, str):
            raise ValueError("the source of a calibration must be text")
        return cls(
            thresholds=tuple(_number(value) for value in _values(table, "thresholds")),
            errors=tuple(_whole(value) for value in _values(table, "errors")),
            comparisons=_whole(table["comparisons"]),
            people=_whole(table["people"]),
            pictures=_whole(table["pictures"]),
            source=source,
            **{name: Multiple.from_table(table[name]) for name in _MULTIPLES if name in table},
        )

    def _multiples(self) -> list[tuple[str, Multiple]]:
        found = ((name, getattr(self, name)) for name in _MULTIPLES)
        return [(name, multiple) for name, multiple in found if multiple is not None]


def _rows(numbers: list[str]) -> str:
    rows = [numbers[i : i + _NUMBERS_A_LINE] for i in range(0, len(numbers), _NUMBERS_A_LINE)]
    return "[\n" + "".join(f"  {', '.join(row)},\n" for row in rows) + "]"


def _values(table: Mapping[str, object], key: str) -> list[object]:
    values = table[key]
    if not isinstance(values, list):
        raise ValueError(f"{key} of a calibration must be a list of numbers")
    return values


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} in a calibration is not a number")
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} in a calibration is not a whole number")
    return value
