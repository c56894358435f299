"""Lists that are being imported from here: at most one for each account, each in a thread of its own.

What is kept of an import is the draft that it makes. Here is only how far it has come and what came of it, until the
next one of that account, or this process ends; what was refused whole is told from here for some minutes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from overt.domain.errors import OvertError, Refused, Stopped
from overt.domain.policy import Rules
from overt.domain.time import SECOND_US
from overt.services.installation import Installation
from overt.services.list_import import ImportReport, import_list
from overt.services.list_reading import LeftOut
from overt.services.people import Account
from overt.services.portraits import PortraitReader
from overt.services.uploads import Upload

#: An import that is told to stop does so at its next picture.
END_S: Final = 20.0
LONGEST_US: Final = 4 * 3600 * SECOND_US
#: For how long those who were left out of a list of which nothing could be kept are told.
TOLD_US: Final = 10 * 60 * SECOND_US


class ImportGoesOn(Refused):
    code = "import-goes-on"


class Stage(Enum):
    RECEIVING = "receiving"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody wants to have imported. `resume`: a draft to go on with, or ""."""

    by: Account
    token: str = field(repr=False)
    passphrase: str = field(repr=False)
    rules: Rules
    resume: str = ""


@dataclass(kw_only=True, eq=False)
class Import:
    """One import.

    Attributes:
        done, total: pictures.
        draft: what it makes, as soon as something of it is kept.
        error: why it failed.
    """

    account: str
    began_us: int
    upload: Upload | None = field(default=None, repr=False)
    stage: Stage = Stage.RECEIVING
    done: int = 0
    total: int = 0
    draft: str = ""
    entries: int = 0
    left_out: int = 0
    unused: int = 0
    alike: int = 0
    waiting: int = 0
    told: tuple[LeftOut, ...] = field(default=(), repr=False)
    ended_us: int = 0
    error: OvertError | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    @property
    def over(self) -> bool:
        return self.stage in (Stage.DONE, Stage.FAILED)


class Imports:
    """Every import of this process; any thread may ask.

    Args:
        reader: makes, or gives, what finds faces.
        opened: is told a session's token and the draft that it has just made, open.
    """

    def __init__(
        self,
        installation: Installation,
        reader: Callable[[], PortraitReader],
        opened: Callable[[str, str, str, Account], None],
    ) -> None:
        self._installation, self._reader, self._opened = installation, reader, opened
        self._lock = threading.Lock()
        self._imports: dict[str, Import] = {}

    def of(self, account: str) -> Import | None:
        """The newest import of an account, over or not."""
        with self._lock:
            found = self._imports.get(account)
        if found is not None and found.over and self._installation.clock.now_us() > found.ended_us + TOLD_US:
            found.told = ()
        return found

    def begin(self, account: str) -> Import:
        """A place for an import whose pictures are about to come.

        Raises:
            ImportGoesOn: the account has one already.
        """
        new = Import(account=account, began_us=self._installation.clock.now_us())
        with self._lock:
            before = self._imports.get(account)
            if before is not None and not before.over:
                raise ImportGoesOn("You are importing a list already.", "See how it goes, or stop it first.")
            self._imports[account] = new
        return new

    def give_up(self, one: Import) -> None:
        """Its pictures did not come, or could not be taken: as if it had never begun."""
        with self._lock:
            if self._imports.get(one.account) is one:
                del self._imports[one.account]
        if one.upload is not None:
            one.upload.close()

    def read(self, one: Import, asked: Asked) -> None:
        """Reads what came, in a thread; the upload is closed at its end.

        Raises:
            BadWatchList: what came is no list; the upload is as it was.
        """
        assert one.upload is not None
        source = one.upload.source()
        one.total, one.stage = len(source.pictures), Stage.READING

        def run() -> ImportReport:
            return import_list(
                self._installation,
                source,
                self._reader(),
                rules=asked.rules,
                passphrase=asked.passphrase,
                by=asked.by,
                resume=asked.resume,
                progress=lambda done, total: self._progress(one, done, total),
                began=lambda draft: setattr(one, "draft", draft),
            )

        one.thread = threading.Thread(target=self._import, args=(one, asked, run), name="overt-import", daemon=True)
        one.thread.start()

    def stop(self, account: str) -> None:
        """Stops an import, and waits for its end; what of it is kept is unfinished."""
        found = self.of(account)
        if found is None:
            return
        found.stop.set()
        if found.thread is not None:
            found.thread.join(END_S)

    def end_all(self) -> None:
        with self._lock:
            going = [one for one in self._imports.values() if not one.over]
        for one in going:
            one.stop.set()
        for one in going:
            if one.thread is not None:
                one.thread.join(END_S)

    def _progress(self, one: Import, done: int, total: int) -> None:
        one.done, one.total = done, total
        if one.stop.is_set():
            raise Stopped(
                "You stopped this import.", "What was sealed before is kept for 24 hours; erase it, or go on."
            )
        if self._installation.clock.now_us() - one.began_us > LONGEST_US:
            raise Stopped("This import took too long, so it was stopped.", "Go on with it, or import fewer at once.")

    def _import(self, one: Import, asked: Asked, run: Callable[[], ImportReport]) -> None:
        stage = Stage.FAILED
        try:
            report = run()
            self._note(one, report)
            stage = Stage.DONE
            if report.draft:
                with suppress(Refused):  # erased meanwhile, or its owner closed: whoever may opens it later
                    self._opened(asked.token, report.draft, asked.passphrase, asked.by)
        except OvertError as error:
            one.error = error
        except Exception as fault:  # noqa: BLE001  (told by its kind: its words could hold what was being looked at)
            one.error = OvertError(
                f"The import failed in a way that nobody foresaw ({type(fault).__name__}).", "Try again, and report it."
            )
        finally:
            assert one.upload is not None
            one.upload.close()
            one.upload = None
            one.ended_us = self._installation.clock.now_us()
            one.stage = stage

    @staticmethod
    def _note(one: Import, report: ImportReport) -> None:
        one.draft, one.entries, one.left_out = report.draft, report.entries, len(report.left_out)
        one.unused, one.alike, one.waiting = len(report.unused), len(report.look_alikes), len(report.waiting)
        one.told = () if report.draft else report.left_out
