"""The operating envelope as a value and as a TOML table, and where a value stands to it."""

from __future__ import annotations

import datetime
import math
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.envelope import QUANTITIES, Envelope, Limit, Standing

LIGHT = Limit(quantity="zone_light", amber=40.5, red=18.0, condition="darkness", people=300)
WIDTH = Limit(quantity="face_width", amber=33.0, red=None, condition="width", people=290)
YAW = Limit(quantity="face_yaw", amber=0.4, red=0.7, condition="yaw", people=120)
ENVELOPE = Envelope(limits=(LIGHT, WIDTH, YAW), source="press pictures", date=datetime.date(2026, 11, 28))


@pytest.mark.parametrize(
    ("limit", "before", "value", "standing"),
    [
        (LIGHT, Standing.RED, 18.0, Standing.RED),
        (LIGHT, Standing.RED, 29.2, Standing.RED),  # half-way is 29.25
        (LIGHT, Standing.RED, 29.3, Standing.AMBER),
        (LIGHT, Standing.RED, 42.6, Standing.GREEN),
        (LIGHT, Standing.AMBER, 40.5, Standing.AMBER),
        (LIGHT, Standing.AMBER, 42.5, Standing.AMBER),
        (LIGHT, Standing.AMBER, 42.6, Standing.GREEN),
        (LIGHT, Standing.AMBER, 17.9, Standing.RED),
        (LIGHT, Standing.GREEN, 29.2, Standing.AMBER),
        (YAW, Standing.RED, 0.56, Standing.RED),
        (YAW, Standing.RED, 0.54, Standing.AMBER),
        (YAW, Standing.AMBER, 0.39, Standing.AMBER),
        (YAW, Standing.AMBER, 0.37, Standing.GREEN),
        (WIDTH, Standing.AMBER, 34.0, Standing.AMBER),
        (WIDTH, Standing.RED, None, Standing.UNKNOWN),
    ],
)
def test_what_stood_badly_has_to_be_clearly_better(
    limit: Limit, before: Standing, value: float | None, standing: Standing
) -> None:
    assert limit.standing(value, before) is standing


@pytest.mark.parametrize(
    ("limit", "standing", "value", "sentence"),
    [
        (LIGHT, Standing.AMBER, 25.3, "the zone is dark (grey level 25, grey level 40 is the least)."),
        (LIGHT, Standing.RED, 12.0, "the zone is dark (grey level 12, grey level 18 is the least)."),
        (YAW, Standing.RED, None, "the faces are turned away (a turn of 0.70 is the most)."),
        (WIDTH, Standing.RED, 20.0, "the faces are small (20 px, 33 px is the least)."),
    ],
)
def test_why_a_camera_stands_badly_is_said(
    limit: Limit, standing: Standing, value: float | None, sentence: str
) -> None:
    assert limit.says(standing, value) == sentence


def test_red_is_worse_than_amber_and_anything_known_than_nothing() -> None:
    assert sorted(Standing, key=lambda one: one.rank) == [
        *(Standing.UNKNOWN, Standing.GREEN),
        *(Standing.AMBER, Standing.RED),
    ]


def test_an_envelope_travels_as_text() -> None:
    assert Envelope.from_toml(ENVELOPE.to_toml()) == ENVELOPE


def test_every_quantity_has_its_words() -> None:
    for quantity in QUANTITIES:
        limit = Limit(quantity=quantity, amber=1.0, red=None, condition="a test", people=1)
        assert limit.says(Standing.AMBER, 2.0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"quantity": "beauty"}, "no quantity"),
        ({"red": 41.0}, "beyond the amber"),
        ({"red": 40.5}, "beyond the amber"),
        ({"amber": float("nan")}, "numbers from 0"),
        ({"red": -1.0}, "numbers from 0"),
        ({"condition": " "}, "what they were measured by"),
        ({"people": 0}, "how many people"),
    ],
)
def test_a_limit_that_breaks_a_rule_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(LIGHT, **change)  # type: ignore[arg-type]


