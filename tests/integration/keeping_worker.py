"""A program that keeps, decides and erases without end, and says each thing once it is done; it is there to be killed.

    python -m tests.integration.keeping_worker FOLDER [DATABASE]

It reads lines from standard input, `STEPS SEED SEED ...`, and forks a child for each seed: the imports are paid for
once, and the child is a process like any other. A child says `pid N`, opens the installation and works for so many
steps, or without end where they are 0; the program says `ended N CODE` for each that is gone, and then reads on. What
lies between is what a child was told is done, one line a thing:

    open | sealed LIST | raised ALERT PASSAGE | decided ALERT DECISION VERDICT | held ALERT HOLD
    erased-list LIST | erased-alert ALERT | withdrawn LIST/POSITION | refused CODE | fault WORDS | finished
"""

from __future__ import annotations

import os
import random
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from overt.domain.alert import Alert
from overt.domain.authority import Deployment, Window
from overt.domain.decision import Verdict
from overt.domain.figures import Counts, Health, MinuteFigures
from overt.domain.profile import Profile
from overt.domain.retention import DAY_US, HOUR_US, RetentionRules
from overt.domain.time import SECOND_US
from overt.engine.clock import SystemClock
from overt.services.adjudicate import AlertErased, hold
from overt.services.deployments import add_deployment
from overt.services.desk import Desk, Keeping
from overt.services.erase import erase_alert, erase_list, withdraw_entry
from overt.services.installation import Installation, opened
from overt.services.lists import ListReport, WatchList
from overt.services.prepare import Prepared
from overt.services.retain import Retainer
from overt.services.sealed_lists import OpenList, seal_list
from overt.store.records import AlertRow, ListRow, State
from overt.testing.toy_model import templates_of
from tests.installations import PASSPHRASE, place_in
from tests.unit.services.runs import MATCH, picture, prepared
from tests.unit.services.verdicts import ONE, decided

ACCOUNTS = ("0193527e-8a00-7000-8000-0000000000aa", "0193527e-8a00-7000-8000-0000000000ab")
RULES = RetentionRules(not_the_person_us=0)
PICTURE = "listed.png"
CAMERAS = 2


def say(line: str) -> None:
    """In one piece, so that a line is there whole or not at all."""
    os.write(1, f"{line}\n".encode())


class Pipe:
    """A viewer that says each alert that it is shown."""

    def alert(self, alert: Alert) -> None:
        say(f"raised {alert.id} {alert.passage}")

    def health(self, health: Health) -> None: ...

    def profile(self, profile: Profile) -> None: ...

    def trouble(self, camera: str | None, sentence: str) -> None:
        say(f"fault {camera} {sentence}")


