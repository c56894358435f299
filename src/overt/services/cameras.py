"""The book of cameras: those that were tried and named, with the zone that was drawn for each.

Rules:
  - it is `cameras.toml` in the home folder: TOML that people may read and change, readable by its owner only, since an
    address may hold a password; its comments and order are kept;
  - it is written whole beside the old one and then takes its place, so that no moment has half a book;
  - a camera has to be as a deployment file wants it, and every one has its own name;
  - what is wrong is told of by the name of its field, all at once, and never repeats an address.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import ParseError

from overt.domain.authority import SMALLEST_FACE_PX
from overt.domain.errors import Refused
from overt.domain.geometry import WHOLE_PICTURE
from overt.services.file_tables import CAMERAS_LIMIT, CameraTable, Reading
from overt.video.address import SourceSettings, parse_address

FILE_NAME: Final = "cameras.toml"
LIMIT_BYTES: Final = 1_000_000
_HEAD: Final = "Cameras that were tried in the console. Addresses may hold passwords: keep this file to yourself."
_LABELS: Final = {
    "name": "The name",
    "url": "The address",
    "zone": "The zone",
    "smallest_face_px": "The smallest face",
    "serial": "The serial number",
}
#: One writer at a time in this process, which is the only one that writes.
_WRITING = threading.Lock()


class BadCamera(Refused):
    code = "bad-camera"


class NoSuchCamera(Refused):
    code = "no-such-camera"


@dataclass(frozen=True, kw_only=True)
class BookedCamera:
    """One camera of the book. `zone`: corners, fractions of the picture's width and height."""

    name: str
    url: str
    zone: tuple[tuple[float, float], ...] = WHOLE_PICTURE
    smallest_face_px: int = SMALLEST_FACE_PX
    serial: str = ""

    @property
    def table(self) -> dict[str, Any]:
        """As [[camera]] of the book or of a deployment file."""
        table = {
            "name": self.name,
            "url": self.url,
            "zone": [list(corner) for corner in self.zone],
            "smallest_face_px": self.smallest_face_px,
        }
        return table | ({"serial": self.serial} if self.serial else {})

    @property
    def shown(self) -> str:
        """The address for people: no name or password of it, and no path."""
        return parse_address(self.url, SourceSettings()).shown


def checked(
    *, name: str, url: str, zone: str, smallest_face_px: str, serial: str, schemes: tuple[str, ...]
) -> BookedCamera:
    """A camera as somebody filled it in.

    Args:
        zone: see `corners_of`.

    Raises:
        BadCamera: something is not as it has to be; all of it is told.
    """
    corners: object = zone
    with suppress(ValueError):
        corners = [list(corner) for corner in corners_of(zone)]
    face: object = int(smallest_face_px) if smallest_face_px.strip().isdecimal() else smallest_face_px
    raw = {"name": name, "url": url.strip(), "zone": corners, "smallest_face_px": face}
    if serial.strip():
        raw["serial"] = serial
    return _camera(raw, schemes)


def corners_of(text: str) -> tuple[tuple[float, float], ...]:
    """Corners as a person writes them: `0, 0.2; 1, 0.2; 1, 1`, or a corner a line.

    Raises:
        ValueError: this is something else.
    """
    pairs = [part.replace(",", " ").split() for part in text.replace("\n", ";").split(";") if part.strip()]
    return tuple((float(x), float(y)) for x, y in pairs)


def written(corners: Sequence[tuple[float, float]]) -> str:
    """Corners as `corners_of` reads them, one a line."""
    return "\n".join(f"{x:g}, {y:g}" for x, y in corners)


