"""What programs may ask and do."""

from __future__ import annotations

from overt.console.doors import Doors

doors = Doors("/api/v1")
