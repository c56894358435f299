"""Live: what the cameras see, redacted where it is seen.

The pictures of all cameras of a run come through one socket, each encoded once for everybody who looks; numbers come
through the same one as text. No face comes out of these doors: every picture was covered in the process of its camera
before anything left it (`overt.video.redact`), and a test attacks what comes out
(`tests/promises/test_live_pictures_name_nobody.py`). Still nobody but who may watch gets in.
"""

from __future__ import annotations

import asyncio
import struct
import time
from contextlib import suppress
from typing import Any, Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from overt.console.doors import Doors, only, socket_visitor
from overt.console.house import House, house_of
from overt.console.live_state import state_of
from overt.console.notices import halts_now
from overt.console.problems import NotThere
from overt.console.render import go, page
from overt.console.runs import Run
from overt.console.visitor import Visitor, visitor_of
from overt.domain.errors import OvertError
from overt.domain.roles import Action
from overt.engine.ports import Tile
from overt.services.sessions import signed_in
from overt.services.sign_checks import signs_now
from overt.services.stopped import stopped_lately

doors = Doors()

SEES: Final = only(Action.WATCH_START, emits_face=False)
#: Before a tile's JPEG: the camera's position, when it was taken (microseconds since 1970, UTC), width and height.
TILE_HEAD: Final = struct.Struct(">BqHH")
STATE_S: Final = 1.0
#: How often it is looked whether somebody is still signed in.
STILL_HERE_S: Final = 10.0
REFUSED: Final = 1008
OVER: Final = 4000


@doors.get("/live", SEES)
def choose(request: Request) -> Response:
    house = house_of(request)
    runs = house.runs.all()
    going_on = [run for run in runs if not run.over]
    if len(going_on) == 1:
        return go(f"/live/{going_on[0].deployment}")
    over = [run for run in runs if run.over]
    stopped = stopped_lately(house.installation)
    return page(request, "live_none.html", visitor=visitor_of(request), going_on=going_on, over=over, stopped=stopped)


@doors.get("/live/{deployment}", SEES)
def show(request: Request, deployment: str) -> Response:
    house = house_of(request)
    run = _run(house, deployment)
    state = _state(house, run)
    stopped = [one for one in stopped_lately(house.installation) if one.row.id == run.deployment]
    return page(request, "live.html", visitor=visitor_of(request), run=run, state=state, stopped=stopped)


@doors.websocket("/live/{deployment}/socket", SEES)
async def stream(socket: WebSocket, deployment: str) -> None:
    """Tells how the run is doing, once a second, and sends the newest tiles, as fast as they are taken."""
    house = house_of(socket)
    await socket.accept()
    try:
        visitor = await run_in_threadpool(socket_visitor, socket, SEES)
        run = _run(house, deployment)
    except OvertError as error:
        await socket.close(REFUSED, _reason(error))
        return
    sending = asyncio.create_task(_send(socket, house, visitor, run))
    try:
        while True:
            await socket.receive_text()  # nothing that is said here counts; the end of it does
    except (WebSocketDisconnect, KeyError, RuntimeError):
        pass
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await sending


async def _send(socket: WebSocket, house: House, visitor: Visitor, run: Run) -> None:
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    sent: dict[int, int] = {}
    state_at = here_at = time.monotonic()

    def tell() -> None:
        with suppress(RuntimeError):  # the console is ending
            loop.call_soon_threadsafe(news.set)

    with run.tiles.looking(tell):
        while True:
            news.clear()
            now_s = time.monotonic()
            if now_s >= here_at:
                here_at = now_s + STILL_HERE_S
                try:
                    await run_in_threadpool(signed_in, house.installation, visitor.token)
                except OvertError as error:
                    await socket.close(REFUSED, _reason(error))
                    return
            if now_s >= state_at:
                state_at = now_s + STATE_S
                await socket.send_json(await run_in_threadpool(_state, house, run))
                if run.over:
                    await socket.close(OVER, "This watch is over.")
                    return
            for tile in run.tiles.newest():
                if sent.get(tile.camera) != tile.captured_us:
                    sent[tile.camera] = tile.captured_us
                    await socket.send_bytes(as_message(tile))
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), max(0.01, state_at - time.monotonic()))


def as_message(tile: Tile) -> bytes:
    """What a page gets of a tile."""
    return TILE_HEAD.pack(tile.camera, tile.captured_us, tile.width, tile.height) + tile.jpeg


def _state(house: House, run: Run) -> dict[str, Any]:
    """How it is doing, whether the oversight holds it, and how its signs stand."""
    halt = next((one for one in halts_now(house) if one.deployment in (None, run.deployment)), None)
    try:
        signs = signs_now(house.installation, run.deployment)
    except OvertError:  # the run itself says that nothing can be read
        signs = None
    return state_of(run, house.now_us, halt, signs)


def _run(house: House, deployment: str) -> Run:
    run = house.runs.of(deployment)
    if run is None:
        raise NotThere("This deployment is not watched from this console.", "Start it on its own page.")
    return run


def _reason(error: OvertError) -> str:
    """At most as long as a socket's end takes it (123 bytes)."""
    return error.sentence.encode()[:120].decode(errors="ignore")
