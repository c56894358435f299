"""However entries come and readers go, everybody is told of each entry exactly once and in order."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from overt.console.api import feed as feeding
from overt.console.api.feed import Feed
from tests.installations import in_memory
from tests.unit.console.api.seeded import indices, noted
from tests.unit.console.api.test_api_events import Reader, size_of, visitor

#: What happens next: so many entries are recorded; a reader goes away, maybe in the middle of a chunk, and comes back;
#: the server is restarted; nothing for a moment.
STEP = st.one_of(
    st.tuples(st.just("record"), st.integers(1, 40)),
    st.tuples(st.just("leave"), st.integers(0, 3)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("wait"), st.integers(0, 3)),
)


@given(steps=st.lists(STEP, max_size=12), kept=st.integers(1, 60), batch=st.integers(1, 30))
def test_every_entry_is_told_once_and_in_order(steps: list[tuple[str, int]], kept: int, batch: int) -> None:
    with patch.object(feeding, "LOOK_S", 0.001), patch.object(feeding, "BATCH", batch):
        asyncio.run(_listen(steps, kept))


async def _listen(steps: list[tuple[str, int]], kept: int) -> None:
    installation = in_memory()
    who = visitor(installation)
    noted(installation, 3)
    feed = Feed(installation, kept=kept)
    seen = [[0], [0]]
    readers = [_come(feed, who, told) for told in seen]
    for step, number in steps:
        if step == "record":
            noted(installation, number)
        elif step == "leave":
            at = number % 2
            await _leave(readers[at], seen[at])
            readers[at] = _come(feed, who, seen[at])
        elif step == "restart":
            feed.close()
            for at in (0, 1):
                await _leave(readers[at], seen[at])
            feed = Feed(installation, kept=kept)
            readers = [_come(feed, who, told) for told in seen]
        else:
            await asyncio.sleep(number / 1000)
    size = size_of(installation)
    for (reader, _), told in zip(readers, seen, strict=True):
        await reader.has(size - 1 - told[-1])
    for at in (0, 1):
        await _leave(readers[at], seen[at])
        assert seen[at] == list(range(size))


def _come(feed: Feed, who: object, told: list[int]) -> tuple[Reader, asyncio.Task[None]]:
    """Somebody who resumes by the last id that they saw."""
    reader = Reader(feed, who, told[-1] + 1)  # type: ignore[arg-type]
    return reader, asyncio.create_task(reader.run())


async def _leave(reading: tuple[Reader, asyncio.Task[None]], told: list[int]) -> None:
    """What arrived whole is what was seen."""
    reader, task = reading
    reader.gone.set()
    with suppress(asyncio.CancelledError):
        await task
    whole = bytes(reader.got).rpartition(b"\n\n")[0] + b"\n\n"
    told += indices(whole)
