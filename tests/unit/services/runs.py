"""A prepared run, a match, and a person who looks on, for the tests of what a run leads to."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from overt.domain.alert import Alert, MatchPicture, PossibleMatch
from overt.domain.authority import Camera, Deployment
from overt.domain.figures import Health
from overt.domain.geometry import Zone
from overt.domain.profile import Profile
from overt.domain.retention import RetentionRules
from overt.domain.rules import RecognitionRules
from overt.domain.time import SECOND_US
from overt.faces.pack import default_pack
from overt.faces.recipe import Networks, Recipe
from overt.services.deployments import add_deployment
from overt.services.desk import Desk, Keeping, Viewer
from overt.services.installation import Installation
from overt.services.lists import ListReport, WatchList
from overt.services.prepare import Prepared, prepare
from overt.services.sealed_lists import OpenList
from overt.settings import Settings
from overt.testing.fixed_clock import SOME_DAY_US
from overt.testing.toy_model import templates_of
from overt.video.reader import Pace
from tests.authority import authority_of

MATCH = PossibleMatch(
    camera=1,
    passage=7,
    entry=1,
    score=0.7123456,
    shots=3,
    cautions=("small face",),
    captured_us=SOME_DAY_US,
    first_usable_us=SOME_DAY_US - 2 * SECOND_US,
    media_time_s=1.23456,
)


def picture(grey: int = 90, quality: float = 0.8) -> MatchPicture:
    """A picture of 24 by 20 pixels, all of one grey."""
    return MatchPicture(
        width=24, height=20, bgr=bytearray([grey]) * (24 * 20 * 3), captured_us=SOME_DAY_US, quality=quality
    )


class Person:
    """A viewer who can be deaf for a while: `faults` are raised, one a call, before anything is taken."""

    def __init__(self, *faults: int) -> None:
        self.faults = list(faults)
        self.taken: list[Alert] = []
        self.told: list[tuple[str | None, str]] = []
        self.healths: list[Health] = []

    def alert(self, alert: Alert) -> None:
        if self.faults:
            fault = self.faults.pop(0)
            raise OSError(fault, os.strerror(fault))
        self.taken.append(alert)

    def health(self, health: Health) -> None:
        self.healths.append(health)

    def profile(self, profile: Profile) -> None:
        """Not wanted here."""

    def trouble(self, camera: str | None, sentence: str) -> None:
        self.told.append((camera, sentence))


def prepared(pace: Pace = Pace.LIVE, *, calibrated: bool = True, closes_us: int = SOME_DAY_US + 10**12) -> Prepared:
    deployment = Deployment(
        name="High Street",
        place="there",
        use_case="hotspot",
        policy="consent",
        authority=authority_of(SOME_DAY_US - 10**9, closes_us),
        folder=Path("people"),
        wanted_far=0.001,
        cameras=tuple(Camera(name=name, url="usb:0", zone=Zone()) for name in ("north", "south")),
    )
    watch_list = WatchList(
        references=("ann", "bob"),
        templates=templates_of([1, 2]),
        row_entry=np.arange(2, dtype=np.int32),
        report=ListReport(folder=Path("people"), verdicts=(), look_alikes=()),
    )
    pack = default_pack()
    return prepare(
        deployment,
        watch_list,
        pack=pack if calibrated else replace(pack, calibration=None),
        networks=Networks(detector=b"", embedder=b"", recipe=Recipe()),
        settings=Settings(),
        rules=RecognitionRules(),
        pace=pace,
        once=False,
    )


def kept(installation: Installation, run: Prepared, person: Viewer, open_list: OpenList | None = None) -> Desk:
    """A desk over an installation; what it has waits until it is told to deliver."""
    row = add_deployment(installation, "d" * 64, run.deployment)
    keeping = Keeping(installation=installation, deployment=row.id, open_list=open_list, retention=RetentionRules())
    return Desk(run, keeping=keeping, viewer=person)
