"""What everybody who is signed in is told on every page: what the oversight holds, and that its panel is due."""

from __future__ import annotations

from overt.console.house import House
from overt.domain.errors import OvertError
from overt.services.halts import Halt, standing_halts
from overt.services.panel import Panel, panel_now


def halts_now(house: House) -> list[Halt]:
    """The holds that stand; none where the store cannot be asked, which the page itself will tell."""
    try:
        return standing_halts(house.installation)
    except OvertError:
        return []


def panel_due(house: House) -> Panel | None:
    """How it stands with the panel, where it has to countersign soon or should have; None: nothing is to be told."""
    try:
        panel = panel_now(house.installation)
    except OvertError:
        return None
    return panel if panel is not None and panel.soon(house.now_us) else None
