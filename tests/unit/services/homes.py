"""A whole installation in a folder, opened and closed for each thing that is done, and put back from copies."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from overt.domain.errors import OvertError
from overt.services.backup import Copied, Restored, back_up, restore
from overt.services.installation import Installation, create, opened
from overt.services.place import Place
from overt.services.record import export
from overt.testing.fixed_clock import FixedClock
from tests.installations import place_in

T = TypeVar("T")


@dataclass
class Home:
    """An installation in a folder, driven by one clock."""

    place: Place
    clock: FixedClock

    def do(self, act: Callable[[Installation], T]) -> T:
        with opened(self.place, clock=self.clock, random_bytes=os.urandom) as installation:
            return act(installation)

    def noted(self, times: int = 1) -> None:
        def note(installation: Installation) -> None:
            for _ in range(times):
                installation.store.write(lambda work: work.record("test.noted"))

        self.do(note)

    def copied(self, file: Path) -> Copied:
        with opened(self.place, clock=self.clock, random_bytes=os.urandom) as installation:
            return back_up(self.place, installation, file)

    def exported(self, file: Path) -> Path:
        with opened(self.place, clock=self.clock, random_bytes=os.urandom) as installation, file.open("wb") as out:
            export(installation.store, out.write)
        return file

    def restored(self, file: Path, *, ledger: Path | None = None, replace: bool = False) -> Restored:
        return restore(self.place, file, export=ledger, replace=replace, clock=self.clock, random_bytes=os.urandom)

    def refuses(
        self, file: Path, error: type[OvertError], match: str | None = None, *, ledger: Path | None = None
    ) -> OvertError:
        """Restoring is refused, and nothing in the home is another."""
        before = tree(self.place.home)
        with pytest.raises(error, match=match) as caught:
            self.restored(file, ledger=ledger, replace=True)
        assert tree(self.place.home) == before
        return caught.value

    def lose_store(self) -> None:
        for path in self.place.home.glob("overt.sqlite*"):
            path.unlink()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but locks and what SQLite makes anew at each opening."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in files
        if path.name != "lock" and not path.name.endswith(("-shm", "-wal"))
    }


def made(folder: Path) -> Home:
    folder.mkdir(exist_ok=True)
    home = Home(place_in(folder), FixedClock())
    create(home.place, clock=home.clock, random_bytes=os.urandom)
    return home
