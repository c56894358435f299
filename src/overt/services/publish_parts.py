"""Parts of a deployment's document: its list, what changed in its text, times with their entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Final

from overt.domain.composition import NOT_SAID, TABLES
from overt.domain.entries import VOLUNTEER
from overt.domain.suppression import Table, hidden_in
from overt.domain.time import to_text
from overt.services.publish_cells import Json, cell, empty_table, hidden, not_recorded, table_record, why_not
from overt.services.publish_told import Noted, Published, RestsOn, Sealed, Spell, Street, Trial, Version


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, list[list[str]]]]:
    """Word by word, of each text that changed."""
    for key in dict.fromkeys([*now, *before]):
        old, new = before.get(key, "").split(), now.get(key, "").split()
        if old == new:
            continue
        parts: list[list[str]] = []
        for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if what == "equal":
                parts.append(["same", " ".join(old[i:j])])
            else:
                parts += [[op, " ".join(words)] for op, words in (("gone", old[i:j]), ("new", new[k:m])) if words]
        yield key, parts


_UNSAID: Final = "Nobody has said it yet."
#: Tables of a list that a policy ties to its categories.
COUPLED: Final = ("responses", "serious")


def list_record(sealed: Sealed | None, withdrawn: int, at_least: int) -> Json | None:
    """A list as it was sealed; None: there is none. `withdrawn`: entries since."""
    if sealed is None:
        return None
    return {
        "entries": cell("entries", sealed.entries),
        "templates": cell("templates", sealed.templates),
        "withdrawn": cell("withdrawn", withdrawn),
        "looked_for": _looked_for(sealed, at_least),
        "sealed_at": to_text(sealed.noted.at_us),
        "ledger": sealed.noted.index,
        "tables": {name: _table(name, sealed, at_least) for name in TABLES},
    }


def _table(name: str, sealed: Sealed, at_least: int) -> Json:
    if name not in sealed.tables:
        return empty_table(name, not_recorded(name))
    table = list_table(sealed, name)
    return table_record(name, table, list_hidden(name, sealed, at_least))


def list_hidden(name: str, sealed: Sealed, at_least: int) -> frozenset[str]:
    """The cells of a table that are not told. What somebody is listed for says something of the response, and of how
    serious it is (`welfare_only`, `min_serious_share`): where one of these hides a cell, the others tell nothing."""
    table = list_table(sealed, name)
    own = hidden_in(table, at_least)
    beside = hidden_in(list_table(sealed, "categories"), at_least) if "categories" in sealed.tables else frozenset()
    return frozenset(table.cells) if name in COUPLED and (own or beside) else own


def list_table(sealed: Sealed, name: str) -> Table:
    """A table of a sealed list; that nobody is not said to be anything goes without saying."""
    cells = sealed.tables[name]
    return Table(cells={code: count for code, count in cells.items() if count or code != NOT_SAID})


def _looked_for(sealed: Sealed, at_least: int) -> Json:
    """Told where the number of volunteers is."""
    if "categories" not in sealed.tables:
        return not_recorded("looked_for")
    table = list_table(sealed, "categories")
    if VOLUNTEER in hidden_in(table, at_least):
        return hidden("looked_for")
    return cell("looked_for", sealed.entries - table.cells.get(VOLUNTEER, 0))


def street_record(street: Street) -> Json:
    """What was done so that people know."""
    said = {"leaflets": street.leaflets, "officers": street.officers}
    return {
        "notice": part_record("said", "said_at", street.notice),
        "papers": [
            {**noted_record(one.noted), "language": one.language, "files": dict(one.files)} for one in street.papers
        ],
        "signs_looked_at": cell("signs_looked_at", street.looks),
        "signs_not_well": cell("signs_not_well", street.lapses),
        **{name: why_not(name, _UNSAID) if count is None else cell(name, count) for name, count in said.items()},
    }


def rests_on_record(rests_on: RestsOn | None) -> Json | None:
    """What the last start rests on; None: it never began, and so rests on nothing."""
    if rests_on is None:
        return None
    return {
        "evaluations": [sha256(one) for one in rests_on.evaluations],
        "trial_report": sha256(rests_on.trial),
        "conditions": part_record("answered", "answered_at", rests_on.conditions),
    }


def trial_record(trial: Trial | None) -> Json | None:
    """The newest report of a trial; None: there is none."""
    if trial is None:
        return None
    return {
        **part_record("filed", "filed_at", trial.noted),
        "digest": sha256(trial.digest),
        "walks": cell("walks", trial.walks),
    }


def estimate(values: tuple[float, ...]) -> Json:
    """A number with its limits; none: not recorded."""
    if not values:
        return not_recorded("plan")
    value, low, high = values
    return cell("plan", value, low=low, high=high)


def spell_record(one: Spell) -> Json:
    """From when to when."""
    return {
        "from": to_text(one.begun.at_us),
        "ledger": one.begun.index,
        **part_record("lifted", "until", one.over),
    }


def noted_record(noted: Noted) -> Json:
    """When, and its entry."""
    return {"at": to_text(noted.at_us), "ledger": noted.index}


def part_record(name: str, at: str, noted: Noted | None) -> Json:
    """A time under the name `at`, and its entry under `name_ledger`; nulls where there is none."""
    ledger = "ledger" if name == "filed" else f"{name}_ledger"
    return {at: None if noted is None else to_text(noted.at_us), ledger: None if noted is None else noted.index}


def sha256(digits: str) -> str | None:
    """Hexadecimal digits as a digest; None: there are none."""
    return f"sha256:{digits}" if digits else None


def version_record(one: Version) -> Json:
    return {"version": one.number, **noted_record(one.noted), "digest": one.digest}


def publication_record(one: Published) -> Json:
    return {**noted_record(one.noted), "digest": one.digest, "deployments": one.deployments}
