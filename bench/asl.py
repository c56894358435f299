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

from bench.data import data
from bench.rehearsal import PICTURES, Run, play, prepared
from bench.table import Table, alone, share
from overt.video.reader import Pace

LISTED = ("P1", "P2", "P3")
FRAME = 15


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One clip and who is in it."""

    clip: Path
    person: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Walks counted. `right`, `wrong`: walks of listed people with an alert for them, or for somebody else; `strangers`:
    walks of unlisted people with any alert."""

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
    runs = {"as fast as possible": play(whole, Pace.FAST), "their own speed": play(whole, Pace.OWN_SPEED)}
    outcomes = {pace: judged(run, played) for pace, run in runs.items()}
    own = runs["their own speed"].figures.line()["figures"]
    assert isinstance(own, dict)
    first = outcomes["their own speed"]
    return Table(
        title="Prompts on real clips",
        header=("frames taken", "listed, right entry", "listed, wrong entry", "not listed, any alert", "passages searched",
                "frames dropped"),
        rows=tuple(
            (
                pace,
                share(outcome.right, outcome.listed),
                share(outcome.wrong, outcome.listed),
                share(outcome.strangers, outcome.unlisted),
                str(runs[pace].figures.counts.faces_seen),
                str(runs[pace].figures.counts.dropped),
            )
            for pace, outcome in outcomes.items()
        ),
        says=(
            f"At their own speed, {share(first.right, first.listed)} walks of people on the list led to a prompt about "
            f"the right entry, and {share(first.strangers, first.unlisted)} walks of people who are not on it to any.",
            "From the first usable face to the prompt: half within "
            f"{own['latency_p50_s']} s, the slowest (p99) {own['latency_p99_s']} s, {own['alerts']} prompts, "
            f"{len(played)} cameras starting at the same moment.",
            f"The list: one frame of each of {len(LISTED)} people, and {fillers} portraits of others; "
            f"{len(whole.watch_list.references)} entries were usable. Threshold {whole.threshold.value:.4f} for at most "
            f"1 false alert in 1,000 passages{' (extrapolated)' if whole.threshold.extrapolated else ''}.",
            f"{len(played)} clips of 2 to 4 s, 640x480, 30 frames/s, one camera each in one deployment; one person a "
            "clip. The clips repeat five people, so the walks are not independent and the intervals are too narrow.",
        ),
    )  # fmt: skip


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
                    frame.to_image().save(people / f"{walk.person}.png")
                    break
    return len(fillers)


def judged(run: Run, played: list[Walk]) -> Outcome:
    """Compares the alerts with who walked."""
    entries = {walk.clip.stem: {a.entry for a in run.alerts if a.camera == walk.clip.stem} for walk in played}
    listed = [walk for walk in played if walk.person in LISTED]
    unlisted = [walk for walk in played if walk.person not in LISTED]
    return Outcome(
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
