"""The property, promise and reliability tests with their full counts; the section in bench/RESULTS.md is made anew.

    OVERT_TORTURE=1 python -m bench.torture [pytest arguments]

With arguments only those tests run, and their table gets a section of its own: it does not stand for the whole.

A test reports what it repeated with pytest's `record_property("passages", 100_000)`; Hypothesis reports its own cases.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from bench.table import Table, now, record

PLACES = [
    "tests/property",
    "tests/promises",
    "tests/integration/test_killed_at_any_moment.py",
    "tests/integration/test_many_processes.py",
    "tests/integration/test_trouble_with_the_store.py",
    "tests/integration/test_importing_a_list.py",
    "tests/unit/evaluation/test_stopping.py",
]
TIME_LIMIT_S = 4 * 3600


class Recorder:
    """Takes down, for each test file, the outcomes, what was repeated, and the seconds."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self.repeated: dict[str, Counter[str]] = defaultdict(Counter)
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        report = yield
        if call.when == "call":
            cases = re.findall(r"(\d+) passing", getattr(item, "hypothesis_statistics", ""))
            if cases:
                self.repeated[_file(item.nodeid)]["cases"] += sum(map(int, cases))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file = _file(report.nodeid)
        self.seconds[file] += report.duration
        if report.when == "call" or not report.passed:
            self.outcomes[file][report.outcome] += 1
        for name, value in report.user_properties if report.when == "call" else []:
            if isinstance(value, int):
                self.repeated[file][name] += value

    def table(self) -> Table:
        return Table(
            title="Property, promise and reliability tests, full counts",
            header=("tests", "outcome", "repeated", "seconds"),
            rows=tuple(
                (file, _listed(self.outcomes[file]), _listed(self.repeated[file]), f"{self.seconds[file]:.0f}")
                for file in sorted(self.outcomes)
            ),
            says=("`make torture`. Cases are Hypothesis's; everything else is what the tests themselves counted.",),
        )


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counted.items())) or "-"


def main() -> int:
    if os.environ.get("OVERT_TORTURE") != "1":
        print("Run it as `make torture`, which asks for the full counts.", file=sys.stderr)
        return 2
    recorder, began = Recorder(), now()
    code = pytest.main(
        [f"--timeout={TIME_LIMIT_S}", "-p", "no:cacheprovider", *(sys.argv[1:] or PLACES)], plugins=[recorder]
    )
    if recorder.outcomes:
        record([recorder.table()], "torture, some of it" if sys.argv[1:] else "torture", began)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
