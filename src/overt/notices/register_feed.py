"""The register as a feed (Atom, RFC 4287), for whoever wants to be told of new and changed deployments.

Rules:
  - an entry keeps its id for good, and its time is that of what was last published about it;
  - links are absolute where the register's address is known, else relative to the feed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from overt.notices import register_words as words
from overt.notices.register_words import Json

#: So many deployments are in the feed, the newest first.
IN_THE_FEED: Final = 100


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
    where = ", ".join(part for part in (one["place"], window) if part)
    summary = f"{where}: {state}. {words.in_short(one)}"
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
    """When its newest version was published; of one that was not published yet, when the last was done about it."""
    newest = max(one["versions"], key=lambda version: version["version"], default=None)
    authority = one["authority"]
    acts = [one["entered"], *authority["signatures"], *([authority["cancelled"]] if authority["cancelled"] else [])]
    last = max([act["at"] for act in acts] + [one["window"]["ended_at"] or ""])
    return str((newest and newest["at"]) or min(last, register["made_at"]))
