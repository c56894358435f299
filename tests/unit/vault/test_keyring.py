"""The contract of a keyring, on both that there are."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from overt.vault.errors import KeyExists, NoKey
from overt.vault.keyring import FolderKeyring, Keyring, MemoryKeyring
from overt.vault.master import MasterKey

KEY = bytes(range(32))
LONGEST = "a" * 81


@pytest.fixture(params=["folder", "memory"])
def keyring(request: pytest.FixtureRequest, tmp_path: Path) -> Keyring:
    if request.param == "memory":
        return MemoryKeyring()
    return FolderKeyring.make(tmp_path / "home" / "keyring", MasterKey(os.urandom(32)))


def test_a_key_comes_back_until_it_is_destroyed(keyring: Keyring) -> None:
    keyring.put("list-1", KEY)
    keyring.put(LONGEST, bytes(32))
    assert (keyring.get("list-1"), keyring.get(LONGEST)) == (KEY, bytes(32))
    assert keyring.names() == {"list-1", LONGEST}
    assert keyring.destroy("list-1")
    assert keyring.names() == {LONGEST}
    with pytest.raises(NoKey, match="There is no key list-1: it was destroyed, or never made") as refused:
        keyring.get("list-1")
    assert refused.value.todo


def test_destroying_again_says_that_it_was_gone(keyring: Keyring) -> None:
    keyring.put("alert-1", KEY)
    assert [keyring.destroy(name) for name in ("alert-1", "alert-1", "alert-2")] == [True, False, False]


def test_a_key_is_never_overwritten(keyring: Keyring) -> None:
    keyring.put("alert-1", KEY)
    with pytest.raises(KeyExists, match="There is a key alert-1 already"):
        keyring.put("alert-1", bytes(32))
    assert keyring.get("alert-1") == KEY


@pytest.mark.parametrize("name", ["", "-a", "A", "a.b", "a/b", "../a", "a\n", "é", "lock.", LONGEST + "a"])
def test_what_is_no_name_reaches_no_disk(keyring: Keyring, name: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: keyring.put(name, KEY),
        lambda: keyring.get(name),
        lambda: keyring.destroy(name),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="is no name of a key"):
            call()


@pytest.mark.parametrize("length", [0, 16, 33])
def test_only_keys_of_32_bytes_are_kept(keyring: Keyring, length: int) -> None:
    with pytest.raises(ValueError, match=f"this one has {length}"):
        keyring.put("alert-1", bytes(length))
    assert keyring.names() == frozenset()


def test_a_name_called_lock_is_a_name_like_another(keyring: Keyring) -> None:
    keyring.put("lock", KEY)
    with keyring.sweeping():
        assert keyring.get("lock") == KEY


def entered(door: Callable[[], AbstractContextManager[None]]) -> tuple[threading.Thread, threading.Event]:
    """Another thread that goes through the door and out again, and whether it has been in."""
    been_in = threading.Event()

    def go() -> None:
        with door():
            been_in.set()

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    return thread, been_in


def test_many_may_be_creating_at_once(keyring: Keyring) -> None:
    with keyring.creating(), keyring.creating():
        thread, been_in = entered(keyring.creating)
        assert been_in.wait(10)
    thread.join(10)


def test_a_sweeper_waits_for_those_who_create_and_they_for_it(keyring: Keyring) -> None:
    for held, wanted in (("creating", "sweeping"), ("sweeping", "creating"), ("sweeping", "sweeping")):
        with getattr(keyring, held)():
            thread, been_in = entered(getattr(keyring, wanted))
            assert not been_in.wait(0.1), (held, wanted)
        assert been_in.wait(10), (held, wanted)
        thread.join(10)


def test_an_inner_creating_does_not_let_a_sweeper_in(keyring: Keyring) -> None:
    with keyring.creating():
        with keyring.creating():
            pass
        keyring.put("alert-1", KEY)
        thread, been_in = entered(keyring.sweeping)
        assert not been_in.wait(0.1)
    assert been_in.wait(10)
    thread.join(10)


def test_a_put_waits_until_the_sweep_is_over(keyring: Keyring) -> None:
    with keyring.sweeping():
        thread = threading.Thread(target=keyring.put, args=("alert-1", KEY), daemon=True)
        thread.start()
        time.sleep(0.1)
        assert keyring.names() == frozenset()
    thread.join(10)
    assert keyring.get("alert-1") == KEY


def test_the_sweeper_itself_may_put_read_and_destroy(keyring: Keyring) -> None:
    with keyring.sweeping():
        keyring.put("alert-1", KEY)
        with keyring.creating():
            assert keyring.get("alert-1") == KEY
        assert keyring.destroy("alert-1")


def test_nobody_waits_for_themselves(keyring: Keyring) -> None:
    with keyring.creating():
        with keyring.creating():
            pass
        with pytest.raises(RuntimeError, match="is creating keys already"), keyring.sweeping():
            pass
    with keyring.sweeping(), pytest.raises(RuntimeError, match="is sweeping keys already"), keyring.sweeping():
        pass


@pytest.mark.parametrize("door", ["creating", "sweeping"])
def test_an_error_inside_opens_the_door_again_and_comes_out_as_it_was(keyring: Keyring, door: str) -> None:
    with pytest.raises(OSError, match="the caller's own"), getattr(keyring, door)():
        raise OSError("the caller's own")
    with keyring.sweeping():
        keyring.put("alert-1", KEY)


def test_of_many_who_destroy_one_key_one_is_told_that_it_was_there(keyring: Keyring) -> None:
    with ThreadPoolExecutor(8) as threads:
        for turn in range(20):
            keyring.put(f"alert-{turn}", KEY)
            assert list(threads.map(keyring.destroy, [f"alert-{turn}"] * 8)).count(True) == 1


def test_many_threads_at_once_see_whole_keys_or_none(keyring: Keyring) -> None:
    def live(number: int) -> None:
        for turn in range(10):
            name, key = f"alert-{number}-{turn}", bytes([number]) * 32
            with keyring.creating():
                keyring.put(name, key)
                assert keyring.get(name) == key
                assert name in keyring.names()
            assert keyring.destroy(name)

    def look(_: int) -> None:
        for _ in range(10):
            with keyring.sweeping():
                assert keyring.names() <= {f"alert-{number}-{turn}" for number in range(4) for turn in range(10)}
            for name in keyring.names():
                try:
                    assert keyring.get(name)[:1] * 32 == keyring.get(name)
                except NoKey:  # destroyed since
                    continue

    with ThreadPoolExecutor(6) as threads:
        done = [*threads.map(live, range(4), timeout=60), *threads.map(look, range(2), timeout=60)]
        assert len(done) == 6
    assert keyring.names() == frozenset()


def test_a_key_in_memory_is_overwritten() -> None:
    keyring = MemoryKeyring()
    keyring.put("alert-1", KEY)
    held = keyring._keys["alert-1"]
    keyring.destroy("alert-1")
    assert held == bytearray(32)
