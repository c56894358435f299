"""Pictures with labels of groups: which person is in which group, as the set itself says.

The system never infers a label. Labels come from a set of pictures or from volunteers, and serve to test errors only.

Rules:
  - a label belongs to a person. Whose pictures bear different labels is left out of that comparison, and counted;
  - who has no label is left out of that comparison, and counted;
  - ages become bands: 18-29, 30-44, 45-59, 60 and over. Whoever is under 18 is left out of everything, and counted;
  - a CSV of labels has a column `person` (sub-folder) or `picture` (file name, with or without its ending), or a first
    column whose name ends in "name", as LFW's list has it. Every other column is an attribute, except those that hold
    whole numbers only, which count something; `age` becomes bands;
  - pictures named as UTKFace names them (`age_sex_race_...`) have no identities. Each is a person of its own, so there
    are no mated pairs, and one face under two names looks like a false match, unless errata put the two together;
  - attributes are crossed only when that is asked for: `sex,race`.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from overt.domain.errors import Refused
from overt.evaluation.samples import SUFFIXES, pictures_by_person, pictures_digest

UTKFACE: Final = "utkface"
ALL: Final = "everybody"
AGE: Final = "age"
_ADULT: Final = 18
_BANDS: Final = ((60, "60 and over"), (45, "45-59"), (30, "30-44"), (_ADULT, "18-29"))
_UTK_NAME: Final = re.compile(r"(\d{1,3})_([01])_([0-4])_")
_UTK_SEX: Final = ("male", "female")
_UTK_RACE: Final = ("White", "Black", "Asian", "Indian", "Other")
_UNDER_AGE: Final = "under 18"
_PERSON: Final = "person"
_PICTURE: Final = "picture"
_KEYS: Final = (_PERSON, _PICTURE)

NO_IDENTITIES: Final = (
    "The set has no identities: each picture is taken for a person of its own. One face under two names looks like a "
    "false match, and nothing can be said about misses."
)

Labels = dict[str, str]  # attribute: label


@dataclass(frozen=True, kw_only=True)
class LabelledSet:
    """A set of pictures as somebody describes it.

    Attributes:
        folder: of the pictures.
        labels: CSV of labels, for a folder with one sub-folder for each person.
        scheme: UTKFACE, where names of pictures carry labels.
        group: the one group of everybody in the folder.
        errata: corrections of identities, as in calibration.

    Raises:
        Refused: not exactly one of labels, scheme and group, or a scheme that is unknown.
    """

    folder: Path
    labels: Path | None = None
    scheme: str | None = None
    group: str | None = None
    errata: Path | None = None

    def __post_init__(self) -> None:
        if sum(each is not None for each in (self.labels, self.scheme, self.group)) != 1:
            raise Refused(
                f"The set {self.folder} needs labels from exactly one place.",
                "Give one of: --labels with a CSV, --scheme utkface, or --group with the one group of everybody.",
            )
        if self.scheme not in (None, UTKFACE):
            raise Refused(f"{self.scheme} is no scheme of names.", f"The one that is known is {UTKFACE}.")
        if self.group is not None and not self.group.strip():
            raise Refused(f"The group of the set {self.folder} is blank.", "Name the group of everybody in it.")

    @property
    def name(self) -> str:
        return self.folder.resolve().name


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Pictures with the groups of the people in them.

    Attributes:
        name: of the set.
        pictures: files of each person, by name.
        groups: for each comparison (an attribute, or several crossed) the people of each group, both by name.
        identities: whether the set says which pictures are of one person.
        notes: sentences on what was left out, and why.
    """

    name: str
    pictures: Mapping[str, Sequence[Path]]
    groups: Mapping[str, Mapping[str, tuple[str, ...]]]
    identities: bool
    notes: tuple[str, ...]


