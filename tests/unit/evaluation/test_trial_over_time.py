"""Precision as a trial went on: hand-counted, in the order of time, and only where it says something."""

from __future__ import annotations

import pytest

from overt.evaluation.trial import Trial, trial
from overt.evaluation.trial_over_time import FEWEST, MISUSE, over_time, precision_so_far
from overt.evaluation.trial_report import report
from tests.unit.evaluation.blue_list import prompt, run, tally, walk


def held(*entries: str) -> Trial:
    """One prompt in each walk of bob's, a minute apart, each for this entry; the run has them in another order."""
    walks = [walk(f"b{at}", "bob", 60 * at, 60 * at + 10) for at in range(len(entries))]
    prompts = [prompt(at + 1, entry, 60 * at + 5) for at, entry in enumerate(entries)]
    return trial(run(*prompts[::-1], seen=50, detected=60), tally(*walks, everybody=True))


def test_each_point_counts_all_prompts_up_to_it() -> None:
    points = precision_so_far(held("bob", "ann", "bob", "bob", "ann"))
    assert [(figure.num, figure.den) for _, figure in points] == [(1, 1), (1, 2), (2, 3), (3, 4), (3, 5)]
    assert [minutes for minutes, _ in points] == pytest.approx([0, 1, 2, 3, 4])


def test_the_last_point_is_the_precision_of_the_trial() -> None:
    found = held("bob", "ann", "bob", "bob", "ann", "bob")
    last = precision_so_far(found)[-1][1]
    assert (last.num, last.den) == (found.precision.figure.num, found.precision.figure.den)


def test_few_prompts_have_no_line() -> None:
    assert over_time(held(*["bob"] * (FEWEST - 1))) == ()


def test_the_line_has_its_interval_and_what_it_does_not_mean() -> None:
    (section,) = over_time(held("bob", "ann", "bob", "bob", "ann"))
    assert section.misuse == MISUSE
    assert "precision so far" in section.chart
    assert section.sentences[0].startswith("2 of 3 prompts")
    assert section.sentences[1].startswith("3 of 5 prompts")


def test_the_report_of_a_trial_has_it() -> None:
    headings = [section.heading for section in report(held(*["bob"] * 6)).sections]
    assert any(heading.startswith("Precision over time") for heading in headings)
