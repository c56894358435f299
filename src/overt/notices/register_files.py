"""The register as files for programs: a table (CSV, RFC 4180) and a feed (Atom, RFC 4287).

Rules:
  - a cell without a number has a word in the table that says why, never an empty field and never 0;
  - no field of the table begins as a formula does: a program that counts must not run what somebody wrote as a name;
  - an entry of the feed keeps its id for good, and its time is that of what was last published about it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from overt.notices import register_words as words

Json = Mapping[str, Any]

FACTS: Final = ("id", "number", "version", "kind", "state", "name", "place", "purpose", "use_case", "area_ha")
#: So many deployments are in the feed, the newest first.
IN_THE_FEED: Final = 100
_PARTS: Final = ("value", "num", "den", "low", "high")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def table(register: Json, cells_of: Any) -> str:
    """One line for each deployment, newest first; each figure under its path in the document.

    Args:
        cells_of: gives path and cell of all that is published in a part of the document.
    """
    lines = [_line(one, cells_of) for one in register["deployments"]]
    names = list(dict.fromkeys(name for line in lines for name in line)) or list(FACTS)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    for line in lines:
        writer.writerow([_harmless(line.get(name, "")) for name in names])
    return text.getvalue()


def _line(one: Json, cells_of: Any) -> dict[str, object]:
    found: dict[str, object] = {name: one[name] for name in FACTS}
    found |= {name: one["window"][name] for name in ("opens_at", "closes_at", "ended_at")}
    found["policy"] = one["policy"]["name"]
    for path, cell in cells_of(one):
        name = ".".join(path)
        share = [part for part in _PARTS if part != "value" and part in cell]
        found[name] = _word(cell)
        found |= {f"{name}.{part}": cell[part] for part in share}
    return found


def _word(cell: words.Cell) -> object:
    if cell["value"] is not None:
        return cell["value"]
    if cell.get("hidden"):
        return "hidden"
    if cell.get("waits"):
        return f"waits: {cell['waits']}"
    return "not recorded" if cell.get("not_recorded") else "none"


def _harmless(value: object) -> object:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def feed(register: Json, *, address: str, author: str) -> str:
    """New deployments and what changed about them.

    Args:
        address: under which the register is reached, with a slash at its end; empty: links are relative to the feed.
        author: who answers for it.
    """
    shown = register["deployments"][:IN_THE_FEED]
    updated = max((_updated(one, register) for one in shown), default=register["made_at"])
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">',
        f"  <id>{escape(_id_of(register))}</id>",
        "  <title>Register of live facial recognition</title>",
        f"  <updated>{escape(updated)}</updated>",
        f"  <author><name>{escape(author)}</name></author>",
        f'  <link rel="self" type="application/atom+xml" href={quoteattr(address + "feed.xml")}/>',
        f'  <link rel="alternate" type="text/html" href={quoteattr(address + "index.html")}/>',
    ]
    for one in shown:
        lines += _entry(one, register, address)
    return "\n".join([*lines, "</feed>", ""])


def _entry(one: Json, register: Json, address: str) -> Sequence[str]:
    state = words.STATES.get(one["state"], (one["state"],))[0]
    page = f"{address}{one['id']}/index.html"
    window = f"{one['window']['opens_at']} to {one['window']['closes_at']}"
    summary = f"{one['place']}, {window}: {state}. {words.in_short(one)}"
    return (
        "  <entry>",
        f"    <id>urn:uuid:{escape(one['id'])}</id>",
        f"    <title>{escape(one['name'])} ({escape(state)})</title>",
        f"    <published>{escape(one['entered']['at'])}</published>",
        f"    <updated>{escape(_updated(one, register))}</updated>",
        f'    <link rel="alternate" type="text/html" href={quoteattr(page)}/>',
        f"    <category term={quoteattr(one['kind'])}/>",
        f"    <summary>{escape(summary)}</summary>",
        "  </entry>",
    )


def _id_of(register: Json) -> str:
    ledger = register["ledger"]
    return f"urn:uuid:{ledger['log']}" if ledger else "urn:overt:register"


def _updated(one: Json, register: Json) -> str:
    """When its newest version was published; of one that was not published yet, when the register was made."""
    newest = max(one["versions"], key=lambda version: version["version"], default=None)
    return str((newest and newest["at"]) or register["made_at"])
