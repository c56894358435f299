"""What figures say to people: each as a sentence with its interval, how to read it, and how it was computed.

The terminal, the pages and paper take their words from here, so that they tell the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from overt.domain.tally import AlertTally, Tally
from overt.domain.words import many
from overt.evaluation.intervals import Figure
from overt.services.figure_parts import SOON_S, Person
from overt.services.figures import PROMISE, RULE, Figures, precision, served, stale_ground, verified

NO_TALLY: Final = (
    "The true recognition rate of volunteers is not given without an independent tally of their walks: nobody else "
    "knows how many passed without an alert."
)
NO_TRR: Final = (
    "The true recognition rate (TRR) is not given: how many listed people passed without an alert is not known. It "
    "takes volunteers whose walks somebody else counts."
)
INDEPENDENT: Final = (
    "In brackets: 95 % intervals (Clopper-Pearson), with passages and alerts taken as independent of one another. An "
    "alert that nobody decided in time counts as not verified, even where a verdict came later."
)
NO_GROUPS: Final = (
    "Nobody's age, sex or ethnicity is recorded here, neither of those who passed nor of those alerted on: the "
    "system does not guess, and no form asks. So there are no counts by group of this deployment, and no denominators "
    "to divide them by. What the model pack does to groups is measured before, on people who said what they are."
)
_CASES: Final = "searched passages of unlisted people"
_FEW: Final = 30  # of what is counted, under which a share is hardly known


@dataclass(frozen=True, kw_only=True)
class Told:
    """One figure for people.

    Attributes:
        name: what it is called.
        sentence: the figure with its counts and its interval.
        reading: what follows from it, in one line.
        how: how it was computed.
    """

    name: str
    sentence: str
    reading: str
    how: str


def told_of_alerts(tally: AlertTally) -> list[Told]:
    """Verified share, precision, the aim, stale grounds."""
    wrong = tally.wrong_person + tally.wrong_entry
    never = tally.alerts - tally.right - wrong
    return [
        Told(
            name="Verified share",
            sentence=verified(tally).sentence("alerts verified right"),
            reading=f"Of {many(tally.alerts, 'alert')}, {tally.right:,} led to the person sought, {wrong:,} to "
            f"somebody else, and of {never:,} nobody ever found out."
            if tally.alerts
            else "There is no alert yet, so this says nothing.",
            how="Right alerts, of all alerts about listed people. One not decided in time is never right here.",
        ),
        Told(
            name="Precision",
            sentence=precision(tally).sentence("identified people were the right ones (precision)"),
            reading=_few(
                precision(tally), "Where somebody was identified by a named means, so often it was who was sought"
            ),
            how="Right, of right, wrong person and wrong entry. Alerts that were never verified are not in it.",
        ),
        Told(
            name="Served the aim",
            sentence=served(tally).sentence("recorded outcomes served the authorised aim"),
            reading=_few(served(tally), "So often whoever met the person said that it served what was authorised"),
            how="Outcomes that were said to serve the aim, of all alerts of which an outcome was recorded.",
        ),
        Told(
            name="Stale grounds",
            sentence=stale_ground(tally).sentence("people identified as listed were let go, their ground gone"),
            reading=_few(
                stale_ground(tally), "So often the list was older than the truth: a stop that need not have been"
            ),
            how="Outcomes followed by “ground gone”, of right, right but late, and wrong entry.",
        ),
    ]


def told_of_false_alerts(one: Figures) -> list[Told]:
    """FAR, low and high; the promise is judged on the high one."""
    return [
        Told(
            name="FAR, low",
            sentence=one.far_low.sentence(f"{_CASES} gave an alert that is confirmed wrong (FAR, low)"),
            reading="It cannot be less: these are the alerts of which it turned out that they were wrong.",
            how="Passages with an alert that turned out to be a wrong person, of all searched passages less those of "
            "people known to be listed, volunteers or decoys. Two entries for one stranger are one.",
        ),
        Told(
            name="FAR, high",
            sentence=one.far_high.sentence(f"{_CASES} gave an alert that is not confirmed right (FAR, high)"),
            reading="It cannot be more: what nobody confirmed counts as false here. The truth lies between the two.",
            how="The same, with every passage whose alert is not confirmed right: rejected on the screen, lost, not "
            "spoken to and unverified ones count as false, too.",
        ),
    ]


def promise_sentence(one: Figures) -> str:
    """Whether the promise was kept."""
    high = one.far_high
    if one.kept is None:
        return (
            f"Whether the promise of at most {_one_in(PROMISE)} was kept cannot be told from so few passages "
            f"({high.num:,} of {high.den:,})."
        )
    kept = "kept" if one.kept else "NOT kept"
    return f"The promise of at most {_one_in(PROMISE)} was {kept}, judged on the high figure and its whole interval."


def stop_sentence(one: Figures) -> str:
    """Where the stop rule stands, of one deployment."""
    false, passages = one.tally.false_to_stop, one.tally.unlisted
    does = "stops this deployment" if one.crossed else "does not stop this deployment"
    return (
        f"The stop rule {does}: {false:,} false in {passages:,} passages, log ratio {one.log_ratio:.2f}, "
        f"where {RULE.limit:.2f} stops."
    )


def stop_told(one: Figures, *, over: bool) -> Told:
    """The stop rule, of one deployment. `over`: nothing is scanned under it any more."""
    more, fewer = _one_in(RULE.h1), _one_in(RULE.h0)
    if over:
        left = "It is over."
    elif one.crossed:
        left = "So it ends for good, and its officer is told."
    else:
        left = f"{many(one.false_left, 'more false passage')} would end it now."
    return Told(
        name="Stop rule",
        sentence=f"What was seen is {_times(one.log_ratio, more, fewer)}; from "
        f"{math.exp(RULE.limit):,.0f} times on, the deployment ends by itself. {left}",
        reading=stop_sentence(one),
        how=f"Likelihood of the counts at {more}, divided by that at {fewer}, looked at all the time: a sequential "
        f"test, which ends at most {100 * RULE.alpha:.0f} % of the deployments that keep the promise. Passages count "
        "as false while nobody confirmed them right and they wait for nobody. Nothing follows from a small ratio.",
    )


def costs(tally: Tally) -> Iterator[Told]:
    """What right alerts cost: work, innocent minutes, stale grounds. Minutes are no cases, so they have no interval."""
    right = many(tally.listed.right, "right alert")
    yield Told(
        name="Officer-hours",
        sentence="Nobody has said how long people worked for it, so there are no officer-hours."
        if not tally.timed
        else f"{tally.officer_min / 60:,.1f} officer-hours for {many(tally.timed_right, 'right alert')}: "
        f"{_each(tally.officer_min / 60, tally.timed_right, 'hours')}.",
        reading="What finding one person takes of other work."
        if tally.timed
        else "The officer who answers for it says how many people worked, and for how long.",
        how="People times hours, as the authorising officer recorded them, over alerts confirmed right.",
    )
    yield Told(
        name="Innocent minutes",
        sentence=f"{many(tally.listed.held_wrongly_min, 'minute')} for which people were held up on a wrong alert, to "
        f"{right}: {_each(tally.listed.held_wrongly_min, tally.listed.right, 'minutes')}.",
        reading="What it takes from people who did nothing but walk past.",
        how="Minutes held of everybody who turned out to be somebody else (wrong person, wrong entry), over alerts "
        f"confirmed right. The {many(tally.listed.unverified, 'person', 'people')} who stayed unverified "
        f"{'is' if tally.listed.unverified == 1 else 'are'} not in it.",
    )
    yield Told(
        name="Stale-ground stops",
        sentence=f"{many(tally.listed.ground_gone, 'stop')} on a ground that no longer held, to {right}: "
        f"{_each(tally.listed.ground_gone, tally.listed.right, 'stops')}.",
        reading="Stops that a list checked in time would have spared.",
        how="Outcomes followed by “ground gone”, over alerts confirmed right.",
    )


def person_sentence(one: Person) -> str:
    """What somebody's verdicts came to."""
    accepted, soon, time_s = one.accepted, one.soon, one.time_s
    took = (
        "how long they took is not known."
        if time_s is None
        else f"half took up to {time_s[0]:.1f} s ({time_s[1]:.1f} to {time_s[2]:.1f} s); "
        f"{soon.sentence(f'within {SOON_S} s of the first look')}."
    )
    return f"{one.label}: {accepted.sentence('verdicts were “worth a look”')}; {took}"


