"""Promises that can be looked at on this machine, each in milliseconds: what the public was told, and whether it is so
here and now. `PROMISES.md` has each sentence with the rule that keeps it and the test that guards the rule.

Rules:
  - what can be tried is tried: a process limits itself as a camera process does, memory is sealed, longer terms are
    asked for and have to be refused;
  - a look changes nothing, and says why a promise is not kept in a sentence, without a name or an address's secret.
"""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from overt.domain.before_start import Stage
from overt.domain.errors import OvertError
from overt.domain.retention import DAY_US, RetentionRules
from overt.domain.roles import Action, require_training
from overt.domain.rules import RecognitionRules
from overt.domain.time import SECOND_US
from overt.engine.limits import environment, swap_is_on
from overt.services import doctor
from overt.services.authorise import broken_terms, ranks_of, require_standing, valid_authorities
from overt.services.case import Case
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.reach import pinned
from overt.services.record import NotInLedger, consistency, inclusion, newest
from overt.services.retain import require_steady_clock
from overt.settings import Settings
from overt.store.ports import Work
from overt.store.records import DeploymentRow
from overt.video.address import SourceSettings, parse_address

#: How many of the newest entries have to continue what was before.
TAIL: Final = 100
#: What runs beside erases what is due within seconds; only what it has left lying is a promise broken.
GRACE_US: Final = 15 * SECOND_US
#: What a camera process may not do, tried in one that limits itself likewise: size of a file, of a dump, whether others
#: may look into it, whether its memory is locked, and whether freed memory still holds what it held.
_TRIAL: Final = """
import ctypes, resource
from overt.engine.limits import lock_down
locked = lock_down()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
at = libc.malloc(4096)
ctypes.memset(at, 7, 4096)
libc.free(at)
left = ctypes.string_at(at + 64, 4000).count(7)
limits = [*resource.getrlimit(resource.RLIMIT_FSIZE), *resource.getrlimit(resource.RLIMIT_CORE)]
print(*limits, libc.prctl(3, 0, 0, 0, 0), int(locked), int(left > 100))
"""
_FAILED: Final = (-1, -1, -1, -1, -1, 0, 1)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is looked at: a deployment that is about to begin, where, and by whom."""

    installation: Installation
    settings: Settings
    case: Case
    row: DeploymentRow
    by: Account

    @cached_property
    def trial(self) -> tuple[int, ...]:
        """What became of a process that limits itself as a camera process does."""
        return tried([sys.executable, "-P", "-c", _TRIAL])

    @property
    def memory_locked(self) -> bool:
        """Whether that process could lock its memory against swapping."""
        return bool(self.trial[5])


def tried(command: list[str]) -> tuple[int, ...]:
    """The numbers that the trial prints; those of a process without any limit where it fails."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
            env=environment(),
        )
        found = tuple(int(number) for number in done.stdout.split())
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return _FAILED
    return found if done.returncode == 0 and len(found) == len(_FAILED) else _FAILED


def _no_file(scene: Scene) -> str:
    return "" if scene.trial[:2] == (0, 0) else "A camera process could write files here."


def _no_dump(scene: Scene) -> str:
    return "" if scene.trial[2:4] == (0, 0) else "A camera process could leave a dump of its memory here."


def _not_looked_into(scene: Scene) -> str:
    return "" if scene.trial[4] == 0 else "Other accounts could look into the memory of a camera process here."


def _stays_in_memory(scene: Scene) -> str:
    if scene.memory_locked or not swap_is_on():
        return ""
    return "Swap is on and memory cannot be locked, so what is kept of a face for a second could reach the disk."


def _freed_memory(scene: Scene) -> str:
    return "" if not scene.trial[6] else "Memory that is freed is not overwritten here."


def _sealed_list(_: Scene) -> str:
    check = doctor.sealed_memory()
    return "" if check.state == "fine" else check.says


def _cameras_only(scene: Scene) -> str:
    for camera in scene.case.deployment.cameras:
        try:
            pinned(camera.url, scene.settings.camera_networks)
        except OvertError as error:
            return f"Camera {camera.name}: {error.sentence}"
    return ""


def _live_only(scene: Scene) -> str:
    allowed = SourceSettings(schemes=scene.settings.camera_schemes)
    for camera in scene.case.deployment.cameras:
        try:
            parse_address(camera.url, allowed)
        except OvertError:
            return f"Camera {camera.name} is no live source."
    return ""


def _refused(make: Callable[[], object]) -> bool:
    try:
        make()
    except ValueError:
        return True
    return False


def _within_a_second(_: Scene) -> str:
    refused = _refused(lambda: RecognitionRules(patience_s=0.81)) and RecognitionRules().patience_s <= 0.8
    return "" if refused else "A face could be kept for longer than a second."


def _not_followed(_: Scene) -> str:
    refused = _refused(lambda: RecognitionRules(passage_limit_s=61.0)) and RecognitionRules().passage_limit_s <= 60
    return "" if refused else "One passage could keep its shots for longer than a minute."


def _false_alert(_: Scene) -> str:
    refused = _refused(lambda: RetentionRules(not_the_person_us=41_000_000))
    return "" if refused else "The pictures of somebody who is not the person could be kept for longer than a minute."


