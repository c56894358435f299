"""What is said of a trial: the same numbers for people and for programs, each marked with what it is of."""

from __future__ import annotations

import json
import re

import pytest

from overt.domain.decision import Result, Verdict
from overt.evaluation.report import to_html
from overt.evaluation.trial import Trial, trial
from overt.evaluation.trial_report import record, report
from overt.evaluation.trial_tracks import Tracks, TracksRow
from overt.evaluation.trial_truth import Kind
from tests.unit.evaluation.blue_list import prompt, run, said, tally, walk
from tests.unit.evaluation.test_trial import PROMPTS, WALKS

TRACKS = Tracks(
    rows=(TracksRow(people="1", true=4, counted=6, once=2, never=0, more=2),),
    mixed=1,
    nobody=3,
)


def found(kind: Kind = Kind.RECORDED) -> Trial:
    return trial(run(*PROMPTS, seen=50, detected=60), tally(*WALKS, everybody=True, kind=kind))


def live() -> Trial:
    walks = (walk("b1", "bob", 0, 10, kind=Kind.LIVE), walk("b2", "bob", 20, 30, kind=Kind.LIVE))
    prompts = (
        prompt(1, "bob", 5, live=True, about="volunteer", said=said(Result.RIGHT)),
        prompt(2, "bob", 25, live=True, about="volunteer", said=said(Result.WRONG_PERSON)),
        prompt(3, "", 26, live=True, about="volunteer", said=said(None, verdict=Verdict.NOT_THE_PERSON)),
        prompt(4, "x", 26, live=True, about="decoy"),
    )
    return trial(run(*prompts, rehearsal=False, seen=9), tally(*walks, kind=Kind.LIVE))


def text(of: Trial, tracks: Tracks | None = None) -> str:
    told = report(of, tracks=tracks)
    return " ".join([told.title, told.lead, *(each for one in told.sections for each in one.sentences)])


@pytest.mark.parametrize("kind", [Kind.RECORDED, Kind.SIMULATED])
def test_every_line_says_what_was_measured(kind: Kind) -> None:
    told = report(found(kind), tracks=TRACKS)
    assert told.title.endswith(f"({kind})")
    assert told.lead.startswith(f"{kind.capitalize()}: ")
    for section in told.sections:
        assert section.heading.endswith(f"({kind})")
        assert all(sentence.startswith(f"{kind.capitalize()}: ") for sentence in section.sentences)
    assert ("Kind", str(kind)) in told.provenance
    assert record(found(kind))["simulated"] is (kind is Kind.SIMULATED)


def test_the_numbers_are_sentences_with_their_intervals() -> None:
    said_of = text(found(), TRACKS)
    for sentence in (
        "4 walks of 3 listed people, 3 of people who are not listed; the tally has everybody who passed.",
        "List pictures, by walk: custody 2, unknown 2; of unknown age.",
        "2 of 4 walks of listed people had a right prompt (TRR): 50 % (",
        "1 of 4 walks of listed people had prompts for another entry only: 25 % (",
        "1 of 46 searched passages of unlisted people gave an alert that is confirmed wrong (FAR, low): 2.2 % (",
        "1 of 2 true passages of unlisted people gave an alert that is confirmed wrong (FAR per true passage, low)",
        "3 of 6 prompts on people who could be told were right (precision)",
        "Alerts that belong to no walk of the tally: 1; that came while listed and unlisted people walked: 0.",
        "Decoys, which are in no figure here: 1 alert.",
        "2 of 4 walks of listed people had a right prompt. From the first usable moment of the walk to the frame",
        "7 people walked past; the machine counted 60 passages, 8.57 of each, and searched 50, 7.14 of each.",
        "Counted passages that joined two people or more: 1; that were nobody's: 3.",
    ):
        assert sentence in said_of, sentence


