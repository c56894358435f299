"""The whole measurement on painted people: curves, resuming, and what is said of them."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from overt.domain.calibration import ImpostorCurve
from overt.domain.envelope import Envelope
from overt.domain.errors import Refused
from overt.domain.rules import RecognitionRules
from overt.evaluation.envelope import Cast, cast_of
from overt.evaluation.envelope_crowd import Crowd
from overt.evaluation.envelope_edges import Curve, Level
from overt.evaluation.envelope_kept import KeptLevels
from overt.evaluation.envelope_look import OneLook
from overt.evaluation.envelope_report import MISUSE, NOT_MEASURED, OF_STREETS, Measured
from overt.evaluation.envelope_run import NAMES, chosen_names, measured
from overt.evaluation.provenance import provenance
from overt.evaluation.report import to_html
from overt.evaluation.samples import pictures_by_person
from overt.faces.pack import default_pack
from overt.recognition.threshold import threshold_for
from overt.testing.toy_model import toy_recogniser
from tests.unit.evaluation.painted import painted_people

TOY = toy_recogniser()
LOOK = OneLook(TOY, RecognitionRules())
CURVE = ImpostorCurve(
    thresholds=(0.0, 0.25, 0.5, 0.75),
    errors=(9000, 900, 90, 0),
    comparisons=10_000_000,
    people=12,
    pictures=60,
    source="drawn",
)


class Steps:
    """What was looked at, step by step."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.words: list[str] = []
        self._stop_at = stop_at

    def __call__(self, words: str) -> Steps.Progress:
        if len(self.words) == self._stop_at:
            raise KeyboardInterrupt
        self.words.append(words)
        return self.Progress()

    class Progress:
        def __call__(self, done: int, total: int) -> None:
            assert 0 < done <= total


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Cast:
    folder = painted_people(tmp_path_factory.mktemp("painted"), pictures=2)
    return cast_of(pictures_by_person(folder), TOY, people=12, list_size=12, seed=1, progress=lambda done, total: None)


def run(cast: Cast, *names: str, steps: Steps | None = None, kept: KeptLevels | None = None) -> tuple[Curve, ...]:
    return measured(cast, LOOK, TOY, names=names, threshold=0.5, seed=1, step=steps or Steps(), kept=kept)


@pytest.fixture(scope="module")
def steps() -> Steps:
    return Steps()


@pytest.fixture(scope="module")
def curves(twelve: Cast, steps: Steps) -> tuple[Curve, ...]:
    return run(twelve, "width", "covered-above", steps=steps)


def test_clean_is_looked_at_once_and_every_level_after_it(curves: tuple[Curve, ...], steps: Steps) -> None:
    width, covered = curves
    assert steps.words[0] == "clean"
    assert len(steps.words) == 1 + len(width.condition.levels) + len(covered.condition.levels)
    assert steps.words[1:3] == ["width 80", "width 64"]
    assert [width.levels[0].level, covered.levels[0].level] == [96.0, 0.0]
    assert width.tpir[0].value == 1.0
    assert width.tpir[-1].value == 0.0


def test_an_interrupted_run_goes_on_and_ends_the_same(twelve: Cast, curves: tuple[Curve, ...], tmp_path: Path) -> None:
    kept = KeptLevels(tmp_path, "key")
    with pytest.raises(KeyboardInterrupt):
        run(twelve, "covered-above", steps=Steps(stop_at=4), kept=kept)
    steps = Steps()
    (again,) = run(twelve, "covered-above", steps=steps, kept=kept)
    assert steps.words[0] == "covered-above 0.4"
    assert again.record() == curves[1].record()
    rested = Steps()
    run(twelve, "covered-above", steps=rested, kept=kept)
    assert rested.words == []


def test_a_natural_condition_that_too_few_show_gives_no_curve(twelve: Cast) -> None:
    steps = Steps()
    assert run(twelve, "yaw", steps=steps) == ()  # painted people all look ahead: one level is no curve
    assert steps.words == ["yaw"]


def crowded() -> Level:
    in_view = np.repeat([2.0, 9.0, 25.0], 20)
    own = np.where(in_view > 20, np.where(np.arange(60) % 3 == 0, 0.9, 0.1), 0.9)
    return Level(level=0.0, people=np.arange(60), own=own, other=np.full(60, -1.0), live={"in_view": in_view})


def test_a_crowd_is_watched_once_and_kept_under_the_key_of_its_streets(twelve: Cast, tmp_path: Path) -> None:
    kept = KeptLevels(tmp_path, "key")
    for key, watched in (("one", ["crowd one"]), ("one", []), ("other", ["crowd other"])):
        steps = Steps()
        crowd = Crowd(key=key, watch=lambda progress: crowded())
        (found,) = measured(
            twelve, LOOK, TOY, names=("crowd",), threshold=0.5, seed=1, step=steps, crowd=crowd, kept=kept
        )
        assert steps.words == watched
        assert [figure.num for figure in found.tpir] == [20, 20, 6]


