"""The one place where parts are put together: clocks, randomness, models, services."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from overt.domain.authority import Deployment
from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import OvertError, Stopped
from overt.domain.figures import RunFigures
from overt.domain.progress import Progress
from overt.domain.retention import RetentionRules
from overt.domain.roles import Action
from overt.domain.rules import RecognitionRules
from overt.engine.clock import SystemClock, boot_id, machine_id
from overt.engine.ports import Examiner, Gate, TileSink
from overt.engine.trying import Tried
from overt.faces.pack import Pack, find_pack, load
from overt.faces.readers import PortraitReaders
from overt.faces.recipe import Networks
from overt.faces.recogniser import Recogniser
from overt.faces.runtime import open_runtime
from overt.ledger.entry import SYSTEM
from overt.services.backup import Copied, Restored, back_up, restore
from overt.services.case import Case, case_of
from overt.services.decoying import Decoying, has_decoys
from overt.services.demo import demonstration
from overt.services.demo_stage import settings_beside, staged
from overt.services.deployments import AskPassphrase, add_deployment, entered, file_digest
from overt.services.desk import Desk, Keeping, Viewer
from overt.services.entering import enter
from overt.services.files import load_deployment
from overt.services.footage import fetch_sample_footage
from overt.services.halts import HaltGate
from overt.services.heartbeat import Heartbeat, beat
from overt.services.installation import Installation, create, opened, throw_away
from overt.services.keeping_up import KeepingUp
from overt.services.lists import WatchList, enrol
from overt.services.people import Account
from overt.services.place import Place, place_of
from overt.services.prepare import Prepared, calibration_of, check_footage, has_installation, note_rehearsal, prepare
from overt.services.reach import pinned
from overt.services.resting_on import started_on
from overt.services.retain import Retainer, require_steady_clock
from overt.services.sealed_lists import open_list
from overt.services.self_checks import Scene
from overt.services.sessions import current, known, require
from overt.services.standing import Standing, Under, begin
from overt.services.tries import try_out
from overt.services.watch import watch
from overt.settings import Settings, cores
from overt.store.records import DeploymentRow
from overt.video.reader import Pace

#: A recogniser takes about 0.2 GiB; more of them than this only help where pictures are large.
MOST_READERS = 4
#: Clips that come again and again would prompt faster than a newcomer can decide.
DEMO_COOL_DOWN_S = 60.0


def recogniser(settings: Settings, networks: Networks | None = None) -> Recogniser:
    """The chosen pack, verified and ready, on this machine's runtime."""
    return Recogniser(open_runtime(settings.runtime, settings.precision), networks or load(chosen_pack(settings)))


def portrait_readers(settings: Settings, networks: Networks | None = None) -> PortraitReaders:
    """The chosen pack, for the many pictures of a list: a recogniser for each core, at most four."""
    known = networks or load(chosen_pack(settings))
    return PortraitReaders(lambda: recogniser(settings, known), min(MOST_READERS, cores()))


def chosen_pack(settings: Settings) -> Pack:
    """The model pack of these settings.

    Raises:
        BadModel: there is none of this name.
    """
    return find_pack(settings.pack, settings.home)


def place(settings: Settings) -> Place:
    """Where this machine's installation lies."""
    return place_of(settings, os.environ, boot_id(), machine_id())


def make_installation(settings: Settings) -> str:
    """Makes an installation; returns the public key of its ledger."""
    settings.make_home()
    return create(place(settings), clock=SystemClock(), random_bytes=os.urandom)


@contextmanager
def open_installation(settings: Settings, *, finish: bool = True, behind: bool = False) -> Iterator[Installation]:
    """The installation of these settings; `finish` and `behind` as in `opened`."""
    where = place(settings)
    with opened(where, clock=SystemClock(), random_bytes=os.urandom, finish=finish, behind=behind) as installation:
        yield installation


def make_backup(settings: Settings, file: Path, *, progress: Progress | None = None) -> Copied:
    """A copy of the store, in a new file."""
    with allowed(settings, Action.BACKUP_MAKE) as (installation, by):
        return back_up(place(settings), installation, file, progress, by=by)


def restore_backup(
    settings: Settings, file: Path, *, ledger: Path | None, replace: bool, progress: Progress | None = None
) -> Restored:
    """Puts a copy back; `ledger`: an export with the entries made since."""
    return restore(
        place(settings),
        file,
        export=ledger,
        replace=replace,
        clock=SystemClock(),
        random_bytes=os.urandom,
        progress=progress,
    )


@contextmanager
def signed_in(settings: Settings) -> Iterator[tuple[Installation, Account]]:
    """The installation of these settings, and who is signed in there."""
    with open_installation(settings) as installation:
        yield installation, current(installation, settings.home, os.environ)


