"""An alert says "possible match", and its line has the promised keys."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from overt.domain.alert import Alert, MatchPicture, PossibleMatch

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


def picture(width: int, height: int, size: int) -> MatchPicture:
    return MatchPicture(width=width, height=height, bgr=bytearray(b"\x07" * size), captured_us=1, quality=0.5)


def a_match(*pictures: MatchPicture) -> PossibleMatch:
    return PossibleMatch(
        camera=0,
        passage=1,
        entry=0,
        score=0.6,
        shots=2,
        cautions=(),
        captured_us=2,
        first_usable_us=1,
        media_time_s=None,
        pictures=pictures,
    )


def test_a_match_that_is_wiped_keeps_the_sizes_of_its_pictures_and_no_pixel() -> None:
    match = a_match(picture(2, 3, 18), picture(256, 1, 768))
    match.wipe()
    assert [one.bgr for one in match.pictures] == [bytearray(18), bytearray(768)]


@pytest.mark.parametrize(
    ("width", "height", "size"), [(0, 1, 0), (257, 1, 771), (1, 257, 771), (-2, -1, 6), (2, 2, 11)]
)
def test_a_picture_is_as_large_as_it_says_and_at_most_256_wide_and_high(width: int, height: int, size: int) -> None:
    with pytest.raises(ValueError, match="picture of"):
        picture(width, height, size)


def test_a_match_has_at_most_three_pictures() -> None:
    with pytest.raises(ValueError, match="at most 3"):
        a_match(*[picture(1, 1, 3)] * 4)


def test_no_pixel_is_printed_with_a_match() -> None:
    assert "x07" not in repr(a_match(picture(1, 1, 3)))
