"""Drafts of impact assessments: figures as they were measured, and questions where people have to answer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overt.domain.policy import Policy
from overt.evaluation.groups_found import CANNOT_TELL, MORE
from overt.faces.pack import Pack, default_pack
from overt.notices.assessment import Figure
from overt.services.assessment_figures import (
    MOST_GROUPS,
    NOT_MEASURED,
    Measured,
    interval,
    measured,
    of_calibration,
    of_envelope,
    of_evaluations,
    of_groups,
)
from overt.services.assessment_words import PARITY
from overt.services.assessments import DPIA, EQUALITY, NOT_SAID, WHICH, Facts, draft
from overt.services.evaluations import BadEvaluation
from overt.services.parity import SOURCE, TO_BE_CHECKED, parity
from overt.services.policies import POLICIES, load_policy
from overt.testing.fixed_clock import SOME_DAY_US
from tests.deployed import Site
from tests.preparing import measured as written

PACK: Pack = default_pack()
RATE = {"value": 2 / 9, "num": 2, "den": 9, "low": 0.03, "high": 0.6}


def figures(kind: str, filed: frozenset[str] | None = None, **read: Any) -> Measured:
    content = json.dumps({**json.loads(written(kind, SOME_DAY_US)), **read}).encode()
    return measured(PACK, content, filed, SOME_DAY_US)


def groups(count: int, verdict: str = CANNOT_TELL, error: str = "FNIR", threshold: float | None = 0.4) -> Measured:
    rows = [{"group": f"g{at}", "people": 9, "rate": RATE, "verdict": verdict} for at in range(count)]
    difference = {"error": error, "threshold": threshold, "groups": rows}
    return figures("groups", sets=[{"name": "ours", "comparisons": [{"by": "age", "differences": [difference]}]}])


def facts(name: str = "uk-police", **changes: Any) -> Facts:
    known: dict[str, Any] = {"pack": PACK, "deployment": None, "measured": (), "now_us": SOME_DAY_US, "version": "0"}
    return Facts(**{**known, "policy": load_policy(name), **changes})


def words(told: list[Figure]) -> str:
    return "\n".join(f"{one.name}: {one.says} [{one.source}]" for one in told)


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_draft_is_written_of_every_policy(which: str, policy: str) -> None:
    told = draft(which, facts(policy))
    assert told.open_questions == sum(len(part.questions) for part in told.parts) > 15
    assert load_policy(policy).digest in dict(told.rests_on).values()
    assert all(question.endswith(("?", ".", ")")) for part in told.parts for question in part.questions)
    assert str(told.open_questions) in told.state


def test_what_a_deployment_file_says_is_filled_in(tmp_path: Path) -> None:
    case = Site(tmp_path, "uk-police").case(expected_passages=None)
    told = draft(DPIA, facts(deployment=case.deployment, policy=case.policy))
    grids = [cell for part in told.parts if part.grid for row in part.grid.rows for cell in row]
    assert "the law" in grids
    assert "not written" in grids
    assert NOT_SAID not in grids
    said = "those who live there (in October): 12 replies. What changed: the hours."
    assert any(said in part.words for part in told.parts)
    again = draft(EQUALITY, facts(deployment=replace(case.deployment, consultations=()), policy=case.policy))
    assert any("says of nobody" in line for part in again.parts for line in part.words)


def test_a_consultation_that_says_little_is_told_as_it_is(tmp_path: Path) -> None:
    case = Site(tmp_path).case(consultations=[{}])
    told = draft(DPIA, facts(deployment=case.deployment))
    said = [line for part in told.parts for line in part.words if line.startswith("Not said who")]
    assert said == ["Not said who (not said when): replies not counted. What changed: not said."]


def test_a_policy_without_hourly_looks_decoys_or_two_people_is_told_as_it_is() -> None:
    uk = load_policy("uk-police")
    rules = replace(uk.rules, signs_checked_every_min=0, decoys_per_h_max=0, two_verdicts=False, stop_rule=False)
    mild = replace(rules, blind_first=False, countersigned_within_days=0, ranks=())
    policy: Policy = replace(uk, rules=mild)
    text = str([draft(which, facts(policy=policy)) for which in WHICH])
    for said in ("one person decides", "any rank", "signs and leaflets"):
        assert said in text, said
    for unsaid in ("looked at every", "decoys an hour", "countersigns every", "scanning stops when"):
        assert unsaid not in text, unsaid


def test_every_figure_has_its_count_its_interval_and_its_source() -> None:
    told = words([*of_calibration(PACK, 0.001, (1000,)), *of_envelope(PACK)])
    assert "in 1,000 passages (" in told
    assert " errors of " in told
    assert "people" in told
    assert told.count("[") == told.count("]") == len(told.split("\n"))


def test_what_was_not_measured_is_said_to_be_so() -> None:
    bare = replace(PACK, calibration=None, envelope=None)
    assert "never calibrated" in words(list(of_calibration(bare, 0.001, (100,))))
    assert NOT_MEASURED in words(list(of_envelope(bare)))
    assert words(list(of_evaluations(()))).count(NOT_MEASURED) == 2
    assert NOT_MEASURED in words(list(of_groups(())))
    assert PACK.calibration is not None
    alone = replace(PACK, calibration=PACK.calibration.of_one_comparison())
    assert words(list(of_calibration(alone, 0.001, ()))).count(NOT_MEASURED) == 2
    impossible = words(list(of_calibration(PACK, 1e-12, (10_000_000,))))
    assert "none: " in impossible


def test_a_measurement_is_of_this_pack_or_refused() -> None:
    other = replace(PACK, recipe=replace(PACK.recipe, mirrored=not PACK.recipe.mirrored))
    with pytest.raises(BadEvaluation, match="another pack"):
        measured(other, written("groups", SOME_DAY_US), None, SOME_DAY_US)


def test_how_often_people_are_found_is_taken_as_it_was_measured() -> None:
    at = [{"threshold": 0.4, "tpir": RATE, "fpir": {"value": None, "num": 0, "den": 0, "low": 0, "high": 1}}]
    one = figures("identify", frozenset(), at=at, list=1000)
    told = words(list(of_evaluations((one,))))
    assert "A list of 1,000, threshold 0.4000: found (TPIR): 2 of 9: 22 % (3 to 60 %)" in told
    assert "cannot be said: nothing was counted" in told
    assert "NOT filed here" in told
    assert "NOT filed" not in replace(one, filed=True).source()
    assert "filed" not in replace(one, filed=None).source()


def test_what_differs_stands_before_what_cannot_be_told() -> None:
    told = list(of_groups((groups(2), groups(1, MORE, "FTA", None), groups(1, error="NEW"))))
    assert "pictures in which no face was found" in told[0].name
    assert told[0].says == f"{interval(RATE)}; 9 people; {MORE}"
    assert told[-1].name == "ours, age: g0, NEW, threshold 0.4000"
    many = list(of_groups((groups(MOST_GROUPS + 3),)))
    assert (len(many), many[-1].says) == (MOST_GROUPS + 1, "3 more rows stand in the file")


def test_of_fingerprints_and_dna_stands_what_a_source_says_or_that_it_is_to_be_checked() -> None:
    rows = {row[0]: row[1:] for row in parity(load_policy("uk-police").rules).rows}
    for what in ("Who decides what a match means", "How error is measured", "How it is shown to be erased"):
        assert rows[what][:2] == (TO_BE_CHECKED, TO_BE_CHECKED)
    read = [row for row in rows.values() if TO_BE_CHECKED not in row]
    assert len(read) >= 6
    assert all(len(row[-1]) > 20 for row in rows.values())
    assert "6 months (s. 63R)" in rows["How long it is kept"][1]
    assert "no: one list" in rows["Whether it is searched against other cases"][2]
    assert SOURCE in PARITY
