"""What leaves an installation: enough to count everything again, and nothing about anybody."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from overt.domain.decision import Result, Verdict
from overt.domain.roles import NotAllowed
from overt.evaluation.handover import counted, differences, digest_of, read, write
from overt.evaluation.trial import trial
from overt.evaluation.trial_report import record
from overt.evaluation.trial_truth import Kind, Truth
from overt.faces.pack import default_pack
from overt.ledger.entry import Entry
from overt.services import handover
from overt.services.evidence import AlertEvidence, AlertPicture
from overt.services.figures import figures_of
from overt.services.handover import (
    PACKAGE,
    Measure,
    package_of_deployment,
    package_of_run,
    record_handover,
)
from overt.services.people import account_of
from overt.services.recount import check
from overt.services.trials import Kept, kept_deployment
from overt.store.records import AccountState
from overt.testing.fixed_clock import SOME_DAY_US
from tests import histories
from tests.histories import TWO_VERDICTS, History
from tests.stores import account, uuid
from tests.unit.evaluation.blue_list import prompt, run, tally, walk
from tests.unit.evaluation.test_handover import without_names
from tests.unit.services.keeping import enrolled, portraits, sealed

MEASURE = Measure(tolerance_s=2.0, seed=1)
REFERENCE, NOTE, NAME, WORDS = "canary-9f31", "Canary wore the yellow hat", "Canary Wharf, Sunday", "The ears differ."
PICTURE, LISTED = b"\xff\xd8canary picture of a stranger\xff\xd9", b"\xff\xd8canary picture of the list\xff\xd9"
EVIDENCE = AlertEvidence(
    reference=REFERENCE,
    pictures=(AlertPicture(jpeg=PICTURE, captured_us=SOME_DAY_US, quality=0.5),),
    listed=LISTED,
    response="arrest",
)


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> History:
    monkeypatch.setattr(histories, "EVIDENCE", EVIDENCE)
    found = History()
    found.enter(TWO_VERDICTS, kind="trial", name=NAME)
    return found


def eventful(history: History) -> Truth:
    """A trial with something of everything, and its tally."""
    begins_us = history.clock.now_us()
    history.minute(0, seen=50)
    history.minute(1, camera=1, seen=7)
    alert = history.raised(1, about="volunteer")
    for by in (0xAA, 0xAC):
        history.says(alert, Verdict.WORTH_A_LOOK, by=by)
    history.came(alert, Result.RIGHT)
    ends_us = history.clock.now_us()
    history.says(history.raised(2, about="listed"), Verdict.NOT_THE_PERSON)
    history.raised(3, about="decoy", camera=1)
    history.wait(100)
    walks = (
        replace(walk("Canary's first", REFERENCE, notes=NOTE), begins_us=begins_us, ends_us=ends_us),
        replace(walk("Canary's second", REFERENCE), begins_us=ends_us + 50_000_000, ends_us=ends_us + 60_000_000),
        replace(walk("nobody", camera="north"), begins_us=ends_us, ends_us=ends_us + 10_000_000),
    )
    return tally(*walks, kind=Kind.LIVE, everybody=True)


def kept(history: History) -> Kept:
    return kept_deployment(history.installation, history.deployment)


def packed(history: History, truth: Truth | None) -> dict[str, bytes]:
    return package_of_deployment(history.installation, kept(history), truth, default_pack(), MEASURE)


def settings_of(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["settings.json"])
    return found


def forms(canary: bytes | str) -> Iterator[bytes]:
    """How something could stand in a file."""
    data = canary.encode() if isinstance(canary, str) else canary
    yield data
    yield data.hex().encode()
    yield base64.b64encode(data).rstrip(b"=")[:-1]
    yield json.dumps(data.decode("latin-1"))[1:-1].encode()
    yield data.decode("latin-1").encode("utf-16-le")
    yield data.decode("latin-1").encode()


def test_no_byte_of_a_package_tells_of_anybody(history: History, tmp_path: Path) -> None:
    truth = eventful(history)
    watch_list = enrolled(portraits(tmp_path / "people", REFERENCE))
    row = np.random.default_rng(1).normal(size=watch_list.templates.shape).astype(np.float32)
    sealed(history.installation, replace(watch_list, templates=row))
    files = packed(history, truth)
    write(files, tmp_path / "package")
    template = row[0].tobytes()
    seen = (tmp_path / "package").rglob("*")
    content = b"\n".join([*(path.name.encode() + path.read_bytes() for path in seen)])
    names = [REFERENCE, NOTE, NAME, WORDS, "Canary", "yellow hat", "north", "south"]
    for canary in (PICTURE, LISTED, template, template[:32], *names, uuid(0xAA), uuid(0xAC)):
        for form in forms(canary):
            assert form not in content, canary
    assert truth.walks[0].notes == NOTE  # what was looked for was there
    assert any(form in f'["{REFERENCE}"]'.encode() for form in forms(REFERENCE))


def test_notes_are_told_as_keyed_digests(history: History) -> None:
    files = packed(history, eventful(history))
    assert history.installation.digest(NOTE).encode() in files["tally.csv"]
    assert settings_of(files)["name"] == history.installation.digest(NAME)


def test_the_trial_is_counted_again_from_the_package_alone(history: History, tmp_path: Path) -> None:
    truth = eventful(history)
    write(packed(history, truth), tmp_path / "package.zip")
    files = read(tmp_path / "package.zip")
    assert differences(files) == []
    again = counted(files)["trial"]
    assert isinstance(again, dict)
    told = json.loads(json.dumps(record(trial(kept(history).run, truth))))
    assert without_names(json.loads(json.dumps(again))) == without_names(told)
    assert (told["trr"]["num"], told["trr"]["den"], told["alerts"]["decoys"]) == (1, 2, 1)


def test_the_deployment_is_counted_again_as_overt_figures_counts_it(history: History) -> None:
    files = packed(history, eventful(history))
    found = json.loads(files["figures.json"])["deployment"]
    (figures,) = [
        one.record() for one in figures_of(history.installation) if one.tally.deployment == history.deployment
    ]
    assert {name: found[name] for name in ("far_low", "far_high")} == {
        name: figures[name] for name in ("far_low", "far_high")
    }
    assert {name: found[name] for name in ("precision", "verified")} == {
        name: figures["listed"][name] for name in ("precision", "verified")
    }
    for sort in ("listed", "volunteers", "decoys"):
        for name in ("alerts", "worth_a_look", "not_the_person", "open", "right", "undecided"):
            assert found["counts"][sort][name] == figures[sort][name], (sort, name)
    assert found["counts"]["faces_seen"] == figures["faces_seen"] == 57
    assert (found["counts"]["cameras"], found["counts"]["camera_minutes"]) == (2, 2)


def test_scores_that_are_hidden_stay_null_and_so_do_all_thresholds(history: History) -> None:
    files = packed(history, eventful(history))
    lines = [json.loads(line) for line in files["run.jsonl"].splitlines()]
    assert [line["score"] for line in lines[:-1]] == [0.7, None, None]  # the last two still wait for a verdict
    assert [len(line["verdicts"]) for line in lines[:-1]] == [2, 0, 0]
    settings = settings_of(files)
    assert settings["rules"]["blind_first"] is True
    assert (settings["thresholds"], settings["threshold_by_calibration"]) == (None, None)


def test_settings_say_what_ran_and_what_thresholds_come_from(history: History) -> None:
    history.enter(kind="trial")
    history.says(history.raised(1, about="volunteer"), Verdict.WORTH_A_LOOK)
    settings = settings_of(packed(history, None))
    pack = default_pack()
    assert settings["pack"]["detector"] == pack.detector.sha256
    assert pack.calibration is not None
    assert settings["calibration"]["source"] == pack.calibration.source
    assert settings["calibration"]["errors"] == list(pack.calibration.errors)
    assert settings["thresholds"] == [0.5]
    assert settings["threshold_by_calibration"] is None  # this one kept no terms
    assert settings["kind"] == "trial"
    assert set(settings["versions"]) >= {"overt", "python", "numpy", "scipy"}
    assert settings["ledger_key"] == history.installation.public_key


def test_a_part_that_is_not_installed_has_no_version(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "_PARTS", ("numpy", "no-such-part-of-overt"))
    assert set(settings_of(packed(history, None))["versions"]) == {"overt", "python", "numpy"}


def with_terms(found: Kept, **terms: object) -> Kept:
    return replace(found, row=replace(found.row, terms=terms))


def test_a_threshold_that_the_calibration_does_not_give_is_told(history: History) -> None:
    history.enter(kind="trial")
    history.says(history.raised(1, about="volunteer", threshold=0.4), Verdict.WORTH_A_LOOK)
    installation, pack = history.installation, default_pack()
    found = with_terms(kept(history), rows=1000, wanted_far=0.001, text=["a digest"], area=[[51.5, 0.0]])
    files = package_of_deployment(installation, found, None, pack, MEASURE)
    settings = settings_of(files)
    assert set(settings["terms"]) == {"cameras", "rows", "use_case", "expected_passages", "wanted_far"}
    assert settings["threshold_by_calibration"]["alerts_agree"] is False
    value = settings["threshold_by_calibration"]["value"]
    prompts = tuple(replace(one, threshold=value) for one in found.run.prompts)
    agreeing = replace(found, run=replace(found.run, prompts=prompts))
    files = package_of_deployment(installation, agreeing, None, pack, MEASURE)
    assert settings_of(files)["threshold_by_calibration"]["alerts_agree"] is True
    hopeless = with_terms(found, rows=1000, wanted_far=1e-300)
    files = package_of_deployment(installation, hopeless, None, pack, MEASURE)
    assert settings_of(files)["threshold_by_calibration"] is None


def test_a_pack_without_calibration_says_so(history: History) -> None:
    history.enter(kind="trial")
    pack = replace(default_pack(), calibration=None)
    found = with_terms(kept(history), rows=10, wanted_far=0.001)
    settings = settings_of(package_of_deployment(history.installation, found, None, pack, MEASURE))
    assert (settings["calibration"], settings["threshold_by_calibration"]) == (None, None)


def test_that_a_package_was_made_stands_in_the_ledger(history: History) -> None:
    row = account(1, roles=("evaluator",))
    history.installation.store.write(lambda work: work.accounts.add(row))
    files = packed(history, eventful(history))
    digest = record_handover(history.installation, account_of(row), kept(history), files)
    assert digest == digest_of(files)
    (paper,) = history.installation.store.read(lambda work: work.papers.about(PACKAGE, digest))
    assert (paper.account, paper.deployment, paper.content) == (row.id, history.deployment, {"manifest": digest})
    last = history.installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    entry = Entry.from_bytes(last.entry)
    assert (entry.kind, entry.actor, entry.facts["about"]) == ("paper.filed", row.id, digest)
    assert check(history.installation)[1] == []  # no figure takes anything from it


def test_an_account_that_was_closed_hands_nothing_over(history: History) -> None:
    row = account(1, roles=("evaluator",), state=AccountState.CLOSED)
    history.installation.store.write(lambda work: work.accounts.add(row))
    with pytest.raises(NotAllowed):
        record_handover(history.installation, account_of(row), kept(history), packed(history, None))


def test_a_run_that_was_printed_has_no_settings_of_a_deployment_and_no_notes() -> None:
    told = run(prompt(1, REFERENCE, 5, cautions=("dark", NOTE)))
    truth = tally(walk("Canary's first", REFERENCE, notes=NOTE))
    files = package_of_run(told, truth, default_pack(), MEASURE, lambda count: b"\7" * count)
    content = b"".join(files.values())
    assert not any(form in content for canary in (REFERENCE, NOTE, "Canary") for form in forms(canary))
    assert "kind" not in settings_of(files)
    assert differences(files) == []
