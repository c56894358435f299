"""Cells of the register: a published number with the key under which it is explained. `docs/reference/register.md`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from overt.domain.suppression import Table
from overt.evaluation.intervals import Figure

Json = dict[str, Any]


def cell(how: str, value: float | None, **more: object) -> Json:
    return {"how": how, "value": value, **more}


def share(how: str, figure: Figure) -> Json:
    return {"how": how, **figure.record()}


def hidden(how: str) -> Json:
    return cell(how, None, hidden=True)


def waits(how: str, why: str) -> Json:
    return cell(how, None, waits=why)


def not_recorded(how: str) -> Json:
    return cell(how, None, not_recorded=True)


def why_not(how: str, sentence: str) -> Json:
    return cell(how, None, why_not=sentence)


def table_record(name: str, table: Table, hides: Collection[str]) -> Json:
    """A table with what it hides."""
    cells = {code: hidden(name) if code in hides else cell(name, count) for code, count in table.cells.items()}
    return {"name": name, "total": cell(name, table.total), "cells": cells, "hides": bool(hides)}


def empty_table(name: str, total: Json) -> Json:
    """One that waits, or was not recorded, as its total says."""
    return {"name": name, "total": total, "cells": {}, "hides": False}


_LIST: Final = "Entries of the list when it was sealed, by one attribute at a time; small counts are hidden."
#: How each published number is computed, by the key that its cell has.
HOW: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hidden": "Counts of people below the policy's number, and those from which they could be worked out, are "
        "hidden.",
        "deployments": "Deployments of this kind that are over and about whose alerts everybody has decided, or had "
        "the time to.",
        "hours": "Minutes in which any camera scanned, divided by 60.",
        "camera_hours": "The same for each camera, added up.",
        "cameras": "Cameras that scanned anything.",
        "faces_detected": "Passages: a face was followed past one camera. One person may pass several times.",
        "faces_seen": "Of these, passages that were compared with the list.",
        "passages_lost": "Passages that were open when a camera's process died; what came of them is not known.",
        "unlisted_passages": "Searched passages, less those that gave a right alert or alerted on a volunteer.",
        "alerts": "Possible matches that were shown to people. Tests of the people who decide are no alerts.",
        "worth_a_look": "Alerts of which everybody who had to decide said that it was worth a look.",
        "not_the_person": "Alerts of which they all said that it was not the person.",
        "cannot_tell": "Alerts of which they could not tell, or disagreed.",
        "undecided": "Alerts on which no verdict stood within the policy's minutes.",
        "engaged": "People who were spoken to after an alert.",
        "right": "Alerts after which the person was identified, by ordinary means, as the one on the list.",
        "right_late": "The same, but no verdict stood in time; not counted as right.",
        "wrong_person": "Alerts after which the person was identified as somebody who is not listed.",
        "wrong_entry": "Alerts after which they were identified as somebody listed under another entry.",
        "unverified": "People who were spoken to and not identified.",
        "not_engaged": "Alerts after which nobody was spoken to.",
        "lost": "Alerts after which nobody could be found.",
        "put_right": "How often it was said anew, a day after the end or later, what had come of an alert.",
        "held_wrongly_min": "Minutes for which people were held up of whom it turned out that the alert was wrong.",
        "precision": "Right alerts, of those after which the person was identified.",
        "verified": "Right alerts, of all alerts.",
        "served_aim": "Alerts that served the aim that was authorised, of those of which it was recorded what came of "
        "them.",
        "far_low": "Passages with an alert confirmed wrong, of all searched passages of unlisted people.",
        "far_high": "Passages with an alert that is not confirmed right, of the same. The promise is judged on this.",
        "officer_hours": "How many people worked for it and how long, as the officer who answers for it says.",
        "trr": "How many of the listed people who pass are found: only a trial with volunteers tells.",
        "followed": "What was done when somebody was spoken to, as recorded until a day after the end.",
        "green": "Minutes of all cameras inside the conditions for which the model pack was tested.",
        "amber": "Minutes outside these conditions, with a warning.",
        "red": "Minutes so far outside that nothing was searched.",
        "groups": "Alerts by group are told only where it was counted how many of each group passed.",
        "signs_looked_at": "How often somebody on the street said how the signs stand.",
        "signs_not_well": "Of these, how often one was missing or could not be read.",
        "walks": "Walks of listed volunteers that people counted in a trial.",
        "leaflets": "Leaflets that were given out, as the officer who answers for it says.",
        "officers": "People who worked for it, as the officer who answers for it says.",
        "disclosures": "How often the record of an alert was handed to somebody entitled to it, without pictures or "
        "with them.",
        "evidence": "Of these, with its pictures, sealed to the recipient.",
        "alerts_erased": "Alerts whose pictures were erased: nothing that they showed can be read any more.",
        "holds": "Alerts whose pictures were kept longer as evidence, each by two people.",
        "listed_asked": "How often somebody asked whether they were on this list, and it was heard.",
        "listed_answered": "Of these, told with a proof.",
        "listed_refused": "Of these, neither told nor denied, by two people, under an exemption that the policy names.",
        "entries": "Entries of the list when it was sealed.",
        "templates": "Pictures on the list that each passage is compared with.",
        "withdrawn": "Entries that were taken off the sealed list or expired.",
        "looked_for": "Entries that are no volunteers.",
        "threshold": "How alike two faces have to be, as a cosine, before anybody is shown anything.",
        "plan": "What was expected before the officer signed: the rate measured for this model pack and list size, "
        "times the people expected to pass; 95 % interval.",
        "coverage": "Cameras times hours times hectares of every deployment that opened in the last 30 days.",
        "coverage_promised": "The same of every deployment that is signed and has not opened yet.",
        "coverage_left": "The budget, less what is used and promised in the heaviest 30 days that a deployment which "
        "begins now would be part of.",
        "categories": _LIST,
        "serious": _LIST,
        "ages": _LIST,
        "picture_ages": _LIST,
        "ground_ages": _LIST,
        "responses": _LIST,
        "overlap": "Entries that stood on the list of the deployment before, too; small counts are hidden.",
    }
)
