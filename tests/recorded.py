"""A deployment of which everything is recorded that can be: for the tests of the documents that are made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from overt.domain.complaining import Kind, Result
from overt.domain.decision import Followed, Means, Recipient, Verdict
from overt.domain.decision import Result as Came
from overt.domain.policy import Policy
from overt.domain.retention import DAY_US
from overt.domain.roles import Action, Role
from overt.ledger.entry import Fact
from overt.services.acting import policy_of
from overt.services.adjudicate import decide, hold, lift, show
from overt.services.at_alerts import allowed
from overt.services.case import Case
from overt.services.complaints import answer_complaint, file_complaint
from overt.services.decoy_alerts import no_commitment
from overt.services.ending import end, note_stop
from overt.services.erase import clear_residue, erase_alert, erase_list
from overt.services.halts import lift_halt, place_halt
from overt.services.installation import Installation
from overt.services.outcomes import conclude, disclose
from overt.services.people import Account
from overt.services.resting_on import started_on
from overt.services.reviews import answer_finding, file_finding, file_review
from overt.services.slips import give
from overt.store.ports import Work
from overt.store.records import DeploymentRow
from tests.deployed import Site
from tests.unit.console.api.seeded import LISTED, PROBE, REFERENCE, SECOND_REFERENCE, WORDS, counted, raise_alert

#: What must be in no document: references, pictures in any form, words of verdicts, cases, reasons, addresses.
CASE, WHY, COMPLAINT = "canary-case-R-v-N", "canary-reason-T2026", "canary-complaint-2026-17"
SECRETS: Final = (REFERENCE, SECOND_REFERENCE, WORDS, CASE, WHY, COMPLAINT, PROBE.decode(), LISTED.decode(), "10.0.0.")
COMPLAINTS: Final = "The complaints office, 1 High Street; 01632 960 001"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The deployment, and its alerts: right, not the person, and one that waits for a second verdict."""

    site: Site
    row: DeploymentRow
    right: str
    rejected: str
    waits: str

    @property
    def installation(self) -> Installation:
        return self.site.installation

    def by(self, role: Role) -> Account:
        return self.site.by(role)

    def ledger(self) -> list[bytes]:
        return self.installation.store.read(lambda work: [row.entry for row in work.ledger.rows()])


