"""The rules of a verdict and of what came of an alert. Nothing here knows of a store or a screen.

Rules:
  - a verdict is given in words, by somebody who was shown the pictures long enough before, once (`require_verdict`);
  - where a policy asks for two verdicts, two different people give them apart from one another: what the first one said
    is shown to nobody before the second has spoken, and under a blind-first policy neither are score, threshold and
    expectation (`may_see`, `seen_by`);
  - a verdict stands when enough people agree on it. Whoever says otherwise, however late, makes it "disagree", which
    counts as "cannot tell": a further word can take the leave to make contact, and never gives it (`standing`);
  - nobody may be spoken to before "worth a look" stands, and what came of it names the means by which the person was
    identified: the score is none (`require_contact`, `require_outcome`);
  - nothing about an alert leaves while verdicts on it are outstanding (`require_decided`);
  - an alert that nobody decides in time counts as not verified, once and for good (`is_overdue`);
  - more open alerts than people can look at pause the scanning (`pauses`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from overt.domain.decision import Followed, Means, Result, Standing, Verdict
from overt.domain.errors import Refused
from overt.domain.policy import Rules
from overt.domain.retention import DAY_US
from overt.domain.time import SECOND_US

LEAST_LETTERS = 3
MOST_CHARACTERS = 2000
MOST_MINUTES = 24 * 60
MINUTE_US = 60 * SECOND_US

NOT_MET = (Result.NOT_ENGAGED, Result.LOST)
#: Results that somebody may be given only once they were identified.
IDENTIFIED = (Result.RIGHT, Result.WRONG_PERSON, Result.WRONG_ENTRY)
#: Of whom it turned out that they are listed.
LISTED = (Result.RIGHT, Result.WRONG_ENTRY)


class BadVerdict(Refused):
    code = "bad-verdict"


class NotShown(BadVerdict):
    """The pictures were not shown to this person, or not long enough before."""

    code = "not-shown"


class NoWords(BadVerdict):
    code = "no-words"


class DecidedAlready(BadVerdict):
    code = "decided-already"


class NoContact(Refused):
    """Nothing can have come of an alert that nobody was to act on."""

    code = "no-contact"


class NotDecided(Refused):
    """People are still to decide about an alert, apart from one another."""

    code = "not-decided"


class BadOutcome(Refused):
    code = "bad-outcome"


class BadHold(Refused):
    code = "bad-hold"


class Decided(Protocol):
    """A person's word, as it is kept."""

    @property
    def account(self) -> str: ...

    @property
    def verdict(self) -> Verdict: ...


D = TypeVar("D", bound=Decided)


