"""How far a long step is: one live line on standard error while it runs, nothing where that is no terminal."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Counter:
    """Counts pictures with a bar; call it with pictures done and pictures in all.

    Args:
        words: what is being done, such as "Reading pictures".
        stop: when set, the next call raises KeyboardInterrupt, which ends the step.
    """

    def __init__(self, words: str, *, stop: threading.Event | None = None) -> None:
        self._words = words
        self._stop = stop
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Counter:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        console = Console(stderr=True)
        if console.is_terminal:
            self._bar = Progress(
                TextColumn(self._words),
                BarColumn(style="dim", complete_style="bold", finished_style="bold"),
                TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
                console=console,
                transient=True,
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        if self._stop is not None and self._stop.is_set():
            raise KeyboardInterrupt
        if self._bar is None:
            return
        if self._task is None:
            self._task = self._bar.add_task("", total=total)
            self._bar.start()
        self._bar.update(self._task, completed=done, total=total)
