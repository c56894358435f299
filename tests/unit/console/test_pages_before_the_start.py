"""Signs, the notice and the five conditions, on their pages and on the phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.console.live_state import state_of
from overt.console.runs import Run
from overt.domain.roles import Role
from overt.services.deployments import known_row
from overt.services.sign_checks import check_signs, signs_now
from overt.store.records import LeaseRow
from tests.deployed import Site
from tests.preparing import FIVE, SIGNS
from tests.unit.console.deploying import Console
from tests.unit.console.test_deployment_pages import authorised, people_know

OPERATOR, ENGAGEMENT, OVERSIGHT, OFFICER = (
    *(Role.OPERATOR, Role.ENGAGEMENT_OFFICER),
    *(Role.OVERSIGHT, Role.AUTHORISING_OFFICER),
)


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)


def test_signs_are_looked_at_in_one_tap_once_they_are_known(console: Console) -> None:
    at = authorised(console)
    operator = console.as_(OPERATOR)
    assert "Nobody has looked yet" in operator.get(f"{at}/signs").text
    refused = operator.post(f"{at}/signs", {"same": "true"})
    assert refused.status_code == 422
    assert "not known which there are" in refused.text
    for wrong in ({"where": "here", "metres": "ten", "state": "well"}, {"where": "here", "metres": "9", "state": "x"}):
        typed = operator.post(f"{at}/signs", wrong)
        assert typed.status_code == 422
        assert 'value="here"' in typed.text
    people_know(console, at)
    page = operator.get(f"{at}/signs").text
    assert "I have looked: it stands and can be read" in page
    assert "by the station" in page
    assert operator.led(f"{at}/signs", {"same": "true"}) == f"{at}?done=signs"
    assert "the one there is stands and can be read" in operator.get(at).text


def test_a_sign_that_is_down_is_told_on_every_page_about_it(console: Console) -> None:
    at = authorised(console)
    people_know(console, at)
    console.clock.advance(1)
    officer = console.as_(ENGAGEMENT)
    phone = f"/phone/signs/{at.rpartition('/')[2]}"
    assert "I have looked" in officer.get(phone).text
    down = {"where": "by the station", "metres": "20", "state": "down"}
    assert officer.led(phone, down) == "/phone?done=signs"
    page = officer.get(phone).text
    assert "Nothing is scanned." in page
    assert "does not stand" in page
    assert "not all stand and can be read" in console.as_(OPERATOR).get(at).text
    console.clock.advance(1)
    assert officer.led(phone, {"same": "true"}) == "/phone?done=signs"


def test_the_phone_tells_by_when_somebody_has_to_look(console: Console) -> None:
    at = authorised(console)
    people_know(console, at)
    officer = console.as_(ENGAGEMENT)
    assert officer.get("/phone/now").json()["signs"] == []
    row = known_row(console.installation, at.rpartition("/")[2])
    now_us = console.clock.now_us()
    lease = LeaseRow(
        deployment=row.id, holder="x", machine="m", taken_us=now_us, renewed_us=now_us, ends_us=now_us + 60_000_000
    )
    console.installation.store.write(lambda work: work.leases.take(lease, now_us))
    told = officer.get("/phone/now").json()["signs"]
    assert told == [
        {"deployment": row.id, "name": row.name, "due": "2026-11-22T10:00:00.000Z", "down": False, "every": 60}
    ]
    assert f"/phone/signs/{row.id}" in officer.get("/phone").text


def test_the_notice_is_told_and_put_right(console: Console) -> None:
    at = authorised(console)
    officer = console.as_(OFFICER)
    assert "at least 24 hours before the start" in officer.get(f"{at}/notice").text
    for wrong in ({"where": "", "since": ""}, {"where": "x", "since": "soon"}, {"where": "x", "since": "2199-01-01"}):
        assert officer.post(f"{at}/notice", wrong).status_code == 422
    assert officer.led(f"{at}/notice", {"where": "on the board", "since": ""}) == f"{at}?done=notice"
    assert "on the board" in officer.get(f"{at}/notice").text
    assert "The notice is published since" in officer.get(at).text


def test_the_oversight_answers_the_five_conditions(console: Console) -> None:
    oversight, operator = console.as_(OVERSIGHT), console.as_(OPERATOR)
    assert "Somebody of the oversight answers" in operator.get("/oversight/conditions").text
    typed = dict.fromkeys(FIVE, "yes") | {f"{name}_words": one.words for name, one in FIVE.items()}
    refused = oversight.post("/oversight/conditions", {**typed, "bias_words": "no"})
    assert refused.status_code == 422
    assert "needs an answer" in refused.text
    console.clock.advance(1)
    assert oversight.led("/oversight/conditions", {**typed, "bias": "no"}) == "/oversight/conditions?done=conditions"
    page = operator.get("/oversight/conditions").text
    assert "Not all five are met" in page
    assert "1 earlier answer stays in the record" in page


def test_leaflets_are_counted_on_the_figures_page(console: Console) -> None:
    at = authorised(console)
    figures = f"/figures/{at.rpartition('/')[2]}"
    officer = console.as_(OFFICER)
    assert officer.post(f"{figures}/leaflets", {"leaflets": "many"}).status_code == 422
    assert officer.post(f"{figures}/leaflets", {"leaflets": "12"}).status_code == 422, "it was never watched"


HOURLY: dict[str, object] = {"signs_checked_every_min": 60}


def test_the_live_page_counts_down_and_says_why_nothing_is_scanned(tmp_path: Path) -> None:
    site = Site(tmp_path)
    row = site.authorised(site.case(rules=HOURLY))
    run = Run(deployment=row.id, name=row.name, cameras=("north",), closes_us=row.closes_us, began_us=row.opens_us)
    told = state_of(run, site.clock.now_us(), None, signs_now(site.installation, row.id))
    assert told["signs"].startswith("Nothing is scanned. Nobody has looked at the signs yet")
    assert told["signs_due"] == ""
    check_signs(site.installation, site.by(OPERATOR), row, SIGNS)
    told = state_of(run, site.clock.now_us(), None, signs_now(site.installation, row.id))
    assert (told["signs"], told["signs_due"]) == ("", "2026-11-22T10:00:00.000Z")
    assert told["signs_left"] == "1 hour"
    run.over = True
    site.clock.advance(7200)
    assert state_of(run, site.clock.now_us(), None, signs_now(site.installation, row.id))["signs"] == ""
