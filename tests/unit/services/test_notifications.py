"""What authorities are told of a use and of a year: what was authorised and the figures, and nobody in it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from overt.domain.roles import NotAllowed, Role
from overt.services.deployment_record import Whom
from overt.services.notifications import NoAuthority, make_notification, make_year
from overt.services.reading import WithheldUntilDecided
from overt.store.ports import Work
from tests.deployed import Site
from tests.people import person
from tests.recorded import SECRETS, Recorded, recorded


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return recorded(tmp_path_factory.mktemp("notified"))


def test_a_use_is_told_with_its_references_and_figures_and_nobody_in_it(made: Recorded) -> None:
    document = make_notification(made.installation, made.by(Role.AUTHORISING_OFFICER), made.row, Whom.DATA_PROTECTION)
    told, text = document.told, document.content.decode()
    assert (told["for"], told["deployment"]["id"]) == ("data-protection", made.row.id)
    assert told["authority"]["legal_basis"] == "the law"
    assert (told["authority"]["signatures"], told["authority"]["urgent_since"]) == (1, None)
    assert {one["kind"] for one in told["documents"]} == {"dpia", "appropriate-policy", "equality-impact", "bias-test"}
    assert len(told["uses"]) == 2
    assert told["complaints"] == {"filed": 1, "answered": 1, "upheld": 1}
    assert told["not_known"]
    accounts = made.installation.store.read(lambda work: work.accounts.all())
    for secret in (*SECRETS, *(one.id for one in accounts), *(one.name for one in accounts), made.right, "seen here"):
        assert secret not in text, secret
    assert made.ledger()[-1].decode().count(document.digest) == 1


def test_the_oversight_is_no_authority_and_who_may_not_makes_none(made: Recorded, tmp_path: Path) -> None:
    officer = made.by(Role.AUTHORISING_OFFICER)
    for make in (
        partial(make_notification, made.installation, officer, made.row, Whom.OVERSIGHT),
        partial(make_year, made.installation, officer, 2026, Whom.OVERSIGHT),
    ):
        with pytest.raises(NoAuthority):
            make()
    with pytest.raises(NotAllowed):
        make_year(made.installation, made.by(Role.OPERATOR), 2026, Whom.DATA_PROTECTION)
    going = recorded(tmp_path, over=False)
    both = person(going.installation, "both", Role.AUTHORISING_OFFICER, Role.ENGAGEMENT_OFFICER)
    with pytest.raises(WithheldUntilDecided):
        make_notification(going.installation, both, going.row, Whom.MARKET_SURVEILLANCE)


def test_a_year_has_every_deployment_that_opened_in_it_and_their_sums(made: Recorded) -> None:
    auditor = made.by(Role.AUDITOR)
    one = make_year(made.installation, auditor, 2026, Whom.MARKET_SURVEILLANCE).told
    assert one["counts"] == {
        "deployments": 1,
        "signed": 1,
        "used": 1,
        "taken_back": 0,
        "stopped_by_rule": 0,
        "urgent": 0,
        "with_outside_authorisation": 0,
        "complaints": 1,
    }
    assert [each["figures"]["deployment"] for each in one["together"]] == [made.row.id]
    empty = make_year(made.installation, auditor, 2025, Whom.MARKET_SURVEILLANCE).told
    assert (empty["uses"], empty["together"], empty["counts"]["deployments"]) == ([], [], 0)
    site: Site = made.site
    site.enter(site.case("Station", opens_h=10, area=((51.6, 0.0), (51.6, 0.0006), (51.6004, 0.0006), (51.6004, 0.0))))
    two = make_year(made.installation, auditor, 2026, Whom.MARKET_SURVEILLANCE).told
    assert (two["counts"]["deployments"], two["counts"]["signed"], two["counts"]["used"]) == (2, 1, 1)
    assert [each["figures"]["deployments"] for each in two["together"]] == [2]


def test_one_of_an_earlier_version_is_told_as_far_as_it_is_kept(made: Recorded) -> None:
    from tests.stores import deployment

    row = deployment(0x57)

    def change(work: Work) -> None:
        work.deployments.add(row)
        work.record("deployment.made", deployment=row.id, facts={"digest": row.digest})

    made.installation.store.write(change)
    told = make_notification(made.installation, made.by(Role.AUDITOR), row, Whom.DATA_PROTECTION).told
    assert (told["model"], told["area_ha"], told["authority"]["urgent_hours"]) == (None, None, None)
    assert told["authority"]["legal_basis"] is None
