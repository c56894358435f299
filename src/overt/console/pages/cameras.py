"""Cameras: tried, and their zones drawn.

No face comes out of these doors: the picture of a camera that is tried was redacted in the process that opened it
(`overt.engine.trying`). No address comes back either, beyond its host: the rest may hold a password.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import Response

from overt.bootstrap import try_camera
from overt.console.doors import Doors, only
from overt.console.house import House, house_of
from overt.console.problems import NotThere
from overt.console.render import go, page
from overt.console.tried import Waiting
from overt.console.visitor import visitor_of
from overt.domain.authority import SMALLEST_FACE_PX
from overt.domain.errors import OvertError
from overt.domain.geometry import WHOLE_PICTURE
from overt.domain.roles import Action
from overt.engine.trying import Tried
from overt.services.cameras import BadCamera, BookedCamera, checked, corners_of, written
from overt.video.address import SourceSettings, parse_address

doors = Doors()

USES: Final = only(Action.DEPLOYMENT_NEW, Action.WATCH_START, emits_face=False)
NO_ADDRESS: Final = BadCamera("The address is missing.", "Write it as rtsp://10.0.0.5/stream, or usb:0.")

Line = Annotated[str, Form(max_length=2000)]
Zone = Annotated[str, Form(max_length=8000)]


@dataclass(frozen=True, kw_only=True)
class _Typed:
    """What somebody filled in. `was`: the name in the book of the camera that is changed; empty: a new one.
    `waiting`: under which name its address waits here."""

    name: str = ""
    zone: str = written(WHOLE_PICTURE)
    smallest_face_px: str = str(SMALLEST_FACE_PX)
    serial: str = ""
    was: str = ""
    waiting: str = ""


@doors.get("/cameras", USES)
def book(request: Request) -> Response:
    return _book(request)


@doors.get("/cameras/new", USES)
def new(request: Request) -> Response:
    return _form(request, _Typed())


@doors.get("/cameras/change", USES)
def change(request: Request, name: str = "") -> Response:
    camera = house_of(request).book.camera(name)
    return _form(request, _typed_of(camera))


@doors.post("/cameras/try", USES)
def attempt(
    request: Request,
    name: Line = "",
    url: Line = "",
    zone: Zone = "",
    smallest_face_px: Line = "",
    serial: Line = "",
    was: Line = "",
    waiting: Line = "",
) -> Response:
    """Opens the camera for a moment; the page then has its picture, or says why not."""
    visitor, house = visitor_of(request), house_of(request)
    typed = _Typed(name=name, zone=zone, smallest_face_px=smallest_face_px, serial=serial, was=was, waiting=waiting)
    address = _address(request, url, typed)
    if not address:
        return _form(request, typed, error=NO_ADDRESS)
    found, error = None, None
    try:
        # What is missing yet does not matter to a trial; the rest does.
        camera = _checked(house, typed, address, name=name.strip() or "new")
        found = try_camera(house.installation, visitor.account, house.settings, address, camera.smallest_face_px)
    except OvertError as fault:
        error = fault
    return _form(request, _kept(request, typed, address, found), error=error)


@doors.post("/cameras", USES)
def save(
    request: Request,
    name: Line = "",
    url: Line = "",
    zone: Zone = "",
    smallest_face_px: Line = "",
    serial: Line = "",
    was: Line = "",
    waiting: Line = "",
) -> Response:
    house = house_of(request)
    typed = _Typed(name=name, zone=zone, smallest_face_px=smallest_face_px, serial=serial, was=was, waiting=waiting)
    address = _address(request, url, typed)
    if not address:
        return _form(request, typed, error=NO_ADDRESS)
    try:
        house.book.save(_checked(house, typed, address, name=name), was=was)
    except OvertError as error:
        before = _waiting(request, typed)
        return _form(request, _kept(request, typed, address, before.found if before else None), error=error)
    house.tried.drop(waiting)
    return go("/cameras", done="camera-saved")


@doors.post("/cameras/remove", USES)
def remove(request: Request, name: Line) -> Response:
    try:
        house_of(request).book.remove(name)
    except OvertError as error:
        return _book(request, error=error)
    return go("/cameras", done="camera-removed")


@doors.get("/cameras/still/{waiting}", USES)
def still(request: Request, waiting: str) -> Response:
    """The redacted picture of a camera that was tried."""
    found = house_of(request).tried.of(waiting, visitor_of(request).account.id, house_of(request).now_us)
    if found is None or found.found is None:
        raise NotThere("This picture is gone.", "Try the camera again.")
    return Response(found.found.still.jpeg, media_type="image/jpeg")


def _typed_of(camera: BookedCamera) -> _Typed:
    return _Typed(
        name=camera.name,
        zone=written(camera.zone),
        smallest_face_px=str(camera.smallest_face_px),
        serial=camera.serial,
        was=camera.name,
    )


def _checked(house: House, typed: _Typed, address: str, *, name: str) -> BookedCamera:
    return checked(
        name=name,
        url=address,
        zone=typed.zone,
        smallest_face_px=typed.smallest_face_px,
        serial=typed.serial,
        schemes=house.settings.camera_schemes,
    )


def _waiting(request: Request, typed: _Typed) -> Waiting | None:
    house = house_of(request)
    return house.tried.of(typed.waiting, visitor_of(request).account.id, house.now_us)


def _address(request: Request, url: str, typed: _Typed) -> str:
    """The address that was typed in, or tried before, or stands in the book; empty where there is none."""
    if url.strip():
        return url.strip()
    before = _waiting(request, typed)
    if before is not None:
        return before.url
    if typed.was:
        with suppress(OvertError):
            return house_of(request).book.camera(typed.was).url
    return ""


def _kept(request: Request, typed: _Typed, address: str, found: Tried | None) -> _Typed:
    """The same, with the address waiting here, so that nothing that was typed is lost, and none of it goes back."""
    house, account = house_of(request), visitor_of(request).account
    house.tried.drop(typed.waiting)
    kept = house.tried.keep(Waiting(account=account.id, url=address, at_us=house.now_us, found=found))
    return _Typed(**{**typed.__dict__, "waiting": kept})


def _form(request: Request, typed: _Typed, *, error: OvertError | None = None) -> Response:
    visitor = visitor_of(request)
    waiting = _waiting(request, typed)
    corners: tuple[tuple[float, float], ...] = WHOLE_PICTURE
    with suppress(ValueError):
        corners = corners_of(typed.zone)
    return page(
        request,
        "camera.html",
        visitor=visitor,
        error=error,
        typed=typed,
        found=None if waiting is None else waiting.found,
        shown=_shown(_address(request, "", typed)),
        corners=corners,
        schemes=house_of(request).settings.camera_schemes,
    )


def _shown(address: str) -> str:
    """An address for people; empty where there is none, or none that can be read."""
    if address:
        with suppress(OvertError):
            return parse_address(address, SourceSettings()).shown
    return ""


def _book(request: Request, *, error: OvertError | None = None) -> Response:
    cameras: tuple[BookedCamera, ...] = ()
    try:
        cameras = house_of(request).book.cameras()
    except OvertError as fault:
        error = error or fault
    return page(request, "cameras.html", visitor=visitor_of(request), error=error, cameras=cameras)
