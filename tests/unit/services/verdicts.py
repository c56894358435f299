"""People who look and decide, for tests of what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from overt.domain.decision import Verdict
from overt.domain.policy import Rules
from overt.domain.retention import RetentionRules
from overt.domain.time import SECOND_US
from overt.services.adjudicate import decide
from overt.services.installation import Installation
from overt.services.policies import load_policy
from overt.store.records import DecisionRow, LookRow

TWO: Final[Rules] = replace(load_policy("uk-police").rules, two_verdicts=True, blind_first=True)
ONE: Final[Rules] = replace(TWO, two_verdicts=False)
WORDS: Final = "The ears and the chin are those of the picture."


def looked(installation: Installation, alert: str, account: str) -> None:
    """As if the account had been shown the pictures a minute ago."""
    row = LookRow(alert=alert, account=account, shown_us=installation.clock.now_us() - 60 * SECOND_US)
    installation.store.write(lambda work: work.alerts.show(row))


def decided(
    installation: Installation,
    alert: str,
    verdict: Verdict,
    *,
    account: str,
    rules: RetentionRules,
    policy: Rules = ONE,
    words: str = WORDS,
) -> DecisionRow:
    """A verdict of somebody who has looked; one is enough, unless another policy is given."""
    looked(installation, alert, account)
    return decide(installation, alert, verdict, words=words, account=account, rules=policy, retention=rules)
