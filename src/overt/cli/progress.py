"""How far a long step is: one live line on standard error while it runs, nothing where that is no terminal."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Counter:
    """Counts pictures with a bar, from the first call on; call it with pictures done and pictures in all.

    Args:
        words: what is being done, such as "Reading pictures".
    """

    def __init__(self, words: str) -> None:
        self._words = words
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Counter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = self._started(total)
        bar, task = self._bar
        bar.update(task, completed=done, total=total)

    def close(self) -> None:
        """Takes the line away; the next call would start another."""
        if self._bar is not None:
            self._bar[0].stop()
            self._bar = None

    def _started(self, total: int) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        console = Console(stderr=True)
        bar = Progress(
            TextColumn(self._words),
            BarColumn(style="dim", complete_style="bold", finished_style="bold"),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        task = bar.add_task("", total=total)
        bar.start()
        return bar, task
