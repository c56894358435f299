"""The register's pages read as a browser reads them, for whatever tests what they say."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from overt.notices.register_words import missing, says, sentence

INLINE = {"a", "bdi", "code", "del", "ins", "small", "span", "strong", "time"}
VOID = {"meta", "link", "br", "rect", "line", "circle", "path", "polygon"}


class Read(HTMLParser):
    """A page as a browser would have it.

    Attributes:
        text: all that is written, with one space between words.
        links, ids: what it leads to, and what can be led to.
        faults: elements that were not closed, or closed and not opened.
    """

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.names: set[str] = set()
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        self.faults += [f"{name} is not closed" for name in self._open]

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.faults += [f"{tag} has {name} twice" for name in found if [one for one, _ in attrs].count(name) > 1]
        self.names |= {tag, *(f"@{name}" for name in found)}
        self.links += [found[name] or "" for name in ("href", "src") if name in found]
        if "id" in found:
            self.ids.append(found["id"] or "")
        self._apart(tag)
        if tag not in VOID:
            self._open.append(tag)

    def _apart(self, tag: str) -> None:
        if tag not in INLINE:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._apart(tag)
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"{tag} is closed where it is not open")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def told_as(path: tuple[str, ...], cell: Any) -> list[str]:
    """Ways in which a cell may be told."""
    if path[-2:] == ("plan", "chance"):
        return [says(cell, share=True)]
    if "den" in cell:
        return [f"{cell['num']:,} of {cell['den']:,} "]
    if why := missing(cell):
        return [why, why[:1].upper() + why[1:], sentence(cell, "")]
    return [says(cell), says({name: part for name, part in cell.items() if name != "unit"})]
