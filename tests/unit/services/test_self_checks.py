"""Each promise that is looked at before a start: kept here, and found out where a fault is planted."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from overt.domain.roles import Role
from overt.services import doctor, self_checks
from overt.services.ending import cancel
from overt.services.erase import erase_list
from overt.services.retain import require_steady_clock
from overt.services.self_checks import CHECKS, Scene, tried
from overt.settings import Settings
from overt.store.ports import Work
from overt.store.records import AccountRow
from overt.testing.memory_store import MemoryStore
from tests.deployed import HOUR_US, Site
from tests.needs import REPOSITORY
from tests.stores import alert
from tests.unit.services.keeping import installation_of

LOOKS = {check.name: check.look for check in CHECKS}
#: Of a process that limits itself as it should.
TRIAL = (0, 0, 0, 0, 0, 1, 0)


def scene_of(site: Site, **options: object) -> Scene:
    """A deployment that is about to begin."""
    home = site.folder / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    case = site.case()
    row = site.authorised(case)
    settings = Settings(home=home, master_key_file=site.folder / "master.key")
    return Scene(installation=site.installation, settings=settings, case=case, row=row, by=site.by(Role.OPERATOR))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def scene(site: Site) -> Scene:
    return scene_of(site)


def with_trial(scene: Scene, **changes: int) -> Scene:
    """Where the trial gave another number, by its place."""
    found = list(TRIAL)
    for place, number in changes.items():
        found[int(place[1:])] = number
    vars(scene)["trial"] = tuple(found)
    return scene


@pytest.mark.parametrize("name", LOOKS)
def test_here_every_promise_is_kept(scene: Scene, name: str) -> None:
    assert LOOKS[name](scene) == ""


def test_every_check_has_its_row_among_the_promises() -> None:
    rows = [
        line.split("|")[1].strip()
        for line in (REPOSITORY / "PROMISES.md").read_text("utf-8").splitlines()
        if "|" in line
    ]
    for check in CHECKS:
        assert [row for row in rows if row.startswith(check.promise)], check.name
    assert len(LOOKS) == len(CHECKS)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("no-file", {"_0": -1}),
        ("no-dump", {"_3": -1}),
        ("not-looked-into", {"_4": 1}),
        ("freed-memory", {"_6": 1}),
    ],
)
def test_a_limit_that_does_not_hold_is_found(scene: Scene, name: str, changes: dict[str, int]) -> None:
    assert LOOKS[name](with_trial(scene, **changes))
    assert not LOOKS[name](with_trial(scene))


def test_memory_that_could_reach_a_disk_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for swaps, locked, kept in ((True, 1, True), (False, 0, True), (True, 0, False)):
        monkeypatch.setattr(self_checks, "swap_is_on", lambda swaps=swaps: swaps)
        assert (LOOKS["stays-in-memory"](with_trial(scene, _5=locked)) == "") is kept


def test_the_trial_is_a_real_process_and_tells_one_without_limits() -> None:
    program = self_checks._TRIAL
    assert tried([sys.executable, "-P", "-c", program])[:5] == (0, 0, 0, 0, 0)
    free = tried([sys.executable, "-P", "-c", program.replace("lock_down()", "False")])
    assert free[0] != 0
    assert free[4:6] == (1, 0)
    unset = tried(["env", "-u", "MALLOC_PERTURB_", sys.executable, "-P", "-c", program])
    assert unset[6] == 1


@pytest.mark.parametrize("program", ["print('no number')", "print(1)", f"print(*{list(TRIAL)}); raise SystemExit(1)"])
def test_a_trial_that_fails_keeps_nothing(program: str) -> None:
    assert tried([sys.executable, "-c", program]) == self_checks._FAILED


def test_a_trial_that_cannot_begin_keeps_nothing() -> None:
    assert tried(["/no/such/program"]) == self_checks._FAILED


def test_memory_that_cannot_be_sealed_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise OSError

    monkeypatch.setattr(doctor, "seal", refused)
    assert "sealed" in LOOKS["sealed-list"](scene)


def test_a_camera_elsewhere_or_that_is_a_file_is_found(scene: Scene) -> None:
    elsewhere = replace(scene, settings=scene.settings.model_copy(update={"camera_networks": ("loopback",)}))
    assert LOOKS["cameras-only"](elsewhere).startswith("Camera camera 0: 10.0.0.5 is a private address")
    usb = replace(scene, settings=scene.settings.model_copy(update={"camera_schemes": ("usb",)}))
    assert LOOKS["live-only"](usb) == "Camera camera 0 is no live source."


class Loose:
    """Rules that refuse nothing."""

    patience_s = passage_limit_s = 0.5

    def __init__(self, **_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("name", "rules"),
    [("within-a-second", "RecognitionRules"), ("not-followed", "RecognitionRules"), ("false-alert", "RetentionRules")],
)
def test_limits_that_can_be_loosened_are_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str, rules: str
) -> None:
    monkeypatch.setattr(self_checks, rules, Loose)
    assert "could" in LOOKS[name](scene)


def test_a_list_that_lives_too_long_or_is_gone_is_found(site: Site, scene: Scene) -> None:
    (kept,) = site.installation.store.read(lambda work: work.lists.all())
    late_us = scene.row.closes_us + 24 * HOUR_US + 1
    site.installation.store.write(lambda work: work.lists.keep_until(kept.id, late_us))
    assert "longer than a day" in LOOKS["list-dies"](scene)
    erase_list(site.installation, kept.id, "retention")
    assert "not kept" in LOOKS["list-dies"](scene)


def test_what_should_have_been_erased_is_found(site: Site, scene: Scene) -> None:
    due = alert(1, deployment=scene.row.id, erase_after_us=site.clock.now_us())
    site.installation.store.write(lambda work: work.alerts.add(due))
    assert LOOKS["nothing-overdue"](scene) == ""  # whatever runs beside may be about to
    site.clock.advance(16)
    assert "overt retain" in LOOKS["nothing-overdue"](scene)


def test_keys_that_others_can_read_are_found(scene: Scene) -> None:
    home = scene.settings.home
    home.chmod(0o750)
    assert "open to other accounts" in LOOKS["keys-are-ours"](scene)
    home.chmod(0o700)
    inside = replace(scene, settings=scene.settings.model_copy(update={"master_key_file": home / "master.key"}))
    assert "lies in the home folder" in LOOKS["keys-are-ours"](inside)


@contextmanager
def on_sqlite(folder: Path) -> Iterator[tuple[Site, Scene, Path]]:
    site = Site(folder)
    with installation_of("in a folder", folder) as kept:
        site.clock = kept.clock
        site.installation = replace(kept.installation, machine="this machine and home")
        yield site, scene_of(site), next(folder.rglob("overt.sqlite"))


def test_a_ledger_that_can_be_changed_is_found(tmp_path: Path) -> None:
    with on_sqlite(tmp_path) as (_, scene, file):
        assert LOOKS["append-only"](scene) == ""
        assert LOOKS["verifies"](scene) == ""
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("DROP TRIGGER ledger_entries_no_update")
        assert "does not refuse" in LOOKS["append-only"](scene)


def test_a_ledger_that_was_edited_is_found(site: Site, scene: Scene) -> None:
    ledger = cast(MemoryStore, site.installation.store)._tables.ledger
    assert LOOKS["verifies"](scene) == ""
    last = len(ledger) - 1
    whole = ledger[last]
    ledger[last] = replace(whole, entry=whole.entry.replace(b"authority", b"authoritx"))
    assert "not those that its heads were signed for" in LOOKS["verifies"](scene)
    ledger[last] = replace(whole, head=whole.head[:-4] + b"0000")
    assert LOOKS["verifies"](scene)
    ledger.clear()
    assert LOOKS["verifies"](scene) == ""


def moved(site: Site, scene: Scene) -> Scene:
    require_steady_clock(site.installation)
    site.clock.set_now(site.clock.now_us() + HOUR_US)
    return scene


def untrained(site: Site, scene: Scene) -> Scene:
    def change(work: Work) -> None:
        row = work.accounts.get(scene.by.id)
        assert row is not None
        ended: AccountRow = replace(row, trained_until_us=site.clock.now_us())
        work.accounts.change(ended)

    site.installation.store.write(change)
    return scene


def cancelled(site: Site, scene: Scene) -> Scene:
    rules = scene.case.policy.retention()
    cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), scene.row, "no ground is left", rules)
    return scene


PLANTED: dict[str, tuple[Callable[[Site, Scene], Scene], str]] = {
    "authorised": (cancelled, "was cancelled"),
    "what-was-signed": (
        lambda _, scene: replace(scene, case=replace(scene.case, digest=lambda: "0" * 64)),
        "not what was signed",
    ),
    "clock": (moved, "clock was moved"),
    "policy": (
        lambda _, scene: replace(
            scene, case=replace(scene.case, deployment=replace(scene.case.deployment, purpose="revenge"))
        ),
        "(purposes)",
    ),
    "trained": (untrained, "needs a valid training"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_does_not_stand_any_more_is_found(site: Site, scene: Scene, name: str) -> None:
    plant, words = PLANTED[name]
    assert words in LOOKS[name](plant(site, scene))


def test_the_home_folder_may_be_missing_as_in_a_test(scene: Scene) -> None:
    scene.settings.home.rmdir()
    assert LOOKS["keys-are-ours"](scene) == ""
