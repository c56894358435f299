"""What every answer of the API is made of: times, ids, shares, pages, problems.

Rules:
  - a time is RFC 3339, UTC, with milliseconds; an id is a UUID as text;
  - a share never travels alone: value, numerator, denominator and 95 % interval;
  - what may not be known yet is null;
  - a long list comes in parts: `next` is what the next request gives as `before`, null at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from overt.console.doors import Rule, only
from overt.domain.roles import Action
from overt.domain.time import to_text

ID_PATTERN: Final = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-29T14:05:09.250Z"])]
IdInPath = Annotated[str, Path(pattern=ID_PATTERN, description="Its id.")]
Limit = Annotated[int, Query(ge=1, le=500, description="So many at most.")]
Before = Annotated[str | None, Query(pattern=ID_PATTERN, description="Only those before this id: `next` of a page.")]
MOST: Final = 100

#: Figures, and what is no more than figures: every role may see them.
FIGURES: Final[Rule] = only(Action.FIGURES_SEE, by_token=True)

PROBLEM: Final = "application/problem+json"
_WHAT: Final[Mapping[int, str]] = {
    401: "Nobody is signed in, or the session is over.",
    403: "This account may not do it, a token does not open it, or it came from another page.",
    404: "There is no such thing.",
    409: "A rule refuses it, or it cannot be done as things stand.",
    411: "The body does not say how long it is.",
    413: "The body is longer than this takes.",
    421: "The request went to another name than the console's.",
    422: "Something in the request has no allowed value; `errors` says what, by its name.",
    429: "Too many at once; try again later.",
    503: "The store, or a part that this needs, is not there.",
}
_PLAIN: Final = (403, 411, 413, 421)  # said before anything else is looked at, in one line of text
_PROBLEMS: Final = (401, 403, 404, 409, 422, 429, 503)


class Answer(BaseModel):
    """Part of an answer; it has these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


A = TypeVar("A", bound=Answer)
T = TypeVar("T")


class Share(Answer):
    """A share with its 95 % interval (Clopper-Pearson)."""

    value: float | None = Field(description="0 to 1; null where nothing was counted.")
    num: int = Field(ge=0, description="Cases counted.")
    den: int = Field(ge=0, description="All cases.")
    low: float = Field(ge=0, le=1, description="Lower limit.")
    high: float = Field(ge=0, le=1, description="Upper limit.")


class Fault(Answer):
    """Something in a request that has no allowed value. The value itself is not repeated."""

    at: str = Field(description="Where: query, path, header or body.")
    name: str = Field(description="The name of the field; empty where it is the whole of it.")
    code: str = Field(description="What is wrong with it, such as `missing` or `int_parsing`.")


class Problem(Answer):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="`urn:overt:` and the error's code, which stays the same.")
    title: str = Field(description="What happened and why, a sentence.")
    status: int
    detail: str = Field(description="What to do next; may be empty.")
    errors: list[Fault] | None = Field(default=None, description="Of 422: what has no allowed value.")


class Part(Answer, Generic[A]):
    """Part of a long list."""

    items: list[A]
    next: str | None = Field(description="To be given as `before` for the next part; null at the end.")


def part(
    found: Sequence[T], before: str | None, limit: int, *, id_of: Callable[[T], str], shown: Callable[[T], A]
) -> Part[A]:
    """The newest of `found` before an id; ids are in the order of time."""
    ordered = sorted((one for one in found if before is None or id_of(one) < before), key=id_of, reverse=True)
    chosen = ordered[:limit]
    return Part(items=[shown(one) for one in chosen], next=id_of(chosen[-1]) if len(ordered) > limit else None)


def moment(us: int) -> str:
    return to_text(us)


def maybe(us: int | None) -> str | None:
    return None if us is None else to_text(us)


def told(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that an operation answers with, for its description; those of every operation are added."""
    every = sorted({*statuses, 403, 421, 422, 503})
    return {status: {"description": _WHAT[status], "content": _content(status)} for status in every}


def _content(status: int) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if status in _PROBLEMS:
        content[PROBLEM] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if status in _PLAIN:
        content["text/plain"] = {"schema": {"type": "string"}}
    return content
