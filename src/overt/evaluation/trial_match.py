"""Which prompt belongs to whose walk: a run held against a tally.

Rules:
  - run and tally are of one kind, or nothing is compared;
  - a prompt belongs to a walk where the walk's camera, if it names one, is the prompt's, and the frame that completed
    the match lies within the walk, or outside it by no more than the tolerance;
  - it is right where the person of its entry walks there then. Else it is about somebody else who does: a wrong entry
    where only listed people do, a wrong person where only unlisted ones do, unclear where both do;
  - a prompt that belongs to no walk is counted as that, and none is dropped but decoys, which are counted apart;
  - of a passage that has a right prompt the others are about the same person, so they are wrong entries;
  - where the tally cannot tell, what people found out by ordinary means counts; where the two say different things,
    the tally counts, and how often that was is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from overt.domain.decision import Result
from overt.domain.errors import Refused
from overt.domain.tally import DECOY
from overt.evaluation.trial_run import Prompt, Run, passages_of
from overt.evaluation.trial_truth import Kind, Truth, Walk


class OtherKind(Refused):
    """A run and a tally of different kinds."""

    code = "other-kind"


class Came(StrEnum):
    """What a prompt was."""

    RIGHT = "right"
    WRONG_ENTRY = "wrong entry"
    WRONG_PERSON = "wrong person"
    UNCLEAR = "unclear"  # listed and unlisted people walked there then
    NO_WALK = "no walk"
    NO_ENTRY = "entry not known any more"
    RIGHT_UNTALLIED = "right, not in the tally"  # people found out


RIGHT = (Came.RIGHT, Came.RIGHT_UNTALLIED)
WRONG = (Came.WRONG_ENTRY, Came.WRONG_PERSON)
_UNSETTLED = (Came.UNCLEAR, Came.NO_WALK, Came.NO_ENTRY)
_SETTLED = {
    Result.RIGHT: Came.RIGHT_UNTALLIED,
    Result.WRONG_PERSON: Came.WRONG_PERSON,
    Result.WRONG_ENTRY: Came.WRONG_ENTRY,
}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A prompt and what it was. `walk`: position in the tally of the walk that it belongs to; None: none."""

    prompt: Prompt
    came: Came
    walk: int | None

    @property
    def contradicted(self) -> bool:
        """People said otherwise than the tally."""
        concluded = self.prompt.said.concluded
        if concluded is None or self.walk is None:
            return False
        found = _SETTLED.get(concluded.result)
        return found is not None and (found in RIGHT) != (self.came in RIGHT)


@dataclass(frozen=True, kw_only=True)
class Matched:
    """A whole run, judged.

    Attributes:
        passages: the prompts of each passage that had any; decoys are not among them.
        decoys: prompts of decoys.
        first_us: for each walk of the tally, microseconds from `Walk.from_us` to its first right prompt; None: none.
    """

    passages: tuple[tuple[Judged, ...], ...]
    decoys: int
    first_us: tuple[int | None, ...]

    @property
    def judged(self) -> tuple[Judged, ...]:
        return tuple(one for passage in self.passages for one in passage)


def matched(run: Run, truth: Truth, *, tolerance_us: int) -> Matched:
    """Holds a run against a tally.

    Args:
        tolerance_us: by how much a prompt may lie outside its walk, microseconds.

    Raises:
        OtherKind: they are of different kinds.
    """
    _require_one_kind(run, truth)
    prompts = [one for one in run.prompts if one.about != DECOY]
    passages = tuple(_of_passage(one, truth, tolerance_us) for one in passages_of(prompts))
    first: list[int | None] = [None] * len(truth.walks)
    for one in (each for passage in passages for each in passage):
        if one.came is Came.RIGHT and one.walk is not None:
            took_us = _raised_us(one.prompt, truth.kind) - truth.walks[one.walk].from_us
            before = first[one.walk]
            first[one.walk] = took_us if before is None else min(before, took_us)
    return Matched(passages=passages, decoys=len(run.prompts) - len(prompts), first_us=tuple(first))


def _require_one_kind(run: Run, truth: Truth) -> None:
    if run.rehearsal == (truth.kind is Kind.LIVE):
        what = "a rehearsal" if run.rehearsal else "a live run"
        raise OtherKind(
            f"The run is {what}, and the tally is of a {truth.kind}, so they are not of the same people.",
            "A live trial has a tally with times by the clock; recorded footage has seconds of its files.",
        )
    if truth.kind is not Kind.LIVE and any(one.media_us is None for one in run.prompts):
        raise OtherKind(
            "The run has prompts without a position in a file, so it was not made from the footage of the tally.",
            "Give the run of that footage.",
        )


def _of_passage(prompts: Sequence[Prompt], truth: Truth, tolerance_us: int) -> tuple[Judged, ...]:
    judged = tuple(_by_people(_by_tally(one, truth, tolerance_us)) for one in prompts)
    right = next((one for one in judged if one.came in RIGHT), None)
    if right is None:
        return judged
    return tuple(one if one.came in RIGHT else replace(one, came=Came.WRONG_ENTRY, walk=right.walk) for one in judged)


def _by_tally(prompt: Prompt, truth: Truth, tolerance_us: int) -> Judged:
    at_us = captured_us(prompt, truth.kind)
    there = [
        (position, walk)
        for position, walk in enumerate(truth.walks)
        if (not walk.camera or walk.camera == prompt.camera)
        and walk.begins_us - tolerance_us <= at_us <= walk.ends_us + tolerance_us
    ]
    own = [one for one in there if prompt.entry and one[1].listed and one[1].person == prompt.entry]
    nearest = min(own or there, key=lambda one: (_outside_us(one[1], at_us), -one[1].begins_us), default=None)
    if own:
        came = Came.RIGHT
    elif not there:
        came = Came.NO_WALK
    elif not prompt.entry:
        came = Came.NO_ENTRY
    else:
        listed = {walk.listed for _, walk in there}
        came = Came.UNCLEAR if len(listed) > 1 else Came.WRONG_ENTRY if listed.pop() else Came.WRONG_PERSON
    return Judged(prompt=prompt, came=came, walk=None if nearest is None else nearest[0])


def _by_people(judged: Judged) -> Judged:
    """What people found out, where the tally cannot tell. A "right" that came too late verifies nothing."""
    said = judged.prompt.said
    if judged.came not in _UNSETTLED or said.concluded is None:
        return judged
    if said.concluded.result is Result.RIGHT and said.undecided:
        return judged
    return replace(judged, came=_SETTLED.get(said.concluded.result, judged.came))


def captured_us(prompt: Prompt, kind: Kind) -> int:
    """When the completing frame was taken, on the tally's clock."""
    return prompt.at_us if kind is Kind.LIVE or prompt.media_us is None else prompt.media_us


def _raised_us(prompt: Prompt, kind: Kind) -> int:
    """When people were prompted, on the tally's clock. In a file that is the frame's own time: how long the machine
    took then is not in it."""
    return prompt.raised_us if kind is Kind.LIVE else captured_us(prompt, kind)


def _outside_us(walk: Walk, at_us: int) -> int:
    return max(walk.begins_us - at_us, at_us - walk.ends_us, 0)
