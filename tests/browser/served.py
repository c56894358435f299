"""A console as people start it: `overt serve` over an installation of a test, and `overt demo`."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from overt.bootstrap import make_installation, open_installation
from overt.domain.roles import Role
from overt.services.installation import Installation
from overt.settings import Settings
from tests.authority import KEY, public
from tests.integration.deployments import OVERT
from tests.people import PASSWORD, administrators, person

#: Of everybody but the administrators, who are ann and ben.
NAMES: Mapping[Role, str] = {role: f"the {role.replace('-', ' ')}" for role in Role}
START_S = 300.0


@dataclass(frozen=True)
class Served:
    """A console that runs.

    Attributes:
        address: with a slash at its end.
        settings: of its installation, which others may open, too; of a demonstration there is none.
    """

    address: str
    process: subprocess.Popen[bytes]
    said: Path
    settings: Settings | None = None

    @contextmanager
    def installation(self) -> Iterator[Installation]:
        assert self.settings is not None
        with open_installation(self.settings) as installation:
            yield installation

    def interrupted(self, seconds: float = 60) -> int:
        """The exit code after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)


def peopled(folder: Path, policy: str = "uk-police") -> Settings:
    """An installation with two administrators, ann and ben, and somebody for each other role: trained, the officer's
    key pinned, and all with the same password."""
    settings = Settings(home=folder / "home", master_key_file=folder / "master.key")
    make_installation(settings)
    with open_installation(settings) as installation:
        administrators(installation, policy)
        for role, name in NAMES.items():
            if role is not Role.ADMINISTRATOR:
                officer = role is Role.AUTHORISING_OFFICER
                person(installation, name, role, rank="superintendent" * officer, key=public(KEY) if officer else "")
    return settings


@contextmanager
def served(folder: Path, policy: str = "uk-police") -> Iterator[Served]:
    """`overt serve` over such an installation."""
    settings = peopled(folder, policy)
    environment = {"OVERT_HOME": str(settings.home), "OVERT_MASTER_KEY_FILE": str(settings.master_key_file)}
    with started(folder, environment, "serve", "--port", "0", settings=settings) as console:
        yield console


@contextmanager
def demonstrated(folder: Path, footage: Path, *options: str, port: int = 0) -> Iterator[Served]:
    """`overt demo` with its console."""
    words = ("demo", "--port", str(port), "--footage", str(footage), *options)
    with started(folder, {"OVERT_HOME": str(folder / "demo-home")}, *words) as console:
        yield console


@contextmanager
def started(
    folder: Path, environment: Mapping[str, str], *words: str, settings: Settings | None = None
) -> Iterator[Served]:
    said = folder / "said.txt"
    with said.open("wb") as err, (folder / "printed.txt").open("wb") as out:
        process = subprocess.Popen([*OVERT, *words], env={**os.environ, **environment}, stdout=out, stderr=err)
    try:
        yield Served(address=_address(process, said), process=process, said=said, settings=settings)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            finally:
                process.kill()
                process.wait()


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        for line in said.read_text("utf-8").splitlines(keepends=True):
            if "http://" in line and line.endswith("\n"):
                return line[line.index("http://") :].strip()
        assert process.poll() is None, said.read_text("utf-8")
        time.sleep(0.05)
    raise AssertionError(f"no address within {START_S} s; it said: {said.read_text('utf-8')}")


__all__ = ["NAMES", "PASSWORD", "Served", "demonstrated", "peopled", "served", "started"]
