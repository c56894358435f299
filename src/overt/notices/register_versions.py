"""What changed between two published versions of a deployment: each thing that is told, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from overt.notices.register_words import code_words, figure_name, is_cell, says

#: What a thing is called, what was told before, and what is told now.
Changes = Sequence[tuple[str, str, str]]

NOTHING: Final = "nothing"
#: Of the version itself, and not of what happened; and what is told in other places already.
_NOT_TOLD: Final = ("version", "versions", "_version", "said")


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """In the order of the later one; what is gone comes last."""
    old, new = dict(_told(before, ())), dict(_told(after, ()))
    changed = [(path, old.get(path, NOTHING), words) for path, words in new.items() if old.get(path) != words]
    gone = [(path, words, NOTHING) for path, words in old.items() if path not in new]
    return [(_name(path), was, now) for path, was, now in [*changed, *gone]]


def _told(thing: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if is_cell(thing):
        yield path, says(thing)
    elif isinstance(thing, Mapping):
        for name, part in thing.items():
            if not (path == () and name in _NOT_TOLD):
                yield from _told(part, (*path, str(name)))
    elif isinstance(thing, list | tuple):
        for at, part in enumerate(thing):
            yield from _told(part, (*path, f"{at + 1}"))
    elif thing is not None:
        yield path, {True: "yes", False: "no"}.get(thing, str(thing)) if isinstance(thing, bool) else str(thing)


def _name(path: tuple[str, ...]) -> str:
    if path[0] == "figures":
        return figure_name(path[1])
    return ", ".join(code_words(part) if at else code_words(part).capitalize() for at, part in enumerate(path))
