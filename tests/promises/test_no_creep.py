"""Small, targeted and rare: what would let deployments spread is refused by the rule's name, or told before signing.

Everything goes through the real services, as people do it: entered, signed, watched, reviewed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from overt.bootstrap import calibration
from overt.domain.retention import DAY_US
from overt.domain.roles import Role
from overt.domain.time import SECOND_US
from overt.services.case import Case
from overt.services.drafts import ListRefused
from overt.services.ending import cancel
from overt.services.leaflets import count_leaflets
from overt.services.officers import count_officers
from overt.services.planning import Planned, plan_deployment
from overt.services.reviews import answer_finding, file_finding, file_review
from overt.settings import load_settings
from overt.store.records import DeploymentRow, DeploymentState
from tests.authority import SECOND, SECOND_KEY
from tests.deployed import POLICIES, REVIEW, SQUARE, Site, breaks

GAP_H = {"uk-police": 16, "eu-ai-act": 24, "consent": 8}
STARTS = {"uk-police": 4, "eu-ai-act": 4, "consent": 31}
CAMERAS = {"uk-police": 8, "eu-ai-act": 4, "consent": 4}
HOURS = {"uk-police": 8.0, "eu-ai-act": 8.0, "consent": 12.0}
BUDGET = {"uk-police": 1000.0, "eu-ai-act": 250.0, "consent": 600.0}
REFUSED = {
    "uk-police": {"assembly", "worship"},
    "eu-ai-act": {"assembly", "worship", "clinic"},
    "consent": {"assembly", "worship", "clinic", "court", "school"},
}
PLACES = ("assembly", "worship", "clinic", "court", "school")
FINDING_DAYS = {"uk-police": 56, "eu-ai-act": 56, "consent": 92}
REVIEW_DAYS = {"uk-police": 14, "eu-ai-act": 14, "consent": 31}
#: A street further east that touches the first, and one 3 km away.
TOUCHING = tuple((latitude, longitude + 0.0006) for latitude, longitude in SQUARE)
ELSEWHERE = tuple((latitude + 0.03, longitude) for latitude, longitude in SQUARE)
NEW = ("eve", "dan")


@pytest.fixture(params=POLICIES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """Under each of the three policies."""
    return Site(tmp_path, request.param)


def of(site: Site) -> str:
    assert site.policy is not None
    return site.policy


def text(number: int) -> dict[str, str]:
    """A necessity text of its own."""
    return {"necessity": " ".join(f"word{number}-{at}" for at in range(20))}


def done(site: Site, name: str, number: int = 0) -> Case:
    """A deployment that was signed, watched, ended, reviewed and counted, all within an hour."""
    people = (f"a{number}", f"b{number}")
    case = site.case(name, hours=1, opens_h=0, people=people, authority=text(number))
    row, officer = site.over(case, site.authorised(case)), site.by(Role.AUTHORISING_OFFICER)
    count_leaflets(site.installation, officer, row, 40)
    count_officers(site.installation, officer, row, officers=4, minutes=60)
    return case


def plan(site: Site, case: Case, row: DeploymentRow) -> Planned:
    return plan_deployment(
        site.installation, site.by(Role.AUTHORISING_OFFICER), case, row, calibration(load_settings())
    )


def station_road(site: Site, opens_h: float, area: Sequence[tuple[float, float]]) -> Case:
    return site.case("Station Road", opens_h=opens_h, hours=1, people=NEW, authority=text(1), area=area)


@pytest.mark.parametrize("area", [SQUARE, TOUCHING], ids=["the same", "touching"])
def test_a_renamed_place_counts_together_and_rests_between_two_deployments(
    site: Site, area: Sequence[tuple[float, float]]
) -> None:
    done(site, "High Street")
    rests_h = 1 + GAP_H[of(site)] - 2  # it closes an hour after it opened; that it ended sooner gives no more time
    site.clock.advance(2 * 3600 - 1)
    with breaks("min_gap_h"):
        site.enter(station_road(site, rests_h - 0.1, area))
    site.enter(station_road(site, rests_h, area))
    elsewhere = site.case("Far Road", opens_h=1, hours=1, people=NEW, authority=text(1), area=ELSEWHERE)
    site.authorised(elsewhere)


def test_two_that_were_entered_apart_cannot_both_be_signed(site: Site) -> None:
    first = site.case(opens_h=0, hours=1, people=("ann", "bob"))
    second = site.case("Station Road", opens_h=5, hours=1, people=NEW, authority=text(1))
    one, other = site.enter(first), site.enter(second)
    site.sign(first, one)
    with breaks("min_gap_h"):
        site.sign(second, other)
    cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), one, "the other is better", first.policy.retention())
    assert site.sign(second, other).state is DeploymentState.AUTHORISED


@pytest.mark.parametrize("policy", ["uk-police", "eu-ai-act"])
def test_no_more_starts_within_thirty_days_under_any_name(tmp_path: Path, policy: str) -> None:
    site = Site(tmp_path, policy)
    began_us = site.clock.now_us()
    for number in range(STARTS[policy]):
        done(site, f"name {number}", number)
        site.clock.advance(6 * 24 * 3600)
    with breaks("max_starts_30d"):
        site.enter(site.case("one more", people=NEW, opens_h=0, hours=1, authority=text(9)))
    site.enter(site.case("elsewhere", people=NEW, opens_h=0, hours=1, authority=text(9), area=ELSEWHERE))
    site.clock.set_now(began_us + 30 * DAY_US + SECOND_US)
    site.authorised(site.case("a month later", people=NEW, opens_h=0, hours=1, authority=text(9)))


def test_no_more_cameras_or_hours_than_a_small_deployment_has(site: Site) -> None:
    cameras, hours = CAMERAS[of(site)], HOURS[of(site)]
    site.enter(site.case("as many", cameras=cameras, hours=hours))
    with breaks("max_cameras"):
        site.enter(site.case("one more", cameras=cameras + 1))
    with breaks("max_hours"):
        site.enter(site.case("longer", hours=hours + 0.01))


def test_cameras_without_a_serial_of_their_own_are_refused(site: Site) -> None:
    case = site.case(cameras=2)
    twins = tuple(replace(camera, serial="A1") for camera in case.deployment.cameras)
    with breaks("place_terms"):
        site.enter(replace(case, deployment=replace(case.deployment, cameras=twins)))


def test_the_coverage_of_thirty_days_is_shown_to_the_officer_and_has_a_budget(tmp_path: Path) -> None:
    """8 cameras for 8 hours over 3.3 hectares are 211 camera-hours x hectares; five of those are too many."""
    site = Site(tmp_path, "uk-police")
    large = [(51.5, 0.0), (51.5, 0.0024), (51.502, 0.0024), (51.502, 0.0)]
    heavy = 8 * 8 * 3.7

    def asked(number: int) -> Case:
        area = [(latitude + number * 0.05, longitude) for latitude, longitude in large]
        return site.case(
            f"place {number}",
            area=area,
            cameras=8,
            hours=8,
            opens_h=0,
            people=(f"a{number}", f"b{number}"),
            authority=text(number),
        )

    for number in range(4):
        case = asked(number)
        row = site.enter(case)
        planned = plan(site, case, row)
        assert planned.coverage == pytest.approx(heavy * (number + 1), rel=0.01)
        assert planned.coverage_max == BUDGET["uk-police"]
        assert f"Coverage: {planned.coverage:.4g} camera-hours x hectares within 30 days" in "\n".join(
            planned.sentences()
        )
        site.over(case, site.sign(case, row))
    with breaks("coverage_max_camera_h_ha_30d"):
        site.enter(asked(4))


def lacking(site: Site, key: str) -> Case:
    return site.case(why_here=None) if key == "why_here" else site.case(why_now=None)


@pytest.mark.parametrize("key", ["why_here", "why_now"])
@pytest.mark.parametrize("policy", ["uk-police", "eu-ai-act"])
def test_why_here_and_why_now_are_said(tmp_path: Path, policy: str, key: str) -> None:
    site = Site(tmp_path, policy)
    with breaks("place_terms"):
        site.enter(lacking(site, key))


@pytest.mark.parametrize("kind", PLACES)
def test_near_places_where_people_must_not_be_watched_it_is_refused_or_two_officers_answer_for_it(
    site: Site, kind: str
) -> None:
    nearby: list[Mapping[str, str]] = [{"kind": kind, "what": "next door"}]
    case = site.case(nearby=nearby, authority={"second_officer": SECOND})
    if kind in REFUSED[of(site)]:
        with breaks("refused_places"):
            site.enter(case)
        return
    row = site.enter(case)
    assert site.sign(case, row).state is DeploymentState.NEW
    with breaks("second_officer_places"):
        site.sign(case, row, by=site.second, key=SECOND_KEY, reasons=" ")
    done = site.sign(case, row, by=site.second, key=SECOND_KEY, reasons="Its door is on the other side.")
    assert done.state is DeploymentState.AUTHORISED


@pytest.mark.parametrize("policy", ["uk-police", "eu-ai-act"])
def test_a_list_is_made_for_its_deployment(tmp_path: Path, policy: str) -> None:
    site = Site(tmp_path, policy)
    done(site, "High Street", number=0)
    site.clock.advance(3600)
    reused = site.case("Market", people=("a0", "b0", "eve"), opens_h=0, authority=text(1), area=ELSEWHERE)
    with breaks("list_reuse_max"):
        site.enter(reused)
    half = site.case("Square", people=("a0", "eve"), opens_h=0, authority=text(1), area=ELSEWHERE)
    row = site.enter(half)
    planned = plan(site, half, row)
    assert planned.list_reused == 0.5
    assert "Of the list 50% and of the reasons 0% stood in the last deployments too." in planned.sentences()
    site.sign(half, row)


def test_reasons_are_written_for_their_deployment(site: Site) -> None:
    first = done(site, "High Street", number=0)
    site.clock.advance(3600)
    copied = {"necessity": first.deployment.authority.necessity.upper() + "!"}
    with breaks("text_reuse_max"):
        site.enter(site.case("Market", people=NEW, opens_h=0, authority=copied, area=ELSEWHERE))
    site.enter(site.case("Market", people=NEW, opens_h=0, authority=text(1), area=ELSEWHERE))


@pytest.mark.parametrize("policy", ["uk-police", "eu-ai-act"])
def test_a_list_is_for_what_is_serious(tmp_path: Path, policy: str) -> None:
    site = Site(tmp_path, policy)
    case = site.case(people=("ann", "bob", "cat"))
    assert case.deployment.folder is not None
    table = case.deployment.folder / "entries.csv"
    lines = table.read_text().splitlines()
    lines[1:3] = [line.replace(",yes,", ",no,") for line in lines[1:3]]
    table.write_text("\n".join(lines) + "\n")
    with pytest.raises(ListRefused, match=r"1 of 3 entries are serious.*\(min_serious_share\)"):
        site.enter(case)


def test_the_next_waits_for_the_review_of_the_last_one(site: Site) -> None:
    first = site.case(hours=1, opens_h=0)
    ended = site.over(first, site.authorised(first), reviewed=False)
    site.clock.advance(3600)
    case = site.case("Market", people=NEW, opens_h=0, authority=text(1), area=ELSEWHERE)
    with breaks("review_due_days"):
        site.enter(case)
    file_review(site.installation, site.by(Role.AUTHORISING_OFFICER), ended, REVIEW)
    site.authorised(case)


def test_one_that_was_entered_before_the_last_was_over_is_not_signed_before_its_review(site: Site) -> None:
    case = site.case("Market", people=NEW, opens_h=2, authority=text(1), area=ELSEWHERE)
    row = site.enter(case)
    first = site.case(hours=1, opens_h=0)
    ended = site.over(first, site.authorised(first), reviewed=False)
    with breaks("review_due_days"):
        site.sign(case, row)
    planned = plan(site, case, row)
    assert [one.rule for one in planned.broken] == ["review_due_days"]
    file_review(site.installation, site.by(Role.AUTHORISING_OFFICER), ended, REVIEW)
    site.sign(case, row)


def test_a_finding_that_nobody_answered_in_time_blocks_the_next_one(site: Site) -> None:
    found = file_finding(site.installation, site.by(Role.AUDITOR), "Signs", "The signs could not be read.")
    site.clock.advance(FINDING_DAYS[of(site)] * 24 * 3600)
    site.enter(site.case("in time", opens_h=0, hours=1, people=("ann", "bob")))
    site.clock.advance(2)
    case = site.case(opens_h=0, hours=1, people=NEW)
    with breaks("findings_due_days"):
        site.enter(case)
    officer = site.by(Role.AUTHORISING_OFFICER)
    answer_finding(site.installation, officer, found.id, "There are new signs at every corner.")
    site.authorised(case)
