"""The document of one deployment, made of the book and of what it says of itself; `docs/reference/register.md`.

Rules:
  - text is told with whether it is what the ledger's digest was made of;
  - what is not recorded says so; nothing is filled in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.suppression import AT_LEAST, Table
from overt.domain.time import to_text
from overt.services.figures import Figures
from overt.services.publish_cells import Json, cell, not_recorded, waits, why_not
from overt.services.publish_figures import (
    ENVELOPE,
    NAMES,
    envelope_record,
    figures_record,
    followed,
    followed_record,
    over_us,
    put_right,
    waiting_record,
)
from overt.services.publish_parts import (
    changes,
    estimate,
    list_record,
    noted_record,
    part_record,
    rests_on_record,
    sha256,
    spell_record,
    street_record,
    trial_record,
    version_record,
)
from overt.services.publish_told import Receipt, Told
from overt.services.said import hectares_of, said_digest

DOCUMENT_VERSION: Final = "overt-register-deployment-1"
#: What of a deployment's document says which version it is, and so is no part of it.
ABOUT_VERSIONS: Final = ("version", "versions")
#: The policy's rules that say from when, and how long, somebody is told whether they were listed.
ANSWERS: Final = ("listed_answer_delay_h", "listed_answer_days")
_GROUPS: Final = (
    "Nobody recorded who passed by group, so there is nothing that alerts by group could be held against; Overt infers "
    "no attribute of anybody."
)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A deployment with everything that its document is made of."""

    id: str
    number: int
    told: Told
    figures: Figures
    waits: str
    said: Mapping[str, Any]
    now_us: int

    @property
    def policy(self) -> Mapping[str, Any]:
        return dict(self.said.get("policy", {}))

    @property
    def at_least(self) -> int:
        told = self.told.made.at_least
        return int(self.policy.get("publish_at_least", AT_LEAST)) if told is None else told

    @property
    def followed(self) -> Table | None:
        return followed(self.told, self.figures, str(self.said.get("use_case", "")), self.now_us)

    @property
    def signed(self) -> bool:
        return len(self.told.signatures) > bool(self.said.get("second_officer"))


def document_digest(document: Json) -> str:
    """Of a deployment's document, whichever version it is: `sha256:` and 64 hexadecimal digits."""
    content = {name: value for name, value in document.items() if name not in ABOUT_VERSIONS}
    return f"sha256:{hashlib.sha256(rfc8785.dumps(content)).hexdigest()}"


def document_of(one: Counted, before: Counted | None) -> Json:
    told, said, made = one.told, one.said, one.told.made
    tally = one.figures.tally
    ended_us = over_us(told, one.now_us)
    document = {
        "_version": DOCUMENT_VERSION,
        "id": one.id,
        "number": one.number,
        "kind": made.kind,
        "state": _state(one),
        **{name: said.get(name, "") for name in ("name", "place", "purpose", "use_case")},
        "area": said.get("area", []),
        "area_ha": hectares_of(said),
        "window": {
            "opens_at": to_text(made.opens_us),
            "closes_at": to_text(made.closes_us),
            "ended_at": None if ended_us is None else to_text(ended_us),
        },
        "policy": {
            "name": made.policy,
            "version": one.policy.get("version"),
            "digest": sha256(made.policy_digest),
            **{rule: one.policy.get(rule) for rule in ANSWERS},
        },
        "entered": {**noted_record(made.noted), "digest": sha256(made.digest)},
        "authority": _authority(one, before),
        "cameras": said.get("cameras", []),
        "publish_at_least": one.at_least,
        "list": list_record(told.sealed, tally.withdrawn, one.at_least),
        "threshold": {
            "value": _threshold(one),
            "wanted_far": said.get("wanted_far"),
            "extrapolated": None if told.plan is None else told.plan.extrapolated,
        },
        "plan": _plan(one),
        "figures": waiting_record(NAMES, one.waits)
        if one.waits
        else figures_record(
            one.figures, put_right(told, one.figures, one.now_us), None if told.trial is None else told.trial.found
        ),
        "followed": followed_record(one.followed, one.at_least, one.waits),
        "envelope": waiting_record(ENVELOPE, one.waits) if one.waits else envelope_record(tally),
        "groups": why_not("groups", _GROUPS),
        **_afterwards(one, ended_us),
        "pauses": [] if one.waits else [{**spell_record(spell), "reason": spell.reason} for spell in told.pauses],
        "halts": [spell_record(spell) for spell in told.halts],
        "stopped_by_rule": _stopped(one),
        "review": _review(one, ended_us),
        "rests_on": rests_on_record(told.rests_on),
        "trial_report": trial_record(told.trial),
        "papers": _papers(one),
        "consultations": said.get("consultations", []),
        "street": street_record(told.street),
        "said": dict(said),
    }
    versions = [version_record(each) for each in told.versions]
    return {**document, "version": len(versions), "versions": versions}


