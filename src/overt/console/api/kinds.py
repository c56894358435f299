"""Which entries of the ledger are told as events, to whom, and which of their facts.

Rules:
  - closed by default: a kind that is not in the table is told to nobody, a fact that is not named is left out;
  - no score and no threshold is told, nor whom an entry stands for, nor what one of two people said: whoever is still
    to decide could be among those who listen. The ledger's own entries have them, for those who check;
  - no digest of free text is told: nobody needs it who has not the text;
  - nothing that tells a decoy from an alert before it is over: how many possible matches a camera had is left out, and
    what an alert commits to; of no decoy at all is told whoever goes up to people in the street (`feed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from overt.domain.figures import Counts
from overt.domain.roles import Action, Role, roles_for
from overt.domain.time import to_text
from overt.ledger.entry import Entry, Fact
from overt.services.at_alerts import KNOWS
from overt.services.desk import count_facts


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Who is told of a kind of entry, and what. `may`: one of these actions is enough."""

    may: tuple[Action, ...]
    facts: tuple[str, ...]


_CHECKS = Action.LEDGER_EXPORT
_COUNTS = tuple(name for name in count_facts(Counts()) if name != "possible_matches")
_ERASURE = ("erasure", "reason")


def _told(*facts: str, to: tuple[Action, ...] = (Action.FIGURES_SEE,)) -> Kind:
    return Kind(may=to, facts=facts)


