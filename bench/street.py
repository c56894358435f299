"""Strangers on real streets: how many faces are seen, how many wrong prompts come, and what it costs.

python -m bench.street
"""

from __future__ import annotations

from pathlib import Path

from bench.data import data
from bench.rehearsal import Run, play, prepared, with_cameras
from bench.table import Table, alone, share

FROM_BEHIND = "intel_one-by-one-person-detection"


def clips() -> dict[str, Path]:
    """The street clips by name."""
    return {path.stem: path for path in sorted(data("street").glob("*.mp4"))}


def strangers_on_real_streets(folder: Path) -> Table:
    whole = prepared(folder, clips(), data("portraits"))
    runs = {name: play(with_cameras(whole, {name})) for name in clips()}
    searched = sum(run.figures.counts.faces_seen for run in runs.values())
    alerted = sum(len(run.alerted()) for run in runs.values())
    behind = runs[FROM_BEHIND].figures.counts
    return Table(
        title="Strangers on real streets",
        header=(
            "clip",
            "video, s",
            "passages detected",
            "passages searched (faces seen)",
            "passages with an alert",
            "frames/s",
            "CPU s per video s",
        ),
        rows=tuple(_row(name, run) for name, run in runs.items()),
        says=(
            "Nobody in these clips is known to be on the list, so every alert counts as false. Searched passages with "
            f"an alert: {share(alerted, searched)}.",
            f"{FROM_BEHIND} shows people from behind: {behind.faces_detected} passages were detected and "
            f"{behind.faces_seen} searched; 0 should be.",
            f"The list: {len(whole.watch_list.references)} usable portraits; threshold {whole.threshold.value:.4f} for "
            "at most 1 false alert in 1,000 passages.",
            "Every frame as fast as the machine allows, one camera, so one camera process on one core with the decoder "
            "in a thread of its own. Frames/s count from the process being ready to the camera's end, CPU s are the "
            "camera process's after warm-up.",
        ),
    )


def _row(name: str, run: Run) -> tuple[str, ...]:
    counts = run.figures.counts
    return (
        name,
        f"{counts.video_s:.1f}",
        str(counts.faces_detected),
        str(counts.faces_seen),
        str(len(run.alerted())),
        f"{counts.frames / run.wall_s:.0f}",
        f"{counts.cpu_s / counts.video_s:.3f}",
    )


def main() -> None:
    alone(strangers_on_real_streets)


if __name__ == "__main__":
    main()
