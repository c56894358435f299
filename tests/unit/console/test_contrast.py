"""What is written can be read, by day and by night: the contrast of every pair of colours that the styles use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from overt.console.render import STATIC

TEXT, LINES = 4.5, 3.0
SHEETS = sorted(STATIC.glob("*.css"))
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_TOKEN = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6})")
#: Where nothing else is said, ink stands on paper. Dividers are in the line's colour, and nothing hangs on seeing them.
PAPER, DIVIDER = "paper", "line"
#: What is drawn over pictures stands on their grey, or on its own edge.
ON_PICTURES = {"over": "grey", "on-grey": "over"}


def tokens(theme: str) -> dict[str, str]:
    """The colours of overt.css by their names."""
    text = (STATIC / "overt.css").read_text("utf-8")
    light, _, rest = text.partition("@media (prefers-color-scheme: dark)")
    found = dict(_TOKEN.findall(light.partition("}")[0]))
    return found if theme == "light" else found | dict(_TOKEN.findall(rest.partition("}")[0]))


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it, from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def used(sheet: Path) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Pairs of names that one rule sets against each other: of text, and of lines that mean something."""
    texts, lines = {("ink", PAPER)}, set()
    for _, body in _RULE.findall(re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)):
        said: dict[str, str] = dict(
            re.findall(r"(?<![a-z-])(color|background(?:-color)?)\s*:\s*var\(--([a-z-]+)\)", body)
        )
        behind = said.get("background", said.get("background-color", PAPER))
        if "color" in said or behind != PAPER:
            texts.add((said.get("color", "ink"), behind))
        for name in re.findall(r"(?:border[a-z-]*|outline|stroke)\s*:[^;]*var\(--([a-z-]+)\)", body):
            if name != DIVIDER:
                lines.add((name, ON_PICTURES.get(name, PAPER)))
    return texts, lines


def test_the_measure_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_every_pair_of_colours_can_be_told_apart(sheet: Path, theme: str) -> None:
    colours = tokens(theme)
    texts, lines = used(sheet)
    for pairs, least in ((texts, TEXT), (lines, LINES)):
        for front, behind in sorted(pairs):
            found = contrast(colours[front], colours[behind])
            assert found >= least, f"{theme}: {front} on {behind} has {found:.2f}, and needs {least}"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["amber", "red", "green"])
def test_a_state_can_be_read_on_its_own_paper_and_on_the_pages(name: str, theme: str) -> None:
    colours = tokens(theme)
    for behind in (PAPER, f"{name}-paper"):
        assert contrast(colours[name], colours[behind]) >= TEXT
        assert contrast(colours["ink"], colours[behind]) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_focus_and_the_fields_can_be_seen(theme: str) -> None:
    colours = tokens(theme)
    for line in ("accent", "quiet"):
        assert contrast(colours[line], colours[PAPER]) >= LINES


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_colours_come_from_the_tokens_alone(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    rest = _TOKEN.sub("", text)
    named = re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", re.sub(r"#[a-z][\w-]*(?=[^;{}]*\{)", "", rest))
    assert not named, f"{sheet.name} has colours of its own: {named}"


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_nothing_is_fetched_from_elsewhere(sheet: Path) -> None:
    text = sheet.read_text("utf-8")
    assert "@import" not in text
    assert not re.search(r"url\(\s*['\"]?(?!/static/|data:)", text)
