"""A run as it is held against a tally: its prompts and its counts.

Rules:
  - a run is what `overt watch --json` printed, whole: its alert lines and, last, its figures line. The store gives the
    same record of a trial deployment (`overt.services.trials`);
  - every line says the same of whether it was a rehearsal;
  - what is not told (a score under a blind-first policy) stays null, and what nobody knows any more (the entry of an
    alert that is erased) stays empty; neither is guessed;
  - times are cut to whole milliseconds, as the lines have them, so that both ways give the same figures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from overt.domain.alert import SAYS
from overt.domain.decision import Followed, Result, Verdict
from overt.domain.errors import Refused
from overt.domain.ids import made_us
from overt.domain.tally import ABOUT, LISTED, SAME_PASSAGE_US, Concluded
from overt.domain.time import to_text, to_us

MOST_BYTES: Final = 256 << 20
_MOST_SHOWN: Final = 60
T = TypeVar("T")


class BadRun(Refused):
    code = "bad-run"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What people said of an alert, as far as it may be told.

    Attributes:
        verdicts: who (a code) and what.
        needed: from so many people a verdict stands.
        undecided: no verdict stood in time.
        concluded: the last word on what came of it.
    """

    verdicts: tuple[tuple[str, Verdict], ...] = ()
    needed: int = 1
    undecided: bool = False
    concluded: Concluded | None = None

    @property
    def stands(self) -> str:
        """The verdict that stands, or "undecided", "open" or, where people disagree, "cannot-tell"."""
        if self.undecided:
            return "undecided"
        if len({who for who, _ in self.verdicts}) < self.needed:
            return "open"
        said = {verdict for _, verdict in self.verdicts}
        return str(said.pop() if len(said) == 1 else Verdict.CANNOT_TELL)


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One alert of a run.

    Attributes:
        alert: its id, a UUIDv7.
        camera: its name.
        at_us: capture time of the frame that completed the match, microseconds since 1970, UTC.
        media_us: position of that frame in a file, microseconds; None for a live source.
        passage: counts from 1 per camera and run.
        entry: the entry's reference; empty where it is not known any more.
        about: whom the entry stands for: "listed", "volunteer" or "decoy".
        score, threshold, per_1000: cosines, and false alerts expected in 1,000 passages; None where not told.
        shots: how many were fused.
        cautions: the machine's own words.
        latency_ms: from the first usable face, as the machine saw it, to the alert; None where it was not measured.
        said: what people said of it.

    Raises:
        ValueError: the id is none, or nobody knows whom it is about.
    """

    alert: str
    camera: str
    at_us: int
    media_us: int | None
    passage: int
    entry: str
    about: str = LISTED
    score: float | None = None
    threshold: float | None = None
    per_1000: float | None = None
    shots: int = 0
    cautions: tuple[str, ...] = ()
    latency_ms: int | None = None
    said: Said = Said()

    def __post_init__(self) -> None:
        made_us(self.alert)
        if self.about not in ABOUT:
            raise ValueError(f"{self.about} is none of {', '.join(ABOUT)}")

    @property
    def raised_us(self) -> int:
        """When its id was made, microseconds since 1970, UTC, to the millisecond."""
        return made_us(self.alert)

    def line(self, deployment: str) -> dict[str, object]:
        """As `overt watch --json` prints it, with what is known besides."""
        concluded = self.said.concluded
        return {
            "alert": self.alert,
            "deployment": deployment,
            "camera": self.camera,
            "at": to_text(self.at_us),
            "media_time_s": None if self.media_us is None else self.media_us / 1_000_000,
            "passage": self.passage,
            "entry": self.entry,
            "score": self.score,
            "threshold": self.threshold,
            "false_alerts_per_1000": self.per_1000,
            "shots": self.shots,
            "cautions": list(self.cautions),
            "says": SAYS,
            "about": self.about,
            "latency_ms": self.latency_ms,
            "verdicts": [[who, str(verdict)] for who, verdict in self.said.verdicts],
            "needed": self.said.needed,
            "undecided": self.said.undecided,
            "outcome": None
            if concluded is None
            else {
                "result": str(concluded.result),
                "held_min": concluded.held_min,
                "followed": str(concluded.followed),
                "served_aim": concluded.served_aim,
            },
        }


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run did.

    Attributes:
        rehearsal: recorded or simulated footage, and no camera of the street.
        deployment: what its lines call it.
        prompts: its alerts, in the order in which they were raised.
        counts: of the figures line, number by name; at least faces_seen and faces_detected.
        digest: SHA-256 of what was read, 64 hexadecimal digits; empty for one out of a store.
    """

    rehearsal: bool
    deployment: str
    prompts: tuple[Prompt, ...]
    counts: Mapping[str, float | None]
    digest: str = ""

    @property
    def searched(self) -> int:
        """Passages searched (faces seen)."""
        return int(self.counts["faces_seen"] or 0)

    @property
    def detected(self) -> int:
        """Passages detected."""
        return int(self.counts["faces_detected"] or 0)

    def lines(self) -> Iterator[dict[str, object]]:
        """Its alert lines and its figures line."""
        extra: dict[str, object] = {"rehearsal": True} if self.rehearsal else {}
        for prompt in self.prompts:
            yield {**prompt.line(self.deployment), **extra}
        yield {"figures": dict(self.counts), **extra}


