"""What the ledger says happened since a copy was made, done to the copy again.

Rules:
  - what was erased, or was being erased, is so again, under the same receipt; an entry that was withdrawn is withdrawn;
  - a look and a decision count again, without its words, an outcome too, and an alert that nobody decided about stays
    counted as undecided; a disclosure stays counted, and a hold holds again until it ends or was lifted; of the reason
    of the one and the case of the other only the digest is left; who has seen an alert has seen it, and a slip stays
    counted, without its text;
  - a decoy that was told or taken back is so again; where its alert is not in the copy, its pair was shown all the
    same, whatever became of the deployment. Which pair an open one was of is lost, since nothing told it yet;
  - whoever asked whether they were listed has asked, and was answered or refused; what is kept for answers ends with
    its key. A list that was sealed since is lost with what was committed about it, and nobody can be told;
  - whoever acted in a role has acted in it; a review, a finding and its answer stay filed, of their words only the
    digest is left;
  - an authority that was cancelled stays cancelled, a deployment that ended stays ended, also by the stop rule, and how
    long people worked for it stays said; what was signed since is to be signed again;
  - a look at the signs, a measurement, a trial's report, the five conditions and the leaflets counted stay filed, with
    what the ledger says of them; the public notice is said anew, since where it stands is lost;
  - an account has the state, the roles, the key and the training that it had last, and the password of the copy; one
    that was closed stays closed, and a second factor that was taken off or lost stays off;
  - what the oversight held is held until it was lifted, and of its words the digest is left; the panel's key is the one
    that was proposed and pinned last. Its countersignature is lost, so that it has to give a new one: until then fewer
    days are left, and never more;
  - notices that were made stay made by their entry, with the digest of each file; what they said is lost, and only the
    papers that were printed show it;
  - a complaint stays filed, with its day, and its answer given; of its reference nothing is left, and of the answer's
    words the digest; that copies of a record were made stands in the ledger alone;
  - a clock that jumped and that nobody confirmed is still to be confirmed;
  - versions of the register go on being counted from the ledger; the text of those published since is in what was
    published, and no longer here;
  - what was sealed after the copy is not in it, and lost: nothing is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Final

from overt.domain.decision import Standing, Verdict
from overt.domain.decoying import Ended
from overt.domain.retention import RetentionRules
from overt.domain.roles import Role
from overt.ledger.entry import Entry
from overt.ledger.head import KEY_PREFIX
from overt.services.adjudicate import ends_us
from overt.services.decoy_alerts import SHOWN
from overt.services.erase import begin_of, end_of
from overt.services.redo_papers import PAPERS, numbers_of, paper_again, text_of
from overt.store.ports import Work
from overt.store.records import (
    AccountState,
    ClockMark,
    DecisionRow,
    DeploymentState,
    ErasureRow,
    HoldRow,
    LookRow,
    OutcomeRow,
    Subject,
)

#: Kinds for which nothing is done: an account of what happened, on which nothing hangs; what was made since the copy
#: and is lost with the store; what is looked at over the whole ledger.
TOLD: Final = frozenset(
    {
        *("session.opened", "session.ended", "session.refused", "sessions.expired", "promises.checked", "restored"),
        *("alert.dropped", "watch.ended", "watch.stopped", "scanning.paused", "scanning.resumed", "residue.cleared"),
        *("list.opened", "list.shown", "camera.tried", "rehearsal.run", "backup.made", "deployment.planned"),
        *("forgetting.shown", "installation.made", "installation.policy"),
        *("register.published", "register.version", "notices.made", "record.made"),
    }
)
LOST: Final = frozenset(
    {
        *("deployment.made", "authority.signed", "authority.seconded", "list.imported", "list.sealed", "alert.raised"),
        "list.committed",
        *("draft.opened", "entry.approved", "decoys.imported", "account.made", "figures.minute", "panel.countersigned"),
    }
)
WHOLE: Final = frozenset({"clock.jumped", "clock.confirmed"})


def redo(work: Work, size: int, rules: RetentionRules) -> None:
    """Does again, in the transaction of a copy, what its ledger says from entry number `size` on."""
    acts = acts_of(rules)
    for entry in [Entry.from_bytes(row.entry) for row in work.ledger.rows(size)]:
        if entry.kind in acts:
            acts[entry.kind](work, entry)
    if jumped_us := _jumped_us(row.entry for row in work.ledger.rows()):
        work.clock.set(ClockMark(boot="", host_us=0, boot_us=0, jumped_us=jumped_us))


def acts_of(rules: RetentionRules) -> dict[str, Callable[[Work, Entry], object]]:
    """What is done to a copy for each kind of entry; for those in TOLD, LOST and WHOLE nothing is."""
    return {
        **PAPERS,
        "list.erasing": partial(_erasing, Subject.LIST),
        "list.erased": partial(_erased, Subject.LIST),
        "alert.erasing": partial(_erasing, Subject.ALERT),
        "alert.erased": partial(_erased, Subject.ALERT),
        "draft.erasing": partial(_erasing, Subject.DRAFT),
        "draft.erased": partial(_erased, Subject.DRAFT),
        "draft.withdrawn": _withdrawn_from_draft,
        "decoys.erasing": partial(_erasing, Subject.DECOYS),
        "decoys.erased": partial(_erased, Subject.DECOYS),
        "listed.erasing": partial(_erasing, Subject.LISTED),
        "listed.erased": partial(_erased, Subject.LISTED),
        "decoy.told": _told,
        "entry.withdrawn": _withdrawn,
        "authority.cancelled": partial(_cancelled, rules),
        "deployment.ended": partial(_ended, rules),
        "account.proposed": _account,
        "account.approved": _account,
        "account.changed": _account,
        "account.closed": _account,
        "alert.shown": _shown,
        "alert.decided": partial(_decided, rules),
        "alert.undecided": _undecided,
        "alert.concluded": _concluded,
        "hold.placed": _held,
        "hold.lifted": _lifted,
    }


def _erasing(subject: Subject, work: Work, entry: Entry) -> None:
    if begin_of(work, subject)(text_of(entry, subject)):
        work.erasures.add(_receipt(subject, entry))


def _erased(subject: Subject, work: Work, entry: Entry) -> None:
    if work.erasures.key_destroyed(text_of(entry, "erasure"), entry.at_us):
        end_of(work, subject)(text_of(entry, subject))


def _withdrawn(work: Work, entry: Entry) -> None:
    watch_list, _, position = text_of(entry, Subject.ENTRY).partition("/")
    if work.lists.withdraw(watch_list, int(position)):
        work.erasures.add(_receipt(Subject.ENTRY, entry, key_destroyed_us=entry.at_us))


def _withdrawn_from_draft(work: Work, entry: Entry) -> None:
    work.drafts.withdraw(text_of(entry, "draft"), int(text_of(entry, "position")))


def _cancelled(rules: RetentionRules, work: Work, entry: Entry) -> None:
    """Every signature over the deployment is taken back together."""
    if entry.deployment:
        work.deployments.move(entry.deployment, _STANDING, DeploymentState.CANCELLED, entry.at_us)
        _end_the_lists_life(rules, work, entry.deployment, entry.at_us)
        for one in work.authorities.of(entry.deployment):
            work.authorities.cancel(one.id, entry.at_us)


def _ended(rules: RetentionRules, work: Work, entry: Entry) -> None:
    if entry.deployment:
        work.deployments.move(entry.deployment, _STANDING, DeploymentState.ENDED, entry.at_us)
        _end_the_lists_life(rules, work, entry.deployment, entry.at_us)


def _end_the_lists_life(rules: RetentionRules, work: Work, deployment: str, at_us: int) -> None:
    """A list dies after the end that its deployment had, not after the one that was planned."""
    kept = work.lists.kept_for(deployment)
    if kept is not None:
        work.lists.keep_until(kept.id, min(kept.erase_after_us, at_us + rules.list_after_end_us))


_STANDING = (DeploymentState.NEW, DeploymentState.AUTHORISED)


def _account(work: Work, entry: Entry) -> None:
    """An account that was made since the copy is not in it, and is made again by hand."""
    row = work.accounts.get(text_of(entry, "account"))
    if row is None:
        return
    match entry.kind, entry.facts.get("what"):
        case "account.closed", _:
            work.second_factors.remove(row.id)
            row = replace(row, state=AccountState.CLOSED, password="")
        case "account.approved", _:
            row = replace(row, state=AccountState.ACTIVE, approved_by=entry.actor)
        case _, "training":
            row = replace(row, trained_until_us=int(text_of(entry, "until_us")))
        case _, "password" if entry.actor != row.id:
            work.second_factors.remove(row.id)
        case _, "second-factor" if entry.facts.get("on") is False:
            work.second_factors.remove(row.id)
        case _, "key":
            row = replace(row, key=text_of(entry, "key").removeprefix(KEY_PREFIX))
        case _, "roles":
            roles = entry.facts["roles"]
            row = replace(
                row, roles=tuple(map(str, roles)) if isinstance(roles, tuple) else (), rank=text_of(entry, "rank")
            )
            row = row if Role.AUTHORISING_OFFICER in row.roles else replace(row, key="")
    if entry.kind == "account.proposed":
        row = replace(row, state=AccountState.PROPOSED, made_by=entry.actor, approved_by=None)
    work.accounts.change(row)


def _receipt(subject: Subject, entry: Entry, key_destroyed_us: int | None = None) -> ErasureRow:
    return ErasureRow(
        id=text_of(entry, "erasure"),
        subject=subject,
        subject_id=text_of(entry, subject),
        reason=text_of(entry, "reason"),
        begun_us=entry.at_us,
        key_destroyed_us=key_destroyed_us,
    )


def _shown(work: Work, entry: Entry) -> None:
    alert = text_of(entry, "alert")
    if work.alerts.get(alert) is not None:
        work.alerts.show(LookRow(alert=alert, account=entry.actor, shown_us=entry.at_us))


def _decided(rules: RetentionRules, work: Work, entry: Entry) -> None:
    """Until when the pictures live was decided then, under the policy of then; entries of version 0.1 do not say it."""
    alert, verdict = text_of(entry, "alert"), Verdict(text_of(entry, "verdict"))
    of = work.alerts.get(alert)
    if of is None:
        return
    row = DecisionRow(
        id=text_of(entry, "decision"), alert=alert, at_us=entry.at_us, account=entry.actor, verdict=verdict
    )
    work.alerts.decide(row)
    until_us = entry.facts.get("erase_after_us")
    if not isinstance(until_us, int):
        until_us = ends_us(of, Standing(str(verdict)), entry.at_us, rules)
    work.alerts.keep_until(alert, until_us)


def _undecided(work: Work, entry: Entry) -> None:
    work.alerts.count_undecided(text_of(entry, "alert"), entry.at_us)


def _told(work: Work, entry: Entry) -> None:
    alert, ended = text_of(entry, "alert"), text_of(entry, "ended")
    if work.decoys.get(alert) is None:
        of_none = replace(entry, deployment=None)
        paper_again(work, of_none, f"{SHOWN}-{alert}", SHOWN, text_of(entry, "set"), numbers_of(entry, "pair"))
    if work.decoys.over(alert, entry.at_us, ended):
        work.alerts.keep_until(alert, entry.at_us)
        if ended != Ended.DECIDED:
            work.alerts.count_undecided(alert, entry.at_us)


def _concluded(work: Work, entry: Entry) -> None:
    alert, held_min, served_aim = text_of(entry, "alert"), entry.facts["held_min"], entry.facts["served_aim"]
    if work.alerts.get(alert) is None:
        return
    work.alerts.conclude(
        OutcomeRow(
            id=text_of(entry, "outcome"),
            alert=alert,
            at_us=entry.at_us,
            account=entry.actor,
            means=text_of(entry, "means"),
            result=text_of(entry, "result"),
            held_min=held_min if isinstance(held_min, int) else None,
            followed=text_of(entry, "followed"),
            served_aim=served_aim if isinstance(served_aim, bool) else None,
        )
    )


def _held(work: Work, entry: Entry) -> None:
    alert = text_of(entry, "alert")
    if work.alerts.get(alert) is None:
        return
    work.alerts.hold(
        HoldRow(
            id=text_of(entry, "hold"),
            alert=alert,
            case=text_of(entry, "case"),
            placed_by=entry.actor,
            seconded_by=text_of(entry, "seconded_by"),
            placed_us=entry.at_us,
            expires_us=int(text_of(entry, "expires_us")),
        )
    )


def _lifted(work: Work, entry: Entry) -> None:
    work.alerts.lift(text_of(entry, "hold"), entry.at_us)


def _jumped_us(entries: Iterable[bytes]) -> int:
    """How far the clock has jumped, unconfirmed; 0: it has not."""
    jumped_us = 0
    for each in entries:
        if b'"kind":"clock.' in each:  # most are about something else, and need not be read
            entry = Entry.from_bytes(each)
            jumped_us = int(text_of(entry, "moved_ms")) * 1000 if entry.kind == "clock.jumped" else 0
    return jumped_us
