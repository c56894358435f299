"""The public register of this console, for a crowd of readers that the store must not feel.

Rules:
  - one thread makes everything, one thing at a time: whoever reads takes no thread and no processor from those who have
    an alert to decide about;
  - the store is looked at once in FRESH_S at most, however many read, and the register is made anew only where
    something that everybody may read was recorded since, or after OLD_S: how the record grows while somebody decides is
    told to nobody by the minute. Where making it took long, it is made so much less often that no more than one part in
    SHARE of the time goes there;
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
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

from overt.console.problems import NotThere, TooMany
from overt.domain.errors import OvertError
from overt.domain.time import SECOND_US
from overt.notices.register import Site

if TYPE_CHECKING:
    from overt.console.house import House

T = TypeVar("T")

FRESH_S: Final = 30
OLD_S: Final = 3600
SHARE: Final = 20
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
        grown: how much that everybody may read was recorded; a quick look.
        now_us: microseconds.
    """

    def __init__(self, make: Callable[[], Site], grown: Callable[[], int], now_us: Callable[[], int]) -> None:
        self._make, self._look, self._now_us = make, grown, now_us
        self._lock = threading.Lock()
        self._maker: ThreadPoolExecutor | None = None
        self._site: Site | None = None
        self._failure: OvertError | None = None
        self._grown, self._made_us, self._looked_us, self._rest_us = -1, 0, 0, 0
        self._renewing: Future[None] | None = None
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._making: dict[str, Future[Answer]] = {}

    async def paths(self) -> Collection[str]:
        """Of all files of the register, as it last stood.

        Raises:
            Others: as making the register has them, where there is none yet.
        """
        if not self._looked_us <= self._now_us() < self._looked_us + self._rest_us:
            renewed = self._renewed()
            if self._site is None:
                await _shared(renewed)
        if self._site is None:
            raise self._failure or TooMany("The register is being made.", "Try again in a few seconds.")
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
        """What is being made is not waited for by anybody any more; a later reader begins anew."""
        with self._lock:
            maker, self._maker = self._maker, None
        if maker is not None:
            maker.shutdown(cancel_futures=True)
        with self._lock:
            self._renewing = None
            self._making.clear()

    def _submit(self, work: Callable[..., T], *given: str) -> Future[T]:
        """`_lock` is held."""
        if self._maker is None:
            self._maker = ThreadPoolExecutor(1, "overt-public")
        return self._maker.submit(work, *given)

    def _renewed(self) -> Future[None]:
        with self._lock:
            if self._renewing is None:
                self._renewing = self._submit(self._renew)
            return self._renewing

    def _renew(self) -> None:
        begun = monotonic()
        try:
            now_us, grown = self._now_us(), self._look()
            if self._site is None or grown != self._grown or abs(now_us - self._made_us) >= OLD_S * SECOND_US:
                site = self._make()
                with self._lock:
                    self._site, self._grown, self._made_us = site, grown, now_us
                    self._kept.clear()
        except OvertError as error:
            self._failure = error
            raise
        finally:  # what failed is not tried at once again
            rest_s = max(FRESH_S, SHARE * (monotonic() - begun))
            with self._lock:
                self._renewing, self._looked_us, self._rest_us = None, self._now_us(), int(rest_s * SECOND_US)

    def _page(self, path: str) -> Future[Answer]:
        with self._lock:
            if path not in self._making:
                if len(self._making) >= WAITING:
                    raise TooMany("Many people read the register at this moment.", "Try again in a few seconds.")
                self._making[path] = self._submit(self._made, path)
            return self._making[path]

    def _made(self, path: str) -> Answer:
        try:
            site = self._site
            if site is None or path not in site.paths:
                raise NotThere("The register has no such page any more.", "Begin at its first page.")
            file = site.file(path)
            tag = f'"{hashlib.sha256(file.content).hexdigest()[:32]}"'
            answer = Answer(content=file.content, kind=file.kind, tag=tag)
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


def public_site_of(house: House) -> PublicSite:
    """The register of a house, as of now; what was recorded and not published yet is in it, too."""
    from overt.services.publish import KeptVersions, draw_register  # noqa: PLC0415
    from overt.services.publish_pages import Recorded, about_of, beside_of  # noqa: PLC0415

    installation = house.installation
    about = about_of(house.settings)

    def make() -> Site:
        register = draw_register(installation).register
        versions = KeptVersions(installation.store, register["deployments"])
        beside = beside_of(register, versions, installation.store)
        return Site(register, about=about, versions=versions, beside=beside, offers=beside)

    return PublicSite(make, Recorded(installation.store).count, installation.clock.now_us)
