"""What the pages of the ledger say of an entry: its kind and its facts in words, beside the recorded codes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overt.console.api.kinds import KINDS
from overt.console.render import lasting, when
from overt.domain.words import spaced
from overt.ledger.entry import SYSTEM, Fact
from overt.services.reading import Line

#: Groups of kinds, by what stands before the point.
GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alert": "Alerts",
        "hold": "Holds as evidence",
        "authority": "Authorities",
        "deployment": "Deployments",
        "watch": "Watching",
        "scanning": "Pauses of scanning",
        "stop-rule": "The stop rule",
        "figures": "Figures by the minute",
        "forgetting": "Forget-me tests",
        "list": "Watch lists",
        "draft": "Lists in the making",
        "listed": "Answers to: was I on a list?",
        "entry": "Entries of lists",
        "paper": "Papers",
        "signs": "Looks at the signs",
        "evaluation": "Measurements",
        "trial": "Trials",
        "conditions": "The five conditions",
        "leaflets": "Leaflets",
        "account": "Accounts",
        "session": "Sessions",
        "sessions": "Sessions that ran out",
        "register": "The public register",
        "residue": "Residue of what was erased",
        "clock": "The clock",
        "backup": "Backups",
        "complaint": "Complaints",
        "record": "Copies of records",
        "installation": "The installation",
    }
)
#: Kinds whose code alone says too little.
SAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account.approved": "an account was approved",
        "account.changed": "an account was changed",
        "account.closed": "an account was closed",
        "account.made": "an account was made",
        "account.proposed": "an account was proposed",
        "alert.concluded": "what came of a possible match",
        "alert.decided": "a verdict on a possible match",
        "alert.disclosed": "the record of a possible match was handed over",
        "alert.dropped": "nothing was kept of a possible match, since its entry was withdrawn",
        "alert.erased": "the pictures of a possible match were erased",
        "alert.erasing": "the pictures of a possible match are being erased",
        "alert.raised": "a possible match",
        "alert.shown": "somebody was shown the pictures of a possible match",
        "alert.undecided": "nobody decided about a possible match in time",
        "authority.cancelled": "an authority was taken back",
        "authority.seconded": "a second officer signed an authority",
        "authority.signed": "an officer signed an authority",
        "backup.made": "a copy of the store was made",
        "camera.tried": "a camera was tried",
        "clock.confirmed": "the clock was confirmed",
        "clock.jumped": "the clock jumped",
        "complaint.answered": "a complaint was answered",
        "complaint.filed": "a complaint was filed",
        "deployment.ended": "a deployment ended",
        "deployment.made": "a deployment was entered",
        "deployment.planned": "a deployment was planned",
        "draft.erased": "a list in the making was erased",
        "draft.erasing": "a list in the making is being erased",
        "draft.opened": "a list in the making was opened",
        "draft.withdrawn": "an entry of a list in the making was withdrawn",
        "entry.approved": "an entry of a list was approved",
        "entry.withdrawn": "an entry of a list was withdrawn",
        "figures.minute": "counts of one camera and minute",
        "forgetting.shown": "a forget-me test before a camera",
        "hold.lifted": "a hold was lifted",
        "hold.placed": "a possible match was held as evidence",
        "installation.made": "the installation was made",
        "installation.policy": "the installation took its policy",
        "list.committed": "the ledger committed to who is on a list",
        "list.erased": "a watch list was erased",
        "list.erasing": "a watch list is being erased",
        "list.imported": "a list was imported",
        "list.opened": "a watch list was opened",
        "list.sealed": "a watch list was sealed",
        "list.shown": "pictures of a list in the making were shown",
        "listed.answered": "somebody was told whether they were listed",
        "listed.asked": "somebody asked whether they were listed",
        "listed.erased": "the key for answers about a list was erased",
        "listed.erasing": "the key for answers about a list is being erased",
        "listed.refused": "somebody was not told whether they were listed",
        "notices.made": "signs and leaflets were made",
        "paper.filed": "a paper was filed",
        "register.published": "the public register was published",
        "register.version": "a deployment's public document changed",
        "record.made": "a copy of a record was made",
        "leaflets.counted": "leaflets were counted",
        "signs.checked": "somebody looked at the signs",
        "evaluation.filed": "a measurement of the model pack was filed",
        "trial.reported": "the report of a trial was filed",
        "conditions.answered": "the oversight answered the five conditions",
        "rehearsal.run": "a rehearsal was run",
        "residue.cleared": "the database's files were cleared of what was erased",
        "restored": "the store was put back from a copy",
        "scanning.paused": "scanning paused",
        "scanning.resumed": "scanning went on",
        "session.ended": "a session ended",
        "session.opened": "somebody signed in",
        "session.refused": "a sign-in was refused",
        "sessions.expired": "sessions ran out",
        "stop-rule.crossed": "the stop rule ended a deployment",
        "watch.ended": "watching ended",
        "watch.started": "watching began",
    }
)
_RATIO: Final = 10_000


def kind_words(kind: str) -> str:
    """A kind as a person would say it; one without words of its own by its code."""
    return SAYS.get(kind, spaced(kind).replace(".", " "))


def kinds_by_group() -> list[tuple[str, str, list[str]]]:
    """Code and words of each group, and its kinds, for a list to choose from."""
    of: dict[str, list[str]] = {}
    for kind in KINDS:
        of.setdefault(kind.partition(".")[0], []).append(kind)
    return [(group, GROUPS.get(group, spaced(group)), kinds) for group, kinds in sorted(of.items())]


def actor_words(actor: str, names: Mapping[str, str]) -> str:
    """Who acted. `names`: of accounts, by their ids."""
    return "Overt itself" if actor == SYSTEM else names.get(actor, actor)


def facts_in_short(line: Line, names: Mapping[str, str]) -> str:
    """Some facts of an entry on one line, without ids and digests."""
    told = [
        f"{name_words(name)} {fact_words(name, fact, names)}"
        for name, fact in line.facts.items()
        if not _long(fact) and not _says_nothing(name, fact)
    ]
    return ", ".join(told[:6])


def name_words(name: str) -> str:
    return name.removesuffix("_us").removesuffix("_e4").removesuffix("_ms").replace("_", " ")


def fact_words(name: str, fact: Fact, names: Mapping[str, str]) -> str:
    """A fact as a person would say it."""
    if isinstance(fact, tuple):
        return ", ".join(fact_words(name, one, names) for one in fact) or "none"
    if fact is None or fact == "":
        return "none"
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, int):
        return _number(name, fact)
    return names.get(fact, fact)


def _number(name: str, number: int) -> str:
    if name.endswith("_us") and number > 0:
        return when(number)
    if name.endswith("_e4"):
        return f"{number / _RATIO:.4f}"
    if name.endswith("_ms"):
        return f"{number} ms" if abs(number) < 1000 else lasting(abs(number) * 1000)
    return f"{number:,}"


def _says_nothing(name: str, fact: Fact) -> bool:
    return fact is None or fact == "" or (type(fact) is int and fact == 0 and name != "camera")


def _long(fact: Fact) -> bool:
    """Whether it is an id, a digest or a list: it stands in the entry's own page."""
    return isinstance(fact, tuple) or (isinstance(fact, str) and len(fact) > 24)
