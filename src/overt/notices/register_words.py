"""What the register calls its figures and codes, and how a published cell reads.

Rules:
  - a cell without a number says why there is none; it never reads as 0, and never as nothing;
  - a share reads with its counts and its 95 % interval, in one sentence;
  - a code without words of its own reads as itself, with spaces: what a later policy adds is never left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any, Final

from overt.domain.shares import in_words
from overt.domain.words import many

#: A cell of the document: `docs/reference/register.md`.
Cell = Mapping[str, Any]
#: The register's document, or that of one deployment.
Json = Mapping[str, Any]

HIDDEN: Final = "hidden"
WHY_HIDDEN: Final = "Hidden, because it is small or would give a small number away"
NOT_RECORDED: Final = "not recorded by the version that ran then"
WAITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "running": "told when the deployment is over",
        "undecided": "told when every alert is decided",
        "outcomes": "told a day after the end",
    }
)
FIGURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alerts": "Alerts",
        "alerts_erased": "Alerts whose pictures were erased",
        "amber": "Amber: it went on, with a warning",
        "camera_hours": "Camera-hours",
        "cameras": "Cameras",
        "cannot_tell": "Cannot tell",
        "chance": "Chance of at least one false alert",
        "coverage": "Coverage",
        "deployments": "Deployments",
        "disclosures": "Records handed over",
        "engaged": "People spoken to",
        "entries": "Entries",
        "evidence": "Records handed over with pictures",
        "faces_detected": "Passages in which a face was found",
        "faces_seen": "Passages compared with the list",
        "far_high": "Everything not confirmed right",
        "far_low": "Confirmed wrong",
        "followed": "What followed",
        "green": "Green: as tested",
        "groups": "By group",
        "held_wrongly_min": "Time people were held up by wrong alerts",
        "holds": "Alerts held as evidence",
        "hours": "Hours",
        "leaflets": "Leaflets given out",
        "listed_answered": "Told, with a proof",
        "listed_asked": "Asked whether they were on the list",
        "listed_refused": "Neither told nor denied",
        "looked_for": "Of these, not volunteers",
        "lost": "Lost from sight",
        "not_engaged": "Not spoken to",
        "not_the_person": "Not the person",
        "officer_hours": "Hours that people worked for it",
        "officers": "People who worked for it",
        "passages_lost": "Passages lost in a fault",
        "plan": "What was expected before",
        "precision": "Right, of those identified",
        "put_right": "Said anew later what came of an alert",
        "red": "Red: scanning paused",
        "right": "Verified right",
        "right_late": "Right, after the time to decide",
        "served_aim": "Served the aim",
        "signs_looked_at": "Looks at the signs",
        "signs_not_well": "Of these, a sign missing or unreadable",
        "templates": "Templates",
        "threshold": "Threshold",
        "trr": "Listed people who were found",
        "undecided": "Not decided in time",
        "unlisted_passages": "Passages of people not listed",
        "unverified": "Spoken to, not verified",
        "verified": "Verified right, of all alerts",
        "walks": "Walks of listed volunteers",
        "withdrawn": "Withdrawn or expired",
        "worth_a_look": "Worth a look",
        "wrong_entry": "Wrong: another entry",
        "wrong_person": "Wrong: another person",
    }
)
#: What a share counts, after "2 of 9".
CASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "precision": "identified people were who was sought",
        "verified": "alerts verified right",
        "served_aim": "alerts with a recorded outcome served the aim",
        "trr": "walks of listed volunteers were found",
        "far_low": "passages of unlisted people gave an alert confirmed wrong",
        "far_high": "passages of unlisted people gave an alert not confirmed right",
        "stale_ground": "identified people were listed on a ground that had gone",
    }
)
TABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ages": "How old the people on it are",
        "categories": "Why people are on it",
        "followed": "What followed when people were spoken to",
        "ground_ages": "How long ago the ground was checked",
        "overlap": "Overlap with the list before",
        "picture_ages": "How old the pictures are",
        "responses": "What is to be done if they are found",
        "serious": "Sought for a serious offence",
    }
)
CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "adult": "18 or older",
        "13-17": "13 to 17",
        "under-13": "under 13",
        "not-said": "not said",
        "answers": "the key for answers about the list",
        "annex-ii-suspect": "suspected of an offence of Annex II of the AI Act",
        "at-risk": "at risk",
        "bail-or-court-condition": "under a condition of bail or of a court",
        "missing-at-risk": "missing and at risk",
        "risk-of-harm": "at risk of harm, or a risk to others",
        "suspect": "suspected of an offence",
        "suspected-of-offence": "suspected of an offence",
        "wanted-by-court": "wanted by a court",
        "new": "new",
        "on-the-last-list": "on the list before, too",
        "under-1-year": "under 1 year",
        "1-to-2-years": "1 to 2 years",
        "3-to-5-years": "3 to 5 years",
        "under-6-h": "under 6 hours",
        "6-to-12-h": "6 to 12 hours",
        "arrest": "arrest",
        "ground-gone": "let go: the ground no longer held",
        "id-shown-released": "a document was shown, the person went on",
        "none": "nothing",
        "other-lawful": "another lawful ground",
        "service": "help or a message",
        "speak": "speak to them",
        "welfare": "see that they are well",
        "impact-assessment": "data-protection impact assessment",
        "equality-evidence": "equality evidence",
        "open-alerts": "too many alerts waited for a decision",
        "oversight": "a hold by the oversight",
        "locate-wanted": "locate people who are wanted",
        "find-missing": "find missing people",
        "protect-from-harm": "protect people from harm",
        "protective": "protective security",
        "likely-location": "where somebody who is sought is likely to be",
        "legal_basis": "Legal basis",
        "aim": "Aim",
        "necessity": "Why it is needed",
        "proportionality": "Why it is proportionate",
        "alternatives": "What else was tried or considered",
        "authorised_by": "Authorised by",
        "why_here": "Why here",
        "why_now": "Why now",
        "statute": "Statute that allows it",
        "outside_authorisation": "Authorisation from outside",
        "retention": "it was due",
        "entry": "an entry of the list",
        "list": "the watch list",
        "alert": "the pictures of an alert",
        "draft": "a list in the making",
        "decoys": "decoys",
    }
)
#: State: word, class and shape.
STATES: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "planned": ("planned", "", "○"),
        "authorised": ("authorised", "", "◐"),
        "running": ("open now", "green", "●"),
        "ended": ("over", "", "■"),
        "cancelled": ("cancelled", "amber", "×"),
        "lapsed": ("lapsed", "", "–"),
    }
)
KINDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"operation": ("an operation", "Operations"), "trial": ("a trial", "Trials")}
)


def code_words(code: str) -> str:
    return CODES.get(code, code.replace("-", " ").replace("_", " "))


def kind_words(kind: str) -> tuple[str, str]:
    """One of a kind of deployment, and several: "an operation", "Operations"."""
    return KINDS.get(
        kind, (f"a deployment of the kind {code_words(kind)}", f"Deployments of the kind {code_words(kind)}")
    )


def figure_name(key: str) -> str:
    return FIGURES.get(key, TABLES.get(key, key.replace("_", " ").capitalize()))


def is_cell(thing: object) -> bool:
    return isinstance(thing, Mapping) and "how" in thing and "value" in thing


def told(cell: Cell) -> bool:
    """Whether it has a number; a share of nothing has none."""
    return cell["value"] is not None


def missing(cell: Cell) -> str:
    """Why it has no number; empty where it has one, or is a share of nothing."""
    if cell.get("hidden"):
        return HIDDEN
    if cell.get("waits"):
        return WAITS.get(str(cell["waits"]), code_words(str(cell["waits"])))
    if cell.get("not_recorded"):
        return NOT_RECORDED
    return str(cell.get("why_not") or "")


def says(cell: Cell, *, share: bool = False) -> str:
    """A cell in words: `1,012`, `11 minutes`, `6 of 7: 86 % (35 to 97 %)`, `4.5 (3.9 to 5.3)`, or why there is none.

    Args:
        share: its value is a share without counts.
    """
    if why := missing(cell):
        return why
    if "den" in cell:
        return sentence(cell, "")
    if cell["value"] is None:
        return "not known"
    if share:
        return in_words(cell["value"], cell["low"], cell["high"])
    number = _number(cell["value"])
    if "low" in cell:
        number += f" ({_number(cell['low'])} to {_number(cell['high'])})"
    return f"{number} {_unit(cell)}".rstrip()


def sentence(cell: Cell, cases: str) -> str:
    """A share in words: "2 of 9 alerts verified right: 22 % (3 to 60 %)", `cases` being "alerts verified right"."""
    if why := missing(cell):
        return WHY_HIDDEN if why == HIDDEN else f"{why[:1].upper()}{why[1:]}"
    share = (
        "no figure yet (0 to 100 %)"
        if cell["value"] is None
        else in_words(float(cell["value"]), float(cell["low"]), float(cell["high"]))
    )
    return f"{cell['num']:,} of {cell['den']:,}{' ' if cases else ''}{cases}: {share}"


def bare(cell: Cell) -> str:
    """A number without its unit, where another one beside it has it."""
    return says({name: part for name, part in cell.items() if name != "unit"})


def _unit(cell: Cell) -> str:
    unit = str(cell.get("unit", ""))
    return unit[:-1] if cell["value"] == 1 and unit in ("hours", "minutes", "camera hours") else unit


def _number(value: float) -> str:
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.4f}".rstrip("0") if abs(value) < 1 else f"{value:,.1f}"


def in_short(deployment: Mapping[str, Any]) -> str:
    """What a deployment came to, in one sentence."""
    alerts, seen = deployment["figures"]["alerts"], deployment["figures"]["faces_seen"]
    if deployment["state"] in ("planned", "authorised"):
        return "It has not begun."
    if why := missing(alerts) or missing(seen):
        return f"Its figures are {why}."
    if not seen["value"]:
        return "Nobody was scanned."
    return f"{many(alerts['value'], 'alert')} in {many(seen['value'], 'passage')} compared with the list."


def when(text: str, zone: tzinfo | None) -> str:
    """`Sun 29 Nov 2026, 14:05 UTC`."""
    moment = _local(text, zone)
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M} {_zone(moment)}"


def day(text: str, zone: tzinfo | None) -> str:
    """`29 Nov 2026`."""
    moment = _local(text, zone)
    return f"{moment.day} {moment:%b %Y}"


def until(opens: str, closes: str, zone: tzinfo | None) -> str:
    """The end of a window: its time of day where it ends on the day on which it begins."""
    first, last = _local(opens, zone), _local(closes, zone)
    return f"{last:%H:%M} {_zone(last)}" if first.date() == last.date() else when(closes, zone)


def _local(text: str, zone: tzinfo | None) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)


def _zone(moment: datetime) -> str:
    name = moment.tzname() or ""
    return name if name.isalpha() else f"UTC{moment:%z}"
