"""The form of a deployment file: from its tables to fields and back, so that whatever was typed stays as it was typed.

What cannot be taken as what it should be (a number, a time, corners) goes into the file as the text that it is, and the
file's own check says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from overt.console.render import local_zone
from overt.domain.policy import PLACES, Rules
from overt.domain.time import to_us
from overt.services.deployment_text import RowOf, Tables
from overt.services.file_tables import TABLES
from overt.services.files import Fault

#: How a field is typed, and what it becomes.
LINE, WORDS, CHOICE, MOMENT, WHOLE, SHARE, CORNERS, PLACES_NEAR = (
    *("line", "words", "choice", "moment", "whole", "share", "corners", "places"),
)
_MOMENT: Final = "%Y-%m-%dT%H:%M"
NONE_NEAR: Final = "none"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One key of the file, as it is asked for. `needed`: the file or its policy asks for it."""

    table: str
    key: str
    label: str
    kind: str = LINE
    hint: str = ""
    choices: tuple[str, ...] = ()
    needed: bool = True


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A field with what is typed in it. `name`: in the form; `missing`: it has to be filled in."""

    field: Field
    name: str
    value: str
    faults: tuple[str, ...]
    missing: bool


@dataclass(frozen=True, kw_only=True)
class Section:
    """One of a repeated table. `was`: its place in the file; empty: it is not there."""

    at: int
    was: str
    fields: tuple[Filled, ...]


def _f(table: str, key: str, label: str, kind: str = LINE, hint: str = "") -> Field:
    return Field(table=table, key=key, label=label, kind=kind, hint=hint)


_CORNER_HINT: Final = (
    "One corner a line: across and down, each from 0 to 1, in order around the zone. 0, 0 is the top left."
)
_ABOUT: Final = (
    _f("deployment", "name", "Name", hint="What people will call it, such as: High Street, Saturday."),
    _f("deployment", "place", "Place"),
    _f("deployment", "use_case", "Use case", CHOICE),
    _f("deployment", "kind", "Kind", CHOICE, "A trial is one with volunteers on the list."),
    _f("deployment", "purpose", "Purpose", CHOICE),
    _f("deployment", "why_here", "Why here", WORDS),
    _f("deployment", "why_now", "Why now", WORDS),
    _f(
        *("deployment", "area", "Area on the ground", CORNERS),
        "One corner a line: latitude, longitude in degrees, in order around the area. Three at least.",
    ),
    _f(
        *("deployment", "nearby", "Sensitive places nearby", PLACES_NEAR),
        f"One a line, as in: school: St Mary's, 80 m away. Kinds are {', '.join(PLACES)}. "
        f"Where there is no such place, write {NONE_NEAR}.",
    ),
    _f("deployment", "expected_passages", "People expected to pass", WHOLE, "In the whole window, roughly."),
)
_AUTHORITY: Final = (
    _f("authority", "legal_basis", "Legal basis", WORDS),
    _f("authority", "aim", "Aim", WORDS, "What it is for."),
    _f("authority", "necessity", "Necessity", WORDS, "Why nothing less will do."),
    _f("authority", "proportionality", "Proportionality", WORDS),
    _f("authority", "alternatives", "Alternatives", WORDS, "What else was thought of, and why it does not serve."),
    _f("authority", "statute", "Statute", WORDS, "That lets a private body do this."),
    _f("authority", "outside_authorisation", "Outside authorisation", LINE, "Which decision, by whom, of when."),
    _f("authority", "urgent_since", "Urgent since", MOMENT, "Only where a decision could not be waited for."),
    _f("authority", "authorised_by", "Authorising officer", LINE, "The name of their account. They sign it."),
    _f("authority", "second_officer", "Second officer", LINE, "The name of their account, where two have to sign."),
    _f("authority", "valid_from", "From", MOMENT),
    _f("authority", "valid_until", "Until", MOMENT),
)
_LIST: Final = (
    _f("watchlist", "list", "Imported list", CHOICE),
    _f("watchlist", "folder", "Folder of pictures", LINE, "A folder beside this file, instead of an imported list."),
    _f(
        *("watchlist", "wanted_far", "False alerts wanted, a passage", SHARE),
        "At most so many for each person who passes and is not on the list: 0.001 is 1 in 1,000.",
    ),
)
_CAMERA: Final = (
    _f("camera", "name", "Name"),
    _f("camera", "url", "Address", LINE, "rtsp, rtsps, http, https or usb:0. Its password is shown to nobody else."),
    _f("camera", "zone", "Zone", CORNERS, _CORNER_HINT),
    _f("camera", "smallest_face_px", "Smallest face, pixels", WHOLE, "16 to 400; 40 where nothing is written."),
    _f("camera", "serial", "Serial number"),
)
_DOCUMENT: Final = (
    _f("document", "kind", "Kind", CHOICE),
    _f("document", "reference", "Reference", LINE, "Under which it is found."),
    _f("document", "version", "Version"),
    _f("document", "date", "Date", MOMENT),
    _f("document", "sha256", "SHA-256", LINE, "64 digits, as sha256sum prints them; a document that changes is seen."),
)
_CONSULTATION: Final = (
    _f("consultation", "who", "Who was asked", WORDS),
    _f("consultation", "when", "When"),
    _f("consultation", "replies", "How many answered", WHOLE),
    _f("consultation", "changed", "What changed because of it", WORDS, "Or why nothing did."),
)
#: What neither every file nor, unless it says so, a policy asks for.
_OPTIONAL: Final = frozenset(
    {
        *("deployment.kind", "deployment.why_here", "deployment.why_now", "deployment.area", "deployment.nearby"),
        *("deployment.expected_passages", "authority.statute", "authority.outside_authorisation"),
        *("authority.urgent_since", "authority.second_officer", "watchlist.folder", "watchlist.wanted_far"),
        "camera.smallest_face_px",
        *("camera.serial", "document.version", "document.sha256"),
        *(f"consultation.{one.key}" for one in _CONSULTATION),
    }
)
_TABLE: Final = re.compile(r'^\[+[a-z]+\]+ ("[^"]*" |no\. \d+ )?')
_WHOLE_PICTURE: Final = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
_GROUPS: Final = {"deployment": _ABOUT, "authority": _AUTHORITY, "watchlist": _LIST}
_ROWS: Final = {"camera": _CAMERA, "document": _DOCUMENT, "consultation": _CONSULTATION}


@dataclass(frozen=True, kw_only=True)
class Form:
    """Everything that the page of a draft asks for."""

    groups: Mapping[str, tuple[Filled, ...]]
    cameras: tuple[Section, ...]
    documents: tuple[Section, ...]
    consultations: tuple[Section, ...]

    @property
    def to_fill(self) -> int:
        """How many fields are empty that the file or its policy asks for."""
        rows = [section.fields for section in (*self.cameras, *self.documents, *self.consultations)]
        return sum(one.missing for fields in (*self.groups.values(), *rows) for one in fields)


def form_of(raw: Mapping[str, Any], faults: Iterable[Fault], rules: Rules | None, lists: Sequence[str]) -> Form:
    """The form with what a file says, as far as it says it.

    Args:
        rules: of its policy; None: it names none that can be used.
        lists: ids of imported lists that may be chosen.
    """
    found = tuple(faults)

    def filled(field: Field, values: object, at: tuple[str | int, ...], name: str) -> Filled:
        known = _known(field, rules, lists)
        value = values.get(field.key) if isinstance(values, dict) else None
        mine = [one for one in found if one.at[: len(at)] == at]
        wrong = tuple(_in_the_form(one.sentence) for one in mine if not one.missing)
        text = shown(value, known.kind)
        empty = not text and known.needed and known.key != "list"  # which a folder may stand for
        missing = empty or any(one.missing for one in mine)
        return Filled(field=known, name=name, value=text, faults=wrong, missing=missing)

    def sections(table: str) -> tuple[Section, ...]:
        rows = raw.get(table)
        return tuple(
            Section(
                at=at,
                was=str(at),
                fields=tuple(filled(one, row, (table, at, one.key), f"{table}.{at}.{one.key}") for one in _ROWS[table]),
            )
            for at, row in enumerate(rows if isinstance(rows, list) else [])
        )

    return Form(
        groups={
            table: tuple(filled(one, raw.get(table), (table, one.key), f"{table}.{one.key}") for one in fields)
            for table, fields in _GROUPS.items()
        },
        cameras=sections("camera"),
        documents=sections("document"),
        consultations=sections("consultation"),
    )


def _in_the_form(sentence: str) -> str:
    """A fault without what is only so in a file: the name of its table, and quotes."""
    said = _TABLE.sub("", sentence)
    for words in (", in quotes", ", without quotes"):
        said = said.replace(words, "")
    return said


def _known(field: Field, rules: Rules | None, lists: Sequence[str]) -> Field:
    """The field under a policy: what may be chosen, and whether it is asked for."""
    name, asked = f"{field.table}.{field.key}", set[str]()
    choices: Mapping[str, tuple[str, ...]] = {"watchlist.list": tuple(lists)}
    if rules is not None:
        asked = {f"deployment.{key}" for key in rules.place_terms} | {
            f"authority.{key}" for key in rules.authority_terms
        }
        asked |= {f"consultation.{key}" for key in rules.consultation_terms}
        asked |= {"camera.serial"} if "camera_serials" in rules.place_terms else set()
        choices = {
            **choices,
            "deployment.use_case": rules.use_cases,
            "deployment.purpose": rules.purposes,
            "deployment.kind": ("operation", "trial"),
            "document.kind": rules.documents,
        }
    return replace(field, choices=choices.get(name, ()), needed=name not in _OPTIONAL or name in asked)


def shown(value: object, kind: str) -> str:
    """A value of the file as it stands in its field."""
    if value is None:
        return ""
    if kind == MOMENT and isinstance(value, datetime) and value.tzinfo is not None:
        try:
            return value.astimezone(local_zone(to_us(value))).strftime(_MOMENT + (":%S" if value.second else ""))
        except (OverflowError, ValueError, OSError):
            return str(value)
    if kind == CORNERS and isinstance(value, list):
        return "\n".join(", ".join(map(_number, one)) if isinstance(one, list) else str(one) for one in value)
    if kind == PLACES_NEAR and isinstance(value, list):
        lines = [
            f"{one.get('kind', '')}: {one.get('what', '')}" if isinstance(one, dict) else str(one) for one in value
        ]
        return "\n".join(lines) if lines else NONE_NEAR
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: object) -> str:
    return f"{value:.12f}".rstrip("0").rstrip(".") if isinstance(value, float) and abs(value) < 1e9 else str(value)


def tables_of(form: Mapping[str, str]) -> Tables:
    """What was typed, as it goes into the file."""
    return Tables(
        single={
            **{table: _taken(fields, form, table) for table, fields in _GROUPS.items()},
            "deployment": {**_taken(_ABOUT, form, "deployment"), **_policy(form)},
        },
        repeated={table: tuple(_rows(table, form)) for table in _ROWS},
    )


def _policy(form: Mapping[str, str]) -> Mapping[str, Any]:
    return {"policy": form["deployment.policy"].strip() or None} if "deployment.policy" in form else {}


def _rows(table: str, form: Mapping[str, str]) -> Iterable[RowOf]:
    numbers = {
        int(name.split(".")[1]) for name in form if name.startswith(f"{table}.") and name.split(".")[1].isdecimal()
    }
    for at in sorted(numbers):
        was = form.get(f"{table}.{at}.was", "")
        values = _taken(_ROWS[table], form, f"{table}.{at}")
        yield RowOf(values=values, was=int(was) if was.isdecimal() and len(was) < 6 else None)


def _taken(fields: Iterable[Field], form: Mapping[str, str], at: str) -> dict[str, Any]:
    names = {one.key: f"{at}.{one.key}" for one in fields}
    return {one.key: typed(form[names[one.key]], one.kind) for one in fields if names[one.key] in form}


def typed(text: str, kind: str) -> Any:
    """What a field's text is in the file; None: nothing."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return None
    try:
        return _TAKES[kind](text) if kind in _TAKES else text
    except (ValueError, OverflowError, OSError):
        return text


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace(" ", "T", 1))
    aware = moment if moment.tzinfo is not None else moment.astimezone()
    return aware.astimezone(UTC)


