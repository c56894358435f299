"""What has to be done before the start, and again while it runs, so that whoever passes can know: notice, signs, words
with those it concerns, measurements of this model pack, a trial, and the five conditions.

Rules:
  - one function for each rule of the policy, in the table RULES_BEFORE_START by the rule's name, as in
    `overt.domain.terms`;
  - what can be missing when a deployment is entered is asked for when it is signed, and what can only be known on the
    day when it starts (`Stage`);
  - signs count only as somebody on the street found them: where each stands, whether it can be read, how far before the
    zone; a sign that is down, or one that nobody has looked at for too long, pauses scanning (`sign_lapse`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from overt.domain.policy import Rules
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.time import SECOND_US, to_text
from overt.domain.words import many

MINUTE_US: Final = 60 * SECOND_US
MOST_SIGNS: Final = 100
MOST_METRES: Final = 1000
#: Kinds of measurements that can be filed.
EVALUATIONS: Final = ("identify", "groups", "envelope")
#: Keys of a consultation.
CONSULTATION: Final = ("who", "when", "replies", "changed")
#: Why scanning pauses, as the ledger has it.
SIGNS_NOT_CHECKED: Final = "signs-not-checked"
SIGN_DOWN: Final = "sign-down"

_Found: TypeAlias = Iterator[tuple[str, str]]


class Stage(IntEnum):
    """How far a deployment is on its way."""

    ENTERING = 0
    SIGNING = 1
    STARTING = 2


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One sign, as somebody found it.

    Attributes:
        where: in words, such as "north entrance, by the bank".
        before_zone_m: how many metres before the zone somebody who comes from there can read it; 0: inside it.

    Raises:
        ValueError: it says no place, or a distance that cannot be.
    """

    where: str
    stands: bool
    readable: bool
    before_zone_m: int

    def __post_init__(self) -> None:
        if not self.where.strip():
            raise ValueError("a sign says where it is")
        if not 0 <= self.before_zone_m <= MOST_METRES:
            raise ValueError(f"a sign is from 0 to {MOST_METRES:,} metres before the zone, not {self.before_zone_m:,}")

    @property
    def well(self) -> bool:
        """It stands, and can be read."""
        return self.stands and self.readable


