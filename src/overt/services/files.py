"""The deployment file: TOML that a person writes and the machine obeys.

Rules:
  - a key that is unknown, missing, blank or of the wrong kind is a fault that names the key and what it must be;
  - all faults are told at once;
  - relative paths start at the file's folder;
  - a deployment takes live sources only, a rehearsal recorded files only;
  - an address is never repeated in an error: it may hold a password.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from overt.domain.authority import Authority, Camera, Consultation, Deployment, Document, Nearby, Window
from overt.domain.errors import BadDeployment
from overt.domain.geometry import Zone
from overt.domain.time import to_us
from overt.services.file_tables import TABLES, DeploymentFile, Reading, is_file
from overt.settings import SCHEMES, Settings

FILE_LIMIT_BYTES = 1_000_000
#: The key by which a person tells such tables apart; without one, by their places.
_NAMED_BY = {"camera": "name", "document": "kind"}
REPEATED = ("camera", "document", "consultation")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that is wrong in a deployment file.

    Attributes:
        at: its table, its place from 0 where that is repeated, its key; as much of it as is known.
        sentence: names the key and its table, never the value.
        missing: nothing is written there.
    """

    at: tuple[str | int, ...]
    sentence: str
    missing: bool = False


class Faulty(BadDeployment):
    """A file whose tables have faults; `faults` are all of them."""

    def __init__(self, path: Path, faults: Iterable[Fault]) -> None:
        self.faults = tuple({one.sentence: one for one in faults}.values())
        if len(self.faults) == 1:
            super().__init__(f"{path.name} cannot be used: {self.faults[0].sentence}", "Correct it and start again.")
            return
        lines = "".join(f"\n  - {one.sentence}" for one in self.faults)
        super().__init__(
            f"{path.name} cannot be used; it has {len(self.faults)} faults:{lines}\n", "Correct them and start again."
        )


def load_deployment(path: Path, *, rehearsal: bool, schemes: tuple[str, ...] = SCHEMES) -> Deployment:
    """The deployment that a file describes, checked.

    Args:
        path: the deployment file.
        rehearsal: its cameras are recorded files instead of live sources.
        schemes: kinds of camera address that this machine may open.

    Raises:
        BadDeployment: the file is missing, is not TOML, or has faults; all of them are named.
    """
    raw = _read(path)
    reading = Reading(start=path.absolute().parent, rehearsal=rehearsal, schemes=schemes)
    faults = list(_faults_across_keys(raw))
    checked = None
    try:
        checked = DeploymentFile.model_validate(raw, context=reading)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        faults = [_fault_of(dict(one), raw) for one in found] + faults
    if faults or checked is None:
        raise Faulty(path, faults)
    return _deployment(checked)


def _deployment(file: DeploymentFile) -> Deployment:
    authority, place = file.authority, file.deployment
    window = Window(opens_us=to_us(authority.valid_from), closes_us=to_us(authority.valid_until))
    return Deployment(
        **place.model_dump(exclude={"area", "nearby"}),
        area=tuple((latitude, longitude) for latitude, longitude in place.area),
        nearby=None if place.nearby is None else tuple(Nearby(kind=one.kind, what=one.what) for one in place.nearby),
        authority=Authority(
            **authority.model_dump(exclude={"valid_from", "valid_until", "urgent_since"}),
            window=window,
            urgent_since_us=None if authority.urgent_since is None else to_us(authority.urgent_since),
        ),
        folder=None if file.watchlist.folder is None else Path(file.watchlist.folder),
        draft=file.watchlist.list,
        wanted_far=file.watchlist.wanted_far,
        cameras=tuple(
            Camera(
                name=camera.name,
                url=camera.url,
                zone=Zone(corners=tuple((x, y) for x, y in camera.zone)),
                smallest_face_px=camera.smallest_face_px,
                serial=camera.serial,
            )
            for camera in file.camera
        ),
        documents=tuple(
            Document(
                kind=one.kind,
                reference=one.reference,
                version=one.version,
                at_us=to_us(one.date),
                file=None if one.file is None else Path(one.file),
                sha256=one.sha256,
            )
            for one in file.document
        ),
        consultations=tuple(Consultation(**one.model_dump()) for one in file.consultation),
    )


