"""Passages of people who are not on the list, before longer lists: how many false alerts come?

    python -m bench.strangers

The passages are those of all real clips at hand; the lists are drawn from press photographs of other people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.clips import footage
from bench.data import data
from bench.rehearsal import PICTURES, Run, play, prepared, with_entries
from bench.street import FROM_BEHIND
from bench.street import clips as street_clips
from bench.table import Table, alone, share

ENTRIES = 1000
SEEDS = (1, 2, 3)


@dataclass(frozen=True, kw_only=True)
class Draw:
    seed: int
    threshold: float
    searched: int
    alerted: int


def impostor_passages(folder: Path) -> Table:
    cameras = _clips()
    whole = prepared(folder, cameras, _people(folder / "people"))
    people = len(whole.watch_list.references)
    draws = []
    for seed in SEEDS:
        chosen = np.random.default_rng(seed).choice(people, ENTRIES, replace=False)
        drawn = with_entries(whole, [int(entry) for entry in chosen])
        draws.append(_counted(seed, drawn.threshold.value, play(drawn)))
    return _table(draws, len(cameras), people)


def _table(draws: list[Draw], cameras: int, people: int) -> Table:
    alerted, searched = sum(draw.alerted for draw in draws), sum(draw.searched for draw in draws)
    return Table(
        title="Impostor passages",
        header=("seed", "entries", "threshold", "passages searched", "passages with a false alert"),
        rows=(
            *(
                (str(d.seed), f"{ENTRIES:,}", f"{d.threshold:.4f}", str(d.searched), share(d.alerted, d.searched))
                for d in draws
            ),
            ("all", "", "", str(searched), share(alerted, searched)),
        ),
        says=(
            f"False alerts in the searched passages of unlisted people: {share(alerted, searched)}; at most 1 in 1,000 "
            "(0.1 %) is wanted.",
            f"The same {draws[0].searched} passages or so are used against {len(draws)} lists, and the clips repeat "
            "some people, so the trials are not independent: the interval of the last row is too narrow, and even the "
            "whole is far too small to show 1 in 1,000 (about 3,700 passages without a false alert would be needed).",
            f"Lists of {ENTRIES:,} people, one picture each, drawn from {people:,} usable people of Labeled Faces in "
            "the Wild. The model pack was calibrated on the same photographs, but nobody in the clips is known "
            f"to be among them. {cameras} clips, every frame as fast as the machine allows.",
        ),
    )


def _counted(seed: int, threshold: float, run: Run) -> Draw:
    return Draw(seed=seed, threshold=threshold, searched=run.figures.counts.faces_seen, alerted=len(run.alerted()))


def _clips() -> dict[str, Path]:
    """Every clip with faces: the sign-language clips, the streets, the sample footage."""
    clips = {path.stem: path for path in sorted(data("asl").glob("*.mkv"))}
    clips |= {name: path for name, path in street_clips().items() if name != FROM_BEHIND}
    return clips | {path.stem: path for path in sorted(footage().glob("*.mp4"))}


def _people(folder: Path) -> Path:
    """One picture of each person, as links."""
    folder.mkdir()
    for person in sorted(path for path in data("lfw").iterdir() if path.is_dir()):
        picture = next((path for path in sorted(person.iterdir()) if path.suffix in PICTURES), None)
        if picture is not None:
            (folder / picture.name).symlink_to(picture.resolve())
    return folder


def main() -> None:
    alone(impostor_passages)


if __name__ == "__main__":
    main()
