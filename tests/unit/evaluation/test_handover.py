"""A package: it gives the figures that it tells, and whatever is changed in it is seen."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overt.domain.decision import Result, Verdict
from overt.domain.errors import Refused
from overt.domain.figures import Counts
from overt.evaluation import handover
from overt.evaluation.handover import (
    BadPackage,
    Content,
    Minute,
    counted,
    differences,
    digest_of,
    files_of,
    read,
    write,
)
from overt.evaluation.handover_codes import Codes, coded_run, coded_truth
from overt.evaluation.trial import trial
from overt.evaluation.trial_report import record
from overt.evaluation.trial_run import Run
from overt.evaluation.trial_truth import Kind, Truth
from tests.unit.evaluation.blue_list import START_US, prompt, run, said, tally, walk
from tests.unit.evaluation.test_trial import PROMPTS, WALKS

#: What is named otherwise in a package: digests of other bytes, walks, and labels that one person alone has.
NAMED = ("deployment", "run_digest", "tally_digest", "of_walks", "trr_by", "pictures")
FOOTAGE = (run(*PROMPTS, seen=50, detected=60), tally(*WALKS, everybody=True))


def live() -> tuple[Run, Truth]:
    walks = (
        walk("Bob's first", "bob", 0.1234567, 10, usable=2.5, kind=Kind.LIVE, picture="same-day", picture_months=0.5),
        walk("Bob's second", "bob", 20, 30, kind=Kind.LIVE, camera="north", notes="wore a hat", groups={"age": "old"}),
        walk("Ann", "ann", 40, 50, kind=Kind.LIVE, seen=False, groups={"age": "old"}),
    )
    prompts = (
        prompt(1, "bob", 5, live=True, about="volunteer", said=said(Result.RIGHT), latency_ms=420),
        prompt(2, "bob", 60, live=True, about="volunteer", said=said(Result.WRONG_PERSON)),
        prompt(3, "", 26, live=True, about="volunteer", said=said(verdict=Verdict.NOT_THE_PERSON)),
        prompt(4, "x", 26, live=True, about="decoy", score=None, threshold=None, per_1000=None),
    )
    return run(*prompts, rehearsal=False, seen=9), tally(*walks, kind=Kind.LIVE)


def packed(told: Run, truth: Truth | None, **changes: Any) -> dict[str, bytes]:
    codes = Codes(random_bytes=os.urandom, digest=lambda text: f"digest of {len(text)}")
    content = Content(
        run=coded_run(told, codes, "run"),
        truth=None if truth is None else coded_truth(truth, codes),
        minutes=(),
        settings={"versions": {"overt": "9"}},
        tolerance_s=2.0,
        seed=1,
    )
    return files_of(replace(content, **changes))


def plain(told: Run, truth: Truth) -> dict[str, Any]:
    """The record of the trial itself, without what a package names otherwise."""
    found = json.loads(json.dumps(record(trial(told, truth))))
    return without_names(found)


def without_names(found: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: value for name, value in found.items() if name not in NAMED},
        "of_walks": [{**one, "walk": "", "camera": bool(one["camera"])} for one in found["of_walks"]],
    }


@pytest.mark.parametrize("of", [lambda: FOOTAGE, live], ids=["footage", "live"])
def test_the_figures_of_the_trial_are_counted_from_the_package_alone(of: Callable[[], tuple[Run, Truth]]) -> None:
    told, truth = of()
    files = packed(told, truth)
    assert differences(files) == []
    of_package = counted(files)["trial"]
    assert isinstance(of_package, dict)
    again = without_names(json.loads(json.dumps(of_package)))
    assert again == plain(told, truth)


def test_a_simulated_street_stays_one(tmp_path: Path) -> None:
    told, truth = FOOTAGE
    files = packed(told, replace(truth, kind=Kind.SIMULATED))
    assert json.loads(files["figures.json"])["trial"]["simulated"] is True
    assert all(line.split(b",")[11] == b"yes" for line in files["tally.csv"].splitlines()[1:])


def test_a_package_without_a_tally_has_no_figures_of_a_trial() -> None:
    files = packed(FOOTAGE[0], None)
    assert json.loads(files["figures.json"]) == {"deployment": None, "trial": None}
    assert "tally.csv" not in files
    assert differences(files) == []


def test_a_deployment_is_counted_from_its_minutes_and_alerts() -> None:
    told, _ = live()
    minutes = (
        Minute(camera="camera 1", minute_us=START_US, counts=Counts(frames=5, faces_seen=40, faces_detected=44)),
        Minute(camera="camera 1", minute_us=START_US + 60_000_000, counts=Counts(frames=5, faces_seen=2, lost=1)),
    )
    settings = {"kind": "trial", "entries": 840, "withdrawn": 1}
    files = packed(told, None, minutes=minutes, settings=settings)
    found = json.loads(files["figures.json"])["deployment"]
    counts = found["counts"]
    assert (counts["faces_seen"], counts["faces_detected"], counts["lost"], counts["minutes"]) == (42, 44, 1, 2)
    assert (counts["entries"], counts["withdrawn"], counts["kind"]) == (840, 1, "trial")
    assert (counts["volunteers"]["right"], counts["volunteers"]["wrong_person"], counts["decoys"]["alerts"]) == (
        1,
        1,
        1,
    )
    assert found["far_high"]["den"] == 38
    assert differences(files) == []
    assert differences(packed(told, None, settings=settings)) == []


def test_hidden_scores_stay_null() -> None:
    lines = [json.loads(line) for line in packed(*live())["run.jsonl"].splitlines()]
    assert [line.get("score") for line in lines[:-1]] == [0.7, 0.7, 0.7, None]
    assert lines[3]["threshold"] is None
    assert lines[3]["false_alerts_per_1000"] is None


@pytest.mark.parametrize("name", ["package", "package.zip"])
def test_a_package_is_written_and_read_the_same(tmp_path: Path, name: str) -> None:
    files = packed(*FOOTAGE)
    write(files, tmp_path / name)
    assert read(tmp_path / name) == files
    assert len(digest_of(files)) == 64
    with pytest.raises(Refused, match="something at"):
        write(files, tmp_path / name)


def test_the_same_package_is_the_same_archive(tmp_path: Path) -> None:
    files = packed(*FOOTAGE)
    write(files, tmp_path / "one.zip")
    write(dict(reversed(files.items())), tmp_path / "other.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(Refused, match="cannot be written"):
        write(packed(*FOOTAGE), tmp_path / "file" / "package")


def changed(files: dict[str, bytes], name: str, data: bytes | None) -> dict[str, bytes]:
    kept = {**files, name: data or b""}
    return kept if data is not None else {one: kept[one] for one in kept if one != name}


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("run.jsonl", b"{}\n", "was changed in 'run.jsonl'"),
        ("run.jsonl", None, "lacks 'run.jsonl'"),
        ("face.jpg", b"\xff\xd8", "does not list, 'face.jpg'"),
        ("manifest.json", None, "no manifest.json"),
        ("manifest.json", b"{", "no manifest.json"),
        ("manifest.json", b"[]", "is no object"),
        ("manifest.json", b"{}", "manifest of package cannot be read"),
        ("manifest.json", b'{"files": []}', "lacks|does not list"),
    ],
)
def test_whatever_is_changed_in_a_package_is_refused(tmp_path: Path, name: str, data: bytes | None, says: str) -> None:
    write(changed(packed(*FOOTAGE), name, data), tmp_path / "package")
    with pytest.raises(BadPackage, match=says):
        read(tmp_path / "package")


def test_what_is_no_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadPackage, match="cannot be read"):
        read(tmp_path / "nothing")
    (tmp_path / "broken.zip").write_bytes(b"PK no")
    with pytest.raises(BadPackage, match="cannot be read"):
        read(tmp_path / "broken.zip")
    write(packed(*FOOTAGE), tmp_path / "large.zip")
    write(packed(*FOOTAGE), tmp_path / "large")
    monkeypatch.setattr(handover, "MOST_BYTES", 100)
    with pytest.raises(BadPackage, match="larger than any package"):
        read(tmp_path / "large.zip")
    with pytest.raises(BadPackage, match="more in it than any package"):
        read(tmp_path / "large")


def test_an_archive_with_more_files_than_a_package_has_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for at in range(9):
            archive.writestr(f"{at}.txt", b"")
    with pytest.raises(BadPackage, match="larger than any package"):
        read(tmp_path / "many.zip")


def test_a_figure_that_the_package_does_not_give_is_named() -> None:
    files = packed(*FOOTAGE)
    told = json.loads(files["figures.json"])
    told["trial"]["trr"]["num"] = 4
    del told["trial"]["precision"]
    told["trial"]["accuracy"] = 1
    files["figures.json"] = json.dumps(told).encode()
    found = differences(files)
    assert "trial.trr.num: 4, counted 2" in found
    assert "trial.precision.num: missing, counted 3" in found
    assert "trial.accuracy: 1, counted missing" in found


@pytest.mark.parametrize("settings", [{}, {"tally_has_everybody": True, "tolerance_s": "wide", "seed": 1}])
def test_settings_that_cannot_be_used_are_refused(settings: dict[str, Any]) -> None:
    files = {**packed(*FOOTAGE), "settings.json": json.dumps(settings).encode()}
    with pytest.raises(BadPackage, match="cannot be used"):
        counted(files)
