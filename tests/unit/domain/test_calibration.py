"""The impostor curve as a value and as a TOML table."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest

from overt.domain.calibration import ImpostorCurve, Multiple

CURVE = ImpostorCurve(
    thresholds=(0.0, 0.25, 0.5), errors=(900, 40, 3), comparisons=1000, people=20, pictures=46, source="press pictures"
)


PASSAGE = Multiple(
    of="a passage", value=1.5, low=1.25, high=2.0, threshold=0.25, errors=161, source="rehearsed streets"
)
GROUP = Multiple(of='"Women"', value=3.0, low=2.0, high=4.5, threshold=0.25, errors=30, source="a labelled set")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"value": 0.0, "low": 0.0}, "above 0"),
        ({"value": 2.5}, "inside its interval"),
        ({"low": 1.6}, "inside its interval"),
        ({"high": float("inf")}, "inside its interval"),
        ({"value": float("nan")}, "inside its interval"),
        ({"threshold": 1.5}, "at which cosine"),
        ({"errors": 0}, "how many errors"),
        ({"of": " "}, "say of what"),
        ({"source": ""}, "counted on"),
    ],
)
def test_a_multiple_that_breaks_a_rule_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(PASSAGE, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given", [{"passage": PASSAGE}, {"worst_group": GROUP}, {"passage": PASSAGE, "worst_group": GROUP}]
)
def test_multiples_survive_toml(given: dict[str, Multiple]) -> None:
    curve = replace(CURVE, **given)  # type: ignore[arg-type]
    assert ImpostorCurve.from_table(tomllib.loads(curve.to_toml())["calibration"]) == curve
    assert curve.of_one_comparison() == CURVE


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"errors": 1.5}, "not a whole number"),
        ({"value": "1.5"}, "not a number"),
        ({"of": 3}, "must be text"),
        ({"sauce": "x"}, "exactly the keys"),
    ],
)
def test_a_multiple_of_other_keys_or_types_is_refused(change: dict[str, object], sentence: str) -> None:
    table = tomllib.loads(f"passage = {PASSAGE.to_toml()}")["passage"]
    with pytest.raises(ValueError, match=sentence):
        Multiple.from_table({**table, **change})
    with pytest.raises(ValueError, match="exactly the keys"):
        Multiple.from_table(3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"thresholds": (0.0, 0.25)}, "one count for each"),
        ({"thresholds": (0.0,), "errors": (3,)}, "at least two thresholds"),
        ({"thresholds": (0.0, 0.5, 0.5)}, "ascend"),
        ({"thresholds": (0.0, 0.5, 1.01)}, "from -1 to 1"),
        ({"thresholds": (0.0, 0.5, float("nan"))}, "from -1 to 1"),
        ({"errors": (900, 40, 41)}, "not grow"),
        ({"errors": (900, 40, -1)}, "between 0"),
        ({"errors": (1001, 40, 3)}, "between 0"),
        ({"errors": (0, 0, 0), "comparisons": 0}, "at least one comparison"),
        ({"people": 1}, "two people"),
        ({"pictures": 19}, "a picture of each"),
        ({"source": "  "}, "where its pictures come from"),
    ],
)
def test_a_curve_that_breaks_a_rule_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(CURVE, **change)  # type: ignore[arg-type]


def test_between_two_thresholds_the_count_of_the_lower_one_holds() -> None:
    assert [CURVE.errors_at(t) for t in (-0.1, 0.0, 0.2, 0.25, 0.49, 0.5, 0.9)] == [1000, 900, 900, 40, 40, 3, 3]


def test_the_threshold_that_a_share_of_comparisons_reaches_is_never_too_low() -> None:
    assert [CURVE.reached_by(share) for share in (1.0, 0.5, 0.04, 0.003, 0.001)] == [0.0, 0.25, 0.25, 0.5, 1.0]


def test_a_curve_survives_toml() -> None:
    curve = replace(CURVE, source='a "press" set, \\ half of it,\nÜberlingen \x7f')
    assert ImpostorCurve.from_table(tomllib.loads(curve.to_toml())["calibration"]) == curve


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"people": 20.0}, "not a whole number"),
        ({"people": True}, "not a whole number"),
        ({"errors": [900, 40, "3"]}, "not a whole number"),
        ({"errors": 3}, "must be a list"),
        ({"thresholds": [0.0, 0.25, "0.5"]}, "not a number"),
        ({"source": 3}, "must be text"),
        ({"sauce": "x"}, "at most"),
    ],
)
def test_a_table_of_other_keys_or_types_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ImpostorCurve.from_table(tomllib.loads(CURVE.to_toml())["calibration"] | change)


def test_a_missing_key_is_refused() -> None:
    table = tomllib.loads(CURVE.to_toml())["calibration"]
    del table["comparisons"]
    with pytest.raises(ValueError, match="at most"):
        ImpostorCurve.from_table(table)
