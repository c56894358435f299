"""Events: what the ledger records, as server-sent events, as it happens.

Rules:
  - an event's id is the entry's index in the ledger; whoever comes back with the last id that they saw is told what
    came after it, each once and in order, whether the server was restarted in between or not;
  - which kinds an account is told of, and which facts, is a table (`overt.console.api.kinds`);
  - a stream ends within seconds when its session does; a reader who takes nothing for a while is ended, and resumes;
  - a stream on which nothing happens sends a comment from time to time, with the id from which to resume.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Annotated, Final

from fastapi import Header, Query, Request
from pydantic import AfterValidator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from overt.console.api.feed import Feed
from overt.console.api.kinds import KINDS, kinds_for
from overt.console.api.shapes import FIGURES, told
from overt.console.doors import Doors
from overt.console.house import house_of
from overt.console.visitor import Visitor, visitor_of
from overt.domain.decoying import are_shown_to
from overt.domain.roles import NotAllowed
from overt.ledger.entry import LIMIT
from overt.services.record import NotInLedger
from overt.store.errors import StoreUnavailable

doors = Doors("/api/v1", tags=["events"])

STREAM: Final = "text/event-stream"
HEARTBEAT_S: Final = 15.0
SLOW_S: Final = 10.0
RETRY_MS: Final = 2000
GROUPS: Final = frozenset(kind.partition(".")[0] for kind in KINDS)
CHOICES: Final = sorted({*KINDS, *GROUPS})


def _known(kind: str) -> str:
    if kind not in CHOICES:
        raise ValueError("there is no such kind")
    return kind


Kinds = Annotated[
    list[Annotated[str, AfterValidator(_known)]] | None,
    Query(
        max_length=100,
        description="Kinds, or groups of kinds such as `alert`; all that the account is told of where left out.",
        json_schema_extra={"items": {"type": "string", "enum": CHOICES}, "type": "array"},
    ),
]
Index = Annotated[int | None, Query(ge=0, lt=LIMIT, description="Only what came after this id.")]
LastId = Annotated[
    int | None,
    Header(alias="Last-Event-ID", ge=0, lt=LIMIT, description="The same, as browsers send it; it comes first."),
]


@doors.get(
    "/events",
    FIGURES,
    response_class=Response,
    responses={
        200: {
            "description": "`id`: the entry's index; `event`: its kind; `data`: an object with `index`, `kind`, `at`, "
            "`deployment` and `facts`.",
            "content": {STREAM: {"schema": {"type": "string"}}},
        },
        **told(401, 409, 429),
    },
    summary="What is recorded, as it happens",
    description="Server-sent events. Without an id they begin now. Alerts carry no score, verdicts of people are told "
    "once they stand, and nobody is named.",
)
async def events(
    request: Request, kind: Kinds = None, after: Index = None, last_event_id: LastId = None, follow: bool = True
) -> Response:
    """With `follow=false`, what is there by now, and no more."""
    visitor, store = visitor_of(request), house_of(request).installation.store  # the door has looked the visitor up
    wanted = _wanted(visitor, kind)
    size = await run_in_threadpool(store.read, lambda work: work.ledger.size())
    last = last_event_id if last_event_id is not None else after
    if last is not None and last >= size:
        raise NotInLedger(f"There is no entry {last} in the ledger of size {size}.", "Begin anew, without an id.")
    start = size if last is None else last + 1
    return _Stream(feed_of(request), visitor, wanted, start, None if follow else size)


def feed_of(request: Request) -> Feed:
    """The feed of the application."""
    feed = request.app.state.feed
    assert isinstance(feed, Feed)
    return feed


def _wanted(visitor: Visitor, asked: Collection[str] | None) -> frozenset[str]:
    told_of = kinds_for(visitor.account.roles)
    if asked is None:
        return told_of
    wanted = frozenset(kind for kind in told_of if kind in asked or kind.partition(".")[0] in asked)
    if not wanted:
        raise NotAllowed("Your account is told of none of these kinds.", "Ask for others, or for none in particular.")
    return wanted


class _Stream(Response):
    """Sends events until somebody ends it. `until`: only what comes before this index; None: for ever."""

    media_type = STREAM

    def __init__(self, feed: Feed, visitor: Visitor, wanted: frozenset[str], start: int, until: int | None) -> None:
        super().__init__(headers={"x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._feed, self._visitor, self._wanted = feed, visitor, wanted
        self._at, self._until = start, until
        self._decoys = are_shown_to(visitor.account.roles)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        with self._feed.listening(self._visitor):
            sending, leaving = asyncio.ensure_future(self._send(send)), asyncio.ensure_future(_left(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    sending.result()
            finally:
                for task in (sending, leaving):
                    task.cancel()
                await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            await self._put(send, f"retry: {RETRY_MS}\n".encode() + self._mark())
            await self._events(send)
        except (TimeoutError, StoreUnavailable):
            return  # broken off, so that it is resumed
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _events(self, send: Send) -> None:
        clock = asyncio.get_running_loop().time
        sent_s = clock()
        while not self._feed.over(self._visitor.token) and (self._until is None or self._at < self._until):
            entries = [one for one in await self._feed.more(self._at, HEARTBEAT_S) if self._is_due(one.index)]
            if entries:
                self._at = entries[-1].index + 1
            chunk = b"".join(
                one.sent for one in entries if one.kind in self._wanted and (self._decoys or not one.decoy)
            )
            if not chunk and clock() - sent_s >= HEARTBEAT_S:
                chunk = b": alive\n" + self._mark()
            if chunk:
                await self._put(send, chunk)
                sent_s = clock()

    def _is_due(self, index: int) -> bool:
        return self._until is None or index < self._until

    def _mark(self) -> bytes:
        """From where to resume, as an event without data, which nobody is told of."""
        return f"id: {self._at - 1}\n\n".encode() if self._at else b"\n"

    async def _put(self, send: Send, chunk: bytes) -> None:
        """Raises TimeoutError where the reader takes nothing."""
        async with asyncio.timeout(SLOW_S):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
