"""The heartbeat: before each start the promises that can be looked at on this machine are looked at.

Rules:
  - what is due is erased first; then every check is made, also after one that failed (`overt.services.self_checks`);
  - the result goes into the ledger, and is kept with the deployment, before anything else happens;
  - where a promise is not kept nothing starts, and it is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from overt.domain.errors import Refused
from overt.engine.limits import swap_is_on
from overt.ledger.entry import Fact
from overt.services.acting import file_paper
from overt.services.retain import retain
from overt.services.self_checks import CHECKS, Check, Scene
from overt.store.ports import Work
from overt.store.records import PaperRow

HEARTBEAT: Final = "heartbeat"


class PromiseBroken(Refused):
    """A promise is not kept on this machine now."""

    code = "promise-broken"


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """What was found. `broken`: name of each check that failed, and why in a sentence."""

    at_us: int
    looked_at: int
    broken: tuple[tuple[str, str], ...]

    @property
    def kept(self) -> int:
        return self.looked_at - len(self.broken)

    def says(self) -> str:
        """`21 of 21 promises kept`"""
        return f"{self.kept} of {self.looked_at} promises kept"


def beat(scene: Scene, checks: Sequence[Check] = CHECKS) -> Heartbeat:
    """Looks at everything, and keeps what was found.

    Raises:
        PromiseBroken: a promise is not kept; it is in the ledger then, too.
        ClockJumped, StoreUnavailable, KeyringUnavailable: what is due could not be erased.
    """
    installation = scene.installation
    retain(installation)
    looked = [(check.name, check.look(scene)) for check in checks]
    found = Heartbeat(
        at_us=installation.clock.now_us(),
        looked_at=len(looked),
        broken=tuple((name, why) for name, why in looked if why),
    )

    def change(work: Work) -> None:
        content: dict[str, object] = {"looked_at": found.looked_at, "broken": [list(one) for one in found.broken]}
        file_paper(installation, work, HEARTBEAT, by=scene.by.id, row=scene.row, content=content)
        facts: dict[str, Fact] = {
            "kept": found.kept,
            "looked_at": found.looked_at,
            "broken": tuple(name for name, _ in found.broken),
            "memory_locked": scene.memory_locked,
            "swap": swap_is_on(),
        }
        work.record("promises.checked", actor=scene.by.id, deployment=scene.row.id, facts=facts)

    installation.store.write(change)
    if found.broken:
        lines = "".join(f"\n  - {why} ({name})" for name, why in found.broken)
        raise PromiseBroken(
            f"Nothing starts: only {found.says()} on this machine.{lines}\n", "Mend it, and start again."
        )
    return found


def heartbeat_of(paper: PaperRow) -> Heartbeat:
    """What was kept of one."""
    content = paper.content
    looked_at, broken = content["looked_at"], content["broken"]
    assert isinstance(looked_at, int)
    assert isinstance(broken, list)
    return Heartbeat(
        at_us=paper.at_us, looked_at=looked_at, broken=tuple((str(name), str(why)) for name, why in broken)
    )
