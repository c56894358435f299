"""What every test shares: Hypothesis's two profiles, a home of its own, and a plain account of what was left out."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import settings

from tests.needs import REFUSED, REPOSITORY

QUICK = Argon2id(salt=bytes(16), length=32, iterations=1, lanes=1, memory_cost=64).derive_phc_encoded(b"\xff")
LEFT_OUT = "overt/left-out"  # where the cache keeps which tests the last whole run left out

settings.register_profile("ci", max_examples=50, derandomize=True, deadline=None, database=None)
settings.register_profile("torture", max_examples=5_000, deadline=None, print_blob=True)
settings.load_profile("torture" if os.environ.get("OVERT_TORTURE") == "1" else "ci")


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> Iterator[None]:
    """A shell that runs the tests in its background ignores Ctrl-C for them and for every command that they start."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def a_home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the installation of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OVERT_HOME", str(tmp_path_factory.mktemp("overt") / "home"))
        yield


@pytest.fixture(autouse=True)
def quick_stretching(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords and passphrases are stretched a little only, where a test is neither about that nor starts a process
    that opens what was sealed."""
    room = request.path.relative_to(REPOSITORY / "tests").parts
    if room[0] in ("unit", "property") and room[1] != "vault":
        for module in ("passphrase", "passwords"):
            monkeypatch.setattr(f"overt.vault.{module}.MEMORY_KIB", 64)
            monkeypatch.setattr(f"overt.vault.{module}.PASSES", 1)
        monkeypatch.setattr("overt.services.sessions.NOBODY", QUICK)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--left-out", action="store_true", help="run only the tests that the last whole run left out")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--left-out"):
        return
    wanted = [node for node in _remembered(config) if _asked_for(config, node)]
    chosen = [item for item in items if any(_within(item.nodeid, node) for node in wanted)]
    gone = [node for node in wanted if not any(_within(item.nodeid, node) for item in chosen)]
    if gone:
        raise pytest.UsageError(f"tests that were left out are not to be found now: {', '.join(gone)}")
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def _asked_for(config: pytest.Config, node: str) -> bool:
    """Whether the paths on the command line take in a test."""
    path = REPOSITORY / _file(node)
    within = [path.is_relative_to(Path(one.partition("::")[0]).resolve()) for one in config.args]
    ignored = [path.is_relative_to(Path(one).resolve()) for one in config.getoption("ignore") or ()]
    return any(within) and not any(ignored)


def _remembered(config: pytest.Config) -> list[str]:
    assert config.cache is not None
    remembered = config.cache.get(LEFT_OUT, None)
    if remembered is None:
        raise pytest.UsageError("--left-out follows a run of `make test`; there was none")
    return [str(node) for node in remembered]


def _remember(
    config: pytest.Config, terminalreporter: pytest.TerminalReporter, skipped: list[pytest.TestReport]
) -> None:
    """`make test` runs pytest more than once: what another run left out of other files stays remembered."""
    assert config.cache is not None
    reports = [report for found in terminalreporter.stats.values() for report in found]
    ran = {_file(report.nodeid) for report in reports if isinstance(report, pytest.TestReport)}
    before = [str(node) for node in config.cache.get(LEFT_OUT, None) or []]
    others = [node for node in before if _file(node) not in ran and (REPOSITORY / _file(node)).exists()]
    config.cache.set(LEFT_OUT, others + [report.nodeid for report in skipped])


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _within(nodeid: str, node: str) -> bool:
    return nodeid == node or nodeid.startswith(node + "::")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What takes long waits for the run in which everything has to be there, and for `make torture`."""
    everything = os.environ.get("OVERT_TEST_ALL") == "1" or os.environ.get("OVERT_TORTURE") == "1"
    if item.get_closest_marker("long") and not everything:
        pytest.skip("takes long; OVERT_TEST_ALL=1 runs it, as .ci/run does")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything must run, a skip is a failure; where nothing was left out, there is nothing to run."""
    absent = [report for report in _skipped(session.config) if not _why(report).startswith(REFUSED)]
    if os.environ.get("OVERT_TEST_ALL") == "1" and exitstatus == pytest.ExitCode.OK and absent:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.getoption("--left-out"):
        session.exitstatus = pytest.ExitCode.OK


def _skipped(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter else []


def _why(report: pytest.TestReport) -> str:
    """Why a test was left out."""
    found = report.longrepr
    return found[2].removeprefix("Skipped: ") if isinstance(found, tuple) else str(found)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    skipped = _skipped(config)
    if config.pluginmanager.has_plugin("cacheprovider") and not config.getoption("--left-out"):
        _remember(config, terminalreporter, skipped)
    if not skipped:
        return
    reasons = Counter(_why(report) for report in skipped)
    terminalreporter.section(f"Left out: {len(skipped)} {'test' if len(skipped) == 1 else 'tests'}", sep="-")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:5d}  {reason}")
    if os.environ.get("OVERT_TEST_ALL") == "1" and not all(reason.startswith(REFUSED) for reason in reasons):
        terminalreporter.write_line("OVERT_TEST_ALL=1 says that nothing may be left out, so this run has failed.")
