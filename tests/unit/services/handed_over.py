"""Alerts whose pictures can be handed over, for tests of how they leave."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from overt.domain.decision import Recipient
from overt.domain.policy import Rules
from overt.ledger.entry import Fact
from overt.services.desk import alert_facts
from overt.services.disclosing import Case, HandedOver, hand_over
from overt.services.installation import Installation
from overt.vault.recipient import public_text
from tests.unit.services.keeping import ANN, BEN, entered, raised
from tests.unit.services.policed import with_pictures
from tests.unit.services.verdicts import ONE

KEY: Final = X25519PrivateKey.from_private_bytes(bytes(range(7, 39)))
PUBLIC: Final = public_text(KEY.public_key())
WHY: Final = "Order of the Crown Court, T2026/117"
CASE: Final = "R v N, CR/2026/17"


def evidential(installation: Installation, *, waits: bool = False) -> str:
    """An alert with pictures and its entry in the ledger; its id. Nobody decided in time, unless it still waits."""
    alert = with_pictures(installation, raised(installation))
    row = installation.store.read(lambda work: work.alerts.get(alert))
    assert row is not None
    facts: dict[str, Fact] = alert_facts(row, 0)
    deployment = entered(installation).id
    installation.store.write(lambda work: work.record("alert.raised", deployment=deployment, facts=facts))
    return alert if waits else over(installation, alert)


def over(installation: Installation, alert: str) -> str:
    """As if the time for a verdict were over; its id."""
    now_us = installation.clock.now_us()
    installation.store.write(lambda work: work.alerts.count_undecided(alert, now_us))
    return alert


def handed(
    installation: Installation,
    alert: str,
    *,
    to: Recipient = Recipient.COURT,
    why: str = WHY,
    case: str = CASE,
    key: str = PUBLIC,
    account: str = ANN,
    seconded_by: str = BEN,
    rules: Rules = ONE,
) -> HandedOver:
    asked = Case(to=to, why=why, case=case, key=key)
    return hand_over(installation, alert, asked, account=account, seconded_by=seconded_by, rules=rules)
