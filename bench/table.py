"""A benchmark's result as people read it, and the machine that it was measured on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import overt
from bench.data import REPOSITORY, Absent
from overt.evaluation.charts_palette import LIGHT
from overt.recognition.threshold import clopper_pearson

RESULTS = Path(__file__).with_name("RESULTS.md")
CHARTS = RESULTS.with_name("charts")


@dataclass(frozen=True, kw_only=True)
class Table:
    """One benchmark's result.

    Attributes:
        says: what came out and how it was measured, a sentence each.
        drawings: charts of it, by the name of their file: the text of an `<svg>`.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    says: tuple[str, ...]
    drawings: Mapping[str, str] = field(default_factory=dict)

    def markdown(self) -> str:
        lines = [self.header, tuple("---" for _ in self.header), *self.rows]
        parts = [f"### {self.title}", "", *(f"| {' | '.join(line)} |" for line in lines), ""]
        shown = [f"![{name.replace('-', ' ')}]({CHARTS.name}/{name}.svg)" for name in self.drawings]
        return "\n".join([*parts, *([*shown, ""] if shown else []), *(f"- {sentence}" for sentence in self.says), ""])

    def draw(self) -> None:
        """Writes the charts beside bench/RESULTS.md, each on paper of its own."""
        for name, svg in self.drawings.items():
            CHARTS.mkdir(exist_ok=True)
            at = svg.index(">") + 1
            on_paper = f'{svg[:at]}\n<rect width="100%" height="100%" fill="{LIGHT["paper"]}"/>{svg[at:]}\n'
            (CHARTS / f"{name}.svg").write_text(on_paper, encoding="utf-8")


def share(part: int, whole: int) -> str:
    """A share as people read it: "2 of 9: 22 % (3 to 60 %)", with its 95 % interval (Clopper-Pearson)."""
    if whole == 0:
        return "0 of 0"
    low, high = clopper_pearson(part, whole)
    return f"{part:,} of {whole:,}: {_percent(part / whole)} % ({_percent(low)} to {_percent(high)} %)"


def _percent(value: float) -> str:
    """Two digits; a decimal more where rounding would make a whole of what is none."""
    if 0.985 <= value < 1:
        return f"{min(value * 100, 99.9):.1f}"
    return f"{value:.0%}".rstrip("%") if value == 0 or value >= 0.1 else f"{value * 100:.2g}"


def spread(values: Sequence[float], digits: int) -> str:
    """The middle value with the smallest and the largest."""
    ordered = sorted(values)
    half = len(ordered) // 2
    middle = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    return f"{middle:.{digits}f} ({ordered[0]:.{digits}f} to {ordered[-1]:.{digits}f})"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When a measurement began or ended, and what it ran on. `load`: average of the last minute."""

    at: datetime
    commit: str
    load: float


def now() -> Moment:
    return Moment(at=datetime.now(UTC), commit=_commit(), load=os.getloadavg()[0])


def machine() -> str:
    """The processor and its cores, and the versions, without any name of this machine."""
    told = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
    names = re.findall(r"^model name\s*: (.+)$", told, re.MULTILINE)
    processor = names[0].strip() if names else platform.machine()
    amx = "with" if "amx_bf16" in told else "without"
    cores = len(os.sched_getaffinity(0))
    return f"{processor}, {cores} cores, {amx} AMX; Python {platform.python_version()}, Overt {overt.__version__}"


def _took(began: Moment, ended: Moment) -> str:
    moved = f" at the start, {ended.commit} at the end" if ended.commit != began.commit else ""
    return (
        f"{began.at:%Y-%m-%d %H:%M} to {ended.at:%H:%M} UTC. {machine()}, commit {began.commit}{moved}; "
        f"load average {began.load:.1f} at the start, {ended.load:.1f} at the end"
    )


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    named, changed = (
        subprocess.run([git, "-C", str(REPOSITORY), *words], capture_output=True, text=True, check=False).stdout.strip()
        for words in (("rev-parse", "--short=9", "HEAD"), ("status", "--porcelain", "--", "src"))
    )
    return f"{named or 'unknown'}{' with changes that are not committed' if changed else ''}"


def record(tables: Sequence[Table], name: str, began: Moment) -> None:
    """Puts a dated section into bench/RESULTS.md, in the place of the one that had this name before."""
    section = "\n".join([f"## {name}\n\n{_took(began, now())}.\n", *(table.markdown() for table in tables)])
    opening, *sections = re.split(r"^(?=## )", RESULTS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    places = [i for i, old in enumerate(sections) if old.startswith(f"## {name}\n")]
    if places:
        sections[places[0]] = section
    else:
        sections.append(section)
    for table in tables:
        table.draw()
    RESULTS.write_text("\n\n".join(part.strip() for part in (opening, *sections)) + "\n", encoding="utf-8")


def alone(benchmark: Callable[[Path], Table]) -> None:
    """Runs one benchmark in a folder that is removed afterwards, and prints its table."""
    try:
        with tempfile.TemporaryDirectory(prefix="overt-bench-") as folder:
            print(benchmark(Path(folder)).markdown())
    except Absent as absent:
        sys.exit(str(absent))
