"""What each setting of the default pack is worth: misses at a wanted share of false alerts, on press photographs.

    python -m bench.recognition [--work FOLDER]

Half of the people choose the centre and the threshold, the other half measures; five seeds halve them anew. Portraits
of other people fill the list. `--work` keeps templates there (biometric: erase the folder afterwards).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from bench.data import data
from bench.table import Table, now, record, share
from overt.bootstrap import recogniser
from overt.domain.geometry import FloatArray
from overt.evaluation.identification import Measured, choose, choosing_curve, measure
from overt.evaluation.intervals import Figure
from overt.evaluation.kept import KeptTemplates, template_key
from overt.evaluation.protocol import Kin, halves, read_kin
from overt.evaluation.rehearse_cast import people_in
from overt.evaluation.resample import figure_by_person
from overt.evaluation.samples import Samples, centre_of, centred, part_of, pictures_by_person, samples_of
from overt.faces.pack import Pack, default_pack, load
from overt.faces.picture import read_picture
from overt.faces.recipe import Recipe
from overt.faces.recogniser import Recogniser
from overt.recognition.threshold import threshold_for
from overt.services.prepare import calibration_of
from overt.settings import load_settings

LIST_SIZE = 1000
SEEDS = (1, 2, 3, 4, 5)
WANTED = (0.01, 0.001)
MOST_PICTURES = 10
SHOTS = 3
TIMED = 200
PLAIN = Recipe()
LEVEL = Recipe(levelled=True)
MIRRORED = Recipe(levelled=True, mirrored=True)
BRIGHTENED = Recipe(levelled=True, mirrored=True, brightened=True)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A recipe as it was measured, over all seeds. `milliseconds`: of a still picture's template."""

    says: str
    tpir: tuple[Figure, ...]
    fpir: tuple[Figure, ...]
    fused: Figure
    thresholds: tuple[float, ...]
    milliseconds: float


def settings_of_the_pack(work: Path) -> Table:
    lfw, portraits = data("lfw"), data("portraits")
    pictures = pictures_by_person(lfw, lfw / "errata.csv", MOST_PICTURES)
    others = {person: paths[:1] for person, paths in people_in(portraits).items()}
    kin = read_kin(lfw / "kin.csv")
    rows = []
    for says, recipe, takes_centre in (
        ("the networks alone", PLAIN, False),
        ("with the centre taken off", PLAIN, True),
        ("faces made level, too", LEVEL, True),
        ("stills mirrored, too", MIRRORED, True),
        ("dark pictures brightened, too (the pack)", BRIGHTENED, True),
    ):
        pack = replace(default_pack(), recipe=recipe)
        samples, fillers = _read(pack, pictures, work), _read(pack, others, work)
        rows.append(_row(says, samples, fillers, kin, takes_centre=takes_centre, milliseconds=_milliseconds(pack)))
    return _table(rows, len(pictures), len(others))


def _read(pack: Pack, pictures: dict[str, list[Path]], work: Path) -> Samples:
    machine = load_settings()
    with ExitStack() as stack:
        known = stack.enter_context(KeptTemplates(work, template_key(pack, machine)))
        return samples_of(pictures, recogniser(machine, load(pack)), lambda *_: None, known)


def _row(says: str, samples: Samples, fillers: Samples, kin: Kin, *, takes_centre: bool, milliseconds: float) -> Row:
    singles: list[Measured] = []
    fused: list[Measured] = []
    thresholds: list[float] = []
    for seed in SEEDS:
        centre = centre_of(part_of(samples, halves(samples, seed=seed, kin=kin)[0].rows)) if takes_centre else ()
        choosing, measuring = halves(centred(samples, centre), seed=seed, kin=kin)
        entries = centred(fillers, centre)
        entered = entries.templates[entries.acquired]
        for shots, found in ((1, singles), (SHOTS, fused)):
            curve = choosing_curve(choosing, shots, "people who choose", kin)
            chosen = [(wanted, choose(curve, LIST_SIZE, wanted)) for wanted in WANTED]
            found.append(measure(measuring, LIST_SIZE, chosen, shots=shots, kin=kin, seed=seed, fillers=entered))
        thresholds.append(singles[-1].at[-1].threshold.value)
    return Row(
        says=says,
        tpir=tuple(_found(singles, at) for at in range(len(WANTED))),
        fpir=tuple(_alerted(singles, at) for at in range(len(WANTED))),
        fused=_found(fused, len(WANTED) - 1),
        thresholds=tuple(thresholds),
        milliseconds=milliseconds,
    )


