"""Many cameras on one machine, each at its own speed: what it costs, how soon results come, what is shed.

    python -m bench.many_cameras

Every camera shows the same made scene (1080p, 25 frames/s, about eight faces in view) and all start at the same moment,
so their pictures come together, and so do the people of the first one: real cameras are kinder.
"""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path

from bench.clips import footage, make_clip
from bench.rehearsal import Run, play, prepared, with_cameras
from bench.table import Table, alone
from bench.whole_path import write_list
from overt.domain.figures import Counts, Health
from overt.domain.profile import IDLE, Profile, together
from overt.evaluation.charts import Line, curve
from overt.video.reader import Pace

CAMERAS = (1, 4, 8, 10, 12, 16)
CLIP_S = 30
#: By then everybody of the first picture has been looked at closer.
SETTLES_S = 10
MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Load:
    """What so many cameras gave.

    Attributes:
        shed_later: of the looks that were due after SETTLES_S, the share that was not made, 0 to 1.
        memory_mib: the most that the camera processes held together, shared pages once.
        cores: of the machine.
    """

    cameras: int
    run: Run
    shed_later: float
    memory_mib: float
    cores: int

    @property
    def profile(self) -> Profile:
        return together(self.run.profiles)

    @property
    def busy(self) -> float:
        """The camera processes' share of the machine, 0 to 1."""
        spent = self.profile.spent_s
        busy_s = sum(seconds for stage, seconds in spent.items() if stage != IDLE)
        return busy_s / (busy_s + spent[IDLE]) * min(self.cameras, self.cores) / self.cores

    @property
    def shed(self) -> float:
        """Of the looks that were due, the share that was not made, 0 to 1."""
        dropped = self.run.figures.counts.dropped
        return dropped / max(1, dropped + self.profile.looks)


def many_cameras(folder: Path) -> Table:
    write_list(folder / "people")
    clip = make_clip(folder / "scene.mp4", footage(), seconds=CLIP_S)
    names = [f"camera-{number}" for number in range(max(CAMERAS))]
    whole = prepared(folder, dict.fromkeys(names, clip), folder / "people")
    loads, cores = [], len(os.sched_getaffinity(0))
    for count in CAMERAS:
        watcher, later = _Memory(), _Later()
        run = play(with_cameras(whole, set(names[:count])), Pace.OWN_SPEED, profile=True, told=later.told)
        loads.append(
            Load(
                cameras=count,
                run=run,
                shed_later=later.shed(whole.task.rules.detect_interval_s),
                memory_mib=watcher.stop() / MIB,
                cores=cores,
            )
        )
    return Table(
        title="Cameras at their own speed",
        header=(
            "cameras",
            "CPU s per camera second",
            "busy",
            "looks",
            "looks shed",
            f"after {SETTLES_S} s",
            "capture to result, p50 / p99",
            "camera processes' memory",
        ),
        rows=tuple(_row(load) for load in loads),
        says=(
            f"{CLIP_S} s of the made scene of bench/clips.py, 1080p, 25 frames/s, H.264, about 8 faces in view, a list "
            "of 6; every camera plays it at its own speed and all begin at the same moment. "
            f"{cores} camera processes for two cameras or more. A look is shed where a newer picture was there, or "
            "where its own would have been older than half a second: most in the first seconds, when eight people a "
            "camera come at one moment, and each of them is looked at closer.",
            "From the first usable face to a prompt: section asl; here people come again within the cool-down. "
            "CPU s are the camera processes' after warm-up, busy is their share of the cores. Memory: the sum of "
            "proportional set sizes, so pages that several share count once.",
        ),
        drawings={
            "many-cameras": curve(
                [
                    Line(label="looks that were made", x=CAMERAS, y=[1 - load.shed for load in loads]),
                    Line(label="the machine, busy", x=CAMERAS, y=[load.busy for load in loads], subject=False),
                ],
                title=f"1080p cameras at 25 frames/s with about 8 faces in view, on {cores} cores, {CLIP_S} s each",
                x_label="cameras",
                y_label="share",
                y_reads="percent",
            )
        },
    )


def _row(load: Load) -> tuple[str, ...]:
    counts, profile = load.run.figures.counts, load.profile
    return (
        str(load.cameras),
        f"{counts.cpu_s / counts.video_s:.3f}",
        f"{load.busy:.0%}".replace("%", " %"),
        f"{profile.looks:,}",
        f"{counts.dropped:,} ({load.shed:.1%})".replace("%", " %"),
        f"{load.shed_later:.1%}".replace("%", " %"),
        f"{profile.result_ms(0.5)} ms / {profile.result_ms(0.99)} ms",
        f"{load.memory_mib:,.0f} MiB",
    )


class _Later:
    """What each camera has shed since it has run for SETTLES_S."""

    def __init__(self) -> None:
        self._before: dict[int, Counts] = {}
        self._last: dict[int, Counts] = {}

    def told(self, health: Health) -> None:
        self._last[health.camera] = health.counts
        if health.counts.video_s < SETTLES_S:
            self._before[health.camera] = health.counts

    def shed(self, interval_s: float) -> float:
        """The share of the looks that were due, 0 to 1."""
        spans = [(self._before[camera], last) for camera, last in self._last.items()]
        due = sum(last.video_s - before.video_s for before, last in spans) / interval_s
        return sum(last.dropped - before.dropped for before, last in spans) / due


class _Memory:
    """Looks twice a second at what this process's children hold."""

    def __init__(self) -> None:
        self._most, self._over = 0, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The most, bytes."""
        self._over.set()
        self._thread.join()
        return self._most

    def _run(self) -> None:
        while not self._over.wait(0.5):
            self._most = max(self._most, sum(map(proportional, children())))


def children() -> list[int]:
    """Processes that this one has started."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        try:
            found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:  # the thread has ended meanwhile
            continue
    return found


def proportional(process: int) -> int:
    """Proportional set size, bytes; 0 for a process that has ended."""
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    size = re.search(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)
    return int(size[1]) * 1024 if size else 0


def main() -> None:
    alone(many_cameras)


if __name__ == "__main__":
    main()
