"""The five conditions of the London Policing Ethics Panel (May 2019), as a form that the oversight answers and signs.

Rules:
  - one of the oversight answers each of the five, yes or no, in words; an answer without words is none;
  - it is signed by whoever is signed in as the oversight; where one condition is not met, it is filed and counts as not
    given: nothing new is signed or started where the policy asks for the five;
  - nothing that was filed is changed: the newest counts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.ledger.entry import Entry, Fact
from overt.services.acting import WORDS_LOST, file_paper
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.store.ports import Work
from overt.store.records import PaperRow

CONDITIONS_PAPER: Final = "five-conditions"
LEAST_WORDS: Final = 5
MOST_CHARACTERS: Final = 4000
#: Each condition, as it is asked.
CONDITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "benefit": "The benefit to the public's safety is greater than the distrust that the use brings.",
        "bias": "Nothing shows that it leads to a bias by gender or race, in the machine or in what people do with it.",
        "necessity": "Each deployment is judged for itself, and is necessary and proportionate for its own aim.",
        "people": "Those who operate it are trained, know how it can be wrong, and answer for what they do.",
        "guidelines": "Strict guidelines are in place, they are kept, and somebody outside sees that they are.",
    }
)


class BadConditions(Refused):
    code = "bad-conditions"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """On one condition: whether it is met, and why, in words."""

    met: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The five, as somebody answered them. `by`: name; `answers`: by condition, in their order."""

    at_us: int
    by: str
    answers: Mapping[str, Answer]

    @property
    def met(self) -> bool:
        """All five."""
        return all(one.met for one in self.answers.values())


def form() -> str:
    """An empty form, as TOML."""
    parts = [
        "# The five conditions of the London Policing Ethics Panel (May 2019). Answer each: met = true or false, and",
        "# in words what shows it. Hand it in with: overt oversight conditions FILE",
    ]
    for name, asked in CONDITIONS.items():
        parts.append(f'\n# {asked}\n[{name}]\n# met = true\nwords = ""')
    return "\n".join(parts) + "\n"


def read_form(content: bytes) -> dict[str, Answer]:
    """The answers of a form that was filled in; raises BadConditions where it is none."""
    try:
        read = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadConditions("This is no form: it is no TOML in UTF-8.", "Fill in the one that is printed.") from error
    answers = {}
    for name, one in read.items():
        if name not in CONDITIONS or not isinstance(one, dict) or not isinstance(one.get("met"), bool):
            raise BadConditions(
                f"[{name}] is none of the five, or does not say met = true or false.",
                "Fill in the form that is printed.",
            )
        answers[name] = Answer(met=one["met"], words=str(one.get("words", "")))
    return answers


def answer_conditions(installation: Installation, by: Account, answers: Mapping[str, Answer]) -> Answered:
    """Files the answers to the five conditions.

    Raises:
        NotAllowed: this account may not.
        BadConditions: one is not answered, or not in words.
    """
    for name, asked in CONDITIONS.items():
        said = answers.get(name)
        if said is None or len(said.words.split()) < LEAST_WORDS or len(said.words) > MOST_CHARACTERS:
            raise BadConditions(
                f"“{asked}” needs an answer in at least {LEAST_WORDS} words, and at most {MOST_CHARACTERS:,} "
                "characters.",
                "Say what shows it, so that others can follow.",
            )

    def change(work: Work) -> Answered:
        require_actor(work, by, Action.CONDITIONS_SIGN)
        content: dict[str, object] = {
            name: {"met": answers[name].met, "text": answers[name].words.strip()} for name in CONDITIONS
        }
        paper = file_paper(installation, work, CONDITIONS_PAPER, by=by.id, row=None, content=content)
        facts: dict[str, Fact] = {
            "paper": paper.id,
            "met": sum(answers[name].met for name in CONDITIONS),
            "asked": len(CONDITIONS),
            "unmet": tuple(name for name in CONDITIONS if not answers[name].met),
            "content": installation.digest(repr(sorted(content.items()))),
        }
        work.record("conditions.answered", actor=by.id, facts=facts)
        return _answered(work, paper)

    return installation.store.write(change)


def conditions_now(installation: Installation) -> list[Answered]:
    """Every answer, newest first."""
    return installation.store.read(
        lambda work: [_answered(work, one) for one in reversed(work.papers.all(CONDITIONS_PAPER))]
    )


def conditions_met(work: Work, now_us: int) -> PaperRow | None:
    """The newest answer, where it says that all five are met."""
    papers = [paper for paper in work.papers.all(CONDITIONS_PAPER) if paper.at_us <= now_us]
    return papers[-1] if papers and _answered(work, papers[-1]).met else None


def conditions_at(work: Work, now_us: int) -> int | None:
    """When all five were last said to be met; None: never, or the newest answer says that one is not."""
    met = conditions_met(work, now_us)
    return None if met is None else met.at_us


def answers_again(entry: Entry) -> tuple[str, dict[str, object]]:
    """What a paper of answers says after a restore: its words are lost."""
    unmet, text = entry.facts["unmet"], f"{WORDS_LOST} {entry.facts['content']}"
    assert isinstance(unmet, tuple)
    return "", {name: {"met": name not in unmet, "text": text} for name in CONDITIONS}


def _answered(work: Work, paper: PaperRow) -> Answered:
    row = work.accounts.get(paper.account)
    answers = {}
    for name in CONDITIONS:
        said = paper.content[name]
        assert isinstance(said, Mapping)
        answers[name] = Answer(met=bool(said["met"]), words=str(said["text"]))
    return Answered(at_us=paper.at_us, by=paper.account if row is None else row.name, answers=answers)