def recorded(folder: Path, *, over: bool = True, texts: str = "") -> Recorded:
    """A deployment under the policy for police, watched twice.

    Args:
        over: it has ended, its list is erased, and it was reviewed.
        texts: put into everything that people write.
    """
    site = Site(folder, policy="uk-police")
    here, there = f"seen here {texts}".strip(), f"there {texts}".strip()
    case = site.case(people=(REFERENCE, SECOND_REFERENCE), why_here=here, place=there)
    row = site.authorised(case)
    installation, officer = site.installation, site.by(Role.AUTHORISING_OFFICER)
    _checked(installation, row, site.by(Role.OPERATOR))
    site.watched(case, row)
    _use(site, case, row)
    counted(installation, row)
    right, rejected = raised(site, row, 1), raised(site, row, 2)
    decided(site, row, right, Verdict.WORTH_A_LOOK, Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
    decided(site, row, rejected, Verdict.NOT_THE_PERSON, Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
    _after(site, row, right, rejected)
    note_stop(installation, site.by(Role.OPERATOR), row)
    _ended(installation, row)
    halt = place_halt(installation, site.by(Role.OVERSIGHT), row, f"The signs cannot be read. {texts}")
    site.clock.advance(60)
    lift_halt(installation, site.by(Role.OVERSIGHT), halt.id, f"There are new signs. {texts}")
    _use(site, case, row)  # its process is lost
    waits = raised(site, row, 3)
    decided(site, row, waits, Verdict.WORTH_A_LOOK, Role.OPERATOR)
    finding = file_finding(
        installation, site.by(Role.AUDITOR), f"Signs {texts}", f"Nobody could read the signs {texts}"
    )
    answer_finding(installation, officer, finding.id, f"There are new signs since then {texts}")
    if over:
        end(installation, site.by(Role.OPERATOR), row, policy_of_row(site, row).retention())
        site.clock.advance(1)
        file_review(installation, officer, row, f"It did what it was for {texts}")
        (watch_list,) = installation.store.read(lambda work: work.lists.all())
        erase_list(installation, watch_list.id, "retention")
        clear_residue(installation)
    return Recorded(site=site, row=site.row(row), right=right, rejected=rejected, waits=waits)


def policy_of_row(site: Site, row: DeploymentRow) -> Policy:
    return site.installation.store.read(lambda work: policy_of(work, row))


def raised(site: Site, deployment: DeploymentRow, passage: int) -> str:
    """An alert about a listed person, as the desk commits one; its id."""
    alert = raise_alert(
        site.installation,
        deployment,
        passage,
        committed=no_commitment(site.installation),
        about="listed",
        false_alerts_per_1000=0.12,
        cautions=("dark", "small face"),
    )
    site.clock.advance(1)
    return alert


def decided(site: Site, row: DeploymentRow, alert: str, verdict: Verdict, *roles: Role) -> None:
    """These look at an alert for seven seconds each, and say the same."""
    policy = policy_of_row(site, row)
    for role in roles:
        account = site.by(role).id
        allowed(site.installation, site.by(role), Action.ALERT_DECIDE, alert)
        show(site.installation, alert, account=account)
        site.clock.advance(7)
        decide(
            site.installation,
            alert,
            verdict,
            words=WORDS,
            account=account,
            rules=policy.rules,
            retention=policy.retention(),
        )


def _after(site: Site, row: DeploymentRow, right: str, rejected: str) -> None:
    """What followed: an outcome, a slip, a hold that was lifted, a disclosure, a complaint with its answer, erasure."""
    installation, rules = site.installation, policy_of_row(site, row).rules
    officer, met = site.by(Role.AUTHORISING_OFFICER), site.by(Role.ENGAGEMENT_OFFICER)
    conclude(
        installation,
        right,
        means=Means.DOCUMENT,
        result=Came.RIGHT,
        held_min=4,
        followed=Followed.ID_SHOWN,
        served_aim=True,
        account=met.id,
        rules=rules,
    )
    give(installation, right, complaints=COMPLAINTS, account=met.id, rules=rules)
    held = hold(
        installation,
        right,
        case=CASE,
        until_us=site.clock.now_us() + DAY_US,
        placed_by=met.id,
        seconded_by=site.second.id,
        rules=rules,
    )
    lift(installation, right, held.id, account=site.by(Role.AUDITOR).id)
    disclose(installation, right, to=Recipient.SUBJECT, why=WHY, account=officer.id, rules=rules)
    filed = file_complaint(installation, met, reference=COMPLAINT, kinds=[Kind.STOPPED, Kind.TREATED], alert=right)
    answer_complaint(installation, officer, filed.id, Result.PARTLY_UPHELD, "They were held for longer than needed.")
    erase_alert(installation, rejected, "not-the-person")


def _checked(installation: Installation, row: DeploymentRow, by: Account) -> None:
    facts: dict[str, Fact] = {"kept": 21, "looked_at": 21, "broken": (), "memory_locked": True, "swap": False}
    installation.store.write(lambda work: work.record("promises.checked", actor=by.id, deployment=row.id, facts=facts))


def _use(site: Site, case: Case, row: DeploymentRow) -> None:
    """It is watched from now on, as the desk says so, and pauses for a minute."""
    (watch_list,) = site.installation.store.read(lambda work: work.lists.all())
    facts: dict[str, Fact] = {"list": watch_list.id, "entries": 2, "threshold_e4": 5123, "cameras": 1}
    store, by, under = site.installation.store, site.by(Role.OPERATOR).id, site.under(case, row)

    def change(work: Work) -> None:
        on = started_on(site.installation, case.deployment, under, work)
        work.record("watch.started", actor=by, deployment=row.id, facts={**facts, **on})

    store.write(change)
    for kind in ("scanning.paused", "scanning.resumed"):
        noted(site.installation, row.id, kind, reason="open-alerts")
        site.clock.advance(60)


def noted(installation: Installation, deployment: str, kind: str, **facts: Fact) -> None:
    """An entry of this kind about a deployment."""
    installation.store.write(lambda work: work.record(kind, deployment=deployment, facts=facts))


def _ended(installation: Installation, row: DeploymentRow) -> None:
    facts: dict[str, Fact] = {"alerts": 2, "frames": 100, "faces_detected": 20, "faces_seen": 18, "lost": 1}
    installation.store.write(lambda work: work.record("watch.ended", deployment=row.id, facts=facts))
