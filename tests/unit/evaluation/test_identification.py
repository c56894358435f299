"""Who is found and who is taken for somebody else, against a plain loop and against tables worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from overt.domain.errors import Refused
from overt.evaluation.identification import Measured, choose, choosing_curve, measure
from overt.evaluation.protocol import cast, halves
from overt.evaluation.samples import Samples
from overt.recognition.threshold import Threshold
from tests.unit.evaluation.drawn import people, unit

NO_KIN: frozenset[frozenset[str]] = frozenset()


def at(value: float) -> Threshold:
    return Threshold(
        value=value,
        far_expected=0.001,
        far_low=0.0,
        far_high=0.01,
        errors=0,
        extrapolated=True,
        list_size=10,
        wanted_far=0.001,
    )


def measured(
    samples: Samples, size: int, value: float, *, shots: int = 1, kin: frozenset[frozenset[str]] = NO_KIN
) -> Measured:
    _, half = halves(samples, seed=3, kin=kin)
    return measure(half, size, [(0.001, at(value))], shots=shots, kin=kin, seed=3)


@pytest.mark.parametrize("value", [0.3, 0.6, 0.8])
def test_it_counts_what_a_plain_loop_counts(value: float) -> None:
    samples = people([3] * 40 + [1] * 40, noise=1.2, faceless=(0, 5, 121))
    _, half = halves(samples, seed=3)
    found, who = measured(samples, 20, value), cast(half, 20)
    right = first = false = mated = impostors = 0
    for person, rows in half.pictures.items():
        for row in rows.tolist():
            if who.listed.get(person) == row:
                continue
            scores = {
                other: float(samples.templates[row] @ samples.templates[entry]) for other, entry in who.listed.items()
            }
            best = max(scores, key=lambda other: scores[other])
            face = samples.acquired[row]
            if person in who.listed:
                mated += 1
                first += bool(face and best == person)
                right += bool(face and best == person and scores[best] >= value)
            else:
                impostors += 1
                false += bool(face and scores[best] >= value)
    (figures,) = found.at
    assert (found.mated, found.impostors) == (mated, impostors)
    assert (figures.tpir.num, figures.tpir.den) == (right, mated)
    assert (figures.fpir.num, figures.fpir.den) == (false, impostors)
    assert (found.rank1.num, found.rank1.den) == (first, mated)
    exact = binomtest(right, mated).proportion_ci(method="exact")
    assert figures.tpir.low <= exact.low + 1e-9
    assert figures.tpir.high >= exact.high - 1e-9


def test_a_picture_without_a_face_is_a_miss_and_no_false_alert() -> None:
    whole = people([2] * 40, noise=0.01)
    _, half = halves(whole, seed=3)
    who = cast(half, 10)
    lost = [int(rows[0]) for rows in (next(iter(who.mated.values())), next(iter(who.strangers.values())))]
    broken = replace(whole, failures=tuple("no face" if row in lost else "" for row in range(80)))
    broken.templates[lost] = 0
    found = measured(broken, 10, 0.5)
    assert found.failed_to_acquire == 2
    assert (found.at[0].tpir.num, found.at[0].tpir.den) == (9, 10)
    assert found.at[0].fpir.den == 20
    assert (found.rank1.num, found.rank1.den) == (9, 10)
    assert found.searches.fnir(-1.0) == pytest.approx(0.1)
    assert found.searches.fpir(-1.0) == pytest.approx(0.95)


def test_a_wrong_entry_is_a_miss() -> None:
    samples = people([2] * 40, noise=0.01)
    _, half = halves(samples, seed=3)
    who = cast(half, 10)
    (one, other, *_), probes = list(who.listed), who.mated
    samples.templates[probes[one]] = samples.templates[who.listed[other]]
    found = measured(samples, 10, 0.5)
    assert (found.at[0].tpir.num, found.rank1.num) == (9, 9)


def test_misses_and_false_alerts_never_go_the_wrong_way_with_the_threshold() -> None:
    searches = measured(people([3] * 60, noise=1.0), 15, 0.5).searches
    thresholds = np.linspace(-1, 1, 60)
    fnir, fpir = ([of(float(t)) for t in thresholds] for of in (searches.fnir, searches.fpir))
    assert (np.diff(fnir) >= 0).all()
    assert (np.diff(fpir) <= 0).all()


def test_fused_pictures_are_searched_as_one_and_miss_less() -> None:
    samples = people([7] * 60, noise=1.3, length=32)
    single, fused = measured(samples, 15, 0.6), measured(samples, 15, 0.6, shots=3)
    assert (fused.shots, fused.mated) == (3, 15 * 2)
    assert fused.at[0].tpir.num / fused.at[0].tpir.den > single.at[0].tpir.num / single.at[0].tpir.den
    _, half = halves(samples, seed=3)
    person, rows = next(iter(cast(half, 15).mated.items()))
    template = unit(samples.templates[rows[:3]].sum(axis=0, keepdims=True))[0]
    entry = samples.templates[cast(half, 15).listed[person]]
    assert float(fused.searches.mated[0]) == pytest.approx(float(template @ entry), abs=1e-5)


def test_relatives_are_counted_with_and_without() -> None:
    samples = people([2] * 40, noise=0.01)
    kin = frozenset({frozenset({"p0000", "p0001"})})
    seed = next(
        seed for seed in range(200) if len({0, 1} & set(cast(halves(samples, seed=seed, kin=kin)[1], 10).listed)) == 1
    )
    _, half = halves(samples, seed=seed, kin=kin)
    samples.templates[half.pictures[0]] = samples.templates[half.pictures[1][0]]
    samples.templates[half.pictures[1]] = samples.templates[half.pictures[1][0]]
    found = measure(half, 10, [(0.001, at(0.9))], kin=kin, seed=1)
    (figures,) = found.at
    assert figures.fpir.num == 2
    assert figures.fpir_without_kin is not None
    assert figures.fpir_without_kin.num == 0
    assert "fpir_without_kin" in figures.record()
    assert "fpir_without_kin" not in measured(samples, 10, 0.9).at[0].record()


def test_relatives_choose_no_threshold() -> None:
    samples = people([4] * 80, noise=0.05)
    kin = frozenset({frozenset({"p0000", "p0001"})})
    half = next(half for half in halves(samples, seed=1, kin=kin) if 0 in half.pictures)
    samples.templates[half.pictures[0]] = samples.templates[half.pictures[1]]
    for shots in (1, 2):
        plain, apart = (choosing_curve(half, shots, "drawn", some) for some in (NO_KIN, kin))
        assert plain.errors_at(0.97) > 0
        assert apart.errors_at(0.97) == 0
        assert plain.comparisons - apart.comparisons == {1: 16, 2: 32}[shots]


def test_the_other_half_chooses_by_the_rule_of_the_product() -> None:
    choosing, measuring = halves(people([4] * 400, noise=0.8, length=24), seed=1)
    chosen = choose(choosing_curve(choosing, 1, "drawn"), 50, 0.02)
    found = measure(measuring, 50, [(0.02, chosen)], kin=NO_KIN, seed=1)
    assert found.at[0].fpir.low <= 0.02 <= found.at[0].fpir.high + 0.01
    assert choose(choosing_curve(choosing, 1, "drawn"), 100, 0.02).value > chosen.value
    record = found.record()
    assert (record["list"], record["impostors"]) == (50, found.impostors)


def test_too_few_people_choose_nothing() -> None:
    half, _ = halves(people([3] * 8), seed=1)
    with pytest.raises(Refused, match="too few to choose"):
        choose(choosing_curve(half, 1, "drawn"), 2, 0.001)
    with pytest.raises(Refused, match="Fewer than two people who choose the threshold have 5 pictures"):
        choosing_curve(half, 5, "drawn")


def test_a_set_of_pictures_without_any_face_is_a_failure_and_chooses_nothing() -> None:
    samples = people([4] * 20, noise=0.01, faceless=range(0, 80, 4))
    half, _ = halves(samples, seed=1)
    blank = people([4] * 20, faceless=range(80))
    none, other = halves(blank, seed=1)
    assert choosing_curve(half, 2, "drawn").comparisons > 0
    with pytest.raises((Refused, ValueError)):
        choosing_curve(none, 2, "drawn")
    with pytest.raises(Refused):
        measure(other, 3, [(0.001, at(0.5))], kin=NO_KIN, seed=1)


def test_people_of_another_set_fill_the_list_and_leave_more_to_measure() -> None:
    samples = people([3] * 40 + [1] * 40, noise=1.2)
    _, half = halves(samples, seed=3)
    others = people([1] * 8, noise=1.2, seed=99).templates
    filled = measure(half, 20, [(0.001, at(0.6))], kin=NO_KIN, seed=3, fillers=others)
    alone = measure(half, 12, [(0.001, at(0.6))], kin=NO_KIN, seed=3)
    assert filled.list_size == 20
    assert (filled.mated, filled.impostors) == (alone.mated, alone.impostors)
    entries = np.concatenate([samples.templates[list(cast(half, 12).listed.values())], others])
    strangers = [row for person in cast(half, 12).strangers for row in half.pictures[person].tolist()]
    false = int(((samples.templates[strangers] @ entries.T).max(axis=1) >= 0.6).sum())
    assert filled.at[0].fpir.num == false > alone.at[0].fpir.num
    assert filled.at[0].tpir.num <= alone.at[0].tpir.num


def test_a_list_that_is_filled_up_has_no_place_for_those_who_measure() -> None:
    samples = people([2] * 20, noise=1.0)
    _, half = halves(samples, seed=3)
    with pytest.raises(Refused, match="5 people fill the list"):
        measure(half, 5, [(0.001, at(0.6))], kin=NO_KIN, seed=3, fillers=samples.templates[:5])
