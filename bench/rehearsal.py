"""A rehearsal from this process: what `overt watch FILE --rehearsal` does, with each camera's counts kept apart.

A list is enrolled once and then used for several runs; the camera processes, and what they do, are the product's own.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from overt.bootstrap import prepare_watch
from overt.domain.alert import Alert
from overt.domain.figures import Counts, Health, RunFigures
from overt.domain.profile import Profile
from overt.domain.retention import RetentionRules
from overt.engine.clock import SystemClock
from overt.recognition.threshold import threshold_for
from overt.services.deployments import add_deployment
from overt.services.desk import Desk, Keeping
from overt.services.installation import throw_away
from overt.services.prepare import Prepared
from overt.services.watch import watch
from overt.settings import Settings
from overt.video.reader import Pace

WANTED_FAR = 0.001
PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a rehearsal found. `cameras`: counts by camera name. `wall_s`: from the processes being ready to the last
    camera's end."""

    alerts: tuple[Alert, ...]
    figures: RunFigures
    cameras: Mapping[str, Counts]
    wall_s: float
    profiles: tuple[Profile, ...] = ()

    def alerted(self) -> frozenset[tuple[str, int]]:
        """Camera and passage of every passage with an alert; two entries for one passage count once."""
        return frozenset((alert.camera, alert.passage) for alert in self.alerts)


@dataclass(kw_only=True)
class _Onlooker:
    """Takes what would be shown, and the moment at which the last camera ended."""

    alerts: list[Alert] = field(default_factory=list)
    counts: dict[int, Counts] = field(default_factory=dict)
    ended_s: float = 0.0
    profiles: list[Profile] = field(default_factory=list)
    told: Callable[[Health], None] = lambda _: None

    def alert(self, alert: Alert) -> None:
        self.alerts.append(alert)

    def health(self, health: Health) -> None:
        self.counts[health.camera] = health.counts
        self.told(health)
        if health.state == "ended":
            self.ended_s = time.perf_counter()

    def profile(self, profile: Profile) -> None:
        self.profiles.append(profile)

    def trouble(self, camera: str | None, sentence: str) -> None:
        """What ends a run raises by itself; what is left is a caution, such as faces that are turned away."""
        if sentence:
            print(f"{camera or 'The run'}: {sentence}", file=sys.stderr)


def write_deployment(folder: Path, cameras: Mapping[str, Path], people: Path) -> Path:
    """A deployment file in `folder`: every camera over its whole picture, the window open now."""
    now = datetime.now(UTC).replace(microsecond=0)
    opens, closes = (f"{now + timedelta(hours=step):%Y-%m-%dT%H:%M:%SZ}" for step in (-1, 11))
    written = ("legal_basis", "aim", "necessity", "proportionality", "alternatives", "authorised_by")
    parts = [
        '[deployment]\nname = "Benchmark"\nplace = "A street"\nuse_case = "hotspot"\npolicy = "uk-police"',
        "[authority]",
        *(f'{key} = "A measurement on recorded footage."' for key in written),
        f"valid_from = {opens}\nvalid_until = {closes}",
        f'[watchlist]\nfolder = "{people.resolve()}"\nwanted_far = {WANTED_FAR}',
    ]
    parts += [
        f'[[camera]]\nname = "{name}"\nurl = "{clip.resolve()}"\nsmallest_face_px = 40\n'
        "zone = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]"
        for name, clip in cameras.items()
    ]
    path = folder / "bench.toml"
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")
    return path


def prepared(folder: Path, cameras: Mapping[str, Path], people: Path) -> Prepared:
    """Everything up to the start, the list enrolled. `folder` must be a temporary one."""
    path = write_deployment(folder, cameras, people)
    settings = Settings(home=folder / "home")
    with prepare_watch(path, settings, rehearsal=True, fast=True, once=True, passphrase=lambda _: "") as ready:
        return ready.prepared


def with_cameras(whole: Prepared, names: Collection[str]) -> Prepared:
    """The same deployment with some of its cameras."""
    cameras = tuple(camera for camera in whole.deployment.cameras if camera.name in names)
    return replace(
        whole, deployment=replace(whole.deployment, cameras=cameras), task=replace(whole.task, cameras=cameras)
    )


def with_entries(whole: Prepared, entries: Sequence[int]) -> Prepared:
    """The same deployment with some entries of its list, and the threshold of their number; one picture an entry."""
    rows = np.sort(np.asarray(entries, np.intp))
    watch_list = replace(
        whole.watch_list,
        references=tuple(whole.watch_list.references[row] for row in rows),
        templates=np.ascontiguousarray(whole.watch_list.templates[rows]),
        row_entry=np.arange(len(rows), dtype=np.int32),
    )
    threshold = threshold_for(whole.curve, len(rows), WANTED_FAR)
    task = replace(
        whole.task, templates=watch_list.templates, row_entry=watch_list.row_entry, threshold=threshold.value
    )
    return replace(whole, watch_list=watch_list, threshold=threshold, task=task)


def play(
    whole: Prepared,
    pace: Pace = Pace.FAST,
    *,
    profile: bool = False,
    once: bool = True,
    stop: threading.Event | None = None,
    told: Callable[[Health], None] = lambda _: None,
) -> Run:
    """Plays the footage. The engine overwrites the list that it is given, so it gets a copy.

    Args:
        profile: ask where the time went.
        once: end with the footage; else it is played again and again until `stop` is set.
        told: is told how each camera is doing.
    """
    task = replace(whole.task, pace=pace, once=once, profile=profile, templates=whole.task.templates.copy())
    whole = replace(whole, task=task)
    onlooker, clock, ready_s = _Onlooker(told=told), SystemClock(), [0.0]

    def ready() -> None:
        ready_s[0] = time.perf_counter()

    with throw_away(clock=clock, random_bytes=os.urandom) as installation:
        row = add_deployment(installation, "0" * 64, whole.deployment)
        keeping = Keeping(installation=installation, deployment=row.id, retention=RetentionRules())
        desk = Desk(whole, keeping=keeping, viewer=onlooker)
        watch(whole, desk, clock=clock, stop=stop or threading.Event(), ready=ready)
    names = [camera.name for camera in whole.deployment.cameras]
    return Run(
        alerts=tuple(onlooker.alerts),
        figures=desk.figures(),
        cameras={names[position]: counts for position, counts in onlooker.counts.items()},
        wall_s=onlooker.ended_s - ready_s[0],
        profiles=tuple(onlooker.profiles),
    )
