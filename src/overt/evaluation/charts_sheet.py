"""The sheet that a chart is drawn on, and the text of the `<svg>` that comes of it.

Rules:
  - Matplotlib is imported when the first chart is drawn; what it caches goes into the folder that MPLCONFIGDIR names,
    else into the cache folder of Overt's home, and nowhere else;
  - no `pyplot`, no style file: the same input gives the same bytes, whatever a person set up for Matplotlib;
  - text stays text, in the font of the page; room for it is measured for a wide one;
  - lengths are units of the drawing, one for each pixel where the chart is shown at its own size;
  - the `<svg>` names colours by role (`charts_palette`), carries its text alternative, and loads nothing.
"""

from __future__ import annotations

import hashlib
import html
import io
import os
import re
import sys
import textwrap
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from overt.evaluation.charts_palette import LIGHT
from overt.settings import load_settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH: Final = 440.0
TEXT: Final = 14.0
ROW: Final = 18.0  # from one line of text to the next
LETTER: Final = 8.2  # mean width of a letter in the widest of the usual system fonts
LETTERS: Final = int(WIDTH / LETTER)  # in a row as wide as the sheet
_BOLD_LETTERS: Final = int(WIDTH / (1.15 * LETTER))

Side = Literal["left", "center", "right"]

_ONE_AT_A_TIME: Final = threading.Lock()  # Matplotlib's settings belong to the whole process
_SETTINGS: Final[dict[str, object]] = {
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT,
    "text.parse_math": False,
    "text.color": LIGHT["ink"],
    "axes.edgecolor": LIGHT["quiet"],
    "axes.facecolor": "none",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.axisbelow": True,
    "grid.color": LIGHT["line"],
    "grid.linewidth": 0.8,
    "xtick.color": LIGHT["quiet"],
    "ytick.color": LIGHT["quiet"],
    "xtick.labelcolor": LIGHT["ink"],
    "ytick.labelcolor": LIGHT["ink"],
    "svg.fonttype": "none",
    "svg.hashsalt": "overt",
    "svg.id": None,
}
NO_BREAK: Final = "\u00a0"
_NOTHING: Final = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def drawn(draw: Callable[[Sheet], str]) -> str:
    """The `<svg>` of what `draw` puts on a new sheet; it returns the text alternative.

    Raises:
        BadSetting: Overt's home is needed for Matplotlib's cache, and cannot be made.
    """
    with _ONE_AT_A_TIME, _settings():
        sheet = Sheet()
        return sheet.svg(draw(sheet))


@contextmanager
def _settings() -> Iterator[None]:
    """Matplotlib as it comes, with the settings above, whatever a `matplotlibrc` says; as before afterwards."""
    with _cache_folder():
        import matplotlib as mpl  # noqa: PLC0415  (most of a second, and only a report draws)
        import matplotlib.figure  # noqa: PLC0415  (reads and writes the list of fonts)
    unlike = {name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith("backend")}
    with warnings.catch_warnings(), mpl.rc_context(unlike | _SETTINGS):  # type: ignore[arg-type]  # its keys are literals
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the page's font has it, or says so by itself
        yield


@contextmanager
def _cache_folder() -> Iterator[None]:
    """While Matplotlib is imported for the first time, it and fontconfig keep their caches in one folder: the one that
    MPLCONFIGDIR names, else one in Overt's home."""
    if "matplotlib" in sys.modules:
        yield
        return
    before = {name: os.environ.get(name) for name in ("MPLCONFIGDIR", "XDG_CACHE_HOME")}
    folder = before["MPLCONFIGDIR"] or str(load_settings().make_home() / "cache" / "matplotlib")
    Path(folder).mkdir(parents=True, exist_ok=True)
    os.environ.update(dict.fromkeys(before, folder))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


