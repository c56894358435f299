"""Counts of one moment."""

from __future__ import annotations

from pathlib import Path

from overt.domain.roles import Role
from overt.services.now import now
from tests.deployed import Site, quick_passphrases
from tests.unit.console.api.seeded import decided, raise_alert, token_for
from tests.unit.services.keeping import entered, raised


def test_what_waits_and_how_long(tmp_path: Path) -> None:
    site = Site(tmp_path, policy="uk-police")
    with quick_passphrases():
        row = site.authorised(site.case())
    assert now(site.installation).alerts_waiting == 0
    assert now(site.installation).oldest_waiting_us == 0
    first = raise_alert(site.installation, row, 1)
    site.clock.advance(30)
    raise_alert(site.installation, row, 2)
    token_for(site.installation, site.by(Role.OPERATOR))
    stands = now(site.installation)
    assert (stands.alerts_waiting, stands.oldest_waiting_us, stands.sessions) == (2, 30_000_000, 1)
    assert stands.entries == site.installation.store.read(lambda work: work.ledger.size())
    decided(site, row, first, Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
    assert now(site.installation).alerts_waiting == 1


def test_what_was_entered_without_a_policy_waits_for_nobody(tmp_path: Path) -> None:
    site = Site(tmp_path)
    entered(site.installation)
    raised(site.installation)
    assert now(site.installation).alerts_waiting == 0
