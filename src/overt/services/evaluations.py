"""Measurements of a model pack, and reports of trials, filed so that a policy can ask for them.

Rules:
  - what is filed is the JSON that `overt evaluate` wrote, as it is: of which pack, at which threshold and when is read
    from it, and its SHA-256 is kept, so that anybody who has the file can see that it is the one;
  - a measurement of the future, or one that does not say its pack, is none: BadEvaluation;
  - the report of a trial is about a deployment of this installation of the kind trial that was watched and is over, and
    about walks of volunteers that people counted; a rehearsal, and a simulated street, are no trial: BadEvaluation;
  - nothing that was filed is changed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from overt.domain.before_start import Evaluation, Trial
from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.domain.tally import TRIAL
from overt.domain.time import to_us
from overt.evaluation.intervals import Figure
from overt.ledger.entry import Entry, Fact
from overt.services.acting import NAME_LOST, file_paper
from overt.services.entered_text import pack_name_in
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.terms import STARTED
from overt.store.ports import Work
from overt.store.records import DeploymentRow, DeploymentState, PaperRow

E4: Final = 10_000
E9: Final = 1_000_000_000
EVALUATION: Final = "evaluation"
TRIAL_REPORT: Final = "trial-report"
MOST_BYTES: Final = 32 * 1024 * 1024
#: By which keys each kind of measurement is known.
_KNOWN_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "identify": ("rank1", "at"),
    "groups": ("sets", "threshold"),
    "envelope": ("curves", "threshold"),
}
_DIGESTS: Final = ("detector", "embedder", "templates")


class BadEvaluation(Refused):
    code = "bad-evaluation"


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A measurement that was filed. `pack`: what that is called; `by`: name of who filed it."""

    evaluation: Evaluation
    pack: str
    by: str
    filed_us: int


@dataclass(frozen=True, kw_only=True)
class TrialReport:
    """The report of a trial that was filed.

    Attributes:
        deployment: the trial's id.
        walks: of listed volunteers.
        trial: which model pack it ran with, and the SHA-256 of the report.
    """

    deployment: str
    name: str
    walks: int
    trial: Trial
    by: str
    filed_us: int


def file_evaluation(installation: Installation, by: Account, content: bytes) -> Filed:
    """Files a measurement.

    Raises:
        NotAllowed: this account may not.
        BadEvaluation: this is none, or not one that can be filed.
    """
    read, sha256 = _object(content), hashlib.sha256(content).hexdigest()
    evaluation, name = _evaluation(read, installation.clock.now_us())

    def change(work: Work) -> Filed:
        require_actor(work, by, Action.EVALUATION_FILE)
        if work.papers.about(EVALUATION, sha256):
            raise BadEvaluation("This measurement is filed already.", "Nothing that is filed is changed.")
        kept: dict[str, object] = {
            "kind": evaluation.kind,
            "pack": name,
            "made_by": evaluation.pack,
            "threshold": _e9(evaluation.threshold) / E9,
            "at_us": evaluation.at_us,
        }
        paper = file_paper(installation, work, EVALUATION, by=by.id, row=None, about=sha256, content=kept)
        facts: dict[str, Fact] = {
            "paper": paper.id,
            "kind": evaluation.kind,
            "sha256": sha256,
            "pack": evaluation.pack,
            "threshold_e9": _e9(evaluation.threshold),
            "made_us": evaluation.at_us,
        }
        work.record("evaluation.filed", actor=by.id, facts=facts)
        return _filed(work, paper)

    return installation.store.write(change)


def read_evaluation(content: bytes, now_us: int) -> tuple[Mapping[str, Any], Evaluation]:
    """A measurement as its file says it, and what counts of it; raises BadEvaluation where it is none."""
    read = _object(content)
    return read, _evaluation(read, now_us)[0]


def evaluations_filed(work: Work) -> list[Filed]:
    """Every measurement, oldest first."""
    return [_filed(work, paper) for paper in work.papers.all(EVALUATION)]


def file_trial_report(installation: Installation, by: Account, row: DeploymentRow, content: bytes) -> TrialReport:
    """Files the figures of a trial, as `overt evaluate trial` wrote them.

    Raises:
        NotAllowed: this account may not.
        BadEvaluation: the deployment is no trial that is over, or this is not its report.
    """
    read, sha256 = _object(content), hashlib.sha256(content).hexdigest()
    now_us = installation.clock.now_us()

    def change(work: Work) -> TrialReport:
        require_actor(work, by, Action.EVALUATION_FILE)
        _require_trial(work, row, now_us)
        walks, found, pack = _walks(read, row), _found(read), str(row.terms.get("pack") or "")
        kept: dict[str, object] = {"sha256": sha256, "walks": walks, "made_by": pack}
        paper = file_paper(installation, work, TRIAL_REPORT, by=by.id, row=row, about=row.id, content=kept)
        facts: dict[str, Fact] = {"paper": paper.id, "sha256": sha256, "walks": walks, "pack": pack}
        facts |= {"found": found.num, "of": found.den}
        facts["limits_e4"] = (math.floor(found.low * E4), math.ceil(found.high * E4))
        work.record("trial.reported", actor=by.id, deployment=row.id, facts=facts)
        return _report(work, paper)

    return installation.store.write(change)


def trial_reports(work: Work) -> list[TrialReport]:
    """Every report of a trial, oldest first."""
    return [_report(work, paper) for paper in work.papers.all(TRIAL_REPORT)]


