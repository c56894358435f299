"""Whether people keep up with a running deployment, and whether it does what was promised.

Rules:
  - too many open alerts pause scanning until no more than half as many wait, decided or counted as not decided in time
    (`overt.services.undecided`);
  - where the false alerts contradict the promised rate, by the sequential stop rule, the deployment ends for good.
"""

from __future__ import annotations

from overt.domain.deciding import pauses
from overt.domain.time import SECOND_US
from overt.ledger.entry import Fact
from overt.services.ending import end_by_itself
from overt.services.figures import RULE, stop_rule_counts
from overt.services.installation import Installation
from overt.services.standing import Under
from overt.services.undecided import open_alerts

#: The stop rule reads everything that the deployment has, so it is not asked at every look.
STOP_RULE_US = 10 * SECOND_US


class KeepingUp:
    """Asked several times a second while a deployment runs."""

    def __init__(self, installation: Installation, under: Under) -> None:
        self._installation, self._under = installation, under
        self._deployment, self._rules = under.row.id, under.policy.rules
        self._asked_us: int | None = None
        self._why = ""

    def pause(self, paused: bool) -> str:
        """Why scanning has to pause; empty: it has not."""
        waiting = open_alerts(self._installation, self._deployment, self._rules)
        if not pauses(waiting, self._rules, paused=paused):
            return ""
        return f"{waiting} alerts wait for a decision, and the policy allows {self._rules.open_alerts_max}."

    def stop(self) -> str:
        """Why scanning has to stop for good; empty: it has not."""
        boot_us = self._installation.clock.boot_us()
        if self._rules.stop_rule and (self._asked_us is None or boot_us >= self._asked_us + STOP_RULE_US):
            self._asked_us = boot_us
            false, passages = stop_rule_counts(self._installation, self._deployment)
            if RULE.crossed(false, passages):
                facts: dict[str, Fact] = {"false": false, "passages": passages}
                end_by_itself(self._installation, self._under.row, self._under.policy.retention(), facts)
                self._why = (
                    f"{false} alerts in {passages:,} passages were not confirmed right: that is more than 1 in 1,000 "
                    "would give, so the deployment has ended, and does not begin again."
                )
        return self._why
