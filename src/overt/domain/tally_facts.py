"""What a deployment's figures are counted from: alerts, what people said of them, what came of them, and minutes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from overt.domain.decision import Followed, Result, Verdict
from overt.domain.ids import made_us

ABOUT = LISTED, VOLUNTEER, DECOY = "listed", "volunteer", "decoy"
KINDS = OPERATION, TRIAL = "operation", "trial"


class State(StrEnum):
    """Where an alert stands in the figures."""

    WORTH_A_LOOK = "worth_a_look"
    NOT_THE_PERSON = "not_the_person"
    CANNOT_TELL = "cannot_tell"  # or people disagree
    UNDECIDED = "undecided"  # no verdict stood in time
    OPEN = "open"  # and there is time left


@dataclass(frozen=True, kw_only=True)
class Concluded:
    """What came of an alert.

    Attributes:
        held_min: minutes for which the person was held up; 0 where nobody was spoken to.
    """

    result: Result
    held_min: int
    followed: Followed
    served_aim: bool


@dataclass(frozen=True, kw_only=True)
class AlertFacts:
    """One alert, as far as it is counted.

    Attributes:
        alert: its id, a UUIDv7.
        camera: anything that tells the cameras of one deployment apart.
        passage: counts from 1 per camera and run.
        about: whom the entry stands for: LISTED, VOLUNTEER or DECOY.
        threshold_e4: cosine, in ten-thousandths.
        latency_ms: from the first usable face to the alert; None where it was not measured.
        verdicts: account and verdict of each.
        looked_ms: of each verdict, how long after the first look it came; None or missing: it is not known.
        needed: from so many people a verdict stands.
        undecided: it was counted as undecided.
        concluded: the last word on what came of it.
        disclosed: how many times its record was handed over.
        evidence: of these, how many times with its pictures.

    Raises:
        ValueError: the id is none, or nobody knows whom the alert is about.
    """

    alert: str
    camera: str
    passage: int
    about: str
    threshold_e4: int
    latency_ms: int | None
    verdicts: tuple[tuple[str, Verdict], ...] = ()
    looked_ms: tuple[int | None, ...] = ()
    needed: int = 1
    undecided: bool = False
    concluded: Concluded | None = None
    disclosed: int = 0
    evidence: int = 0

    def __post_init__(self) -> None:
        self.raised_us  # noqa: B018  (it raises)
        if self.about not in ABOUT:
            raise ValueError(f"{self.about} is none of {', '.join(ABOUT)}")

    @cached_property
    def raised_us(self) -> int:
        """When its id was made, microseconds since 1970, UTC, to the millisecond."""
        return made_us(self.alert)

    @property
    def all_are_in(self) -> bool:
        """Everybody who has to has said something, in time or not."""
        return len({account for account, _ in self.verdicts}) >= self.needed

    @cached_property
    def state(self) -> State:
        if self.undecided:
            return State.UNDECIDED
        if not self.all_are_in:
            return State.OPEN
        said = {verdict for _, verdict in self.verdicts}
        return State[said.pop().name] if len(said) == 1 else State.CANNOT_TELL

    @property
    def result(self) -> Result | None:
        return None if self.concluded is None else self.concluded.result

    @property
    def right(self) -> bool:
        """Confirmed, after a verdict that stood in time."""
        return self.result is Result.RIGHT and not self.undecided


@dataclass(frozen=True, kw_only=True)
class MinuteFacts:
    """The counts of one camera in one minute; parts of a minute add up. Names as in `Counts`; times in milliseconds."""

    camera: str
    minute_us: int
    frames: int
    faces_detected: int
    faces_seen: int
    lost: int
    green_ms: int = 0
    amber_ms: int = 0
    red_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class DeploymentFacts:
    """Everything that a deployment's figures are counted from.

    Attributes:
        kind: operation or trial.
        entries: on its newest list, when that was sealed; 0: none was.
        withdrawn: of these, taken off since, those that expired too.
        officer_min: minutes that people worked for it altogether, as its officer says; None: not said.
        complaints, complaints_answered, complaints_upheld: filed about it, of these answered, of these upheld at least
            in part.
        leaflets: given out, as its officer says; None: not said.
    """

    deployment: str
    kind: str
    entries: int
    withdrawn: int
    alerts: tuple[AlertFacts, ...]
    minutes: tuple[MinuteFacts, ...]
    officer_min: int | None = None
    complaints: int = 0
    complaints_answered: int = 0
    complaints_upheld: int = 0
    leaflets: int | None = None