def _list_dies(scene: Scene) -> str:
    kept = scene.installation.store.read(lambda work: work.lists.kept_for(scene.row.id))
    if kept is None:
        return "The list of this deployment is not kept as it was sealed."
    in_time = kept.erase_after_us <= scene.row.closes_us + DAY_US
    return "" if in_time else "The list would be kept for longer than a day after the end."


def _nothing_overdue(scene: Scene) -> str:
    until_us = scene.installation.clock.now_us() - GRACE_US

    def look(work: Work) -> int:
        due = (*work.lists.due(until_us), *work.alerts.due(until_us), *work.drafts.due(until_us))
        begun = [one for one in work.erasures.unfinished() if one.begun_us <= until_us]
        return len(due) + len(work.decoys.due(until_us)) + len(begun)

    overdue = scene.installation.store.read(look)
    return "" if not overdue else "Something that was to be erased by now is still there: overt retain --once."


def _keys_are_ours(scene: Scene) -> str:
    home, master = scene.settings.home, scene.settings.master_key_file
    for path in (home, home / "keyring", master):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            return f"{path} is open to other accounts."
    inside = master.resolve().is_relative_to(home.resolve())
    return "The master key lies in the home folder, so a copy of it opens everything." if inside else ""


def _append_only(scene: Scene) -> str:
    there = scene.installation.store.read(lambda work: work.ledger.append_only())
    return "" if there else "The database does not refuse that an entry of the ledger is changed or removed."


def _verifies(scene: Scene) -> str:
    store, key = scene.installation.store, scene.installation.ledger.key.public_key()
    try:
        head = newest(store)
        consistency(store, max(1, head.head.size - TAIL))
        inclusion(store, head.head.size - 1)
        head.check(key)
    except NotInLedger:
        return ""  # it is empty
    except OvertError as error:
        return error.sentence
    return ""


def _authorised(scene: Scene) -> str:
    now_us = scene.installation.clock.now_us()
    try:
        scene.installation.store.read(
            lambda work: require_standing(scene.installation, work, scene.row, scene.case.policy, now_us)
        )
    except OvertError as error:
        return error.sentence
    return ""


def _what_was_signed(scene: Scene) -> str:
    same = scene.case.policy.digest == scene.row.policy_digest and scene.case.digest() == scene.row.digest
    return "" if same else "Its file, its policy, its list's model pack or the program is not what was signed."


def _clock(scene: Scene) -> str:
    try:
        require_steady_clock(scene.installation)
    except OvertError as error:
        return error.sentence
    return ""


def _policy(scene: Scene) -> str:
    now_us = scene.installation.clock.now_us()

    def look(work: Work) -> list[str]:
        ranks = ranks_of(work, valid_authorities(scene.installation, work, scene.row))
        found = broken_terms(work, scene.case.deployment, scene.row, scene.case.policy, ranks, now_us, Stage.STARTING)
        return [f"{one.sentence} ({one.rule})" for one in found]

    return " ".join(scene.installation.store.read(look))


def _trained(scene: Scene) -> str:
    now_us = scene.installation.clock.now_us()
    try:
        who = scene.installation.store.read(lambda work: require_actor(work, scene.by, Action.WATCH_START))
        require_training(who.roles, who.trained_until_us, now_us)
    except OvertError as error:
        return error.sentence
    return ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One look. `promise`: how its row in PROMISES.md begins; `look`: gives why it is not kept, empty where it is."""

    name: str
    promise: str
    look: Callable[[Scene], str]


_LEAK: Final = "what is seen cannot leak by accident"
_RECORD: Final = "the record cannot be edited quietly"
_OFFICER: Final = "use is authorised by a senior officer, for a set time, and for nothing else"
_LIST: Final = '"The watch list ... will be deleted" after the deployment'

CHECKS: Final = tuple(
    Check(name=name, promise=promise, look=look)
    for name, promise, look in (
        ("no-file", _LEAK, _no_file),
        ("no-dump", _LEAK, _no_dump),
        ("not-looked-into", _LEAK, _not_looked_into),
        ("stays-in-memory", _LEAK, _stays_in_memory),
        ("freed-memory", "the same, of every copy", _freed_memory),
        ("sealed-list", "each deployment has a bespoke list, and it stays with those who need it", _sealed_list),
        ("cameras-only", '"a standalone system ... not linked to any other imaging system"', _cameras_only),
        ("live-only", "the record is kept, and footage is not searched afterwards", _live_only),
        ("within-a-second", '"... will be deleted in seconds", later "in less than a second"', _within_a_second),
        ("not-followed", "nobody is followed for long: only passers-by are scanned", _not_followed),
        ("false-alert", "a false alert leaves nothing of the person who was stopped or not", _false_alert),
        ("list-dies", _LIST, _list_dies),
        ("nothing-overdue", _LIST, _nothing_overdue),
        ("keys-are-ours", "what is kept is safe", _keys_are_ours),
        ("append-only", _RECORD, _append_only),
        ("verifies", _RECORD, _verifies),
        ("authorised", _OFFICER, _authorised),
        ("what-was-signed", _OFFICER, _what_was_signed),
        ("clock", "use is authorised for a place and a time", _clock),
        ("policy", '"specific locations ... where intelligence suggests', _policy),
        ("trained", "nobody decides about everything alone", _trained),
    )
)
