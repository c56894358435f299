"""How a deployment ends before its window does: cancelled by whoever may authorise it, or ended by who may run it.

Rules:
  - what is over is over for good, and whatever runs under it stops within a second (`overt.services.standing`);
  - who stops what runs, and leaves its authority, stands in the ledger, too;
  - where the false alerts contradict what was promised, it ends by itself;
  - its list then dies as long after that end as the policy says, never later than it would have;
  - what never was lawful is erased at once, with its alerts, where whoever cancels it says so, and so it is when that
    comes out only later.
"""

from __future__ import annotations

from overt.domain.retention import RetentionRules
from overt.domain.roles import Action
from overt.ledger.entry import SYSTEM, Fact
from overt.services.acting import act, file_paper
from overt.services.authorise import NotAuthorised
from overt.services.erase import erase_alert, erase_list
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.terms import STOPPED
from overt.store.ports import Work
from overt.store.records import DeploymentRow, DeploymentState, ListRow, State

CANCELLED = "cancelled"
_OPEN = (DeploymentState.NEW, DeploymentState.AUTHORISED)


def cancel(
    installation: Installation,
    by: Account,
    row: DeploymentRow,
    reason: str,
    rules: RetentionRules,
    *,
    erase: bool = False,
) -> None:
    """Takes an authority back, whether it was signed already or not.

    Args:
        erase: erase its list and its alerts now, held ones too: there was no ground for having them. It may be over.

    Raises:
        NotAllowed: this account may not.
        NotAuthorised: no reason is given; or it is over already, and nothing is to be erased.
    """
    if not reason.strip():
        raise NotAuthorised("A cancellation says why.", "Give the reason.")
    now_us = installation.clock.now_us()

    def change(work: Work) -> None:
        act(installation, work, by, Action.AUTHORITY_CANCEL, row, roles_apart=False)
        if not work.deployments.move(row.id, _OPEN, DeploymentState.CANCELLED, now_us) and not erase:
            raise NotAuthorised("This deployment is over already.", "There is nothing to cancel.")
        for one in work.authorities.of(row.id):
            work.authorities.cancel(one.id, now_us)
        facts = {"reason": installation.digest(reason.strip())}
        work.record("authority.cancelled", actor=by.id, deployment=row.id, facts=facts)
        content: dict[str, object] = {"text": reason.strip()}
        file_paper(installation, work, CANCELLED, by=by.id, row=row, content=content)
        _shorten_the_lists_life(work, row, now_us + rules.list_after_end_us)

    installation.store.write(change)
    if erase:
        _erase_all(installation, row)


def end(installation: Installation, by: Account, row: DeploymentRow, rules: RetentionRules) -> None:
    """Ends a deployment before its window does, for good.

    Raises:
        NotAllowed: this account may not.
        NotAuthorised: it has not begun, or is over.
    """
    now_us = installation.clock.now_us()

    def change(work: Work) -> None:
        act(installation, work, by, Action.DEPLOYMENT_END, row, roles_apart=False)
        if not work.deployments.move(row.id, [DeploymentState.AUTHORISED], DeploymentState.ENDED, now_us):
            raise NotAuthorised("This deployment is not authorised, or is over already.", "There is nothing to end.")
        work.record("deployment.ended", actor=by.id, deployment=row.id)
        _shorten_the_lists_life(work, row, now_us + rules.list_after_end_us)

    installation.store.write(change)


def note_stop(installation: Installation, by: Account, row: DeploymentRow) -> None:
    """Says in the ledger who has stopped what ran; the authority stays, so it may be started again.

    Raises:
        NotAllowed: this account may not.
    """

    def change(work: Work) -> None:
        act(installation, work, by, Action.DEPLOYMENT_END, row, roles_apart=False)
        work.record("watch.stopped", actor=by.id, deployment=row.id)

    installation.store.write(change)


def end_by_itself(
    installation: Installation, row: DeploymentRow, rules: RetentionRules, facts: dict[str, Fact]
) -> None:
    """Ends a deployment, for good, whose false alerts contradict what was promised. `facts`: what the ledger says."""
    now_us = installation.clock.now_us()

    def change(work: Work) -> None:
        if work.deployments.move(row.id, [DeploymentState.AUTHORISED], DeploymentState.ENDED, now_us):
            work.record("stop-rule.crossed", deployment=row.id, facts=facts)
            file_paper(installation, work, STOPPED, by=SYSTEM, row=row, content=dict(facts))
            work.record("deployment.ended", deployment=row.id)
            _shorten_the_lists_life(work, row, now_us + rules.list_after_end_us)

    installation.store.write(change)


def _shorten_the_lists_life(work: Work, row: DeploymentRow, erase_after_us: int) -> None:
    for kept in _kept_lists(work, row):
        if erase_after_us < kept.erase_after_us:
            work.lists.keep_until(kept.id, erase_after_us)


def _erase_all(installation: Installation, row: DeploymentRow) -> None:
    for kept in installation.store.read(lambda work: _kept_lists(work, row)):
        erase_list(installation, kept.id, CANCELLED)
    for alert in installation.store.read(lambda work: work.alerts.of(row.id)):
        erase_alert(installation, alert.id, CANCELLED)


def _kept_lists(work: Work, row: DeploymentRow) -> list[ListRow]:
    """One; an earlier version could keep two that were sealed at once."""
    return [one for one in work.lists.all() if one.deployment == row.id and one.state is State.KEPT]
