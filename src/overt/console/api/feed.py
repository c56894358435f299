"""The end of the ledger, followed once for everybody who listens.

Rules:
  - one thread looks at the store, however many listen, and none while nobody does;
  - it keeps the newest entries in memory, so many and no more; who is further behind reads the store in batches, at
    their own pace, until they have caught up;
  - whether those who listen are still signed in is looked at in the same thread, once for each session;
  - whoever goes up to people in the street is sent no entry about a decoy;
  - nobody waits for a listener: each takes what it wants, so a slow one holds up nobody;
  - an account listens so many times at once and no more: `TooManyStreams`.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from overt.console.api.kinds import KINDS, event_of
from overt.console.problems import TooMany
from overt.console.visitor import Visitor
from overt.domain.errors import OvertError
from overt.domain.roles import NotTrained
from overt.ledger.entry import Entry
from overt.services.installation import Installation
from overt.services.sessions import NotSignedIn, signed_in
from overt.store.ports import Work

LOOK_S: Final = 0.1
LOOKS_A_SESSION: Final = 20  # sessions are looked at every so many looks
KEPT: Final = 4096
BATCH: Final = 500
MOST_OF_ACCOUNT: Final = 8
MOST: Final = 256


class TooManyStreams(TooMany):
    code = "too-many-streams"


@dataclass(frozen=True, kw_only=True)
class Told:
    """An entry as it is sent.

    Attributes:
        sent: as server-sent event; empty where its kind is told to nobody.
        decoy: it is about an alert that is or was a decoy.
    """

    index: int
    kind: str
    sent: bytes
    decoy: bool = False


class Feed:
    """Follows one installation's ledger; used in one event loop.

    Args:
        kept: how many entries stay in memory.
    """

    def __init__(self, installation: Installation, *, kept: int = KEPT) -> None:
        self._installation, self._kept = installation, kept
        self._recent: list[Told] = []
        self._closed = False
        self._turn = asyncio.Event()
        self._tokens: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()
        self._over: set[str] = set()
        self._follower: _Follower | None = None

    @property
    def streams(self) -> int:
        return self._tokens.total()

    def close(self) -> None:
        """Everybody who listens is told that it is over. Called in the loop."""
        self._closed = True
        self._tell()

    def over(self, token: str) -> bool:
        """Whether a listener has to end: its session is over, or everything is."""
        return self._closed or token in self._over

    @contextmanager
    def listening(self, visitor: Visitor) -> Iterator[None]:
        """While somebody listens.

        Raises:
            TooManyStreams: this account, or everybody together, has as many as there may be.
        """
        account, token = visitor.account.id, visitor.token
        if self._accounts[account] >= MOST_OF_ACCOUNT or self.streams >= MOST:
            raise TooManyStreams(
                f"Your account has {self._accounts[account]} event streams open, of {self.streams} in all; "
                f"{MOST_OF_ACCOUNT} of one account and {MOST} in all is the most.",
                "End one, or wait until one has ended.",
            )
        self._accounts[account] += 1
        self._tokens[token] += 1
        if self._follower is None:
            self._follower = _Follower(self, self._installation, asyncio.get_running_loop())
        try:
            yield
        finally:
            self._leave(account, token)

    async def more(self, start: int, timeout_s: float) -> Sequence[Told]:
        """Entries from `start` on, in order and without a gap, some at a time; none where there were none in time.

        Raises:
            StoreUnavailable: they lie further back, and the store cannot be read.
        """
        if not self._recent or start > self._recent[-1].index:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._turn.wait()
            except TimeoutError:
                return ()
        recent = self._recent
        if not recent or start > recent[-1].index:
            return ()
        first = recent[0].index
        if start >= first:
            return recent[start - first : start - first + BATCH]
        return await asyncio.to_thread(read_entries, self._installation, start, min(first, start + BATCH))

    def tokens(self) -> tuple[str, ...]:
        return tuple(self._tokens)

    def take(self, follower: _Follower, entries: Sequence[Told]) -> None:
        """New entries. Where they do not go on from the last ones, those are forgotten."""
        if follower is not self._follower:
            return  # of one that was told to stop
        goes_on = bool(self._recent) and self._recent[-1].index + 1 == entries[0].index
        self._recent = [*(self._recent if goes_on else ()), *entries][-self._kept :]
        self._tell()

    def ended(self, tokens: Sequence[str]) -> None:
        """Sessions that are over."""
        self._over.update(set(tokens) & set(self._tokens))
        self._tell()

    def _leave(self, account: str, token: str) -> None:
        for counter, of in ((self._accounts, account), (self._tokens, token)):
            counter[of] -= 1
            if not counter[of]:
                del counter[of]
        if token not in self._tokens:
            self._over.discard(token)
        if not self._tokens and self._follower is not None:
            self._follower.stop()
            self._follower, self._recent = None, []

    def _tell(self) -> None:
        self._turn.set()
        self._turn = asyncio.Event()


class _Follower:
    """The thread that looks at the store, and hands over what it finds in the loop."""

    def __init__(self, feed: Feed, installation: Installation, loop: asyncio.AbstractEventLoop) -> None:
        self._feed, self._installation, self._loop = feed, installation, loop
        self._stop = threading.Event()
        threading.Thread(target=self._follow, name="overt-events", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _follow(self) -> None:
        looks = 0
        end: int | None = None
        while not self._stop.wait(LOOK_S):
            looks += 1
            try:
                end = self._look(end)
                if looks % LOOKS_A_SESSION == 0:
                    self._look_at_sessions()
            except OvertError:
                continue  # the store is away; what was missed is read when it is back

    def _look(self, end: int | None) -> int:
        """Hands over what is new; at first the last entry, so that those who begin know where the end is."""
        size = self._installation.store.read(lambda work: work.ledger.size())
        start = max(0, size - 1) if end is None else max(end, size - KEPT)
        if size > start:
            entries = read_entries(self._installation, start, size)
            self._hand(lambda: self._feed.take(self, entries))
        return size

    def _look_at_sessions(self) -> None:
        over = [token for token in self._feed.tokens() if not _is_signed_in(self._installation, token)]
        if over:
            self._hand(lambda: self._feed.ended(over))

    def _hand(self, what: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:  # the loop is closed
            self.stop()


def _is_signed_in(installation: Installation, token: str) -> bool:
    try:
        signed_in(installation, token)
    except (NotSignedIn, NotTrained):
        return False
    return True


def read_entries(installation: Installation, start: int, stop: int) -> list[Told]:
    """The entries start..stop-1, all of which are there."""

    def look(work: Work) -> list[Told]:
        entries = [Entry.from_bytes(row.entry) for row in work.ledger.rows(start, stop)]
        return [replace(told_of(entry), decoy=_is_about_decoy(work, entry)) for entry in entries]

    return installation.store.read(look)


def _is_about_decoy(work: Work, entry: Entry) -> bool:
    alert = entry.facts.get("alert")
    return isinstance(alert, str) and work.decoys.get(alert) is not None


def told_of(entry: Entry) -> Told:
    """An entry as it is sent."""
    if entry.kind not in KINDS:
        return Told(index=entry.index, kind=entry.kind, sent=b"")
    data = json.dumps(event_of(entry), separators=(",", ":"))
    sent = f"id: {entry.index}\nevent: {entry.kind}\ndata: {data}\n\n"
    return Told(index=entry.index, kind=entry.kind, sent=sent.encode())