def camera_sentence(name: str, one: Figures) -> str:
    """What a camera came to."""
    listed = one.tally.listed
    wrong = listed.wrong_person + listed.wrong_entry
    return (
        f"{name}: {one.tally.faces_seen:,} of {one.tally.faces_detected:,} passages searched, "
        f"{many(listed.alerts, 'alert')}: {listed.right:,} right, {wrong:,} wrong, "
        f"{listed.alerts - listed.right - wrong:,} never verified."
    )


def _few(figure: Figure, says: str) -> str:
    if not figure.den:
        return "Nothing was counted yet, so this says nothing."
    if figure.den < _FEW:
        return f"{says}; with so few cases only the interval is known."
    return f"{says}."


def _each(amount: float, of: int, what: str) -> str:
    return f"{amount / of:,.1f} {what} for each" if of else "none was right, so there is nothing to divide by"


def _one_in(share: float) -> str:
    return f"{share * 1000:.0f} in 1,000"


def _times(log_ratio: float, more: str, fewer: str) -> str:
    """A likelihood ratio of two rates of false alerts in words."""
    if log_ratio >= 0:
        return f"{_said(log_ratio)} times as likely at {more} false alerts as at {fewer}"
    return f"{_said(-log_ratio)} times less likely at {more} false alerts than at {fewer}"


def _said(log_ratio: float) -> str:
    ratio = math.exp(min(log_ratio, math.log(1e6)))
    return "over 1,000,000" if log_ratio > math.log(1e6) else f"{ratio:,.1f}" if ratio < 10 else f"{ratio:,.0f}"
