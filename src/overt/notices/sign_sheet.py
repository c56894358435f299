"""What all papers for the street have in common: templates, one style sheet, the QR code.

Rules:
  - every text is escaped; what a paper is made of lies in it, so that it can be sent, printed and kept as one file;
  - the style sheet is the same for all papers and has no values of a paper in it, so that the console, which forbids
    styles inside a page, can give it as a file;
  - a code is black on white with its quiet zone, and the address stands beside it in letters.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import segno
from jinja2 import Environment
from markupsafe import Markup

from overt.notices.area_map import Drawn, drawn
from overt.notices.notice import Notice
from overt.notices.templating import TEMPLATES, new_environment
from overt.notices.wording import Language

#: Sizes of type that a paper may have, half points.
SIZES: Final = range(12, 481)


@cache
def stylesheet() -> str:
    """The style sheet of all papers."""
    sizes = "".join(f".s{size}{{font-size:{size / 2:g}pt}}" for size in SIZES)
    return f"{(TEMPLATES / 'signs.css').read_text('utf-8')}{sizes}\n"


def document(template: str, notice: Notice, language: Language, *, link: str = "", **values: object) -> str:
    """A paper as HTML.

    Args:
        link: address of the style sheet; empty: the sheet is put into the document.
        values: that the template wants besides the notice and the language.
    """
    style = Markup('<link rel="stylesheet" href="{}">').format(link) if link else _style()
    return _environment().get_template(template).render(notice=notice, lang=language, style=style, **values)


def code(notice: Notice, language: Language) -> Markup:
    """The QR code of the deployment's page in the register, as a drawing."""
    made = segno.make_qr(notice.page, error="m")
    drawing = made.svg_inline(omitsize=True, light="#fff", border=4, svgclass="code", lineclass=None)
    label = Markup(' role="img" aria-label="{}"').format(language.say("sign.code", address=notice.page))
    return Markup(drawing).replace("<svg", Markup("<svg") + label, 1)  # noqa: S704 (segno's own drawing)


def outline(notice: Notice) -> Drawn | None:
    """The drawing of the area; None where the deployment has none."""
    return drawn(notice.area) if notice.area else None


def _style() -> Markup:
    return Markup(f"<style>{stylesheet()}</style>")  # noqa: S704 (the package's own sheet)


@cache
def _environment() -> Environment:
    return new_environment()
