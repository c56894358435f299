"""Every paper that there is of a deployment, by the name of its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from overt.domain.errors import Refused
from overt.notices.leaflet import large, leaflet, plain
from overt.notices.notice import Notice
from overt.notices.poster import PAPERS, ahead, poster
from overt.notices.wording import Language

#: How far before the area a sign may stand, metres, and how many of them are made at once.
DISTANCES: Final = range(5, 2001)
MOST_DISTANCES: Final = 8
USUAL_M: Final = 50


class BadDistance(Refused):
    code = "bad-distance"


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which papers. `large_print`: the leaflet in large print, too; `ahead_m`: signs so many metres before the area.

    Raises:
        BadDistance: a sign cannot stand there, or there are too many.
    """

    large_print: bool = False
    ahead_m: tuple[int, ...] = (USUAL_M,)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ahead_m", tuple(dict.fromkeys(self.ahead_m)))
        if len(self.ahead_m) > MOST_DISTANCES or any(metres not in DISTANCES for metres in self.ahead_m):
            raise BadDistance(
                f"A sign stands {DISTANCES.start} to {DISTANCES.stop - 1} metres before the area, and at most "
                f"{MOST_DISTANCES} are made at once.",
                "Give other distances.",
            )


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One paper in one language. `name`: of its file, without ending; `html`: makes it, `link` as in `document`."""

    name: str
    html: Callable[..., str]


def sheets(notice: Notice, language: Language, order: Order) -> tuple[Sheet, ...]:
    """All papers of an order."""
    made = {f"poster-{paper}": partial(poster, notice, language, paper) for paper in PAPERS}
    made |= {
        f"ahead-{metres}m-{paper}": partial(ahead, notice, language, paper, metres)
        for metres in order.ahead_m
        for paper in PAPERS
    }
    made["leaflet"] = partial(leaflet, notice, language)
    if order.large_print:
        made["large-print"] = partial(large, notice, language)
    made["screen-reader"] = partial(plain, notice, language)
    return tuple(Sheet(name=f"{name}.{language.short}", html=html) for name, html in made.items())
