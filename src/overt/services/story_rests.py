"""What the starts of a deployment rest on, as the ledger says it: the entries that they name, found again.

Rules:
  - a start names measurements and reports of trials by the SHA-256 of their files, answers to the five conditions by
    their paper (`overt.services.resting_on`); the entry that is meant is the newest of that name before the start;
  - each is told once, whichever start names it; what an earlier version started names nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from overt.ledger.entry import Entry
from overt.services.story import Story, Told, base_of, facts_of, time_of

#: What can be named, whatever deployment it is about: kind of entry, and the fact that it is known by.
FILED: Final[Mapping[str, str]] = {
    "evaluation.filed": "sha256",
    "trial.reported": "sha256",
    "conditions.answered": "paper",
}
#: By which fact a start names it.
_NAMES: Final[Mapping[str, str]] = {
    "evaluations": "evaluation.filed",
    "trial_report": "trial.reported",
    "conditions": "conditions.answered",
}
#: The digest of what was filed: of a file, or keyed, of words.
_DIGESTS: Final = ("sha256", "content")


def note_filed(filed: dict[tuple[str, str], Told], index: int, entry: Entry) -> None:
    """Keeps what a later start may name, by kind of entry and name."""
    digest = next(str(entry.facts[name]) for name in _DIGESTS if name in entry.facts)
    about: Told = {"trial": entry.deployment} if entry.kind == "trial.reported" else {}
    made: Told = {"made": time_of(entry, "made_us")} if "made_us" in entry.facts else {}
    told = {**base_of(index, entry), "what": entry.kind, "digest": digest, **about, **made}
    name = str(entry.facts[FILED[entry.kind]])
    filed[entry.kind, name] = {**told, **facts_of(entry, "made_us", *_DIGESTS)}


def note_named(story: Story, start: Entry) -> None:
    """Tells what a start names."""
    for fact, kind in _NAMES.items():
        named = start.facts.get(fact)
        for name in named if isinstance(named, tuple) else (named,):
            told = story.filed.get((kind, str(name)))
            if told is not None and told not in story.rests_on:
                story.rests_on.append(told)
                story.entries.append(told["entry"])
                story.kinds[kind] += 1
