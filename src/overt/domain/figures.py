"""Counts of a run: plain numbers per camera and minute, and their sum. A count names nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

from overt.domain.envelope import Standing


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What one camera did, counted.

    Attributes:
        frames: frames that were decoded inside the authority's window; of those between two looks some are not.
        dropped: frames due for the detector that a newer one replaced before it was free, or that came too late.
        faces_detected: passages detected.
        faces_seen: passages searched: at least one template was compared with the list.
        possible_matches: passages and entries that reached the threshold and were confirmed.
        cooled_down: possible matches held back because the entry had just alerted on this camera.
        lost: passages that were open at the last word of a camera process that died; those after it are not known.
        unmatched_age_max_s: longest time from a face's last sighting to the overwriting of what was kept of it.
        oldest_pixel_max_s: longest age of any kept picture of a face when it was overwritten.
        cpu_s: processor seconds after warm-up.
        video_s: seconds of video taken in.
        green_s, amber_s, red_s: seconds that the camera stood so to the operating envelope; see `domain.envelope`.
    """

    frames: int = 0
    dropped: int = 0
    faces_detected: int = 0
    faces_seen: int = 0
    possible_matches: int = 0
    cooled_down: int = 0
    lost: int = 0
    unmatched_age_max_s: float = 0.0
    oldest_pixel_max_s: float = 0.0
    cpu_s: float = 0.0
    video_s: float = 0.0
    green_s: float = 0.0
    amber_s: float = 0.0
    red_s: float = 0.0


def add_up(counts: Iterable[Counts]) -> Counts:
    """The sum of several counts; of the `_max_` fields the largest."""
    parts = [Counts(), *counts]
    total = {
        one.name: (max if "_max_" in one.name else sum)([getattr(part, one.name) for part in parts])
        for one in fields(Counts)
    }
    return Counts(**total)


def difference(later: Counts, earlier: Counts) -> Counts:
    """What was counted between two readings of the same camera; of the `_max_` fields the later reading."""
    return Counts(
        **{
            one.name: getattr(later, one.name)
            if "_max_" in one.name
            else getattr(later, one.name) - getattr(earlier, one.name)
            for one in fields(Counts)
        }
    )


def to_the_millisecond(counts: Counts) -> Counts:
    """The same with seconds as a ledger writes them, so that a store and a ledger add up to the same."""
    seconds = {one.name: getattr(counts, one.name) for one in fields(Counts) if one.name.endswith("_s")}
    return replace(counts, **{name: round(value, 3) for name, value in seconds.items()})


@dataclass(frozen=True, kw_only=True)
class MinuteFigures:
    """The counts of one camera in one minute. `minute_us`: the minute's start, microseconds since 1970, UTC."""

    camera: int
    minute_us: int
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class Health:
    """How one camera is doing now.

    Attributes:
        state: "waiting", "live", "lost" or "ended".
        counts: since the run began.
        in_view: faces followed now.
        passages_open: passages that are not over.
        oldest_unmatched_s: age of the oldest unmatched face that is kept, since its last sighting, seconds.
        frames_per_s: since the last reading.
        lag_s: age of the newest frame when it was taken for detection, seconds.
        standing: to the operating envelope.
        because: the quantity that stands worst; empty where none was measured.
        moved: the camera looks elsewhere than when the run began.
        shows: what the camera shows, by the name of a quantity of the envelope, as far as it was measured.
    """

    camera: int
    state: str
    counts: Counts
    in_view: int = 0
    passages_open: int = 0
    oldest_unmatched_s: float = 0.0
    frames_per_s: float = 0.0
    lag_s: float = 0.0
    standing: Standing = Standing.UNKNOWN
    because: str = ""
    moved: bool = False
    shows: Mapping[str, float] = field(default_factory=dict)


def percentile(values: Iterable[float], share: float) -> float | None:
    """The smallest value with at least `share` (0 to 1) of all values at or below it; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))]


@dataclass(frozen=True, kw_only=True)
class RunFigures:
    """The figures at the end of a run. `latencies_s`: capture of the first usable face to the alert line, per alert;
    None where frames were not taken at their own speed."""

    counts: Counts
    alerts: int
    latencies_s: tuple[float, ...] | None

    def line(self) -> dict[str, object]:
        """The object of the last line that `overt watch --json` prints."""
        latencies = self.latencies_s or ()
        p50, p99 = percentile(latencies, 0.5), percentile(latencies, 0.99)
        return {
            "figures": {
                "frames": self.counts.frames,
                "dropped": self.counts.dropped,
                "faces_seen": self.counts.faces_seen,
                "faces_detected": self.counts.faces_detected,
                "alerts": self.alerts,
                "unmatched_age_max_s": round(self.counts.unmatched_age_max_s, 3),
                "oldest_pixel_max_s": round(self.counts.oldest_pixel_max_s, 3),
                "latency_p50_s": None if p50 is None else round(p50, 3),
                "latency_p99_s": None if p99 is None else round(p99, 3),
                "cpu_s": round(self.counts.cpu_s, 3),
                "video_s": round(self.counts.video_s, 3),
                "green_s": round(self.counts.green_s, 1),
                "amber_s": round(self.counts.amber_s, 1),
                "red_s": round(self.counts.red_s, 1),
            }
        }


NO_FIGURES = RunFigures(counts=Counts(), alerts=0, latencies_s=None)