def _read(path: Path) -> dict[str, Any]:
    if not is_file(path):
        raise BadDeployment(f"There is no deployment file {path}.", "Check the name of the file.")
    try:
        if path.stat().st_size > FILE_LIMIT_BYTES:
            raise BadDeployment(f"{path.name} is too large for a deployment file.", "Check the name of the file.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadDeployment(f"{path.name} cannot be read: {error.strerror}.", "Check who may read it.") from error
    except UnicodeDecodeError as error:
        raise BadDeployment(f"{path.name} is not TOML: it is not UTF-8 text.", "Save it as UTF-8.") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).rstrip(")").partition(" (at ")
        if not where.startswith("line"):
            where = f"line {text.count(chr(10)) + 1}, column {len(text) - text.rfind(chr(10))}"
        raise BadDeployment(f"{path.name} is not TOML: {where}: {what}.", "Correct the line.") from error
    except (ValueError, RecursionError) as error:
        raise BadDeployment(f"{path.name} is not TOML: a number is too long or a list too deep.") from error


def _faults_across_keys(raw: dict[str, Any]) -> Iterator[Fault]:
    """Faults that no single key shows; they are found whatever else is wrong."""
    watchlist = raw.get("watchlist")
    if isinstance(watchlist, dict):
        if "folder" in watchlist and "list" in watchlist:
            said = "[watchlist] has both folder and list; a deployment has one watch list."
            yield Fault(at=("watchlist", "folder"), sentence=said)
        if "folder" not in watchlist and "list" not in watchlist:
            said = "[watchlist] folder is missing; it must be the path of a folder, in quotes."
            yield Fault(at=("watchlist", "list"), sentence=said, missing=True)
    cameras = raw.get("camera")
    named: dict[str, int] = {}
    for number, camera in enumerate(cameras if isinstance(cameras, list) else [], start=1):
        name = camera.get("name") if isinstance(camera, dict) else None
        if isinstance(name, str) and name.strip():
            first = named.setdefault(name.strip().casefold(), number)
            if first != number:
                said = f"[[camera]] no. {number} has the same name as no. {first}; every camera needs its own name."
                yield Fault(at=("camera", number - 1, "name"), sentence=said)


def _fault_of(fault: dict[str, Any], raw: dict[str, Any]) -> Fault:
    return Fault(at=fault["loc"], sentence=_fault(fault, raw), missing=fault["type"] == "missing")


def _fault(fault: dict[str, Any], raw: dict[str, Any]) -> str:
    """One plain sentence for one of Pydantic's errors; it names the key and its table, never the value."""
    loc = [part for part in fault["loc"] if isinstance(part, str)]
    key = _plain(loc[1]) if len(loc) > 1 else ""
    where = f"{_table(fault['loc'], raw)} {key}".strip()
    if fault["type"] == "extra_forbidden" and len(loc) < 3:
        return f"{where} is not known{_nearest(loc[0], loc[1:])}"
    if fault["type"] == "value_error":
        return f"{where}: {fault['ctx']['error']}." if key == "zone" else f"{where} {fault['ctx']['error']}."
    if not key:
        expected = DeploymentFile.model_fields[loc[0]].description
    else:
        expected = TABLES[loc[0]].model_fields[loc[1]].description
    missing = "is missing; it" if fault["type"] == "missing" else ""
    return " ".join(f"{where} {missing} must be {expected}.".split())


def _table(loc: tuple[str | int, ...], raw: dict[str, Any]) -> str:
    """How the file writes the table at `loc`; a repeated one with its name, or its place where it has none."""
    table = str(loc[0])
    if table not in TABLES:
        return _plain(table)
    if table not in REPEATED:
        return f"[{table}]"
    if len(loc) < 2 or not isinstance(loc[1], int):
        return _written(table)
    one = raw[table][loc[1]]
    name = one.get(_NAMED_BY.get(table, "")) if isinstance(one, dict) else None
    shown = f'"{_plain(name)}"' if isinstance(name, str) and name.strip() else f"no. {loc[1] + 1}"
    return f"{_written(table)} {shown}"


def _written(table: str) -> str:
    """How the file writes the head of a table."""
    return f"[[{table}]]" if table in REPEATED else f"[{table}]"


def _nearest(table: str, rest: list[str]) -> str:
    """What an unknown key or table was probably meant to be."""
    unknown, known = (rest[0], list(TABLES[table].model_fields)) if rest else (table, list(TABLES))
    if near := difflib.get_close_matches(unknown, known, n=1):
        return f"; did you mean {near[0]}?"
    if homes := [name for name, other in TABLES.items() if unknown in other.model_fields]:
        return f"; it belongs in {' or '.join(map(_written, homes))}."
    if unknown in Settings.model_fields:
        return "; it is a setting of the machine, which a deployment file may not change."
    return f"; known are {', '.join(known)}."


def _plain(text: str) -> str:
    return text if text.isprintable() else ascii(text)