def test_the_record_has_the_same_numbers() -> None:
    told = record(found(), TRACKS)
    json.dumps(told, allow_nan=False)
    assert (told["kind"], told["rehearsal"], told["tolerance_s"], told["seed"]) == ("recorded footage", True, 2.0, 1)
    assert told["walks"] == {"listed": 4, "unlisted": 3}
    assert told["alerts"] == {
        "alerts": 7,
        "right": 3,
        "wrong_entry": 1,
        "wrong_person": 2,
        "unclear": 0,
        "no_walk": 1,
        "entry_not_known_any_more": 0,
        "right_not_in_the_tally": 0,
        "decoys": 1,
        "contradicted_by_people": 0,
    }
    assert told["passages_of_a_true_one"] == {"true": 7, "detected": 60 / 7, "searched": 50 / 7}
    assert told["tracks"] == {
        "by_density": [
            {"people": "1", "true": 4, "counted": 6, "once": 2, "never": 0, "more": 2, "counted_of_one": 1.5}
        ],
        "mixed": 1,
        "nobody": 3,
    }
    split = told["trr_by"]
    assert isinstance(split, dict)
    assert {name: sorted(by) for name, by in split.items()} == {
        "people in view": ["1"],
        "picture": ["custody"],
        "sex": ["f", "m"],
    }
    walks = told["of_walks"]
    assert isinstance(walks, list)
    assert walks[0] == {
        "walk": "b1",
        "listed": True,
        "camera": None,
        "in_view": 1.0,
        "came": "right",
        "time_to_prompt_s": 3.0,
    }


def test_a_live_trial_tells_what_people_said_and_what_is_not_known() -> None:
    said_of, told = text(live()), record(live())
    for sentence in (
        "the tally has not everybody who passed.",
        "FAR per true passage is not given: the tally does not have everybody who passed.",
        "Of 1 alert nobody knows the entry any more, because it is erased",
        "Of 1 alert people said otherwise than the tally; the tally counts.",
        "About volunteers, and in no operational figure: 3 alerts.",
        "From the beginning of the walk to the alert: half within 5.00 s (? to ? s)",
        "A question mark:",
        "These are of 1 person and not independent, so the interval is too narrow.",
    ):
        assert sentence in said_of, sentence
    assert "Passages that the machine made" not in " ".join(one.heading for one in report(live()).sections)
    assert told["people_said"] == {"right": {"worth-a-look": 2}, "entry not known any more": {"not-the-person": 1}}
    assert (told["far_true_low"], told["far_true_high"], told["passages_of_a_true_one"]) == (None, None, None)


def test_a_trial_in_which_nothing_happened_is_told_too() -> None:
    nothing = trial(run(), tally(walk("s1")))
    said_of = text(nothing)
    assert "0 of 0 walks of listed people had a right prompt (TRR): no figure yet (0 to 100 %)" in said_of
    assert "half within no time that anybody knows" in said_of
    assert "List pictures, by walk: none; of unknown age." in said_of
    assert to_html(report(nothing))


def test_ages_of_pictures_and_unseen_faces_are_told() -> None:
    walks = (
        walk("b1", "bob", 0, 10, picture="passport", picture_months=3.0, usable=1),
        walk("b2", "bob", 20, 30, picture="passport", picture_months=30.0, seen=False),
        walk("a1", "ann", 40, 50),
    )
    said_of = text(trial(run(), tally(*walks)))
    assert "passport 2, unknown 1; 3 to 30 months old, of unknown age in 1 walk." in said_of
    assert "In 1 of them the face could never be seen well; they count as walks." in said_of
    assert "which is noted of 1 walk, else from the beginning," in said_of


def test_a_prompt_before_the_noted_moment_is_told() -> None:
    early = trial(run(prompt(1, "bob", 3)), tally(walk("b1", "bob", 0, 10, usable=5)))
    assert "half within -2.00 s" in text(early)
    assert "A time below 0: the machine saw enough before the moment that the tally has." in text(early)


def test_an_interval_by_person_is_named() -> None:
    walks = tuple(walk(f"w{at}", f"p{at % 4}", 20 * at, 20 * at + 10) for at in range(40))
    hits = [prompt(at + 1, f"p{at % 4}", 20 * at + 5) for at in range(40) if at % 4 < 2]
    assert "The interval is by person, of 4 people." in text(trial(run(*hits), tally(*walks)))


def test_the_page_names_no_person_and_holds_a_chart() -> None:
    page = to_html(report(found(), tracks=TRACKS, provenance=(("Overt", "9"),)))
    assert "<svg" in page
    for name in ("bob", "ann", "cho"):
        assert re.search(rf"\b{name}\b", page) is None
        assert name not in json.dumps(record(found()))
