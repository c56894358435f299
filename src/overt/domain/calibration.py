"""The impostor curve of a model pack: how often two different people score at or above a threshold.

Rules:
  - thresholds ascend, from -1 to 1; the counts never grow with the threshold;
  - no count is larger than the number of comparisons;
  - at least two people, and it says where the pictures came from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

_NUMBERS_A_LINE = 10


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

    Raises:
        ValueError: a rule of this module is broken.
    """

    thresholds: tuple[float, ...]
    errors: tuple[int, ...]
    comparisons: int
    people: int
    pictures: int
    source: str

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

    def to_toml(self) -> str:
        """The table `[calibration]`, as `from_table` reads it again."""
        return "\n".join(
            [
                "[calibration]",
                f"source = {_quoted(self.source)}",
                f"people = {self.people}",
                f"pictures = {self.pictures}",
                f"comparisons = {self.comparisons}",
                f"thresholds = {_rows([repr(float(t)) for t in self.thresholds])}",
                f"errors = {_rows([str(n) for n in self.errors])}",
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
        if set(table) != keys:
            raise ValueError(f"a calibration has exactly the keys {', '.join(sorted(keys))}")
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
        )


def _quoted(text: str) -> str:
    """A basic string of TOML 1.0."""
    escapes = {"\\": "\\\\", '"': '\\"'}
    return '"' + "".join(escapes.get(c, c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}") for c in text) + '"'


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
