"""An import that is killed loses a batch at most, and goes on where it stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from overt.engine.clock import SystemClock
from overt.services.drafts import open_draft
from overt.services.installation import Installation, create, opened
from overt.services.list_import import BATCH
from overt.testing.toy_reader import ToyFace
from tests.drafting import UK, Team, imported, listed, roomy, team
from tests.installations import PASSPHRASE, place_in
from tests.needs import REPOSITORY, rounds

ENTRIES = rounds(few=60, many=10_000)
RULES = roomy(UK, list_max=10_000)


@pytest.fixture
def people(tmp_path: Path) -> Team:
    """Of an installation in a folder."""
    place = place_in(tmp_path)
    create(place, clock=SystemClock(), random_bytes=os.urandom)
    with opened(place, clock=SystemClock(), random_bytes=os.urandom) as installation:
        return team(installation)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    faces = {f"person-{at:05}": ToyFace(person=at % 100, likeness=at // 100) for at in range(ENTRIES)}
    return listed(tmp_path / "list", faces, now_us=SystemClock().now_us())


def killed(tmp_path: Path, folder: Path, people: Team, at: int) -> None:
    """Imports in another process, and kills it at that picture."""
    command = [sys.executable, "-m", "tests.integration.import_worker", tmp_path, folder, people.ann.id, str(at)]
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, cwd=REPOSITORY) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"now\n"
        worker.kill()


def drafts(installation: Installation) -> list[tuple[str, int]]:
    return [(row.id, row.entries) for row in installation.store.read(lambda work: work.drafts.all())]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("at", [ENTRIES // 2 + 7, ENTRIES])
@pytest.mark.long
def test_a_killed_import_goes_on_where_it_stopped(at: int, tmp_path: Path, people: Team, folder: Path) -> None:
    killed(tmp_path, folder, people, at)
    with opened(place_in(tmp_path), clock=SystemClock(), random_bytes=os.urandom) as installation:
        ((draft, kept),) = drafts(installation)
        assert 0 <= at - kept <= BATCH
        report = imported(installation, folder, people.ann, resume=draft, rules=RULES)
        assert (report.draft, report.entries, report.left_out) == (draft, ENTRIES, ())
        row = installation.store.read(lambda work: work.drafts.get(draft))
        assert row is not None
        references = [one.person.reference for one in open_draft(installation, row, PASSPHRASE)]
    assert references == [f"person-{at:05}" for at in range(ENTRIES)]


def test_one_that_is_killed_before_its_first_batch_leaves_nothing(tmp_path: Path, people: Team, folder: Path) -> None:
    killed(tmp_path, folder, people, BATCH - 1)
    with opened(place_in(tmp_path), clock=SystemClock(), random_bytes=os.urandom) as installation:
        assert drafts(installation) == []
        assert not [name for name in installation.keyring.names() if name.startswith("draft")]
