"""What a camera costs by the faces in view, by its resolution, and by the length of the list.

python -m bench.cost_curves
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.clips import WALKERS, footage, make_clip
from bench.rehearsal import play, prepared
from bench.search import in_one_thread, templates, watch_index
from bench.table import Table, alone, spread
from bench.whole_path import write_list
from overt.domain.profile import DECODE, DETECT, EMBED, REFINE, SCALE, together
from overt.evaluation.charts import Line, curve

SECONDS = 8
RUNS = 3
FACES = (0, 4, 9, 18, 36, 54)
FULL_HD = (1920, 1080)
SIZES = ((640, 360), (1280, 720), FULL_HD, (3840, 2160))
LISTS = (100, 1_000, 10_000, 100_000, 1_000_000)
PROBES = 4  # the fused template and three shots


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one scene cost. `cpu_s`: of each run, a second of video. `spent_s`: by stage, of the last one."""

    scene: str
    people: int
    megapixels: float
    cpu_s: tuple[float, ...]
    spent_s: Mapping[str, float]
    video_s: float
    passages: int

    def row(self) -> tuple[str, ...]:
        stages = (DECODE,), (SCALE, DETECT), (REFINE,), (EMBED,)
        each = (f"{1000 * sum(self.spent_s[one] for one in some) / self.video_s:.0f} ms" for some in stages)
        return self.scene, spread(self.cpu_s, 3), *each, str(self.passages)


def cost_curves(folder: Path) -> Table:
    write_list(folder / "people")
    by_people = [_cost(folder, f"{people} people, 1080p", people, FULL_HD) for people in FACES]
    costs = by_people + [
        _cost(folder, f"{WALKERS} people, {w}x{h}", WALKERS, (w, h)) for w, h in SIZES if (w, h) != FULL_HD
    ]
    searched = {int(rows): taken for rows, taken in in_one_thread("bench.cost_curves", "--search").items()}
    return Table(
        title="What a camera costs",
        header=("scene or list", "CPU s per video s", "decode", "scale and detect", "refine", "embed", "passages"),
        rows=(
            *(cost.row() for cost in costs),
            *(
                (f"one search of {PROBES} templates, {rows:,} entries", f"{spread(taken, 3)} ms", *[""] * 5)
                for rows, taken in searched.items()
            ),
        ),
        says=(
            f"{SECONDS} s of the made scene of bench/clips.py at 25 frames/s with so many people walking about, one of "
            f"nine usually just outside; as fast as the machine allows, one camera, a list of 6. Median (smallest to "
            f"largest) of {RUNS} runs; the stages in milliseconds per second of video are those of the last run. The "
            "faces are as large in every resolution as the picture is, so in small ones some are below the smallest "
            "wanted width of 40 pixels.",
            "Searches on one thread, in random templates of 128 numbers. Bands in the charts: smallest to largest.",
        ),
        drawings={
            "cost-by-people": curve(
                [_line([(cost.people, cost.cpu_s) for cost in by_people])],
                title=f"What a camera costs by the people in its picture: 1080p, 25 frames/s, {RUNS} runs each",
                x_label="people walking about",
                y_label="CPU seconds a second of video",
            ),
            "cost-by-resolution": curve(
                [_line(sorted((cost.megapixels, cost.cpu_s) for cost in costs if cost.people == WALKERS))],
                title=f"What a camera costs by its resolution: {WALKERS} people, 25 frames/s, {RUNS} runs each",
                x_label="megapixels a picture (360 lines to 4K)",
                y_label="CPU seconds a second of video",
            ),
            "cost-by-list": curve(
                [_line(list(searched.items()))],
                title=f"What a search costs by the length of the list: {PROBES} templates, one thread, 10 each",
                x_label="entries",
                y_label="milliseconds",
                log_x=True,
                log_y=True,
            ),
        },
    )


def _line(points: Sequence[tuple[float, Sequence[float]]]) -> Line:
    """Medians with the smallest and the largest of each."""
    x, y, low, high = zip(*((x, median(taken), min(taken), max(taken)) for x, taken in points), strict=True)
    return Line(label="", x=x, y=y, low=low, high=high)


def _cost(folder: Path, scene: str, people: int, size: tuple[int, int]) -> Cost:
    clip = make_clip(folder / "scene.mp4", footage(), seconds=SECONDS, walkers=people, size=size)
    (folder / "run").mkdir(exist_ok=True)
    whole = prepared(folder / "run", {"street": clip}, folder / "people")
    runs = [play(whole, profile=True) for _ in range(RUNS)]
    counts = runs[-1].figures.counts
    return Cost(
        scene=scene,
        people=people,
        megapixels=size[0] * size[1] / 1e6,
        cpu_s=tuple(run.figures.counts.cpu_s / run.figures.counts.video_s for run in runs),
        spent_s=together(runs[-1].profiles).spent_s,
        video_s=counts.video_s,
        passages=counts.faces_seen,
    )


def searches() -> dict[int, list[float]]:
    """Milliseconds of each search, by the number of rows."""
    found = {}
    probes = templates(PROBES, 2)
    for rows in LISTS:
        index, taken = watch_index(templates(rows, 1)), []
        for _ in range(12):
            began_s = time.perf_counter()
            index.search(probes)
            taken.append((time.perf_counter() - began_s) * 1e3)
        found[rows] = taken[2:]
    return found


def main() -> None:
    if sys.argv[1:] == ["--search"]:
        print(json.dumps(searches()))
    else:
        alone(cost_curves)


if __name__ == "__main__":
    main()
