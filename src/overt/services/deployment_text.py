"""How values get into the text of a deployment file: what stands there besides, comments too, stays as it is.

Rules:
  - a value that is the same stays as it was written;
  - text of several lines is written in several lines;
  - what comes out is TOML, whatever was put in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item, Table

from overt.domain.errors import BadDeployment

_ORDER: Final = ("deployment", "authority", "watchlist")
_REPEATED: Final = ("camera", "document", "consultation")


@dataclass(frozen=True, kw_only=True)
class RowOf:
    """One of a repeated table. `was`: its place in the file so far, from 0; None: it is new."""

    values: Mapping[str, Any]
    was: int | None = None


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What is put in; a value of None takes a key out.

    Attributes:
        single: by table and key.
        repeated: by table, every one of it, in order.
    """

    single: Mapping[str, Mapping[str, Any]]
    repeated: Mapping[str, Sequence[RowOf]]


def rewritten(text: str, tables: Tables) -> str:
    """The text with the values in it.

    Raises:
        BadDeployment: it is no TOML.
    """
    try:
        document = tomlkit.parse(text)
        for name in _ORDER:
            _put(_table(document, name), tables.single.get(name, {}))
        for name in _REPEATED:
            if name in tables.repeated:
                _put_rows(document, name, tables.repeated[name])
        made = tomlkit.dumps(document)
        tomllib.loads(made)
    except (TOMLKitError, ValueError, TypeError, RecursionError) as error:
        raise BadDeployment(
            "Nothing can be put into this draft, because it is no TOML.", "Correct it as text first."
        ) from error
    return made


def _table(document: tomlkit.TOMLDocument, name: str) -> Table:
    found = document.get(name)
    if isinstance(found, Table):
        return found
    if name in document:
        del document[name]
    made = tomlkit.table()
    document[name] = made
    return made


def _put(table: Table, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        before = table.get(key)
        if value is None:
            if key in table:
                del table[key]
        elif before is None or _plain(before) != value or type(_plain(before)) is not type(value):
            table[key] = _item(value)


def _put_rows(document: tomlkit.TOMLDocument, name: str, rows: Sequence[RowOf]) -> None:
    found = document.get(name)
    before = list(found) if isinstance(found, AoT | list) else []
    made = tomlkit.aot()
    for row in rows:
        table = tomlkit.table()
        old = before[row.was] if row.was is not None and 0 <= row.was < len(before) else None
        if isinstance(old, Table):
            table = old
        elif isinstance(old, Mapping):
            _put(table, _plain(old))
        _put(table, row.values)
        made.append(table)
    if name in document:
        del document[name]
    if rows:
        document[name] = made


def _item(value: Any) -> Item:
    if isinstance(value, str) and "\n" in value and all(map(str.isprintable, value.split("\n"))):
        return tomlkit.string(value, multiline=not value.startswith("\n"))
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        made = tomlkit.array().multiline(True)
        for one in value:
            made.append(_inline(one))
        return made
    return cast("Item", tomlkit.item(value))


def _inline(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    made = tomlkit.inline_table()
    made.update(values)
    return made


def _plain(value: Any) -> Any:
    return value.unwrap() if isinstance(value, Item | Container) else value