class CameraBook:
    """The book of an installation.

    Args:
        home: the home folder.
        schemes: kinds of address that this machine may open.
    """

    def __init__(self, home: Path, schemes: tuple[str, ...]) -> None:
        self._path, self._schemes = home / FILE_NAME, schemes

    def cameras(self) -> tuple[BookedCamera, ...]:
        """In the order of the file.

        Raises:
            BadCamera: the file cannot be read, or is not as it has to be.
        """
        return tuple(_camera(one, self._schemes) for one in self._tables(self._document()))

    def camera(self, name: str) -> BookedCamera:
        """Raises NoSuchCamera, or BadCamera as above."""
        found = next((one for one in self.cameras() if one.name == name), None)
        if found is None:
            raise NoSuchCamera("There is no camera of this name in the book.", "See which there are.")
        return found

    def save(self, camera: BookedCamera, *, was: str = "") -> None:
        """Puts a camera in, in place of the one that was called `was` where that is given.

        Raises:
            BadCamera: another one has this name, or the book is full or cannot be read.
            NoSuchCamera: there is none that was called so.
        """
        with _WRITING:
            document = self._document()
            tables = self._tables(document)
            place = next((i for i, one in enumerate(tables) if was and one.get("name") == was), None)
            if was and place is None:
                raise NoSuchCamera("There is no camera of this name in the book any more.", "Save it as a new one.")
            for i, one in enumerate(tables):
                if i != place and str(one.get("name", "")).casefold() == camera.name.casefold():
                    raise BadCamera("Another camera has this name already.", "Give this one another name.")
            if place is None and len(tables) >= CAMERAS_LIMIT:
                raise BadCamera(f"The book holds {CAMERAS_LIMIT} cameras, and no more.", "Remove one first.")
            if place is None:
                tables.append(tomlkit.table())
                place = len(tables) - 1
            _fill(tables[place], camera)
            if "camera" not in document:
                document["camera"] = tables
            self._write(tomlkit.dumps(document))

    def remove(self, name: str) -> None:
        """Raises NoSuchCamera, or BadCamera where the book cannot be read."""
        with _WRITING:
            document = self._document()
            tables = self._tables(document)
            place = next((i for i, one in enumerate(tables) if one.get("name") == name), None)
            if place is None:
                raise NoSuchCamera("There is no camera of this name in the book.", "See which there are.")
            del tables[place]
            if not tables:
                del document["camera"]
            self._write(tomlkit.dumps(document))

    def _document(self) -> tomlkit.TOMLDocument:
        try:
            if self._path.stat().st_size > LIMIT_BYTES:
                raise BadCamera(f"{FILE_NAME} is too large for a book of cameras.", "See what it holds.")
            return tomlkit.parse(self._path.read_text("utf-8"))
        except FileNotFoundError:
            document = tomlkit.document()
            document.add(tomlkit.comment(_HEAD))
            return document
        except OSError as error:
            raise BadCamera(f"{FILE_NAME} cannot be read: {error.strerror}.", "Check who may read it.") from error
        except (ParseError, ValueError) as error:
            line = getattr(error, "line", 0)
            where = f", line {line}" if line else ""
            raise BadCamera(f"{FILE_NAME} is not TOML{where}.", "Correct the file in the home folder.") from error

    @staticmethod
    def _tables(document: tomlkit.TOMLDocument) -> Any:
        """The tables [[camera]], which may be changed where they are."""
        if set(document) - {"camera"}:
            raise BadCamera(f"{FILE_NAME} holds something besides tables [[camera]].", "Correct the file.")
        tables = document.get("camera", tomlkit.aot())
        if not isinstance(tables, tomlkit.items.AoT):
            raise BadCamera(f"{FILE_NAME} needs tables [[camera]], in double brackets.", "Correct the file.")
        return tables

    def _write(self, text: str) -> None:
        beside = self._path.with_suffix(".new")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise BadCamera(f"{FILE_NAME} cannot be written: {error.strerror}.", "The book is as it was.") from error


def _camera(raw: Any, schemes: tuple[str, ...]) -> BookedCamera:
    reading = Reading(start=Path("/"), rehearsal=False, schemes=schemes)
    plain = raw.unwrap() if hasattr(raw, "unwrap") else raw
    try:
        table = CameraTable.model_validate(plain, context=reading)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        faults = dict.fromkeys(_fault(dict(one)) for one in found)
        raise BadCamera("\n".join(faults), "Correct it, and try again.") from None
    return BookedCamera(
        name=table.name,
        url=table.url,
        zone=tuple((x, y) for x, y in table.zone),
        smallest_face_px=table.smallest_face_px,
        serial=table.serial,
    )


def _fault(fault: dict[str, Any]) -> str:
    """One sentence for one of Pydantic's errors; it never repeats a value."""
    key = str(fault["loc"][0])
    label = _LABELS.get(key, "Something in the book")
    if fault["type"] == "value_error":
        says = str(fault["ctx"]["error"])
        return f"{label}: {says}." if key == "zone" else f"{label} {says}."
    field = CameraTable.model_fields.get(key)
    if field is None:
        return f"{label} is not known."
    return f"{label} must be {str(field.description).replace(', in quotes', '').replace(', without quotes', '')}."


def _fill(table: Any, camera: BookedCamera) -> None:
    for key, value in camera.table.items():
        table[key] = value
    if not camera.serial and "serial" in table:
        del table["serial"]
