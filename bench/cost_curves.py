"""What a camera costs by the faces in view, by its resolution, and by the length of the list.

python -m bench.cost_curves
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bench.clips import WALKERS, footage, make_clip
from bench.rehearsal import play, prepared
from bench.search import in_one_thread, templates, watch_index
from bench.table import Table, alone, spread
from bench.whole_path import write_list
from overt.domain.profile import DECODE, DETECT, EMBED, REFINE, SCALE, together

SECONDS = 8
RUNS = 3
FACES = (0, 4, 9, 18, 36, 54)
SIZES = ((640, 360), (1280, 720), (1920, 1080), (3840, 2160))
LISTS = (100, 1_000, 10_000, 100_000, 1_000_000)
PROBES = 4  # the fused template and three shots


def cost_curves(folder: Path) -> Table:
    write_list(folder / "people")
    rows = [_cost(folder, f"{faces} people, 1080p", faces, (1920, 1080)) for faces in FACES]
    rows += [_cost(folder, f"{WALKERS} people, {w}x{h}", WALKERS, (w, h)) for w, h in SIZES if h != 1080]
    searches = [
        (f"one search of {PROBES} templates, {int(rows_of):,} entries", f"{spread(taken, 3)} ms", *[""] * 5)
        for rows_of, taken in in_one_thread("bench.cost_curves", "--search").items()
    ]
    return Table(
        title="What a camera costs",
        header=("scene or list", "CPU s per video s", "decode", "scale and detect", "refine", "embed", "passages"),
        rows=(*rows, *searches),
        says=(
            f"{SECONDS} s of the made scene of bench/clips.py at 25 frames/s with so many people walking about, one of "
            f"nine usually just outside; as fast as the machine allows, one camera, a list of 6. Median (smallest to "
            f"largest) of {RUNS} runs; the stages in milliseconds per second of video are those of the last run. The "
            "faces are as large in every resolution as the picture is, so in small ones some are below the smallest "
            "wanted width of 40 pixels.",
            "Searches on one thread, in random templates of 128 numbers.",
        ),
    )


def _cost(folder: Path, name: str, people: int, size: tuple[int, int]) -> tuple[str, ...]:
    clip = make_clip(folder / "scene.mp4", footage(), seconds=SECONDS, walkers=people, size=size)
    (folder / "run").mkdir(exist_ok=True)
    whole = prepared(folder / "run", {"street": clip}, folder / "people")
    runs = [play(whole, profile=True) for _ in range(RUNS)]
    spent, counts = together(runs[-1].profiles).spent_s, runs[-1].figures.counts

    def each(*stages: str) -> str:
        return f"{1000 * sum(spent[stage] for stage in stages) / counts.video_s:.0f} ms"

    return (
        name,
        spread([run.figures.counts.cpu_s / run.figures.counts.video_s for run in runs], 3),
        each(DECODE),
        each(SCALE, DETECT),
        each(REFINE),
        each(EMBED),
        str(counts.faces_seen),
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