def _whole(text: str) -> int:
    return int(text.replace(",", ""))


def _corners(text: str) -> list[list[float]]:
    return [[float(one) for one in line.strip(" []").split(",")] for line in text.split("\n") if line.strip()]


def _places(text: str) -> list[dict[str, str]]:
    if text.casefold() == NONE_NEAR:
        return []
    lines = [line.partition(":") for line in text.split("\n") if line.strip()]
    return [{"kind": kind.strip(), "what": what.strip()} for kind, _, what in lines]


_TAKES: Final[Mapping[str, Callable[[str], Any]]] = {
    MOMENT: _moment,
    WHOLE: _whole,
    SHARE: float,
    CORNERS: _corners,
    PLACES_NEAR: _places,
}


def raw_of(raw: Mapping[str, Any], tables: Tables) -> dict[str, Any]:
    """A file's tables with what was typed in them, to be shown again where it could not be kept."""
    made: dict[str, Any] = dict(raw)
    for table, values in tables.single.items():
        before = made.get(table)
        both = {**(before if isinstance(before, dict) else {}), **values}
        made[table] = {key: value for key, value in both.items() if value is not None}
    for table, rows in tables.repeated.items():
        made[table] = [{key: value for key, value in row.values.items() if value is not None} for row in rows]
    return made


