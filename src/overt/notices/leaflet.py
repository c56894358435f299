"""The leaflet: the questions of whoever finds it in their hand, each with its answer, on the two sides of an A5 sheet;
the same in large print, and plain for screen readers.

Rules:
  - how often the machine is wrong is said from what was measured for this model pack and this list, with its interval;
    what was not measured is called so;
  - the two sides hold the longest texts that a deployment may have, in type that is as large as then fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from overt.ledger.head import key_begins
from overt.notices.fitting import PT_MM, lines_of
from overt.notices.notice import Bound, Measured, Notice, Rate, Span
from overt.notices.sign_sheet import code, document, outline
from overt.notices.wording import Language

#: Of one side, inside its margins; the foot of the second holds the code.
_WIDTH_MM: Final = 128.0
_SIDE_MM: Final = 190.0
_FOOT_MM: Final = 34.0
_TITLE_MM: Final = 20.0
_LEADING: Final = 1.25
#: After a question, in type sizes.
_GAP: Final = 0.6
#: Headings, in sizes of the text.
HEADING: Final = 1.15
#: Whole lines of plain type, over bold; measured on both languages, and the sides are measured in a test.
_PLAIN: Final = 0.91
#: Type of the leaflet, half points.
MOST: Final = 24
LEAST: Final = 16


@dataclass(frozen=True, kw_only=True)
class Question:
    """A heading and the paragraphs under it."""

    heading: str
    answer: tuple[str, ...]


def leaflet(notice: Notice, language: Language, *, link: str = "") -> str:
    """Two sides of A5, as HTML; `link` as in `document`."""
    asked = questions(notice, language)
    front, back, size = _sides(asked)
    title = language.say("title.leaflet", place=notice.place)
    return document(
        "sign_leaflet.html",
        notice,
        language,
        link=link,
        title=title,
        front=front,
        back=back,
        size=size,
        code=code(notice, language),
    )


def large(notice: Notice, language: Language, *, link: str = "") -> str:
    """In large print, 18 points and more, on as many pages of A4 as it takes."""
    return document(
        "sign_large.html",
        notice,
        language,
        link=link,
        title=language.say("title.large", place=notice.place),
        questions=questions(notice, language),
        map=outline(notice),
        code=code(notice, language),
    )


def plain(notice: Notice, language: Language, *, link: str = "") -> str:
    """For screen readers: headings and paragraphs, no drawing, the address as a link."""
    title = language.say("title.plain", place=notice.place)
    asked = questions(notice, language)
    return document("sign_plain.html", notice, language, link=link, title=title, questions=asked)


def questions(notice: Notice, language: Language) -> tuple[Question, ...]:
    """All that the leaflet asks and answers, in its order."""
    say = language.say
    trial = (say("answer.trial"),) if notice.kind == "trial" else ()
    answers: dict[str, tuple[str, ...]] = {
        "what": (say("answer.what"), *trial),
        "where": (f"{say('answer.where', place=notice.place)} {say('answer.cameras', cameras=notice.cameras)}",),
        "when": (say("answer.when", window=language.window(notice.opens, notice.closes)),),
        "why": (_why(notice, language),),
        "by_whom": (say("answer.by_whom", controller=notice.controller),),
        "supplier": (say("answer.supplier", version=notice.version, pack=notice.pack),),
        "face": (say("answer.gone"), _kept(notice, language)),
        "stopped": (say("answer.stopped"),),
        "listed": (say("answer.listed"),),
        "complain": (say("answer.complain", complaints=notice.complaints),),
        "measured": measured(notice.measured, language),
        "record": (_record(notice, language),),
    }
    return tuple(Question(heading=say(f"heading.{key}"), answer=answer) for key, answer in answers.items())


def measured(found: Measured, language: Language) -> tuple[str, ...]:
    """How often it is wrong, and under which conditions that was measured: two paragraphs."""
    say = language.say
    group = (
        say("measured.group_none")
        if found.group is None
        else say("measured.group", group=found.group.name, **_span(found.group.times, language))
    )
    conditions = (group, *_bound("dark", found.dark, language), *_bound("crowd", found.crowd, language))
    return " ".join(_rate(found.rate, language)), " ".join([*conditions, say("measured.misses")])


def _rate(rate: Rate | None, language: Language) -> tuple[str, ...]:
    say, number = language.say, language.number
    if rate is None:
        return (say("measured.rate_none"),)
    here = (
        say("measured.passages_none")
        if rate.here is None
        else say("measured.here", passages=number(rate.passages), **_span(rate.here, language))
    )
    basis = say(
        "measured.basis",
        comparisons=number(rate.comparisons),
        people=number(rate.people),
        rows=number(rate.rows),
    )
    extrapolated = (say("measured.extrapolated"),) if rate.extrapolated else ()
    return (say("measured.rate", **_span(rate.per_1000, language)), here, basis, *extrapolated)


def _bound(name: str, bound: Bound | None, language: Language) -> tuple[str, ...]:
    if bound is None:
        return (language.say(f"measured.{name}_none"),)
    limit, people = language.number(bound.amber, 0), language.number(bound.people)
    said = language.say(f"measured.{name}", limit=limit, people=people)
    red = () if bound.red is None else (language.say(f"measured.{name}_red", red=language.number(bound.red, 0)),)
    return (said, *red)


def _span(span: Span, language: Language) -> dict[str, str]:
    return {name: language.number(getattr(span, name)) for name in ("value", "low", "high")}


def _why(notice: Notice, language: Language) -> str:
    codes = (("purpose", notice.purpose), ("use_case", notice.use_case))
    return " ".join(language.of_code(table, each) for table, each in codes if each)


def _kept(notice: Notice, language: Language) -> str:
    say, number = language.say, language.number
    alert = say(
        "answer.alert",
        not_the_person_s=number(notice.not_the_person_s),
        possible_match_h=number(notice.possible_match_h),
    )
    return (
        f"{alert} {say('answer.list_erased', list_after_end_h=number(notice.list_after_end_h))} "
        f"{say('answer.listed_pictures', pictures=number(notice.pictures))}"
    )


def _record(notice: Notice, language: Language) -> str:
    key = (language.say("answer.key", begins=key_begins(notice.key)),) if notice.key else ()
    return " ".join([language.say("answer.record", mark=notice.mark, check=notice.check), *key])


def _sides(asked: tuple[Question, ...]) -> tuple[tuple[Question, ...], tuple[Question, ...], int]:
    """What stands on the front and on the back, and the largest type with which both hold theirs, half points."""
    for size in range(MOST, LEAST, -1):
        for count in range(len(asked) - 1, 0, -1):
            front, back = asked[:count], asked[count:]
            if _height(front, size) <= _SIDE_MM - _TITLE_MM and _height(back, size) <= _SIDE_MM - _FOOT_MM:
                return front, back, size
    return asked[:7], asked[7:], LEAST


def _height(asked: tuple[Question, ...], size: int) -> float:
    """Of questions with their answers, millimetres; at most."""
    most_em = _WIDTH_MM / (size / 2 * PT_MM)
    headings = sum(len(lines_of(one.heading, most_em / HEADING)) for one in asked)
    lines = sum(len(lines_of(each, most_em / _PLAIN)) for one in asked for each in one.answer)
    return ((headings * HEADING + lines) * _LEADING + len(asked) * _GAP) * size / 2 * PT_MM
