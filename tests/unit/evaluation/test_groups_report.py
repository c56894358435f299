"""What people read of a comparison of groups: the same figures in sentences, record and report, and no more than they
say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from overt.evaluation.groups import FEWEST, Settings, compare
from overt.evaluation.groups_found import FMR_ALL, FPIR, Comparison
from overt.evaluation.groups_report import BRACKETS, MISUSE, NAMES, NEVER_INFERRED, GroupsFound, SetFound
from overt.evaluation.provenance import Provenance
from overt.evaluation.report import to_html
from tests.unit.evaluation.test_groups import UNEVEN, matcher, uneven

RESTS_ON = Provenance(
    pack="toy",
    digests={"detector": "00", "embedder": "11"},
    calibration="drawings",
    source="500 pictures of 125 people",
    digest="22" * 32,
    seed=1,
    machine="a machine",
    at="2026-11-28T12:00:00.000Z",
    version="0.2.0",
)
SETTINGS = Settings(threshold=0.5, lower=0.38, list_size=30, seed=1, draws=100, shuffles=499)
SOURCE = "The threshold 0.5000 was given with --threshold."


def found(*comparisons: Comparison, identities: bool = True, highest: int = 7) -> GroupsFound:
    one = SetFound(
        name="drawings",
        pictures=500,
        people=125,
        identities=identities,
        notes=("People under 18, left out of everything: 3.",),
        comparisons=comparisons or (uneven(),),
        highest=tuple((0.9 - place / 100, f"a/{place}", f"b/{place}") for place in range(highest)),
    )
    return GroupsFound(settings=SETTINGS, source=SOURCE, sets=(one,), provenance=RESTS_ON)


def made(
    seed: int,
    groups: dict[str, tuple[int, float, float]],
    *,
    identities: bool = True,
    settings: Settings = SETTINGS,
) -> Comparison:
    samples, members = matcher(seed, groups)
    (comparison,), _ = compare(samples, {"colour": members}, identities=identities, settings=settings)
    return comparison


def test_the_system_never_infers_a_label_and_every_way_of_telling_says_so() -> None:
    told = found()
    assert told.sentences()[0] == NEVER_INFERRED
    assert NEVER_INFERRED in told.report().sections[0].sentences
    assert "never infers" in NEVER_INFERRED


def test_sentences_record_and_report_hold_the_same_figures() -> None:
    told = found()
    sentences, page = "\n".join(told.sentences()), to_html(told.report())
    record = json.loads(json.dumps(told.record(), allow_nan=False))
    for difference in record["sets"][0]["comparisons"][0]["differences"]:
        for row in difference["groups"]:
            counts = f"{row['rate']['num']:,} of {row['rate']['den']:,}"
            assert f"{row['group']} ({row['people']:,} people), {counts} cases" in sentences
            assert counts in page
    assert record["threshold"] == 0.5
    assert record["lower_threshold"] == 0.38
    assert record["list"] == 30
    assert record["provenance"]["digest"] == "22" * 32
    assert record["sets"][0]["notes"] == ["People under 18, left out of everything: 3."]
    assert record["sets"][0]["highest_impostors"][0] == {"score": 0.9, "a": "a/0", "b": "b/0"}
    assert SOURCE in sentences
    assert BRACKETS in sentences


def test_groups_are_told_worst_first() -> None:
    told = found().sentences()
    start = next(place for place, line in enumerate(told) if line.startswith("FMR within the group, threshold 0.5000"))
    groups = [line.split()[0] for line in told[start + 1 :] if line.startswith("  ")][:3]
    rates = {row.group: row.rate.value or 0.0 for row in uneven().differences[3].rows}
    assert groups == sorted(rates, key=lambda group: -rates[group])


def test_every_error_has_a_name_and_says_what_it_does_not_mean() -> None:
    assert set(MISUSE) == {*NAMES, FPIR}
    sections = [section for section in found().report().sections if section.grid is not None]
    assert all(section.misuse for section in sections)
    assert all(section.chart.startswith("<svg ") for section in sections if "acquire" not in section.heading)


def test_a_difference_is_told_first_and_counted_in_the_lead() -> None:
    comparison = made(2, {"blue": (120, 0.85, 0), "red": (120, 0.85, 0.6)})
    told = found(comparison)
    assert comparison.flagged
    headline = next(line for line in told.sentences() if line.startswith("Differences beyond chance"))
    assert "FMR within the group at 0.5000: red more than the others" in headline
    assert (
        told.report().lead
        == f"{len(comparison.flagged)} rates of groups differ from those of the others by more than chance."
    )


def test_nothing_told_is_not_taken_for_no_difference() -> None:
    comparison = made(3, {"blue": (20, 0.85, 0), "red": (20, 0.85, 0)})
    told = found(comparison)
    assert not comparison.flagged
    assert "No difference can be told from this sample, which does not mean that there is none." in told.sentences()
    assert told.report().lead.endswith("does not mean that there is none.")
    assert "cannot tell from this sample" in "\n".join(told.sentences())


def test_a_set_without_identities_says_that_one_face_may_be_there_twice() -> None:
    comparison = made(2, {"blue": (120, 0.85, 0), "red": (120, 0.85, 0.6)}, identities=False)
    told = "\n".join(found(comparison, identities=False).sentences())
    assert "One face under two names would look the same" in told
    assert "One face under two names raises it" in told
    assert "FNIR" not in told
    assert "One face under two names" not in "\n".join(found(comparison).sentences())


def test_one_group_alone_is_told_without_a_comparison() -> None:
    told = found(made(4, {"blue": (30, 0.9, 0.3)}))
    assert any(line.startswith("One group only") for line in told.sentences())
    assert NAMES[FMR_ALL][0] not in "\n".join(told.sentences())
    assert to_html(told.report())


def test_a_sample_says_how_many_people_it_would_take() -> None:
    told = "\n".join(found().sentences())
    missed = next(each for each in uneven().differences if each.needed is not None)
    assert f"To see a difference of 5 points with 80 % power it takes {missed.needed:,} people in each group" in told
    assert "the smallest has 25" in told
    assert f"twice the overall FPIR with 80 % power it takes {uneven().twice:,} people" in told
    quiet = replace(uneven(), twice=None, false_alerts=())
    assert "twice the overall FPIR" not in "\n".join(found(quiet).sentences())
    assert not any("FPIR on a list" in section.heading for section in found(quiet).report().sections)


def test_a_group_without_an_error_is_told_with_its_limit() -> None:
    told = "\n".join(found(made(11, {"blue": (30, 0.1, 0), "red": (30, 0.1, 0)})).sentences())
    assert "No error in any group, so nothing can be compared." in told
    assert "no error, so no ratio; at most 10.0 % (one-sided)" in told


def test_small_groups_are_shown_as_too_small() -> None:
    told = "\n".join(found(made(12, {"blue": (30, 0.9, 0), "green": (9, 0.9, 0), "red": (10, 0.9, 0)})).sentences())
    assert f"Groups with fewer than {FEWEST} people are too small to compare." in told
    assert "green (9 people)" in told
    assert "too small to compare." in told


def test_where_nobody_is_taken_for_another_no_chart_of_it_is_drawn() -> None:
    high = replace(SETTINGS, threshold=1.0, lower=None)
    sections = found(made(5, {"blue": (20, 0.9, 0), "red": (20, 0.9, 0)}, settings=high)).report().sections
    false_matches = [section for section in sections if "FMR" in section.heading]
    assert [section.chart for section in false_matches] == ["", ""]
    assert all("nothing can be compared" in " ".join(section.sentences) for section in false_matches)


@pytest.mark.parametrize(("highest", "says"), [(0, "No two people"), (7, "Look at the highest pairs")])
def test_the_highest_pairs_are_to_be_looked_at(highest: int, says: str) -> None:
    line = next(line for line in found(highest=highest).sentences() if line.startswith(says))
    assert line.count(" and b/") == min(highest, 5)


def test_the_chance_is_never_told_as_nought() -> None:
    told = "\n".join(found(made(2, {"blue": (120, 0.6, 0), "red": (120, 1.2, 0)})).sentences())
    assert "p = under 0.001" in told
    assert "p = 0.000" not in told


def test_the_figures_of_uneven_groups_are_in_the_report() -> None:
    page = to_html(found().report())
    for group in UNEVEN:
        assert group in page
    assert "Differences between groups" in page
    assert "500 pictures of 125 people" in page
