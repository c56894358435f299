"""An alert in words and for JSON. What may not be known yet is left out, or null."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from overt.domain.alert import SAYS
from overt.domain.time import to_text
from overt.domain.words import spaced

if TYPE_CHECKING:
    from overt.services.adjudicate import Facts
    from overt.services.at_alerts import Listed


def line_of(one: Listed) -> dict[str, object]:
    row = one.row
    return {
        "alert": row.id,
        "deployment": one.deployment,
        "camera": row.camera,
        "at": to_text(row.at_us),
        "standing": None if one.standing is None else str(one.standing),
        "seconds_left": None if one.waits_us is None else one.waits_us // 1_000_000,
        "not_decided_in_time": row.undecided_us is not None,
        "pictures": str(row.state),
        "says": SAYS,
    }


def sentence_of(one: Listed) -> str:
    state = "policy not known" if one.standing is None else spaced(one.standing)
    if one.waits_us is not None:
        seconds = one.waits_us // 1_000_000
        state += f", {seconds // 60} min {seconds % 60} s left" if seconds else ", overdue"
    elif one.row.undecided_us is not None:
        state += ", not decided in time"
    pictures = "" if one.row.state == "kept" else f", pictures {one.row.state}"
    where = f"{printable(one.row.camera)}, {printable(one.deployment)}"
    return f"{one.row.id}  {to_text(one.row.at_us)}  {where}: {state}{pictures}"


def record_of(facts: Facts) -> dict[str, object]:
    """What may be known, for JSON; null where it may not be known yet."""
    row, score = facts.row, facts.sees.score
    return {
        "alert": row.id,
        "camera": row.camera,
        "at": to_text(row.at_us),
        "score": round(row.score, 4) if score else None,
        "threshold": round(row.threshold, 4) if score else None,
        "false_alerts_per_1000": float(f"{row.false_alerts_per_1000:.3g}") if score else None,
        "shots": row.shots,
        "cautions": list(row.cautions),
        "pictures": str(row.state),
        "says": SAYS,
        "standing": str(facts.standing),
        "not_decided_in_time": row.undecided_us is not None,
        "decoy": None if facts.decoy is None else {"same_person": facts.decoy.same, "ended": facts.decoy.ended},
        "decisions": [
            {
                "account": one.account,
                "at": to_text(one.at_us),
                "verdict": str(one.verdict),
                "words": facts.words.get(one.id),
            }
            for one in facts.decisions
        ],
        "outcomes": [
            {"at": to_text(one.at_us), "means": one.means, "result": one.result, "followed": one.followed}
            for one in facts.outcomes
        ],
        "holds": [
            {"hold": one.id, "ends_at": to_text(one.lifted_us or one.expires_us), "lifted": one.lifted_us is not None}
            for one in facts.holds
        ],
    }


def told_of_decoy(facts: Facts) -> Iterator[str]:
    """What a decoy was, once it is over; of any other alert nothing."""
    from overt.domain.decision import Verdict
    from overt.domain.decoying import Ended, was_right

    decoy = facts.decoy
    if decoy is None:
        return
    showed = "the same person twice" if decoy.same else "two different people"
    yield f"This was a decoy, a test without a passer-by. The pictures showed {showed}."
    if decoy.ended != Ended.DECIDED:
        yield f"It was taken back ({spaced(decoy.ended)}), and counts for nobody."
        return
    for one in facts.decisions:
        right = was_right(Verdict(one.verdict), same=decoy.same)
        yield f"{spaced(one.verdict).capitalize()} was {'right' if right else 'not right'}."


def said_of(facts: Facts) -> Iterator[str]:
    """The same in sentences."""
    row = facts.row
    yield from told_of_decoy(facts)
    yield f"Possible match {row.id}, {to_text(row.at_us)}, camera {printable(row.camera)}, {row.shots} shots."
    yield f"Cautions: {', '.join(row.cautions) or 'none'}. Pictures: {row.state}."
    late = " It was not decided in time, and counts as not verified." if row.undecided_us is not None else ""
    yield f"It stands at: {spaced(facts.standing)}.{late}"
    if facts.sees.score:
        yield (
            f"Score {row.score:.4f}, threshold {row.threshold:.4f}; {row.false_alerts_per_1000:.3g} false alerts at "
            "this score are expected in 1,000 passages of people who are not listed."
        )
    else:
        yield "Score, threshold and expectation are shown once everybody who has to decide has."
    for one in facts.decisions:
        words = facts.words.get(one.id, "(the words are erased)")
        yield f"{to_text(one.at_us)} {one.account}: {spaced(one.verdict)}. {printable(words)}"
    for each in facts.outcomes:
        came = f"{spaced(each.result)}, by {spaced(each.means)}, {spaced(each.followed)}"
        yield f"{to_text(each.at_us)} {each.account}: {came}."
    for placed in facts.holds:
        ended = "lifted" if placed.lifted_us is not None else f"until {to_text(placed.expires_us)}"
        yield f"Hold {placed.id}, {ended}."


def printable(words: str) -> str:
    """What somebody typed, without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in words)
