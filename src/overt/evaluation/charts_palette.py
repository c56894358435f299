"""The colours of reports and charts, on white and on black paper.

Rules:
  - colour means something or is absent: ink for text and figures, accent for the subject, quiet for context, line for
    dividers only, amber for what a figure does not mean;
  - text has a contrast of at least 4.5 to 1 with its ground, a line that carries meaning 3 to 1 (WCAG 2.2, 1.4.3 and
    1.4.11);
  - a chart names a role, never a colour: a page sets the colours as CSS variables, and the light ones stand in where a
    chart is seen alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LIGHT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paper": "#ffffff",
        "ink": "#0b0c0c",
        "quiet": "#505a5f",
        "line": "#b1b4b6",
        "accent": "#1d4ed8",
        "amber": "#8a5a00",
        "amber-ground": "#fff4d6",
    }
)
DARK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paper": "#101416",
        "ink": "#f1f3f4",
        "quiet": "#a9b4ba",
        "line": "#3a444a",
        "accent": "#7aa2ff",
        "amber": "#ffc65c",
        "amber-ground": "#33260a",
    }
)


def variables(colours: Mapping[str, str]) -> str:
    """The colours as CSS custom properties: "--paper: #ffffff; --ink: #0b0c0c; ..."."""
    return " ".join(f"--{role}: {colour};" for role, colour in colours.items())