def _found(measured: Sequence[Measured], at: int) -> Figure:
    """TPIR over all seeds, its interval by person."""
    right = [one.searches.right & (one.searches.mated >= one.at[at].threshold.value) for one in measured]
    people = [one.searches.mated_people for one in measured]
    return figure_by_person(np.concatenate(right), np.concatenate(people), seed=1)


def _alerted(measured: Sequence[Measured], at: int) -> Figure:
    false = [one.searches.strangers >= one.at[at].threshold.value for one in measured]
    people = [one.searches.stranger_people for one in measured]
    return figure_by_person(np.concatenate(false), np.concatenate(people), seed=1)


def _milliseconds(pack: Pack) -> float:
    """Of one still's template, from the decoded picture: the median of many."""
    reader = recogniser(load_settings(), load(pack))
    folder = data("lfw")
    paths = [
        path for person in sorted(folder.iterdir())[:TIMED] if person.is_dir() for path in sorted(person.iterdir())[:1]
    ]
    taken = []
    for path in paths:
        picture = read_picture(path)
        began = time.perf_counter()
        reader.portraits(picture)
        taken.append(time.perf_counter() - began)
    return 1000 * float(np.median(taken))


def _percent(figure: Figure) -> str:
    value, low, high = (100 * number for number in (figure.num / figure.den, figure.low, figure.high))
    return f"{value:.1f} % ({low:.1f} to {high:.1f})"


def _missed(figure: Figure) -> float:
    return 1 - figure.num / figure.den


def _one_in(figure: Figure) -> str:
    return f"{figure.num:,} of {figure.den:,}"


def _table(rows: Sequence[Row], people: int, fillers: int) -> Table:
    first, last = rows[0], rows[-1]
    fewer = 1 - _missed(last.tpir[-1]) / _missed(first.tpir[-1])
    return Table(
        title="Settings of the default pack, one after the other",
        header=(
            "recipe",
            "TPIR at 1 in 100",
            "TPIR at 1 in 1,000",
            "false alerts there",
            f"{SHOTS} pictures fused",
            "threshold",
            "ms a still",
        ),
        rows=tuple(
            (
                row.says,
                _percent(row.tpir[0]),
                _percent(row.tpir[1]),
                _one_in(row.fpir[1]),
                f"{_percent(row.fused)}, {row.fused.den - row.fused.num:,} of {row.fused.den:,} missed",
                f"{min(row.thresholds):.3f} to {max(row.thresholds):.3f}",
                f"{row.milliseconds:.0f}",
            )
            for row in rows
        ),
        says=(
            f"At 1 false alert in 1,000 searches of strangers the pack misses {fewer:.0%} fewer single stills than the "
            "networks alone.",
            f"Lists of {LIST_SIZE:,}, one picture each, {fillers:,} of them portraits of others; {people:,} people "
            f"of Labeled Faces in the Wild, label errors corrected, at most {MOST_PICTURES} pictures each. Half of the "
            f"people choose centre and threshold, the other half measures; {len(SEEDS)} seeds, counted together. "
            "Intervals are by person.",
        ),
    )


