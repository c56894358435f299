"""Papers that the ledger says were filed since a copy was made, filed again in the copy: with what the ledger has of
them, and of their words the digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from overt.ledger.entry import Entry
from overt.ledger.head import KEY_PREFIX
from overt.services.acting import ACTED, NAME_LOST, WORDS_LOST
from overt.services.conditions import CONDITIONS_PAPER, answers_again
from overt.services.evaluations import EVALUATION, TRIAL_REPORT, evaluation_again, report_again
from overt.services.explaining import SLIP
from overt.services.halts import HALT, HALT_LIFTED
from overt.services.listed_answers import ANSWERED, ASKED, REFUSED
from overt.services.meeting import SEEN
from overt.services.outcomes import DISCLOSURE
from overt.services.panel import PINNED, PROPOSED
from overt.services.sign_checks import SIGNS_CHECKED, check_again
from overt.services.terms import COMPLAINT, COMPLAINT_ANSWER, LEAFLETS, OFFICERS, STARTED, STOPPED
from overt.store.ports import Work
from overt.store.records import PaperRow


def _started(work: Work, entry: Entry) -> None:
    """What was watched owes its review, and counts, whether it was cancelled since or not."""
    if entry.deployment and not any(paper.kind == STARTED for paper in work.papers.of(entry.deployment)):
        paper_again(work, entry, f"{STARTED}-{entry.deployment}", STARTED)


def _stopped(work: Work, entry: Entry) -> None:
    paper_again(work, entry, f"{STOPPED}-{entry.deployment}", STOPPED, content=numbers_of(entry, "false", "passages"))


def _worked(work: Work, entry: Entry) -> None:
    paper_again(work, entry, text_of(entry, "paper"), OFFICERS, content=numbers_of(entry, "officers", "minutes"))


def _again(kind: str, told: Callable[[Entry], tuple[str, dict[str, object]]], work: Work, entry: Entry) -> None:
    """A paper of which the ledger has all that counts. `told`: what it is about, and its content."""
    about, content = told(entry)
    paper_again(work, entry, text_of(entry, "paper"), kind, about, content)


def numbers_of(entry: Entry, *names: str) -> dict[str, object]:
    return {name: entry.facts[name] for name in names}


def _disclosed(work: Work, entry: Entry) -> None:
    content: dict[str, object] = {"to": text_of(entry, "to"), "why": text_of(entry, "why")}
    if "pictures" in entry.facts:
        content |= {name: text_of(entry, name) for name in ("case", "seconded_by", "sealed_to")}
        content["pictures"] = int(text_of(entry, "pictures"))
    paper_again(work, entry, text_of(entry, "disclosure"), DISCLOSURE, text_of(entry, "alert"), content)


def _seen(work: Work, entry: Entry) -> None:
    paper_again(work, entry, _nth(SEEN, entry), SEEN, text_of(entry, "alert"))


def _slip(work: Work, entry: Entry) -> None:
    paper_again(work, entry, text_of(entry, "slip"), SLIP, text_of(entry, "alert"))


def _listed(kind: str, work: Work, entry: Entry) -> None:
    content = {"exemption": text_of(entry, "exemption")} if kind == REFUSED else {}
    paper_again(work, entry, _nth(kind, entry), kind, text_of(entry, "request"), content)


def _filed(work: Work, entry: Entry) -> None:
    kind, digest = text_of(entry, "kind"), text_of(entry, "content")
    content = {} if kind == ACTED else {"name": NAME_LOST, "text": f"{WORDS_LOST} {digest}"}
    paper_again(work, entry, text_of(entry, "paper"), kind, text_of(entry, "about"), content)


def paper_again(
    work: Work, entry: Entry, paper: str, kind: str, about: str = "", content: Mapping[str, object] | None = None
) -> None:
    """What is about a deployment that was entered after the copy is lost with it."""
    if entry.deployment is None or work.deployments.get(entry.deployment) is not None:
        row = PaperRow(
            id=paper,
            kind=kind,
            deployment=entry.deployment,
            about=about,
            account=entry.actor,
            at_us=entry.at_us,
            content=content or {},
        )
        work.papers.add(row)


def _complained(work: Work, entry: Entry) -> None:
    kinds = entry.facts["kinds"]
    content: dict[str, object] = {"reference": NAME_LOST, "kinds": list(kinds) if isinstance(kinds, tuple) else []}
    content |= numbers_of(entry, "received_us", "due_us")
    paper_again(work, entry, text_of(entry, "complaint"), COMPLAINT, str(entry.facts.get("alert", "")), content)


def _complaint_answered(work: Work, entry: Entry) -> None:
    content: dict[str, object] = {"result": text_of(entry, "result"), "text": f"{WORDS_LOST} {text_of(entry, 'words')}"}
    paper_again(work, entry, _nth(COMPLAINT_ANSWER, entry), COMPLAINT_ANSWER, text_of(entry, "complaint"), content)


def _halted(work: Work, entry: Entry) -> None:
    paper_again(work, entry, text_of(entry, "halt"), HALT, content={"text": f"{WORDS_LOST} {text_of(entry, 'why')}"})


def _halt_lifted(work: Work, entry: Entry) -> None:
    halt, content = text_of(entry, "halt"), {"text": f"{WORDS_LOST} {text_of(entry, 'why')}"}
    paper_again(work, entry, f"{HALT_LIFTED}-{halt}", HALT_LIFTED, halt, content)


def _panel_key(kind: str, work: Work, entry: Entry) -> None:
    paper_again(work, entry, _nth(kind, entry), kind, content={"key": text_of(entry, "key").removeprefix(KEY_PREFIX)})


def _nth(kind: str, entry: Entry) -> str:
    """An id for a paper that the entry has none for; those of one moment stay in their order."""
    return f"{kind}-{entry.index:016}"


def text_of(entry: Entry, name: str) -> str:
    return str(entry.facts[name])


#: What is done for each kind of entry that is a paper, or leaves one.
PAPERS: Final[Mapping[str, Callable[[Work, Entry], object]]] = MappingProxyType(
    {
        "listed.asked": partial(_listed, ASKED),
        "listed.answered": partial(_listed, ANSWERED),
        "listed.refused": partial(_listed, REFUSED),
        "watch.started": _started,
        "stop-rule.crossed": _stopped,
        "officers.counted": _worked,
        "leaflets.counted": partial(_again, LEAFLETS, lambda entry: ("", numbers_of(entry, "leaflets"))),
        "signs.checked": partial(_again, SIGNS_CHECKED, check_again),
        "evaluation.filed": partial(_again, EVALUATION, evaluation_again),
        "trial.reported": partial(_again, TRIAL_REPORT, report_again),
        "conditions.answered": partial(_again, CONDITIONS_PAPER, answers_again),
        "alert.disclosed": _disclosed,
        "alert.seen": _seen,
        "alert.slip": _slip,
        "paper.filed": _filed,
        "halt.placed": _halted,
        "halt.lifted": _halt_lifted,
        "complaint.filed": _complained,
        "complaint.answered": _complaint_answered,
        "panel.key-proposed": partial(_panel_key, PROPOSED),
        "panel.key-pinned": partial(_panel_key, PINNED),
    }
)
