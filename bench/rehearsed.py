"""Simulated streets by day: how many listed walks alert, and how often somebody who is not listed does.

    python -m bench.rehearsed

Each street runs on the product's own path at the pack's threshold for a list of 1,000. Walks of people of whom the list
has another photograph say what a still is worth on a street; walks with the very photograph of the list are the most
that a simulated street can show. False alerts are counted over everybody of another set at once, as thousands of lists
would.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.data import data
from bench.table import Table, alone, share
from overt.bootstrap import recogniser
from overt.domain.authority import SMALLEST_FACE_PX
from overt.domain.geometry import FloatArray
from overt.domain.rules import RecognitionRules
from overt.engine.clock import SystemClock
from overt.evaluation.envelope_crowd import score_of
from overt.evaluation.passages import comparisons_of, scores_with
from overt.evaluation.protocol import Kin, read_kin
from overt.evaluation.rehearse_truth import Street, with_truth
from overt.evaluation.samples import Samples, pictures_by_person, samples_of
from overt.faces.pack import default_pack, load
from overt.faces.recogniser import Recogniser
from overt.recognition.threshold import threshold_for
from overt.services.prepare import calibration_of
from overt.settings import load_settings

LIST_SIZE = 1000
WANTED = 0.001
SECONDS, PASSAGES = "60", "50"
SEEDS = (61, 62)
Entries = Mapping[str, FloatArray]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What some streets gave. `pairs`: of a passage and somebody who does not walk there; `false`: those that alert."""

    walks: int
    found: int
    passages: int
    pairs: int
    false: int


def streets_by_day(folder: Path) -> Table:
    lfw, portraits = data("lfw"), data("portraits")
    threshold = threshold_for(calibration_of(default_pack()), LIST_SIZE, WANTED).value
    reader = recogniser(load_settings(), load(default_pack()))
    press = pictures_by_person(lfw, lfw / "errata.csv", 2)
    everybody = _entries(samples_of({name: paths[:1] for name, paths in press.items()}, reader, lambda *_: None))
    several = folder / "several"
    for name, paths in press.items():
        if len(paths) == 2:
            (several / name).mkdir(parents=True)
            for path in paths:
                shutil.copy(path, several / name)
    official = _entries(
        samples_of({path.stem: [path] for path in sorted(portraits.glob("*.jpg"))}, reader, lambda *_: None)
    )
    kin, called = read_kin(lfw / "kin.csv"), _names(portraits / "names.csv")
    rows = []
    for says, source, own, options in (
        ("press photographs; another one is on the list", several, everybody, ["--hold-back"]),
        ("official portraits; the same one is on the list", portraits, official, []),
    ):
        found = [
            _counted(street, reader, threshold, own, everybody, kin, called)
            for street in with_truth([_street(source, folder, seed, options) for seed in SEEDS])
        ]
        rows.append((says, _sum(found)))
    return _table(rows, threshold, len(everybody))


def _entries(samples: Samples) -> Entries:
    return {
        samples.names[person]: template
        for person, template, acquired in zip(samples.people, samples.templates, samples.acquired, strict=True)
        if acquired
    }


def _names(path: Path) -> Mapping[str, str]:
    """What the press calls the people of the portraits: some are in both sets."""
    with path.open(newline="", encoding="utf-8") as opened:
        return {row["bioguide"]: row["name"].replace(" ", "_") for row in csv.DictReader(opened)}


def _street(source: Path, folder: Path, seed: int, options: Sequence[str]) -> Path:
    clip = folder / f"{source.name}-{seed}.mp4"
    length = ["--seconds", SECONDS, "--passages", PASSAGES, "--size", "1280x720", "--seed", str(seed)]
    overt = [sys.executable, "-c", "from overt.cli.start import run; run()"]
    command = [*overt, "rehearse", str(source), "--out", str(clip), *length, *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return clip


def _counted(
    street: Street,
    reader: Recogniser,
    threshold: float,
    own: Entries,
    others: Entries,
    kin: Kin,
    called: Mapping[str, str],
) -> Counted:
    clip, truth = street
    rules = RecognitionRules()
    heard = comparisons_of(
        clip,
        reader,
        smallest_face_px=SMALLEST_FACE_PX,
        rules=rules,
        clock=SystemClock(),
        frames=truth.header.frames,
        progress=lambda *_: None,
    )
    walks = [walk for walk in truth.usable_passages if walk.person in own]
    walking = {called.get(walk.person, walk.person) for walk in truth.usable_passages}
    walking |= {relative for pair in kin if pair & walking for relative in pair}
    strangers = np.stack([template for name, template in others.items() if name not in walking])
    scores = scores_with(heard.comparisons, strangers, rules)
    return Counted(
        walks=len(walks),
        found=sum(score_of(walk, heard, own[walk.person][None], rules) >= threshold for walk in walks),
        passages=len(scores),
        pairs=scores.size,
        false=int((scores >= threshold).sum()),
    )


def _sum(found: Sequence[Counted]) -> Counted:
    return Counted(**{name: sum(getattr(one, name) for one in found) for name in Counted.__dataclass_fields__})


def _table(rows: Sequence[tuple[str, Counted]], threshold: float, people: int) -> Table:
    return Table(
        title="Rehearsed streets by day",
        header=(
            "who walks",
            "listed walks that alert",
            "passages searched",
            "false alerts expected on a list of 1,000",
        ),
        rows=tuple((says, share(one.found, one.walks), f"{one.passages:,}", _expected(one)) for says, one in rows),
        says=(
            f"Threshold {threshold:.4f}, that of the default pack for {LIST_SIZE:,} pictures, 1 in 1,000, "
            "worst group first.",
            f"{len(SEEDS)} streets each, 1280x720, {SECONDS} s, {PASSAGES} passages. Each passage is compared with one "
            f"picture each of those of {people:,} people of Labeled Faces in the Wild who neither walk nor are kin "
            "of those who walk: few passages, thousands of lists. The pack's centre, curve and step to a passage "
            "come from the same photographs, and from other streets of the same portraits.",
        ),
    )


def _expected(one: Counted) -> str:
    rate = one.false / one.pairs
    return f"{1000 * (1 - (1 - rate) ** LIST_SIZE):.2f} in 1,000 ({one.false:,} of {one.pairs:,} pairs)"


if __name__ == "__main__":
    alone(streets_by_day)