def test_the_report_says_what_streets_do_not_mean(twelve: Cast, found: Measured) -> None:
    crowd = Crowd(key="one", watch=lambda progress: crowded())
    curves = measured(twelve, LOOK, TOY, names=("crowd",), threshold=0.5, seed=1, step=Steps(), crowd=crowd)
    told = replace(found, curves=curves)
    (section,) = [one for one in told.report().sections if one.heading == "Crowd"]
    assert section.misuse == OF_STREETS
    assert told.record()["not_measured"] == []
    assert NOT_MEASURED not in list(told.sentences())
    envelope = told.envelope()
    assert envelope is not None
    assert [(limit.quantity, limit.people) for limit in envelope.limits] == [("in_view", 60)]


def test_side_light_without_such_pictures_is_refused(twelve: Cast) -> None:
    with pytest.raises(Refused, match="No light's direction"):
        run(twelve, "side-light")


def test_conditions_are_named_in_their_order() -> None:
    assert chosen_names([], lit=True, streets=True) == NAMES
    assert chosen_names([], lit=False, streets=True) == tuple(name for name in NAMES if name != "side-light")
    assert chosen_names([], lit=True, streets=False) == tuple(name for name in NAMES if name != "crowd")
    assert chosen_names(["yaw", "darkness"], lit=False, streets=False) == ("darkness", "yaw")
    with pytest.raises(Refused, match="no condition rain") as caught:
        chosen_names(["rain"], lit=True, streets=True)
    assert "darkness" in caught.value.todo
    with pytest.raises(Refused, match="carry its direction"):
        chosen_names(["side-light"], lit=False, streets=True)
    with pytest.raises(Refused, match="rehearsed streets"):
        chosen_names(["crowd"], lit=True, streets=False)


@pytest.fixture(scope="module")
def found(curves: tuple[Curve, ...]) -> Measured:
    return Measured(
        curves=curves,
        threshold=threshold_for(CURVE, 12, 0.001),
        people=12,
        no_face=0,
        provenance=provenance(
            default_pack(), source="painted people", digest="0" * 64, seed=1, now_us=1_795_900_000_000_000
        ),
    )


def test_the_limits_become_a_table_that_a_pack_can_keep(found: Measured) -> None:
    envelope = found.envelope()
    assert envelope is not None
    assert [limit.quantity for limit in envelope.limits] == ["face_width"]
    assert envelope.limits[0].condition == "width"
    assert envelope.date.isoformat() == found.provenance.at[:10]
    assert "12 probes, a list of 12" in envelope.source
    assert Envelope.from_table(tomllib.loads(envelope.to_toml())["envelope"]) == envelope


def test_without_a_limit_there_is_no_table(found: Measured) -> None:
    covered = replace(found, curves=found.curves[1:])
    assert covered.envelope() is None
    assert any("No limit follows" in sentence for sentence in covered.sentences())
    assert covered.record()["limits"] == {}


def test_the_record_is_json_and_says_what_it_rests_on(found: Measured) -> None:
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert [one["condition"] for one in record["curves"]] == ["width", "covered-above"]
    assert record["limits"]["face_width"]["people"] == 12
    assert record["provenance"]["seed"] == 1
    assert record["not_measured"] == [NOT_MEASURED]
    for one in record["curves"]:
        for level in one["levels"]:
            assert level["tpir"]["low"] <= level["tpir"]["value"] <= level["tpir"]["high"]


def test_sentences_say_edges_with_their_intervals_and_what_was_not_measured(found: Measured) -> None:
    said = list(replace(found, no_face=2).sentences())
    assert said[0].startswith("12 people, one probe each")
    assert "2 clean probes show no usable face" in said[1]
    width = next(sentence for sentence in said if sentence.startswith("width: "))
    assert "At best 12 of 12 probes were found" in width
    assert "fall below 90 % of that at" in width
    assert "fall below half of that at" in width
    assert "A camera sees there: width of the face in pixels" in width
    assert said[-1] == NOT_MEASURED


def test_a_curve_without_an_edge_says_so(found: Measured, twelve: Cast) -> None:
    flat = replace(found.curves[0], edges=tuple(replace(edge, level=None, live={}) for edge in found.curves[0].edges))
    said = " ".join(replace(found, curves=(flat,)).sentences())
    assert "They never fell below 90 % of that. They never fell below half of that." in said


def test_the_page_shows_every_curve_with_its_misuse(found: Measured) -> None:
    page = to_html(found.report())
    assert page.count("<svg ") == 2
    assert page.count(MISUSE[:60]) == 3
    for words in ("width of the face, pixels", "Not acquired", "12 of 12", "90 % of best", NOT_MEASURED[:40]):
        assert words in page
