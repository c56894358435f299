"""The numbers of a deployment in public, and when they are told.

Rules:
  - nothing of a deployment that is not over, and nothing while anybody is still to decide about an alert of it: whoever
    decides learns nothing from the register, and an alert that is a test of them looks like any other until then;
  - what followed when people were spoken to is told a day after the end, as it was recorded by then, and never changes;
    what is said anew later is counted, and enters the other figures;
  - listed people only: volunteers have figures of their own, and tests of the people who decide are in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from overt.domain.deciding import IDENTIFIED, LISTED, NOT_MET
from overt.domain.decision import Followed
from overt.domain.retention import DAY_US
from overt.domain.suppression import Cap, Table, added_up, hidden_in
from overt.domain.tally import LISTED as ABOUT_LISTED
from overt.domain.tally import MINUTES_PER_HOUR, Tally, together
from overt.evaluation.intervals import Figure
from overt.services.figures import MINUTE_MS, Figures, precision, served, verified
from overt.services.outcomes import MISSING_PERSON
from overt.services.publish_cells import Json, cell, empty_table, not_recorded, share, table_record, waits, why_not
from overt.services.publish_told import Came, Told

#: How long after the end what followed is told.
OUTCOMES_US: Final = DAY_US
RUNNING, UNDECIDED, OUTCOMES = "running", "undecided", "outcomes"
_NO_TALLY: Final = "How many of the listed people passed nobody knows without an independent tally."
_COUNTS: Final = (
    *("alerts", "worth_a_look", "not_the_person", "cannot_tell", "undecided", "engaged", "right", "right_late"),
    *("wrong_person", "wrong_entry", "unverified", "not_engaged", "lost"),
)
_SHARES: Final = ("precision", "verified", "served_aim", "far_low", "far_high")
NAMES: Final = (
    *("hours", "camera_hours", "cameras", "faces_detected", "faces_seen", "passages_lost", "unlisted_passages"),
    *(*_COUNTS, "put_right", "held_wrongly_min", *_SHARES, "officer_hours", "trr"),
)
ENVELOPE: Final = ("green", "amber", "red")


def over_us(told: Told, now_us: int) -> int | None:
    """When a deployment ended; None: it has not."""
    ends = [one.at_us for one in (told.cancelled, told.ended) if one is not None]
    ends += [told.made.closes_us] if now_us >= told.made.closes_us else []
    return min(ends, default=None)


def why_waits(told: Told, open_alerts: int, now_us: int) -> str:
    """Why its numbers are not told yet; empty: they are."""
    if over_us(told, now_us) is None:
        return RUNNING
    return UNDECIDED if open_alerts else ""


def figures_record(figures: Figures, put_right: int, found: Figure | None = None) -> Json:
    """Every number of a deployment, or of several added up, by its name. `found`: of the listed people who walked in a
    trial, as its report says."""
    tally = figures.tally
    listed = tally.listed
    cells = {
        "hours": cell("hours", _hours(tally.minutes), unit="hours"),
        "camera_hours": cell("camera_hours", _hours(tally.camera_minutes), unit="camera hours"),
        "cameras": cell("cameras", tally.cameras),
        "faces_detected": cell("faces_detected", tally.faces_detected),
        "faces_seen": cell("faces_seen", tally.faces_seen),
        "passages_lost": cell("passages_lost", tally.lost),
        "unlisted_passages": cell("unlisted_passages", tally.unlisted),
        **{name: cell(name, getattr(listed, name)) for name in _COUNTS},
        "put_right": cell("put_right", put_right),
        "held_wrongly_min": cell("held_wrongly_min", listed.held_wrongly_min, unit="minutes"),
        "precision": share("precision", precision(listed)),
        "verified": share("verified", verified(listed)),
        "served_aim": share("served_aim", served(listed)),
        "far_low": share("far_low", figures.far_low),
        "far_high": share("far_high", figures.far_high),
        "officer_hours": cell("officer_hours", _hours(tally.officer_min), unit="hours")
        if tally.timed == tally.deployments
        else not_recorded("officer_hours"),
        "trr": why_not("trr", _NO_TALLY) if found is None else share("trr", found),
    }
    return {name: cells[name] for name in NAMES}


def waiting_record(names: Iterable[str], why: str) -> Json:
    return {name: waits(name, why) for name in names}


def envelope_record(tally: Tally) -> Json:
    minutes = {name: getattr(tally, f"{name}_ms") / MINUTE_MS for name in ENVELOPE}
    return {name: cell(name, round(value, 2), unit="minutes") for name, value in minutes.items()}


def put_right(told: Told, figures: Figures, now_us: int) -> int:
    """How often it was said anew what came of an alert, after what followed was told."""
    ended_us = over_us(told, now_us)
    return (
        0
        if ended_us is None
        else sum(one.noted.at_us >= ended_us + OUTCOMES_US for one in _about_listed(told, figures))
    )


def followed(told: Told, figures: Figures, use_case: str, now_us: int) -> Table | None:
    """What followed when people were spoken to; None: it is not told yet."""
    ended_us = over_us(told, now_us)
    if ended_us is None or now_us < ended_us + OUTCOMES_US:
        return None
    last = {one.alert: one for one in _about_listed(told, figures) if one.noted.at_us < ended_us + OUTCOMES_US}
    met = [one for one in last.values() if one.result not in NOT_MET]
    cells = {str(code): sum(one.followed is code for one in met) for code in Followed}
    return Table(cells=cells, caps=_caps(met, cells, use_case))


def _caps(met: Sequence[Came], cells: dict[str, int], use_case: str) -> list[Cap]:
    """What everybody knows from the other figures: nobody is arrested who was not found to be listed, and so on
    (`overt.domain.deciding.require_outcome`)."""
    listed = sum(one.result in LISTED for one in met)
    identified = sum(one.result in IDENTIFIED for one in met)
    aim = sum(one.served_aim for one in met)
    arrest, gone, shown = (str(one) for one in (Followed.ARREST, Followed.GROUND_GONE, Followed.ID_SHOWN))
    known = [
        *([(frozenset({arrest}), 0)] if use_case == MISSING_PERSON else []),
        (frozenset({gone}), listed - aim),
        (frozenset({arrest, gone}), listed),
        (frozenset({arrest, gone, shown}), identified),
    ]
    # An entry that says what cannot be is counted all the same.
    return [Cap(cells=codes, most=max(most, sum(cells[code] for code in codes))) for codes, most in known]


def followed_record(table: Table | None, at_least: int, why: str) -> Json:
    """`why`: the table is not told, because the figures are not."""
    if table is None or why:
        return empty_table("followed", waits("followed", why or OUTCOMES))
    return table_record("followed", table, hidden_in(table, at_least))


def total_of(kind: str, told: Sequence[tuple[Figures, int, Table | None, int]]) -> Json:
    """All told deployments of one kind added up: figures, how often outcomes were put right, what followed, and the
    policy's number of each."""
    tables = [(table, at_least) for _, _, table, at_least in told if table is not None]
    table, hides = added_up((one for one, _ in tables), (hidden_in(one, at_least) for one, at_least in tables))
    figures = Figures(tally=together([one.tally for one, *_ in told]))
    return {
        "kind": kind,
        "deployments": cell("deployments", len(told)),
        "figures": figures_record(figures, sum(each for _, each, *_ in told)),
        "followed": table_record("followed", table, hides),
        "envelope": envelope_record(figures.tally),
    }


def _about_listed(told: Told, figures: Figures) -> list[Came]:
    assert figures.facts is not None
    listed = {one.alert for one in figures.facts.alerts if one.about == ABOUT_LISTED}
    return [one for one in told.came if one.alert in listed]


def _hours(minutes: int) -> float:
    return round(minutes / MINUTES_PER_HOUR, 3)
