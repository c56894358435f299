"""What is owed before anything new is entered, signed or started: the review of what is over, its counts, answers to
findings and complaints, the panel's countersignature.

Rules:
  - one function for each rule of the policy, in the table RULES_OWED by the rule's name, as in `overt.domain.terms`;
  - the last review is owed at once, all else from its day on; counts have the days of the review.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from overt.domain.complaining import due_us
from overt.domain.history import Ended, History
from overt.domain.policy import Rules
from overt.domain.retention import DAY_US
from overt.domain.time import to_text

_Found: TypeAlias = Iterator[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Owing:
    """What a rule is asked about."""

    history: History
    rules: Rules
    now_us: int


def _review_due_days(case: Owing) -> _Found:
    for ended in case.history.unreviewed:
        last = case.history.last_ended_us is None or ended.ended_us >= case.history.last_ended_us
        overdue = _overdue(case, ended)
        if last or overdue:
            yield (
                f"The review of {ended.name!r}, which ended at {to_text(ended.ended_us)}, is not filed"
                + (f"; it was due within {case.rules.review_due_days} days." if overdue else "; it was the last one."),
                "File the review first.",
            )


def _leaflets_counted(case: Owing) -> _Found:
    for ended in case.history.without_leaflets if case.rules.leaflets_counted else ():
        if _overdue(case, ended):
            yield (
                f"How many leaflets were given out at {ended.name!r}, which ended at {to_text(ended.ended_us)}, is not "
                f"said; it was due within {case.rules.review_due_days} days.",
                "Say it first, 0 where there was none: overt deployment count ID --leaflets NUMBER.",
            )


def _officers_counted(case: Owing) -> _Found:
    for ended in case.history.without_officers if case.rules.officers_counted else ():
        if _overdue(case, ended):
            yield (
                f"How many people worked for {ended.name!r}, which ended at {to_text(ended.ended_us)}, and how long, "
                f"is not said; it was due within {case.rules.review_due_days} days.",
                "Say it first: overt deployment count ID --officers NUMBER --hours HOURS.",
            )


def _overdue(case: Owing, ended: Ended) -> bool:
    return case.now_us - ended.ended_us > case.rules.review_due_days * DAY_US


def _findings_due_days(case: Owing) -> _Found:
    for finding in case.history.findings:
        if case.now_us - finding.made_us > case.rules.findings_due_days * DAY_US:
            yield (
                f"The finding {finding.name!r} of {to_text(finding.made_us)[:10]} is not answered; "
                f"it was due within {case.rules.findings_due_days} days.",
                "Answer it first.",
            )


def _complaint_due_days(case: Owing) -> _Found:
    for complaint in case.history.complaints:
        until_us = due_us(complaint.received_us, case.rules) if complaint.due_us is None else complaint.due_us
        if case.now_us > until_us:
            yield (
                f"A complaint that came in on {to_text(complaint.received_us)[:10]} is not answered; "
                f"it was due by {to_text(until_us)[:10]}.",
                "Answer it first: overt complaint list says which.",
            )


def _countersigned_within_days(case: Owing) -> _Found:
    newest, days = case.history.countersigned, case.rules.countersigned_within_days
    if newest is None or not days or case.now_us - newest.at_us <= days * DAY_US:
        return
    day = to_text(newest.at_us)[:10]
    since = f"since {day}" if newest.ever else f"yet, and it was made on {day}"
    yield (
        f"The oversight panel has not countersigned this installation {since}; the policy wants it every {days} days.",
        "Ask the panel to countersign it: overt oversight draw-up FILE.",
    )


RULES_OWED: Final[Mapping[str, Callable[[Owing], _Found]]] = MappingProxyType(
    {
        "review_due_days": _review_due_days,
        "leaflets_counted": _leaflets_counted,
        "officers_counted": _officers_counted,
        "findings_due_days": _findings_due_days,
        "complaint_due_days": _complaint_due_days,
        "countersigned_within_days": _countersigned_within_days,
    }
)
