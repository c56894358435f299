"""Watch lists: pictures judged, approved, withdrawn, erased."""

from __future__ import annotations

from overt.console.doors import Doors

doors = Doors()
