"""The figures of a trial: by hand, against SciPy, and what must not change them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from overt.domain.decision import Result
from overt.evaluation.trial import Share, Trial, density_of, quantile, trial
from overt.evaluation.trial_match import Came
from overt.evaluation.trial_run import Prompt
from overt.evaluation.trial_truth import Walk
from tests.unit.evaluation.blue_list import prompt, run, said, tally, walk

WALKS = (
    walk("b1", "bob", 0, 10, usable=2, picture="custody", groups={"sex": "m"}),
    walk("b2", "bob", 20, 30, usable=22, picture="custody", groups={"sex": "m"}),
    walk("a1", "ann", 40, 50, usable=42, groups={"sex": "f"}),
    walk("c1", "cho", 60, 70, usable=62),
    walk("s1", "", 80, 90),
    walk("s2", "", 100, 110),
    walk("s3", "", 120, 130, seen=False),
)
PROMPTS = (
    prompt(1, "bob", 5),  # right, after 3 s
    prompt(2, "bob", 6, camera="south"),  # right, the same walk
    prompt(3, "ann", 25),  # a wrong entry
    prompt(4, "ann", 43),  # right, after 1 s
    prompt(5, "bob", 85),  # a wrong person, twice in one passage
    prompt(6, "ann", 86, passage=5),
    prompt(7, "bob", 500),  # belongs to no walk
    prompt(8, "x", 500, about="decoy"),
)


def found(*prompts: Prompt, walks: tuple[Walk, ...] = WALKS, everybody: bool = True, seen: int = 50) -> Trial:
    return trial(run(*(prompts or PROMPTS), seen=seen), tally(*walks, everybody=everybody))


def counts(share: Share | None) -> tuple[int, int]:
    assert share is not None
    return share.figure.num, share.figure.den


def test_a_trial_by_hand() -> None:
    by_hand = found()
    assert by_hand.of_walks == ("right", "wrong entry", "right", "missed", "false alert", "no prompt", "no prompt")
    assert counts(by_hand.trr) == (2, 4)
    assert counts(by_hand.wrong_entry) == (1, 4)
    assert by_hand.came == {
        Came.RIGHT: 3,
        Came.WRONG_ENTRY: 1,
        Came.WRONG_PERSON: 2,
        Came.UNCLEAR: 0,
        Came.NO_WALK: 1,
        Came.NO_ENTRY: 0,
        Came.RIGHT_UNTALLIED: 0,
    }
    assert counts(by_hand.precision) == (3, 6)
    assert counts(by_hand.verified) == (3, 7)
    assert by_hand.matched.decoys == 1
    # 50 searched, less 3 passages with a right prompt, less the walk of cho, who had none
    assert by_hand.unlisted_searched == 46
    assert (by_hand.far_low.num, by_hand.far_low.den) == (1, 46)  # two entries, one false passage
    assert (by_hand.far_high.num, by_hand.far_high.den) == (3, 46)  # and the wrong entry, and the one of no walk
    assert counts(by_hand.far_true_low) == (1, 2)  # of the third nobody could see the face
    assert by_hand.far_true_high is not None
    assert (by_hand.far_true_high.num, by_hand.far_true_high.den) == (3, 4)
    assert by_hand.waits_s == (3.0, 1.0)
    assert by_hand.usable_noted == 4
    assert by_hand.wait(0.5).value == 1.0


def test_without_everybody_nothing_is_said_of_true_passages() -> None:
    assert found(everybody=False).far_true_low is None
    assert found(everybody=False).far_true_high is None


def test_broken_tracks_flatter_far_per_searched_passage_and_not_per_true_one() -> None:
    once, twice = found(seen=50), found(seen=100)
    assert (twice.far_low.value or 1) < (once.far_low.value or 0)
    assert twice.far_true_low == once.far_true_low
    assert twice.far_true_high == once.far_true_high


def test_there_are_never_fewer_searched_passages_than_false_ones() -> None:
    assert found(seen=0).far_high.record() == {
        "value": 1.0,
        "num": 3,
        "den": 3,
        "low": pytest.approx(0.2924, abs=1e-4),
        "high": 1.0,
    }


def test_a_wrong_person_whom_people_found_is_false_without_a_walk() -> None:
    alert = prompt(1, "bob", 500, said=said(Result.WRONG_PERSON))
    alone = found(alert)
    assert (alone.far_low.num, alone.far_high.num) == (1, 1)
    assert alone.far_true_high is not None
    assert (alone.far_true_high.num, alone.far_true_high.den) == (1, 3)
    right = found(replace(alert, said=said(Result.RIGHT)))
    assert (right.far_high.num, counts(right.precision), counts(right.trr)) == (0, (1, 1), (0, 4))


def test_an_alert_whose_entry_nobody_knows_is_no_hit_and_stays_in_the_high_count() -> None:
    unknown = found(prompt(1, "", 5))
    assert (counts(unknown.trr), unknown.far_low.num, unknown.far_high.num) == ((0, 4), 0, 1)
    assert (counts(unknown.precision), counts(unknown.verified)) == ((0, 0), (0, 1))
    assert unknown.contradicted == 0


def test_intervals_are_clopper_pearson_where_nobody_repeats() -> None:
    walks = tuple(walk(f"w{at}", f"p{at}", 20 * at, 20 * at + 10) for at in range(9))
    share = found(*(prompt(at + 1, f"p{at}", 20 * at + 5) for at in range(2)), walks=walks).trr
    assert share.record() == {
        "value": 2 / 9,
        "num": 2,
        "den": 9,
        "low": pytest.approx(beta.ppf(0.025, 2, 8)),
        "high": pytest.approx(beta.ppf(0.975, 3, 7)),
        "interval": "Clopper-Pearson",
        "clopper_pearson": [pytest.approx(beta.ppf(0.025, 2, 8)), pytest.approx(beta.ppf(0.975, 3, 7))],
        "people": 9,
    }
    assert not share.by_person


def test_where_people_repeat_the_wider_interval_is_given_and_named() -> None:
    walks = tuple(walk(f"w{at}", f"p{at % 4}", 20 * at, 20 * at + 10) for at in range(80))
    hits = [at for at in range(80) if at % 4 < 2]  # two people always, two people never
    share = found(*(prompt(at + 1, f"p{at % 4}", 20 * at + 5) for at in hits), walks=walks).trr
    assert share.by_person
    assert share.record()["interval"] == "bootstrap by person"
    assert (share.figure.low, share.figure.high) == (0.0, 1.0)
    assert share.plain.low == pytest.approx(beta.ppf(0.025, 40, 41))
    assert share.plain.high == pytest.approx(beta.ppf(0.975, 41, 40))
    assert share.people == 4


def test_unlisted_people_with_a_name_are_people_too() -> None:
    walks = tuple(walk(f"w{at}", f"p{at % 2}", 20 * at, 20 * at + 10, listed=False) for at in range(20))
    share = found(*(prompt(at + 1, "bob", 20 * at + 5) for at in range(0, 20, 2)), walks=walks).far_true_low
    assert share is not None
    assert (counts(share), share.people, share.by_person) == ((10, 20), 2, True)


def test_trr_by_a_label_leaves_out_walks_without_one() -> None:
    by = found().trr_by(lambda one: one.groups.get("sex", ""))
    assert {label: counts(share) for label, share in by.items()} == {"f": (1, 1), "m": (1, 2)}


def test_labels_that_begin_with_a_number_stand_in_its_order() -> None:
    ages = {"b1": "65 or more", "b2": "18-30", "a1": "8", "c1": "unknown"}
    by = found().trr_by(lambda one: ages.get(one.walk, ""))
    assert list(by) == ["unknown", "8", "18-30", "65 or more"]


def test_the_order_of_prompts_and_the_names_of_people_change_nothing() -> None:
    names = {"bob": "x", "ann": "y", "cho": "z", "": ""}
    walks = tuple(replace(one, person=names[one.person], walk=f"n{one.walk}") for one in WALKS)
    prompts = tuple(replace(one, entry=names.get(one.entry, "q")) for one in reversed(PROMPTS))
    one, other = found(), found(*prompts, walks=walks)
    for name in ("trr", "wrong_entry", "precision", "verified", "far_low", "far_high", "far_true_low", "far_true_high"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.waits_s == other.waits_s


@given(st.data())
def test_more_right_prompts_never_lower_trr_and_more_false_ones_never_lower_far(data: st.DataObject) -> None:
    walks = tuple(walk(f"w{at}", f"p{at % 3}" if at % 2 else "", 20 * at, 20 * at + 10) for at in range(8))
    entries = st.sampled_from(["p0", "p1", "p2", "q", ""])
    times = st.floats(0, 170).map(lambda at: round(at, 3))
    drawn = data.draw(st.lists(st.tuples(entries, times), max_size=12))
    prompts = [prompt(at + 1, entry, when) for at, (entry, when) in enumerate(drawn)]
    before = trial(run(*prompts, seen=40), tally(*walks, everybody=True))
    right = data.draw(st.sampled_from([one for one in walks if one.listed]))
    more = trial(
        run(*prompts, prompt(99, right.person, right.begins_us / 1e6 + 5), seen=40), tally(*walks, everybody=True)
    )
    assert more.trr.figure.num >= before.trr.figure.num
    assert more.trr.figure.low >= before.trr.figure.low - 1e-12
    false = trial(run(*prompts, prompt(99, "q", 500), seen=40), tally(*walks, everybody=True))
    assert false.far_high.num == before.far_high.num + 1
    assert false.far_low.num == before.far_low.num
    for one in (before, more, false):
        assert sum(one.came.values()) == len(one.matched.judged)
        assert one.far_low.num <= one.far_high.num <= one.far_high.den
        assert one.trr.figure.num + one.wrong_entry.figure.num <= len(one.truth.listed)


def test_a_quantile_is_that_of_the_ordered_times_with_limits_by_order() -> None:
    values = [float(at) for at in range(1, 41)]
    half = quantile(values[::-1], 0.5)
    low, high = int(binom.ppf(0.025, 40, 0.5)), int(binom.ppf(0.975, 40, 0.5)) + 1
    assert (half.value, half.low, half.high) == (20.0, float(low), float(high))
    assert half.record() == {"value": 20.0, "low": float(low), "high": float(high)}
    most = quantile(values, 0.99)
    assert (most.value, most.high) == (40.0, None)


def test_of_nothing_there_is_no_quantile_and_of_one_no_limits() -> None:
    assert quantile([], 0.5).record() == {"value": None, "low": None, "high": None}
    assert quantile([3.0], 0.5).record() == {"value": 3.0, "low": None, "high": None}


def test_the_limits_of_a_quantile_cover_it() -> None:
    chance, inside, n = np.random.default_rng(7), 0, 400
    for _ in range(n):
        found_half = quantile(chance.exponential(size=25).tolist(), 0.5)
        assert found_half.low is not None
        assert found_half.high is not None
        inside += found_half.low <= np.log(2) <= found_half.high
    assert inside / n >= 0.93


@pytest.mark.parametrize(
    ("people", "says"),
    [
        (0.2, "1"),
        (1, "1"),
        (1.4, "1"),
        (1.6, "2 to 3"),
        (3.4, "2 to 3"),
        (4, "4 to 7"),
        (8, "8 to 15"),
        (99, "16 or more"),
    ],
)
def test_people_in_view_fall_into_classes(people: float, says: str) -> None:
    assert density_of(people) == says
