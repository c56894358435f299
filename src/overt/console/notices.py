"""What everybody who is signed in is told on every page: what the oversight holds."""

from __future__ import annotations

from overt.console.house import House
from overt.domain.errors import OvertError
from overt.services.halts import Halt, standing_halts


def halts_now(house: House) -> list[Halt]:
    """The holds that stand; none where the store cannot be asked, which the page itself will tell."""
    try:
        return standing_halts(house.installation)
    except OvertError:
        return []