class Sheet:
    """A drawing as wide as `WIDTH`; it grows downwards, row by row, and has one pair of axes."""

    def __init__(self) -> None:
        from matplotlib.figure import Figure  # noqa: PLC0415  (see `_settings`)

        self._figure = Figure(figsize=(1, 1), dpi=72, facecolor="none")
        self.axes: Axes = self._figure.add_axes((0, 0, 1, 1))
        self.down = 0.0
        self._texts: list[tuple[float, float, str, Side, str, bool]] = []
        self._leaders: list[tuple[Sequence[float], Sequence[float], str, Literal["dashed", "solid"]]] = []
        self._left = self._top = 0.0
        self._right = self._bottom = 1.0

    def write(
        self, x: float, y: float, text: str, side: Side = "left", colour: str = "ink", *, bold: bool = False
    ) -> None:
        """One line of text whose base line is `y` units from the top; `side` of it lies at `x`."""
        self._texts.append((x, y, _one_row(text), side, LIGHT[colour], bold))

    def paragraph(self, text: str, x: float = 0, colour: str = "ink", *, bold: bool = False) -> None:
        """Text below what is there, in as many rows as it needs."""
        for line in folded(text, (_BOLD_LETTERS if bold else LETTERS) - int(x / LETTER)):
            self.down += ROW
            self.write(x, self.down, line, "left", colour, bold=bold)

    def leader(self, xs: Sequence[float], ys: Sequence[float], colour: str, *, dashed: bool = False) -> None:
        """A thin line through points in units from the left and from the top."""
        self._leaders.append((xs, ys, LIGHT[colour], "dashed" if dashed else "solid"))

    def across(self, left: float, right: float) -> None:
        """The axes reach from `left` to `right`, in units from the left edge."""
        self._left, self._right = left, right

    def place(self, height: float) -> None:
        """Lays the axes below what is there, `height` units high."""
        self._top = self.down
        self.down += height
        self._bottom = self.down

    def along(self, x: float) -> float:
        """How far from the left edge of the sheet a value of the axes lies, in units."""
        first, last, here = (float(self.axes.transScale.transform((each, 1.0))[0]) for each in (*self._ends("x"), x))
        return self._left + (self._right - self._left) * (here - first) / (last - first)

    def under(self, y: float) -> float:
        """How far below the top of the sheet a value of the axes lies, in units."""
        first, last, here = (float(self.axes.transScale.transform((1.0, each))[1]) for each in (*self._ends("y"), y))
        return self._bottom - (self._bottom - self._top) * (here - first) / (last - first)

    def _ends(self, axis: Literal["x", "y"]) -> tuple[float, float]:
        return self.axes.get_xlim() if axis == "x" else self.axes.get_ylim()

    def svg(self, alternative: str) -> str:
        from matplotlib.lines import Line2D  # noqa: PLC0415  (see `_settings`)

        height = self.down
        self._figure.set_size_inches(WIDTH / 72, height / 72)
        size = (self._right - self._left) / WIDTH, (self._bottom - self._top) / height
        self.axes.set_position((self._left / WIDTH, 1 - self._bottom / height, *size))
        for x, y, text, side, colour, bold in self._texts:
            weight = "bold" if bold else "normal"
            self._figure.text(x / WIDTH, 1 - y / height, text, ha=side, va="baseline", color=colour, fontweight=weight)
        for xs, ys, colour, style in self._leaders:
            places = [x / WIDTH for x in xs], [1 - y / height for y in ys]
            self._figure.add_artist(Line2D(*places, color=colour, linestyle=style, linewidth=0.8))
        buffer = io.StringIO()
        self._figure.savefig(buffer, format="svg", metadata=_NOTHING)
        return cleaned(buffer.getvalue(), alternative, height)


def folded(text: str, letters: int) -> list[str]:
    """Text in rows of at most so many letters; a number stays with its per cent sign. A word is never cut."""
    kept = text.replace(" %", f"{NO_BREAK}%")
    rows = textwrap.wrap(kept, letters, break_long_words=False, break_on_hyphens=False)
    return [row.replace(NO_BREAK, " ") for row in rows]


def _one_row(text: str) -> str:
    """Text without what breaks a row, and without what is no letter in any encoding."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).encode("utf-8", "replace").decode()


def cleaned(svg: str, alternative: str, height: float) -> str:
    """Matplotlib's SVG file as an `<svg>` for a page."""
    alternative = _one_row(alternative)
    body = svg[svg.index(">", svg.index("<svg ")) + 1 : svg.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*</defs>", "", body)
    body = re.sub(r"font-family: [^;\"]*(?:; )?", "", body).replace("xlink:href", "href")
    body = re.sub(r"\s*\n\s*", "\n", body).strip()
    used = set(re.findall(r"(?:href=\"#|url\(#)([\w.-]+)", body))
    mark = hashlib.sha256(f"{alternative}\n{body}".encode()).hexdigest()[:8]  # a page may hold several charts
    body = re.sub(r' id="([\w.-]+)"', lambda found: f' id="{mark}-{found[1]}"' if found[1] in used else "", body)
    body = re.sub(r"(href=\"#|url\(#)", rf"\g<1>{mark}-", body)
    for role, colour in LIGHT.items():
        body = body.replace(colour, f"var(--{role}, {colour})")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-label="{html.escape(alternative)}" font-family="system-ui, sans-serif" '
        f'stroke-linejoin="round">\n{body}\n</svg>'
    )
