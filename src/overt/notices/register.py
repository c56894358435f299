"""The public register as pages and a feed, beside the documents that they are made from: on any web server or stick.

Rules:
  - the same document gives the same bytes;
  - a page needs no script and nothing of anybody else: every link is relative and leads to a file of the register;
  - a file is made when it is asked for, since a console may be asked for one of thousands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from overt.domain.errors import Refused
from overt.notices import register_pages as pages
from overt.notices.register_feed import feed
from overt.notices.register_pages import OFFERED, About, Book, cleaned, index_path
from overt.notices.register_words import Json
from overt.notices.templating import TEMPLATES

__all__ = ["OFFERED", "About", "BadFolder", "File", "Json", "Maker", "Site", "page_for_nothing", "write_site"]

HTML: Final = "text/html; charset=utf-8"
FEED: Final = "feed.xml"
_ROBOTS: Final = "User-agent: *\nAllow: /\n"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of the register. `kind`: its media type."""

    content: bytes
    kind: str


#: Makes a file, when it is asked for.
Maker = Callable[[], File]


class BadFolder(Refused):
    """The register's pages cannot be written there."""

    code = "bad-folder"


class Site:
    """The files of one register.

    Args:
        register: the document, as `docs/reference/register.md` has it.
        versions: of a deployment's id, the published versions of its document that are kept, oldest first.
        beside: files that are made elsewhere, by their paths; None: they lie in the folder already.
        offers: which of OFFERED there are beside the pages.
    """

    def __init__(
        self,
        register: Json,
        *,
        about: About | None = None,
        versions: Mapping[str, Sequence[Json]] | None = None,
        beside: Mapping[str, Maker] | None = None,
        offers: Collection[str] = tuple(OFFERED),
    ) -> None:
        for one in register["deployments"]:
            UUID(one["id"])  # it becomes a folder's name
        self._about = _clean_about(about or About())
        self._book = Book(
            register=cleaned(register),
            about=self._about,
            offers=tuple((path, words) for path, words in OFFERED.items() if path in (*offers, FEED)),
            versions=versions or {},
        )
        self._made = {**self._makers(), **(beside or {})}

    @property
    def paths(self) -> Mapping[str, object]:
        """Of every file; a path is relative, with slashes."""
        return self._made

    def file(self, path: str) -> File:
        """Raises KeyError where there is none."""
        return self._made[path]()

    def _makers(self) -> dict[str, Maker]:
        book = self._book
        made: dict[str, Maker] = {
            index_path(at): partial(_page, pages.index, book, at) for at in range(1, book.pages + 1)
        }
        made |= {f"{one['id']}/index.html": partial(_page, pages.deployment, book, one) for one in book.deployments}
        return made | {
            "how.html": partial(_page, pages.how, book),
            "check.html": partial(_page, pages.check, book),
            "register.css": partial(_kept, "register.css", "text/css; charset=utf-8"),
            "register.svg": partial(_kept, "register.svg", "image/svg+xml"),
            "robots.txt": lambda: File(content=_ROBOTS.encode(), kind="text/plain; charset=utf-8"),
            FEED: self._feed,
        }

    def _feed(self) -> File:
        author = self._about.controller or "Whoever runs this installation of Overt"
        text = feed(self._book.register, address=self._about.address, author=author)
        return File(content=text.encode(), kind="application/atom+xml; charset=utf-8")


def page_for_nothing(root: str) -> str:
    """The page that says that there is no such page. `root`: the address of the register, with a slash at its end."""
    return pages.for_nothing(root)


def write_site(
    register: Json,
    folder: Path,
    *,
    about: About | None = None,
    versions: Mapping[str, Sequence[Json]] | None = None,
) -> list[Path]:
    """Writes the pages and the feed into a folder that has, or gets, the documents beside them; the index comes last.

    Args:
        versions: as `Site`.

    Returns:
        The files, sorted.

    Raises:
        BadFolder: they cannot be written there.
    """
    site, written = Site(register, about=about, versions=versions), []
    try:
        for path in sorted(site.paths, key=lambda path: (path == "index.html", path)):
            target = folder.joinpath(*path.split("/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(site.file(path).content)
            written.append(target)
    except OSError as error:
        raise BadFolder(
            f"The register's pages cannot be written to {folder}: {error.strerror or error}.",
            "Name another folder, or make room there.",
        ) from error
    return sorted(written)


def _page(made: Callable[..., str], *given: object) -> File:
    return File(content=made(*given).encode(), kind=HTML)


def _kept(name: str, kind: str) -> File:
    return File(content=(TEMPLATES / name).read_bytes(), kind=kind)


def _clean_about(about: About) -> About:
    address = cleaned(about.address)
    return About(
        controller=cleaned(about.controller),
        complaints=cleaned(about.complaints).rstrip("."),
        address=address if not address or address.endswith("/") else f"{address}/",
        zone=about.zone,
    )