@dataclass(kw_only=True)
class Work:
    """What a child does, by chance but for its seed."""

    installation: Installation
    folder: Path
    chance: random.Random
    desk: Desk
    run: Deployment
    passage: int = 0

    def steps(self) -> list[Callable[[], None]]:
        """Each as often as it is to come up."""
        return [
            *([self.find] * 8),
            *([self.decide] * 5),
            self.hold,
            *([self.erase_alert] * 3),
            self.withdraw,
            *([self.seal] * 2),
            self.erase_list,
        ]

    def find(self) -> None:
        """A minute's figures, then a possible match; half of them are due at once."""
        self.passage += 1
        camera = self.chance.randrange(CAMERAS)
        now_us = self.installation.clock.now_us()
        minute_us = now_us // (60 * SECOND_US) * 60 * SECOND_US
        self.desk.minute(MinuteFigures(camera=camera, minute_us=minute_us, counts=Counts(frames=1)))
        age_us = self.chance.choice((0, DAY_US - SECOND_US // 5))
        pictures = (picture(self.chance.randrange(256)),)
        self.desk.raise_alert(
            replace(
                MATCH,
                camera=camera,
                passage=self.passage,
                captured_us=now_us - age_us,
                first_usable_us=now_us - age_us,
                pictures=pictures,
            )
        )

    def decide(self) -> None:
        if (row := self._alert()) is not None:
            verdict = self.chance.choice(list(Verdict))
            account = self.installation.new_id()  # each time another person, since nobody decides twice
            made = decided(self.installation, row.id, verdict, account=account, rules=RULES)
            say(f"decided {row.id} {made.id} {verdict}")

    def hold(self) -> None:
        if (row := self._alert()) is not None:
            until_us = self.installation.clock.now_us() + self.chance.choice((SECOND_US, HOUR_US))
            placed = hold(
                self.installation,
                row.id,
                case="CR/2026/17",
                until_us=until_us,
                placed_by=ACCOUNTS[0],
                seconded_by=ACCOUNTS[1],
                rules=ONE,
            )
            say(f"held {row.id} {placed.id}")

    def erase_alert(self) -> None:
        """The oldest, so that several processes go for the same one."""
        if (row := self._alert(oldest=True)) is not None and erase_alert(self.installation, row.id, "by-hand"):
            say(f"erased-alert {row.id}")

    def erase_list(self) -> None:
        kept = self._lists()
        if kept and erase_list(self.installation, kept[0].id, "by-hand"):
            say(f"erased-list {kept[0].id}")

    def withdraw(self) -> None:
        if kept := self._lists():
            row, position = self.chance.choice(kept), self.chance.randrange(2)
            if withdraw_entry(self.installation, row.id, position, "by-hand"):
                say(f"withdrawn {row.id}/{position}")

    def seal(self) -> None:
        """A list of a deployment of its own, which may end at once, or one entry of which may."""
        now_us = self.installation.clock.now_us()
        closes_us = now_us + self.chance.choice((SECOND_US // 5 - DAY_US, HOUR_US))
        expires_us = self.chance.choice((None, now_us + SECOND_US // 5))
        sealed(self.installation, self.run, self.folder, closes_us=closes_us, expires_us=expires_us)

    def _alert(self, *, oldest: bool = False) -> AlertRow | None:
        """One that is kept, of any process's run; None where there is none."""

        states = self.installation.store.read(lambda work: work.alerts.states())
        kept = sorted(alert for alert, state in states.items() if state == State.KEPT)
        if not kept:
            return None
        alert = kept[0] if oldest else self.chance.choice(kept[:20])
        return self.installation.store.read(lambda work: work.alerts.get(alert))

    def _lists(self) -> list[ListRow]:
        """Those that are kept, less those that a run goes by: whoever erases its list stops it."""
        rows = self.installation.store.read(lambda work: work.lists.all())
        own_us = self.installation.clock.now_us() + RULES.list_after_end_us + 2 * HOUR_US
        return [row for row in rows if row.state is State.KEPT and row.erase_after_us < own_us]


def sealed(
    installation: Installation, run: Deployment, folder: Path, *, closes_us: int, expires_us: int | None
) -> OpenList:
    """Two people's list of a new deployment."""
    window = Window(opens_us=closes_us - 8 * HOUR_US, closes_us=closes_us)
    row = add_deployment(
        installation, os.urandom(32).hex(), replace(run, authority=replace(run.authority, window=window))
    )
    watch_list = WatchList(
        references=("ann", "bob"),
        templates=templates_of([1, 2]),
        row_entry=np.arange(2, dtype=np.int32),
        report=ListReport(folder=Path(), verdicts=(), look_alikes=()),
        pictures=(folder / PICTURE,) * 2,
        expires_us=(expires_us, None),
    )
    opened_list = seal_list(installation, row, watch_list, PASSPHRASE, rules=RULES)
    say(f"sealed {opened_list.row.id}")
    return opened_list


def work(folder: Path, url: str, run: Prepared, seed: int, steps: int) -> None:
    """So many steps, and the end of the run; 0: without end."""
    clock = SystemClock()
    with opened(place_in(folder, url), clock=clock, random_bytes=os.urandom) as installation:
        say("open")
        own = sealed(installation, run.deployment, folder, closes_us=clock.now_us() + DAY_US, expires_us=None)
        keeping = Keeping(
            installation=installation, deployment=own.row.deployment, retention=RetentionRules(), open_list=own
        )
        desk = Desk(run, keeping=keeping, viewer=Pipe())
        desk.begin()
        chance = random.Random(seed)
        doing = Work(installation=installation, folder=folder, chance=chance, desk=desk, run=run.deployment)
        with Retainer(installation, lambda words: say(f"fault {words}"), period_s=0.1):
            done = 0
            while done < steps or not steps:
                done += 1
                one_step(doing)
        desk.finish()
    say("finished")


def one_step(doing: Work) -> None:
    try:
        doing.chance.choice(doing.steps())()
    except AlertErased as refusal:  # another was faster
        say(f"refused {refusal.code}")


def child(folder: Path, url: str, run: Prepared, seed: int, steps: int) -> None:
    """Ends the process; whatever else ends it is said on a line of its own."""
    say(f"pid {os.getpid()}")
    code = 1
    try:
        work(folder, url, run, seed, steps)
        code = 0
    finally:
        if code:
            traceback.print_exc()
            say(f"fault {sys.exc_info()[1]!r}")
        os._exit(code)


def main(folder: str, url: str = "") -> None:
    run = prepared()
    for line in sys.stdin:
        steps, *seeds = map(int, line.split())
        numbers = []
        for seed in seeds:
            number = os.fork()
            if not number:
                child(Path(folder), url, run, seed, steps)
            numbers.append(number)
        for number in numbers:
            _, status = os.waitpid(number, 0)
            say(f"ended {number} {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
