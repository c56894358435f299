"""The public register of this console, for a crowd of readers that the store must not feel.

Rules:
  - one thread makes everything, one thing at a time: whoever reads takes no thread and no processor from those who have
    an alert to decide about;
  - the store is looked at once in FRESH_S at most, however many read, and what is published is counted anew only where
    something was recorded since, or after OLD_S, since time alone changes what is due;
  - whoever comes meanwhile gets the register as it last stood; only who comes before there is any waits for it;
  - at most WAITING pages are being made at once, and KEPT_BYTES of them are kept; beyond that a reader is asked to come
    back.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from overt.console.problems import NotThere, TooMany
from overt.domain.time import SECOND_US
from overt.notices.register import Site

T = TypeVar("T")

FRESH_S: Final = 30
OLD_S: Final = 600
WAITING: Final = 32
KEPT_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A file of the register. `tag`: another content has another one."""

    content: bytes
    kind: str
    tag: str


class PublicSite:
    """The register of one installation; asked from the event loop.

    Args:
        make: the register of now; looks into the store.
        size: how far the ledger has grown; a quick look.
        now_us: microseconds.
    """

    def __init__(self, make: Callable[[], Site], size: Callable[[], int], now_us: Callable[[], int]) -> None:
        self._make, self._size, self._now_us = make, size, now_us
        self._maker = ThreadPoolExecutor(1, "overt-public")
        self._lock = threading.Lock()
        self._site: Site | None = None
        self._grown, self._made_us, self._looked_us = -1, 0, 0
        self._renewing: Future[None] | None = None
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._making: dict[str, Future[Answer]] = {}

    async def paths(self) -> Collection[str]:
        """Of all files of the register, as it last stood.

        Raises:
            Others: as making the register has them, where there is none yet.
        """
        if self._site is None:
            await _shared(self._renewed())
        elif abs(self._now_us() - self._looked_us) >= FRESH_S * SECOND_US:
            self._renewed()
        assert self._site is not None
        return self._site.paths

    async def answer(self, path: str) -> Answer:
        """A file by its path in the register.

        Raises:
            NotThere: the register has no such file.
            TooMany: too many pages are being made.
            Others: as `paths`.
        """
        if path not in await self.paths():
            raise NotThere("The register has no such page.", "Begin at its first page.")
        with self._lock:
            if path in self._kept:
                self._kept.move_to_end(path)
                return self._kept[path]
        return await _shared(self._page(path))

    def close(self) -> None:
        self._maker.shutdown(cancel_futures=True)

    def _renewed(self) -> Future[None]:
        with self._lock:
            if self._renewing is None:
                self._renewing = self._maker.submit(self._renew)
            return self._renewing

    def _renew(self) -> None:
        try:
            now_us, grown = self._now_us(), self._size()
            if grown != self._grown or abs(now_us - self._made_us) >= OLD_S * SECOND_US:
                site = self._make()
                with self._lock:
                    self._site, self._grown, self._made_us = site, grown, now_us
                    self._kept.clear()
        finally:
            with self._lock:
                self._renewing, self._looked_us = None, self._now_us()  # what failed is not tried at once again

    def _page(self, path: str) -> Future[Answer]:
        with self._lock:
            if path not in self._making:
                if len(self._making) >= WAITING:
                    raise TooMany("Many people read the register at this moment.", "Try again in a few seconds.")
                self._making[path] = self._maker.submit(self._made, path)
            return self._making[path]

    def _made(self, path: str) -> Answer:
        try:
            site = self._site
            if site is None or path not in site.paths:
                raise NotThere("The register has no such page any more.", "Begin at its first page.")
            file = site.file(path)
            answer = Answer(content=file.content, kind=file.kind, tag=f'"{hashlib.sha256(file.content).hexdigest()[:32]}"')
            with self._lock:
                if site is self._site:
                    self._keep(path, answer)
            return answer
        finally:
            with self._lock:
                self._making.pop(path, None)

    def _keep(self, path: str, answer: Answer) -> None:
        self._kept[path] = answer
        while len(self._kept) > 1 and sum(len(one.content) for one in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)


async def _shared(made: Future[T]) -> T:
    """What several wait for; one that goes away ends it for nobody else."""
    return await asyncio.shield(asyncio.wrap_future(made))
