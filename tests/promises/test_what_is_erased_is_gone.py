"""Erased is gone: not from the tables only, but from every byte of the home folder, the database and the copies.

A canary stands for a person: her picture, her template, her reference, and the keys that sealed them, all known to the
test. They are searched for while she is on the list, after the erasing, and in copies that were made in between.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image

from overt.domain.decision import Verdict
from overt.domain.errors import OvertError
from overt.domain.retention import RetentionRules
from overt.engine.clock import SystemClock
from overt.services.adjudicate import evidence
from overt.services.backup import back_up, restore
from overt.services.deployments import add_deployment
from overt.services.desk import Desk, Keeping
from overt.services.erase import erase_alert, erase_list
from overt.services.installation import Installation, create, opened
from overt.services.place import Place
from overt.services.retain import PERIOD_S, Retainer, retain
from overt.services.sealed_lists import OpenList, open_list, seal_list
from overt.store.troubles import PATIENCE_S
from overt.testing.toy_model import templates_of
from overt.vault.errors import NoKey, NoMasterKey, WrongKey
from overt.vault.seal import unseal
from tests.installations import PASSPHRASE, place_in
from tests.integration.postgres import shared_server
from tests.unit.services.runs import MATCH, Person, picture, prepared
from tests.unit.services.verdicts import decided

REFERENCE = "canary-8c1f"
NEEDLE = 32  # bytes of a picture, a template or sealed content that are enough to know it again
ACCOUNT = "01a203cc-1cbc-75bd-9a93-f058dadcf968"


@dataclass(kw_only=True)
class Canary:
    """What is known of the person, of her keys and of what was sealed."""

    plain: dict[str, bytes]
    drawn: list[bytes]
    sealed: dict[str, bytes]

    def found_in(self, *folders: Path, sealed: bool = False) -> set[str]:
        """What of it stands anywhere in the files of these folders, in plain; or, `sealed`, as it was sealed."""
        needles = self.sealed if sealed else {**self.plain, **{f"key {at}": key for at, key in enumerate(self.drawn)}}
        contents = [path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()]
        return {name for name, needle in needles.items() for content in contents if needle in content}


@dataclass(kw_only=True)
class Watched:
    """A deployment in which the canary is on the list and has raised an alert."""

    place: Place
    installation: Installation
    open_list: OpenList
    alert: str
    canary: Canary


def middle(content: bytes) -> bytes:
    at = len(content) // 2
    return content[at : at + NEEDLE]


@contextmanager
def watched(folder: Path, url: str = "") -> Iterator[Watched]:
    place = place_in(folder, url)
    drawn: list[bytes] = []

    def random_bytes(count: int) -> bytes:
        drawn.append(os.urandom(count))
        return drawn[-1]

    create(place, clock=SystemClock(), random_bytes=os.urandom)
    with opened(place, clock=SystemClock(), random_bytes=random_bytes) as installation:
        run = prepared()
        portrait = folder / "portrait.png"
        noise = np.random.default_rng(7).integers(0, 256, (240, 200, 3), np.uint8)
        Image.fromarray(noise).save(portrait)
        watch_list = replace(
            run.watch_list, references=("ann", REFERENCE), pictures=(portrait, portrait), expires_us=(None, None)
        )
        row = add_deployment(installation, "c" * 64, run.deployment)
        sealed = seal_list(installation, row, watch_list, PASSPHRASE, rules=RetentionRules())
        keeping = Keeping(installation=installation, deployment=row.id, open_list=sealed, retention=RetentionRules())
        desk = Desk(replace(run, watch_list=watch_list), keeping=keeping, viewer=Person())
        desk.raise_alert(replace(MATCH, pictures=(picture(90, 0.8),)))
        assert desk.deliver()
        (alert,) = installation.store.read(lambda work: work.alerts.states())
        shown = evidence(installation, alert)
        assert shown.listed is not None
        entries = installation.store.read(lambda work: work.lists.entries(sealed.row.id))
        stored = installation.store.read(lambda work: work.alerts.get(alert))
        assert stored is not None
        assert stored.sealed is not None
        canary = Canary(
            plain={
                "reference": REFERENCE.encode(),
                "template": templates_of([2])[0].tobytes()[:NEEDLE],
                "picture of the list": middle(shown.listed),
                "picture of the passage": middle(shown.pictures[0].jpeg),
                "list key": sealed.key,
            },
            drawn=[one for one in drawn if len(one) == 32],
            sealed={
                "entry": middle(entries[1].sealed),
                "alert": middle(stored.sealed),
                **{path.name: path.read_bytes()[-NEEDLE:] for path in place.keyring.glob("*-*.key")},
            },
        )
        assert len(canary.drawn) == 2
        assert len(canary.sealed) == 4
        yield Watched(place=place, installation=installation, open_list=sealed, alert=alert, canary=canary)


def erased(one: Watched) -> None:
    erase_list(one.installation, one.open_list.row.id, "by-hand")
    erase_alert(one.installation, one.alert, "by-hand")
    assert retain(one.installation).cleared


def test_nothing_of_a_person_on_the_list_ever_lies_on_the_disk_in_plain(tmp_path: Path) -> None:
    with watched(tmp_path) as one:
        assert one.canary.found_in(one.place.home) == set()
        assert one.canary.found_in(one.place.home, sealed=True) == set(one.canary.sealed)


def test_after_the_erasing_not_even_what_was_sealed_is_left(tmp_path: Path) -> None:
    with watched(tmp_path) as one:
        erased(one)
        assert one.canary.found_in(one.place.home) == set()
        assert one.canary.found_in(one.place.home, sealed=True) == set()
        receipts = one.installation.store.read(lambda work: work.erasures.all())
        assert len(receipts) == 2
        assert all(row.key_destroyed_us and row.residue_cleared_us for row in receipts)


def test_planted_an_erasing_that_leaves_the_databases_files_as_they_are_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched(tmp_path) as one:
        monkeypatch.setattr("overt.store.sql.SqlStore.clear_residue", lambda _: True)
        erased(one)
        assert {"entry", "alert"} <= one.canary.found_in(one.place.home, sealed=True)


def test_planted_an_erasing_that_keeps_the_key_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(tmp_path) as one:
        monkeypatch.setattr("overt.vault.folder.FolderKeyring.destroy", lambda *_: True)
        erased(one)
        assert any(name.endswith(".key") for name in one.canary.found_in(one.place.home, sealed=True))


def test_a_backup_holds_no_key_and_nothing_in_plain(tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    with watched(tmp_path) as one:
        back_up(one.place, one.installation, copies / "copy")
        assert one.canary.found_in(copies) == set()
        assert one.canary.found_in(copies, sealed=True) == {"entry", "alert"}


def test_what_was_erased_stays_erased_when_an_older_backup_is_put_back(tmp_path: Path) -> None:
    with watched(tmp_path) as one:
        back_up(one.place, one.installation, tmp_path / "copy")
        erased(one)
    done = restore(one.place, tmp_path / "copy", replace=True, clock=SystemClock(), random_bytes=os.urandom)
    assert done.erased == 2
    with opened(one.place, clock=SystemClock(), random_bytes=os.urandom) as installation:
        assert retain(installation).cleared
        assert one.canary.found_in(one.place.home) == set()
        assert one.canary.found_in(one.place.home, sealed=True) == set()
        with pytest.raises(OvertError):
            evidence(installation, one.alert)


def test_a_copy_of_the_home_folder_made_meanwhile_opens_nothing(tmp_path: Path) -> None:
    """Not even for somebody who tries every 32 bytes of it as a key."""
    thief = tmp_path / "thief"
    with watched(tmp_path) as one:
        shutil.copytree(one.place.home, thief / "home")
        erased(one)
        rows = one.canary
    stolen = replace(one.place, home=thief / "home", master_key_file=thief / "none")
    with pytest.raises(NoMasterKey), opened(stolen, clock=SystemClock(), random_bytes=os.urandom):
        pass
    assert rows.found_in(thief) == set()
    wrapped = next((thief / "home" / "keyring").glob("alert-*.key")).read_bytes()
    windows = {path.read_bytes()[at : at + 32] for path in (thief / "home" / "keyring").iterdir() for at in range(200)}
    for key in windows:
        if len(key) == 32:
            with pytest.raises(InvalidTag):
                AESGCM(key).decrypt(wrapped[1:13], wrapped[13:], None)


def test_even_with_the_master_key_a_copied_list_stays_shut_without_its_passphrase(tmp_path: Path) -> None:
    with watched(tmp_path) as one:
        shutil.copytree(one.place.home, tmp_path / "thief")
        erased(one)
    stolen = replace(one.place, home=tmp_path / "thief")
    with opened(stolen, clock=SystemClock(), random_bytes=os.urandom) as installation:
        half = installation.keyring.get(f"list-{one.open_list.row.id}")
        (_, entry) = installation.store.read(lambda work: work.lists.entries(one.open_list.row.id))
        for key in (half, bytes.fromhex(one.place.master_key_file.read_text("ascii")), b"\0" * 32):
            with pytest.raises(WrongKey):
                unseal(key, f"list:{one.open_list.row.id}/1", entry.sealed)
        with pytest.raises(WrongKey):
            open_list(installation, one.open_list.row, "another passphrase")


def test_after_the_erasing_the_passphrase_opens_nothing(tmp_path: Path) -> None:
    with watched(tmp_path) as one:
        erase_list(one.installation, one.open_list.row.id, "by-hand")
        with pytest.raises(NoKey):
            open_list(one.installation, one.open_list.row, PASSPHRASE)


def test_the_pictures_of_somebody_who_is_not_the_person_are_gone_within_60_seconds(tmp_path: Path) -> None:
    """The rule leaves 20 seconds, and a running installation looks every 5; waiting for a lock takes 15 at most."""
    assert RetentionRules().not_the_person_us / 1e6 + PERIOD_S + PATIENCE_S < 60
    with watched(tmp_path) as one:
        hers = {"alert", f"alert-{one.alert}.key"}
        assert one.canary.found_in(one.place.home, sealed=True) >= hers
        rules = RetentionRules(not_the_person_us=0)
        decided(one.installation, one.alert, Verdict.NOT_THE_PERSON, account=ACCOUNT, rules=rules)
        until = time.monotonic() + 10
        with Retainer(one.installation, pytest.fail, period_s=0.05):
            while one.canary.found_in(one.place.home, sealed=True) & hers and time.monotonic() < until:
                time.sleep(0.02)
        assert one.canary.found_in(one.place.home, sealed=True) & hers == set()
        numbers = one.installation.store.read(lambda work: work.alerts.get(one.alert))
        assert numbers is not None
        assert numbers.score == pytest.approx(MATCH.score)


def test_on_postgresql_nothing_of_a_person_ever_lies_on_the_disk_in_plain(tmp_path: Path) -> None:
    server = shared_server()
    with server.database() as url, watched(tmp_path, url) as one:
        assert one.canary.found_in(one.place.home, server.folder) == set()
        erased(one)
        assert one.canary.found_in(one.place.home, server.folder) == set()
        assert one.canary.found_in(one.place.home, sealed=True) == set()
