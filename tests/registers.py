"""A register as `overt publish` makes it, written by hand in the documented shape (`docs/reference/register.md`), for
whatever renders one. `python -m tests.registers` renews the example beside the tests of the notices."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.needs import REPOSITORY

EXAMPLE: Final = REPOSITORY / "tests" / "unit" / "notices" / "register_example.json"
Json = dict[str, Any]


def count(how: str, value: float | None, **more: object) -> Json:
    return {"how": how, "value": value, **more}


def share(how: str, num: int, den: int, low: float, high: float) -> Json:
    return {"how": how, "value": num / den if den else None, "num": num, "den": den, "low": low, "high": high}


def hidden(how: str = "hidden") -> Json:
    return {"how": how, "value": None, "hidden": True}


def waits(how: str, why: str) -> Json:
    return {"how": how, "value": None, "waits": why}


def table(name: str, total: int | None, cells: dict[str, int | None], waiting: str = "") -> Json:
    """None: hidden."""
    told = {code: hidden(name) if value is None else count(name, value) for code, value in cells.items()}
    whole = waits(name, waiting) if waiting else count(name, total)
    return {"name": name, "total": whole, "cells": told, "hides": None in cells.values()}


def digest(letter: str) -> str:
    return "sha256:" + letter * 64


HOW: Final = {
    "alerts": "Possible matches that people were shown, without decoys and volunteers.",
    "amber": "Minutes in which a camera stood outside the tested conditions and went on with a warning.",
    "arrests": "What followed, as whoever met the person recorded it.",
    "camera_hours": "Minutes in which a camera scanned, over all cameras, divided by 60.",
    "cameras": "Cameras that scanned anything.",
    "categories": "Entries of the sealed list by their category.",
    "deployments": "Deployments of this kind that are over and whose alerts are all decided or timed out.",
    "far_high": "Passages with an alert that is not confirmed right, of all searched passages of unlisted people.",
    "far_low": "Passages with an alert that is confirmed wrong, of all searched passages of unlisted people.",
    "faces_detected": "Passages of people before a camera in which a face was found.",
    "faces_seen": "Of these, passages that were compared with the list.",
    "hidden": "Counts of people from 1 to 4 are hidden, and others from which they could be worked out.",
}


def figures(
    *, seen: int, alerts: int, right: int, wrong: int, unverified: int, far: tuple[Json, Json], hours: float
) -> Json:
    return {
        "hours": count("hours", hours, unit="hours"),
        "camera_hours": count("camera_hours", 2 * hours, unit="camera hours"),
        "cameras": count("cameras", 2),
        "faces_detected": count("faces_detected", seen + 311),
        "faces_seen": count("faces_seen", seen),
        "passages_lost": count("passages_lost", 0),
        "unlisted_passages": count("unlisted_passages", seen - right),
        "alerts": count("alerts", alerts),
        "worth_a_look": count("worth_a_look", right + wrong + unverified),
        "not_the_person": count("not_the_person", alerts - right - wrong - unverified),
        "cannot_tell": count("cannot_tell", 0),
        "undecided": count("undecided", 0),
        "engaged": count("engaged", right + wrong + unverified),
        "right": count("right", right),
        "right_late": count("right_late", 0),
        "wrong_person": count("wrong_person", wrong),
        "wrong_entry": count("wrong_entry", 0),
        "unverified": count("unverified", unverified),
        "not_engaged": count("not_engaged", 0),
        "lost": count("lost", 0),
        "held_wrongly_min": count("held_wrongly_min", 11 * wrong, unit="minutes"),
        "precision": share("precision", right, right + wrong, 0.35, 0.97),
        "verified": share("verified", right, alerts, 0.21, 0.86),
        "served_aim": share("served_aim", right, right + wrong + unverified, 0.29, 0.96),
        "far_low": far[0],
        "far_high": far[1],
        "officer_hours": count("officer_hours", 31.5, unit="hours"),
        "trr": count("trr", None, why_not="How many listed people passed nobody knows without an independent tally."),
    }


WAITING: Final = tuple(figures(seen=0, alerts=0, right=0, wrong=0, unverified=0, far=({}, {}), hours=0))
TEXT: Final = {
    "legal_basis": "Common law; Part 3 of the Data Protection Act 2018; published policy, version 4.",
    "aim": "Locate people wanted by the courts for serious violence.",
    "necessity": "Four robberies with knives between the station and the clock tower within three weeks; patrols and "
    "stop points did not find the people who are wanted for them.",
    "proportionality": "Two cameras, five hours, one street; faces of people who are not listed are gone in a second.",
    "alternatives": "Patrols with pictures, house visits, an appeal to the public: tried since October, two found.",
    "authorised_by": "superintendent",
    "why_here": "All four robberies were in this street; the access route from the station leads through it.",
    "why_now": "Saturdays between 11 and 16 h, as the four before.",
}
AREA: Final = [[51.4791, -3.1776], [51.4791, -3.1761], [51.4799, -3.1761], [51.4799, -3.1776]]


def deployment(number: int, state: str, **given: Any) -> Json:
    made: Json = {
        "_version": "overt-register-deployment-1",
        "id": f"0192f3c1-7a00-7000-8000-00000000000{number}",
        "number": number,
        "version": 1,
        "versions": [
            {"version": 1, "at": "2026-11-28T06:00:00.000Z", "digest": digest(str(number)), "ledger": 90 + number}
        ],
        "kind": "operation",
        "state": state,
        "name": "High Street, Saturday",
        "place": "High Street between the station and the clock tower",
        "purpose": "serious-violence",
        "use_case": "hotspot",
        "area": AREA,
        "area_ha": 0.93,
        "window": {"opens_at": "2026-11-21T11:00:00.000Z", "closes_at": "2026-11-21T16:00:00.000Z", "ended_at": None},
        "policy": {
            "name": "uk-police",
            "version": 1,
            "digest": digest("b"),
            "listed_answer_delay_h": 24,
            "listed_answer_days": 366,
        },
        "entered": {"at": "2026-11-20T15:12:09.120Z", "digest": digest("c"), "ledger": 12},
        "authority": {
            "text": dict(TEXT),
            "digest": digest("d"),
            "ledger": 12,
            "agrees": True,
            "signatures": [
                {
                    "rank": "superintendent",
                    "at": "2026-11-20T17:40:00.000Z",
                    "digest": digest("e"),
                    "key": "ed25519:" + "1" * 64,
                    "ledger": 16,
                }
            ],
            "cancelled": None,
            "changes": {"since": None, "fields": {}},
        },
        "cameras": [
            {"name": "north", "smallest_face_px": 40},
            {"name": "south, towards the clock tower", "smallest_face_px": 44},
        ],
        "list": {
            "entries": count("entries", 840),
            "templates": count("templates", 1012),
            "withdrawn": count("withdrawn", 3),
            "looked_for": count("looked_for", 840),
            "sealed_at": "2026-11-20T15:12:11.004Z",
            "ledger": 13,
            "tables": {
                "categories": table(
                    "categories",
                    840,
                    {
                        "wanted-by-court": 512,
                        "suspect": 301,
                        "missing": None,
                        "at-risk": None,
                        "witness": 0,
                        "victim": 0,
                    },
                ),
                "serious": table("serious", 840, {"yes": 655, "no": 185, "not-said": 0}),
                "ages": table("ages", 840, {"adult": None, "13-17": None, "under-13": 0, "not-said": 0}),
                "picture_ages": table(
                    "picture_ages",
                    840,
                    {"under-1-year": 204, "1-to-2-years": 371, "3-to-5-years": 258, "older": 7, "not-said": 0},
                ),
                "ground_ages": table("ground_ages", 840, {"under-6-h": 512, "6-to-12-h": 321, "older": 7}),
                "responses": table("responses", 840, {"red": None, "amber": 205, "green": 122, "welfare": None}),
                "overlap": table("overlap", 840, {"on-the-last-list": 391, "new": 449}),
            },
        },
        "threshold": {"value": count("threshold", 0.4382), "wanted_far": 0.0005, "extrapolated": False},
        "plan": {
            "passages": count("plan", 9000),
            "low": count("plan", 1),
            "high": count("plan", 11),
            "expected": count("plan", 4.5, low=3.9, high=5.3),
            "chance": count("plan", 0.989, low=0.98, high=0.995),
            "ledger": 15,
            "actual": count("far_high", 4),
            "held": True,
        },
        "figures": figures(
            seen=8412,
            alerts=11,
            right=6,
            wrong=1,
            unverified=1,
            far=(share("far_low", 1, 8406, 0.000003, 0.00066), share("far_high", 4, 8406, 0.00013, 0.00122)),
            hours=4.9,
        ),
        "followed": table(
            "followed",
            8,
            {
                "none": 2,
                "id-shown-released": None,
                "arrest": None,
                "safeguarding": 0,
                "service": 0,
                "other-lawful": 0,
                "ground-gone": None,
            },
        ),
        "envelope": {
            "green": count("green", 566.2, unit="minutes"),
            "amber": count("amber", 20.5, unit="minutes"),
            "red": count("red", 1.3, unit="minutes"),
        },
        "groups": count(
            "groups",
            None,
            why_not="Nobody recorded who passed by group, so there is nothing that alerts by group could be held "
            "against; Overt infers no attribute of anybody.",
        ),
        "receipts": [
            {
                "what": "list",
                "reason": "retention",
                "begun_at": "2026-11-22T16:00:01.000Z",
                "key_destroyed_at": "2026-11-22T16:00:01.004Z",
                "key_ledger": 71,
                "residue_cleared_at": "2026-11-22T16:00:02.300Z",
                "residue_ledger": 72,
            }
        ],
        "disclosures": {"records": count("disclosures", 2), "with_pictures": count("evidence", 1)},
        "alerts_erased": count("alerts_erased", 10),
        "holds": {"placed": count("holds", 1)},
        "listed": {
            name: count(f"listed_{name}", number) for name, number in (("asked", 3), ("answered", 2), ("refused", 1))
        },
        "answers": {"from": "2026-11-22T16:00:00.000Z", "until": "2027-11-22T16:00:00.000Z"},
        "pauses": [
            {
                "reason": "open-alerts",
                "from": "2026-11-21T13:20:00.000Z",
                "until": "2026-11-21T13:22:10.000Z",
                "ledger": 44,
            }
        ],
        "halts": [],
        "stopped_by_rule": None,
        "review": {
            "due_at": "2026-12-21T16:00:00.000Z",
            "filed_at": "2026-11-25T10:00:00.000Z",
            "ledger": 75,
            "overdue": False,
        },
        "papers": [
            {
                "kind": kind,
                "version": "3",
                "date": "2026-09-01T00:00:00.000Z",
                "digest": digest(letter),
                "filed_at": "2026-11-20T15:12:09.120Z",
                "ledger": 10,
            }
            for kind, letter in (("impact-assessment", "7"), ("equality-evidence", "8"), ("signs", "9"))
        ],
        "rests_on": {
            "evaluations": [digest("c"), digest("d")],
            "trial_report": digest("e"),
            "conditions": {"answered_at": "2026-11-01T09:00:00.000Z", "answered_ledger": 5},
        },
        "trial_report": None,
        "publish_at_least": 5,
        "consultations": [
            {
                "who": "Traders and residents of the High Street",
                "when": "3 to 17 October 2026",
                "replies": 41,
                "changed": "The camera at the library was moved to the bus station.",
            }
        ],
        "street": {
            "notice": {"said_at": "2026-11-18T09:00:00.000Z", "said_ledger": 8},
            "papers": [
                {
                    "at": "2026-11-19T09:00:00.000Z",
                    "ledger": 9,
                    "language": "en",
                    "files": {"poster-a3.en.html": digest("a"), "leaflet.en.html": digest("b")},
                }
            ],
            "signs_looked_at": count("signs_looked_at", 6),
            "signs_not_well": count("signs_not_well", 1),
            "leaflets": count("leaflets", 240),
            "officers": count("officers", None, why_not="Nobody has said it yet."),
        },
    }
    return {**made, **given}


def quiet(number: int, state: str, why: str, **given: Any) -> Json:
    """One of which nothing was watched, or not told yet."""
    made = deployment(number, state)
    return {
        **made,
        "figures": {name: waits(name, why) for name in WAITING},
        "followed": table("followed", None, {}, waiting=why),
        "envelope": {name: waits(name, why) for name in ("green", "amber", "red")},
        "plan": {**made["plan"], "actual": waits("far_high", why), "held": None},
        "disclosures": {name: waits("disclosures", why) for name in ("records", "with_pictures")},
        "alerts_erased": waits("alerts_erased", why),
        "holds": {"placed": waits("holds", why)},
        "listed": {name: count(f"listed_{name}", 0) for name in ("asked", "answered", "refused")},
        "receipts": [],
        "pauses": [],
        "review": None,
        **given,
    }


def register() -> Json:
    first, second = deployment(1, "ended"), deployment(2, "ended", kind="trial", name="Volunteers, Museum Avenue")
    second["place"], second["purpose"], second["use_case"] = "Museum Avenue", "trial", "trial"
    second["list"]["tables"]["categories"] = table("categories", 60, {"volunteer": 60})
    second["list"]["entries"] = second["list"]["looked_for"] = count("entries", 60)
    second["list"]["tables"]["overlap"] = {
        "name": "overlap",
        "total": {"how": "overlap", "value": None, "not_recorded": True},
        "cells": {},
        "hides": False,
    }
    third = quiet(
        3,
        "cancelled",
        "running",
        name="High Street, Sunday",
        window={
            "opens_at": "2026-11-22T11:00:00.000Z",
            "closes_at": "2026-11-22T16:00:00.000Z",
            "ended_at": "2026-11-22T09:14:00.000Z",
        },
        answers={"from": "2026-11-23T09:14:00.000Z", "until": "2027-11-23T16:00:00.000Z"},
    )
    third["figures"] = {
        name: share(name, 0, 0, 0.0, 1.0)
        if name in ("precision", "verified", "served_aim", "far_low", "far_high")
        else count(name, 0)
        for name in WAITING
    }
    third["authority"] = {
        **third["authority"],
        "cancelled": {"at": "2026-11-22T09:14:00.000Z", "ledger": 66},
        "changes": {
            "since": 1,
            "fields": {
                "necessity": [
                    ["gone", "Four"],
                    ["new", "Five"],
                    ["same", "robberies with knives between the station and the clock tower within"],
                    ["gone", "three"],
                    ["new", "four"],
                    ["same", "weeks; patrols and stop points did not find the people who are wanted for them."],
                ],
                "why_now": [
                    ["gone", "Saturdays between 11 and 16 h, as the four before."],
                    ["new", "The fifth was on a Sunday."],
                ],
            },
        },
    }
    fourth = quiet(
        4,
        "running",
        "running",
        name="Stadium, cup tie",
        place="Westgate Street, north of the stadium",
        answers={"from": None, "until": "2027-11-30T16:00:00.000Z"},
        halts=[{"from": "2026-11-29T12:00:00.000Z", "until": None, "ledger": 88, "lifted_ledger": None}],
    )
    fifth = quiet(5, "planned", "running", name="High Street, St Nicholas Day")
    fifth["authority"] = {**fifth["authority"], "signatures": [], "changes": {"since": 4, "fields": {}}}
    fifth["answers"] = {"from": None, "until": "2027-12-06T16:00:00.000Z"}
    fifth["window"] = {
        "opens_at": "2026-12-05T11:00:00.000Z",
        "closes_at": "2026-12-05T16:00:00.000Z",
        "ended_at": None,
    }
    total = first["figures"]
    return {
        "_version": "overt-register-1",
        "made_at": "2026-11-29T13:00:00.000Z",
        "ledger": {
            "log": "0192f3c0-0000-7000-8000-000000000001",
            "public_key": "ed25519:" + "a" * 64,
            "head": {
                "size": 96,
                "root": "f" * 64,
                "mark": "96:" + "f" * 64,
                "at": "2026-11-29T13:00:00.000Z",
                "bytes": "{}",
                "signature": "0" * 128,
            },
        },
        "publish_at_least": 5,
        "coverage": {
            "used": count("coverage", 27.9, unit="camera-hours x hectares"),
            "promised": count("coverage_promised", 4.1, unit="camera-hours x hectares"),
            "budget": count("coverage", 100.0, unit="camera-hours x hectares"),
            "left": count("coverage_left", 68.0, unit="camera-hours x hectares"),
            "from": "2026-10-30T13:00:00.000Z",
            "until": "2026-11-29T13:00:00.000Z",
            "policy": "uk-police",
        },
        "totals": [
            {
                "kind": kind,
                "deployments": count("deployments", deployments),
                "figures": total,
                "followed": first["followed"],
            }
            for kind, deployments in (("operation", 2), ("trial", 1))
        ],
        "suspensions": [
            {
                "policy": "consent",
                "from": "2026-11-01T00:00:00.000Z",
                "until": "2026-11-10T00:00:00.000Z",
                "reason": "Training of operators is being renewed.",
            }
        ],
        "halts": [
            {
                "from": "2026-11-10T09:00:00.000Z",
                "until": "2026-11-11T09:00:00.000Z",
                "ledger": 5,
                "lifted_ledger": 7,
            }
        ],
        "findings": [
            {
                "filed_at": "2026-11-26T09:00:00.000Z",
                "due_at": "2027-02-24T09:00:00.000Z",
                "answered_at": None,
                "overdue": False,
                "ledger": 77,
                "answer_ledger": None,
            }
        ],
        "deployments": [fifth, fourth, third, second, first],
        "publications": [{"at": "2026-11-28T06:00:00.000Z", "ledger": 91, "digest": digest("5"), "deployments": 5}],
        "how": {**HOW, **{name: f"See docs/how-to/figures.md, {name}." for name in WAITING if name not in HOW}},
    }


if __name__ == "__main__":
    EXAMPLE.write_text(json.dumps(register(), indent=1, ensure_ascii=False) + "\n", "utf-8")
