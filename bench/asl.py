"""Prompts on real clips: people on the list and people who are not walk past, with the truth known.

    python -m bench.asl

Three people are on the list with one frame each, among official portraits of others; the clip that the frame came from
is not played.
"""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

import av
import cv2

from bench.data import data
from bench.rehearsal import PICTURES, Run, play, prepared, with_cameras
from bench.table import Table, alone, share
from overt.domain.figures import percentile
from overt.video.reader import Pace

LISTED = ("P1", "P2", "P3")
FRAME = 15
AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One clip and who is in it."""

    clip: Path
    person: str


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Walks counted. `right`, `wrong`: walks of listed people with an alert for them, or for somebody else.
    `strangers`: walks of unlisted people with any alert."""

    listed: int
    right: int
    wrong: int
    unlisted: int
    strangers: int


def walks() -> tuple[list[Walk], list[Walk]]:
    """The first clip of each listed person, and all the others."""
    folder = data("asl")
    with (folder / "identities.csv").open(encoding="utf-8", newline="") as file:
        known = [Walk(clip=folder / row["clip"], person=row["identity"]) for row in csv.DictReader(file)]
    first = [next(walk for walk in known if walk.person == person) for person in LISTED]
    return first, [walk for walk in known if walk not in first]


def prompts_on_real_clips(folder: Path) -> Table:
    pictured, played = walks()
    people = folder / "people"
    fillers = write_people(people, pictured)
    whole = prepared(folder, {walk.clip.stem: walk.clip for walk in played}, people)
    groups = [played[start : start + AT_ONCE] for start in range(0, len(played), AT_ONCE)]
    few = f"own speed, {AT_ONCE} cameras at once"
    runs = {
        "as fast as possible": [play(whole, Pace.FAST)],
        few: [play(with_cameras(whole, {walk.clip.stem for walk in group}), Pace.OWN_SPEED) for group in groups],
        f"own speed, {len(played)} cameras at once": [play(whole, Pace.OWN_SPEED)],
    }
    judgements = {pace: judged(some, played) for pace, some in runs.items()}
    return Table(
        title="Prompts on real clips",
        header=(
            "frames taken",
            "listed, right entry",
            "listed, wrong entry",
            "not listed, any alert",
            "passages searched",
            "frames dropped",
            "first usable face to prompt, p50 / p99",
        ),
        rows=tuple(_row(pace, judgements[pace], runs[pace]) for pace in runs),
        says=(
            *(_sentence(pace, judgement) for pace, judgement in judgements.items()),
            f"The list: one frame of each of {len(LISTED)} people, and {fillers} portraits of others; "
            f"{len(whole.watch_list.references)} entries were usable. Threshold {whole.threshold.value:.4f} for at "
            f"most 1 false alert in 1,000 passages{' (extrapolated)' if whole.threshold.extrapolated else ''}.",
            f"{len(played)} clips of 1.5 to 4 s, 640x480, 30 frames/s, each one camera; one person a clip. The clips "
            "repeat five people, so the walks are not independent and the intervals are too narrow. At their own "
            "speed all cameras of a run start at the same moment. Dropped are frames due for the detector "
            "that came too early. Every face in them is wider than the smallest wanted one, so the first usable face "
            "is the first detected one.",
        ),
    )


def _row(pace: str, judgement: Judgement, runs: list[Run]) -> tuple[str, ...]:
    waits = [wait for run in runs for wait in run.figures.latencies_s or ()]
    middle, slowest = percentile(waits, 0.5), percentile(waits, 0.99)
    return (
        pace,
        share(judgement.right, judgement.listed),
        share(judgement.wrong, judgement.listed),
        share(judgement.strangers, judgement.unlisted),
        str(sum(run.figures.counts.faces_seen for run in runs)),
        str(sum(run.figures.counts.dropped for run in runs)),
        "-" if middle is None or slowest is None else f"{middle:.2f} s / {slowest:.2f} s, {len(waits)} prompts",
    )


def _sentence(pace: str, judgement: Judgement) -> str:
    return (
        f"{pace.capitalize()}: right prompts in the walks of people on the list, "
        f"{share(judgement.right, judgement.listed)}; prompts about a wrong entry there, {judgement.wrong}; any prompt "
        f"in the walks of people who are not on it, {share(judgement.strangers, judgement.unlisted)}."
    )


def write_people(people: Path, pictured: list[Walk]) -> int:
    """Fills the folder of the list; returns how many fillers there are."""
    people.mkdir()
    fillers = [path for path in sorted(data("portraits").iterdir()) if path.suffix.lower() in PICTURES]
    for path in fillers:
        shutil.copyfile(path, people / path.name)
    for walk in pictured:
        with av.open(str(walk.clip)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                if number == FRAME:
                    picture = frame.to_ndarray(format="bgr24")
                    cv2.imwrite(str(people / f"{walk.person}.png"), picture)
                    break
    return len(fillers)


def judged(runs: list[Run], played: list[Walk]) -> Judgement:
    """Compares the alerts with who walked."""
    alerts = [alert for run in runs for alert in run.alerts]
    entries = {walk.clip.stem: {a.entry for a in alerts if a.camera == walk.clip.stem} for walk in played}
    listed = [walk for walk in played if walk.person in LISTED]
    unlisted = [walk for walk in played if walk.person not in LISTED]
    return Judgement(
        listed=len(listed),
        right=sum(walk.person in entries[walk.clip.stem] for walk in listed),
        wrong=sum(bool(entries[walk.clip.stem] - {walk.person}) for walk in listed),
        unlisted=len(unlisted),
        strangers=sum(bool(entries[walk.clip.stem]) for walk in unlisted),
    )


def main() -> None:
    alone(prompts_on_real_clips)


if __name__ == "__main__":
    main()