def changed_by(tables: Tables, do: str, cameras: Sequence[Mapping[str, Any]]) -> Tables:
    """The tables after a row was added or taken away: `add-camera`, `add-camera:2` (one that was tried),
    `remove-document:0`."""
    act, _, number = do.partition(":")
    verb, _, table = act.partition("-")
    rows = list(tables.repeated.get(table, ()))
    at = int(number) if number.isdecimal() and len(number) < 6 else None
    if table not in _ROWS:
        return tables
    if verb == "add":
        keys = TABLES[table].model_fields
        tried = cameras[at] if table == "camera" and at is not None and at < len(cameras) else {}
        begun = {"zone": _WHOLE_PICTURE} if table == "camera" else {}
        rows.append(RowOf(values={**begun, **{key: value for key, value in tried.items() if key in keys}}))
    elif verb == "remove" and at is not None and at < len(rows):
        del rows[at]
    return replace(tables, repeated={**tables.repeated, table: tuple(rows)})


def fresh(policy: str, rules: Rules) -> Tables:
    """What a new draft under a policy begins with: a camera, and what the policy asks for: documents, and a
    consultation."""
    return Tables(
        single={
            "deployment": {"policy": policy},
            "authority": {},
            "watchlist": {"wanted_far": 0.001},
        },
        repeated={
            "camera": (RowOf(values={"zone": _WHOLE_PICTURE}),),
            "document": tuple(RowOf(values={"kind": kind}) for kind in rules.documents),
            "consultation": (RowOf(values={}),) if rules.consultation_terms else (),
        },
    )
