"""How long work says how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

#: Called with what is done and with what there is in all.
Progress: TypeAlias = Callable[[int, int], None]
