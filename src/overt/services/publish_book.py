"""What the ledger says of every deployment in public, beside the figures: when, by what right, what became of it.

Rules:
  - nothing but entries is read, one after the other, so an export of the ledger gives the same book as the store;
  - each thing keeps the index of its entry, for whoever wants it proved;
  - what an earlier version did not record is left empty; an entry that lacks what it should say is refused and named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from overt.domain.composition import read_composition
from overt.domain.decision import Followed, Result
from overt.domain.tally import OPERATION
from overt.evaluation.intervals import Figure
from overt.ledger.entry import Entry
from overt.services.before_start import NOTICE
from overt.services.deployments import DOCUMENT
from overt.services.publish_told import (
    Came,
    Made,
    MadePapers,
    Noted,
    Planned,
    Published,
    Receipt,
    RestsOn,
    Sealed,
    Signature,
    Spell,
    Told,
    Trial,
    Version,
)
from overt.services.recount import Recounting, entry_by_entry
from overt.services.terms import ANSWER, FINDING, REVIEW


class Book:
    """What the ledger says, entry by entry."""

    def __init__(self) -> None:
        self.counting = Recounting()
        self.deployments: dict[str, Told] = {}
        self.halts: list[Spell] = []  # of every deployment
        self.findings: dict[str, Spell] = {}
        self.publications: list[Published] = []
        self.size = 0
        self._halts: dict[str, Spell] = {}
        self._answers: dict[str, Noted] = {}  # to the five conditions, by their papers
        self._receipts: dict[str, Receipt] = {}
        self._documents: dict[str, list[tuple[str, Noted]]] = {}  # filed just before their deployment is entered

    def add(self, entry: Entry) -> None:
        """Raises BadExport where an entry lacks what it should say, or a deployment was never entered."""
        self.counting.add(entry)
        self.size = entry.index + 1
        reads, of_all = _OF_ONE.get(entry.kind), _OF_ALL.get(entry.kind)
        with entry_by_entry(entry):
            if of_all is not None:
                of_all(self, entry)
            if reads is not None and entry.deployment is not None:
                reads(self._told(entry.deployment), entry)

    def _told(self, deployment: str) -> Told:
        if deployment not in self.deployments:
            raise ValueError("the deployment was never entered")
        return self.deployments[deployment]

    def _made(self, entry: Entry) -> None:
        facts = entry.facts
        self.deployments[str(entry.deployment)] = Told(
            made=Made(
                noted=Noted.of(entry),
                digest=str(facts["digest"]),
                kind=str(facts.get("kind", OPERATION)),
                opens_us=_whole(facts.get("opens_us", entry.at_us)),
                closes_us=_whole(facts.get("closes_us", entry.at_us)),
                policy=str(facts.get("policy") or ""),
                policy_digest=str(facts.get("policy_digest", "")),
                said=str(facts.get("said", "")),
                cameras=_whole(facts.get("cameras", 0)),
                at_least=None if "publish_at_least" not in facts else _whole(facts["publish_at_least"]),
            ),
            documents=self._documents.setdefault(str(entry.deployment), []),
        )

    def _halted(self, entry: Entry) -> None:
        spell = self._halts[str(entry.facts["halt"])] = Spell(begun=Noted.of(entry))
        (self.halts if entry.deployment is None else self._told(entry.deployment).halts).append(spell)

    def _halt_lifted(self, entry: Entry) -> None:
        self._halts[str(entry.facts["halt"])].over = Noted.of(entry)

    def _filed(self, entry: Entry) -> None:
        kind, about, noted = entry.facts["kind"], str(entry.facts["about"]), Noted.of(entry)
        if kind == FINDING:
            self.findings[str(entry.facts["paper"])] = Spell(begun=noted)
        elif kind == ANSWER:
            self.findings[about].over = noted
        elif kind == REVIEW and entry.deployment is not None:
            told = self._told(entry.deployment)
            told.review = noted
            told.reviews.append(str(entry.facts["paper"]))
        elif kind == NOTICE and entry.deployment is not None:
            self._told(entry.deployment).street.notice = noted
        elif kind == DOCUMENT and entry.deployment is not None:
            self._documents.setdefault(entry.deployment, []).append((about, noted))

    def _answered(self, entry: Entry) -> None:
        self._answers[str(entry.facts["paper"])] = Noted.of(entry)

    def _started(self, entry: Entry) -> None:
        """What the last start names counts."""
        if entry.deployment is None:
            return
        facts, told = entry.facts, self._told(entry.deployment)
        told.started = told.started or Noted.of(entry)
        told.threshold = _whole(facts["threshold_e4"]) / 10_000
        evaluations = facts.get("evaluations", ())
        told.rests_on = RestsOn(
            evaluations=tuple(map(str, evaluations)) if isinstance(evaluations, tuple) else (),
            trial=str(facts.get("trial_report", "")),
            conditions=self._answers.get(str(facts.get("conditions"))),
        )

    def _erasing(self, entry: Entry) -> None:
        if entry.deployment is None:
            return
        erasure = str(entry.facts["erasure"])
        what = "list" if entry.kind == "list.erasing" else "answers"
        receipt = Receipt(what=what, reason=str(entry.facts["reason"]), begun=Noted.of(entry))
        self._receipts[erasure] = self._told(entry.deployment).receipts[erasure] = receipt

    def _erased(self, entry: Entry) -> None:
        if entry.deployment is not None:
            self._receipts[str(entry.facts["erasure"])].key = Noted.of(entry)

    def _cleared(self, entry: Entry) -> None:
        erasures = entry.facts["erasures"]
        for one in erasures if isinstance(erasures, tuple) else ():
            if str(one) in self._receipts:
                self._receipts[str(one)].residue = Noted.of(entry)

    def _published(self, entry: Entry) -> None:
        self.publications.append(published_of(entry))


def _signed(told: Told, entry: Entry) -> None:
    facts = entry.facts
    told.signatures.append(
        Signature(
            noted=Noted.of(entry),
            rank=str(facts.get("rank", "")),
            statement=str(facts["statement"]),
            key=str(facts["key"]),
        )
    )


def _cancelled(told: Told, entry: Entry) -> None:
    """What was over already was cancelled only so that it is erased at once."""
    if told.cancelled is None and told.ended is None:
        told.cancelled = Noted.of(entry)


def _ended(told: Told, entry: Entry) -> None:
    told.ended = Noted.of(entry)


def _sealed(told: Told, entry: Entry) -> None:
    facts = entry.facts
    told.sealed = Sealed(
        noted=Noted.of(entry),
        list=str(facts["list"]),
        entries=_whole(facts["entries"]),
        templates=_whole(facts["templates"]),
        tables=read_composition(facts),
    )


def _planned(told: Told, entry: Entry) -> None:
    """The plan that was signed is the last one before the first signature."""
    if told.signatures:
        return
    facts, extrapolated = entry.facts, entry.facts.get("extrapolated")
    told.plan = Planned(
        noted=Noted.of(entry),
        threshold=_whole(facts["threshold_e4"]) / 10_000,
        extrapolated=extrapolated if isinstance(extrapolated, bool) else None,
        passages=_whole(facts["passages"]),
        low=_whole(facts["false_alerts_low"]),
        high=_whole(facts["false_alerts_high"]),
        expected=_e4(facts.get("expected_e4")),
        chance=_e4(facts.get("chance_e4")),
    )


def _reported(told: Told, entry: Entry) -> None:
    facts, limits = entry.facts, _e4(entry.facts.get("limits_e4"))
    found = None
    if limits:
        low, high = limits
        found = Figure(num=_whole(facts["found"]), den=_whole(facts["of"]), low=low, high=high)
    told.trial = Trial(noted=Noted.of(entry), digest=str(facts["sha256"]), walks=_whole(facts["walks"]), found=found)


def _came(told: Told, entry: Entry) -> None:
    facts = entry.facts
    told.came.append(
        Came(
            noted=Noted.of(entry),
            alert=str(facts["alert"]),
            result=Result(str(facts["result"])),
            followed=Followed(str(facts["followed"])),
            served_aim=facts["served_aim"] is True,
        )
    )


def _paused(told: Told, entry: Entry) -> None:
    told.pauses.append(Spell(begun=Noted.of(entry), reason=str(entry.facts["reason"])))


def _resumed(told: Told, entry: Entry) -> None:
    if told.pauses and told.pauses[-1].over is None:
        told.pauses[-1].over = Noted.of(entry)


def _stopped(told: Told, entry: Entry) -> None:
    told.stopped = Noted.of(entry), _whole(entry.facts["false"]), _whole(entry.facts["passages"])


def _held(told: Told, entry: Entry) -> None:
    told.holds.append(str(entry.facts["alert"]))


def _alert_erased(told: Told, entry: Entry) -> None:
    told.erased.add(str(entry.facts["alert"]))


def _listed(told: Told, entry: Entry) -> None:
    told.listed[entry.kind] += 1


def _papers_made(told: Told, entry: Entry) -> None:
    facts = entry.facts
    names, digests = facts["files"], facts["digests"]
    if not isinstance(names, tuple) or not isinstance(digests, tuple) or len(names) != len(digests):
        raise ValueError("the files and their digests do not belong together")
    files = {str(name): str(digest) for name, digest in zip(names, digests, strict=True)}
    told.street.papers.append(MadePapers(noted=Noted.of(entry), language=str(facts["language"]), files=files))


def _signs_checked(told: Told, entry: Entry) -> None:
    signs, stand, readable = (_whole(entry.facts[name]) for name in ("signs", "stand", "readable"))
    told.street.looks += 1
    told.street.lapses += min(stand, readable) < signs


def _leaflets(told: Told, entry: Entry) -> None:
    told.street.leaflets = _whole(entry.facts["leaflets"])


def _officers(told: Told, entry: Entry) -> None:
    told.street.officers = _whole(entry.facts["officers"])


def _version(told: Told, entry: Entry) -> None:
    told.versions.append(version_of(entry))


def version_of(entry: Entry) -> Version:
    """What an entry says of a version of a document."""
    return Version(noted=Noted.of(entry), number=_whole(entry.facts["version"]), digest=str(entry.facts["document"]))


def published_of(entry: Entry) -> Published:
    """What an entry says of a publication."""
    facts = entry.facts
    return Published(noted=Noted.of(entry), digest=str(facts["documents"]), deployments=_whole(facts["deployments"]))


def _e4(fact: object) -> tuple[float, ...]:
    return tuple(_whole(each) / 10_000 for each in fact) if isinstance(fact, tuple) else ()


def _whole(fact: object) -> int:
    if type(fact) is not int:
        raise ValueError(f"{fact!r} is no whole number")
    return fact


VERSION_KIND: Final = "register.version"
PUBLISHED_KIND: Final = "register.published"
_OF_ONE: Final[Mapping[str, Callable[[Told, Entry], None]]] = {
    "authority.signed": _signed,
    "authority.seconded": _signed,
    "authority.cancelled": _cancelled,
    "deployment.ended": _ended,
    "deployment.planned": _planned,
    "list.sealed": _sealed,
    "trial.reported": _reported,
    "alert.concluded": _came,
    "scanning.paused": _paused,
    "scanning.resumed": _resumed,
    "stop-rule.crossed": _stopped,
    "hold.placed": _held,
    "alert.erased": _alert_erased,
    "notices.made": _papers_made,
    "signs.checked": _signs_checked,
    "leaflets.counted": _leaflets,
    "officers.counted": _officers,
    **dict.fromkeys(("listed.asked", "listed.answered", "listed.refused"), _listed),
    VERSION_KIND: _version,
}
_OF_ALL: Final[Mapping[str, Callable[[Book, Entry], None]]] = {
    "deployment.made": Book._made,
    "watch.started": Book._started,
    "conditions.answered": Book._answered,
    "halt.placed": Book._halted,
    "halt.lifted": Book._halt_lifted,
    "paper.filed": Book._filed,
    **dict.fromkeys(("list.erasing", "listed.erasing"), Book._erasing),
    **dict.fromkeys(("list.erased", "listed.erased"), Book._erased),
    "residue.cleared": Book._cleared,
    PUBLISHED_KIND: Book._published,
}
