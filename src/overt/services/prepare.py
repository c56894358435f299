"""What is looked at before a deployment starts, and all that its run needs.

Rules:
  - an uncalibrated model pack does not run: nobody would know how often it is wrong;
  - a rehearsal reads finished recordings only, two hours at most; beside an installation it needs a signed-in account,
    and leaves an entry in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from overt.domain.authority import Deployment
from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import BadModel
from overt.domain.roles import Action
from overt.domain.rules import RecognitionRules
from overt.engine.task import Task
from overt.faces.pack import Pack
from overt.faces.recipe import Networks
from overt.recognition.threshold import Threshold, threshold_for
from overt.services.installation import Installation
from overt.services.lists import WatchList
from overt.services.people import Account, require_actor
from overt.services.place import STORE_FILE
from overt.settings import Settings
from overt.store.ports import Work
from overt.video.footage import Recording, check_recording, check_total
from overt.video.reader import Pace
from overt.video.source import SourceSettings


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A deployment that may start. `look_alike`: cosine from which two entries look alike to its networks."""

    deployment: Deployment
    watch_list: WatchList
    threshold: Threshold
    curve: ImpostorCurve
    recordings: tuple[Recording, ...]
    task: Task
    look_alike: float


def has_installation(home: Path) -> bool:
    """Whether an installation stands there, be its store a file or on a server: a rehearsal beside it needs a
    signed-in account."""
    return (home / STORE_FILE).exists() or (home / "heads" / "newest").exists()


def note_rehearsal(installation: Installation, by: Account) -> None:
    """Leaves an entry in the ledger that somebody rehearses beside this installation.

    Raises:
        NotAllowed: this account may not.
    """

    def change(work: Work) -> None:
        require_actor(work, by, Action.REHEARSAL_RUN)
        work.record("rehearsal.run", actor=by.id)

    installation.store.write(change)


def check_footage(deployment: Deployment) -> tuple[Recording, ...]:
    """The recordings that a rehearsal plays; raises BadFootage where one is not finished or all are too long."""
    recordings = tuple(check_recording(Path(camera.url)) for camera in deployment.cameras)
    check_total(recordings)
    return recordings


def calibration_of(pack: Pack) -> ImpostorCurve:
    """Raises BadModel where the pack was never calibrated."""
    if pack.calibration is None:
        raise BadModel(
            f"The model pack {pack.name} has not been calibrated, so nobody knows how often it would be wrong.",
            "Run overt calibrate with it first.",
        )
    return pack.calibration


def prepare(
    deployment: Deployment,
    watch_list: WatchList,
    *,
    pack: Pack,
    networks: Networks,
    settings: Settings,
    rules: RecognitionRules,
    pace: Pace,
    once: bool,
    profile: bool = False,
    recordings: tuple[Recording, ...] = (),
) -> Prepared:
    """Sets the threshold for the list's size, and says all that the engine must know.

    Raises:
        BadModel: the pack was never calibrated.
    """
    curve = calibration_of(pack)
    threshold = threshold_for(curve, len(watch_list.templates), deployment.wanted_far)
    task = Task(
        cameras=deployment.cameras,
        sizes=tuple((one.width, one.height) for one in recordings) or ((0, 0),) * len(deployment.cameras),
        window=deployment.authority.window,
        rules=rules,
        envelope=pack.envelope,
        threshold=threshold.value,
        networks=networks,
        templates=watch_list.templates,
        row_entry=watch_list.row_entry,
        pace=pace,
        once=once,
        profile=profile,
        processes=settings.camera_processes,
        runtime=settings.runtime,
        precision=settings.precision,
        source=SourceSettings(
            schemes=settings.camera_schemes,
            recorded=pace is not Pace.LIVE,
            open_timeout_s=settings.open_timeout_s,
            read_timeout_s=settings.read_timeout_s,
        ),
    )
    return Prepared(
        deployment=deployment,
        watch_list=watch_list,
        threshold=threshold,
        curve=curve,
        recordings=recordings,
        task=task,
        look_alike=networks.look_alike,
    )
