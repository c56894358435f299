"""The pages of the register, from its document: templates and the values that they are given.

Rules:
  - a page is made of the document, and of what is said about the installation; nothing else is looked at, no clock;
  - what somebody wrote is text and never markup; characters that a page may not hold are shown as one that says so;
  - a number is shown as it was published; the only ones that are worked out are sums of published ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Environment

from overt.domain.words import many
from overt.ledger.head import key_begins
from overt.notices import register_words as words
from overt.notices.register_charts import outline
from overt.notices.register_sources import SOURCES
from overt.notices.register_values import (
    GROUPS,
    SHARES,
    bar_of,
    budget_bar,
    conditions_bar,
    expected_chart,
    groups_of,
    never_of,
    sentences_of,
    wrong_of,
)
from overt.notices.register_versions import Changes, changes_of
from overt.notices.register_words import Cell, Json, missing, says
from overt.notices.templating import new_environment

#: So many deployments are on a page of the index.
ON_A_PAGE: Final = 100
PLACES: Final = (
    ("Every deployment", "index.html"),
    ("How it is computed", "how.html"),
    ("Check it yourself", "check.html"),
)
CONTENTS: Final = (
    ("short", "What came of it"),
    ("where", "Where and when"),
    ("why", "Why: the authority’s words"),
    ("who", "Who signed, and by which rules"),
    ("street", "How people were told"),
    ("list", "The list"),
    ("expected", "What was expected, and what came"),
    ("figures", "Every figure"),
    ("conditions", "In which conditions it scanned"),
    ("stops", "Pauses, holds and review"),
    ("erased", "What was erased, held and handed over"),
    ("listed", "Was I on this list?"),
    ("versions", "Versions of this page"),
)
#: Files that lie beside the pages, and what each is.
OFFERED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "register.json": "all of this register, as one document",
        "deployments.csv": "a line for each deployment, for a spreadsheet",
        "feed.xml": "a feed (Atom) of new and changed deployments, for whoever wants to be told",
        "ledger.txt": "the record for everybody: what may be read, and of all else the hash",
        "public-key.txt": "the key that the record is signed with",
        "verify_public.py": "a script that sees whether the record is whole; it needs Python and nothing of Overt",
    }
)
_NO_CHARACTER: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, kw_only=True)
class About:
    """What the document does not say of the installation.

    Attributes:
        controller: who answers for it; empty where nobody said it.
        complaints: where somebody complains.
        address: under which the register is reached, with a slash at its end; empty where it is not known.
        zone: in which times are told; None: the machine's.
    """

    controller: str = ""
    complaints: str = "Ask whoever runs these cameras; the sign says who that is"
    address: str = ""
    zone: tzinfo | None = UTC


@dataclass(frozen=True, kw_only=True)
class Book:
    """What all pages are made from.

    Attributes:
        register: the document, cleaned.
        offers: path and words of each file that is offered.
        versions: of a deployment's id, the published versions of its document that are kept.
    """

    register: Json
    about: About
    offers: Sequence[tuple[str, str]]
    versions: Mapping[str, Sequence[Json]]

    @property
    def deployments(self) -> Sequence[Json]:
        found: Sequence[Json] = self.register["deployments"]
        return found

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.deployments) // ON_A_PAGE))


def index_path(page: int) -> str:
    return "index.html" if page == 1 else f"page-{page}.html"


def index(book: Book, page: int) -> str:
    shown = book.deployments[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    kinds = sorted({str(one["kind"]) for one in shown})
    coverage = book.register["coverage"]
    reviews = [one for one in book.deployments if one["review"] and not one["review"]["filed_at"]]
    contents = [
        ("answers", "Who answers for it, and how to complain"),
        *((f"all-{kind}", f"{words.kind_words(kind)[1]}, newest first") for kind in kinds),
        *([("reviews", "Reviews that are due")] if reviews else []),
        *([("coverage", "How much may still be watched")] if coverage else []),
        *(
            (f"total-{one['kind']}", f"All {words.kind_words(one['kind'])[1].lower()} together")
            for one in book.register["totals"]
        ),
        ("oversight", "What the oversight did"),
        ("published", "When it was published"),
        ("files", "The same as files"),
    ]
    return _rendered(
        "register_index.html",
        book,
        index_path(page),
        page=page,
        pages=book.pages,
        contents=contents,
        index_path=index_path,
        listed=[(kind, [one for one in shown if one["kind"] == kind]) for kind in kinds],
        running=[one for one in book.deployments if one["state"] == "running"],
        halts_now=[one for one in book.register["halts"] if not one["until"]],
        reviews=sorted(reviews, key=lambda one: str(one["review"]["due_at"])),
        budget_bar=budget_bar(coverage) if coverage else "",
    )


def deployment(book: Book, one: Json) -> str:
    since = one["authority"]["changes"]["since"]
    before = next((other for other in book.deployments if other["number"] == since), None)
    figures, kept = one["figures"], [cleaned(kept) for kept in book.versions.get(str(one["id"]), ())]
    reasons = {missing(cell) for cell in figures.values() if not cell.get("why_not")}
    return _rendered(
        "register_deployment.html",
        book,
        f"{one['id']}/index.html",
        one=one,
        before=before,
        area=outline([(corner[0], corner[1]) for corner in one["area"]]) if one["area"] else "",
        contents=CONTENTS,
        counted=bool(figures["faces_seen"]["value"]),
        waiting=f"The figures are {next(iter(reasons))}" if len(reasons) == 1 and "" not in reasons else "",
        hides=bool(one["list"]) and any(table["hides"] for table in one["list"]["tables"].values()),
        expected_chart=expected_chart(one),
        conditions=conditions_bar(one["envelope"]),
        changes_of=_changes(one, kept),
        kept=[version["version"] for version in kept],
        address=book.about.address,
    )


def how(book: Book) -> str:
    return _rendered("register_how.html", book, "how.html", explained=_explained(book.register))


def check(book: Book) -> str:
    """How the record is checked, with how its key begins where a leaflet has it."""
    ledger = book.register["ledger"]
    return _rendered("register_check.html", book, "check.html", key=key_begins(ledger["public_key"]) if ledger else "")


def for_nothing(root: str) -> str:
    """What whoever asks for a page that is not there is told. `root`: the register's own address."""
    return (
        _environment()
        .get_template("register_none.html")
        .render(to=lambda path: root + path, places=PLACES, here="", version="")
    )