def read_labelled(asked: LabelledSet, by: Sequence[str] = (), most_pictures: int | None = None) -> Labelled:
    """The pictures of a set, and who is in which group.

    Args:
        asked: where the pictures and their labels are.
        by: attributes to compare; several in one, between commas, are crossed. Empty compares by each attribute alone.
        most_pictures: pictures kept of each person; None keeps all.

    Raises:
        Refused: a folder or file that cannot be read or used, no labels at all, or an attribute that the set lacks.
    """
    notes: list[str] = []
    if asked.scheme == UTKFACE:
        pictures, of_person = _by_name(asked, notes)
    else:
        pictures = pictures_by_person(asked.folder, asked.errata, most_pictures)
        if asked.group is not None:
            of_person = {person: {ALL: asked.group.strip()} for person in pictures}
            by = ()
        else:
            assert asked.labels is not None
            by_key, key = _table(asked.labels, [part for each in by for part in _parts(each)], notes)
            of_person = _agreed(pictures, by_key, key, notes)
    children = [person for person, labels in of_person.items() if labels.get(AGE) == _UNDER_AGE]
    if children:
        notes.append(f"People under 18, left out of everything: {len(children):,}.")
        pictures = {person: paths for person, paths in pictures.items() if person not in set(children)}
        of_person = {person: of_person[person] for person in pictures}
    if len(pictures) < 2:
        raise Refused(f"{asked.folder} holds fewer than two adults.", "Add pictures of more people, 18 or older.")
    return Labelled(
        name=asked.name,
        pictures=pictures,
        groups=_groups(asked, of_person, by, notes),
        identities=asked.scheme is None,
        notes=tuple(notes),
    )


def age_band(age: int) -> str:
    """The band of an age in years, "under 18" for children."""
    return next((band for least, band in _BANDS if age >= least), _UNDER_AGE)


