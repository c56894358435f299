"""One entry of a watch list: what is known about it in codes, and what a policy asks of it.

Rules, each refused by its name in the policy (`broken_entry`):
  - `entry_fields`      every field that the policy names is filled;
  - `categories`        the category stands on the policy's closed list;
  - `sources`           the picture's source does, too, and is never an alert of live facial recognition, by any name;
  - `responses`         the response that is expected does;
  - `welfare_only`      who is missing or at risk is met with help and nothing else;
  - `ground_age_max_h`  the ground was checked within so many hours, and not in the future;
  - `picture_age_max_years`  a picture is not of a day to come (an older one needs a second approval).
A second person has to approve, with a reason, what `approvals_needed` names. Of all entries together (`broken_list`):
  - `list_max`          there are at most so many;
  - `min_serious_share` at least so large a share of those who are looked for is serious; volunteers and decoys of a
    trial are no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar

from overt.domain.errors import Refused
from overt.domain.policy import Rules
from overt.domain.retention import HOUR_US
from overt.domain.terms import Broken
from overt.domain.time import to_datetime, to_us
from overt.domain.words import shown

T = TypeVar("T")

WELFARE: Final = "welfare"
#: The codes of the column `age`, and the youngest that somebody with this code can be, years.
YOUNGEST: Final[Mapping[str, int]] = {"adult": 18, "13-17": 13, "under-13": 0}
#: Categories of trials. Everybody else is on a list because they are looked for.
VOLUNTEER: Final = "volunteer"
DECOY: Final = "decoy"
LISTED: Final = "listed"
#: Words of a source that tell of an alert of live facial recognition, however it is written.
_LFR_WORDS: Final = frozenset({"lfr", "rlfr", "afr", "rbi", "alert", "alerts", "overt"})
_LFR_PHRASE: Final = re.compile(r"fac(e|ial)-?recognition|live-?fac")
#: The rule of each approval that is not about age.
_APPROVED_BY_RULE: Final = {"foreign-source": "trusted_sources", "old-picture": "picture_age_max_years"}
_YES_NO: Final = {"yes": True, "no": False, "": None}


class BadField(Refused):
    """A field of an entry that is filled and cannot be read."""

    code = "bad-field"


def about_of(category: str) -> str:
    """Whom an entry of this category stands for: "volunteer", "decoy" or "listed"."""
    return category if category in (VOLUNTEER, DECOY) else LISTED


@dataclass(frozen=True, kw_only=True)
class EntryFacts:
    """What the rules ask about an entry. Times are microseconds since 1970, UTC.

    Attributes:
        reference: what the list's owner calls it.
        category, source, response: codes of the policy; "" where nothing is given.
        ground: whether a ground is given; its words stay sealed.
        offence: whether an offence is named; likewise.
        serious: whether it is about a serious offence or a serious risk; None where nothing is given.
        picture_date: the day on which the picture was taken.
        age: a key of YOUNGEST, or "" where nothing is given.
    """

    reference: str
    category: str = ""
    ground: bool = False
    offence: bool = False
    serious: bool | None = None
    source: str = ""
    picture_date: date | None = None
    ground_checked_us: int | None = None
    expires_us: int | None = None
    response: str = ""
    age: str = ""

    @property
    def about(self) -> str:
        """Whom the entry stands for: "volunteer", "decoy" or "listed"."""
        return about_of(self.category)

    def filled(self, field: str) -> bool:
        """Whether a column of the table is filled. A column that is none counts as empty."""
        value = getattr(self, _ATTRIBUTES.get(field, field), None)
        return value is not None and value != "" and (value is not False or field == "serious")


#: The columns whose attribute has another name.
_ATTRIBUTES: Final = {"ground_checked_at": "ground_checked_us", "expires": "expires_us"}


def facts_of(row: Mapping[str, str]) -> EntryFacts:
    """The facts that a row of the table gives.

    Args:
        row: text by column; columns may be missing.

    Raises:
        BadField: a field cannot be read; which one, and how to write it.
    """
    text = {column: value.strip() for column, value in row.items()}
    reference = text.get("reference", "")
    return EntryFacts(
        reference=reference,
        category=text.get("category", ""),
        ground=bool(text.get("ground", "")),
        offence=bool(text.get("offence", "")),
        serious=_chosen(reference, "serious", text.get("serious", "").casefold(), _YES_NO),
        source=text.get("source", ""),
        picture_date=_day(reference, text.get("picture_date", "")),
        ground_checked_us=_moment(reference, "ground_checked_at", text.get("ground_checked_at", "")),
        expires_us=_moment(reference, "expires", text.get("expires", "")),
        response=text.get("response", ""),
        age=_chosen(reference, "age", text.get("age", "").casefold(), {code: code for code in (*YOUNGEST, "")}),
    )


def from_alert(source: str) -> bool:
    """Whether a source is an alert of live facial recognition, by whatever name."""
    code = re.sub(r"[^a-z0-9]+", "-", source.casefold())
    return bool(_LFR_WORDS.intersection(code.split("-"))) or _LFR_PHRASE.search(code) is not None


def broken_entry(facts: EntryFacts, rules: Rules, now_us: int) -> tuple[Broken, ...]:
    """Every rule that an entry breaks at that time, in the order of ENTRY_RULES."""
    return tuple(
        Broken(rule=name, sentence=f"{facts.reference or 'An entry without a reference'} {fault}.", todo=_TODO[name])
        for name, faults in ENTRY_RULES.items()
        for fault in faults(facts, rules, now_us)
    )


def approvals_needed(facts: EntryFacts, rules: Rules, now_us: int) -> tuple[str, ...]:
    """Why a second person has to approve an entry, in codes; none where nobody has to.

    `under-13` and `under-18` (or the age that the policy names) are for young people, `age-unknown` for somebody whose
    age is not given, `foreign-source` for a picture from a source that the policy does not trust, `old-picture` for one
    that is too old or not dated.
    """
    limit, needed = rules.second_approval_under_age, []
    if not facts.age:
        needed.append("age-unknown")
    elif YOUNGEST[facts.age] < limit:
        needed.append("under-13" if facts.age == "under-13" else f"under-{limit}")
    if facts.source not in rules.trusted_sources:
        needed.append("foreign-source")
    if facts.picture_date is None or _years_old(facts.picture_date, now_us) >= rules.picture_age_max_years:
        needed.append("old-picture")
    return tuple(needed)


def missing_approvals(facts: EntryFacts, rules: Rules, now_us: int) -> tuple[Broken, ...]:
    """What an entry that nobody has approved breaks, each by its rule in the policy."""
    return tuple(
        Broken(
            rule=_APPROVED_BY_RULE.get(code, "second_approval_under_age"),
            sentence=f"{facts.reference} needs the approval of a second person ({code}).",
            todo="Have another list manager look at the entry: overt list approve.",
        )
        for code in approvals_needed(facts, rules, now_us)
    )


def broken_list(entries: Sequence[EntryFacts], rules: Rules) -> tuple[Broken, ...]:
    """Every rule that the entries break together."""
    broken, count = [], len(entries)
    if count > rules.list_max:
        broken.append(
            Broken(
                rule="list_max",
                sentence=f"The list has {count:,} entries, and the policy allows {rules.list_max:,}.",
                todo="Leave out whoever does not have to be looked for at this place and time.",
            )
        )
    listed = [entry for entry in entries if entry.about == LISTED]
    serious = sum(entry.serious is True for entry in listed)
    if serious < rules.min_serious_share * len(listed) - 1e-9:  # what a share leaves of rounding is no entry
        broken.append(
            Broken(
                rule="min_serious_share",
                sentence=f"{serious:,} of {len(listed):,} entries are serious, and the policy asks for a share of "
                f"{rules.min_serious_share:.0%} at least.",
                todo="A list is for what is serious; leave out what is not.",
            )
        )
    return tuple(broken)


_Faults = Iterator[str]


def _fields(facts: EntryFacts, rules: Rules, _now_us: int) -> _Faults:
    missing = [field for field in rules.entry_fields if not facts.filled(field)]
    if missing:
        yield f"does not give {', '.join(missing)}"


def _category(facts: EntryFacts, rules: Rules, _now_us: int) -> _Faults:
    if facts.category and facts.category not in rules.categories:
        yield f"has the category {shown(facts.category)}; the closed list is {', '.join(rules.categories)}"


def _source(facts: EntryFacts, rules: Rules, _now_us: int) -> _Faults:
    if from_alert(facts.source):
        yield "comes from live facial recognition, and no alert may feed a list"
    elif facts.source and facts.source not in rules.sources:
        yield f"has a picture from the source {shown(facts.source)}; the closed list is {', '.join(rules.sources)}"


def _response(facts: EntryFacts, rules: Rules, _now_us: int) -> _Faults:
    if facts.response and facts.response not in rules.responses:
        yield f"expects the response {shown(facts.response)}; the closed list is {', '.join(rules.responses)}"


def _welfare(facts: EntryFacts, rules: Rules, _now_us: int) -> _Faults:
    if facts.category in rules.welfare_only and facts.response != WELFARE:
        yield f"is of the category {facts.category}, whose response is {WELFARE} and nothing else"


def _ground_age(facts: EntryFacts, rules: Rules, now_us: int) -> _Faults:
    checked_us, limit_h = facts.ground_checked_us, rules.ground_age_max_h
    if checked_us is None:
        yield "does not say when its ground was checked"
    elif checked_us > now_us:
        yield "has a ground that was checked at a time still to come"
    elif now_us - checked_us > limit_h * HOUR_US:
        yield f"has a ground that was checked {(now_us - checked_us) / HOUR_US:.1f} hours ago; {limit_h} are the most"


def _picture_day(facts: EntryFacts, _rules: Rules, now_us: int) -> _Faults:
    # A day more, since the day is that of the place where the picture was taken.
    if facts.picture_date is not None and (facts.picture_date - to_datetime(now_us).date()).days > 1:
        yield "has a picture of a day still to come"


#: One function for each rule of an entry: what is wrong, as the end of a sentence that begins with the reference.
ENTRY_RULES: Final[Mapping[str, Callable[[EntryFacts, Rules, int], _Faults]]] = {
    "entry_fields": _fields,
    "categories": _category,
    "sources": _source,
    "responses": _response,
    "welfare_only": _welfare,
    "ground_age_max_h": _ground_age,
    "picture_age_max_years": _picture_day,
}
_TODO: Final = {
    "entry_fields": "Fill the field in, or leave the entry out.",
    "categories": "Give the category that fits; where none does, this person may not be listed.",
    "sources": "Use another picture, from a source that the policy names.",
    "responses": "Say what is to be done if the person is found, in a code of the policy.",
    "welfare_only": f"Write {WELFARE} as the response.",
    "ground_age_max_h": "Check whether the ground still holds, and write when that was, such as 2026-11-22T09:00:00Z.",
    "picture_age_max_years": "Correct the date of the picture.",
}


def _years_old(day: date, now_us: int) -> int:
    """Whole years since that day."""
    today = to_datetime(now_us).date()
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def _chosen(reference: str, column: str, text: str, choices: Mapping[str, T]) -> T:
    if text not in choices:
        said = ", ".join(choice for choice in choices if choice)
        raise _bad(reference, column, text, f"Write one of {said}.")
    return choices[text]


def _day(reference: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _bad(reference, "picture_date", text, "Write a day such as 2026-11-22.") from None


def _moment(reference: str, column: str, text: str) -> int | None:
    try:
        return to_us(datetime.fromisoformat(text)) if text else None
    except ValueError:
        raise _bad(reference, column, text, "Write a time with its zone, such as 2026-11-22T09:00:00Z.") from None


def _bad(reference: str, column: str, text: str, todo: str) -> BadField:
    return BadField(f"{reference} has {shown(text)} as its {column}, which cannot be read.", todo)
