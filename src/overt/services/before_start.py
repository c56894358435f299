"""What was done before the start, as it was filed: gathered for the policy's rules, and the public notice.

Rules:
  - what counts is what was filed, by whoever may: the notice by an officer or operator, a look at the signs by whoever
    is on the street, measurements and trial reports by an evaluator, the five conditions by the oversight;
  - who files a notice says where it can be read and since when; that it is not in the future is looked at here;
  - nothing that was filed is changed: the newest counts, and all stay in the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from overt.domain.authority import Deployment
from overt.domain.before_start import Before, Stage
from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.domain.tally import TRIAL
from overt.domain.time import to_text
from overt.services.acting import file_paper, rules_of
from overt.services.conditions import conditions_at
from overt.services.entered_text import pack_name_in
from overt.services.evaluations import evaluations_filed, trial_reports
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.sign_checks import last_check
from overt.store.ports import Work
from overt.store.records import DeploymentRow, DeploymentState, PaperRow

NOTICE: Final = "notice-published"
LONGEST: Final = 500
_OVER: Final = (DeploymentState.CANCELLED, DeploymentState.ENDED)


class BadNotice(Refused):
    code = "bad-notice"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """That the public notice is published. `said_us`: when somebody said so."""

    where: str
    at_us: int
    said_us: int


def before_of(work: Work, deployment: Deployment, row: DeploymentRow, stage: Stage, now_us: int) -> Before:
    """What was done until now before the start of a deployment that is entered."""
    pack, threshold = row.terms.get("pack"), row.terms.get("threshold")
    notice = notice_of(work, row.id)
    return Before(
        stage=stage,
        notice_us=None if notice is None else notice.at_us,
        signs=last_check(work, row.id, now_us),
        pack=str(pack) if pack else None,
        pack_name=pack_name_in(work, row.id),
        threshold=threshold if isinstance(threshold, float) else None,
        evaluations=tuple(one.evaluation for one in evaluations_filed(work)),
        trial=deployment.kind == TRIAL,
        trials=tuple(one.trial for one in trial_reports(work)),
        conditions_us=conditions_at(work, now_us),
    )


def file_notice(installation: Installation, by: Account, row: DeploymentRow, where: str, at_us: int) -> Notice:
    """Says where the public notice can be read, and since when.

    Raises:
        NotAllowed: this account may not.
        BadNotice: it says no place or a future time, or the deployment is over.
    """
    said, now_us = where.strip(), installation.clock.now_us()
    if not said or len(said) > LONGEST:
        raise BadNotice(
            f"Where the notice can be read is said in 1 to {LONGEST} characters.",
            "Give its address, or say where it hangs.",
        )
    if at_us > now_us:
        raise BadNotice(f"{to_text(at_us)} is in the future.", "Say so once the notice is published.")

    def change(work: Work) -> Notice:
        require_actor(work, by, Action.NOTICE_FILE)
        now = work.deployments.get(row.id)
        if now is None or now.state in _OVER or now_us >= now.closes_us:
            raise BadNotice("This deployment is over.", "See which are not.")
        content: dict[str, object] = {"where": said, "at_us": at_us}
        paper = file_paper(installation, work, NOTICE, by=by.id, row=now, about=row.id, content=content, recorded=True)
        return _notice(paper)

    return installation.store.write(change)


def notice_of(work: Work, deployment: str) -> Notice | None:
    """The newest word on a deployment's notice; what a restore has lost the words of says no time, and counts not."""
    papers = [one for one in work.papers.about(NOTICE, deployment) if "at_us" in one.content]
    return _notice(papers[-1]) if papers else None


def _notice(paper: PaperRow) -> Notice:
    return Notice(where=str(paper.content["where"]), at_us=int(str(paper.content["at_us"])), said_us=paper.at_us)


@dataclass(frozen=True, kw_only=True)
class Due:
    """What the pages of a deployment show of all this; None and 0: nothing filed, nothing asked."""

    notice: Notice | None
    notice_h: int


def due_of(installation: Installation, row: DeploymentRow) -> Due:
    """How it stands with the notice."""

    def look(work: Work) -> Due:
        rules = rules_of(work, row)
        return Due(notice=notice_of(work, row.id), notice_h=0 if rules is None else rules.notice_published_h)

    return installation.store.read(look)