def cells(thing: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Cell]]:
    """Every published cell of a document or a part of it, with where it stands."""
    if words.is_cell(thing):
        assert isinstance(thing, Mapping)
        yield path, thing
    elif isinstance(thing, Mapping):
        for name, part in thing.items():
            yield from cells(part, (*path, str(name)))
    elif isinstance(thing, Sequence) and not isinstance(thing, str):
        for at, part in enumerate(thing):
            yield from cells(part, (*path, str(at)))


def cleaned(thing: Any) -> Any:
    """The same document with a sign in place of characters that neither HTML nor XML may hold."""
    if isinstance(thing, str):
        return _NO_CHARACTER.sub("\ufffd", thing)
    if isinstance(thing, Mapping):
        return {cleaned(name): cleaned(part) for name, part in thing.items()}
    return [cleaned(part) for part in thing] if isinstance(thing, list | tuple) else thing


def _rendered(template: str, book: Book, path: str, **values: Any) -> str:
    root = "../" * path.count("/")
    zone = book.about.zone
    return (
        _environment()
        .get_template(template)
        .render(
            register=book.register,
            how=book.register["how"],
            about=book.about,
            offers=book.offers,
            places=PLACES,
            here=path,
            to=lambda to: root + to,
            when=lambda text: words.when(text, zone),
            day=lambda text: words.day(text, zone),
            until=lambda opens, closes: words.until(opens, closes, zone),
            **values,
        )
    )


@cache
def _environment() -> Environment:
    environment = new_environment()
    environment.filters["first_up"] = lambda text: text[:1].upper() + text[1:]
    environment.globals |= {
        "many": many,
        "missing": missing,
        "says": says,
        "bare": words.bare,
        "sentence": words.sentence,
        "code_words": words.code_words,
        "figure_name": words.figure_name,
        "in_short": words.in_short,
        "cases": words.CASES,
        "states": words.STATES,
        "kind_words": words.kind_words,
        "shares": SHARES,
        "sources": SOURCES,
        "groups_of": groups_of,
        "sentences_of": sentences_of,
        "shares_of": lambda figures: [name for name in SHARES if name in figures],
        "wrong_of": wrong_of,
        "never_of": never_of,
        "bar_of": bar_of,
        "open_halt": lambda one: any(not halt["until"] for halt in one["halts"]),
    }
    return environment


def _changes(one: Json, kept: Sequence[Json]) -> dict[int | str, Changes]:
    """What each version changed, where it and the one before are kept; under "now": what changed since the last one."""
    at_hand = {document["version"]: document for document in kept}
    found: dict[int | str, Changes] = {
        version: changes_of(at_hand[version - 1], document)
        for version, document in at_hand.items()
        if version - 1 in at_hand
    }
    if one["version"] in at_hand:
        found["now"] = changes_of(at_hand[one["version"]], one)
    return found


def _explained(register: Json) -> list[tuple[str, list[str]]]:
    """Every key of a figure that is shown or explained, by what it is about."""
    keys = {str(cell["how"]) for _, cell in cells(register)} | set(map(str, register["how"]))
    keys.discard("hidden")  # it has a section of its own
    groups = [("Shares", SHARES), *GROUPS]
    known = {name for _, names in groups for name in names}
    rest = sorted((name for name in keys if name not in known), key=words.figure_name)
    found = [(group, [name for name in names if name in keys]) for group, names in groups]
    return [(group, names) for group, names in [*found, ("Lists, plans and everything else", rest)] if names]
