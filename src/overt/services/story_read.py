"""Reading the ledger for what it says of one deployment: what each kind of entry adds to the story.

Rules:
  - a use whose end nobody recorded keeps none: its process was lost, or it goes on;
  - of an alert nothing is told by its words, its case or the key of whoever got it; these are digests and stay where
    they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from overt.domain.time import to_text
from overt.ledger.entry import LIMIT, Entry
from overt.services.acting import ACTED
from overt.services.story import Story, Told, base_of, facts_of, time_of
from overt.services.story_rests import FILED, note_filed, note_named

#: The deployments that the bytes of an entry name.
_NAMED: Final = re.compile(rb'"deployment":"[^"]*"')
_COUNTED: Final = ("frames", "faces_detected", "faces_seen", "lost", "green_ms", "amber_ms", "red_ms")


def stories_of(entries: Iterable[bytes], deployments: Collection[str]) -> dict[str, Story]:
    """Reads a whole ledger once, for what it says of each of these deployments.

    Args:
        entries: as they were hashed, in order, from the first.

    Raises:
        BadEntry: one is none.
    """
    filed: dict[tuple[str, str], Told] = {}  # the same for all of them
    stories = {deployment: Story(deployment=deployment, filed=filed) for deployment in deployments}
    owns = {f'"deployment":"{deployment}"'.encode() for deployment in deployments}
    for index, data in enumerate(entries):
        if owns.intersection(_NAMED.findall(data)) or any(kind in data for kind in _BESIDES):
            entry = Entry.from_bytes(data)
            if entry.kind in FILED:
                note_filed(filed, index, entry)
            for story in stories.values():
                if entry.deployment in (story.deployment, None):
                    _tell(story, index, entry)
    for story in stories.values():
        lasted = [one for one in story.halts if not one["all"] or not one["lifted"] or one["lifted"] > story.began]
        story.halts, besides = lasted, {one["entry"] for one in lasted}
        story.entries = sorted({*story.entries, *besides})
    return stories


def story_of(entries: Iterable[bytes], deployment: str) -> Story:
    """As `stories_of`, of one deployment."""
    return stories_of(entries, [deployment])[deployment]


def _tell(story: Story, index: int, entry: Entry) -> None:
    own = entry.deployment == story.deployment
    reads = (_READS if own else _ALL).get(entry.kind)
    counts = own if reads is None else reads(story, index, entry)
    if counts:
        story.entries.append(index)
        story.kinds[entry.kind] += 1


# What is about the deployment


def _made(story: Story, index: int, entry: Entry) -> bool:
    closes_us = entry.facts.get("closes_us")
    story.closes_us = closes_us if isinstance(closes_us, int) else LIMIT
    story.made = {**base_of(index, entry), **facts_of(entry, "opens_us", "closes_us")}
    story.made |= {"opens": time_of(entry, "opens_us"), "closes": time_of(entry, "closes_us")}
    return True


def _signed(story: Story, index: int, entry: Entry) -> bool:
    story.signatures.append({**base_of(index, entry), "second": entry.kind == "authority.seconded", **facts_of(entry)})
    return True


def _ended(story: Story, index: int, entry: Entry) -> bool:
    story.ended.append({**base_of(index, entry), "how": entry.kind, **facts_of(entry)})
    return True


def _sealed(story: Story, index: int, entry: Entry) -> bool:
    until = time_of(entry, "erase_after_us")
    known = {"withdrawn": 0, "erasing": None, "erased": None, "reason": None, "erasure": None, "residue_cleared": None}
    story.lists.append({**base_of(index, entry), **facts_of(entry, "erase_after_us"), "erase_after": until, **known})
    story.draft = str(entry.facts.get("draft", ""))
    return True


def _list_erasing(story: Story, _: int, entry: Entry) -> bool:
    for one in story.lists:
        if one["list"] == entry.facts["list"]:
            one |= {"erasing": to_text(entry.at_us), **facts_of(entry, "list")}
    return True


def _list_erased(story: Story, _: int, entry: Entry) -> bool:
    for one in story.lists:
        if one["list"] == entry.facts["list"]:
            one |= {"erased": to_text(entry.at_us)}
    return True


def _withdrawn(story: Story, _: int, entry: Entry) -> bool:
    for one in story.lists:
        one["withdrawn"] += one["list"] == str(entry.facts["entry"]).partition("/")[0]
    return True


def _began(story: Story, index: int, entry: Entry) -> bool:
    use = {"began": to_text(entry.at_us), "by": entry.actor, "entry": index, **facts_of(entry)}
    story.uses.append({**use, "ended": None, "stopped": None, "stopped_by": None, "alerts": None, "counts": None})
    note_named(story, entry)
    return True


def _stopped(story: Story, _: int, entry: Entry) -> bool:
    if story.uses:
        story.uses[-1] |= {"stopped": to_text(entry.at_us), "stopped_by": entry.actor}
    return True


def _over(story: Story, _: int, entry: Entry) -> bool:
    if story.uses and story.uses[-1]["ended"] is None:
        counts = {name: entry.facts[name] for name in _COUNTED if name in entry.facts}
        story.uses[-1] |= {"ended": to_text(entry.at_us), "alerts": entry.facts.get("alerts"), "counts": counts}
    return True


def _paused(story: Story, index: int, entry: Entry) -> bool:
    story.pauses.append({**base_of(index, entry), "reason": entry.facts.get("reason"), "until": None})
    return True


def _resumed(story: Story, _: int, entry: Entry) -> bool:
    for one in story.pauses[-1:]:
        one["until"] = one["until"] or to_text(entry.at_us)
    return True


def _checked(story: Story, index: int, entry: Entry) -> bool:
    story.heartbeats.append({**base_of(index, entry), **facts_of(entry)})
    return True


def _paper(story: Story, index: int, entry: Entry) -> bool:
    facts = facts_of(entry)
    if facts["kind"] == ACTED:
        story.people.append({"account": entry.actor, "role": facts["about"], "since": to_text(entry.at_us)})
    else:
        story.papers.append({**base_of(index, entry), **facts})
    return True


def _minute(story: Story, _: int, entry: Entry) -> bool:
    camera = entry.facts["camera"]
    assert isinstance(camera, int)
    counts = story.minutes.setdefault(camera, Counter())
    for name in _COUNTED:
        number = entry.facts.get(name, 0)
        counts[name] += number if isinstance(number, int) else 0
    return True


def _copied(story: Story, index: int, entry: Entry) -> bool:
    story.copies.append({**base_of(index, entry), **facts_of(entry)})
    return True


def _complained(story: Story, index: int, entry: Entry) -> bool:
    facts = facts_of(entry, "due_us", "received_us", "reference")
    times = {"received": time_of(entry, "received_us"), "due": time_of(entry, "due_us")}
    answer = {"answered": None, "answered_by": None, "result": None}
    story.complaints.append({**base_of(index, entry), "alert": None, **facts, **times, **answer})
    return True


def _answered(story: Story, _: int, entry: Entry) -> bool:
    for one in story.complaints:
        if one["complaint"] == entry.facts["complaint"]:
            one |= {"answered": to_text(entry.at_us), "answered_by": entry.actor, "result": entry.facts["result"]}
    return True


# What is about its alerts


def _raised(story: Story, index: int, entry: Entry) -> bool:
    lists: Told = {"verdicts": [], "outcomes": [], "disclosures": [], "holds": []}
    alert = {"alert": entry.facts["alert"], "raised": to_text(entry.at_us), "entry": index}
    numbers = facts_of(entry, "alert", "committed")
    story.alerts[str(entry.facts["alert"])] = {
        **alert,
        **numbers,
        **lists,
        "undecided": None,
        "slips": 0,
        "erasing": None,
        "erased": None,
        "erasure": None,
        "erased_because": None,
        "residue_cleared": None,
    }
    return True


def _of_alert(change: Callable[[Told, int, Entry], None]) -> Callable[[Story, int, Entry], bool]:
    """A reading of what is about an alert that was raised; of a decoy that was told nothing is kept."""

    def read(story: Story, index: int, entry: Entry) -> bool:
        alert = story.alerts.get(str(entry.facts["alert"]))
        if alert is not None:
            change(alert, index, entry)
        return True

    return read


def _decided(alert: Told, index: int, entry: Entry) -> None:
    facts = facts_of(entry, "alert", "words", "erase_after_us")
    alert["verdicts"].append({**base_of(index, entry), **facts})


def _undecided(alert: Told, _: int, entry: Entry) -> None:
    alert["undecided"] = to_text(entry.at_us)


def _concluded(alert: Told, index: int, entry: Entry) -> None:
    alert["outcomes"].append({**base_of(index, entry), **facts_of(entry, "alert")})


def _disclosed(alert: Told, index: int, entry: Entry) -> None:
    alert["disclosures"].append({**base_of(index, entry), **facts_of(entry, "alert", "why", "case", "sealed_to")})


def _held(alert: Told, index: int, entry: Entry) -> None:
    until = time_of(entry, "expires_us")
    facts = facts_of(entry, "alert", "case", "expires_us")
    alert["holds"].append({**base_of(index, entry), **facts, "until": until, "lifted": None})


def _lifted(alert: Told, _: int, entry: Entry) -> None:
    for hold in alert["holds"]:
        if hold["hold"] == entry.facts["hold"]:
            hold["lifted"] = to_text(entry.at_us)


def _slip(alert: Told, _: int, entry: Entry) -> None:
    alert["slips"] = entry.facts["slips"]


def _alert_erasing(alert: Told, _: int, entry: Entry) -> None:
    reason, erasure = entry.facts["reason"], entry.facts["erasure"]
    alert |= {"erasing": to_text(entry.at_us), "erased_because": reason, "erasure": erasure}


def _alert_erased(alert: Told, _: int, entry: Entry) -> None:
    alert["erased"] = to_text(entry.at_us)


def _shown(story: Story, _: int, entry: Entry) -> bool:
    story.looks["purpose"][str(entry.facts.get("purpose", "decide"))] += 1
    story.looks["account"][entry.actor] += 1
    return True


def _decoy(story: Story, _: int, entry: Entry) -> bool:
    story.alerts.pop(str(entry.facts["alert"]), None)
    story.decoys += 1
    return True


def _dropped(story: Story, _: int, __: Entry) -> bool:
    story.dropped += 1
    return True


# What is about no deployment, or about all


def _halted(story: Story, index: int, entry: Entry) -> bool:
    story.halts.append({**base_of(index, entry), **facts_of(entry, "why"), "lifted": None, "lifted_by": None})
    return True


def _halted_all(story: Story, index: int, entry: Entry) -> bool:
    """One that was placed before, and still stands when the deployment is entered, holds it, too."""
    if not story.made or story.lasts(entry):
        _halted(story, index, entry)
    return False


def _let_go(story: Story, _: int, entry: Entry) -> bool:
    found = [one for one in story.halts if one["halt"] == entry.facts["halt"]]
    for one in found:
        one |= {"lifted": to_text(entry.at_us), "lifted_by": entry.actor}
    return bool(found and story.made)


def _clock(story: Story, index: int, entry: Entry) -> bool:
    if not story.lasts(entry):
        return False
    story.clock.append({**base_of(index, entry), "what": entry.kind, **facts_of(entry)})
    return True


def _drafted(story: Story, _: int, entry: Entry) -> bool:
    draft = story.drafts.setdefault(str(entry.facts["draft"]), {"approved": 0})
    draft |= {name: entry.facts[name] for name in ("entries", "refused") if name in entry.facts}
    return False


def _approved(story: Story, _: int, entry: Entry) -> bool:
    story.drafts.setdefault(str(entry.facts["draft"]), {"approved": 0})["approved"] += 1
    return False


def _cleared(story: Story, _: int, entry: Entry) -> bool:
    erasures = entry.facts["erasures"]
    cleared = set(erasures if isinstance(erasures, tuple) else ())
    found = [one for one in (*story.lists, *story.alerts.values()) if one["erasure"] in cleared and one["erasure"]]
    for one in found:
        one["residue_cleared"] = to_text(entry.at_us)
    return bool(found)


def _also(story: Story, index: int, entry: Entry) -> bool:
    story.also.append({**base_of(index, entry), "what": entry.kind, **facts_of(entry)})
    return True


_Reads = Mapping[str, Callable[[Story, int, Entry], bool]]
_READS: Final[_Reads] = {
    "deployment.made": _made,
    "authority.signed": _signed,
    "authority.seconded": _signed,
    "authority.cancelled": _ended,
    "deployment.ended": _ended,
    "stop-rule.crossed": _ended,
    "list.sealed": _sealed,
    "list.erasing": _list_erasing,
    "list.erased": _list_erased,
    "entry.withdrawn": _withdrawn,
    "watch.started": _began,
    "watch.stopped": _stopped,
    "watch.ended": _over,
    "scanning.paused": _paused,
    "scanning.resumed": _resumed,
    "promises.checked": _checked,
    "paper.filed": _paper,
    "figures.minute": _minute,
    "record.made": _copied,
    "complaint.filed": _complained,
    "complaint.answered": _answered,
    "alert.raised": _raised,
    "alert.decided": _of_alert(_decided),
    "alert.undecided": _of_alert(_undecided),
    "alert.concluded": _of_alert(_concluded),
    "alert.disclosed": _of_alert(_disclosed),
    "alert.slip": _of_alert(_slip),
    "alert.erasing": _of_alert(_alert_erasing),
    "alert.erased": _of_alert(_alert_erased),
    "alert.shown": _shown,
    "alert.dropped": _dropped,
    "hold.placed": _of_alert(_held),
    "hold.lifted": _of_alert(_lifted),
    "decoy.told": _decoy,
    "halt.placed": _halted,
    "halt.lifted": _let_go,
    **dict.fromkeys(
        (
            *("signs.checked", "leaflets.counted", "officers.counted", "notices.made", "deployment.planned"),
            *("trial.reported", "forgetting.shown", "register.version", "alert.seen", "camera.tried", "list.opened"),
            *("list.committed", "listed.asked", "listed.answered", "listed.refused", "listed.erasing", "listed.erased"),
        ),
        _also,
    ),
}
_ALL: Final[_Reads] = {
    "halt.placed": _halted_all,
    "halt.lifted": _let_go,
    "clock.jumped": _clock,
    "clock.confirmed": _clock,
    "restored": _clock,
    "list.imported": _drafted,
    "entry.approved": _approved,
    "residue.cleared": _cleared,
}
_BESIDES: Final = tuple(f'"kind":"{kind}"'.encode() for kind in (*_ALL, *FILED))
