"""Small trials for the tests: walks, prompts and runs, with times in seconds from a common beginning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from overt.domain.decision import Followed, Result, Verdict
from overt.domain.ids import new_id
from overt.domain.tally import Concluded
from overt.domain.time import SECOND_US, to_text
from overt.evaluation.trial_run import Prompt, Run, Said
from overt.evaluation.trial_truth import Kind, Truth, Walk

START_US = 1_795_338_000_000_000  # 2026-11-22T09:00:00Z
HEADING = "walk,person,camera,begins,ends"


def us(at_s: float, kind: Kind = Kind.RECORDED) -> int:
    return round(at_s * SECOND_US) + (START_US if kind is Kind.LIVE else 0)


def walk(name: str, person: str = "", begins: float = 0.0, ends: float = 10.0, **given: Any) -> Walk:
    """A walk of a file's seconds; of the clock with `kind`. Whoever has a name is listed, unless said."""
    kind = given.pop("kind", Kind.RECORDED)
    usable = given.pop("usable", None)
    return Walk(
        walk=name,
        person=person,
        listed=given.pop("listed", bool(person)),
        begins_us=us(begins, kind),
        ends_us=us(ends, kind),
        usable_us=None if usable is None else us(usable, kind),
        groups=given.pop("groups", {}),
        **given,
    )


def tally(*walks: Walk, kind: Kind = Kind.RECORDED, everybody: bool = False) -> Truth:
    return Truth(
        kind=kind,
        walks=tuple(sorted(walks, key=lambda one: one.begins_us)),
        everybody=everybody,
        digest="0" * 64,
    )


def prompt(
    number: int, entry: str, at: float, *, live: bool = False, raised: float | None = None, **given: Any
) -> Prompt:
    """An alert about `entry` whose match was complete at that second; each has a passage of its own unless said."""
    raised_us = START_US + round((at if raised is None else raised) * SECOND_US)
    return Prompt(
        alert=new_id(raised_us, lambda count: number.to_bytes(count, "big")),
        camera=given.pop("camera", "north"),
        at_us=START_US + round(at * SECOND_US),
        media_us=None if live else round(at * SECOND_US),
        passage=given.pop("passage", number),
        entry=entry,
        score=given.pop("score", 0.7),
        threshold=given.pop("threshold", 0.5),
        per_1000=given.pop("per_1000", 0.01),
        shots=3,
        **given,
    )


def run(*prompts: Prompt, seen: int = 100, detected: int | None = None, rehearsal: bool = True) -> Run:
    counts: dict[str, float | None] = {
        "frames": 1000,
        "dropped": 0,
        "faces_seen": seen,
        "faces_detected": seen if detected is None else detected,
        "alerts": len(prompts),
        "latency_p50_s": None,
    }
    return Run(rehearsal=rehearsal, deployment="High Street", prompts=prompts, counts=counts)


def said(
    result: Result | None = None, *, verdict: Verdict | None = Verdict.WORTH_A_LOOK, undecided: bool = False
) -> Said:
    """One person decided, and what came of it."""
    return Said(
        verdicts=() if verdict is None else (("ann", verdict),),
        undecided=undecided,
        concluded=None
        if result is None
        else Concluded(result=result, held_min=5, followed=Followed.NOTHING, served_aim=False),
    )


def line(number: int = 1, entry: str = "bob", at_s: float = 5.0, **changes: Any) -> dict[str, Any]:
    """An alert line as `overt watch --rehearsal --json` prints it."""
    alert = prompt(number, entry, at_s)
    return {
        "alert": alert.alert,
        "deployment": "High Street",
        "camera": "north",
        "at": to_text(alert.at_us),
        "media_time_s": at_s,
        "passage": number,
        "entry": entry,
        "score": 0.7,
        "threshold": 0.5,
        "false_alerts_per_1000": 0.01,
        "shots": 3,
        "cautions": ["dark"],
        "says": "possible match",
        "rehearsal": True,
        **changes,
    }


def figures_line(seen: int = 100, **changes: Any) -> dict[str, Any]:
    return {
        "figures": {"frames": 9, "faces_seen": seen, "faces_detected": seen, "alerts": 1},
        "rehearsal": True,
        **changes,
    }


def written(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    return path
