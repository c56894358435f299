"""Every benchmark, one after the other; each returns a table, and all of them are added to bench/RESULTS.md.

python -m bench.run [--only NAME] [--dry]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2

from bench.clips import footage, make_clip, portraits
from bench.table import Table, append

PAIRS = 3
CLIP_S = 10


def whole_path_and_naive_loop(folder: Path) -> Table:
    """Overt and the naive loop over the same clip with a list of the same length, in turns."""
    clip = make_clip(folder / "street.mp4", footage(), seconds=CLIP_S)
    listed = write_list(folder / "people")
    deployment = write_deployment(folder, clip)
    pairs = [(product(deployment), naive(clip, listed)) for _ in range(PAIRS)]
    ratios = [theirs / ours for ours, theirs in pairs]
    return Table(
        title="Whole path and naive loop, 1080p at 25 frames/s, about 8 faces in view",
        header=("pair", "Overt, CPU s per video s", "naive loop, CPU s per video s", "times less"),
        rows=(
            *(
                (str(number), f"{ours:.3f}", f"{theirs:.2f}", f"{ratio:.1f}")
                for number, ((ours, theirs), ratio) in enumerate(zip(pairs, ratios, strict=True), 1)
            ),
            ("median", *(f"{statistics.median(column):.3f}" for column in zip(*pairs, strict=True)), spread(ratios)),
        ),
        notes=f"A clip of {CLIP_S} s made by bench/clips.py, a list of {listed}. Overt: `overt watch FILE --rehearsal "
        "--fast --once --json`, camera processes after warm-up. Naive loop: bench/naive.py, OpenCV's own detector and "
        "recogniser on every face of every full-size frame, after warm-up. Run in turns, so that "
        "both meet the same load.",
    )


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def product(deployment: Path) -> float:
    """Processor seconds of the camera processes per second of video."""
    overt = str(Path(sys.executable).with_name("overt"))
    last = command(overt, "watch", str(deployment), "--rehearsal", "--fast", "--once", "--json")
    figures = json.loads(last)["figures"]
    return float(figures["cpu_s"] / figures["video_s"])


def naive(clip: Path, watch: int) -> float:
    """Processor seconds of the naive loop per second of video."""
    figures = json.loads(command(sys.executable, "-m", "bench.naive", str(clip), "--watch", str(watch)))
    return float(figures["cpu_s"] / figures["video_s"])


def command(*words: str) -> str:
    """The last line that a command prints; what it says on stderr is passed on only when it fails."""
    with tempfile.TemporaryDirectory(prefix="overt-bench-") as home:
        environment = os.environ | {"OVERT_HOME": home}
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout.strip().splitlines()[-1]


def write_list(folder: Path) -> int:
    """A watch-list folder of everyone in the sample pictures; how many they are."""
    folder.mkdir()
    people = portraits(footage())
    for number, picture in enumerate(people, 1):
        cv2.imwrite(str(folder / f"person-{number}.png"), cv2.resize(picture, None, fx=2, fy=2))
    return len(people)


def write_deployment(folder: Path, clip: Path) -> Path:
    """A deployment file over `clip` with the list in `folder`/people, its window open now."""
    now = datetime.now(UTC).replace(microsecond=0)
    opens, closes = (f"{now + timedelta(hours=step):%Y-%m-%dT%H:%M:%SZ}" for step in (-1, 11))
    written = ("legal_basis", "aim", "necessity", "proportionality", "alternatives", "authorised_by")
    path = folder / "bench.toml"
    path.write_text(
        "\n".join(
            [
                '[deployment]\nname = "Benchmark"\nplace = "A street"\nuse_case = "hotspot"\npolicy = "uk-police"',
                "[authority]",
                *(f'{key} = "A measurement on footage made for it."' for key in written),
                f"valid_from = {opens}\nvalid_until = {closes}",
                '[watchlist]\nfolder = "people"\nwanted_far = 0.001',
                f'[[camera]]\nname = "street"\nurl = "{clip.name}"\nsmallest_face_px = 40',
                "zone = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]\n",
            ]
        ),
        encoding="utf-8",
    )
    return path


BENCHMARKS: dict[str, Callable[[Path], Table]] = {"whole-path": whole_path_and_naive_loop}


def main() -> None:
    parser = argparse.ArgumentParser(description="Runs the benchmarks and adds their tables to bench/RESULTS.md.")
    parser.add_argument("--only", choices=sorted(BENCHMARKS), help="one benchmark instead of all")
    parser.add_argument("--dry", action="store_true", help="print the tables and add nothing to bench/RESULTS.md")
    chosen = parser.parse_args()
    tables = []
    for name, benchmark in BENCHMARKS.items():
        if chosen.only in (None, name):
            print(f"Running {name} (minutes) ...", file=sys.stderr)
            with tempfile.TemporaryDirectory(prefix="overt-bench-") as folder:
                tables.append(benchmark(Path(folder)))
            print(tables[-1].markdown())
    if not chosen.dry:
        append(tables, "benchmarks")


if __name__ == "__main__":
    main()
