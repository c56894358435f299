"""`/metrics` for Prometheus: counts and ages, made anew at every reading, and nothing that tells of a person.

Who may read it: on this very machine, straight from it, anybody: whatever watches over a machine has no password to
give every twelve hours, and what it reads are counts. From elsewhere, and whenever a server with https stands before
the console (through which everybody seems to come from this machine), whoever may see figures, by session or token:
when cameras stand in red, or nobody looks at alerts, is not for everybody on the network to know.

Rules:
  - cameras go by their deployment's id and their position; no name of a camera, an account or a person;
  - no count of possible matches by camera: an alert that is in none would be known as a decoy;
  - no series of a run that is over;
  - a store that does not answer is told of as such; what is known without it is told all the same.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from fastapi import Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from overt import __version__
from overt.console.api.events import feed_of
from overt.console.api.feed import Feed
from overt.console.api.shapes import FIGURES
from overt.console.doors import EVERYBODY, Doors
from overt.console.house import House, house_of
from overt.console.visitor import visitor_of
from overt.domain.envelope import Standing
from overt.domain.figures import Counts
from overt.services.now import now
from overt.store.errors import StoreUnavailable

doors = Doors()

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_CAMERA = ("deployment", "camera")
#: Name of the series, of the count, and what it is.
_COUNTED = (
    ("overt_camera_frames", "frames", "Frames decoded since the run began."),
    ("overt_camera_dropped_frames", "dropped", "Frames due that a newer one replaced, or that came too late."),
    ("overt_camera_faces_detected", "faces_detected", "Passages detected."),
    ("overt_camera_faces_searched", "faces_seen", "Passages compared with the list."),
    ("overt_camera_lost_passages", "lost", "Passages that were open when a camera process died."),
    ("overt_camera_cpu_seconds", "cpu_s", "Processor seconds after warm-up."),
)


@doors.get("/metrics", EVERYBODY, include_in_schema=False)
def metrics(request: Request) -> Response:
    house = house_of(request)
    if not _from_this_machine(request, house):
        FIGURES.require(visitor_of(request))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counts(house, feed_of(request)))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _from_this_machine(request: Request, house: House) -> bool:
    """Whether it was asked for on this machine with nothing in between."""
    if house.secure or request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class _Counts(Collector):
    """The counts of this moment."""

    def __init__(self, house: House, feed: Feed) -> None:
        self._house, self._feed = house, feed

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("overt_info", "This Overt; always 1.", labels=("version",))
        info.add_metric((__version__,), 1)
        yield info
        yield from self._of_the_store()
        yield GaugeMetricFamily("overt_runs", "Deployments watched from here now.", len(self._house.runs.going_on()))
        yield GaugeMetricFamily("overt_event_streams", "Streams of events that are open.", self._feed.streams)
        yield from self._of_cameras()

    def _of_the_store(self) -> Iterator[Metric]:
        try:
            stands = now(self._house.installation)
        except StoreUnavailable:
            yield GaugeMetricFamily("overt_store_up", "Whether the store answers.", 0)
            return
        yield GaugeMetricFamily("overt_store_up", "Whether the store answers.", 1)
        yield GaugeMetricFamily("overt_alerts_waiting", "Alerts on which no verdict stands.", stands.alerts_waiting)
        yield GaugeMetricFamily(
            "overt_oldest_alert_waiting_seconds",
            "How long the oldest of them has waited; 0 where none waits.",
            stands.oldest_waiting_us / 1e6,
        )
        yield GaugeMetricFamily("overt_sessions", "Sign-in sessions that are not over.", stands.sessions)
        yield CounterMetricFamily("overt_ledger_entries", "Entries of the ledger.", stands.entries)

    def _of_cameras(self) -> Iterator[Metric]:
        runs = self._house.runs.going_on()
        found = [((run.deployment, str(at)), health) for run in runs for at, health in sorted(run.healths.items())]
        for name, count, says in _COUNTED:
            counted = CounterMetricFamily(name, says, labels=_CAMERA)
            for labels, health in found:
                counted.add_metric(labels, getattr(health.counts, count))
            yield counted
        envelope = CounterMetricFamily(
            "overt_camera_envelope_seconds",
            "Seconds that the camera stood so to the operating envelope.",
            labels=(*_CAMERA, "standing"),
        )
        live = GaugeMetricFamily("overt_camera_live", "Whether pictures come.", labels=_CAMERA)
        lag = GaugeMetricFamily(
            "overt_camera_lag_seconds", "Age of the newest frame when it was looked at.", labels=_CAMERA
        )
        unmatched = GaugeMetricFamily(
            "overt_camera_oldest_unmatched_seconds", "Age of the oldest unmatched face that is kept.", labels=_CAMERA
        )
        for labels, health in found:
            for standing, seconds in _colours(health.counts):
                envelope.add_metric((*labels, str(standing)), seconds)
            live.add_metric(labels, health.state == "live")
            lag.add_metric(labels, health.lag_s)
            unmatched.add_metric(labels, health.oldest_unmatched_s)
        yield from (envelope, live, lag, unmatched)


def _colours(counts: Counts) -> tuple[tuple[Standing, float], ...]:
    return (Standing.GREEN, counts.green_s), (Standing.AMBER, counts.amber_s), (Standing.RED, counts.red_s)