def passages_of(prompts: Sequence[Prompt]) -> tuple[tuple[Prompt, ...], ...]:
    """The prompts of each passage. Runs of one deployment, which each count from 1, are told apart by the time between
    prompts, as `overt.domain.tally` does."""
    found: list[list[Prompt]] = []
    for one in sorted(prompts, key=lambda one: (one.camera, one.passage, one.raised_us, one.alert)):
        first = found[-1][0] if found else None
        if (
            first is not None
            and (first.camera, first.passage) == (one.camera, one.passage)
            and one.raised_us - first.raised_us <= SAME_PASSAGE_US
        ):
            found[-1].append(one)
        else:
            found.append([one])
    return tuple(tuple(one) for one in found)


def read_run(path: Path) -> Run:
    """What `overt watch --json` printed into a file.

    Raises:
        BadRun: it cannot be read, is no such file, or is not whole; which line and why.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadRun(f"The run {path} cannot be read: {error.strerror}.", _TODO) from error
    if len(content) > MOST_BYTES:
        raise BadRun(f"{path.name} is larger than 256 MiB, so it is no run.", _TODO)
    return run_of(path.name, content)


def run_of(name: str, content: bytes) -> Run:
    """As `read_run`, of a file's content; `name`: what it is called."""
    prompts: list[Prompt] = []
    counts: dict[str, float | None] | None = None
    told: set[bool] = set()
    names: set[str] = set()
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        if counts is not None:
            raise _bad(name, number, "stands after the figures, with which a run ends; give one run at a time")
        try:
            read = json.loads(line)
            if not isinstance(read, dict):
                raise TypeError("it is no object")
            told.add(_flag(read, "rehearsal"))
            if "figures" in read:
                counts = _counts(read["figures"])
            else:
                names.add(_of(read, "deployment", str))
                prompts.append(_prompt(read))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise _bad(name, number, f"cannot be used: {_said(error)}") from error
    if counts is None:
        raise BadRun(f"The run {name} has no figures line, so it is not whole.", _TODO)
    if len(told) > 1 or len(names) > 1:
        raise BadRun(f"The run {name} has lines of a rehearsal and of a live run, or of two deployments.", _TODO)
    return Run(
        rehearsal=told.pop(),
        deployment=names.pop() if names else "",
        prompts=tuple(prompts),
        counts=counts,
        digest=hashlib.sha256(content).hexdigest(),
    )


_TODO: Final = "Give what overt watch --json printed, from its start to its figures; Ctrl-C ends a run with them."


def _prompt(read: Mapping[str, object]) -> Prompt:
    media_s = _number(read, "media_time_s")
    return Prompt(
        alert=str(UUID(_of(read, "alert", str))),
        camera=_of(read, "camera", str),
        at_us=to_us(datetime.fromisoformat(_of(read, "at", str))) // 1000 * 1000,
        media_us=None if media_s is None else round(media_s * 1000) * 1000,
        passage=_of(read, "passage", int),
        entry=_of(read, "entry", str),
        about=_of(read, "about", str) if "about" in read else LISTED,
        score=_number(read, "score"),
        threshold=_number(read, "threshold"),
        per_1000=_number(read, "false_alerts_per_1000"),
        shots=_of(read, "shots", int),
        cautions=tuple(str(one) for one in _of(read, "cautions", list)),
        latency_ms=None if read.get("latency_ms") is None else _of(read, "latency_ms", int),
        said=_what_people_said(read),
    )


def _what_people_said(read: Mapping[str, object]) -> Said:
    if "verdicts" not in read:
        return Said()
    outcome = None if read.get("outcome") is None else _of(read, "outcome", dict)
    return Said(
        verdicts=tuple((str(who), Verdict(verdict)) for who, verdict in _of(read, "verdicts", list)),
        needed=_of(read, "needed", int),
        undecided=_flag(read, "undecided"),
        concluded=None
        if outcome is None
        else Concluded(
            result=Result(outcome["result"]),
            held_min=_of(outcome, "held_min", int),
            followed=Followed(outcome["followed"]),
            served_aim=_flag(outcome, "served_aim"),
        ),
    )


def _counts(figures: object) -> dict[str, float | None]:
    if not isinstance(figures, dict):
        raise TypeError("its figures are no object")
    found = {str(name): _number(figures, name) for name in figures}
    for name in ("faces_seen", "faces_detected"):
        if _of(figures, name, int) < 0:
            raise ValueError(f"{name} is below 0")
    return found


def _of(read: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = read[name]
    if type(value) is not kind:
        raise TypeError(f"{name} is not what it should be")
    return value


def _number(read: Mapping[str, object], name: str) -> float | None:
    value = read.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise TypeError(f"{name} is no number")
    return value


def _flag(read: Mapping[str, object], name: str) -> bool:
    value = read.get(name, False)
    if not isinstance(value, bool):
        raise TypeError(f"{name} is neither true nor false")
    return value


def _said(error: Exception) -> str:
    """What was wrong, short and harmless on a terminal."""
    if isinstance(error, json.JSONDecodeError):
        return "it is no JSON"
    says = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
    return ascii(says if len(says) <= _MOST_SHOWN else f"{says[:_MOST_SHOWN]}...").strip("'\"")


def _bad(name: str, number: int, what: str) -> BadRun:
    return BadRun(f"Line {number} of {name} {what}.", _TODO)
