"""Real people on real clips, where the test data is there: who is on the list prompts, who is not does not."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import av
import pytest
from PIL import Image

from tests.integration.deployments import run, write_deployment
from tests.needs import data_folder

FILLERS = 60
LISTED = ("P1", "P2", "P3")


@pytest.fixture(scope="module")
def clips() -> dict[str, list[Path]]:
    """The clips of each person."""
    folder = data_folder() / "asl"
    found: dict[str, list[Path]] = {}
    with (folder / "identities.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            found.setdefault(row["identity"], []).append(folder / row["clip"])
    return found


@pytest.fixture(scope="module")
def people(clips: dict[str, list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list: one frame of each of three people, and portraits of others."""
    folder = tmp_path_factory.mktemp("people")
    for person in LISTED:
        with av.open(str(clips[person][0])) as container:
            frame = next(frame for number, frame in enumerate(container.decode(video=0)) if number == 15)
            Image.fromarray(frame.to_ndarray(format="rgb24")).save(folder / f"{person}.png")
    for portrait in sorted((data_folder() / "portraits").glob("*.jpg"))[:FILLERS]:
        shutil.copy(portrait, folder)
    return folder


def test_every_walk_of_a_listed_person_prompts_for_that_person_and_no_other_walk_prompts(
    clips: dict[str, list[Path]], people: Path, tmp_path: Path
) -> None:
    walks = {clip.stem: person for person, of in clips.items() for clip in (of[1:] if person in LISTED else of)}
    cameras = {clip.stem: clip for of in clips.values() for clip in of if clip.stem in walks}
    file = write_deployment(tmp_path / "d.toml", cameras, people)
    done = run(file, "--rehearsal", "--fast", home=tmp_path / "home")
    assert done.code == 0, done.err
    prompted = {(line["camera"], line["entry"]) for line in done.lines if "alert" in line}
    assert prompted == {(walk, person) for walk, person in walks.items() if person in LISTED}
    assert done.figures["faces_seen"] >= len(walks)


def test_people_seen_from_behind_are_searched_for_nobody(people: Path, tmp_path: Path) -> None:
    clip = data_folder() / "street" / "intel_one-by-one-person-detection.mp4"
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people)
    done = run(file, "--rehearsal", "--fast", home=tmp_path / "home")
    assert done.code == 0, done.err
    assert (done.figures["faces_seen"], done.figures["alerts"]) == (0, 0)
