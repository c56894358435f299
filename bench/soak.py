"""Half an hour of many cameras: whether memory, threads, handles and delay stay as they are.

python -m bench.soak [--minutes M] [--cameras N]
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench.clips import footage, make_clip
from bench.many_cameras import MIB, children, proportional
from bench.rehearsal import play, prepared
from bench.table import Table, now, record
from bench.whole_path import write_list
from overt.domain.figures import Health
from overt.evaluation.charts import Line, curve
from overt.video.reader import Pace

CAMERAS = 8
MINUTES = 30
CLIP_S = 60
EVERY_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One moment: of all camera processes together, and the oldest picture that was being looked at, seconds."""

    at_s: float
    memory_mib: float
    threads: int
    handles: int
    lag_s: float


class _Watcher:
    """Looks at the camera processes now and then, and ends the run when its time is over."""

    def __init__(self, minutes: float) -> None:
        self.stop = threading.Event()
        self.samples: list[Sample] = []
        self._minutes, self._lags = minutes, dict[int, float]()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def health(self, health: Health) -> None:
        self._lags[health.camera] = health.lag_s

    def _run(self) -> None:
        began_s = time.monotonic()
        while (at_s := time.monotonic() - began_s) < self._minutes * 60:
            found = children()
            self.samples.append(
                Sample(
                    at_s=at_s,
                    memory_mib=sum(map(proportional, found)) / MIB,
                    threads=sum(_entries(child, "task") for child in found),
                    handles=sum(_entries(child, "fd") for child in found),
                    lag_s=max(self._lags.values(), default=0.0),
                )
            )
            time.sleep(EVERY_S)
        self.stop.set()


def _entries(process: int, what: str) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{process}/{what}").iterdir())
    except OSError:  # it has ended meanwhile
        return 0


def soak(folder: Path, minutes: float, cameras: int) -> Table:
    write_list(folder / "people")
    clip = make_clip(folder / "scene.mp4", footage(), seconds=CLIP_S)
    clips = dict.fromkeys((f"camera-{number}" for number in range(cameras)), clip)
    whole = prepared(folder, clips, folder / "people")
    watcher = _Watcher(minutes)
    run = play(
        replace(whole, recordings=()), Pace.OWN_SPEED, profile=True, once=False, stop=watcher.stop, told=watcher.health
    )
    fifth = minutes * 60 / 6
    first = [one for one in watcher.samples if fifth / 2 <= one.at_s < 1.5 * fifth]
    last = [one for one in watcher.samples if one.at_s >= minutes * 60 - fifth]
    counts = run.figures.counts
    return Table(
        title=f"{cameras} cameras for {minutes:g} minutes",
        header=("of all camera processes", "near the start", "at the end", "change"),
        rows=(
            _row("memory, MiB", first, last, lambda one: one.memory_mib),
            _row("threads", first, last, lambda one: one.threads),
            _row("handles", first, last, lambda one: one.handles),
            _row("oldest picture looked at, s", first, last, lambda one: one.lag_s),
        ),
        says=(
            f"{cameras} times the made scene of bench/clips.py, 1080p, 25 frames/s, about 8 faces in view, each at its "
            "own speed, played again and again. Means over a sixth of the time, the first twelfth left out.",
            f"{counts.frames:,} pictures decoded, {counts.dropped:,} looks shed, {counts.faces_seen:,} passages "
            f"searched, {counts.lost:,} lost; longest time from a face's last sighting to its overwriting "
            f"{counts.unmatched_age_max_s:.2f} s.",
        ),
        drawings={
            "soak-memory": _by_minute(
                watcher.samples, lambda one: one.memory_mib, f"What {cameras} cameras hold in memory", "MiB"
            ),
            "soak-lag": _by_minute(
                watcher.samples, lambda one: one.lag_s, f"The oldest picture looked at, of {cameras} cameras", "seconds"
            ),
        },
    )


def _by_minute(samples: Sequence[Sample], of: Callable[[Sample], float], title: str, unit: str) -> str:
    """The median of each minute between its smallest and its largest."""
    minutes: dict[int, list[float]] = {}
    for one in samples:
        minutes.setdefault(int(one.at_s // 60), []).append(of(one))
    line = Line(
        label="",
        x=list(minutes),
        y=[median(values) for values in minutes.values()],
        low=[min(values) for values in minutes.values()],
        high=[max(values) for values in minutes.values()],
    )
    return curve(
        [line], title=f"{title}: the median of each minute, smallest to largest", x_label="minutes", y_label=unit
    )


def _row(name: str, first: list[Sample], last: list[Sample], of: Callable[[Sample], float]) -> tuple[str, ...]:
    before, after = (sum(map(of, some)) / max(1, len(some)) for some in (first, last))
    change = f"{(after - before) / before:+.1%}".replace("%", " %") if before else "-"
    return name, f"{before:,.2f}", f"{after:,.2f}", change


def main() -> None:
    parser = argparse.ArgumentParser(description="Many cameras for a long time.")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--cameras", type=int, default=CAMERAS)
    parser.add_argument("--dry", action="store_true", help="print the table and leave bench/RESULTS.md as it is")
    chosen = parser.parse_args()
    began = now()
    with tempfile.TemporaryDirectory(prefix="overt-bench-") as folder:
        table = soak(Path(folder), chosen.minutes, chosen.cameras)
    print(table.markdown())
    if not chosen.dry:
        record([table], "soak", began)


if __name__ == "__main__":
    main()
