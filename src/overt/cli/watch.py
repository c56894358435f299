"""`overt watch`: run a deployment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from overt.cli.passwords import ask_passphrase
from overt.cli.progress import Counter
from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.bootstrap import Ready
    from overt.cli.screen import JsonLines, Terminal
    from overt.domain.progress import Progress
    from overt.services.prepare import Prepared

R = TypeVar("R", bound="Ready")


def add_to(app: typer.Typer) -> None:
    @app.command()
    def watch(
        deployment: Annotated[Path, typer.Argument(help="The deployment file (TOML).")],
        once: Annotated[bool, typer.Option("--once", help="End with the footage, or when a camera is lost.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")] = False,
        profile: Annotated[bool, typer.Option("--profile", help="Say at the end where the time went.")] = False,
        rehearsal: Annotated[
            bool, typer.Option("--rehearsal", help="Try it on finished recordings; nothing is kept.")
        ] = False,
        fast: Annotated[
            bool, typer.Option("--fast", help="Rehearsal only: every frame as fast as the machine allows.")
        ] = False,
    ) -> None:
        """Watch: compare passing faces with one list, inside one authority."""
        if fast and not rehearsal:
            raise typer.BadParameter("--fast needs --rehearsal; live cameras have their own speed.")

        def preparing(progress: Progress) -> AbstractContextManager[Ready]:
            from overt.bootstrap import prepare_watch
            from overt.settings import load_settings

            return prepare_watch(
                deployment,
                load_settings(),
                rehearsal=rehearsal,
                fast=fast,
                once=once,
                passphrase=ask_passphrase,
                profile=profile,
                progress=progress,
            )

        run(preparing, rehearsal=rehearsal, as_json=as_json)


class Interrupted(BaseException):
    """Somebody asked for the end before anything was scanned. Like KeyboardInterrupt it is no fault to be caught."""


def in_the_foreground(ready: Ready, viewer: JsonLines | Terminal, ending: Ending) -> None:
    """Watches here and nowhere else."""
    from overt.bootstrap import run_watch

    viewer.open(len(ready.prepared.deployment.cameras))
    run_watch(ready, viewer, ending.stop, viewer.figures)


def run(
    preparing: Callable[[Progress], AbstractContextManager[R]],
    *,
    rehearsal: bool,
    as_json: bool,
    watching: Callable[[R, JsonLines | Terminal, Ending], None] = in_the_foreground,
) -> None:
    """Prepares a deployment and runs it, with the figures at its end."""
    from overt.cli.screen import JsonLines, Terminal
    from overt.domain.figures import NO_FIGURES
    from overt.domain.time import to_datetime

    viewer: JsonLines | Terminal = JsonLines(rehearsal=rehearsal) if as_json else Terminal(rehearsal=rehearsal)
    counter, ending = Counter("Reading the watch list"), Ending()
    try:
        ending.listen()
        from overt.engine.limits import keep_to_itself

        keep_to_itself()
        with counter, preparing(counter) as ready:
            counter.close()
            ending.prepared = True
            if ready.heartbeat is not None:
                tell(f"{ready.heartbeat.says()}, {to_datetime(ready.heartbeat.at_us).astimezone():%H:%M}.")
            for sentence in opening(ready.prepared, blind=ready.keeping.blind):
                tell(sentence)
            watching(ready, viewer, ending)
    except Interrupted:
        viewer.figures(NO_FIGURES)
    finally:
        viewer.close()


def opening(prepared: Prepared, *, blind: bool = False) -> list[str]:
    """What is about to happen, in sentences. `blind`: the threshold is not told, as nothing is from which people could
    guess how sure the machine is."""
    threshold, watch_list = prepared.threshold, prepared.watch_list
    lines = list(watch_list.report.warnings())
    entries = len(watch_list.references)
    wrong = f"{prepared.deployment.wanted_far * 1000:g} in 1,000 passages"
    told = "Expected" if blind else f"Threshold {threshold.value:.3f}, expected"
    lines.append(
        f"{prepared.deployment.name}: {entries} {'entry' if entries == 1 else 'entries'} on the list. "
        f"{told} to alert wrongly on at most {wrong}{' (extrapolated)' if threshold.extrapolated else ''}."
    )
    return lines


class Ending:
    """How Ctrl-C, a termination or a closed terminal ends a run: while it is prepared at once, then with its figures;
    a second one kills.

    Attributes:
        stop: set once an end was asked for.
        prepared: the run has begun, so it ends by itself once `stop` is set.
        ends: are set together with `stop`; others may set them, too.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.prepared = False
        self.ends: list[threading.Event] = []

    def listen(self) -> None:
        """From now on signals mean this."""
        signal.signal(signal.SIGINT, self._ask)
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  (signal.signal's own form)
        if self.stop.is_set():
            raise KeyboardInterrupt
        self.stop.set()
        for one in self.ends:
            one.set()
        if not self.prepared:
            raise Interrupted
