"""Which prompt belongs to whose walk."""

from __future__ import annotations

import pytest

from overt.domain.decision import Result
from overt.evaluation.trial_match import Came, Matched, OtherKind, matched
from overt.evaluation.trial_run import Prompt
from overt.evaluation.trial_truth import Kind, Walk
from tests.unit.evaluation.blue_list import prompt, run, said, tally, walk

BOB = walk("b1", "bob", 10, 20)
ANN = walk("a1", "ann", 12, 22)
STRANGER = walk("s1", "", 11, 21)
NAMED_STRANGER = walk("s2", "cho", 11, 21, listed=False)


def judged(*walks: Walk, alert: Prompt, tolerance_s: float = 2.0, kind: Kind = Kind.RECORDED) -> tuple[Came, str]:
    truth = tally(*walks, kind=kind)
    (found,) = matched(
        run(alert, rehearsal=kind is not Kind.LIVE), truth, tolerance_us=round(tolerance_s * 1_000_000)
    ).judged
    return found.came, "" if found.walk is None else truth.walks[found.walk].walk


@pytest.mark.parametrize(
    ("walks", "entry", "at", "came", "of"),
    [
        ((BOB,), "bob", 15, Came.RIGHT, "b1"),
        ((BOB,), "bob", 8, Came.RIGHT, "b1"),
        ((BOB,), "bob", 22, Came.RIGHT, "b1"),
        ((BOB,), "bob", 7.999, Came.NO_WALK, ""),
        ((BOB,), "bob", 22.001, Came.NO_WALK, ""),
        ((BOB,), "ann", 15, Came.WRONG_ENTRY, "b1"),
        ((STRANGER,), "bob", 15, Came.WRONG_PERSON, "s1"),
        ((NAMED_STRANGER,), "cho", 15, Came.WRONG_PERSON, "s2"),
        ((BOB, ANN), "ann", 15, Came.RIGHT, "a1"),
        ((BOB, ANN), "cho", 15, Came.WRONG_ENTRY, "a1"),
        ((BOB, STRANGER), "ann", 15, Came.UNCLEAR, "s1"),
        ((BOB, STRANGER), "bob", 15, Came.RIGHT, "b1"),
        ((BOB,), "", 15, Came.NO_ENTRY, "b1"),
        ((BOB,), "", 50, Came.NO_WALK, ""),
    ],
)
def test_a_prompt_is_what_the_tally_says(walks: tuple[Walk, ...], entry: str, at: float, came: Came, of: str) -> None:
    assert judged(*walks, alert=prompt(1, entry, at)) == (came, of)


def test_without_tolerance_the_walk_alone_counts() -> None:
    assert judged(BOB, alert=prompt(1, "bob", 20), tolerance_s=0)[0] is Came.RIGHT
    assert judged(BOB, alert=prompt(1, "bob", 20.001), tolerance_s=0)[0] is Came.NO_WALK


def test_a_walk_that_names_its_camera_has_prompts_of_that_camera_only() -> None:
    there = walk("b1", "bob", 10, 20, camera="south")
    assert judged(there, alert=prompt(1, "bob", 15, camera="south"))[0] is Came.RIGHT
    assert judged(there, alert=prompt(1, "bob", 15, camera="north"))[0] is Came.NO_WALK


def test_of_two_walks_of_one_person_the_nearer_one_has_the_prompt() -> None:
    again = walk("b2", "bob", 21, 30)
    assert judged(BOB, again, alert=prompt(1, "bob", 20.4))[1] == "b1"
    assert judged(BOB, again, alert=prompt(1, "bob", 20.6))[1] == "b2"


def test_the_clock_counts_in_a_live_trial_and_the_file_in_footage() -> None:
    live = walk("b1", "bob", 10, 20, kind=Kind.LIVE)
    assert judged(live, alert=prompt(1, "bob", 15, live=True), kind=Kind.LIVE) == (Came.RIGHT, "b1")
    truth = tally(walk("b1", "bob", 10, 20, usable=12, kind=Kind.LIVE), kind=Kind.LIVE)
    found = matched(run(prompt(1, "bob", 15, live=True, raised=15.5), rehearsal=False), truth, tolerance_us=0)
    assert found.first_us == (3_500_000,)  # until it was raised
    footage = tally(walk("b1", "bob", 10, 20, usable=12))
    found = matched(run(prompt(1, "bob", 15, raised=99)), footage, tolerance_us=0)
    assert found.first_us == (3_000_000,)  # until the frame


