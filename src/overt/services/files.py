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
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from overt.domain.authority import Authority, Camera, Deployment, Window
from overt.domain.errors import BadDeployment, BadSource
from overt.domain.geometry import Zone
from overt.domain.time import to_us
from overt.settings import SCHEMES, Settings
from overt.video.address import SourceSettings, parse_address

POLICIES = ("uk-police", "eu-ai-act", "consent")
WANTED_FAR_CAP = 0.001  # one false alert in a thousand passages of people who are not on the list
FILE_LIMIT_BYTES = 1_000_000
_YEARS = range(2000, 2200)
_ADDRESS = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*://|({'|'.join(SCHEMES)}):", re.IGNORECASE)


#: More would be no small area; camera processes also count in one byte.
CAMERAS_LIMIT = 128


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What a key's check must know besides its value."""

    start: Path
    rehearsal: bool
    schemes: tuple[str, ...]


def _reading(info: ValidationInfo) -> _Reading:
    assert isinstance(info.context, _Reading)
    return info.context


def _written(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text.strip()


def _one_line(text: str) -> str:
    if not _written(text).isprintable():
        raise ValueError("must be one line of printable characters")
    return text.strip()


def _sane_year(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        raise ValueError(f"must be in the years {_YEARS.start} to {_YEARS.stop - 1}")
    return moment


def _after_the_start(valid_until: datetime, info: ValidationInfo) -> datetime:
    valid_from = info.data.get("valid_from")
    if valid_from is not None and valid_until <= valid_from:
        raise ValueError("must be later than valid_from")
    return valid_until


def _policy(text: str, info: ValidationInfo) -> str:
    if text in POLICIES:
        return text
    path = _reading(info).start / text
    if _is_file(path):
        return str(path)
    raise ValueError(f"is neither a policy that Overt brings ({', '.join(POLICIES)}) nor a file that exists")


def _folder(text: str, info: ValidationInfo) -> str:
    folder = _reading(info).start / text
    if not _is_folder(folder):
        raise ValueError(f"names {folder}, which is not a folder")
    return str(folder)


def _imported(_: str) -> str:
    raise ValueError("is refused: imported lists need an installation; this version watches folders (use folder)")


def _corners(corners: list[list[float]]) -> list[list[float]]:
    Zone(corners=tuple((x, y) for x, y in corners))
    return corners


def _source(url: str, info: ValidationInfo) -> str:
    reading = _reading(info)
    if not _ADDRESS.match(url):
        if not reading.rehearsal:
            raise ValueError(
                "names a file, and a signed deployment takes live sources only; "
                "give an address, or try the recording with --rehearsal"
            )
        if not _is_file(reading.start / url):
            shown = "a recording" if "@" in url else reading.start / url
            raise ValueError(f"names {shown}, which does not exist or is no regular file")
        return str(reading.start / url)
    if reading.rehearsal:
        raise ValueError(
            "is a live address, and a rehearsal takes recorded files only; name a file, or leave out --rehearsal"
        )
    try:
        parse_address(url, SourceSettings(schemes=reading.schemes))
    except BadSource as error:
        raise ValueError(f"is refused: {error}".rstrip(".")) from error
    return url


Words = Annotated[str, AfterValidator(_written)]
Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Moment = Annotated[AwareDatetime, AfterValidator(_sane_year)]
_TIME = "a date and time with its zone, without quotes, as in 2026-11-22T09:00:00Z"
_WORDS = "text, in quotes"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class DeploymentTable(_Table):
    """[deployment]."""

    name: Line = Field(description="one line of text, in quotes, at most 200 characters")
    place: Line = Field(description="one line of text, in quotes, at most 200 characters")
    use_case: Literal["hotspot", "protective", "likely-location", "missing-person"] = Field(
        description="hotspot, protective, likely-location or missing-person, in quotes"
    )
    policy: Annotated[Line, AfterValidator(_policy)] = Field(
        description="uk-police, eu-ai-act, consent or the path of a policy file, in quotes"
    )


class AuthorityTable(_Table):
    """[authority]."""

    legal_basis: Words = Field(description=_WORDS)
    aim: Words = Field(description=_WORDS)
    necessity: Words = Field(description=_WORDS)
    proportionality: Words = Field(description=_WORDS)
    alternatives: Words = Field(description=_WORDS)
    authorised_by: Line = Field(description="one line of text, in quotes, at most 200 characters")
    valid_from: Moment = Field(description=_TIME)
    valid_until: Annotated[Moment, AfterValidator(_after_the_start)] = Field(description=_TIME)


class WatchlistTable(_Table):
    """[watchlist]."""

    folder: Annotated[Line, AfterValidator(_folder)] | None = Field(
        default=None, description="the path of a folder, in quotes"
    )
    list: Annotated[Line, AfterValidator(_imported)] | None = Field(
        default=None, description="the id of an imported list, in quotes"
    )
    wanted_far: float = Field(
        default=WANTED_FAR_CAP,
        gt=0.0,
        le=WANTED_FAR_CAP,
        allow_inf_nan=False,
        description=f"a number above 0 and at most {WANTED_FAR_CAP} (the policy's cap), without quotes",
    )


class CameraTable(_Table):
    """[[camera]]."""

    name: Line = Field(description="one line of text, in quotes, at most 200 characters")
    url: Annotated[Line, Field(max_length=2000), AfterValidator(_source)] = Field(
        description="an address (rtsp, rtsps, http, https, usb) or, in a rehearsal, the path of a recording, in quotes"
    )
    zone: Annotated[
        list[Annotated[list[float], Field(min_length=2, max_length=2)]], Field(max_length=64), AfterValidator(_corners)
    ] = Field(description="a list of 3 to 64 corners [x, y], in order around the zone, each number from 0 to 1")
    smallest_face_px: int = Field(
        default=40, ge=16, le=400, description="a whole number of pixels from 16 to 400, without quotes"
    )


class DeploymentFile(_Table):
    """The whole file."""

    deployment: DeploymentTable = Field(description="a table [deployment]")
    authority: AuthorityTable = Field(description="a table [authority]")
    watchlist: WatchlistTable = Field(description="a table [watchlist]")
    camera: list[CameraTable] = Field(
        min_length=1, max_length=CAMERAS_LIMIT, description="at least one table [[camera]], in double brackets"
    )


TABLES: dict[str, type[_Table]] = {
    "deployment": DeploymentTable,
    "authority": AuthorityTable,
    "watchlist": WatchlistTable,
    "camera": CameraTable,
}


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
    reading = _Reading(start=path.absolute().parent, rehearsal=rehearsal, schemes=schemes)
    faults = list(_faults_across_keys(raw))
    checked = None
    try:
        checked = DeploymentFile.model_validate(raw, context=reading)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        faults = [_fault(dict(one), raw) for one in found] + faults
    if faults or checked is None:
        raise _refusal(path, list(dict.fromkeys(faults)))
    return _deployment(checked)


def _deployment(file: DeploymentFile) -> Deployment:
    authority = file.authority
    window = Window(opens_us=to_us(authority.valid_from), closes_us=to_us(authority.valid_until))
    return Deployment(
        **file.deployment.model_dump(),
        authority=Authority(**authority.model_dump(exclude={"valid_from", "valid_until"}), window=window),
        folder=Path(file.watchlist.folder or ""),
        wanted_far=file.watchlist.wanted_far,
        cameras=tuple(
            Camera(
                name=camera.name,
                url=camera.url,
                zone=Zone(corners=tuple((x, y) for x, y in camera.zone)),
                smallest_face_px=camera.smallest_face_px,
            )
            for camera in file.camera
        ),
    )


def _read(path: Path) -> dict[str, Any]:
    if not _is_file(path):
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


def _refusal(path: Path, faults: list[str]) -> BadDeployment:
    if len(faults) == 1:
        return BadDeployment(f"{path.name} cannot be used: {faults[0]}", "Correct it and start again.")
    lines = "".join(f"\n  - {fault}" for fault in faults)
    return BadDeployment(
        f"{path.name} cannot be used; it has {len(faults)} faults:{lines}\n", "Correct them and start again."
    )


def _faults_across_keys(raw: dict[str, Any]) -> Iterator[str]:
    """Faults that no single key shows; they are found whatever else is wrong."""
    watchlist = raw.get("watchlist")
    if isinstance(watchlist, dict):
        if "folder" in watchlist and "list" in watchlist:
            yield "[watchlist] has both folder and list; a deployment has one watch list."
        if "folder" not in watchlist and "list" not in watchlist:
            yield "[watchlist] folder is missing; it must be the path of a folder, in quotes."
    cameras = raw.get("camera")
    named: dict[str, int] = {}
    for number, camera in enumerate(cameras if isinstance(cameras, list) else [], start=1):
        name = camera.get("name") if isinstance(camera, dict) else None
        if isinstance(name, str) and name.strip():
            first = named.setdefault(name.strip().casefold(), number)
            if first != number:
                yield f"[[camera]] no. {number} has the same name as no. {first}; every camera needs its own name."


def _fault(fault: dict[str, Any], raw: dict[str, Any]) -> str:
    """One plain sentence for one of Pydantic's errors; it names the key and its table, never the value."""
    loc = [part for part in fault["loc"] if isinstance(part, str)]
    key = _plain(loc[1]) if len(loc) > 1 else ""
    where = f"{_table(fault['loc'], raw)} {key}".strip()
    if fault["type"] == "extra_forbidden":
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
    """How the file writes the table at `loc`; a camera with its name, or its place where it has none."""
    table = str(loc[0])
    if table not in TABLES:
        return _plain(table)
    if table != "camera":
        return f"[{table}]"
    if len(loc) < 2 or not isinstance(loc[1], int):
        return "[[camera]]"
    camera = raw["camera"][loc[1]]
    name = camera.get("name") if isinstance(camera, dict) else None
    return f'[[camera]] "{_plain(name)}"' if isinstance(name, str) and name.strip() else f"[[camera]] no. {loc[1] + 1}"


def _nearest(table: str, rest: list[str]) -> str:
    """What an unknown key or table was probably meant to be."""
    unknown, known = (rest[0], list(TABLES[table].model_fields)) if rest else (table, list(TABLES))
    if near := difflib.get_close_matches(unknown, known, n=1):
        return f"; did you mean {near[0]}?"
    if homes := [name for name, other in TABLES.items() if unknown in other.model_fields]:
        return f"; it belongs in {' or '.join('[[camera]]' if name == 'camera' else f'[{name}]' for name in homes)}."
    if unknown in Settings.model_fields:
        return "; it is a setting of the machine, which a deployment file may not change."
    return f"; known are {', '.join(known)}."


def _plain(text: str) -> str:
    return text if text.isprintable() else ascii(text)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long for the disk, or a folder that may not be entered
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
