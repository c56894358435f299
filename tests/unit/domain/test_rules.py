"""The recognition rules cannot be set so that a promise breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overt.domain.rules import RecognitionRules


def test_the_defaults_keep_every_promise() -> None:
    rules = RecognitionRules()
    assert rules.patience_s <= 0.8
    assert rules.passage_limit_s <= 60
    assert rules.passage_detections >= 3


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("patience_s", 0.81, "forgotten within one second"),
        ("patience_s", 0.0, "forgotten within one second"),
        ("passage_limit_s", 60.1, "at most 60"),
        ("passage_limit_s", 0.0, "at most 60"),
        ("continue_score", 0.7, "at most start_score"),
        ("continue_score", 0.0, "above 0"),
        ("start_score", 1.1, "at most 1"),
        ("agreeing_shots", 0, "from 1 to shots_kept"),
        ("agreeing_shots", 4, "from 1 to shots_kept"),
        ("passage_detections", 2, "at least 3 detections"),
    ],
)
def test_a_rule_that_would_break_a_promise_is_refused(name: str, value: float, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(RecognitionRules(), **{name: value})  # type: ignore[arg-type] # the name varies on purpose
