"""What the console stands on, and the runs that there are not yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from starlette.requests import HTTPConnection

from overt.console.house import DemoAccount, house_of
from tests.consoles import console_of, house_in, visiting
from tests.installations import in_memory


def test_every_request_finds_the_house_that_its_application_was_made_for(tmp_path: Path) -> None:
    one, other = house_in(in_memory(), tmp_path), house_in(in_memory(), tmp_path)
    for house in (one, other):
        visit = HTTPConnection({"type": "http", "app": console_of(house)})
        assert house_of(visit) is house
        assert house.now_us == house.installation.clock.now_us()


def test_where_nothing_is_watched_there_is_nothing_to_end(tmp_path: Path) -> None:
    runs = house_in(in_memory(), tmp_path).runs
    assert runs.of("a deployment") is None
    assert runs.going_on() == []
    assert runs.end("a deployment") is False
    runs.end_all()


def test_a_demonstration_says_its_passwords_on_the_sign_in_page_and_nobody_else_does(tmp_path: Path) -> None:
    house = house_in(in_memory(), tmp_path)
    shown = replace(house, demonstration=(DemoAccount(name="opal", password="demo demo demo", does="looks"),))
    for one, said in ((house, False), (shown, True)):
        with visiting(console_of(one)) as client:
            page = client.get("/sign-in").text
        assert ("demo demo demo" in page) is said
        assert ("This is a demonstration" in page) is said
