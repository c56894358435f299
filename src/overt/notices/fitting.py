"""The largest type in which a text fits its box, so that nothing on paper is ever cut.

Nobody knows which fonts will be there when a sign is printed. So widths are taken from DejaVu Sans Bold, the widest of
the fonts that the style sheet names: what fits with it fits with all of them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

PT_MM: Final = 25.4 / 72
#: Thousandths of the type size: advance widths of DejaVu Sans Bold.
_GROUPS: Final = {
    380: "'ijl |/\\IJ,.",
    460: ":;-f!()[]",
    520: 'tr_`"',
    600: "?zcs*–…“”",
    680: "Lxvykae",
    700: "TEFo$0123456789",
    735: "hnu{}bdgpqSYZPC",
    775: "BRXAVK",
    838: "UGDHN#+<=>^~",
    924: "OQ&w",
    1103: "M@%mW",
}
_WIDTHS: Final = {letter: width for width, letters in _GROUPS.items() for letter in letters}
_OTHER: Final = 1103
#: Plain type is narrower than bold.
PLAIN: Final = 0.93
_SHORT: Final = 0.3
_WORTH: Final = 0.85


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A text in lines, and the size of its type, points."""

    lines: tuple[str, ...]
    size: int


def width_em(text: str) -> float:
    """How wide a text is in bold, in type sizes; letters with marks are as wide as without."""
    bare = (each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return sum(_WIDTHS.get(each, _OTHER) for each in bare) / 1000


def lines_of(text: str, most_em: float) -> tuple[str, ...]:
    """The text in lines of at most so many type sizes; a word that is longer is broken, as the style sheet does."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_em(f"{lines[-1]} {word}") <= most_em:
            lines[-1] += f" {word}"
            continue
        part = ""
        for letter in word:
            if part and width_em(part + letter) > most_em:
                lines.append(part)
                part = ""
            part += letter
        lines.append(part)
    return tuple(lines)


def fitted(
    text: str, *, width_mm: float, height_mm: float, most: int, least: int, leading: float = 1.15, weight: float = 1.0
) -> Fitted:
    """The text in the largest type of `least` to `most` points that fits a box; in the least where none does.

    A last line of one short word is not worth a tenth of the size: then the type is smaller, and the line is gone.

    Args:
        leading: distance of lines, in type sizes.
        weight: PLAIN for plain type, 1 for bold.
    """
    fits = [
        Fitted(lines=lines, size=size)
        for size in range(most, least, -1)
        if _whole(text, lines := lines_of(text, width_mm / (size * PT_MM) / weight))
        and len(lines) * size * leading * PT_MM <= height_mm
    ]
    if not fits:
        return Fitted(lines=lines_of(text, width_mm / (least * PT_MM) / weight), size=least)
    first = fits[0]
    alone = len(first.lines) > 1 and width_em(first.lines[-1]) < max(map(width_em, first.lines)) * _SHORT
    fewer = (each for each in fits if len(each.lines) < len(first.lines) and each.size >= first.size * _WORTH)
    return next(fewer, first) if alone else first


def _whole(text: str, lines: tuple[str, ...]) -> bool:
    """Whether no word is broken."""
    return text.split() == [word for line in lines for word in line.split()]
