"""Codes of an alert in words."""

from __future__ import annotations

from overt.domain.alert_words import CAUTIONS, cautions_of


def test_a_caution_of_a_later_version_stays_as_it_is() -> None:
    known = next(iter(CAUTIONS))
    assert cautions_of([known, "in fog"]) == [CAUTIONS[known], "In fog."]
