"""A benchmark's result as people read it, and the machine that it was measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import overt

RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass(frozen=True, kw_only=True)
class Table:
    """One benchmark's result. `notes`: how it was measured, in sentences."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: str

    def markdown(self) -> str:
        lines = [self.header, tuple("---" for _ in self.header), *self.rows]
        return "\n".join([f"### {self.title}", "", *(f"| {' | '.join(line)} |" for line in lines), "", self.notes, ""])


def machine() -> str:
    """The processor and its cores, the system and the versions, without any name of this machine."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.machine()
    cores = len(os.sched_getaffinity(0))
    return f"{processor}, {cores} cores, Python {platform.python_version()}, Overt {overt.__version__}"


def append(tables: Sequence[Table], heading: str) -> None:
    """Adds a dated section to bench/RESULTS.md."""
    today = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    section = [f"\n## {today}: {heading}\n\n{machine()}.\n", *(table.markdown() for table in tables)]
    with RESULTS.open("a", encoding="utf-8") as results:
        results.write("\n".join(section))