def _afterwards(one: Counted, ended_us: int | None) -> Json:
    """What was erased, kept, handed over and answered."""
    told, tally, real = one.told, one.figures.tally, _real(one)
    return {
        "receipts": [_receipt(receipt) for receipt in told.receipts.values()],
        "alerts_erased": _told_later(one, "alerts_erased", len(real & told.erased)),
        "disclosures": {
            "records": _told_later(one, "disclosures", tally.listed.disclosed),
            "with_pictures": _told_later(one, "evidence", tally.listed.evidence),
        },
        "listed": {
            name: cell(f"listed_{name}", told.listed[f"listed.{name}"]) for name in ("asked", "answered", "refused")
        },
        "answers": _answers(one, ended_us),
        "holds": {"placed": _told_later(one, "holds", sum(alert in real for alert in told.holds))},
    }


def _receipt(receipt: Receipt) -> Json:
    return {
        "what": receipt.what,
        "reason": receipt.reason,
        "begun_at": to_text(receipt.begun.at_us),
        **part_record("key", "key_destroyed_at", receipt.key),
        **part_record("residue", "residue_cleared_at", receipt.residue),
    }


def _state(one: Counted) -> str:
    told, made = one.told, one.told.made
    if told.cancelled is not None:
        return "cancelled"
    if told.ended is not None:
        return "ended"
    if one.now_us >= made.closes_us:
        return "ended" if told.started is not None else "lapsed"
    if not one.signed:
        return "planned"
    return "running" if one.now_us >= made.opens_us else "authorised"


def _authority(one: Counted, before: Counted | None) -> Json:
    told = one.told
    return {
        "text": dict(one.said.get("text", {})),
        "digest": told.made.said or None,
        "ledger": told.made.noted.index,
        "agrees": said_digest(one.said) == told.made.said if told.made.said else None,
        "signatures": [
            {
                **noted_record(each.noted),
                "rank": each.rank or None,
                "digest": each.statement,
                "key": f"ed25519:{each.key}",
            }
            for each in told.signatures
        ],
        "cancelled": None if told.cancelled is None else noted_record(told.cancelled),
        "changes": {
            "since": None if before is None else before.number,
            "fields": {} if before is None else dict(changes(before.said.get("text", {}), one.said.get("text", {}))),
        },
    }


def _threshold(one: Counted) -> Json:
    """Told with the figures: whoever decides is told no threshold."""
    told = one.told
    used = told.threshold if told.threshold is not None or told.plan is None else told.plan.threshold
    if one.waits:
        return waits("threshold", one.waits)
    return not_recorded("threshold") if used is None else cell("threshold", used)


def _plan(one: Counted) -> Json | None:
    plan = one.told.plan
    if plan is None:
        return None
    false = one.figures.tally.false_high
    return {
        "passages": cell("plan", plan.passages),
        "low": cell("plan", plan.low),
        "high": cell("plan", plan.high),
        "expected": estimate(plan.expected),
        "chance": estimate(plan.chance),
        "ledger": plan.noted.index,
        "actual": _told_later(one, "far_high", false),
        "held": None if one.waits else plan.low <= false <= plan.high,
    }


def _told_later(one: Counted, how: str, count: int) -> Json:
    return waits(how, one.waits) if one.waits else cell(how, count)


def _real(one: Counted) -> set[str]:
    """Alerts that were no test of the people who decide."""
    assert one.figures.facts is not None
    return {alert.alert for alert in one.figures.facts.alerts}


def _stopped(one: Counted) -> Json | None:
    if one.told.stopped is None:
        return None
    noted, false, passages = one.told.stopped
    counts = {"false": None, "passages": None} if one.waits else {"false": false, "passages": passages}
    return {**noted_record(noted), **counts}


def _review(one: Counted, ended_us: int | None) -> Json | None:
    days = one.policy.get("review_due_days")
    if one.told.started is None or ended_us is None:
        return None
    due_us, filed = None if days is None else ended_us + days * DAY_US, one.told.review
    return {
        "due_at": None if due_us is None else to_text(due_us),
        **part_record("filed", "filed_at", filed),
        "overdue": due_us is not None and due_us < (one.now_us if filed is None else filed.at_us),
    }


def _answers(one: Counted, ended_us: int | None) -> Json:
    """From when until when somebody is told whether they were listed: None where it is not over, or no rule is told."""
    delay_h, days = (one.policy.get(rule) for rule in ANSWERS)
    from_us = None if delay_h is None or ended_us is None else ended_us + round(delay_h * HOUR_US)
    until_us = None if days is None else one.told.made.closes_us + days * DAY_US
    return {
        "from": None if from_us is None else to_text(from_us),
        "until": None if until_us is None else to_text(until_us),
    }


def _papers(one: Counted) -> list[Json]:
    """As the deployment says of them; they were filed in the same order."""
    filed = [noted for _, noted in one.told.documents]
    documents = one.said.get("documents", [])
    return [
        {
            "kind": paper["kind"],
            "version": paper["version"],
            "date": to_text(paper["at_us"]),
            "digest": sha256(paper["sha256"] or ""),
            **part_record("filed", "filed_at", filed[at] if at < len(filed) else None),
        }
        for at, paper in enumerate(documents)
    ]
