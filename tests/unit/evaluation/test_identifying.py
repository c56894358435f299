"""A whole measurement: the record that was promised, sentences with intervals, a page with the same numbers."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from overt.domain.errors import Refused
from overt.evaluation.identify import Identified, det_points, identify
from overt.evaluation.report import to_html
from tests.unit.evaluation.drawn import RESTS_ON, people

COUNTS = [6] * 240 + [1] * 200


@pytest.fixture(scope="module")
def found() -> Identified:
    samples = people(COUNTS, noise=0.9, length=24, faceless=(1, 2))
    other = people(COUNTS, noise=1.4, length=24)
    kin = frozenset({frozenset({"p0000", "p0001"}), frozenset({"p0000", "elsewhere"})})
    return identify(samples, list_size=60, seed=1, provenance=RESTS_ON, kin=kin, uncorrected=other)


def test_the_record_is_the_one_that_others_rely_on(found: Identified) -> None:
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert record["model"] == "drawn"
    assert record["list"] == 60
    assert record["failed_to_acquire"] in (0, 1, 2)
    assert {"value", "num", "den", "low", "high"} == set(record["rank1"])
    assert [one["fpir_wanted"] for one in record["at"]] == [0.01, 0.001]
    for one in record["at"]:
        assert one["tpir"]["den"] == record["mated"]
        assert one["fpir"]["den"] == record["impostors"]
    assert record["at"][0]["threshold"] < record["at"][1]["threshold"]
    assert [one["shots"] for one in record["fused"]] == [2, 3]
    assert [one["list"] for one in record["sizes"]] == [100, 154]
    assert record["without_errata"]["at"][0]["tpir"]["value"] < record["at"][0]["tpir"]["value"]
    assert record["kin_pairs"] == 1
    assert record["left_out"] == ["A list of 1,000 is left out: " + _why(1000)]
    assert record["provenance"]["digest"] == RESTS_ON.digest


def _why(size: int) -> str:
    return f"A list of {size:,} cannot be drawn from the 220 people who measure, with somebody left as a stranger."


def test_the_sentences_have_every_figure_with_its_interval(found: Identified) -> None:
    text = "\n".join(found.sentences())
    for at in found.main.at:
        assert at.tpir.sentence("mated searches find the person (TPIR)") in text
        assert at.fpir.sentence("searches of strangers give a false alert (FPIR)") in text
    assert "3 pictures fused" in text
    assert "accuracy" not in text
    assert "left out" in text


def test_the_report_has_the_same_numbers(found: Identified) -> None:
    page = to_html(found.report())
    for at in found.main.at:
        assert f"{at.threshold.value:.4f}" in page
    assert page.count("<svg") == 2
    assert "Without the errata" in page
    assert RESTS_ON.digest in page


def test_misses_grow_as_false_alerts_fall(found: Identified) -> None:
    points = det_points(found.main.searches)
    assert all(one[0] >= after[0] and one[1] <= after[1] for one, after in pairwise(points))


def test_the_seed_repeats_and_the_labels_of_the_set_are_optional() -> None:
    samples = people([5] * 160, noise=0.9, length=24)
    once, again, other = (
        identify(samples, list_size=30, seed=seed, provenance=RESTS_ON).record() for seed in (1, 1, 2)
    )
    assert once == again != other
    assert "without_errata" not in once
    told: list[str] = []
    plain = identify(samples, list_size=30, seed=1, provenance=RESTS_ON, tell=told.append)
    assert any("list of 30" in one for one in told)
    assert "Without the errata" not in to_html(plain.report())


def test_a_list_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(Refused, match="cannot be drawn"):
        identify(people([5] * 160, noise=0.9, length=128), list_size=80, seed=1, provenance=RESTS_ON)