_ALERTS = (*KNOWS, _CHECKS)
_LISTS = (Action.LIST_IMPORT, Action.LIST_APPROVE, _CHECKS)
_DECOYS = (Action.DECOY_KEEP, _CHECKS)
_COMPLAINTS = (Action.COMPLAINT_SEE, _CHECKS)
_ACCOUNTS = (Action.ACCOUNT_SEE, _CHECKS)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "account.approved": _told("account", to=_ACCOUNTS),
        "account.changed": _told("account", "what", to=_ACCOUNTS),
        "account.closed": _told("account", to=_ACCOUNTS),
        "account.made": _told("account", "roles", to=_ACCOUNTS),
        "account.proposed": _told("account", "what", "roles", to=_ACCOUNTS),
        "alert.concluded": _told(
            *("alert", "outcome", "means", "result", "held_min", "followed", "served_aim"), to=_ALERTS
        ),
        "alert.decided": _told("alert", "decision", "needed", "standing", "erase_after_us", to=_ALERTS),
        "alert.disclosed": _told("alert", "disclosure", "to", "pictures", to=_ALERTS),
        "alert.dropped": _told("camera", "reason", to=_ALERTS),
        "alert.erased": _told("alert", *_ERASURE, to=_ALERTS),
        "alert.erasing": _told("alert", *_ERASURE, to=_ALERTS),
        "alert.raised": _told("alert", "camera", "passage", "shots", "latency_ms", to=_ALERTS),
        "alert.seen": _told("alert", to=_ALERTS),
        "alert.shown": _told("alert", "purpose", to=_ALERTS),
        "alert.slip": _told("alert", "slips", to=_ALERTS),
        "alert.undecided": _told("alert", to=_ALERTS),
        "authority.cancelled": _told(),
        "authority.seconded": _told("authority", "opens_us", "closes_us"),
        "authority.signed": _told("authority", "opens_us", "closes_us"),
        "backup.made": _told(),
        "clock.confirmed": _told("moved_ms"),
        "clock.jumped": _told("moved_ms"),
        "complaint.answered": _told("complaint", "result", to=_COMPLAINTS),
        "complaint.filed": _told("complaint", "alert", "kinds", "received_us", "due_us", to=_COMPLAINTS),
        "deployment.ended": _told(),
        "deployment.made": _told("opens_us", "closes_us", "cameras", "kind"),
        "deployment.planned": _told("passages", "false_alerts_low", "false_alerts_high"),
        "camera.tried": _told(),
        "decoy.told": _told("alert", "ended", "same", "right", "verdicts", to=_ALERTS),
        "decoys.erased": _told("decoys", *_ERASURE, to=_DECOYS),
        "decoys.erasing": _told("decoys", *_ERASURE, to=_DECOYS),
        "decoys.imported": _told("set", "pairs", "same", "erase_after_us", to=_DECOYS),
        "draft.erased": _told("draft", *_ERASURE, to=_LISTS),
        "draft.erasing": _told("draft", *_ERASURE, to=_LISTS),
        "draft.opened": _told("draft", "entries", to=_LISTS),
        "draft.withdrawn": _told("draft", "position", to=_LISTS),
        "entry.approved": _told("draft", "position", to=_LISTS),
        "entry.withdrawn": _told("entry", *_ERASURE, to=_LISTS),
        "figures.minute": _told("camera", "minute_us", *_COUNTS),
        "forgetting.shown": _told("camera", "came", "slots", "most", "left", "before_ms", "after_ms"),
        "halt.lifted": _told("halt", "all"),
        "halt.placed": _told("halt", "all"),
        "hold.lifted": _told("alert", "hold", to=_ALERTS),
        "hold.placed": _told("alert", "hold", "expires_us", to=_ALERTS),
        "installation.made": _told(),
        "installation.policy": _told("policy", "digest"),
        "officers.counted": _told("officers", "minutes"),
        "list.committed": _told("list", "outputs", "answer_until_us"),
        "leaflets.counted": _told("leaflets"),
        "signs.checked": _told("signs", "stand", "readable", "nearest_m"),
        "evaluation.filed": _told("kind", "made_us"),
        "trial.reported": _told("walks"),
        "conditions.answered": _told("met", "asked"),
        "list.erased": _told("list", *_ERASURE),
        "list.erasing": _told("list", *_ERASURE),
        "list.imported": _told("draft", "entries", "refused", to=_LISTS),
        "list.opened": _told("list", "entries"),
        "list.shown": _told("draft", "positions", to=_LISTS),
        "list.sealed": _told("list", "entries", "templates", "erase_after_us"),
        "listed.answered": _told("request", to=(_CHECKS,)),
        "listed.asked": _told("request", to=(_CHECKS,)),
        "listed.erased": _told("listed", *_ERASURE),
        "listed.erasing": _told("listed", *_ERASURE),
        "listed.refused": _told("request", "exemption", to=(_CHECKS,)),
        "panel.countersigned": _told("size", "drawn_up_us"),
        "panel.key-pinned": _told("key"),
        "panel.key-proposed": _told("key"),
        "notices.made": _told("language", "files"),
        "paper.filed": _told("paper", "kind"),
        "promises.checked": _told("kept", "looked_at", "broken"),
        "register.published": _told("deployments", "changed"),
        "register.version": _told("version"),
        "record.made": _told("record", "whom", to=(_CHECKS, Action.NOTIFICATION_MAKE)),
        "rehearsal.run": _told(),
        "residue.cleared": _told("erasures"),
        "restored": _told("copied_entries", "added_entries"),
        "scanning.paused": _told("reason"),
        "scanning.resumed": _told("reason"),
        "session.ended": _told("account", to=_ACCOUNTS),
        "session.opened": _told("account", to=_ACCOUNTS),
        "session.refused": _told("account", "why", to=_ACCOUNTS),
        "sessions.expired": _told("sessions"),
        "stop-rule.crossed": _told("false", "passages"),
        "watch.ended": _told("alerts", *_COUNTS),
        "watch.started": _told("list", "entries", "cameras"),
        "watch.stopped": _told(),
    }
)


def kinds_for(roles: Iterable[Role]) -> frozenset[str]:
    """The kinds of which these roles are told."""
    have = tuple(roles)
    return frozenset(kind for kind, one in KINDS.items() if any(roles_for(have, action) for action in one.may))


def event_of(entry: Entry) -> dict[str, object]:
    """What is told of an entry, for JSON; its kind is in the table."""
    facts: dict[str, Fact] = {name: entry.facts[name] for name in KINDS[entry.kind].facts if name in entry.facts}
    return {
        "index": entry.index,
        "kind": entry.kind,
        "at": to_text(entry.at_us),
        "deployment": entry.deployment,
        "facts": facts,
    }
