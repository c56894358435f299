"""The slip of somebody who was stopped because of an alert: made, signed, counted, and the last one shown again.

Rules:
  - a slip is for an alert on which "worth a look" stands: nobody was stopped because of another;
  - it says the threshold only once everybody who has to decide has, where the policy is blind-first;
  - it names nobody: what it says is made here of numbers, of the deployment's own words and of this machine's setting;
  - each slip is an entry of the ledger with its SHA-256 and how many there were of this alert; to show one again is
    none; after a restore the text of one may be lost, and it counts all the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from overt.domain.deciding import may_see, require_contact, standing
from overt.domain.errors import Refused
from overt.domain.policy import Rules
from overt.domain.tally import DECOY
from overt.evaluation.intervals import Figure
from overt.ledger.entry import Fact
from overt.ledger.slip import MOST_BYTES, WITHHELD, Slip
from overt.services.adjudicate import row_of
from overt.services.explaining import SLIP, place_of, raised_entry
from overt.services.figures import tally_in
from overt.services.installation import Installation
from overt.services.people import new_paper
from overt.store.ports import Work
from overt.store.records import AlertRow, DeploymentRow, LedgerRow


class NoSlip(Refused):
    code = "no-slip"


@dataclass(frozen=True, kw_only=True)
class Given:
    """A slip as it was given. `text`: signed; `slips`: how many of this alert there are by now."""

    text: str
    at_us: int
    slips: int


def give(installation: Installation, alert: str, *, complaints: str, account: str, rules: Rules) -> Given:
    """Makes a slip of an alert as things stand now, and records that it was given.

    Args:
        complaints: where to complain, in words.

    Raises:
        NoSuchAlert: there is none.
        NoContact: "worth a look" does not stand.
        NoSlip: nobody can have been stopped: it is a decoy's, or the record does not have the alert; or it would be too
            long.
    """
    now_us = installation.clock.now_us()

    def change(work: Work) -> Given:
        row = row_of(work, alert)
        decisions = work.alerts.decisions(alert)
        require_contact(standing(decisions, rules))
        if row.about == DECOY or row.is_decoy:
            raise NoSlip("This alert stands for nobody who was there, so nobody was stopped because of it.")
        deployment = work.deployments.get(row.deployment)
        assert deployment is not None  # by its foreign key
        entry = _entry_of(work, row)
        slip = Slip(
            alert=alert,
            at_us=row.at_us,
            place=place_of(deployment),
            camera=row.camera,
            threshold=f"a score of {row.threshold:.4f} or more" if may_see(decisions, rules).score else WITHHELD,
            so_far=_so_far(work, deployment),
            complaints=complaints,
            given_us=now_us,
            index=entry.index,
            leaf=entry.leaf,
            log=installation.ledger.log,
        )
        text = slip.signed(installation.ledger.key)
        if len(text.encode()) > MOST_BYTES:
            raise NoSlip(
                "The place, the camera's name and where to complain are together too long for a slip.",
                "Have the setting complaints made shorter.",
            )
        slips = len(work.papers.about(SLIP, alert)) + 1
        paper = new_paper(
            installation, SLIP, about=alert, content={"text": text}, deployment=row.deployment, by=account
        )
        work.papers.add(paper)
        digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        facts: dict[str, Fact] = {"alert": alert, "slip": paper.id, "digest": digest, "slips": slips}
        work.record("alert.slip", actor=account, deployment=row.deployment, facts=facts)
        return Given(text=text, at_us=now_us, slips=slips)

    return installation.store.write(change)


def last_given(installation: Installation, alert: str) -> Given | None:
    """The newest slip of an alert, to be shown again; None: there is none whose text is kept.

    Raises:
        NoSuchAlert: there is no such alert.
    """

    def look(work: Work) -> Given | None:
        row_of(work, alert)
        papers = work.papers.about(SLIP, alert)
        kept = [paper for paper in papers if "text" in paper.content]
        if not kept:
            return None
        return Given(text=str(kept[-1].content["text"]), at_us=kept[-1].at_us, slips=len(papers))

    return installation.store.read(look)


def _so_far(work: Work, deployment: DeploymentRow) -> str:
    """How often alerts of a deployment were wrong until now, of those where the person was identified."""
    tally = tally_in(work, deployment).listed
    wrong = tally.wrong_person + tally.wrong_entry
    known = Figure.of(wrong, wrong + tally.right)
    return (
        f"{known.sentence('alerts of this deployment, after identification, were wrong')}; {tally.alerts} alerts in all"
    )


def _entry_of(work: Work, row: AlertRow) -> LedgerRow:
    """The entry by which an alert was raised; raises NoSlip where there is none."""
    entry = raised_entry(work, row)
    if entry is None:
        raise NoSlip(
            "The record does not have this alert, so there is nothing that a slip could stand for.",
            "Report it to whoever audits this installation.",
        )
    return entry
