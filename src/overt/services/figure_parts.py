"""A deployment's figures taken apart for people: by camera, by who decided, over time.

Rules:
  - whoever may not know accounts is told of "operator 1", "operator 2", in an order that says nothing;
  - what somebody said counts as theirs only once everybody has decided (`overt.domain.parts`), so nobody who is still
    to decide learns anything from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from overt.domain.figures import percentile
from overt.domain.parts import SOON_MS, Decider, Slice, by_camera, by_decider, over_time
from overt.domain.roles import Action, roles_for
from overt.domain.tally import DeploymentFacts
from overt.domain.time import to_text
from overt.evaluation.intervals import Figure
from overt.services.figures import MINUTE_MS, Figures, precision, verified
from overt.services.installation import Installation
from overt.services.people import Account

SOON_S: Final = SOON_MS // 1000


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody's verdicts. `label`: their name, or "operator 1" for whoever may not know it."""

    label: str
    decider: Decider

    @property
    def accepted(self) -> Figure:
        """Verdicts "worth a look"."""
        return Figure.of(self.decider.worth_a_look, self.decider.verdicts)

    @property
    def soon(self) -> Figure:
        """Verdicts within `SOON_S` seconds of the first look, of those of which it is known."""
        return Figure.of(self.decider.soon, len(self.decider.looked_ms))

    @property
    def time_s(self) -> tuple[float, float, float] | None:
        """Median, shortest and longest time from the first look to the verdict, seconds; None where none is known."""
        looked = self.decider.looked_ms
        middle = percentile(looked, 0.5)
        return None if middle is None else (middle / 1000, looked[0] / 1000, looked[-1] / 1000)

    def record(self) -> dict[str, Any]:
        """The object for JSON."""
        time_s = self.time_s
        return {
            "operator": self.label,
            "verdicts": self.decider.verdicts,
            "worth_a_look": self.decider.worth_a_look,
            "not_the_person": self.decider.not_the_person,
            "cannot_tell": self.decider.cannot_tell,
            "accepted": self.accepted.record(),
            "soon": self.soon.record(),
            "time_s": None if time_s is None else dict(zip(("median", "least", "most"), time_s, strict=True)),
        }


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A deployment taken apart. `cameras`: by their names, which a ledger does not know: there they are numbers."""

    cameras: Mapping[str, Figures]
    people: tuple[Person, ...]
    slices: tuple[Slice, ...]

    def record(self) -> dict[str, Any]:
        """The object for JSON."""
        return {
            "cameras": [_camera_record(name, one) for name, one in self.cameras.items()],
            "operators": [one.record() for one in self.people],
            "slices": [_slice_record(one) for one in self.slices],
        }


def parts_of(facts: DeploymentFacts, labels: Mapping[str, str] | None = None) -> Parts:
    """A deployment taken apart.

    Args:
        labels: what each account is called, by its id; where one is missing, or all are, it is called by its id.
    """
    named = labels or {}
    people = [Person(label=named.get(one.account, one.account), decider=one) for one in by_decider(facts.alerts)]
    return Parts(
        cameras={name: Figures(tally=tally, name=name) for name, tally in by_camera(facts).items()},
        people=tuple(sorted(people, key=lambda one: (len(one.label), one.label))),
        slices=tuple(over_time(facts)),
    )


def labels_for(installation: Installation, by: Account, facts: DeploymentFacts) -> dict[str, str]:
    """What the people who decided are called to this account: by their names where it may know them."""
    accounts = [one.account for one in by_decider(facts.alerts)]
    if roles_for(by.roles, Action.ACCOUNT_SEE):
        found = installation.store.read(lambda work: [work.accounts.get(account) for account in accounts])
        return {row.id: row.name for row in found if row is not None}
    shuffled = sorted(accounts, key=lambda account: installation.digest(f"{facts.deployment}/{account}"))
    return {account: f"operator {number}" for number, account in enumerate(shuffled, 1)}


def _camera_record(name: str, one: Figures) -> dict[str, Any]:
    tally = one.tally
    return {
        "camera": name,
        "faces_detected": tally.faces_detected,
        "faces_seen": tally.faces_seen,
        "alerts": tally.listed.alerts,
        "right": tally.listed.right,
        "wrong": tally.listed.wrong_person + tally.listed.wrong_entry,
        "verified": verified(tally.listed).record(),
        "precision": precision(tally.listed).record(),
        "far_low": one.far_low.record(),
        "far_high": one.far_high.record(),
        "envelope_min": {
            name: round(ms / MINUTE_MS, 2)
            for name, ms in (("green", tally.green_ms), ("amber", tally.amber_ms), ("red", tally.red_ms))
        },
    }


def _slice_record(one: Slice) -> dict[str, Any]:
    return {
        "from": to_text(one.from_us),
        "until": to_text(one.until_us),
        "faces_detected": one.detected,
        "faces_seen": one.searched,
        "right": one.right,
        "wrong": one.wrong,
        "never_verified": one.unverified,
    }
