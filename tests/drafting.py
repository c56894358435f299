"""Lists to import, and somebody to import them, for the tests of drafts."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from overt.domain.policy import Rules
from overt.domain.roles import Role
from overt.domain.time import SECOND_US, to_text
from overt.services.installation import Installation
from overt.services.list_folder import COLUMNS
from overt.services.list_import import ImportReport, import_list
from overt.services.list_sources import list_source
from overt.services.people import Account
from overt.services.policies import load_policy
from overt.testing.fixed_clock import SOME_DAY_US
from overt.testing.toy_reader import ToyFace, ToyReader, paint
from tests.installations import PASSPHRASE
from tests.people import person

UK: Rules = load_policy("uk-police").rules
MADE_BY = ToyReader().made_by
SOME_HOUR_US = 3600 * SECOND_US


@dataclass(frozen=True)
class Team:
    """Two list managers and an operator."""

    ann: Account
    ben: Account
    cat: Account


def team(installation: Installation) -> Team:
    return Team(
        ann=person(installation, "ann", Role.LIST_MANAGER),
        ben=person(installation, "ben", Role.LIST_MANAGER),
        cat=person(installation, "cat", Role.OPERATOR),
    )


def row(reference: str, changes: Mapping[str, str], now_us: int = SOME_DAY_US) -> dict[str, str]:
    """A row of the table that uk-police takes without a question, but for the changes."""
    return {
        "reference": reference,
        "category": "wanted-by-court",
        "ground": f"failed to appear, {reference}",
        "offence": "burglary",
        "serious": "yes",
        "age": "adult",
        "source": "custody",
        "picture_date": "2026-11-01",
        "ground_checked_at": to_text(now_us - SOME_HOUR_US),
        "expires": to_text(now_us + 48 * SOME_HOUR_US),
        "response": "arrest",
        **changes,
    }


def listed(
    folder: Path,
    rows: Mapping[str, ToyFace | None] | Mapping[str, ToyFace] | list[str],
    *,
    now_us: int = SOME_DAY_US,
    **changes: Mapping[str, str],
) -> Path:
    """A watch-list folder.

    Args:
        rows: the face of each entry (None: no face), or references whose faces differ.
        now_us: when the grounds were checked an hour ago.
        changes: to an entry's row of the table, by its reference.
    """
    folder.mkdir(parents=True, exist_ok=True)
    faces = rows if isinstance(rows, Mapping) else {name: ToyFace(person=at % 100) for at, name in enumerate(rows)}
    for name, face in faces.items():
        Image.fromarray(paint(*([face] if face else []))[:, :, ::-1]).save(folder / f"{name}.png")
    with (folder / "entries.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(row(name, changes.get(name, {}), now_us) for name in faces)
    return folder


def imported(installation: Installation, folder: Path, by: Account, **options: Any) -> ImportReport:
    chosen: dict[str, Any] = {"rules": UK, "passphrase": PASSPHRASE, "by": by, **options}
    with list_source(folder) as source:
        return import_list(installation, source, ToyReader(), **chosen)


def roomy(rules: Rules = UK, **changes: Any) -> Rules:
    return replace(rules, **changes)