def more_pictures(work: Path) -> Table:
    """What a second list picture is worth, and how many shots fused."""
    lfw = data("lfw")
    pictures = pictures_by_person(lfw, lfw / "errata.csv", MOST_PICTURES)
    kin = read_kin(lfw / "kin.csv")
    samples = _read(replace(default_pack(), recipe=BRIGHTENED), pictures, work)
    found: dict[tuple[int, str], list[tuple[bool, int]]] = {}
    for seed in SEEDS:
        centre = centre_of(part_of(samples, halves(samples, seed=seed, kin=kin)[0].rows))
        choosing, measuring = halves(centred(samples, centre), seed=seed, kin=kin)
        templates = measuring.samples.templates
        for shots in (1, 2, 3, 5):
            threshold = choose(choosing_curve(choosing, shots, "people who choose", kin), LIST_SIZE, WANTED[-1]).value
            for person, rows in measuring.pictures.items():
                own = rows[measuring.samples.acquired[rows]]
                if len(own) < 2 + shots:
                    continue
                probe = _unit(templates[own[2 : 2 + shots]].sum(axis=0))
                one, two = (float(probe @ templates[row]) for row in own[:2])
                fused = float(probe @ _unit(templates[own[:2]].sum(axis=0)))
                for entry, score in (("one", one), ("two, the better one", max(one, two)), ("two, fused", fused)):
                    found.setdefault((shots, entry), []).append((score >= threshold, person))
    rows_told = []
    for (shots, entry), hits in sorted(found.items()):
        figure = figure_by_person(np.array([hit for hit, _ in hits]), np.array([person for _, person in hits]), seed=1)
        rows_told.append((str(shots), entry, _percent(figure), f"{figure.den - figure.num:,} of {figure.den:,}"))
    return Table(
        title="More pictures of a person",
        header=("shots fused", "list pictures", "found at 1 in 1,000", "missed"),
        rows=tuple(rows_told),
        says=(
            f"The threshold is that of {LIST_SIZE:,} list pictures and so many shots; people with enough pictures, "
            "one search each. Whether somebody else on the list scores higher is left out. Intervals by person over "
            f"{len(SEEDS)} seeds.",
        ),
    )


def dark_faces() -> Table:
    """Faces lit from one side or hardly at all: found, and known by a picture in good light."""
    folder, threshold = data("lowlight"), threshold_for(calibration_of(default_pack()), LIST_SIZE, WANTED[-1]).value
    rows = []
    for says, recipe in (("as they are", default_pack().recipe), ("brightened (the pack)", default_pack().recipe)):
        pack = replace(default_pack(), recipe=replace(recipe, brightened=says.startswith("bright")))
        reader = recogniser(load_settings(), load(pack))
        seen, known, of = 0, 0, 0
        for subject in sorted(path for path in folder.iterdir() if path.is_dir()):
            lit = {path.stem: _padded_face(path, reader) for path in sorted(subject.glob("*.pgm"))}
            front = next((face for name, face in lit.items() if "A+000E+00" in name and face is not None), None)
            others = [face for name, face in lit.items() if "A+000E+00" not in name and "Ambient" not in name]
            if front is not None:
                of += len(others)
                seen += sum(face is not None for face in others)
                known += sum(face is not None and float(face @ front) >= threshold for face in others)
        rows.append((says, share(seen, of), share(known, of)))
    return Table(
        title="Dark and side-lit faces",
        header=("pictures", "a face is found", f"known at {threshold:.4f}"),
        rows=tuple(rows),
        says=(
            "Extended Yale B, cropped pictures set on grey, every direction of the light against the picture lit from "
            "the front. Few people, each in many pictures, so the intervals are too narrow.",
        ),
    )


def _padded_face(path: Path, reader: Recogniser) -> FloatArray | None:
    picture = read_picture(path)
    height, width = picture.shape[:2]
    sides = (height // 2, height // 2, width // 2, width // 2)
    found = reader.portraits(
        np.asarray(cv2.copyMakeBorder(picture, *sides, cv2.BORDER_CONSTANT, value=(60, 60, 60)), np.uint8)
    )
    return found[0].template if found else None


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = vector / np.linalg.norm(vector)
    return unit


def worth_of_each_setting(work: Path) -> list[Table]:
    """Args: work: where templates lie meanwhile."""
    print("Reading press photographs (minutes) ...", file=sys.stderr)
    return [settings_of_the_pack(work), more_pictures(work), dark_faces()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what each setting of the default pack is worth.")
    parser.add_argument("--work", type=Path, help="keep templates there; erase the folder afterwards")
    parser.add_argument("--dry", action="store_true", help="print the table and leave bench/RESULTS.md as it is")
    chosen = parser.parse_args()
    began = now()
    with TemporaryDirectory(prefix="overt-bench-") as folder:
        tables = worth_of_each_setting(chosen.work or Path(folder))
    for table in tables:
        print(table.markdown())
    if not chosen.dry:
        record(tables, "recognition", began)


if __name__ == "__main__":
    main()
