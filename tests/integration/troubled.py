"""An installation that is given trouble, and the troubles that can be made: full disks, read-only ones."""

from __future__ import annotations

import os
import re
import select
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from overt.domain.retention import HOUR_US, RetentionRules
from overt.engine.clock import SystemClock
from overt.services.desk import Desk, Keeping
from overt.services.place import Place
from overt.store.records import State
from tests.integration.deployments import OVERT, PASSPHRASE, cameras, environment, installed, ready, write_deployment
from tests.integration.keeping_worker import sealed
from tests.integration.kept import (
    Acknowledged,
    check_everything,
    check_lists_open,
    installation_at,
    made_picture,
    place_of,
)
from tests.integration.servers import HOST
from tests.needs import needs_right, sample_footage
from tests.unit.services.runs import MATCH, Person, picture, prepared


@dataclass(frozen=True, kw_only=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class House:
    """An installation with a list and two alerts, one of them due; and a deployment with a camera that takes calls."""

    where: Place
    deployment: Path
    camera: socket.socket
    told: Acknowledged
    due: str

    @property
    def home(self) -> Path:
        return self.where.home

    def start(self, *words: str, limit: Callable[[], None] | None = None, **changed: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*OVERT, *words],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(self.home) | changed,
            preexec_fn=limit,  # noqa: PLW1509 - nothing but a limit is set
        )
        assert process.stdin is not None
        process.stdin.write(f"{PASSPHRASE}\n")
        process.stdin.close()
        process.stdin = None
        return process

    def overt(self, *words: str, limit: Callable[[], None] | None = None, **changed: str) -> Said:
        return self.end(self.start(*words, limit=limit, **changed))

    def end(self, process: subprocess.Popen[str]) -> Said:
        """Whatever happens, nobody is shown a traceback, and no process has any children."""
        family: set[int] = set()
        while process.poll() is None:
            family.update(cameras(process.pid))
            time.sleep(0.02)
        out, err = process.communicate()
        assert "Traceback" not in err + out, err
        assert not family, f"a process was started: {family}; {err}"
        return Said(code=process.returncode, out=out, err=err)

    def refuse(
        self,
        *sentences: str,
        besides: tuple[str, ...] = ("retain", "--once"),
        limit: Callable[[], None] | None = None,
        **changed: str,
    ) -> None:
        """A watch and another command end with 2 and these words; nothing is scanned: no camera process, no call."""
        commands = (("watch", str(self.deployment), "--json"), besides)
        for done in [*map(self.end, [self.start(*words, limit=limit, **changed) for words in commands])]:
            assert (done.code, done.out) == (2, ""), done
            for sentence in sentences:
                assert re.search(sentence, plain(done.err)), done.err
        assert not self.called()

    def called(self) -> bool:
        return bool(select.select([self.camera], [], [], 0)[0])

    def whole(self) -> None:
        """Nothing was lost, and the trouble has left nothing behind: the installation works."""
        with installation_at(self.where) as installation:
            record = check_everything(self.where, installation, self.told)
            check_lists_open(installation)
        assert "watch.started" not in record.facts

    def kept(self, alert: str) -> bool:
        with installation_at(self.where, finish=False) as installation:
            row = installation.store.read(lambda work: work.alerts.get(alert))
        assert row is not None
        return row.state is State.KEPT


def plain(err: str) -> str:
    return re.sub(r"\s+", " ", err)


def furnished(home: Path, camera: socket.socket) -> House:
    """Puts a list and two alerts into an installation in this home; the first alert is due."""
    where, folder = place_of(installed(home)), home.parent
    picture_of_somebody = made_picture(folder)
    person, run, clock = Person(), prepared(), SystemClock()
    with installation_at(where) as installation:
        now_us = clock.now_us()
        own = sealed(installation, run.deployment, folder, closes_us=now_us + HOUR_US, expires_us=None)
        keeping = Keeping(
            installation=installation, deployment=own.row.deployment, retention=RetentionRules(), open_list=own
        )
        desk = Desk(run, keeping=keeping, viewer=person)
        for passage, age_us in enumerate((25 * HOUR_US, 0)):
            at_us = now_us - age_us
            desk.raise_alert(
                replace(MATCH, passage=passage, captured_us=at_us, first_usable_us=at_us, pictures=(picture(),))
            )
            assert desk._outbox.deliver()
    picture_of_somebody.unlink()
    people = folder / "people"
    people.mkdir(exist_ok=True)
    (people / "the man.jpg").symlink_to(sample_footage() / "single_face.jpg")
    address = f"http://{HOST}:{camera.getsockname()[1]}/video"
    file = write_deployment(folder / "live.toml", {"north": address}, people)
    ready(file, home)
    with installation_at(where) as installation:
        lists = {row.id for row in installation.store.read(lambda work: work.lists.all())}
    assert own.row.id in lists
    return House(
        where=where,
        deployment=file,
        camera=camera,
        told=Acknowledged(lists=lists, alerts={alert.id for alert in person.taken}),
        due=person.taken[0].id,
    )


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own, in memory."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder)], capture_output=True, check=False
    )
    needs_right(done.returncode == 0, "to mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """The disk is full to the last byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for block in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(block))
            except OSError:
                continue
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    if os.geteuid() == 0:  # whom no mode of a file keeps out
        bind = ["mount", "--bind", str(folder), str(folder)]
        needs_right(
            subprocess.run(bind, capture_output=True, check=False).returncode == 0, "to mount a folder read-only"
        )
        try:
            subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
            yield
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
    else:
        paths = [folder, *folder.rglob("*")]
        modes = [path.stat().st_mode for path in paths]
        for path in reversed(paths):
            path.chmod(0o500 if path.is_dir() else 0o400)
        try:
            yield
        finally:
            for path, mode in zip(paths, modes, strict=True):
                path.chmod(mode)