def digest(labelled: Labelled) -> str:
    """SHA-256 of the pictures and of who is in which group, 64 hexadecimal digits."""
    found = hashlib.sha256(pictures_digest(labelled.pictures).encode())
    for by, groups in labelled.groups.items():
        for group, people in groups.items():
            found.update(f"{by}\0{group}\0{chr(0).join(people)}\n".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _by_name(asked: LabelledSet, notes: list[str]) -> tuple[dict[str, list[Path]], dict[str, Labels]]:
    if not asked.folder.is_dir():
        raise Refused(f"{asked.folder} is not a folder.", "Name a folder of pictures whose names carry labels.")
    try:
        files = sorted(path for path in asked.folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    except OSError as error:
        raise Refused(
            f"The folder {asked.folder} cannot be read: {error.strerror}.", "Check its permissions."
        ) from None
    found = {path: match for path in files if (match := _UTK_NAME.match(path.name))}
    if not found:
        raise Refused(
            f"No picture in {asked.folder} is named as UTKFace names them: age_sex_race_...",
            "Name the folder that holds such pictures itself, or give the labels as a CSV.",
        )
    if len(found) < len(files):
        notes.append(f"Pictures whose names carry no full label, left out: {len(files) - len(found):,}.")
    notes.append(NO_IDENTITIES)
    table = {
        path.name: [{"sex": _UTK_SEX[int(m[2])], "race": _UTK_RACE[int(m[3])], AGE: age_band(int(m[1]))}]
        for path, m in found.items()
    }
    pictures = {path.name: [path] for path in found}
    if asked.errata is not None:
        pictures = _merged(pictures, asked.errata, notes)
    return pictures, _agreed(pictures, table, _PICTURE, notes)


def _merged(pictures: Mapping[str, list[Path]], errata: Path, notes: list[str]) -> dict[str, list[Path]]:
    """Pictures of one person under two names, put together; named with or without their ending."""
    heading, rows = _rows(errata)
    if not {"a", "b"} <= set(heading):
        raise Refused(f"{errata.name} has no columns a and b.", "Write a heading line: a,b,kind.")
    named = {each: name for name, paths in pictures.items() for each in (name, paths[0].stem)}
    owner = {name: name for name in pictures}
    for row in rows:
        if row["a"] in named and row["b"] in named:
            one, other = sorted(owner[named[row[side]]] for side in ("a", "b"))
            owner = {name: one if first == other else first for name, first in owner.items()}
    merged: dict[str, list[Path]] = {}
    for name, paths in pictures.items():
        merged.setdefault(owner[name], []).extend(paths)
    notes.append(f"Pictures put with another of the same person, by {errata.name}: {len(pictures) - len(merged):,}.")
    return merged


def _table(file: Path, wanted: Sequence[str], notes: list[str]) -> tuple[dict[str, list[Labels]], str]:
    """The labels of each key, and whether that is a "person" or a "picture"."""
    heading, rows = _rows(file)
    key = next((name for name in _KEYS if name in heading), heading[0] if heading else "")
    if key not in _KEYS and not key.endswith("name"):
        raise Refused(
            f"{file.name} does not say whom a label belongs to.", "Write a heading line: person,... or picture,..."
        )
    if not rows:
        raise Refused(f"{file.name} holds no labels.", "Write one line for each person or picture.")
    attributes = _attributes(rows, [name for name in heading if name and name != key], wanted, file, notes)
    table: dict[str, list[Labels]] = {}
    for number, row in enumerate(rows, 2):
        labels = {name: row[name] for name in attributes if row[name]}
        if AGE in labels:
            labels[AGE] = _band_of_text(labels[AGE], file, number)
        table.setdefault(row[key], []).append(labels)
    return table, _PICTURE if key == _PICTURE else _PERSON


def _rows(file: Path) -> tuple[list[str], list[Labels]]:
    """Heading and lines of a CSV, without the space around what they hold."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            reader = csv.DictReader(opened)
            heading = [(name or "").strip() for name in reader.fieldnames or ()]
            reader.fieldnames = heading
            return heading, [{name: (row[name] or "").strip() for name in heading} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"{file.name} cannot be read: {error}.", "Name a CSV file in UTF-8.") from error


def _attributes(
    rows: Sequence[Labels], columns: Sequence[str], wanted: Sequence[str], file: Path, notes: list[str]
) -> list[str]:
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise Refused(
            f"{file.name} has no column {missing[0]}.",
            f"Compare by one of its columns: {', '.join(columns) or 'none'}.",
        )
    counts = [
        name
        for name in columns
        if name != AGE and name not in wanted and all(row[name].isdecimal() for row in rows if row[name])
    ]
    if counts:
        notes.append(f"Columns of numbers are passed over: {', '.join(counts)}.")
    attributes = [name for name in columns if name not in counts]
    if not attributes:
        raise Refused(f"{file.name} has no column of labels.", "Add a column for each attribute, such as sex.")
    return attributes


def _band_of_text(text: str, file: Path, line: int) -> str:
    if text in {band for _, band in _BANDS}:
        return text
    if not (text.isascii() and text.isdecimal()) or int(text) > 130:
        raise Refused(f"Line {line} of {file.name} says {text!r} for an age.", "Write whole years, or leave it empty.")
    return age_band(int(text))


def _agreed(
    pictures: Mapping[str, Sequence[Path]], table: Mapping[str, list[Labels]], key: str, notes: list[str]
) -> dict[str, Labels]:
    """Each person's labels, where all pictures agree. A child in one picture is left out as a child."""
    agreed: dict[str, Labels] = {}
    used: set[str] = set()
    differ: Counter[str] = Counter()
    for person, paths in pictures.items():
        found: dict[str, set[str]] = {}
        for path in paths:
            for name in (path.name, path.stem) if key == _PICTURE else (path.parent.name,):
                used.update({name} & table.keys())
                for labels in table.get(name, ()):
                    for attribute, label in labels.items():
                        found.setdefault(attribute, set()).add(label)
        if _UNDER_AGE in found.get(AGE, ()):
            found[AGE] = {_UNDER_AGE}
        agreed[person] = {attribute: next(iter(labels)) for attribute, labels in found.items() if len(labels) == 1}
        differ.update(attribute for attribute, labels in found.items() if len(labels) > 1)
    notes += [f"People with different labels of {name}, left out of it: {n:,}." for name, n in differ.items()]
    if len(table) > len(used):
        notes.append(f"Labels that belong to nobody in the folder, passed over: {len(table) - len(used):,}.")
    return agreed


def _groups(
    asked: LabelledSet, of_person: Mapping[str, Labels], by: Sequence[str], notes: list[str]
) -> dict[str, dict[str, tuple[str, ...]]]:
    known = list(dict.fromkeys(attribute for labels in of_person.values() for attribute in labels))
    comparisons = [_parts(each) for each in by] or [(attribute,) for attribute in known]
    groups: dict[str, dict[str, tuple[str, ...]]] = {}
    for parts in comparisons:
        missing = [part for part in parts if part not in known]
        if missing:
            raise Refused(
                f"The set {asked.name} has no labels of {missing[0]}.",
                f"Compare by one of: {', '.join(known) or 'none, since no label fits a picture'}.",
            )
        found: dict[str, list[str]] = {}
        for person, labels in of_person.items():
            if all(part in labels for part in parts):
                found.setdefault(", ".join(labels[part] for part in parts), []).append(person)
        name = " x ".join(parts)
        without = len(of_person) - sum(map(len, found.values()))
        if without:
            notes.append(f"People without a label of {name}, left out of that comparison: {without:,}.")
        groups[name] = {group: tuple(people) for group, people in sorted(found.items())}
    if not groups:
        raise Refused(f"No label fits a picture of the set {asked.name}.", "Check that both name people alike.")
    return groups


def _parts(each: str) -> tuple[str, ...]:
    parts: Iterable[str] = (part.strip() for part in each.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))
