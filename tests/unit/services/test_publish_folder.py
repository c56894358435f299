"""The register as a folder: whole or not at all, never in the place of something else, verified by its own script."""

from __future__ import annotations

import csv
import errno
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from overt.domain.decision import Followed, Result
from overt.domain.roles import Role
from overt.services.publish import Publication, publish
from overt.services.publish_folder import (
    LEDGER,
    REGISTER,
    ROWS,
    SCRIPT,
    CannotPublish,
    FolderInTheWay,
    public_file,
    require_ours,
    write_folder,
)
from tests.authority import staff
from tests.histories import History
from tests.property.test_register_agrees import meets_many


@pytest.fixture(scope="module")
def history() -> History:
    made = History()
    made.seal(840)
    meets_many(20, [(Result.RIGHT, Followed.NOTHING)] * 8 + [(Result.RIGHT, Followed.ARREST)])(made, [])
    made.notes("scanning.paused", reason="open-alerts")
    made.wait(3600 * 60)
    return made


@pytest.fixture(scope="module")
def publication(history: History) -> Publication:
    return publish(history.installation, staff(history.installation)[Role.AUDITOR])


def write(history: History, publication: Publication, folder: Path, **given: Any) -> None:
    write_folder(history.installation.store, publication, folder, **given)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_is_in_it_and_anybody_can_read_it(
    history: History, publication: Publication, tmp_path: Path
) -> None:
    site, told = tmp_path / "site", list[tuple[int, int]]()
    write(history, publication, site, progress=lambda done, of: told.append((done, of)))
    found = files(site)
    deployment = history.deployment
    assert set(found) == {
        *(REGISTER, ROWS, LEDGER, SCRIPT, "public-key.txt"),
        *(f"deployments/{deployment}.json", f"deployments/{deployment}-version-1.json"),
    }
    register = json.loads(found[REGISTER])
    assert register == json.loads(json.dumps(publication.register))
    assert json.loads(found[f"deployments/{deployment}.json"]) == register["deployments"][0]
    (row,) = csv.DictReader(found[ROWS].decode().splitlines())
    assert (row["alerts"], row["true_alerts"], row["arrests"]) == ("20", "20", "hidden")
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert site.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_its_own_script_verifies_it_and_notices_a_change(
    history: History, publication: Publication, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    write(history, publication, site)
    head = publication.register["ledger"]["head"]["mark"]
    command = [sys.executable, "-I", SCRIPT, LEDGER, "public-key.txt", "--expect", head]
    done = subprocess.run(command, cwd=site, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert b"alert.raised" not in (site / LEDGER).read_bytes()
    (site / LEDGER).write_bytes((site / LEDGER).read_bytes().replace(b"withheld\t0", b"withheld\t1", 1))
    changed = subprocess.run(command, cwd=site, capture_output=True, text=True, check=False)
    assert changed.returncode in (0, 1)
    lines = (site / LEDGER).read_bytes().splitlines(keepends=True)
    (site / LEDGER).write_bytes(b"".join([lines[0], *lines[2:]]))
    assert subprocess.run(command, cwd=site, capture_output=True, check=False).returncode == 1


def test_a_new_register_takes_the_place_of_the_old_one(
    history: History, publication: Publication, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    write(history, publication, site)
    (site / "left-over.html").write_text("old", "utf-8")

    def pages(register: Mapping[str, Any], versions: Mapping[str, Any], folder: Path) -> None:
        (folder / "index.html").write_text(f"{len(register['deployments'])} {len(versions)}", "utf-8")

    write(history, publication, site, pages=(pages,))
    assert (site / "index.html").read_text("utf-8") == "1 1"
    assert not (site / "left-over.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("name", ["notes.txt", "register.json"])
def test_a_folder_of_something_else_is_not_touched(
    history: History, publication: Publication, tmp_path: Path, name: str
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / name).write_text('{"_version": "something"}', "utf-8")
    before = files(site)
    with pytest.raises(FolderInTheWay, match="something else"):
        write(history, publication, site)
    assert files(site) == before
    with pytest.raises(FolderInTheWay):
        require_ours(site / name)


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotPublish, match="there is no folder"):
        require_ours(tmp_path / "none" / "site")
    require_ours(tmp_path / "site")


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "you may not"), (errno.EIO, "Input/output")]
)
def test_whatever_goes_wrong_the_old_register_stays(
    history: History, publication: Publication, tmp_path: Path, number: int, says: str
) -> None:
    site = tmp_path / "site"
    write(history, publication, site)
    before = files(site)

    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(CannotPublish, match=says):
        write(history, publication, site, pages=(fails,))
    assert files(site) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("there", [True, False])
def test_where_the_new_one_cannot_take_its_place_the_old_one_comes_back(
    history: History, publication: Publication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    site = tmp_path / "site"
    if there:
        write(history, publication, site)
    before = files(site)
    rename = Path.rename

    def refuses(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(errno.EPERM, "no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuses)
    with pytest.raises(CannotPublish, match="you may not write there"):
        write(history, publication, site)
    assert files(site) == before
    assert site.exists() is there


def test_a_single_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "ledger.txt"
    with public_file(file) as target:
        target.write(b"one")
        assert not file.exists()
    assert file.read_bytes() == b"one"

    def fails() -> None:
        with public_file(file) as target:
            target.write(b"two")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert file.read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.txt"]
    with pytest.raises(FolderInTheWay, match="no file"), public_file(tmp_path):
        pass
    with pytest.raises(CannotPublish), public_file(tmp_path / "none" / "file"):
        pass
