"""A whole measurement of verification, as figures, sentences and a page with the same numbers."""

from __future__ import annotations

import json

import pytest

from overt.domain.errors import Refused
from overt.evaluation.report import to_html
from overt.evaluation.verify import verify_pairs, verify_people
from tests.unit.evaluation.drawn import RESTS_ON, people


def test_people_are_compared_and_told() -> None:
    found = verify_people(people([4] * 160, noise=1.0), seed=1, provenance=RESTS_ON)
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert (record["people"], record["mated"], record["impostors"]) == (80, 80 * 6, 80 * 79 * 8)
    assert [one["fmr_wanted"] for one in record["at"]] == [0.01, 0.001]
    text, page = "\n".join(found.sentences()), to_html(found.report()).replace("\u00a0", " ")
    for one in found.at:
        assert one.fnmr.sentence("mated comparisons missed (FNMR)") in text
        assert one.fmr.sentence("matched") in page
    assert page.count("<svg") == 1


def test_too_few_people_are_refused() -> None:
    with pytest.raises(Refused, match="too few to choose a threshold"):
        verify_people(people([2] * 8), seed=1, provenance=RESTS_ON)


def test_pairs_are_judged_and_told() -> None:
    mated = [f"p{n:04} 1 2" for n in range(10)]
    other = [f"p{n:04} 1 p{n + 1:04} 2" for n in range(10)]
    text = "2 5\n" + "\n".join([*mated[:5], *other[:5], *mated[5:], *other[5:]])
    found = verify_pairs(people([2] * 12, noise=0.2, faceless=(0,)), text, provenance=RESTS_ON)
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert record["pairs"]["den"] == 20
    assert record["failed_to_acquire"] == 2
    sentences = "\n".join(found.sentences())
    assert "of 20 pairs judged rightly" in sentences
    assert "Mean over 2 folds" in sentences
    assert "pairs judged rightly" in to_html(found.report())
