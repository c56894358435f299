"""What leaves an installation names nobody: codes in place of references, people, accounts and cameras.

Rules:
  - a code is drawn at random, so no list of names leads back to it, not even with a key;
  - one name has one code within a package, so that everything can still be counted; another package has other codes;
  - a list's order is not told: codes do not follow it;
  - what somebody wrote freely (notes) becomes a keyed digest, or nothing where there is no key;
  - a label that one person alone has tells who that is, so such labels are put together;
  - of the machine's cautions and counts only those that it knows are handed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final

from overt.domain.figures import Counts
from overt.domain.ids import RandomBytes
from overt.evaluation.trial_run import Prompt, Run
from overt.evaluation.trial_truth import Truth, Walk

SINGLE: Final = "of one person"
CAUTIONS: Final = frozenset(
    {
        *("small face", "dark", "burnt out", "blurred", "turned away", "little contrast"),
        *("threshold extrapolated", "another entry looks alike"),
    }
)
#: What the figures line of a run may name.
COUNTS: Final = frozenset({*(one.name for one in fields(Counts)), "alerts", "latency_p50_s", "latency_p99_s"})
_CODE_BYTES: Final = 6


@dataclass(kw_only=True)
class Codes:
    """The codes of one package.

    Attributes:
        random_bytes: gives n random bytes.
        digest: makes a keyed digest of free text; None: there is no key, and notes are left out.
    """

    random_bytes: RandomBytes
    digest: Callable[[str], str] | None = None
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def person(self, reference: str) -> str:
        """Of an entry or a person, the same for both; "" stays "", which is nobody known."""
        return self._drawn("person", reference) if reference else ""

    def account(self, account: str) -> str:
        return self._drawn("account", account)

    def camera(self, name: str) -> str:
        """A number in the order in which cameras were first asked for; "" stays "", which is any."""
        return self._numbered("camera", name) if name else ""

    def note(self, text: str) -> str:
        return self.digest(text) if text and self.digest is not None else ""

    def _drawn(self, kind: str, name: str) -> str:
        if (kind, name) not in self._known:
            taken = set(self._known.values())
            code = f"{kind} {self.random_bytes(_CODE_BYTES).hex()}"
            while code in taken:
                code = f"{kind} {self.random_bytes(_CODE_BYTES).hex()}"
            self._known[kind, name] = code
        return self._known[kind, name]

    def _numbered(self, kind: str, name: str) -> str:
        count = sum(known == kind for known, _ in self._known)
        return self._known.setdefault((kind, name), f"{kind} {count + 1}")


def coded_run(run: Run, codes: Codes, deployment: str) -> Run:
    """A run without names; `deployment`: what its lines call it then, an id or a plain word."""
    return replace(
        run,
        deployment=deployment,
        prompts=tuple(_prompt(one, codes) for one in run.prompts),
        counts={name: number for name, number in run.counts.items() if name in COUNTS},
        digest="",
    )


def coded_truth(truth: Truth, codes: Codes) -> Truth:
    """A tally without names; walks are numbered in the order in which they begin."""
    common = {
        "": _common((walk.picture, walk.person or walk.walk) for walk in truth.walks),
        **{
            name: _common((walk.groups.get(name, ""), walk.person or walk.walk) for walk in truth.walks)
            for name in {name for walk in truth.walks for name in walk.groups}
        },
    }
    return replace(
        truth, walks=tuple(_walk(walk, f"walk {at}", codes, common) for at, walk in enumerate(truth.walks, 1))
    )


def _prompt(prompt: Prompt, codes: Codes) -> Prompt:
    said = prompt.said
    return replace(
        prompt,
        camera=codes.camera(prompt.camera),
        entry=codes.person(prompt.entry),
        cautions=tuple(one for one in prompt.cautions if one in CAUTIONS),
        said=replace(said, verdicts=tuple((codes.account(who), verdict) for who, verdict in said.verdicts)),
    )


def _walk(walk: Walk, name: str, codes: Codes, common: Mapping[str, frozenset[str]]) -> Walk:
    return replace(
        walk,
        walk=name,
        person=codes.person(walk.person),
        camera=codes.camera(walk.camera),
        picture=walk.picture if walk.picture in {"", *common[""]} else SINGLE,
        groups={group: label if label in common[group] else SINGLE for group, label in walk.groups.items()},
        notes=codes.note(walk.notes),
    )


def _common(labels: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Labels that two different people or more have."""
    people: dict[str, set[str]] = {}
    for label, person in labels:
        people.setdefault(label, set()).add(person)
    return frozenset(label for label, having in people.items() if len(having) > 1)
