"""What each of several processes does to the store that they share; imports little, as each of them starts anew."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.domain.figures import Counts
from overt.engine.clock import SystemClock
from overt.ledger.log import Ledger
from overt.store.heads import HeadFolder
from overt.store.ports import Work
from overt.store.records import DeploymentRow, FigureRow, SessionRow
from overt.store.sql import SqlStore, open_store

KEY = Ed25519PrivateKey.from_private_bytes(b"\x03" * 32)
LEDGER = Ledger(log="writers", key=KEY)
DEPLOYMENT = DeploymentRow(id="d", digest="0" * 64, name="Everybody writes", opens_us=0, closes_us=1)
FRAME = FigureRow(deployment="d", camera="north", minute_us=0, counts=Counts(frames=1))


def opened(url: str, folder: Path) -> SqlStore:
    return open_store(url, ledger=LEDGER, clock=SystemClock(), heads=HeadFolder(folder / "heads"))


def write_all(url: str, folder: Path, writer: int, changes: int, ready: Any) -> None:
    """Each change adds a frame to the one minute and a row and two entries of its own; every fifth fails first."""

    def change(number: int, *, fails: bool) -> None:
        def act(work: Work) -> None:
            work.figures.add(FRAME)
            work.sessions.add(SessionRow(id=f"{writer}/{number}", account="a", made_us=0, expires_us=1))
            for part in (1, 2):
                work.record("test.noted", facts={"writer": writer, "number": number, "part": part})
            if fails:
                raise ZeroDivisionError

        store.write(act)

    with closing(opened(url, folder)) as store:
        ready.wait(100)
        for number in range(changes):
            if number % 5 == 0:
                with suppress(ZeroDivisionError):
                    change(number, fails=True)
            change(number, fails=False)