def test_the_first_right_prompt_of_any_camera_ends_the_wait() -> None:
    alerts = (prompt(1, "bob", 16, camera="south"), prompt(2, "bob", 13), prompt(3, "ann", 11))
    found = matched(run(*alerts), tally(BOB, walk("b2", "bob", 60, 70)), tolerance_us=0)
    assert found.first_us == (3_000_000, None)


def test_a_run_and_a_tally_of_different_kinds_are_not_compared() -> None:
    live = tally(walk("b1", "bob", 10, 20, kind=Kind.LIVE), kind=Kind.LIVE)
    with pytest.raises(OtherKind, match="a rehearsal, and the tally is of a live trial"):
        matched(run(), live, tolerance_us=0)
    for kind in (Kind.RECORDED, Kind.SIMULATED):
        with pytest.raises(OtherKind, match=f"a live run, and the tally is of a {kind}"):
            matched(run(rehearsal=False), tally(BOB, kind=kind), tolerance_us=0)
    with pytest.raises(OtherKind, match="without a position in a file"):
        matched(run(prompt(1, "bob", 15, live=True)), tally(BOB), tolerance_us=0)


def test_other_prompts_of_a_passage_with_a_right_one_are_wrong_entries_of_that_walk() -> None:
    alerts = (prompt(1, "ann", 14, passage=3), prompt(2, "bob", 15, passage=3), prompt(3, "ann", 14, passage=4))
    found = matched(run(*alerts), tally(BOB, STRANGER), tolerance_us=0)
    assert [[one.came for one in passage] for passage in found.passages] == [
        [Came.WRONG_ENTRY, Came.RIGHT],
        [Came.UNCLEAR],
    ]
    assert {one.walk for one in found.passages[0]} == {0}


def test_decoys_are_counted_and_are_in_nothing_else() -> None:
    found = matched(run(prompt(1, "x", 15, about="decoy"), prompt(2, "bob", 15)), tally(BOB), tolerance_us=0)
    assert (found.decoys, len(found.judged)) == (1, 1)


@pytest.mark.parametrize(
    ("entry", "at", "result", "came"),
    [
        ("ann", 15, Result.RIGHT, Came.RIGHT_UNTALLIED),
        ("ann", 15, Result.WRONG_PERSON, Came.WRONG_PERSON),
        ("ann", 15, Result.WRONG_ENTRY, Came.WRONG_ENTRY),
        ("ann", 15, Result.LOST, Came.UNCLEAR),
        ("ann", 15, Result.UNVERIFIED, Came.UNCLEAR),
        ("bob", 90, Result.RIGHT, Came.RIGHT_UNTALLIED),
        ("bob", 90, Result.NOT_ENGAGED, Came.NO_WALK),
        ("", 15, Result.WRONG_PERSON, Came.WRONG_PERSON),
    ],
)
def test_where_the_tally_cannot_tell_people_can(entry: str, at: float, result: Result, came: Came) -> None:
    assert judged(BOB, STRANGER, alert=prompt(1, entry, at, said=said(result)))[0] is came


def test_a_right_that_came_too_late_verifies_nothing() -> None:
    late = said(Result.RIGHT, undecided=True)
    assert judged(BOB, alert=prompt(1, "bob", 90, said=late))[0] is Came.NO_WALK
    late_wrong = said(Result.WRONG_PERSON, undecided=True)
    assert judged(BOB, alert=prompt(1, "bob", 90, said=late_wrong))[0] is Came.WRONG_PERSON


def contradictions(found: Matched) -> int:
    return sum(one.contradicted for one in found.judged)


def test_where_people_say_otherwise_the_tally_counts_and_it_is_told() -> None:
    wrong, right = said(Result.WRONG_PERSON), said(Result.RIGHT)
    truth = tally(BOB, walk("s1", "", 60, 70))
    found = matched(run(prompt(1, "bob", 15, said=wrong), prompt(2, "bob", 65, said=right)), truth, tolerance_us=0)
    assert [one.came for one in found.judged] == [Came.RIGHT, Came.WRONG_PERSON]
    assert contradictions(found) == 2
    found = matched(
        run(prompt(1, "bob", 15, said=right), prompt(2, "bob", 65, said=said(Result.LOST))), truth, tolerance_us=0
    )
    assert contradictions(found) == 0
    found = matched(run(prompt(1, "bob", 90, said=right)), truth, tolerance_us=0)
    assert contradictions(found) == 0
