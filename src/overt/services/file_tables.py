"""The tables of a deployment file: each key, what it may be, and how a person is told so.

Rules:
  - a key that is unknown, missing, blank or of the wrong kind is a fault, whose words never repeat the value;
  - what a policy may demand is optional here: whether it has to be there is the policy's to say;
  - relative paths start at the file's folder.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo

from overt.domain.area import Area
from overt.domain.authority import SMALLEST_FACE_PX
from overt.domain.errors import BadSource
from overt.domain.geometry import Zone
from overt.domain.policy import PLACES
from overt.services.policies import POLICIES
from overt.settings import SCHEMES
from overt.video.address import SourceSettings, parse_address

WANTED_FAR_CAP = 0.001  # one false alert in a thousand passages of people who are not on the list
_YEARS = range(2000, 2200)
_ADDRESS = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*://|({'|'.join(SCHEMES)}):", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

#: More would be no small area; camera processes also count in one byte.
CAMERAS_LIMIT = 128


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a key's check must know besides its value."""

    start: Path
    rehearsal: bool
    schemes: tuple[str, ...]


def reading_of(info: ValidationInfo) -> Reading:
    assert isinstance(info.context, Reading)
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
    path = reading_of(info).start / text
    if is_file(path):
        return str(path)
    raise ValueError(f"is neither a policy that Overt brings ({', '.join(POLICIES)}) nor a file that exists")


def _folder(text: str, info: ValidationInfo) -> str:
    folder = reading_of(info).start / text
    if not is_folder(folder):
        raise ValueError(f"names {folder}, which is not a folder")
    return str(folder)


def _imported(text: str, info: ValidationInfo) -> str:
    if reading_of(info).rehearsal:
        raise ValueError("is refused: a rehearsal takes pictures from a folder; name one with folder")
    try:
        return str(UUID(text))
    except ValueError:
        raise ValueError("must be the id of an imported list, as overt list import prints it") from None


def _attached(text: str, info: ValidationInfo) -> str:
    path = reading_of(info).start / text
    if not is_file(path):
        raise ValueError(f"names {path}, which does not exist or is no regular file")
    return str(path)


def _unchanged(digits: str, info: ValidationInfo) -> str:
    """The digest of a document; where its file is named, that has to be what was digested."""
    said = digits.strip().lower()
    if not _SHA256.fullmatch(said):
        raise ValueError("must be the document's SHA-256: 64 hexadecimal digits, as sha256sum prints them")
    file = info.data.get("file")
    if file is not None and _digest(Path(file)) != said:
        raise ValueError(f"is not that of {Path(file).name}: the document was changed since, or cannot be read")
    return said


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError("must be a code of small letters, digits and hyphens, such as wanted-persons")
    return text


def _ground(corners: list[list[float]]) -> list[list[float]]:
    Area(corners=tuple((latitude, longitude) for latitude, longitude in corners))
    return corners


def _corners(corners: list[list[float]]) -> list[list[float]]:
    Zone(corners=tuple((x, y) for x, y in corners))
    return corners


def _source(url: str, info: ValidationInfo) -> str:
    reading = reading_of(info)
    if not _ADDRESS.match(url):
        if not reading.rehearsal:
            raise ValueError(
                "names a file, and a signed deployment takes live sources only; "
                "give an address, or try the recording with --rehearsal"
            )
        if not is_file(reading.start / url):
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


_LINE = "one line of text, in quotes, at most 200 characters"
_PURPOSE = "one of the purposes that the policy allows, in quotes"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NearbyTable(_Table):
    """One of nearby in [deployment]."""

    kind: Literal["assembly", "worship", "clinic", "court", "school"]
    what: Line


