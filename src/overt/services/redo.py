"""What the ledger says happened since a copy was made, done to the copy again.

Rules:
  - what was erased, or was being erased, is so again, under the same receipt; an entry that was withdrawn is withdrawn;
  - a look and a decision count again, without its words, an outcome too, and an alert that nobody decided about stays
    counted as undecided; a disclosure stays counted, and a hold holds again until it ends or was lifted; of the reason
    of the one and the case of the other only the digest is left; who has seen an alert has seen it, and a slip stays
    counted, without its text;
  - a decoy that was told or taken back is so again; where its alert is not in the copy, its pair was shown all the
    same, whatever became of the deployment. Which pair an open one was of is lost, since nothing told it yet;
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
  - a clock that jumped and that nobody confirmed is still to be confirmed;
  - what was sealed after the copy is not in it, and lost: nothing is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from overt.domain.decision import Standing, Verdict
from overt.domain.decoying import Ended
from overt.domain.retention import RetentionRules
from overt.domain.roles import Role
from overt.ledger.entry import Entry
from overt.ledger.head import KEY_PREFIX
from overt.services.acting import ACTED, NAME_LOST, WORDS_LOST
from overt.services.adjudicate import ends_us
from overt.services.conditions import CONDITIONS_PAPER, answers_again
from overt.services.decoy_alerts import SHOWN
from overt.services.erase import begin_of, end_of
from overt.services.evaluations import EVALUATION, TRIAL_REPORT, evaluation_again, report_again
from overt.services.halts import HALT, HALT_LIFTED
from overt.services.leaflets import LEAFLETS
from overt.services.meeting import SEEN
from overt.services.outcomes import DISCLOSURE
from overt.services.panel import PINNED, PROPOSED
from overt.services.sign_checks import SIGNS_CHECKED, check_again
from overt.services.slips import SLIP
from overt.services.terms import OFFICERS, STARTED, STOPPED
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
    PaperRow,
    Subject,
)


def redo(work: Work, size: int, rules: RetentionRules) -> None:
    """Does again, in the transaction of a copy, what its ledger says from entry number `size` on."""
    acts: dict[str, Callable[[Work, Entry], object]] = {
        "list.erasing": partial(_erasing, Subject.LIST),
        "list.erased": partial(_erased, Subject.LIST),
        "alert.erasing": partial(_erasing, Subject.ALERT),
        "alert.erased": partial(_erased, Subject.ALERT),
        "draft.erasing": partial(_erasing, Subject.DRAFT),
        "draft.erased": partial(_erased, Subject.DRAFT),
        "draft.withdrawn": _withdrawn_from_draft,
        "decoys.erasing": partial(_erasing, Subject.DECOYS),
        "decoys.erased": partial(_erased, Subject.DECOYS),
        "decoy.told": _told,
        "entry.withdrawn": _withdrawn,
        "watch.started": _started,
        "stop-rule.crossed": _stopped,
        "officers.counted": _worked,
        "leaflets.counted": partial(_again, LEAFLETS, lambda entry: ("", _numbers(entry, "leaflets"))),
        "signs.checked": partial(_again, SIGNS_CHECKED, check_again),
        "evaluation.filed": partial(_again, EVALUATION, evaluation_again),
        "trial.reported": partial(_again, TRIAL_REPORT, report_again),
        "conditions.answered": partial(_again, CONDITIONS_PAPER, answers_again),
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
        "alert.disclosed": _disclosed,
        "alert.seen": _seen,
        "alert.slip": _slip,
        "paper.filed": _filed,
        "hold.placed": _held,
        "hold.lifted": _lifted,
        "halt.placed": _halted,
        "halt.lifted": _halt_lifted,
        "panel.key-proposed": partial(_panel_key, PROPOSED),
        "panel.key-pinned": partial(_panel_key, PINNED),
    }
    for entry in [Entry.from_bytes(row.entry) for row in work.ledger.rows(size)]:
        if entry.kind in acts:
            acts[entry.kind](work, entry)
    if jumped_us := _jumped_us(row.entry for row in work.ledger.rows()):
        work.clock.set(ClockMark(boot="", host_us=0, boot_us=0, jumped_us=jumped_us))


def _erasing(subject: Subject, work: Work, entry: Entry) -> None:
    if begin_of(work, subject)(_text(entry, subject)):
        work.erasures.add(_receipt(subject, entry))


def _erased(subject: Subject, work: Work, entry: Entry) -> None:
    if work.erasures.key_destroyed(_text(entry, "erasure"), entry.at_us):
        end_of(work, subject)(_text(entry, subject))


def _withdrawn(work: Work, entry: Entry) -> None:
    watch_list, _, position = _text(entry, Subject.ENTRY).partition("/")
    if work.lists.withdraw(watch_list, int(position)):
        work.erasures.add(_receipt(Subject.ENTRY, entry, key_destroyed_us=entry.at_us))


def _withdrawn_from_draft(work: Work, entry: Entry) -> None:
    work.drafts.withdraw(_text(entry, "draft"), int(_text(entry, "position")))


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


def _started(work: Work, entry: Entry) -> None:
    """What was watched owes its review, and counts, whether it was cancelled since or not."""
    if entry.deployment and not any(paper.kind == STARTED for paper in work.papers.of(entry.deployment)):
        _paper(work, entry, f"{STARTED}-{entry.deployment}", STARTED)


def _stopped(work: Work, entry: Entry) -> None:
    _paper(work, entry, f"{STOPPED}-{entry.deployment}", STOPPED, content=_numbers(entry, "false", "passages"))


def _worked(work: Work, entry: Entry) -> None:
    _paper(work, entry, _text(entry, "paper"), OFFICERS, content=_numbers(entry, "officers", "minutes"))


def _again(kind: str, told: Callable[[Entry], tuple[str, dict[str, object]]], work: Work, entry: Entry) -> None:
    """A paper of which the ledger has all that counts. `told`: what it is about, and its content."""
    about, content = told(entry)
    _paper(work, entry, _text(entry, "paper"), kind, about, content)


def _numbers(entry: Entry, *names: str) -> dict[str, object]:
    return {name: entry.facts[name] for name in names}


def _end_the_lists_life(rules: RetentionRules, work: Work, deployment: str, at_us: int) -> None:
    """A list dies after the end that its deployment had, not after the one that was planned."""
    kept = work.lists.kept_for(deployment)
    if kept is not None:
        work.lists.keep_until(kept.id, min(kept.erase_after_us, at_us + rules.list_after_end_us))


_STANDING = (DeploymentState.NEW, DeploymentState.AUTHORISED)


def _account(work: Work, entry: Entry) -> None:
    """An account that was made since the copy is not in it, and is made again by hand."""
    row = work.accounts.get(_text(entry, "account"))
    if row is None:
        return
    match entry.kind, entry.facts.get("what"):
        case "account.closed", _:
            work.second_factors.remove(row.id)
            row = replace(row, state=AccountState.CLOSED, password="")
        case "account.approved", _:
            row = replace(row, state=AccountState.ACTIVE, approved_by=entry.actor)
        case _, "training":
            row = replace(row, trained_until_us=int(_text(entry, "until_us")))
        case _, "password" if entry.actor != row.id:
            work.second_factors.remove(row.id)
        case _, "second-factor" if entry.facts.get("on") is False:
            work.second_factors.remove(row.id)
        case _, "key":
            row = replace(row, key=_text(entry, "key").removeprefix(KEY_PREFIX))
        case _, "roles":
            roles = entry.facts["roles"]
            row = replace(
                row, roles=tuple(map(str, roles)) if isinstance(roles, tuple) else (), rank=_text(entry, "rank")
            )
            row = row if Role.AUTHORISING_OFFICER in row.roles else replace(row, key="")
    if entry.kind == "account.proposed":
        row = replace(row, state=AccountState.PROPOSED, made_by=entry.actor, approved_by=None)
    work.accounts.change(row)


def _receipt(subject: Subject, entry: Entry, key_destroyed_us: int | None = None) -> ErasureRow:
    return ErasureRow(
        id=_text(entry, "erasure"),
        subject=subject,
        subject_id=_text(entry, subject),
        reason=_text(entry, "reason"),
        begun_us=entry.at_us,
        key_destroyed_us=key_destroyed_us,
    )


def _shown(work: Work, entry: Entry) -> None:
    alert = _text(entry, "alert")
    if work.alerts.get(alert) is not None:
        work.alerts.show(LookRow(alert=alert, account=entry.actor, shown_us=entry.at_us))


def _decided(rules: RetentionRules, work: Work, entry: Entry) -> None:
    """Until when the pictures live was decided then, under the policy of then; entries of version 0.1 do not say it."""
    alert, verdict = _text(entry, "alert"), Verdict(_text(entry, "verdict"))
    of = work.alerts.get(alert)
    if of is None:
        return
    row = DecisionRow(id=_text(entry, "decision"), alert=alert, at_us=entry.at_us, account=entry.actor, verdict=verdict)
    work.alerts.decide(row)
    until_us = entry.facts.get("erase_after_us")
    if not isinstance(until_us, int):
        until_us = ends_us(of, Standing(str(verdict)), entry.at_us, rules)
    work.alerts.keep_until(alert, until_us)


def _undecided(work: Work, entry: Entry) -> None:
    work.alerts.count_undecided(_text(entry, "alert"), entry.at_us)


def _told(work: Work, entry: Entry) -> None:
    alert, ended = _text(entry, "alert"), _text(entry, "ended")
    if work.decoys.get(alert) is None:
        of_none = replace(entry, deployment=None)
        _paper(work, of_none, f"{SHOWN}-{alert}", SHOWN, _text(entry, "set"), _numbers(entry, "pair"))
    if work.decoys.over(alert, entry.at_us, ended):
        work.alerts.keep_until(alert, entry.at_us)
        if ended != Ended.DECIDED:
            work.alerts.count_undecided(alert, entry.at_us)


def _concluded(work: Work, entry: Entry) -> None:
    alert, held_min, served_aim = _text(entry, "alert"), entry.facts["held_min"], entry.facts["served_aim"]
    if work.alerts.get(alert) is None:
        return
    work.alerts.conclude(
        OutcomeRow(
            id=_text(entry, "outcome"),
            alert=alert,
            at_us=entry.at_us,
            account=entry.actor,
            means=_text(entry, "means"),
            result=_text(entry, "result"),
            held_min=held_min if isinstance(held_min, int) else None,
            followed=_text(entry, "followed"),
            served_aim=served_aim if isinstance(served_aim, bool) else None,
        )
    )


def _disclosed(work: Work, entry: Entry) -> None:
    content: dict[str, object] = {"to": _text(entry, "to"), "why": _text(entry, "why")}
    if "pictures" in entry.facts:
        content |= {name: _text(entry, name) for name in ("case", "seconded_by", "sealed_to")}
        content["pictures"] = int(_text(entry, "pictures"))
    _paper(work, entry, _text(entry, "disclosure"), DISCLOSURE, _text(entry, "alert"), content)


def _seen(work: Work, entry: Entry) -> None:
    _paper(work, entry, _nth(SEEN, entry), SEEN, _text(entry, "alert"))


def _slip(work: Work, entry: Entry) -> None:
    _paper(work, entry, _text(entry, "slip"), SLIP, _text(entry, "alert"))


def _filed(work: Work, entry: Entry) -> None:
    kind, digest = _text(entry, "kind"), _text(entry, "content")
    content = {} if kind == ACTED else {"name": NAME_LOST, "text": f"{WORDS_LOST} {digest}"}
    _paper(work, entry, _text(entry, "paper"), kind, _text(entry, "about"), content)


def _paper(
    work: Work, entry: Entry, paper: str, kind: str, about: str = "", content: Mapping[str, object] | None = None
) -> None:
    """What is about a deployment that was entered after the copy is lost with it."""
    if entry.deployment is None or work.deployments.get(entry.deployment) is not None:
        row = PaperRow(
            id=paper,
            kind=kind,
            deployment=entry.deployment,
            about=about,
            account=entry.actor,
            at_us=entry.at_us,
            content=content or {},
        )
        work.papers.add(row)


def _held(work: Work, entry: Entry) -> None:
    alert = _text(entry, "alert")
    if work.alerts.get(alert) is None:
        return
    work.alerts.hold(
        HoldRow(
            id=_text(entry, "hold"),
            alert=alert,
            case=_text(entry, "case"),
            placed_by=entry.actor,
            seconded_by=_text(entry, "seconded_by"),
            placed_us=entry.at_us,
            expires_us=int(_text(entry, "expires_us")),
        )
    )


def _lifted(work: Work, entry: Entry) -> None:
    work.alerts.lift(_text(entry, "hold"), entry.at_us)


def _halted(work: Work, entry: Entry) -> None:
    _paper(work, entry, _text(entry, "halt"), HALT, content={"text": f"{WORDS_LOST} {_text(entry, 'why')}"})


def _halt_lifted(work: Work, entry: Entry) -> None:
    halt, content = _text(entry, "halt"), {"text": f"{WORDS_LOST} {_text(entry, 'why')}"}
    _paper(work, entry, f"{HALT_LIFTED}-{halt}", HALT_LIFTED, halt, content)


def _panel_key(kind: str, work: Work, entry: Entry) -> None:
    _paper(work, entry, _nth(kind, entry), kind, content={"key": _text(entry, "key").removeprefix(KEY_PREFIX)})


def _nth(kind: str, entry: Entry) -> str:
    """An id for a paper that the entry has none for; those of one moment stay in their order."""
    return f"{kind}-{entry.index:016}"


def _jumped_us(entries: Iterable[bytes]) -> int:
    """How far the clock has jumped, unconfirmed; 0: it has not."""
    jumped_us = 0
    for each in entries:
        if b'"kind":"clock.' in each:  # most are about something else, and need not be read
            entry = Entry.from_bytes(each)
            jumped_us = int(_text(entry, "moved_ms")) * 1000 if entry.kind == "clock.jumped" else 0
    return jumped_us


def _text(entry: Entry, name: str) -> str:
    return str(entry.facts[name])
