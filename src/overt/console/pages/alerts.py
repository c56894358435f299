"""Alerts: the queue, one alert large, and a person's decision."""

from __future__ import annotations

from overt.console.doors import Doors

doors = Doors()