@contextmanager
def allowed(
    settings: Settings,
    action: Action,
    *,
    name: str = "",
    password: Callable[[], str] | None = None,
    finish: bool = True,
    behind: bool = False,
) -> Iterator[tuple[Installation, str]]:
    """The installation, for somebody who may do this, and their account's id. One without accounts, as an interrupted
    `overt init` leaves it, is open to whoever holds its keys.

    Args:
        name, password: of whoever does it, where they cannot sign in because the clock is wrong.
        finish, behind: as in `open_installation`.

    Raises:
        NotSignedIn, SignInRefused, NotAllowed: nobody is there who may.
    """
    with open_installation(settings, finish=finish, behind=behind) as installation:
        if not installation.store.read(lambda work: work.accounts.all()):
            yield installation, SYSTEM
            return
        if name and password is not None:
            account = known(installation, name, password())
        else:
            account = current(installation, settings.home, os.environ)
        require(account, action)
        yield installation, account.id


def case_at(path: Path, settings: Settings) -> Case:
    """A deployment file with its policy and digest, as they are now."""
    return case_of(path, schemes=settings.camera_schemes, rules=RecognitionRules(), pack=chosen_pack(settings))


def enter_deployment(
    installation: Installation,
    by: Account,
    case: Case,
    settings: Settings,
    *,
    passphrase: AskPassphrase,
    progress: Progress,
    tell: Callable[[str], None],
) -> tuple[DeploymentRow, WatchList]:
    """Enters a deployment, with this machine's networks; see `overt.services.entering`."""
    return enter(
        installation,
        by,
        case,
        reader=lambda: portrait_readers(settings),
        passphrase=passphrase,
        progress=progress,
        tell=tell,
    )


def calibration(settings: Settings) -> ImpostorCurve:
    """Of the chosen pack.

    Raises:
        BadModel: it was never calibrated.
    """
    return calibration_of(chosen_pack(settings))


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A deployment that may start, and where what it finds is kept. `under`: what lets it run, and `heartbeat`: which
    promises were looked at just before; None: a rehearsal."""

    prepared: Prepared
    keeping: Keeping
    under: Under | None = None
    heartbeat: Heartbeat | None = None


@dataclass(frozen=True, kw_only=True)
class ReadyDemo(Ready):
    """A demonstration. `settings`: of its console, whose home is a folder that is gone afterwards."""

    settings: Settings


@contextmanager
def prepare_watch(
    path: Path,
    settings: Settings,
    *,
    rehearsal: bool,
    fast: bool,
    once: bool,
    passphrase: AskPassphrase,
    profile: bool = False,
    progress: Progress | None = None,
    networks: Networks | None = None,
) -> Iterator[Ready]:
    """Everything that is looked at before a deployment starts: file, authority, footage, list, models, threshold."""
    if rehearsal:
        preparing = partial(prepare, settings=settings, rules=RecognitionRules(), once=once or fast, profile=profile)
        pace = Pace.FAST if fast else Pace.OWN_SPEED
        with _rehearsal(path, settings, progress, networks, partial(preparing, pace=pace)) as ready:
            yield ready
        return
    case = case_at(path, settings)
    with signed_in(settings) as (installation, account):
        yield prepare_signed(
            installation, account, case, settings, passphrase=passphrase, once=once, profile=profile, networks=networks
        )


def prepare_signed(
    installation: Installation,
    by: Account,
    case: Case,
    settings: Settings,
    *,
    passphrase: AskPassphrase,
    once: bool = False,
    profile: bool = False,
    networks: Networks | None = None,
) -> Ready:
    """As `prepare_watch`, for a deployment with an authority, and somebody who is signed in."""
    case.deployment.authority.window.require(installation.clock.now_us())
    require_steady_clock(installation)
    for camera in case.deployment.cameras:
        pinned(camera.url, settings.camera_networks)
    row, sealed = entered(installation, case.digest())
    under = Under(row=row, policy=case.policy, by=by)
    begin(installation, case.deployment, under)
    opened_list, watch_list = open_list(installation, sealed, passphrase(False))
    heartbeat = beat(Scene(installation=installation, settings=settings, case=case, row=row, by=by))
    prepared = prepare(
        case.deployment,
        watch_list,
        settings=settings,
        rules=RecognitionRules(),
        once=once,
        profile=profile,
        pack=case.pack,
        networks=networks or load(case.pack),
        pace=Pace.LIVE,
    )
    keeping = Keeping(
        installation=installation,
        deployment=row.id,
        open_list=opened_list,
        retention=case.policy.retention(),
        blind=case.policy.rules.blind_first,
        decoys=has_decoys(under),
        by=by.id,
        rests_on=partial(started_on, installation, case.deployment, under),
    )
    return Ready(prepared=prepared, keeping=keeping, under=under, heartbeat=heartbeat)


@contextmanager
def _rehearsal(
    path: Path,
    settings: Settings,
    progress: Progress | None,
    networks: Networks | None,
    preparing: Callable[..., Prepared],
    keeping: Callable[[Installation, Path, Deployment, WatchList], Keeping] | None = None,
) -> Iterator[Ready]:
    """A rehearsal, ready: an installation of its own in memory, and recorded footage.

    Args:
        keeping: puts into that installation where what the run finds is kept; None: no picture is.
    """
    clock = SystemClock()
    deployment = load_deployment(path, rehearsal=True, schemes=settings.camera_schemes)
    if has_installation(settings.home):
        with signed_in(settings) as (installation, account):
            note_rehearsal(installation, account)
    deployment.authority.window.require(clock.now_us())
    recordings = check_footage(deployment)
    pack = chosen_pack(settings)
    networks = networks or load(pack)  # missing ones are told of before the list is read
    assert deployment.folder is not None
    with throw_away(clock=clock, random_bytes=os.urandom) as installation:
        reader = portrait_readers(settings, networks)
        watch_list = enrol(deployment.folder, reader, rehearsal=True, progress=progress, now_us=clock.now_us())
        prepared = preparing(deployment, watch_list, pack=pack, networks=networks, recordings=recordings)
        kept = (keeping or _no_picture)(installation, path, deployment, watch_list)
        yield Ready(prepared=prepared, keeping=kept)


def _no_picture(installation: Installation, path: Path, deployment: Deployment, _: WatchList) -> Keeping:
    row = add_deployment(installation, file_digest(path), deployment)
    return Keeping(installation=installation, deployment=row.id, retention=RetentionRules())


def try_camera(installation: Installation, by: Account, settings: Settings, url: str, smallest_face_px: int) -> Tried:
    """One redacted picture of a camera, with this machine's networks; see `overt.services.tries`."""
    networks = load(chosen_pack(settings))
    return try_out(installation, by, settings, networks, url=url, smallest_face_px=smallest_face_px)


