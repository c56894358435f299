"""Before anything is watched: how soon commands answer, and how quickly lists are read and compared.

python -m bench.getting_ready
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.clips import footage, make_clip
from bench.data import Absent, data
from bench.rehearsal import write_deployment
from bench.search import templates
from bench.table import Table, alone, spread
from bench.whole_path import write_list
from overt.bootstrap import portrait_readers
from overt.evaluation.calibrate import impostor_curve
from overt.evaluation.samples import Samples
from overt.services.lists import check_list
from overt.services.portraits import Row, Verdict, alike_pairs
from overt.settings import Settings

RUNS = 5
LISTED = 10_000
COMPARED = 20_000
OVERT = str(Path(sys.executable).with_name("overt"))


def getting_ready(folder: Path) -> Table:
    home = os.environ | {"OVERT_HOME": str(folder / "home")}
    write_list(folder / "people")
    clip = make_clip(folder / "scene.mp4", footage(), seconds=6)
    deployment = write_deployment(folder, {"street": clip}, folder / "people")
    rows = [
        ("`overt --help`", "s", "0.3", [_seconds([OVERT, "--help"], home) for _ in range(RUNS)]),
        ("`overt doctor`", "s", "1", [_seconds([OVERT, "doctor"], home) for _ in range(RUNS)]),
        (
            "`overt watch` to the first picture that is looked at",
            "s",
            "5",
            [_first_look(deployment, home) for _ in range(3)],
        ),
        *_lists(),
    ]
    return Table(
        title="Commands, lists and comparisons",
        header=("what", "measured", "wanted"),
        rows=tuple(
            (what, f"{spread(values, 2)} {unit}", f"{'under' if unit == 's' else 'at least'} {wanted}")
            for what, unit, wanted, values in rows
        ),
        says=(
            f"Median (smallest to largest) of {RUNS} or 3 runs. The first picture: from the start to the first "
            "prompt, less its place in the footage; a list of 6, one camera.",
            "Pictures: `overt list check` on official portraits, a recogniser for each core. Look-alikes: all pairs of "
            f"{LISTED:,} random templates. Comparisons: an impostor curve of {COMPARED:,} random templates.",
        ),
    )


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    began_s = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began_s


def _first_look(deployment: Path, environment: dict[str, str]) -> float:
    command = [OVERT, "watch", str(deployment), "--rehearsal", "--once", "--json"]
    began_s = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            told = json.loads(line)
            if "alert" in told:
                took_s = time.perf_counter() - began_s - float(told["media_time_s"])
                run.terminate()
                return took_s
    sys.exit("Nobody was recognised in the made scene.")


def _lists() -> list[tuple[str, str, str, list[float]]]:
    found = []
    try:
        portraits, reader = data("portraits"), portrait_readers(Settings())
        count = len(check_list(portraits, reader).verdicts)  # every recogniser is made by now
        took = [_timed(lambda: check_list(portraits, reader)) for _ in range(3)]
        found.append(("pictures read for a list", "pictures a second", "100", [count / seconds for seconds in took]))
    except Absent as absent:
        print(absent, file=sys.stderr)
    listed = [
        Row(position=n, verdict=Verdict(picture=str(n), entry=str(n)), template=one, digest=b"%d" % n)
        for n, one in enumerate(templates(LISTED, 1))
    ]
    took = [_timed(lambda: alike_pairs(listed, 0.4)) for _ in range(3)]
    found.append((f"look-alikes among {LISTED:,} entries", "s", "5", took))
    samples = Samples(
        templates=templates(COMPARED, 1),
        people=np.arange(COMPARED, dtype=np.int32),
        names=tuple(map(str, range(COMPARED))),
        pictures=tuple(map(str, range(COMPARED))),
        failures=("",) * COMPARED,
    )
    pairs = COMPARED * (COMPARED - 1) / 2
    took = [_timed(lambda: impostor_curve(samples, "random")) for _ in range(3)]
    found.append(
        ("comparisons of an evaluation", "thousand million a minute", "1", [pairs / s * 60 / 1e9 for s in took])
    )
    return found


def _timed(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def main() -> None:
    alone(getting_ready)


if __name__ == "__main__":
    main()
