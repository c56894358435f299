"""How a run looks in a terminal, and how it reads for a program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from overt.cli.output import Output
from overt.cli.profile import table
from overt.cli.words import tell
from overt.domain.alert import Alert
from overt.domain.errors import Stopped
from overt.domain.figures import Health, RunFigures
from overt.domain.profile import Profile, together
from overt.domain.time import to_datetime
from overt.domain.words import many

WIDTH = 80
BACK = "the picture is back."
BLIND = "told once people have decided"


class JsonLines:
    """One JSON object a line on standard output; troubles, in words, on standard error."""

    def __init__(self, *, rehearsal: bool) -> None:
        self._extra: dict[str, Any] = {"rehearsal": True} if rehearsal else {}
        self._output = Output()
        self._profiles: list[Profile] = []

    def open(self, cameras: int) -> None:
        """The run begins; programs are told when there is something to tell."""

    def alert(self, alert: Alert) -> None:
        self._write(alert.line())

    def health(self, health: Health) -> None:
        """Programs read the figures line; the state of a camera is for the screen."""

    def profile(self, profile: Profile) -> None:
        """Told with the figures, of all processes together."""
        self._profiles.append(profile)

    def trouble(self, camera: str | None, sentence: str) -> None:
        tell(f"{_of(camera)}{sentence or BACK}")

    def figures(self, figures: RunFigures) -> None:
        for line in table(together(self._profiles)) if self._profiles else ():
            tell(line)
        with written_or_stopped():
            self._write(figures.line())

    def close(self) -> None:
        """Nothing is left open."""

    def _write(self, content: dict[str, object]) -> None:
        self._output.write(json.dumps({**content, **self._extra}, ensure_ascii=False) + "\n")


class Terminal:
    """Prompts as blocks, one live status line, and the figures as sentences at the end."""

    def __init__(self, *, rehearsal: bool) -> None:
        self._console = Console(width=min(WIDTH, Console().width), highlight=False)
        self._rehearsal = rehearsal
        self._cameras: dict[int, Health] = {}
        self._output = Output()
        self._count = 0
        self._live: Live | None = None
        self._profiles: list[Profile] = []

    def open(self, cameras: int) -> None:
        """The run begins, with so many cameras."""
        self._count = cameras
        if self._console.is_terminal:
            self._live = Live(self._status(), console=self._console, refresh_per_second=4, transient=True)
            self._live.start()

    def alert(self, alert: Alert) -> None:
        self._show(block(alert, rehearsal=self._rehearsal))

    def health(self, health: Health) -> None:
        self._cameras[health.camera] = health
        if self._live is not None:
            self._live.update(self._status())

    def profile(self, profile: Profile) -> None:
        """Shown with the figures, of all processes together."""
        self._profiles.append(profile)

    def trouble(self, camera: str | None, sentence: str) -> None:
        with suppress(OSError):
            self._show(Text(f"{_of(camera)}{sentence or BACK}", style="yellow" if sentence else ""))

    def figures(self, figures: RunFigures) -> None:
        self.close()
        with written_or_stopped():
            if self._profiles:
                bar = "█" if (self._console.encoding or "").lower().startswith("utf") else "#"
                self._show(Text("\n".join(table(together(self._profiles), bar=bar))))
            for sentence in sentences(figures, rehearsal=self._rehearsal):
                self._show(sentence)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _show(self, what: RenderableType) -> None:
        """Above the status line where there is one. Elsewhere as text of our own writing: a console keeps what it
        could not write, and would write it twice."""
        if self._live is not None:
            self._console.print(what)
            return
        with self._console.capture() as captured:
            self._console.print(what)
        self._output.write(captured.get())

    def _status(self) -> Group:
        healths = list(self._cameras.values())
        live = sum(1 for health in healths if health.state == "live")
        rate = sum(health.frames_per_s for health in healths)
        words = (
            f"{'Rehearsal' if self._rehearsal else 'Live'}: {live} of {many(self._count, 'camera')}, "
            f"{rate:.0f} frames/s, "
            f"{many(sum(h.in_view for h in healths), 'face')} in view, "
            f"{many(sum(h.counts.faces_seen for h in healths), 'face')} seen"
        )
        oldest = max((health.oldest_unmatched_s for health in healths), default=0.0)
        longest = max((health.counts.unmatched_age_max_s for health in healths), default=0.0)
        ages = f"Oldest unmatched face now {oldest:.1f} s, longest so far {longest:.1f} s. Ctrl-C ends."
        return Group(Text(words, style="bold"), Text(ages))


def block(alert: Alert, *, rehearsal: bool) -> Panel:
    """The prompt: stands out by its frame, without colour."""
    when = to_datetime(alert.at_us).astimezone()
    lines = [
        ("Entry", alert.entry),
        ("Camera", f"{alert.camera}, {clock_text(when)}"),
        ("Score", BLIND if alert.blind else f"{alert.score:.2f}; the threshold is {alert.threshold:.2f}"),
        ("Expected", BLIND if alert.blind else expected(alert.false_alerts_per_1000)),
        ("Caution", ", ".join(alert.cautions) or "none"),
    ]
    if not rehearsal:
        lines.insert(0, ("Alert", alert.id))
    if alert.media_time_s is not None:
        lines.insert(-3, ("In the file", f"at {alert.media_time_s:.2f} s"))
    text = Text()
    for name, value in lines:
        text.append(f"{name:<13}", style="bold")
        text.append(f"{value}\n")
    text.append("A person decides; the machine only prompts.")
    title = "possible match (rehearsal)" if rehearsal else "possible match"
    return Panel(text, title=title, title_align="left", width=WIDTH)


def clock_text(when: datetime) -> str:
    return f"{when:%H:%M:%S}.{when.microsecond // 100_000} {when.tzname()}"


def expected(per_1000: float) -> str:
    """What a score like this means for people who are not on the list."""
    if per_1000 >= 0.01:
        return f"{per_1000:.2g} false alerts in 1,000 passages at this score"
    if per_1000 < 0.001:
        return "fewer than 1 false alert in 1,000,000 passages at this score"
    each = 1000 / per_1000
    return f"1 false alert in {float(f'{each:.1g}'):,.0f} passages at this score"


def sentences(figures: RunFigures, *, rehearsal: bool) -> list[str]:
    """The figures of a run as sentences."""
    counts = figures.counts
    told = [
        f"{counts.frames:,} frames decoded, {counts.video_s:.1f} s of video; {counts.dropped:,} dropped.",
        f"{counts.faces_seen:,} of {counts.faces_detected:,} passages were searched (faces seen).",
        f"{figures.alerts:,} {'prompt' if figures.alerts == 1 else 'prompts'}; whether a prompt was right only a "
        + ("person can say, and a rehearsal keeps no record." if rehearsal else "person can say: overt figures."),
        f"Longest time from a face's last sighting to its overwriting: {counts.unmatched_age_max_s:.2f} s.",
    ]
    line = figures.line()["figures"]
    if isinstance(line, dict) and line["latency_p50_s"] is not None:
        told.append(f"From the first usable face to the prompt: half within {line['latency_p50_s']:.2f} s.")
    if counts.cooled_down:
        repeated = many(counts.cooled_down, "repeated possible match", "repeated possible matches")
        told.append(f"Held back within the cool-down: {repeated}.")
    if counts.lost:
        told.append(f"Lost with a camera process: {many(counts.lost, 'passage')}.")
    if counts.amber_s or counts.red_s:
        told.append(
            f"Outside the pack's operating envelope: {counts.amber_s:.0f} s warned of (amber), {counts.red_s:.0f} s "
            "paused (red)."
        )
    if counts.video_s > 0:
        told.append(f"Processor time: {counts.cpu_s / counts.video_s:.2f} s for each second of video.")
    return told


@contextmanager
def written_or_stopped() -> Iterator[None]:
    """Raises Stopped where standard output takes nothing more."""
    try:
        yield
    except OSError as fault:
        raise Stopped(
            f"The figures could not be written ({fault.strerror}).", "Make room or mend the way out, and start again."
        ) from fault


def _of(camera: str | None) -> str:
    return f"Camera {camera}: " if camera else ""
