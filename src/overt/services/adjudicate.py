"""Decisions: the one door through which a person's word about an alert gets in, and its pictures get out.

Rules:
  - whoever is shown the pictures is recorded first, and only those who were shown them may decide;
  - a verdict, its reason in words, and its ledger entry are recorded in one transaction, or not at all; the words are
    sealed with the alert's key and die with it, and the ledger has their keyed digest;
  - once "not the person" stands, the life of the pictures ends: they are gone within 60 seconds;
  - a decision about an alert whose pictures are gone is refused: nobody can have looked at them;
  - what one person said of it is shown to nobody before everybody who has to decide has (`overt.domain.deciding`);
  - a decoy that is over takes no word any more, and whoever decides about one is told once a verdict stands;
  - a hold is for one alert, names its case and when it ends, and is placed by one person and seconded by another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from overt.domain.deciding import (
    BadHold,
    Sees,
    may_see,
    require_hold_ends,
    require_verdict,
    seen_by,
    standing,
    stands,
    verdicts_needed,
)
from overt.domain.decision import Purpose, Standing, Verdict
from overt.domain.decoying import Ended
from overt.domain.errors import Refused
from overt.domain.policy import Rules
from overt.domain.retention import RetentionRules
from overt.domain.time import SECOND_US
from overt.ledger.entry import Fact
from overt.services.decoy_alerts import DecoyOver, end, require_open, told_of
from overt.services.erase import key_name
from overt.services.evidence import AlertEvidence
from overt.services.installation import Installation
from overt.store.ports import Work
from overt.store.records import AlertRow, DecisionRow, DecoyRow, HoldRow, LookRow, OutcomeRow, State, Subject
from overt.vault.errors import NoKey
from overt.vault.seal import seal, unseal

#: No policy leaves pictures more time than this after "not the person" (`RetentionRules`).
LONGEST_NOT_THE_PERSON_US = 40 * SECOND_US


class NoSuchAlert(Refused):
    code = "no-such-alert"


class AlertErased(Refused):
    code = "alert-erased"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What somebody may know of an alert besides its pictures.

    Attributes:
        row: as it is kept, without what is sealed; score, threshold and expectation are for `sees.score` only.
        decisions: those that the one who asks may see, oldest first.
        words: of these, by the decision's id, as far as they are still there.
        standing: of all decisions; what it is of those that are hidden gives nothing away.
    """

    row: AlertRow
    sees: Sees
    standing: Standing
    decisions: tuple[DecisionRow, ...]
    words: Mapping[str, str]
    looks: tuple[LookRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    holds: tuple[HoldRow, ...]
    decoy: DecoyRow | None = None  # what stood behind it, where it was a decoy and is over


def show(installation: Installation, alert: str, *, account: str, purpose: Purpose = Purpose.DECIDE) -> AlertEvidence:
    """Opens the pictures for somebody, and records that they were shown, each time; the first time begins their look.

    Raises:
        NoSuchAlert, AlertErased: there is nothing to open.
        WrongKey: it was altered.
    """
    opened, now_us = evidence(installation, alert), installation.clock.now_us()

    def change(work: Work) -> None:
        of = _kept(work, alert)
        work.alerts.show(LookRow(alert=alert, account=account, shown_us=now_us))
        facts: dict[str, Fact] = {"alert": alert, "purpose": str(purpose)}
        work.record("alert.shown", actor=account, deployment=of.deployment, facts=facts)

    installation.store.write(change)
    return opened


def facts_of(installation: Installation, alert: str, *, account: str, rules: Rules) -> Facts:
    """What an account may know of an alert now; without its pictures, and whether or not they are still there.

    Raises:
        NoSuchAlert: there is none.
    """

    def look(work: Work) -> Facts:
        row = row_of(work, alert)
        decisions = work.alerts.decisions(alert)
        seen = seen_by(decisions, account, rules)
        return Facts(
            row=row,
            sees=may_see(decisions, rules),
            standing=standing(decisions, rules),
            decisions=seen,
            words=_words(installation, row, seen),
            looks=tuple(work.alerts.looks(alert)),
            outcomes=tuple(work.alerts.outcomes(alert)),
            holds=tuple(work.alerts.holds(alert)),
            decoy=told_of(work, row),
        )

    return installation.store.read(look)


def decide(
    installation: Installation,
    alert: str,
    verdict: Verdict,
    *,
    words: str,
    account: str,
    rules: Rules,
    retention: RetentionRules,
) -> DecisionRow:
    """Records what a person decided, and why.

    Raises:
        NoSuchAlert, AlertErased: there is nothing to decide about.
        NoWords, NotShown, DecidedAlready: this person may not decide about it, or not so.
        DecoyOver: it was a decoy, and is over.
    """
    now_us, decision = installation.clock.now_us(), installation.new_id()
    key = _key_of(installation, alert)
    row = DecisionRow(
        id=decision,
        alert=alert,
        at_us=now_us,
        account=account,
        verdict=verdict,
        words=seal(key, _bound_to(alert, decision), words.encode(errors="replace"), installation.random_bytes),
    )

    def change(work: Work) -> DecisionRow:
        of = _kept(work, alert)
        before, looks = work.alerts.decisions(alert), work.alerts.looks(alert)
        require_verdict(
            before,
            looks,
            account=account,
            words=words,
            concluded=bool(work.alerts.outcomes(alert)),
            now_us=now_us,
            rules=rules,
        )
        now_at = standing([*before, row], rules)
        erase_after_us = ends_us(of, now_at, now_us, retention)
        work.alerts.decide(row)
        work.alerts.keep_until(alert, erase_after_us)
        facts: dict[str, Fact] = {
            "alert": alert,
            "decision": decision,
            "verdict": str(verdict),
            "words": installation.digest(words),
            "looked_ms": looked_ms(row, looks),
            "needed": verdicts_needed(rules),
            "standing": str(now_at),
            "erase_after_us": erase_after_us,
        }
        work.record("alert.decided", actor=account, deployment=of.deployment, facts=facts)
        if of.is_decoy and stands(now_at):
            end(work, of, now_us, Ended.DECIDED, actor=account)
        return row

    return installation.store.write(change)


def ends_us(of: AlertRow, now_at: Standing, now_us: int, retention: RetentionRules) -> int:
    """When an alert's pictures die once it stands there; "not the person" never lengthens their life."""
    if now_at is Standing.NOT_THE_PERSON:
        return min(of.erase_after_us, now_us + retention.not_the_person_us)
    return of.at_us + retention.possible_match_us


def looked_ms(of: DecisionRow, looks: Sequence[LookRow]) -> int | None:
    """How long after this person's first look their verdict came, milliseconds; None: no look of theirs is kept."""
    shown = [one.shown_us for one in looks if one.alert == of.alert and one.account == of.account]
    return (of.at_us - min(shown)) // 1000 if shown else None


def was_rejected(of: AlertRow, decisions: Sequence[DecisionRow]) -> bool:
    """Whether "not the person" is what ends the life of its pictures: everybody said so, and it ends right after."""
    said = {row.verdict for row in decisions}
    return said == {Verdict.NOT_THE_PERSON} and of.erase_after_us <= decisions[-1].at_us + LONGEST_NOT_THE_PERSON_US


def evidence(installation: Installation, alert: str) -> AlertEvidence:
    """What an alert seals, opened. Nothing is recorded: for somebody's eyes there is `show`.

    Raises:
        NoSuchAlert, AlertErased: there is nothing to open.
        WrongKey: it was altered.
    """
    key = _key_of(installation, alert)
    row = installation.store.read(lambda work: _kept(work, alert))
    assert row.sealed is not None
    return AlertEvidence.from_bytes(unseal(key, f"alert:{alert}", row.sealed))


def planned_response(installation: Installation, alert: str) -> str:
    """What was planned for whoever is listed, a code of the policy; "" where that is not known, or not any more. It
    tells nobody who that is, so reading it is no look.

    Raises:
        NoSuchAlert: there is none.
    """
    try:
        return evidence(installation, alert).response
    except (AlertErased, DecoyOver):
        return ""


def hold(
    installation: Installation,
    alert: str,
    *,
    case: str,
    until_us: int,
    placed_by: str,
    seconded_by: str,
    rules: Rules,
) -> HoldRow:
    """Keeps one alert as evidence.

    Raises:
        BadHold: no case, no second person, or no time that lies ahead and within what the policy allows.
        NoSuchAlert, AlertErased: there is nothing to hold.
    """
    now_us = installation.clock.now_us()
    if not case.strip():
        raise BadHold("A hold needs the reference of its case.", "Give the case reference.")
    if placed_by == seconded_by or not _is_account(seconded_by):
        raise BadHold("A hold needs a second person.", "Ask somebody else to second it.")
    require_hold_ends(until_us, now_us, rules)
    row = HoldRow(
        id=installation.new_id(),
        alert=alert,
        case=case.strip(),
        placed_by=placed_by,
        seconded_by=seconded_by,
        placed_us=now_us,
        expires_us=until_us,
    )

    def change(work: Work) -> HoldRow:
        of = _kept(work, alert)
        work.alerts.hold(row)
        facts: dict[str, Fact] = {
            "alert": alert,
            "hold": row.id,
            "case": installation.digest(row.case),
            "seconded_by": seconded_by,
            "expires_us": until_us,
        }
        work.record("hold.placed", actor=placed_by, deployment=of.deployment, facts=facts)
        return row

    return installation.store.write(change)


def lift(installation: Installation, alert: str, hold: str, *, account: str) -> bool:
    """Ends a hold on this alert before its time; says whether it was in force. The alert then dies when it is due."""
    now_us = installation.clock.now_us()

    def change(work: Work) -> bool:
        if hold not in {row.id for row in work.alerts.holds(alert)} or not work.alerts.lift(hold, now_us):
            return False
        facts: dict[str, Fact] = {"alert": alert, "hold": hold}
        work.record("hold.lifted", actor=account, deployment=row_of(work, alert).deployment, facts=facts)
        return True

    return installation.store.write(change)


def row_of(work: Work, alert: str) -> AlertRow:
    """An alert in whatever state.

    Raises:
        NoSuchAlert: there is none.
    """
    row = work.alerts.get(alert)
    if row is None:
        raise no_such_alert()
    return row


def no_such_alert() -> NoSuchAlert:
    return NoSuchAlert("There is no such alert.", "Check its id.")


def _kept(work: Work, alert: str) -> AlertRow:
    row = row_of(work, alert)
    require_open(work, row)
    if row.state is not State.KEPT:
        raise AlertErased("The pictures of this alert have been erased.", "Nothing can be decided about it any more.")
    return row


def _key_of(installation: Installation, alert: str) -> bytes:
    """Of an alert that is kept."""
    installation.store.read(lambda work: _kept(work, alert))
    try:
        return installation.keyring.get(key_name(Subject.ALERT, alert))
    except NoKey:
        installation.store.read(lambda work: _kept(work, alert))  # erased meanwhile, or else its key is lost
        raise


def _words(installation: Installation, row: AlertRow, decisions: Sequence[DecisionRow]) -> dict[str, str]:
    """The words of decisions, by their ids; of an alert that is being erased there are none any more."""
    sealed = {one.id: one.words for one in decisions if one.words is not None}
    if not sealed or row.state is not State.KEPT:
        return {}
    try:
        key = installation.keyring.get(key_name(Subject.ALERT, row.id))
    except NoKey:
        return {}
    return {one: unseal(key, _bound_to(row.id, one), words).decode() for one, words in sealed.items()}


def _bound_to(alert: str, decision: str) -> str:
    return f"words:{alert}/{decision}"


def _is_account(text: str) -> bool:
    """Whether it is an account's id, so that one person in another spelling does not pass for two."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
