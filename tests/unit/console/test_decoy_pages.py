"""Decoys in the console: a page like any other until the verdict, then what it was; and how often people were right."""

from __future__ import annotations

import pytest

from overt.services.people import Account
from overt.store.records import NO_ENTRY
from tests import stores
from tests.decoying import sealed_set
from tests.unit.console.alerting import CANNOT, NOT, WORTH, Console, seen


@pytest.fixture
def console() -> Console:
    return Console()


def decoy(console: Console, position: int = 0) -> str:
    """An alert that is one; its id. Even positions show the same person."""
    lisa: Account = console.people["lisa"]
    sets = console.installation.store.read(lambda work: work.decoys.sets())
    decoy_set = sets[0].id if sets else sealed_set(console.installation, lisa, 4)
    alert = console.alert(list_position=NO_ENTRY)
    row = stores.decoy(position=position, alert=alert, decoy_set=decoy_set)
    console.installation.store.write(lambda work: work.decoys.add(row))
    return alert


def words_of(page: str, *ids: str) -> str:
    """What a page says, without what no two alerts have in common."""
    text = seen(page)
    for one in ids:
        text = text.replace(one, "ID")
    return text


def test_before_the_verdict_nothing_on_the_page_tells_it(console: Console) -> None:
    real = console.alert()
    shown = words_of(console.page("olga", real), real)
    console.decided(real, "olga", "oscar", verdict=NOT)
    alert = decoy(console)
    assert words_of(console.page("olga", alert), alert).partition("Seen")[0] == shown.partition("Seen")[0]
    assert "decoy" not in console.page("olga", alert).lower().replace('href="/decoys"', "").replace(">decoys<", "")
    assert alert in console["olga"].get("/alerts").text
    assert console["olga"].get("/alerts/now").json()["waiting"] == [alert]
    assert console["olga"].get(f"/api/v1/alerts/{alert}").json()["standing"] == "open"


@pytest.mark.parametrize(
    ("position", "verdict", "showed", "says"),
    [
        (0, WORTH, "the same person twice", "You said: worth a look. That was right."),
        (0, NOT, "the same person twice", "You said: not the person. That was not right."),
        (1, NOT, "two different people", "You said: not the person. That was right."),
        (1, CANNOT, "two different people", "You said: cannot tell. That was not right."),
    ],
    ids=range(4),
)
def test_after_the_verdict_the_operator_is_told(
    console: Console, position: int, verdict: str, showed: str, says: str
) -> None:
    alert = decoy(console, position)
    console.decided(alert, "olga", "oscar", verdict=verdict)  # type: ignore[arg-type]
    page = seen(console.page("olga", alert))
    assert "This was a decoy" in page
    assert showed in page
    assert says in page
    for more in ("engagement officer may now speak", "Hold it as evidence", "Its score is", "Look at the pictures"):
        assert more not in page
    assert "a decoy, and it is over" in seen(console["olga"].get("/alerts?all"))
    assert "You said" not in seen(console.page("otto", alert))
    assert console.look("olga", alert).status_code == 409


def test_after_one_verdict_of_two_nothing_is_told(console: Console) -> None:
    alert = decoy(console)
    console.decided(alert, "olga")
    assert "This was a decoy" not in seen(console.page("olga", alert))


@pytest.mark.parametrize(
    ("ended", "says"),
    [
        ("real-alert", "because a real alert came"),
        ("unanswered", "Nobody decided in time"),
        ("run-ended", "because watching ended"),
    ],
)
def test_one_that_was_taken_back_says_why(console: Console, ended: str, says: str) -> None:
    alert = decoy(console)
    console.installation.store.write(lambda work: work.decoys.over(alert, console.clock.now_us(), ended))
    assert says in seen(console.page("olga", alert))
    refused = console.say("olga", alert)
    assert refused.status_code in (409, 422)
    assert "This was a decoy" in seen(refused)


def test_nobody_in_the_street_reaches_one(console: Console) -> None:
    alert = decoy(console)
    assert alert not in console["ed"].get("/alerts?all").text
    assert console["ed"].get("/alerts/now").json()["waiting"] == []
    for path in (f"/alerts/{alert}", f"/alerts/{alert}/faces?purpose=decide", f"/api/v1/alerts/{alert}"):
        assert console["ed"].get(path).status_code == 404
    assert console["ed"].get("/api/v1/alerts?erased=true").json()["items"] == []


def test_nobody_in_the_street_is_told_of_one_by_an_event(console: Console) -> None:
    real, alert = console.announced(), decoy(console)
    console.installation.store.write(lambda work: work.record("alert.raised", facts={"alert": alert}))
    console.decided(real, "olga", "oscar", verdict=NOT)
    console.decided(alert, "olga", "oscar", verdict=NOT)
    heard = {
        name: console[name].get("/api/v1/events?kind=alert&kind=decoy&after=0&follow=false").text
        for name in ("olga", "ed")
    }
    assert alert in heard["olga"]
    assert "decoy.told" in heard["olga"]
    assert real in heard["ed"]
    assert alert not in heard["ed"]
    assert "decoy.told" not in heard["ed"]


def test_how_often_people_were_right_is_on_a_page_of_its_own(console: Console) -> None:
    assert "No decoy was decided yet" in seen(console["olga"].get("/decoys"))
    console.decided(decoy(console, 0), "olga", "oscar", verdict=WORTH)
    console.decided(decoy(console, 1), "olga", "oscar", verdict=WORTH)
    mine = seen(console["olga"].get("/decoys"))
    assert "2 decoys decided" in mine
    assert "2 of 2 verdicts on two pictures of the same person were right" in mine
    assert "0 of 2 verdicts on pictures of different people were right" in mine
    assert "You 1 of 1 verdicts" in mine
    assert "oscar" not in mine
    named = seen(console["ann"].get("/decoys"))
    assert "oscar" in named
    assert "olga" in named
    keeps = seen(console["lisa"].get("/decoys"))
    assert "1 set of pairs" in keeps
    assert "Your own" not in keeps


def test_a_list_manager_sees_that_there_is_no_set_yet_and_that_one_is_erased(console: Console) -> None:
    assert "None was imported yet" in seen(console["lisa"].get("/decoys"))
    new = sealed_set(console.installation, console.people["lisa"], 2)
    console.installation.store.write(lambda work: work.decoys.begin_erasing(new))
    assert "being erased" in seen(console["eva"].get("/decoys"))
    console.installation.store.write(lambda work: work.decoys.erased(new))
    assert "erased: the key is destroyed" in seen(console["eva"].get("/decoys"))
