"""What a camera process cannot do, seen from outside while it works; and what it does not know."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from overt.engine.sealed import is_sealed
from tests.integration.deployments import children, start, write_deployment
from tests.needs import needs_part, sample_footage
from tests.promises import memory, scenes
from tests.promises.rig import Running, a_camera, camera_process

NAME = "Quennelthorpe-Zyxwyvuts-7731"
LIST = "/memfd:overt-list"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes.clip(tmp_path_factory.mktemp("scene") / "passing.mp4", scenes.stranger(2))


@pytest.fixture(scope="module")
def working(clip: Path) -> Iterator[Running]:
    with camera_process(a_camera(str(clip)), planted="nothing", once=False) as running:
        at_work(running)
        yield running


def at_work(running: Running) -> None:
    running.wait_until_ready()
    running.wait(lambda: bool(running.told_of("T") and running.told_of("B")), 20)


def limit(pid: int, name: str) -> tuple[str, str]:
    """Soft and hard, as /proc says them."""
    for line in Path(f"/proc/{pid}/limits").read_text("ascii").splitlines():
        if line.startswith(name):
            soft, hard = line.removeprefix(name).split()[:2]
            return soft, hard
    raise AssertionError(name)


def locked_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmLck"))


def mapped(pid: int, name: str) -> list[str]:
    """Rights of every map of that name."""
    lines = Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines()
    return [line.split()[1] for line in lines if name in line]


def descriptors(pid: int) -> dict[int, str]:
    return {int(link.name): str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}


def test_it_can_write_no_file_and_leave_no_dump(working: Running) -> None:
    assert limit(working.pid, "Max file size") == ("0", "0")
    assert limit(working.pid, "Max core file size") == ("0", "0")
    assert {told.content for told in working.told_of("B")} == {b"\0"}  # PR_GET_DUMPABLE


def test_its_memory_is_not_swapped_out(working: Running) -> None:
    needs_part(os.geteuid() == 0, "needs an account that may lock memory")
    assert locked_kb(working.pid) > 100_000


def test_the_list_is_sealed_has_no_file_and_is_mapped_for_reading_only(working: Running) -> None:
    assert mapped(working.pid, LIST)
    assert set(mapped(working.pid, LIST)) == {"r--s"}
    assert mapped(working.pid, "/dev/shm") == []
    held = descriptors(working.pid)
    assert not [name for name in held.values() if "/dev/shm" in name]
    numbers = [number for number, name in held.items() if name.startswith(LIST)]
    assert numbers
    for number in numbers:
        descriptor = os.open(f"/proc/{working.pid}/fd/{number}", os.O_RDWR)
        try:
            assert is_sealed(descriptor)
            with pytest.raises(PermissionError):
                os.pwrite(descriptor, b"x", 0)
        finally:
            os.close(descriptor)


def test_no_descriptor_leads_to_a_file_that_can_be_written(working: Running) -> None:
    for number, name in descriptors(working.pid).items():
        flags = int(Path(f"/proc/{working.pid}/fdinfo/{number}").read_text("ascii").split("flags:")[1].split()[0], 8)
        assert not flags & os.O_ACCMODE or name.startswith(("pipe:", "/dev/null", "/memfd:overt-")), name


def test_planted_a_process_without_its_limits_is_found_out(clip: Path) -> None:
    with camera_process(a_camera(str(clip)), planted="no limits", once=False) as running:
        at_work(running)
        assert limit(running.pid, "Max file size")[0] != "0"
        assert {told.content for told in running.told_of("B")} == {b"\1"}
        assert locked_kb(running.pid) == 0


def names_in(pid: int) -> int:
    spelt = [NAME.encode("ascii"), NAME.encode("utf-16-le"), NAME.encode("utf-32-le")]
    return sum(memory.search(pid, {"name": spelt}).values())


@pytest.mark.timeout(120)
@pytest.mark.long
def test_no_name_of_the_list_reaches_a_camera_process(clip: Path, tmp_path: Path) -> None:
    people = tmp_path / "people"
    people.mkdir()
    (people / f"{NAME}.jpg").write_bytes((sample_footage() / "single_face.jpg").read_bytes())
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people)
    process = start(file, "--rehearsal", home=tmp_path / "home")
    try:
        until = time.monotonic() + 60
        while not (cameras := children(process.pid)) or not maps_the_list(cameras[0]):
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.05)
        assert names_in(process.pid) > 0
        assert names_in(cameras[0]) == 0
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_planted_a_name_that_goes_down_with_the_environment_is_found_out(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED", NAME)
    with camera_process(a_camera(str(clip)), once=False) as running:
        running.wait_until_ready()
        assert names_in(running.pid) > 0


def maps_the_list(pid: int) -> bool:
    try:
        return bool(mapped(pid, LIST))
    except OSError:
        return False
