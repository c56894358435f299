"""What finds faces is made before anybody waits for it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from overt.console.house import House
from overt.console.runs import Runs
from overt.settings import Settings
from tests.installations import in_memory

NAME = "overt-readers"


def house(folder: Path, pack: str) -> House:
    installation, settings = in_memory(), Settings(home=folder, pack=pack)
    runs = Runs(installation, settings)
    return House(installation=installation, settings=settings, runs=runs, hosts=frozenset(), secure=False)


def warmed(of: House) -> bool:
    """Whether a thread was needed; it is over afterwards."""
    of.warm()
    threads = [thread for thread in threading.enumerate() if thread.name == NAME]
    for thread in threads:
        thread.join(60)
    return bool(threads)


@pytest.mark.long
def test_it_is_made_once(tmp_path: Path) -> None:
    mine = house(tmp_path, "yunet-sface")
    assert warmed(mine)
    assert "readers" in vars(mine)
    assert not warmed(mine)


def test_a_pack_that_is_not_there_is_told_to_whoever_needs_it(tmp_path: Path) -> None:
    mine = house(tmp_path, "no-such-pack")
    warmed(mine)
    assert "readers" not in vars(mine)
