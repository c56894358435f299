"""The table of every way into the console, as it stands in `doors.csv` for whoever reviews a change of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from fastapi import FastAPI

from overt.console.doors import Door, Whose, doors_of
from overt.domain.roles import PERMISSIONS, Role

FILE = Path(__file__).with_name("doors.csv")
HEAD = ("method", "path", "whose", "emits_face", "by_token", "roles")


def admitted(door: Door) -> tuple[Role, ...]:
    """The roles that a door's rule lets in, from the table of permissions alone."""
    may = door.rule.may
    if isinstance(may, Whose):
        return tuple(Role)
    return tuple(role for role in Role if any(role in PERMISSIONS[action].roles for action in may))


def written(app: FastAPI) -> str:
    """The table, sorted by path."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(HEAD)
    for door in sorted(doors_of(app), key=lambda door: (door.path, door.method)):
        rule = door.rule
        whose = rule.may.value if isinstance(rule.may, Whose) else " or ".join(rule.may)
        roles = "all" if isinstance(rule.may, Whose) else " ".join(admitted(door))
        lines.writerow((door.method, door.path, whose, _yes(rule.emits_face), _yes(rule.by_token), roles))
    return text.getvalue()


def _yes(value: bool) -> str:
    return "yes" if value else "no"