@dataclass(frozen=True, kw_only=True)
class SignCheck:
    """Every sign, as somebody found it at one moment.

    Raises:
        ValueError: there is no sign, or there are more than anybody looks at.
    """

    at_us: int
    signs: tuple[Sign, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.signs) <= MOST_SIGNS:
            raise ValueError(f"a check is about 1 to {MOST_SIGNS} signs, not {len(self.signs)}")

    @property
    def well(self) -> bool:
        """All stand, and can be read."""
        return all(sign.well for sign in self.signs)

    def due_us(self, rules: Rules) -> int | None:
        """Until when it holds while scanning goes on; None: the policy does not ask for another."""
        every = rules.signs_checked_every_min
        return self.at_us + every * MINUTE_US if every else None


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A measurement of a model pack that was filed.

    Attributes:
        kind: one of EVALUATIONS.
        pack: one digest of all that the pack's templates depend on.
        threshold: the lowest cosine at which it was measured.
        at_us: when it was made.
        sha256: of the file as it was filed; empty: it is not known.
    """

    kind: str
    pack: str
    threshold: float
    at_us: int
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A trial whose report was filed.

    Attributes:
        pack: one digest of all that its templates depended on; empty: it is not known.
        pack_name: what that pack is called; empty: it is not known.
        sha256: of the report as it was filed.
    """

    pack: str
    pack_name: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Before:
    """What was done before the start, as far as it is written down.

    Attributes:
        notice_us: when the public notice was published; None: nobody said so.
        signs: the newest look at the signs.
        consulted: of each consultation, the keys that are filled.
        pack, threshold: of the deployment; None: not known yet.
        pack_name: what that pack is called; empty: it is not known.
        evaluations: all that were filed, of any pack.
        trial: the deployment is a trial itself.
        trials: all whose report was filed here, of any pack, the newest last.
        conditions_us: when the five conditions were last answered and signed.
    """

    stage: Stage = Stage.ENTERING
    notice_us: int | None = None
    signs: SignCheck | None = None
    consulted: tuple[frozenset[str], ...] = ()
    pack: str | None = None
    pack_name: str = ""
    threshold: float | None = None
    evaluations: tuple[Evaluation, ...] = ()
    trial: bool = False
    trials: tuple[Trial, ...] = ()
    conditions_us: int | None = None

    def newest(self, kind: str) -> Evaluation | None:
        """The newest measurement of a kind, of this very pack at this threshold or a lower one."""
        fitting = [
            one
            for one in self.evaluations
            if one.kind == kind
            and one.pack == self.pack
            and self.threshold is not None
            and one.threshold <= self.threshold
        ]
        return max(fitting, key=lambda one: one.at_us, default=None)

    def reported(self) -> Trial | None:
        """The newest trial of this very pack whose report was filed."""
        return next((one for one in reversed(self.trials) if one.pack and one.pack == self.pack), None)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a rule is asked about. `urgent`: urgency is claimed, and the policy knows it."""

    before: Before
    rules: Rules
    opens_us: int
    now_us: int
    urgent: bool


@dataclass(frozen=True, kw_only=True)
class Lapse:
    """Why scanning pauses: as the ledger has it, and in a sentence."""

    reason: str
    sentence: str


def sign_lapse(check: SignCheck | None, rules: Rules, now_us: int) -> Lapse | None:
    """Why a run has to pause because of its signs; None: it has not. A sign that is known to be down pauses under every
    policy."""
    if check is not None and not check.well:
        down = next(sign for sign in check.signs if not sign.well)
        what = "cannot be read" if down.stands else "does not stand"
        return Lapse(
            reason=SIGN_DOWN,
            sentence=f"A sign {what} ({down.where}). Put it right, look at every sign, and say so.",
        )
    every = rules.signs_checked_every_min
    if not every or (check is not None and 0 <= now_us - check.at_us <= every * MINUTE_US):
        return None
    since = "yet" if check is None else f"since {_to_the_minute(check.at_us)}"
    return Lapse(
        reason=SIGNS_NOT_CHECKED,
        sentence=f"Nobody has looked at the signs {since}; the policy wants that every {many(every, 'minute')}. "
        "It goes on once somebody has looked and said so.",
    )


def _to_the_minute(us: int) -> str:
    """As people read it on the street."""
    return f"{to_text(us)[:16].replace('T', ' ')} UTC"


def _notice_published_h(case: Asked) -> _Found:
    hours, at_us = case.rules.notice_published_h, case.before.notice_us
    if not hours or case.before.stage < Stage.STARTING:
        return
    if at_us is None:
        yield (
            "Nobody has said that the public notice is published, and where.",
            "Publish it, and say so: overt before notice.",
        )
    elif at_us > case.now_us:
        yield (
            f"The public notice is to be published at {to_text(at_us)}, which is in the future.",
            "Say so once it is.",
        )
    elif not case.urgent and case.opens_us - at_us < hours * HOUR_US:
        yield (
            f"The public notice was published at {to_text(at_us)}; the policy wants that at least "
            f"{many(hours, 'hour')} before the start.",
            "Enter the deployment again with a later start, so that people can know of it.",
        )


def _signs_before_zone_m(case: Asked) -> _Found:
    metres, check = case.rules.signs_before_zone_m, case.before.signs
    if not metres or case.before.stage < Stage.STARTING:
        return
    if check is None or not 0 <= case.now_us - check.at_us <= case.rules.signs_age_max_h * HOUR_US:
        yield (
            f"Nobody has looked at the signs within the last {many(case.rules.signs_age_max_h, 'hour')} and said of "
            "each whether it stands, can be read, and how far before the zone.",
            "Look at every sign, and say so: overt signs checked.",
        )
        return
    for sign in check.signs:
        if not sign.well:
            yield (
                f"The sign at {sign.where} {'cannot be read' if sign.stands else 'does not stand'}.",
                "Put it right, look at every sign again, and say so.",
            )
        elif sign.before_zone_m < metres:
            yield (
                f"The sign at {sign.where} stands {many(sign.before_zone_m, 'metre')} before the zone; the policy "
                f"wants {metres}, so that it can be read before a face is scanned.",
                "Move it, look at every sign again, and say so. One that stands besides these need not be named.",
            )


def _signs_checked_every_min(case: Asked) -> _Found:
    """Where nobody has looked at all, `signs_before_zone_m` says so, if the policy has that."""
    every, check = case.rules.signs_checked_every_min, case.before.signs
    if not every or case.before.stage < Stage.STARTING or (check is None and case.rules.signs_before_zone_m):
        return
    if check is None or not 0 <= case.now_us - check.at_us <= every * MINUTE_US:
        since = "yet" if check is None else f"since {to_text(check.at_us)}"
        yield (
            f"Nobody has looked at the signs {since}; the policy wants that every {many(every, 'minute')} while it "
            "runs, from its start on.",
            "Look at every sign, and say so: overt signs checked.",
        )


def _consultation_terms(case: Asked) -> _Found:
    terms, consulted = case.rules.consultation_terms, case.before.consulted
    if terms and not consulted:
        yield (
            "The deployment says of nobody that they were asked about it, and the policy wants a consultation.",
            f"Ask those whom it concerns, and write a table [[consultation]] with {', '.join(terms)}.",
        )
    for number, filled in enumerate(consulted, start=1):
        for key in terms:
            if key not in filled:
                yield (
                    f"Consultation no. {number} does not say {key}, and the policy asks for it.",
                    f"Write {key} into its table [[consultation]].",
                )


def _evaluations(case: Asked) -> _Found:
    for kind in case.rules.evaluations if case.before.stage >= Stage.SIGNING else ():
        if case.before.newest(kind) is None:
            yield (
                f"No measurement of the kind {kind} is filed of this model pack at this deployment's threshold or a "
                f"lower one{_threshold(case)}.",
                f"Measure it (overt evaluate {kind}), and file its figures: overt before evaluation FILE.",
            )


def _evaluation_age_max_days(case: Asked) -> _Found:
    """Of every kind that is filed, as with documents: what is there is current, whoever wanted it."""
    days = case.rules.evaluation_age_max_days
    for kind in EVALUATIONS if case.before.stage >= Stage.SIGNING else ():
        newest = case.before.newest(kind)
        if newest is not None and case.opens_us - newest.at_us > days * DAY_US:
            yield (
                f"The measurement of the kind {kind} was made on {to_text(newest.at_us)[:10]}; the policy wants it at "
                f"most {many(days, 'day')} old at the start.",
                f"Measure again (overt evaluate {kind}), and file its figures: overt before evaluation FILE.",
            )


def _threshold(case: Asked) -> str:
    return "" if case.before.threshold is None else f" ({case.before.threshold:.4f})"


def _trial_before_operation(case: Asked) -> _Found:
    before = case.before
    if not case.rules.trial_before_operation or before.stage < Stage.SIGNING or before.trial or before.reported():
        return
    if before.trials:
        newest = before.trials[-1]
        missing = (
            f"The report that is filed is of a trial with {_pack(newest.pack_name, newest.pack)}, and this deployment "
            f"runs with {_pack(before.pack_name, before.pack)}; the policy wants one of the same model pack before "
            "the first operation."
        )
    else:
        missing = "No report of a trial is filed here, and the policy wants one before the first operation."
    yield (
        missing,
        'Run a trial (kind = "trial") of this model pack with volunteers, measure it with overt evaluate trial, and '
        "file its figures: overt before trial ID FILE.",
    )


def _pack(name: str, digest: str | None) -> str:
    """A model pack, for people: what it is called, and what tells it from another one of that name."""
    if not digest:
        return "a model pack that is not known"
    return f"the model pack {name} ({digest[:12]})" if name else f"the model pack {digest[:12]}"


def _conditions_age_max_days(case: Asked) -> _Found:
    days, at_us = case.rules.conditions_age_max_days, case.before.conditions_us
    if not days or case.before.stage < Stage.SIGNING:
        return
    if at_us is None or not 0 <= case.now_us - at_us <= days * DAY_US:
        since = "yet" if at_us is None else f"since {to_text(at_us)[:10]}"
        yield (
            f"The oversight has not answered the ethics panel's five conditions {since}; the policy wants that every "
            f"{many(days, 'day')}.",
            "Ask the oversight to answer and sign them: overt oversight conditions.",
        )


RULES_BEFORE_START: Final[Mapping[str, Callable[[Asked], _Found]]] = MappingProxyType(
    {
        "notice_published_h": _notice_published_h,
        "signs_before_zone_m": _signs_before_zone_m,
        "signs_checked_every_min": _signs_checked_every_min,
        "consultation_terms": _consultation_terms,
        "evaluations": _evaluations,
        "evaluation_age_max_days": _evaluation_age_max_days,
        "trial_before_operation": _trial_before_operation,
        "conditions_age_max_days": _conditions_age_max_days,
    }
)