def evaluation_again(entry: Entry) -> tuple[str, dict[str, object]]:
    """What a paper of a measurement is about and says, from the ledger alone; the pack's name is lost."""
    facts = entry.facts
    content: dict[str, object] = {
        "kind": facts["kind"],
        "pack": NAME_LOST,
        "made_by": facts["pack"],
        "threshold": int(str(facts["threshold_e9"])) / E9,
        "at_us": facts["made_us"],
    }
    return str(facts["sha256"]), content


def _e9(threshold: float) -> int:
    """As it is kept: never above what was measured, and the same after a restore."""
    return math.floor(threshold * E9)


def report_again(entry: Entry) -> tuple[str, dict[str, object]]:
    """The same of a trial's report; an earlier version did not write its pack there."""
    facts = entry.facts
    pack = {"made_by": facts["pack"]} if "pack" in facts else {}
    return str(entry.deployment), {"sha256": facts["sha256"], "walks": facts["walks"], **pack}


def _require_trial(work: Work, row: DeploymentRow, now_us: int) -> None:
    now = work.deployments.get(row.id)
    if now is None or now.kind != TRIAL:
        raise BadEvaluation(
            "This deployment is an operation, and only a trial has such a report.", 'A trial says kind = "trial".'
        )
    over = now.state in (DeploymentState.CANCELLED, DeploymentState.ENDED) or now_us >= now.closes_us
    if not over or not any(paper.kind == STARTED for paper in work.papers.of(now.id)):
        raise BadEvaluation("This trial is not over, or was never watched.", "Report it when it is.")


def _walks(read: Mapping[str, Any], row: DeploymentRow) -> int:
    """How many walks of listed volunteers the report is about."""
    walks = read.get("walks")
    listed = walks.get("listed") if isinstance(walks, dict) else None
    if "trr" not in read or not isinstance(listed, int):
        raise BadEvaluation("This is no report of a trial.", "Write it with overt evaluate trial, and --json FILE.")
    if read.get("deployment") != row.id or read.get("rehearsal") is not False or read.get("simulated") is not False:
        raise BadEvaluation(
            "This report is about another run than this trial: another deployment, a rehearsal or a simulated street.",
            f"Evaluate the trial itself: overt evaluate trial {row.id} --truth TALLY --json FILE.",
        )
    if listed < 1:
        raise BadEvaluation("No volunteer on the list walked in this trial.", "Count walks of volunteers in the tally.")
    return listed


def _found(read: Mapping[str, Any]) -> Figure:
    """How many of those walks the report says were found, with the limits that it gives."""
    trr = read["trr"]
    try:
        return Figure(num=int(trr["num"]), den=int(trr["den"]), low=float(trr["low"]), high=float(trr["high"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadEvaluation(
            "This report does not say how many of the walks were found, as a share with its interval.",
            "Write it with overt evaluate trial, and --json FILE.",
        ) from error


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(content) if len(content) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise BadEvaluation(
            "This is no JSON that overt evaluate wrote.", "Write it with --json FILE, and give that file as it is."
        )
    return read


def _evaluation(read: Mapping[str, Any], now_us: int) -> tuple[Evaluation, str]:
    kind = next((kind for kind, keys in _KNOWN_BY.items() if all(key in read for key in keys)), None)
    if kind is None:
        raise BadEvaluation(
            f"This is no measurement of the kinds {', '.join(_KNOWN_BY)}.",
            "Write it with overt evaluate and --json FILE, and give that file as it is.",
        )
    try:
        rests_on = read["provenance"]
        digests = [str(rests_on["digests"][part]) for part in _DIGESTS]
        thresholds = [float(one["threshold"]) for one in read["at"]] if kind == "identify" else [read["threshold"]]
        at_us = to_us(datetime.fromisoformat(str(rests_on["at"])))
        evaluation = Evaluation(
            kind=kind,
            pack=hashlib.sha256(" ".join(digests).encode()).hexdigest(),
            threshold=float(min(thresholds)),
            at_us=at_us,
        )
        name = str(rests_on["pack"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadEvaluation(
            "This measurement does not say which model pack was measured, at which threshold and when.",
            "Measure again with this version of Overt.",
        ) from error
    if at_us > now_us:
        raise BadEvaluation("This measurement is of the future.", "Look at the clock of the machine that made it.")
    return evaluation, name


def _filed(work: Work, paper: PaperRow) -> Filed:
    kept = paper.content
    return Filed(
        evaluation=Evaluation(
            kind=str(kept["kind"]),
            pack=str(kept["made_by"]),
            threshold=float(str(kept["threshold"])),
            at_us=int(str(kept["at_us"])),
            sha256=paper.about,
        ),
        pack=str(kept["pack"]),
        by=_name(work, paper.account),
        filed_us=paper.at_us,
    )


def _report(work: Work, paper: PaperRow) -> TrialReport:
    row = work.deployments.get(paper.about)
    entered_with = "" if row is None else row.terms.get("pack") or ""
    return TrialReport(
        deployment=paper.about,
        name=paper.about if row is None else row.name,
        walks=int(str(paper.content["walks"])),
        trial=Trial(
            pack=str(paper.content.get("made_by", entered_with)),
            pack_name=pack_name_in(work, paper.about),
            sha256=str(paper.content["sha256"]),
        ),
        by=_name(work, paper.account),
        filed_us=paper.at_us,
    )


def _name(work: Work, account: str) -> str:
    row = work.accounts.get(account)
    return account if row is None else row.name
