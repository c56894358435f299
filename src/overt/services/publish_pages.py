"""The register's pages, with what the settings say of this installation, and the files beside them one by one.

Rules:
  - `overt publish` and the console say the same of who answers and where to complain;
  - what a console hands out beside the pages is byte for byte what `overt publish` would write of the same register;
  - a record of more than MOST_ENTRIES is not made up for a single reader: it lies in the published folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Final

from overt.domain.errors import Refused
from overt.domain.words import shown
from overt.ledger.entry import Entry
from overt.notices.register import About, File, Maker, write_site
from overt.services.publish_cells import Json
from overt.services.publish_folder import KEY, LEDGER, REGISTER, ROWS, SCRIPT, Pages
from overt.services.publish_ledger import ALWAYS, PAPERS, write_public_ledger
from overt.services.publish_row import rows_of
from overt.settings import Settings
from overt.store.ports import Store, Work

_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
#: Kinds of entries that everybody may read at once, and none of which tells when somebody decides.
PUBLIC_KINDS: Final = ALWAYS | {"deployment.planned", "list.sealed"}
#: About 20 million bytes.
MOST_ENTRIES: Final = 200_000
_PLAIN: Final = "text/plain; charset=utf-8"


class BadPublicAddress(Refused):
    code = "bad-public-address"


class Recorded:
    """Counts what was recorded for everybody to read; asked by one thread.

    Minutes of cameras, verdicts and whatever else is about people or their work does not count.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._size, self._found = store, 0, 0

    def count(self) -> int:
        """How many such entries there are; each is looked at once."""
        size, new = self._store.read(self._new)
        self._size, self._found = size, self._found + sum(map(_is_public, new))
        return self._found

    def _new(self, work: Work) -> tuple[int, list[Entry]]:
        size = work.ledger.size()
        return size, [Entry.from_bytes(row.entry) for row in work.ledger.rows(min(self._size, size))]


def _is_public(entry: Entry) -> bool:
    return entry.kind in PUBLIC_KINDS or (entry.kind == "paper.filed" and entry.facts["kind"] in PAPERS)


def about_of(settings: Settings, address: str = "") -> About:
    """What the settings say. `address`: of the register, where it is another than that on the signs.

    Raises:
        BadPublicAddress: it is none.
    """
    if address and not _ADDRESS.fullmatch(address):
        raise BadPublicAddress(
            f"{shown(address)} is no address under which pages are reached.",
            "Give one that begins with https:// and has neither a question nor spaces in it.",
        )
    public = settings.public_address.rstrip("/")
    return About(
        controller=settings.controller.strip(),
        complaints=settings.complaints,
        address=address or (f"{public}/public/" if public else ""),
        zone=None,
    )


def pages_of(about: About) -> Pages:
    """Writes the pages into the folder of a register."""

    def write(register: Json, versions: Mapping[str, Sequence[Json]], folder: Path) -> None:
        write_site(register, folder, about=about, versions=versions)

    return write


def beside_of(register: Json, versions: Mapping[str, Sequence[Json]], store: Store) -> dict[str, Maker]:
    """The files that lie beside the pages, by their paths; each is made when it is asked for."""
    found: dict[str, Maker] = {
        REGISTER: partial(_document, register),
        ROWS: lambda: File(content=rows_of(register).encode(), kind="text/csv; charset=utf-8; header=present"),
        SCRIPT: partial(
            _plain, lambda: resources.files("overt.ledger").joinpath("verify_public.py").read_text("utf-8")
        ),
    }
    for one in register["deployments"]:
        found[f"deployments/{one['id']}.json"] = partial(_document, one)
        for kept in versions.get(one["id"], ()):
            number = kept["version"]
            found[f"deployments/{one['id']}-version-{number}.json"] = partial(_version, versions, one["id"], number)
    ledger = register["ledger"]
    if ledger is not None:
        found[KEY] = partial(_plain, lambda: f"{ledger['public_key']}\n")
        if ledger["head"]["size"] <= MOST_ENTRIES:
            found[LEDGER] = partial(_record, store, register)
    return found


def _version(versions: Mapping[str, Sequence[Json]], deployment: str, number: int) -> File:
    return _document(next(one for one in versions[deployment] if one["version"] == number))


def _document(document: Json) -> File:
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    return File(content=text.encode(), kind="application/json")


def _plain(text: Callable[[], str]) -> File:
    return File(content=text().encode(), kind=_PLAIN)


def _record(store: Store, register: Json) -> File:
    lines: list[bytes] = []
    write_public_ledger(store, register, lines.append)
    return File(content=b"".join(lines), kind=_PLAIN)
