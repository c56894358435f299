"""Deployments: the authority as a document, checked, planned, signed, started, ended."""

from __future__ import annotations

from overt.console.doors import Doors

doors = Doors()
