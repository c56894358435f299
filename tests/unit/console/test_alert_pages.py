"""The queue of alerts, and one alert until it is decided."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest

from overt.console.pages import alerts as pages
from overt.console.runs import Run
from overt.faces.mark import is_marked
from overt.services.undecided import count_undecided
from overt.testing.fixed_clock import SOME_DAY_US
from tests.unit.console.alerting import CANNOT, NOT, REFERENCE, WORDS, WORTH, Console, seen


@pytest.fixture
def console() -> Console:
    return Console()


# The queue


def test_an_empty_queue_says_since_when_what_is_watched(console: Console) -> None:
    page = seen(console["olga"].get("/alerts"))
    assert "No alert waits" in page
    assert "Nothing is watched from this console now." in page
    run = Run(deployment="d", name="High Street", cameras=("north",), closes_us=SOME_DAY_US, began_us=SOME_DAY_US)
    console.house.runs._runs["d"] = run
    assert "Watching High Street with 1 camera since" in seen(console["olga"].get("/alerts"))


def test_those_that_wait_come_first_with_the_time_left_and_the_first_is_opened_by_enter(console: Console) -> None:
    old = console.alert()
    console.clock.advance(60)
    new = console.alert()
    page = console["olga"].get("/alerts").text
    assert "2 alerts wait" in page
    assert "4 minutes</time> <span>left" in page
    assert page.index(old) < page.index(new)
    assert re.search(rf'href="/alerts/{old}" id="first" autofocus', page)
    assert page.count("autofocus") == 1


def test_no_score_and_nobodys_name_is_in_the_queue(console: Console) -> None:
    console.alert(score=0.87654, threshold=0.76543)
    for name in ("olga", "ed", "audrey", "arthur"):
        page = console[name].get("/alerts").text
        assert not re.search(rf"0\.87|0\.76|{REFERENCE}|\bscore\b", page)


def test_what_one_has_decided_waits_for_the_other_and_no_longer_for_oneself(console: Console) -> None:
    alert = console.decided(console.alert(), "olga")
    mine, theirs = (console[name].get("/alerts").text for name in ("olga", "oscar"))
    assert "You have decided; one other person decides without seeing it." in mine
    assert "autofocus" not in mine
    assert "One of two people has decided; the other decides without seeing it." in theirs
    assert f'href="/alerts/{alert}" id="first"' in theirs
    assert (
        console["olga"].get("/alerts/now").json()["waiting"],
        console["oscar"].get("/alerts/now").json()["waiting"],
    ) == (
        [],
        [alert],
    )


def test_an_engagement_officer_finds_whom_to_speak_to_until_it_is_said_what_came_of_it(console: Console) -> None:
    console.decided(console.alert(), "olga", "oscar")
    assert "1 person to speak to" in seen(console["ed"].get("/alerts"))
    assert "to speak to" not in seen(console["olga"].get("/alerts"))
    assert "worth a look" in seen(console["olga"].get("/alerts"))


def test_overdue_decided_and_erased_ones_have_their_place(console: Console) -> None:
    overdue = console.alert()
    console.clock.advance(301)
    assert "Overdue" in seen(console["olga"].get("/alerts"))
    count_undecided(console.installation, console.deployment.id, console.house_rules)
    page = seen(console["olga"].get("/alerts"))
    assert "Decided, or too late" in page
    assert "open, not decided in time" in page
    console.erase(overdue)
    assert overdue not in console["olga"].get("/alerts").text
    assert overdue in console["olga"].get("/alerts?all").text


@pytest.mark.parametrize("name", ["lisa", "eva"])
def test_who_has_nothing_to_do_with_alerts_is_told_who_has(console: Console, name: str) -> None:
    alert = console.alert()
    for path in ("", "/now", f"/{alert}", f"/{alert}/faces?purpose=decide"):
        answer = console[name].get(f"/alerts{path}")
        assert answer.status_code == 403
        assert "Ask somebody who may: an operator or an engagement officer." in seen(answer)


def test_who_decides_nothing_gets_no_button_for_it(console: Console) -> None:
    console.alert()
    page = console["audrey"].get("/alerts").text
    assert "Look and decide" not in page
    assert "Operators and engagement officers decide." in page


# What is new


def test_an_answer_waits_until_there_is_something_new(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(pages, "HOLD_ON_S", 0.05)
    first = console["olga"].get("/alerts/now").json()
    assert first["waiting"] == []
    again = console["olga"].get("/alerts/now", params={"seen": first["seen"]}).json()
    assert again == first
    alert = console.alert()
    console.installation.store.write(lambda work: work.record("alert.raised", facts={"alert": alert}))
    new = console["olga"].get("/alerts/now", params={"seen": first["seen"]})
    assert new.json()["waiting"] == [alert]
    assert set(new.json()) == {"seen", "waiting"}
    assert new.headers["cache-control"] == "no-store"


def test_an_alert_that_comes_meanwhile_ends_the_waiting(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "LOOK_EVERY_S", 0.01)
    size, raised = pages._record_size, list[str]()

    def grows(house: object) -> int:
        if not raised:
            raised.append(console.alert())
        return size(console.house) + len(raised)

    seen_before = console["olga"].get("/alerts/now").json()["seen"]
    monkeypatch.setattr(pages, "_record_size", grows)
    assert console["olga"].get("/alerts/now", params={"seen": seen_before}).json()["waiting"] == raised


# One alert


def test_the_page_asks_for_the_pictures_once_and_says_what_they_are_and_not_who(console: Console) -> None:
    alert = console.alert(cautions=("small face", "another entry looks alike", "of a later version"))
    page = console.page("olga", alert)
    assert page.count("<img ") == 1
    address = rf'src="(/alerts/{alert}/faces\?purpose=decide&amp;view=[0-9a-f-]+)"'
    (once,), (again,) = re.findall(address, page), re.findall(address, console.page("olga", alert))
    assert once != again, "no browser shows again what it still has"
    assert 'alt="Two faces: the picture of the list' in page
    assert "prefetch" not in page
    assert "preload" not in page
    said = seen(page)
    assert "Possible match" in said
    assert "5 minutes left to decide." in said
    assert "Planned response: Arrest, once they are identified by ordinary means" in said
    assert "The face in the passage is small: fine features cannot be told." in said
    assert "Another entry of the list looks alike to the machine." in said
    assert "Of a later version." in said
    assert REFERENCE not in page
    assert not console.entries("alert.shown"), "a page alone is no look"


def test_each_look_is_one_entry_of_the_record(console: Console) -> None:
    alert = console.alert()
    console.page("olga", alert)
    for purpose in ("decide", "decide", "check"):
        assert console.look("olga", alert, purpose).status_code == 200
    entries = console.entries("alert.shown")
    assert [one.facts["purpose"] for one in entries] == ["decide", "decide", "check"]
    assert {one.actor for one in entries} == {console.people["olga"].id}


def test_pictures_are_kept_by_nobody_and_are_marked_and_burnt_in(console: Console) -> None:
    alert = console.alert()
    answer = console.look("olga", alert)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert is_marked(np.asarray(picture, np.uint8))
    other = console.look("oscar", alert)
    assert answer.content != other.content
    tall = console["olga"].get(f"/alerts/{alert}/faces?purpose=decide&tall=true")
    upright = cv2.imdecode(np.frombuffer(tall.content, np.uint8), cv2.IMREAD_COLOR)
    assert upright is not None
    assert upright.shape[0] > upright.shape[1]
    assert picture.shape[0] < picture.shape[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x-moz": "prefetch"},
        {"purpose": "preview"},
        {"sec-fetch-dest": "document"},
        {"sec-fetch-dest": "empty"},
    ],
)
def test_nothing_is_shown_to_a_browser_that_only_wants_to_be_ready(console: Console, headers: dict[str, str]) -> None:
    alert = console.alert()
    answer = console["olga"].get(f"/alerts/{alert}/faces?purpose=decide", headers=headers)
    assert answer.status_code == 409
    assert "shown on its page only" in seen(answer)
    assert not console.entries("alert.shown")


def test_a_token_opens_no_picture(console: Console) -> None:
    alert = console.alert()
    token = console["olga"].cookies["__Host-overt"]
    for path in (f"/alerts/{alert}/faces?purpose=decide", "/alerts", "/alerts/now"):
        answer = console["lisa"].get(path, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 403


def test_who_may_not_see_pictures_finds_the_record_without_them(console: Console) -> None:
    alert = console.decided(console.alert(), "olga", "oscar", verdict=CANNOT)
    for name in ("audrey", "arthur", "sue"):
        page = console.page(name, alert)
        assert "<img" not in page
        assert "It stands at: cannot tell." in seen(page)
        assert WORDS not in page
        assert console.look(name, alert).status_code == 403
    assert "account" in seen(console.page("arthur", alert)).lower()
    assert "Olga: cannot tell" in seen(console.page("audrey", alert))


# Deciding


def test_score_threshold_and_expectation_are_hidden_until_all_verdicts_are_in(console: Console) -> None:
    alert = console.alert(score=0.87654, threshold=0.76543, false_alerts_per_1000=0.123)
    for name in ("olga", "oscar", "otto", "ed", "audrey"):
        assert not re.search(r"0\.87|0\.76|0\.12", console.page(name, alert))
    console.decided(alert, "olga")
    for name in ("olga", "oscar", "audrey"):
        page = console.page(name, alert)
        assert not re.search(r"0\.87|0\.76|0\.12", page)
    assert WORDS not in console.page("oscar", alert)
    assert "It stands at" not in seen(console.page("oscar", alert))
    console.decided(alert, "oscar")
    said = seen(console.page("olga", alert))
    assert "Its score is 0.877; alerts begin at 0.765." in said
    assert "about 0.12 in 1,000 passages of people who are not listed are expected to raise a false alert" in said
    assert "computed from recorded pictures of strangers" in said
    assert WORDS in said.replace("&#39;", "'")


def test_an_extrapolated_expectation_says_so(console: Console) -> None:
    alert = console.decided(console.alert(cautions=("threshold extrapolated",)), "olga", "oscar", verdict=CANNOT)
    assert "it may be several times as many" in seen(console.page("olga", alert))


def test_where_the_policy_is_not_blind_the_score_is_told_at_once() -> None:
    console = Console("consent")
    rules = console.house_rules
    alert = console.alert(score=0.87654)
    assert ("0.877" in console.page("olga", alert)) is not rules.blind_first


def test_a_verdict_before_the_look_was_long_enough_is_refused_and_what_was_typed_stays(console: Console) -> None:
    alert = console.alert()
    nobody_looked = console.say("olga", alert)
    assert nobody_looked.status_code == 422
    assert "You have not been shown the pictures of this alert." in seen(nobody_looked)
    console.look("olga", alert)
    console.clock.advance(1.5)
    early = console.say("olga", alert, NOT)
    assert early.status_code == 422
    assert "less than 2 seconds ago" in seen(early)
    assert f'value="{WORDS}"' in early.text
    assert re.search(r'value="not-the-person"[^>]* checked', early.text)
    assert 'data-look-ms="500"' in early.text
    assert not console.entries("alert.decided")
    console.clock.advance(0.5)
    assert console.say("olga", alert).status_code == 303
    assert 'data-look-ms="2000"' in console.page("oscar", alert)


@pytest.mark.parametrize(
    ("verdict", "words", "says"),
    [
        ("", WORDS, "No verdict was chosen."),
        ("certainly", WORDS, "No verdict was chosen."),
        (WORTH, "", "A verdict needs its reason in words."),
        (CANNOT, "?!", "A verdict needs its reason in words."),
    ],
)
def test_a_verdict_is_one_of_three_and_has_words(console: Console, verdict: str, words: str, says: str) -> None:
    alert = console.alert()
    console.look("olga", alert)
    console.clock.advance(3)
    answer = console.say("olga", alert, verdict, words)
    assert (answer.status_code, says in seen(answer)) == (422, True)
    assert answer.text.index("There is a problem") < answer.text.index("Possible match</h1>")


def test_after_the_first_of_two_verdicts_the_page_says_what_it_waits_for_and_has_no_picture(console: Console) -> None:
    alert, other = console.alert(), console.alert()
    console.look("olga", alert)
    console.clock.advance(3)
    answer = console.say("olga", alert)
    assert answer.headers["location"] == f"/alerts/{alert}?done=verdict"
    page = console["olga"].get(answer.headers["location"]).text
    assert "<img" not in page
    assert "You have decided; one other person decides without seeing it." in seen(page)
    assert f'href="/alerts/{other}" id="next" autofocus' in page
    assert console.page("olga", alert, "?look").count("<img") == 0
    again = console.say("olga", alert)
    assert "You have decided about this alert already" in seen(again)


def test_not_the_person_ends_the_pictures_on_the_page_and_in_the_store(console: Console) -> None:
    alert = console.decided(console.alert(), "olga", "oscar", verdict=NOT)
    page = console.page("oscar", alert, "?look")
    assert "<img" not in page
    assert "It stands at: not the person." in seen(page)
    assert "Its pictures are gone within 60 seconds." in seen(page)
    assert console.row(alert).erase_after_us <= console.clock.now_us() + 20_000_000
    console.erase(alert)
    page = console.page("oscar", alert, "?look")
    assert "Its pictures are erased" in seen(page)
    assert console.row(alert).shots == 3
    assert console.look("oscar", alert).status_code == 409
    assert "have been erased" in seen(console.say("otto", alert))


def test_people_who_disagree_leave_it_at_cannot_tell_and_a_third_may_say_so_too(console: Console) -> None:
    alert = console.decided(console.alert(), "olga", "oscar", verdict=WORTH)
    assert "<img" not in console.page("otto", alert)
    looked = console.page("otto", alert, "?look")
    assert "Do you see it otherwise? Say so" in looked
    assert "purpose=check" in looked
    console.look("otto", alert, "check")
    console.clock.advance(3)
    wrong = console.say("otto", alert, "", WORDS)
    assert "<img" in wrong.text
    assert console.say("otto", alert, NOT).status_code == 303
    assert "People disagree, which counts as: cannot tell." in seen(console.page("otto", alert))


def test_one_verdict_is_enough_where_the_policy_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console("consent")
    needed = 2 if console.house_rules.two_verdicts else 1
    alert = console.decided(console.alert(), *("olga", "oscar")[:needed], verdict=CANNOT)
    assert "It stands at: cannot tell." in seen(console.page("olga", alert))


def test_what_nobody_decided_in_time_can_still_be_decided(console: Console) -> None:
    alert = console.alert()
    console.clock.advance(301)
    assert "Overdue: it counts as not verified in a moment." in seen(console.page("olga", alert))
    count_undecided(console.installation, console.deployment.id, console.house_rules)
    page = seen(console.page("olga", alert))
    assert "Not decided in time: it counts as not verified, and that stays so." in page
    assert "A verdict can still be given" in page
    console.decided(alert, "olga", "oscar")
    assert "It stands at: worth a look." in seen(console.page("olga", alert))


def test_nobody_decides_in_two_opposed_roles_or_without_one(console: Console) -> None:
    alert = console.alert()
    console.page("olga", alert)
    assert console.say("audrey", alert).status_code == 403
    assert console["olga"].post(f"/alerts/{alert}/lift", data={"hold": "x"}).status_code == 403
    assert console["olga"].get("/alerts/no-such-alert").status_code == 404


def test_a_form_from_elsewhere_decides_nothing(console: Console) -> None:
    alert = console.alert()
    console.look("olga", alert)
    console.clock.advance(3)
    answer = console["olga"].post(
        f"/alerts/{alert}/verdict",
        data={"verdict": WORTH, "words": WORDS},
        headers={"origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 403
    assert not console.entries("alert.decided")


def test_what_was_typed_cannot_become_part_of_the_page(console: Console) -> None:
    alert = console.alert()
    answer = console.say("olga", alert, WORTH, '"><script>alert(1)</script>')
    assert "<script>alert" not in answer.text


def test_whom_to_speak_to_is_burnt_into_the_picture_for_whoever_meets_them(console: Console) -> None:
    alert = console.decided(console.alert(), "olga", "oscar")
    page = console.page("ed", alert)
    assert "See whom to speak to" in page
    assert "purpose=meet" in console.page("ed", alert, "?look")
    meets, checks = (console.look("ed", alert, purpose).content for purpose in ("meet", "check"))
    heights = [cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR).shape for one in (meets, checks)]  # type: ignore[union-attr]
    assert meets != checks
    assert len(heights) == 2
    assert [one.facts["purpose"] for one in console.entries("alert.shown")][-2:] == ["meet", "check"]
