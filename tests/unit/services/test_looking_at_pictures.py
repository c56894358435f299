"""Pictures of a list are read ahead, several at once, and come in their order."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from overt.domain.errors import BadPicture
from overt.services.portraits import Offered, looked_at
from overt.testing.toy_reader import ToyFace, ToyPortrait, ToyReader, paint


def offered(number: int, *, fault: Exception | None = None, refusal: str = "") -> Offered:
    def read() -> NDArray[np.uint8]:
        if fault is not None:
            raise fault
        return paint(ToyFace(person=number))

    return Offered(name=f"{number}.png", shown=f"{number}.png", entry=str(number), refusal=refusal, read=read)


def test_they_come_in_their_order_however_long_each_takes() -> None:
    first_may_end = threading.Event()

    class Uneven(ToyReader):
        def portraits(self, picture: NDArray[np.uint8]) -> Sequence[ToyPortrait]:
            if int(picture[picture.shape[0] // 2, picture.shape[1] // 2, 1]) == 0:
                first_may_end.wait(10)
            else:
                first_may_end.set()
            return super().portraits(picture)

    found = list(looked_at([offered(n) for n in range(6)], Uneven()))
    assert [one.offered.entry for one in found] == [str(n) for n in range(6)]
    assert all(len(one.faces) == 1 for one in found)


def test_what_is_refused_or_cannot_be_read_says_why_and_the_next_one_comes() -> None:
    pictures = [
        offered(1, fault=BadPicture("1.png is damaged.", "Use another copy.")),
        offered(2, refusal="a text"),
        offered(3),
    ]
    damaged, refused, fine = looked_at(pictures, ToyReader())
    assert (damaged.refusal, damaged.picture) == ("it is damaged", None)
    assert (refused.refusal, refused.picture) == ("a text", None)
    assert fine.picture is not None


def test_a_fault_of_the_reader_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        list(looked_at([offered(1), offered(2, fault=ZeroDivisionError())], ToyReader()))


def test_few_are_read_ahead_of_who_takes_them_and_none_after() -> None:
    asked: list[int] = []

    def pictures() -> Iterator[Offered]:
        for number in range(100):
            asked.append(number)
            yield offered(number)

    looked = looked_at(pictures(), ToyReader())
    next(looked)
    assert len(asked) == ToyReader.at_once + 1
    looked.close()  # type: ignore[attr-defined]
    assert len(asked) == ToyReader.at_once + 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("overt-portraits")]
