"""The public register as a folder of files: pages, table, feed and the document itself; on any web server, or on a stick.

Rules:
  - the same document gives the same bytes;
  - a page needs no script and nothing of anybody else: every link is relative and leads to a file of the register;
  - a file is made when it is asked for, since a console may be asked for one of thousands.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from overt.domain.errors import Refused
from overt.notices import register_pages as pages
from overt.notices.register_files import feed, table
from overt.notices.register_pages import TEMPLATES, About, Book, Json, cells, cleaned, index_path

__all__ = ["About", "Extra", "File", "Site", "page_for_nothing", "write_site"]

HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"
_ROBOTS: Final = "User-agent: *\nAllow: /\n"


class BadFolder(Refused):
    """The register cannot be written there."""

    code = "bad-folder"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of the register. `kind`: its media type."""

    content: bytes
    kind: str


@dataclass(frozen=True, kw_only=True)
class Extra:
    """A file that is made elsewhere and offered for download.

    Attributes:
        words: what it is, after its name.
        step: what one does with it to check the register; empty: nothing.
        command: how.
    """

    content: bytes
    kind: str
    words: str
    step: str = ""
    command: str = ""


class Site:
    """The files of one register.

    Args:
        register: the document, as `docs/reference/register.md` has it.
        extras: by path: what is offered besides; one under the path of a file of this register takes its place.
        earlier: of a deployment's id, the published versions of its document that are kept.
    """

    def __init__(
        self,
        register: Json,
        *,
        about: About | None = None,
        extras: Mapping[str, Extra] | None = None,
        earlier: Mapping[str, Sequence[Json]] | None = None,
    ) -> None:
        for one in register["deployments"]:
            UUID(one["id"])  # it becomes a folder's name
        self._raw, self._extras = register, dict(extras or {})
        self._about = _clean_about(about or About())
        offered = {**_DOWNLOADS, **{path: extra.words for path, extra in self._extras.items()}}
        self._book = Book(
            register=cleaned(register),
            about=self._about,
            downloads=tuple(offered.items()),
            steps=tuple((extra.step, extra.command) for extra in self._extras.values() if extra.step),
            earlier={name: [cleaned(one) for one in found] for name, found in (earlier or {}).items()},
        )
        self._made = self._makers()

    @property
    def paths(self) -> Mapping[str, object]:
        """Of every file; a path is relative, with slashes."""
        return self._made

    def file(self, path: str) -> File:
        """Raises KeyError where there is none."""
        return self._made[path]()

    def _makers(self) -> dict[str, Callable[[], File]]:
        book = self._book
        made: dict[str, Callable[[], File]] = {
            index_path(at): lambda at=at: _page(pages.index(book, at)) for at in range(1, book.pages + 1)
        }
        made |= {
            "how.html": lambda: _page(pages.how(book)),
            "check.html": lambda: _page(pages.check(book)),
            "register.css": lambda: File(content=(TEMPLATES / "register.css").read_bytes(), kind="text/css; charset=utf-8"),
            "register.json": lambda: _json(self._raw),
            "register.csv": lambda: File(
                content=table(book.register, cells).encode(), kind="text/csv; charset=utf-8; header=present"
            ),
            "feed.xml": lambda: File(content=self._feed().encode(), kind="application/atom+xml; charset=utf-8"),
            "robots.txt": lambda: File(content=_ROBOTS.encode(), kind="text/plain; charset=utf-8"),
        }
        for one, raw in zip(book.deployments, self._raw["deployments"], strict=True):
            made[f"{one['id']}/index.html"] = lambda one=one: _page(pages.deployment(book, one))
            made[f"deployments/{one['id']}.json"] = lambda raw=raw: _json(raw)
        for path, extra in self._extras.items():
            made[path] = lambda extra=extra: File(content=extra.content, kind=extra.kind)
        return made

    def _feed(self) -> str:
        author = self._about.controller or "Whoever runs this installation of Overt"
        return feed(self._book.register, address=self._about.address, author=author)


_DOWNLOADS: Final[Mapping[str, str]] = {
    "register.json": "all of this register, as one document",
    "register.csv": "a line for each deployment, for a spreadsheet",
    "feed.xml": "a feed (Atom) of new and changed deployments, for whoever wants to be told",
}


def page_for_nothing(root: str) -> str:
    """The page that says that there is no such page. `root`: the address of the register, with a slash at its end."""
    return pages.for_nothing(root)


def write_site(
    register: Json,
    folder: Path,
    *,
    about: About | None = None,
    extras: Mapping[str, Extra] | None = None,
    earlier: Mapping[str, Sequence[Json]] | None = None,
) -> list[Path]:
    """Writes a register into a folder, over one that is there; the index comes last, so that no link in it is dead.

    Returns:
        The files, sorted.

    Raises:
        BadFolder: it cannot be written there.
    """
    site = Site(register, about=about, extras=extras, earlier=earlier)
    written = []
    try:
        for path in sorted(site.paths, key=lambda path: (path == "index.html", path)):
            target = folder.joinpath(*path.split("/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, site.file(path).content)
            written.append(target)
    except OSError as error:
        raise BadFolder(
            f"The register cannot be written to {folder}: {error.strerror or error}.",
            "Name another folder, or make room there.",
        ) from error
    return sorted(written)


def _write(target: Path, content: bytes) -> None:
    """At once: whoever reads meanwhile gets the file as it was or as it is."""
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(content)
    os.replace(part, target)


def _page(text: str) -> File:
    return File(content=text.encode(), kind=HTML)


def _json(document: Any) -> File:
    return File(content=(json.dumps(document, indent=1) + "\n").encode(), kind=JSON)


def _clean_about(about: About) -> About:
    address = cleaned(about.address)
    return About(
        controller=cleaned(about.controller),
        complaints=cleaned(about.complaints).rstrip("."),
        address=address if not address or address.endswith("/") else f"{address}/",
        zone=about.zone,
    )
