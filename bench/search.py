"""The search in the watch list beside a plain NumPy product, one thread each.

    python -m bench.search

The product says which row is best up to rounding; the search answers the same wherever a row stands in the list.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.table import Table, alone, spread
from overt.domain.geometry import FloatArray
from overt.engine.opened import seal_list, watch_index_in
from overt.faces.runtime import open_runtime
from overt.recognition.match import WatchIndex
from overt.recognition.rows import LONG_LIST

SIZES = {10_000: 200, 1_000_000: 10}  # rows: pairs measured
PROBES = 16
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def search_and_product(folder: Path) -> Table:  # noqa: ARG001
    """Measured in a process of its own, since NumPy takes its number of threads only when it is loaded."""
    measured = [(int(rows), found) for rows, found in in_one_thread("bench.search", "--measure").items()]
    return Table(
        title=f"Search in the watch list, {PROBES} probes at once",
        header=("entries", "pairs", "Overt, ms", "NumPy product and best row, ms", "Overt / NumPy", "same answer"),
        rows=tuple(
            (
                f"{rows:,}",
                str(len(found["overt"])),
                spread(found["overt"], 2),
                spread(found["numpy"], 2),
                spread([ours / plain for ours, plain in zip(found["overt"], found["numpy"], strict=True)], 2),
                f"{found['same']} of {PROBES}",
            )
            for rows, found in measured
        ),
        says=(
            "Median (smallest to largest). Random unit templates of 128 numbers, one thread, in turns, so that both "
            "meet the same load. Both compare every probe with every entry. From "
            f"{LONG_LIST:,} entries on the list is kept in halves of 16 bits where the processor multiplies these.",
        ),
    )


def in_one_thread(module: str, option: str) -> Any:
    """What a module prints as JSON when it runs in a process of one thread."""
    done = subprocess.run(
        [sys.executable, "-m", module, option],
        env=os.environ | ONE_THREAD,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def measure() -> dict[int, dict[str, list[float] | int]]:
    """Milliseconds by number of rows."""
    found: dict[int, dict[str, list[float] | int]] = {}
    for rows, pairs in SIZES.items():
        listed, probes = templates(rows, 1), templates(PROBES, 2)
        index = watch_index(listed)
        scores = np.zeros((PROBES, rows), np.float32)
        ours, plain = [], []
        for _ in range(pairs + 1):
            start_s = time.perf_counter()
            entries = index.search(probes).entries
            between_s = time.perf_counter()
            best = np.matmul(probes, listed.T, out=scores).argmax(axis=1)
            plain.append((time.perf_counter() - between_s) * 1e3)
            ours.append((between_s - start_s) * 1e3)
        # The first pair touches the memory for the first time.
        found[rows] = {"overt": ours[1:], "numpy": plain[1:], "same": int((entries == best).sum())}
    return found


def watch_index(listed: FloatArray) -> WatchIndex:
    """The list as a camera process would have it."""
    runtime = open_runtime()
    sealed = seal_list(listed, np.arange(len(listed), dtype=np.int32), runtime)
    try:
        return watch_index_in(sealed, runtime)
    finally:
        os.close(sealed.descriptor)


def templates(rows: int, seed: int) -> FloatArray:
    """Random ones, shape (rows, 128), float32, rows of length 1."""
    made = np.random.default_rng(seed).standard_normal((rows, 128), dtype=np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def main() -> None:
    if sys.argv[1:] == ["--measure"]:
        print(json.dumps(measure()))
    else:
        alone(search_and_product)


if __name__ == "__main__":
    main()
