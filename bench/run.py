"""Every benchmark, one after the other, the longest one last; each one's section in bench/RESULTS.md is written anew.

python -m bench.run [--only NAME] [--dry]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench.arithmetic import operations_and_peak
from bench.asl import prompts_on_real_clips
from bench.cost_curves import cost_curves
from bench.data import Absent
from bench.event_streams import event_streams
from bench.getting_ready import getting_ready
from bench.many_cameras import many_cameras
from bench.prompt_on_screen import prompt_on_screen
from bench.recognition import worth_of_each_setting
from bench.rehearsed import streets_by_day
from bench.search import search_and_product
from bench.soak import CAMERAS, MINUTES, soak
from bench.strangers import impostor_passages
from bench.street import strangers_on_real_streets
from bench.table import Table, now, record
from bench.whole_path import whole_path_and_peers

BENCHMARKS: dict[str, Callable[[Path], Table | Sequence[Table]]] = {
    "whole-path": whole_path_and_peers,
    "many-cameras": many_cameras,
    "cost-curves": cost_curves,
    "getting-ready": getting_ready,
    "event-streams": event_streams,
    "prompt-on-screen": prompt_on_screen,
    "asl": prompts_on_real_clips,
    "street": strangers_on_real_streets,
    "strangers": impostor_passages,
    "rehearsed": streets_by_day,
    "search": search_and_product,
    "arithmetic": operations_and_peak,
    "recognition": worth_of_each_setting,
    "soak": partial(soak, minutes=MINUTES, cameras=CAMERAS),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Runs the benchmarks and writes their tables to bench/RESULTS.md.")
    parser.add_argument("--only", choices=sorted(BENCHMARKS), help="one benchmark instead of all")
    parser.add_argument("--dry", action="store_true", help="print the tables and leave bench/RESULTS.md as it is")
    chosen = parser.parse_args()
    for name, benchmark in BENCHMARKS.items():
        if chosen.only not in (None, name):
            continue
        print(f"Running {name} (minutes; soak: half an hour) ...", file=sys.stderr)
        began = now()
        try:
            with tempfile.TemporaryDirectory(prefix="overt-bench-") as folder:
                made = benchmark(Path(folder))
        except Absent as absent:
            print(f"{name}: {absent}\n", file=sys.stderr)
            continue
        tables = [made] if isinstance(made, Table) else made
        print(*(table.markdown() for table in tables), sep="\n")
        if not chosen.dry:
            record(tables, name, began)


if __name__ == "__main__":
    main()
