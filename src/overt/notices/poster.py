"""The poster where faces are compared, and the sign before it: one sentence in the largest type that fits.

Both are drawn for A4; for A3 the same drawing is half as large again in each direction (the square root of two), so
nothing on it is smaller than 12 points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from overt.notices.fitting import PLAIN, Fitted, fitted
from overt.notices.notice import Notice
from overt.notices.sign_sheet import code, document, outline
from overt.notices.wording import Language

Paper = Literal["a4", "a3"]
PAPERS: Final[tuple[Paper, ...]] = ("a4", "a3")
#: Small print is never smaller, points.
LEAST: Final = 12
_WIDE: Final = 184.0


@dataclass(frozen=True, kw_only=True)
class _Box:
    """Where a text goes. `most`: the largest type, points."""

    width_mm: float
    height_mm: float
    most: int
    weight: float = 1.0

    def fit(self, text: str) -> Fitted:
        return fitted(
            text, width_mm=self.width_mm, height_mm=self.height_mm, most=self.most, least=LEAST, weight=self.weight
        )


_BOXES: Final = {
    "place": _Box(width_mm=_WIDE, height_mm=25, most=40),
    "when": _Box(width_mm=_WIDE, height_mm=15, most=24, weight=PLAIN),
    "by": _Box(width_mm=_WIDE, height_mm=15, most=24, weight=PLAIN),
    "scan": _Box(width_mm=_WIDE, height_mm=17, most=14, weight=PLAIN),
    "small": _Box(width_mm=_WIDE, height_mm=26, most=LEAST, weight=PLAIN),
}
_SENTENCE: Final = _Box(width_mm=_WIDE, height_mm=110, most=200)
_AHEAD: Final = _Box(width_mm=_WIDE, height_mm=72, most=200)
_METRES: Final = _Box(width_mm=130, height_mm=34, most=120)
#: Beside the code; where there is a map it takes the left side.
_FACE: Final = _Box(width_mm=76, height_mm=47, most=16, weight=PLAIN)
_FACE_ALONE: Final = _Box(width_mm=130, height_mm=47, most=22, weight=PLAIN)


def poster(notice: Notice, language: Language, paper: Paper, *, link: str = "") -> str:
    """The poster as HTML; `link` as in `document`."""
    title = language.say("title.poster", place=notice.place)
    texts = {**_texts(notice, language), "sentence": _SENTENCE.fit(language.say("sign.sentence"))}
    return _made(notice, language, paper, title, link, texts, metres=0)


def ahead(notice: Notice, language: Language, paper: Paper, metres: int, *, link: str = "") -> str:
    """The sign that stands so many metres before the area, as HTML."""
    shown = language.number(metres)
    title = language.say("title.ahead", place=notice.place, metres=shown)
    texts = {
        **_texts(notice, language),
        "sentence": _AHEAD.fit(language.say("sign.ahead")),
        "metres": _METRES.fit(language.say("sign.metres", metres=shown)),
    }
    return _made(notice, language, paper, title, link, texts, metres=metres)


def _texts(notice: Notice, language: Language) -> dict[str, Fitted]:
    said = {
        "place": notice.place,
        "when": language.window(notice.opens, notice.closes),
        "by": language.say("form.by", controller=notice.controller),
        "scan": f"{language.say('sign.scan')} {notice.page}",
        "small": language.say(
            "sign.small",
            deployment=notice.deployment,
            mark=notice.mark,
            date=language.date(notice.printed),
            complaints=notice.complaints,
        ),
    }
    face = " ".join([language.say("sign.trial")] * (notice.kind == "trial") + [language.say("sign.face")])
    box = _FACE if notice.area else _FACE_ALONE
    return {**{name: _BOXES[name].fit(text) for name, text in said.items()}, "face": box.fit(face)}


def _made(
    notice: Notice, language: Language, paper: Paper, title: str, link: str, texts: dict[str, Fitted], *, metres: int
) -> str:
    return document(
        "sign_poster.html",
        notice,
        language,
        link=link,
        title=title,
        paper=paper,
        texts=texts,
        metres=metres,
        map=outline(notice),
        code=code(notice, language),
    )