def run_watch(
    ready: Ready,
    viewer: Viewer,
    stop: threading.Event,
    tell_figures: Callable[[RunFigures], None],
    tiles: TileSink | None = None,
    examiner: Examiner | None = None,
) -> None:
    """Runs a prepared deployment; `tell_figures` gets the figures whether the run ends well or not, and `tiles` what
    people may watch of it meanwhile; `examiner` is told what it holds of people while somebody wants to know."""
    installation = ready.keeping.installation
    desk = Desk(ready.prepared, keeping=ready.keeping, viewer=viewer)
    try:
        with ExitStack() as running:
            gate: Gate | None = None
            tell, then = partial(desk.trouble, None), desk.look_after_the_list
            if ready.under is not None:
                people = KeepingUp(installation, ready.under)
                standing = Standing(installation, ready.prepared.deployment, ready.under, people=people, tell=tell)
                gate = running.enter_context(standing)
                tests = Decoying(installation, ready.prepared, ready.under, desk, scans=standing.may_scan)
                then = running.enter_context(tests).after(then)
            elif ready.keeping.open_list is not None:
                gate = HaltGate(installation, ready.keeping.deployment, tell)
            if ready.keeping.open_list is not None:
                running.enter_context(Retainer(installation, tell, then=then))
            watch(ready.prepared, desk, clock=installation.clock, stop=stop, gate=gate, tiles=tiles, examiner=examiner)
    except OvertError:
        with suppress(Stopped):  # the first reason is the one to tell
            tell_figures(desk.figures())
        raise
    tell_figures(desk.figures())


@contextmanager
def prepare_demo(
    settings: Settings,
    footage: Path | None,
    *,
    once: bool,
    pictures: bool,
    announce: Callable[[str], None],
    progress: Progress,
) -> Iterator[ReadyDemo]:
    """The demonstration, ready to run; what it needed besides its footage is removed afterwards.

    Args:
        pictures: of possible matches are kept in memory, and people who decide about them are there; else it is a
            rehearsal like any other.
    """
    cache = settings.make_home() / "cache"
    folder = footage or fetch_sample_footage(cache, announce)
    announce("Starting the networks and reading the list.")
    networks = load(chosen_pack(settings))
    rules = RecognitionRules() if once or not pictures else RecognitionRules(cool_down_s=DEMO_COOL_DOWN_S)
    preparing = partial(prepare, settings=settings, rules=rules, once=once, pace=Pace.OWN_SPEED)
    keeping = staged if pictures else None
    with (
        demonstration(folder, recogniser(settings, networks), cache, SystemClock().now_us()) as file,
        _rehearsal(file, settings, progress, networks, preparing, keeping) as ready,
    ):
        yield ReadyDemo(prepared=ready.prepared, keeping=ready.keeping, settings=settings_beside(file, settings))