def test_on_a_high_bad_side_red_lies_above_amber() -> None:
    with pytest.raises(ValueError, match="beyond the amber"):
        replace(YAW, red=0.3)


@pytest.mark.parametrize(
    ("limit", "value", "standing"),
    [
        (LIGHT, 90.0, Standing.GREEN),
        (LIGHT, 40.5, Standing.GREEN),
        (LIGHT, 40.4, Standing.AMBER),
        (LIGHT, 18.0, Standing.AMBER),
        (LIGHT, 17.9, Standing.RED),
        (YAW, 0.4, Standing.GREEN),
        (YAW, 0.41, Standing.AMBER),
        (YAW, 0.71, Standing.RED),
        (WIDTH, 0.0, Standing.AMBER),
        (WIDTH, None, Standing.UNKNOWN),
        (WIDTH, math.nan, Standing.UNKNOWN),
    ],
)
def test_a_value_stands_where_the_limits_say(limit: Limit, value: float | None, standing: Standing) -> None:
    assert limit.standing(value) is standing


@given(st.sampled_from([LIGHT, WIDTH, YAW]), st.floats(0, 300, allow_nan=False), st.floats(0, 300, allow_nan=False))
def test_a_worse_value_never_stands_better(limit: Limit, one: float, other: float) -> None:
    order = [Standing.GREEN, Standing.AMBER, Standing.RED]
    better, worse = sorted((one, other), reverse=limit.worse == "low")
    assert order.index(limit.standing(better)) <= order.index(limit.standing(worse))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"limits": ()}, "at least one limit"),
        ({"limits": (LIGHT, LIGHT)}, "each quantity once"),
        ({"limits": (WIDTH, LIGHT)}, "in the order"),
        ({"source": ""}, "what it was measured on"),
    ],
)
def test_an_envelope_that_breaks_a_rule_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(ENVELOPE, **change)  # type: ignore[arg-type]


def test_an_envelope_knows_its_limits() -> None:
    assert ENVELOPE.limit("face_width") == WIDTH
    assert ENVELOPE.limit("lag_s") is None
    assert set(QUANTITIES.values()) == {"low", "high"}


def test_an_envelope_survives_toml() -> None:
    envelope = replace(ENVELOPE, source='a "press" set, \\ half of it,\nÜberlingen \x7f')
    assert Envelope.from_table(tomllib.loads(envelope.to_toml())["envelope"]) == envelope


def table() -> dict[str, object]:
    found: dict[str, object] = tomllib.loads(ENVELOPE.to_toml())["envelope"]
    return found


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"beauty": 1}, "the keys source and date"),
        ({"source": 3}, "must be text"),
        ({"date": "2026-11-28"}, "must be a day"),
        ({"date": datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC)}, "must be a day"),
        ({"zone_light": 40}, "the keys worse"),
        ({"zone_light": {"worse": "low", "amber": 1.0}}, "the keys worse"),
        ({"zone_light": {"worse": "high", "amber": 1.0, "condition": "x", "people": 3}}, "bad side"),
        ({"zone_light": {"worse": "low", "amber": "1", "condition": "x", "people": 3}}, "not a number"),
        ({"zone_light": {"worse": "low", "amber": True, "condition": "x", "people": 3}}, "not a number"),
        ({"zone_light": {"worse": "low", "amber": 1, "condition": 3, "people": 3}}, "text as condition"),
        ({"zone_light": {"worse": "low", "amber": 1, "condition": "x", "people": True}}, "whole number"),
        ({"zone_light": {"worse": "low", "amber": 1, "condition": "x", "people": 3.5}}, "whole number"),
    ],
)
def test_a_table_of_other_keys_or_types_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Envelope.from_table(table() | change)


@pytest.mark.parametrize("key", ["source", "date"])
def test_a_missing_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="the keys source and date"):
        Envelope.from_table({name: value for name, value in table().items() if name != key})
