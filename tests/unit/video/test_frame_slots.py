from __future__ import annotations

import numpy as np

from overt.video.frame import Frame
from overt.video.slots import SLOTS, FrameSlots


def frame(number: int, level: int, height: int = 6) -> Frame:
    return Frame(
        y=np.full((height, 8), level, np.uint8),
        u=np.full((height // 2, 4), level, np.uint8),
        v=np.full((height // 2, 4), level, np.uint8),
        full_range=False,
        captured_us=number,
        media_time_s=None,
        number=number,
    )


def levels(slots: FrameSlots) -> set[int]:
    return {int(level) for slot in slots._free for level in slot}


def test_a_frame_is_copied_and_handed_over_once() -> None:
    slots, given = FrameSlots(), frame(3, 90)
    assert slots.take() is None
    assert not slots.put(given)
    given.y[:] = 0
    taken = slots.take()
    assert taken is not None
    assert taken.number == 3
    assert all((plane == 90).all() and not plane.flags.writeable for plane in (taken.y, taken.u, taken.v))
    assert slots.take() is None


def test_a_newer_frame_takes_the_place_of_one_that_waits() -> None:
    slots = FrameSlots()
    assert not slots.put(frame(1, 10))
    assert slots.put(frame(2, 20))
    taken = slots.take()
    assert taken is not None
    assert (taken.number, int(taken.y[0, 0])) == (2, 20)
    assert not slots


def test_a_taken_frame_stands_until_the_next_take_and_every_slot_is_used_in_turn() -> None:
    slots = FrameSlots()
    slots.put(frame(0, 200))
    taken = slots.take()
    assert taken is not None
    for number in range(1, 10):
        slots.put(frame(number, number))
        assert int(taken.y[0, 0]) == (200 if number == 1 else number - 1)
        taken = slots.take()
        assert taken is not None
        if number > SLOTS:
            assert levels(slots) == {number - 1}


def test_frames_of_another_size_find_room() -> None:
    slots = FrameSlots()
    for number, height in enumerate((6, 12, 6, 12)):
        slots.put(frame(number, 50 + number, height))
        taken = slots.take()
        assert taken is not None
        assert taken.y.shape == (height, 8)
        assert (taken.v == 50 + number).all()


def test_wiping_overwrites_all_but_the_frame_in_hand() -> None:
    slots = FrameSlots()
    slots.put(frame(1, 70))
    slots.put(frame(2, 80))
    taken = slots.take()
    slots.put(frame(3, 90))
    slots.drop()
    slots.wipe()
    assert levels(slots) <= {0}
    assert taken is not None
    assert (taken.y == 80).all()
    slots.take()
    slots.wipe()
    assert (taken.y == 0).all()