class DeploymentTable(_Table):
    """[deployment]."""

    name: Line = Field(description=_LINE)
    place: Line = Field(description=_LINE)
    use_case: Literal["hotspot", "protective", "likely-location", "missing-person"] = Field(
        description="hotspot, protective, likely-location or missing-person, in quotes"
    )
    policy: Annotated[Line, AfterValidator(_policy)] = Field(
        description="uk-police, eu-ai-act, consent or the path of a policy file, in quotes"
    )
    kind: Literal["operation", "trial"] = Field(default="operation", description="operation or trial, in quotes")
    purpose: Annotated[Line, AfterValidator(_code)] = Field(default="", description=_PURPOSE)
    why_here: Words = Field(default="", description=_WORDS)
    why_now: Words = Field(default="", description=_WORDS)
    area: Annotated[
        list[Annotated[list[float], Field(min_length=2, max_length=2)]], Field(max_length=64), AfterValidator(_ground)
    ] = Field(default=[], description="a list of 3 to 64 corners [latitude, longitude] in degrees, around the ground")
    nearby: list[NearbyTable] | None = Field(
        default=None, max_length=64, description=f"a list of {{ kind, what }}; kinds are {', '.join(PLACES)}"
    )
    expected_passages: int | None = Field(
        default=None, ge=1, le=10_000_000, description="how many people are expected to pass, a whole number above 0"
    )


class AuthorityTable(_Table):
    """[authority]."""

    legal_basis: Words = Field(description=_WORDS)
    aim: Words = Field(description=_WORDS)
    necessity: Words = Field(description=_WORDS)
    proportionality: Words = Field(description=_WORDS)
    alternatives: Words = Field(description=_WORDS)
    authorised_by: Line = Field(description=_LINE)
    second_officer: Line = Field(default="", description=_LINE)
    statute: Words = Field(default="", description=_WORDS)
    outside_authorisation: Line = Field(default="", description=_LINE)
    urgent_since: Moment | None = Field(default=None, description=_TIME)
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

    name: Line = Field(description=_LINE)
    url: Annotated[Line, Field(max_length=2000), AfterValidator(_source)] = Field(
        description="an address (rtsp, rtsps, http, https, usb) or, in a rehearsal, the path of a recording, in quotes"
    )
    zone: Annotated[
        list[Annotated[list[float], Field(min_length=2, max_length=2)]], Field(max_length=64), AfterValidator(_corners)
    ] = Field(description="a list of 3 to 64 corners [x, y], in order around the zone, each number from 0 to 1")
    smallest_face_px: int = Field(
        default=SMALLEST_FACE_PX, ge=16, le=400, description="a whole number of pixels from 16 to 400, without quotes"
    )
    serial: Line = Field(default="", description=_LINE)


class DocumentTable(_Table):
    """[[document]]."""

    kind: Annotated[Line, AfterValidator(_code)] = Field(description="a code that the policy lists, such as dpia")
    reference: Line = Field(description=_LINE)
    version: Line = Field(default="", description=_LINE)
    date: Moment = Field(description=_TIME)
    file: Annotated[Line, AfterValidator(_attached)] | None = Field(
        default=None, description="the path of the document, in quotes"
    )
    sha256: Annotated[str, AfterValidator(_unchanged)] = Field(
        default="", description="the document's SHA-256, 64 hexadecimal digits in quotes"
    )


class ConsultationTable(_Table):
    """[[consultation]]."""

    who: Words = Field(default="", description=_WORDS)
    when: Line = Field(default="", description=_LINE)
    replies: int | None = Field(default=None, ge=0, le=10_000_000, description="how many answered, a whole number")
    changed: Words = Field(default="", description=_WORDS)


class DeploymentFile(_Table):
    """The whole file."""

    deployment: DeploymentTable = Field(description="a table [deployment]")
    authority: AuthorityTable = Field(description="a table [authority]")
    watchlist: WatchlistTable = Field(description="a table [watchlist]")
    camera: list[CameraTable] = Field(
        min_length=1, max_length=CAMERAS_LIMIT, description="at least one table [[camera]], in double brackets"
    )
    document: list[DocumentTable] = Field(
        default=[], max_length=64, description="tables [[document]], in double brackets"
    )
    consultation: list[ConsultationTable] = Field(
        default=[], max_length=32, description="tables [[consultation]], in double brackets"
    )


TABLES: dict[str, type[_Table]] = {
    "deployment": DeploymentTable,
    "authority": AuthorityTable,
    "watchlist": WatchlistTable,
    "camera": CameraTable,
    "document": DocumentTable,
    "consultation": ConsultationTable,
}


def is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long for the disk, or a folder that may not be entered
        return False


def is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
