"""Signs stand and can be read, or nothing is scanned: P28, with real camera processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.before_start import Sign
from overt.domain.roles import Role
from overt.ledger.entry import Entry
from overt.services import standing
from overt.services.sign_checks import check_signs
from overt.store.records import DeploymentRow
from tests.deployed import Site, breaks
from tests.preparing import SIGNS
from tests.promises.test_the_oversight_can_hold import A_SECOND_S, Street, clip, watched

__all__ = ["clip"]
pytestmark = pytest.mark.long
HOURLY: dict[str, object] = {"signs_checked_every_min": 60, "signs_before_zone_m": 10}
LEFT_S = 3


@contextmanager
def signposted(clip: Path, folder: Path) -> Iterator[Street]:
    """A deployment that runs before somebody who stands there, under a policy that wants the signs looked at hourly."""
    with watched(clip, folder, rules=HOURLY, ready=looked) as street:
        yield street


def looked(site: Site, row: DeploymentRow) -> None:
    """Somebody looked, an hour less some seconds ago."""
    check_signs(site.installation, site.by(Role.ENGAGEMENT_OFFICER), row, SIGNS)
    site.clock.advance(3600 - LEFT_S)


def passes(site: Site, seconds: int) -> None:
    """In steps, so that a run that looks four times a second sees each."""
    for _ in range(seconds):
        site.clock.advance(1)
        time.sleep(0.3)


def reasons(site: Site) -> list[tuple[str, object]]:
    """Each pause and each going on, with its reason."""
    rows = site.installation.store.read(lambda work: list(work.ledger.rows()))
    entries = [Entry.from_bytes(row.entry) for row in rows]
    return [(one.kind, one.facts["reason"]) for one in entries if one.kind.startswith("scanning.")]


def test_p28_a_lapse_pauses_scanning_within_a_second_until_somebody_has_looked(clip: Path, tmp_path: Path) -> None:
    with signposted(clip, tmp_path) as street:
        site = street.site
        passes(site, LEFT_S)
        assert not street.becomes(0, 1.0), "the hour is not over yet"
        passes(site, 1)
        assert street.becomes(0, A_SECOND_S)
        searched = street.seen.searched
        assert not street.becomes(1, 2.0)
        assert street.seen.searched == searched
        check_signs(site.installation, site.by(Role.OPERATOR), street.row)
        assert street.becomes(1, A_SECOND_S + 1)
        assert street.seen.searched > searched
        assert reasons(site) == [
            ("scanning.paused", "signs-not-checked"),
            ("scanning.resumed", "signs-not-checked"),
        ]


def test_p28_a_sign_that_is_down_pauses_at_once(clip: Path, tmp_path: Path) -> None:
    with signposted(clip, tmp_path) as street:
        site, by = street.site, street.site.by(Role.ENGAGEMENT_OFFICER)
        passes(site, 1)
        check_signs(site.installation, by, street.row, [replace(SIGNS[0], stands=False, readable=False)])
        assert street.becomes(0, A_SECOND_S)
        passes(site, 1)
        check_signs(site.installation, by, street.row)
        assert street.becomes(1, A_SECOND_S + 1)
        assert ("scanning.paused", "sign-down") in reasons(site)


def test_where_nobody_looks_for_a_lapse_this_test_notices(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: a run that does not ask."""
    monkeypatch.setattr(standing, "lapse_of", lambda work, row, rules, now_us: None)
    with signposted(clip, tmp_path) as street:
        passes(street.site, LEFT_S + 3)
        assert not street.becomes(0, A_SECOND_S)


@pytest.mark.parametrize(
    "signs",
    [
        (),
        (Sign(where="in the square", stands=True, readable=True, before_zone_m=9),),
        (Sign(where="in the square", stands=True, readable=False, before_zone_m=20),),
        (SIGNS[0], Sign(where="in the square", stands=False, readable=False, before_zone_m=20)),
    ],
    ids=["nobody looked", "too near", "covered", "down"],
)
def test_p28_nothing_starts_before_signs_stand_where_they_can_be_read_first(
    tmp_path: Path, signs: tuple[Sign, ...]
) -> None:
    site = Site(tmp_path)
    case = site.case(rules=HOURLY)
    row = site.authorised(case)
    if signs:
        check_signs(site.installation, site.by(Role.OPERATOR), row, signs)
    with breaks("signs_before_zone_m"):
        site.begin(case, row)
