"""Cameras: tried, and their zones drawn."""

from __future__ import annotations

from overt.console.doors import Doors

doors = Doors()