class Looked(Protocol):
    """When an account was first shown the pictures."""

    @property
    def account(self) -> str: ...

    @property
    def shown_us(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Sees:
    """What may be shown of an alert.

    Attributes:
        score: score, threshold and expectation.
        others: what other people said of it.
    """

    score: bool
    others: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an alert, as somebody says it.

    Attributes:
        held_min: minutes for which the person was held up, begun ones counted whole; None: nobody was spoken to.
        served_aim: whether it served the aim that was authorised.
    """

    means: Means
    result: Result
    held_min: int | None
    followed: Followed
    served_aim: bool


def verdicts_needed(rules: Rules) -> int:
    """From how many different people."""
    return 2 if rules.two_verdicts else 1


def all_are_in(decisions: Sequence[Decided], rules: Rules) -> bool:
    return len({one.account for one in decisions}) >= verdicts_needed(rules)


def standing(decisions: Sequence[Decided], rules: Rules) -> Standing:
    """Where an alert stands after these decisions, in whatever order they came."""
    if not decisions:
        return Standing.OPEN
    if not all_are_in(decisions, rules):
        return Standing.ONE_OF_TWO
    said = {one.verdict for one in decisions}
    return Standing(said.pop()) if len(said) == 1 else Standing.DISAGREE


def stands(where: Standing) -> bool:
    """Whether there is a verdict, be it that people disagree."""
    return where not in (Standing.OPEN, Standing.ONE_OF_TWO)


def may_see(decisions: Sequence[Decided], rules: Rules) -> Sees:
    """What anybody may be shown so far. Whoever has decided is no exception: they could tell the one who has not."""
    done = all_are_in(decisions, rules)
    return Sees(score=done or not rules.blind_first, others=done)


def seen_by(decisions: Sequence[D], account: str, rules: Rules) -> tuple[D, ...]:
    """The decisions that an account may be shown: its own, and those of others once all are in."""
    others = may_see(decisions, rules).others
    return tuple(one for one in decisions if others or one.account == account)


def require_verdict(
    decisions: Sequence[Decided],
    looks: Collection[Looked],
    *,
    account: str,
    words: str,
    concluded: bool,
    now_us: int,
    rules: Rules,
) -> None:
    """Whether an account may give a verdict now.

    Args:
        concluded: whether it was recorded what came of the alert.

    Raises:
        NoWords, DecidedAlready, NotShown: it may not.
    """
    require_words(words)
    if any(one.account == account for one in decisions):
        raise DecidedAlready(
            "You have decided about this alert already, and a verdict is given once.",
            "Ask somebody else to look, if you see it otherwise now.",
        )
    if concluded:
        raise DecidedAlready(
            "It is recorded already what came of this alert, so there is nothing left to decide.", "Look at its record."
        )
    shown = [one.shown_us for one in looks if one.account == account]
    if not shown:
        raise NotShown("You have not been shown the pictures of this alert.", "Look at both faces first.")
    if now_us - min(shown) < round(rules.look_at_least_s * SECOND_US):
        raise NotShown(
            f"You were shown the pictures less than {rules.look_at_least_s:g} seconds ago (look_at_least_s).",
            "Look at both faces, then decide.",
        )


def require_words(words: str) -> None:
    """Raises NoWords where these are not enough, too many, or no text."""
    if sum(letter.isalpha() for letter in words) < LEAST_LETTERS:
        raise NoWords("A verdict needs its reason in words.", "Say in a few words what you saw.")
    if len(words) > MOST_CHARACTERS or any("\ud800" <= letter <= "\udfff" for letter in words):
        raise NoWords(f"A reason is text of at most {MOST_CHARACTERS:,} characters.", "Say it in fewer words.")


def require_contact(where: Standing) -> None:
    """Raises NoContact unless "worth a look" stands: nobody may have been spoken to because of this alert."""
    if where is not Standing.WORTH_A_LOOK:
        raise NoContact(
            f'This alert stands at "{where.replace("-", " ")}". Nobody acts on an alert before everybody who has to '
            'decide has said "worth a look", so nothing can have come of it.',
            "If somebody was spoken to all the same, report it to whoever audits this deployment.",
        )


def require_decided(decisions: Sequence[Decided], rules: Rules, *, counted: bool) -> None:
    """Whether anything about an alert may leave: its score and its verdicts would tell those who have not decided.

    Args:
        counted: whether it was counted as not verified, since nobody decided in time.

    Raises:
        NotDecided: verdicts are outstanding.
    """
    if not (counted or may_see(decisions, rules).others):
        raise NotDecided(
            "Verdicts on this alert are outstanding, so nothing about it leaves yet.",
            "Hand it over once everybody who has to decide has, or the time for it is over.",
        )


def require_outcome(outcome: Outcome, *, welfare_only: bool = False) -> None:
    """Whether what is said of an alert can be true and lawful.

    Args:
        welfare_only: the entry's only response is a person's welfare, as that of a missing person.

    Raises:
        BadOutcome: it cannot; the first reason.
    """
    result, means, followed = outcome.result, outcome.means, outcome.followed
    met = result not in NOT_MET
    held = outcome.held_min
    if welfare_only and followed is Followed.ARREST:
        raise _bad("This entry is listed for the person's welfare only, and knows no arrest.", "Record what was done.")
    if met != (held is not None):
        raise _bad(
            "How long somebody was held up is said where they were spoken to, and nowhere else.",
            f"Give whole minutes with {_codes(one for one in Result if one not in NOT_MET)}; none with "
            f"{_codes(NOT_MET)}.",
        )
    if held is not None and not 0 <= held <= MOST_MINUTES:
        raise _bad(f"{held} minutes is no time for which somebody was held up.", f"Give 0 to {MOST_MINUTES} minutes.")
    if (result in IDENTIFIED) != (means is not Means.NOT_IDENTIFIED):
        raise _bad(
            f'"{result}" does not go with "{means}": whether an alert was right is known once the person was '
            "identified by ordinary means, and only then.",
            f"Name the means with {_codes(IDENTIFIED)}; say not-identified with the others.",
        )
    if not met and followed is not Followed.NOTHING:
        raise _bad("Nothing can have followed where nobody was spoken to.", 'Say "none".')
    if followed is Followed.ARREST and result not in LISTED:
        raise _bad(
            "Nobody is arrested on an alert unless they were identified as somebody who is listed.",
            "If they were arrested on grounds that the alert had no part in, say other-lawful.",
        )
    if followed is Followed.ID_SHOWN and result not in IDENTIFIED:
        raise _bad("Whoever has shown a document has been identified.", "Say by what means, and who it was.")
    if followed is Followed.GROUND_GONE and (result not in LISTED or outcome.served_aim):
        raise _bad(
            "That a ground no longer held is said of somebody who is listed, and then no aim was served.",
            "Say who it was, and that it did not serve the aim.",
        )
    if outcome.served_aim and result not in LISTED:
        raise _bad("An alert serves the aim only where it led to somebody who is listed.", "Say that it did not.")


def is_overdue(raised_us: int, now_us: int, rules: Rules) -> bool:
    """Whether an alert that no verdict stands on counts as not verified by now."""
    return now_us - raised_us >= rules.undecided_after_min * MINUTE_US


def undecided_in_us(raised_us: int, now_us: int, rules: Rules) -> int:
    """Microseconds until then; 0 or less: it is overdue."""
    return raised_us + rules.undecided_after_min * MINUTE_US - now_us


def pauses(open_alerts: int, rules: Rules, *, paused: bool = False) -> bool:
    """Whether scanning has to pause: from `open_alerts_max` open ones on, until no more than half of it are left.

    Args:
        paused: whether it pauses already.
    """
    return open_alerts > rules.open_alerts_max // 2 if paused else open_alerts >= rules.open_alerts_max


def require_hold_ends(until_us: int, now_us: int, rules: Rules) -> None:
    """Raises BadHold unless the time lies ahead, and no further than the policy lets an alert be held."""
    if not now_us < until_us <= now_us + rules.hold_max_days * DAY_US:
        raise BadHold(
            f"A hold ends at a time that lies ahead, at most {rules.hold_max_days} days off (hold_max_days).",
            "Give another time; a hold can be placed anew before it ends.",
        )


def _bad(sentence: str, todo: str) -> BadOutcome:
    return BadOutcome(sentence, todo)


def _codes(codes: Iterable[Result]) -> str:
    return ", ".join(codes)
