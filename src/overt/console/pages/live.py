"""Live: what the cameras see, redacted where it is seen."""

from __future__ import annotations

from overt.console.doors import Doors

doors = Doors()
