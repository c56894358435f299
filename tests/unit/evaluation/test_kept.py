"""What an interrupted measurement had read is there again, for the same pictures and the same pack only."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from overt.domain.errors import Refused
from overt.evaluation import kept
from overt.evaluation.kept import KeptTemplates
from overt.evaluation.samples import pictures_by_person, samples_of
from overt.faces.recogniser import Portrait
from tests.unit.evaluation.pictures import EAST, NOBODY, NORTH, ColourReader, folder_of, silent


class Once(ColourReader):
    """Counts what it reads, and is interrupted at a picture."""

    def __init__(self, most: int = 1000) -> None:
        self.read, self._most = 0, most

    def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]:
        if self.read == self._most:
            raise KeyboardInterrupt
        self.read += 1
        return super().portraits(picture)


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, list[Path]]:
    folder = tmp_path / "people"
    folder.mkdir()
    found = folder_of(folder, {"ann": [EAST, NOBODY], "bob": [NORTH, (90, 30)]})
    (folder / "bob" / "bob_0003.png").write_bytes(b"no picture")
    return pictures_by_person(found)


def test_an_interrupted_run_goes_on(pictures: dict[str, list[Path]], tmp_path: Path) -> None:
    whole = samples_of(pictures, ColourReader(), silent)
    work = tmp_path / "work"
    with pytest.raises(KeyboardInterrupt), KeptTemplates(work, "pack") as known:
        samples_of(pictures, Once(3), silent, known)
    second = Once()
    with KeptTemplates(work, "pack") as known:
        assert len(known) == 3
        found = samples_of(pictures, second, silent, known)
    assert second.read == 1
    assert found.templates.tolist() == whole.templates.tolist()
    assert found.failures == whole.failures
    third = Once()
    samples_of(pictures, third, silent, KeptTemplates(work, "pack"))
    assert third.read == 0
    assert stat.S_IMODE(work.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(part.stat().st_mode) == 0o600 for part in work.iterdir())


def test_another_pack_and_a_changed_picture_are_read_again(pictures: dict[str, list[Path]], tmp_path: Path) -> None:
    work = tmp_path / "work"
    with KeptTemplates(work, "pack") as known:
        samples_of(pictures, ColourReader(), silent, known)
    assert len(KeptTemplates(work, "another pack")) == 0
    pictures["ann"][0].write_bytes(pictures["bob"][1].read_bytes())
    pictures["ann"][1].unlink()
    reader = Once()
    found = samples_of(pictures, reader, silent, KeptTemplates(work, "pack"))
    assert reader.read == 0  # the same bytes as another picture, and one that cannot be read
    assert found.failures[:2] == ("", "unreadable")


def test_parts_are_written_as_they_fill(
    pictures: dict[str, list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "PART", 2)
    known = KeptTemplates(tmp_path, "pack")
    samples_of(pictures, ColourReader(), silent, known)
    assert len(list(tmp_path.glob("templates-*.npz"))) == 2
    known.flush()
    known.flush()
    assert len(KeptTemplates(tmp_path, "pack")) == 5


def test_a_damaged_part_is_passed_over(pictures: dict[str, list[Path]], tmp_path: Path) -> None:
    work = tmp_path / "work"
    with KeptTemplates(work, "pack") as known:
        samples_of(pictures, ColourReader(), silent, known)
    (part,) = work.iterdir()
    part.write_bytes(part.read_bytes()[:200])
    assert len(KeptTemplates(work, "pack")) == 0


def test_a_folder_that_cannot_be_used_is_refused(pictures: dict[str, list[Path]], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot be used"):
        KeptTemplates(tmp_path / "file", "pack")
    known = KeptTemplates(tmp_path / "work", "pack")
    samples_of(pictures, ColourReader(), silent, known)
    (tmp_path / "work").rmdir()
    with pytest.raises(Refused, match="cannot be kept"):
        known.flush()
