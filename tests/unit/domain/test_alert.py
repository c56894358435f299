"""An alert says "possible match", and its line has the promised keys."""

from __future__ import annotations

import json
from dataclasses import replace

from overt.domain.alert import Alert

ALERT = Alert(
    id="019a0000-0000-7000-8000-000000000000",
    deployment="High Street",
    camera="north",
    at_us=1_795_338_000_123_456,
    media_time_s=1.23456,
    passage=7,
    entry="anna",
    score=0.612345,
    threshold=0.51298,
    false_alerts_per_1000=0.0123456,
    shots=3,
    cautions=("small face", "dark"),
)


def test_the_line_of_an_alert_holds_the_promised_keys_in_order() -> None:
    assert json.loads(json.dumps(ALERT.line())) == {
        "alert": "019a0000-0000-7000-8000-000000000000",
        "deployment": "High Street",
        "camera": "north",
        "at": "2026-11-22T09:00:00.123Z",
        "media_time_s": 1.235,
        "passage": 7,
        "entry": "anna",
        "score": 0.6123,
        "threshold": 0.513,
        "false_alerts_per_1000": 0.0123,
        "shots": 3,
        "cautions": ["small face", "dark"],
        "says": "possible match",
    }


def test_a_live_alert_has_no_place_in_a_file() -> None:
    assert replace(ALERT, media_time_s=None).line()["media_time_s"] is None


def test_a_very_small_expectation_is_not_rounded_to_nothing() -> None:
    assert replace(ALERT, false_alerts_per_1000=0.0000012345).line()["false_alerts_per_1000"] == 0.00000123
