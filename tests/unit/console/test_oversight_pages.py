"""The oversight's pages: everybody reads them, and the oversight alone holds and lifts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.console.house import House
from overt.console.live_state import state_of
from overt.console.notices import halts_now
from overt.console.runs import Run
from overt.domain.figures import Counts, Health
from overt.domain.forgetting import Examined
from overt.domain.roles import Role
from overt.services.forgetting import Forgetting
from overt.services.halts import standing_halts
from overt.store.errors import StoreUnavailable
from overt.store.records import DeploymentRow
from tests.consoles import console_of, house_in, session_of, visiting
from tests.deployed import Site

WHY, BACK = "Nobody can read the <signs>.", "There are new signs now."


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "home").mkdir(mode=0o700)
    return Site(tmp_path)


@pytest.fixture
def row(site: Site) -> DeploymentRow:
    return site.authorised(site.case())


@pytest.fixture
def house(site: Site) -> House:
    return house_in(site.installation, site.folder)


def read(site: Site, house: House, role: Role, path: str) -> str:
    with visiting(console_of(house), session_of(site.installation, site.by(role))) as browser:
        answer = browser.get(path)
    assert answer.status_code == 200
    return answer.text


def sent(site: Site, house: House, path: str, role: Role = Role.OVERSIGHT, **typed: str) -> tuple[int, str]:
    """The status, and where one is led or what is said."""
    with visiting(console_of(house), session_of(site.installation, site.by(role))) as browser:
        answer = browser.post(path, data=typed)
    return answer.status_code, answer.headers.get("location", answer.text)


@pytest.fixture
def running(site: Site, row: DeploymentRow, house: House) -> Forgetting:
    """Something is watched from here."""
    forgetting = Forgetting(site.installation, row.id, 2)
    house.runs._runs[row.id] = Run(
        deployment=row.id,
        name=row.name,
        cameras=("north", "south"),
        closes_us=row.closes_us,
        began_us=house.now_us,
        forgetting=forgetting,
    )
    return forgetting


def test_what_is_held_is_told_to_everybody_on_every_page_until_it_is_lifted(
    site: Site, row: DeploymentRow, house: House
) -> None:
    assert "Nothing is held" in read(site, house, Role.OVERSIGHT, "/oversight")
    assert sent(site, house, "/oversight/hold", what=row.id, why=WHY) == (303, "/oversight?done=held")
    (halt,) = standing_halts(site.installation)
    for role, path in (
        (Role.OPERATOR, "/alerts"),
        (Role.SUPPLIER, "/deployments"),
        (Role.AUTHORISING_OFFICER, f"/deployments/{row.id}"),
    ):
        said = read(site, house, role, path)
        assert "is held by the oversight" in said
        assert "Nobody can read the &lt;signs&gt;." in said
    start = read(site, house, Role.OPERATOR, f"/deployments/{row.id}")
    assert "It can be started once the oversight lifts its hold." in start
    assert "Held by the oversight" in start
    page = read(site, house, Role.OVERSIGHT, "/oversight")
    assert "Lift this hold" in page
    assert "Lift this hold" not in read(site, house, Role.AUDITOR, "/oversight")
    assert sent(site, house, "/oversight/lift", halt=halt.id, why=BACK) == (303, "/oversight?done=let-go")
    assert "is held by the oversight" not in read(site, house, Role.OPERATOR, "/alerts")
    lifted = read(site, house, Role.OPERATOR, "/oversight")
    assert BACK in lifted
    assert "Somebody of the oversight places and lifts holds" in lifted


def test_every_deployment_can_be_held_and_then_there_is_nothing_left_to_hold(
    site: Site, row: DeploymentRow, house: House
) -> None:
    assert sent(site, house, "/oversight/hold", what="all", why=WHY)[0] == 303
    assert "Every deployment is held by the oversight" in read(site, house, Role.OPERATOR, "/alerts")
    assert row.name in read(site, house, Role.OVERSIGHT, "/oversight")
    assert sent(site, house, "/oversight/hold", what=row.id, why=WHY)[0] == 303
    page = read(site, house, Role.OVERSIGHT, "/oversight")
    assert "Everything is held already" in page
    assert page.count("Lift this hold") == 2


def test_what_cannot_be_is_said_first_and_what_was_typed_stays(site: Site, row: DeploymentRow, house: House) -> None:
    status, said = sent(site, house, "/oversight/hold", what="", why="the reason")
    assert status == 422
    assert "is not chosen" in said
    assert "the reason" in said
    status, said = sent(site, house, "/oversight/hold", what=row.id, why=" ")
    assert status == 422
    assert f'value="{row.id}" selected' in said
    assert sent(site, house, "/oversight/lift", halt="no hold", why=BACK)[0] == 422
    assert sent(site, house, "/oversight/hold", Role.OPERATOR, what=row.id, why=WHY)[0] == 403
    assert standing_halts(site.installation) == []


def test_the_live_page_says_that_nothing_is_scanned_while_it_is_held(
    site: Site, row: DeploymentRow, house: House
) -> None:
    run = Run(deployment=row.id, name=row.name, cameras=("north",), closes_us=row.closes_us, began_us=row.opens_us)
    run.healths[0] = Health(camera=0, state="live", counts=Counts())
    house.runs._runs[row.id] = run
    assert 'id="held" role="status" hidden' in read(site, house, Role.OPERATOR, f"/live/{row.id}")
    sent(site, house, "/oversight/hold", what=row.id, why=WHY)
    said = read(site, house, Role.OPERATOR, f"/live/{row.id}")
    assert "Held by the oversight (the oversight) since" in said
    assert "Nothing is scanned until it is lifted." in said
    state = state_of(run, house.now_us, standing_halts(site.installation)[0])
    assert [one["word"] for one in state["cameras"]] == ["Held"]
    run.over = True
    assert state_of(run, house.now_us, standing_halts(site.installation)[0])["held"] == ""


def test_a_store_that_is_away_is_told_by_the_page_itself(site: Site, house: House) -> None:
    def away(look: object) -> object:
        raise StoreUnavailable("The disk is away.")

    class Away:
        read = staticmethod(away)

    gone = replace(house, installation=replace(site.installation, store=Away()))  # type: ignore[arg-type]
    assert halts_now(gone) == []


def test_the_oversight_begins_its_day_there(site: Site, house: House) -> None:
    with visiting(console_of(house), session_of(site.installation, site.by(Role.OVERSIGHT))) as browser:
        assert browser.get("/").headers["location"] == "/oversight"


def test_programs_are_told_that_it_may_not_run(site: Site, row: DeploymentRow, house: House) -> None:
    sent(site, house, "/oversight/hold", what=row.id, why=WHY)
    with visiting(console_of(house), session_of(site.installation, site.by(Role.AUDITOR))) as browser:
        told = browser.get(f"/api/v1/deployments/{row.id}/authority").json()
    assert (told["may_run"], told["code"]) == (False, "held-by-oversight")


def asked(site: Site, house: House, path: str) -> dict[str, object]:
    with visiting(console_of(house), session_of(site.installation, site.by(Role.OPERATOR))) as browser:
        answer = browser.get(path)
    assert answer.status_code == 200
    told: dict[str, object] = answer.json()
    return told


def test_a_forget_me_test_is_begun_followed_and_told(
    site: Site, row: DeploymentRow, house: House, running: Forgetting
) -> None:
    first, one = "/oversight/forgetting", f"/oversight/forgetting/{row.id}"
    assert "Begin the test" in read(site, house, Role.OVERSIGHT, first)
    with visiting(console_of(house), session_of(site.installation, site.by(Role.AUDITOR))) as browser:
        assert browser.get(one).headers["location"] == first
        assert browser.get(f"{one}/state").status_code == 404
    assert sent(site, house, f"{one}/begin", Role.AUDITOR, camera="1") == (303, one)
    assert running.wanted() == 1
    status, text = sent(site, house, f"{one}/begin", Role.AUDITOR, camera="1")
    assert status == 422
    assert "goes on already" in text
    assert sent(site, house, f"{one}/begin", Role.AUDITOR, camera="7")[0] == 422
    says = "Wait: somebody is in view, or the camera has not answered yet."
    assert asked(site, house, f"{one}/state") == {"over": False, "says": says, "taken": None, "left": None}
    for taken, expected in ((0, "Now step into the zone"), (1, "1 slot is taken. Now leave")):
        running.examined(Examined(camera=1, slots=24, taken=taken, left=0, unseen_s=0))
        page = read(site, house, Role.OPERATOR, one)
        assert expected in page
        assert "south" in page
        assert "Break it off" not in page
        assert asked(site, house, f"{one}/state")["taken"] == taken
    assert "Break it off" in read(site, house, Role.OVERSIGHT, one)
    running.examined(Examined(camera=1, slots=24, taken=0, left=0, unseen_s=0))
    page = read(site, house, Role.OVERSIGHT, one)
    assert "forgotten" in page
    assert "after the last sighting all was blank" in page
    assert row.name in read(site, house, Role.OPERATOR, first)


def test_a_forget_me_test_that_fails_says_what_can_be_done(
    site: Site, row: DeploymentRow, house: House, running: Forgetting
) -> None:
    one = f"/oversight/forgetting/{row.id}"
    sent(site, house, f"{one}/begin", camera="0")
    running.examined(Examined(camera=0, slots=24, taken=0, left=2, unseen_s=0))
    page = read(site, house, Role.OVERSIGHT, one)
    assert "not forgotten" in page
    assert "The oversight can hold the deployment now." in page
    sent(site, house, f"{one}/begin", camera="0")
    assert sent(site, house, f"{one}/end") == (303, one)
    assert "Nothing was shown" in read(site, house, Role.OVERSIGHT, one)


def test_nothing_is_tested_where_nothing_is_watched(site: Site, row: DeploymentRow, house: House) -> None:
    assert "nothing to test" in read(site, house, Role.OPERATOR, "/oversight/forgetting")
    assert sent(site, house, f"/oversight/forgetting/{row.id}/begin", camera="0")[0] == 404
