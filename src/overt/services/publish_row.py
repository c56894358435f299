"""The public row of each deployment, as a table that any program reads (P34): made of the register alone.

Rules:
  - a line a deployment, newest first; the columns and their order do not change, new ones come at the end;
  - a hidden count is `hidden`, one that is not told yet is empty, and so is one that was not recorded;
  - a cell that a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any, Final

from overt.domain.composition import ON_THE_LAST
from overt.services.publish_cells import Json

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def rows_of(register: Json) -> str:
    """CSV (RFC 4180) with a line of names."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for document in register["deployments"]:
        writer.writerow([_plain(look(document)) for look in COLUMNS.values()])
    return out.getvalue()


def _plain(value: Any) -> str | int | float:
    if isinstance(value, Mapping):
        value = "hidden" if value.get("hidden") else value.get("value")
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value if isinstance(value, int | float) else str(value)


def _figure(name: str) -> Callable[[Json], Any]:
    return lambda document: document["figures"][name]


def _part(name: str, part: str) -> Callable[[Json], Any]:
    return lambda document: document["figures"][name].get(part)


def _followed(code: str) -> Callable[[Json], Any]:
    return lambda document: document["followed"]["cells"].get(code)


def _listed(table: str, code: str) -> Callable[[Json], Any]:
    return lambda document: document["list"] and document["list"]["tables"][table]["cells"].get(code)


#: Each column, and where it stands in a deployment's document.
COLUMNS: Final[Mapping[str, Callable[[Json], Any]]] = {
    "number": lambda document: document["number"],
    "deployment": lambda document: document["id"],
    "kind": lambda document: document["kind"],
    "state": lambda document: document["state"],
    "name": lambda document: document["name"],
    "place": lambda document: document["place"],
    "opens_at": lambda document: document["window"]["opens_at"],
    "closes_at": lambda document: document["window"]["closes_at"],
    "ended_at": lambda document: document["window"]["ended_at"],
    "purpose": lambda document: document["purpose"],
    "use_case": lambda document: document["use_case"],
    "watch_list_size": lambda document: document["list"] and document["list"]["entries"],
    "threshold": lambda document: document["threshold"]["value"],
    "hours": _figure("hours"),
    "cameras": _figure("cameras"),
    "faces_detected": _figure("faces_detected"),
    "faces_seen": _figure("faces_seen"),
    "alerts": _figure("alerts"),
    "true_alerts": _figure("right"),
    "wrong_person": _figure("wrong_person"),
    "wrong_entry": _figure("wrong_entry"),
    "unverified": _figure("unverified"),
    "engagements": _figure("engaged"),
    "arrests": _followed("arrest"),
    "safeguarding": _followed("safeguarding"),
    "other_disposals": _followed("other-lawful"),
    "held_wrongly_min": _figure("held_wrongly_min"),
    "far_low": _figure("far_low"),
    "far_high": _figure("far_high"),
    "far_high_interval_low": _part("far_high", "low"),
    "far_high_interval_high": _part("far_high", "high"),
    "trr": _figure("trr"),
    "groups_of_false_alerts": lambda document: document["groups"],
    "expected_false_low": lambda document: document["plan"] and document["plan"]["low"],
    "expected_false_high": lambda document: document["plan"] and document["plan"]["high"],
    "not_confirmed_right": _part("far_high", "num"),
    "precision": _figure("precision"),
    "verified": _figure("verified"),
    "undecided": _figure("undecided"),
    "lost": _figure("lost"),
    "not_engaged": _figure("not_engaged"),
    "officers": lambda document: document["street"]["officers"],
    "officer_hours": _figure("officer_hours"),
    "leaflets": lambda document: document["street"]["leaflets"],
    "signs_looked_at": lambda document: document["street"]["signs_looked_at"],
    "signs_not_well": lambda document: document["street"]["signs_not_well"],
    "minutes_green": lambda document: document["envelope"]["green"],
    "minutes_amber": lambda document: document["envelope"]["amber"],
    "minutes_red": lambda document: document["envelope"]["red"],
    "looked_for": lambda document: document["list"] and document["list"]["looked_for"],
    "serious": _listed("serious", "yes"),
    "on_the_list_before": _listed("overlap", ON_THE_LAST),
    "disclosures": lambda document: document["disclosures"]["records"],
    "holds": lambda document: document["holds"]["placed"],
    "review_due_at": lambda document: document["review"] and document["review"]["due_at"],
    "review_filed_at": lambda document: document["review"] and document["review"]["filed_at"],
    "policy": lambda document: document["policy"]["name"],
}
