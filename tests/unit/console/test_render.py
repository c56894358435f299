"""Pages from values: what is written is escaped, times are whole, files have the address of their content."""

from __future__ import annotations

import hashlib

import jinja2
import pytest

from overt.console import render
from overt.console.render import PLACES, STATIC, ago, clock_time, go, lasting, places_of, static, when
from overt.domain.roles import Role, roles_for
from overt.domain.time import SECOND_US
from overt.domain.words import spaced
from overt.testing.fixed_clock import SOME_DAY_US

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (59 * MINUTE + 59, "59 minutes"),
        (HOUR, "1 hour"),
        (2 * HOUR + 10 * MINUTE, "2 hours 10 minutes"),
        (10 * HOUR + 10 * MINUTE, "10 hours"),
        (48 * HOUR - 1, "47 hours"),
        (48 * HOUR, "2 days"),
        (400 * DAY, "400 days"),
    ],
)
def test_how_long_is_said_in_words(seconds: int, words: str) -> None:
    assert lasting(seconds * SECOND_US) == words


def test_how_long_ago_and_how_long_until() -> None:
    assert ago(SOME_DAY_US, SOME_DAY_US) == "0 seconds ago"
    assert ago(SOME_DAY_US - 5 * MINUTE * SECOND_US, SOME_DAY_US) == "5 minutes ago"
    assert ago(SOME_DAY_US + 2 * HOUR * SECOND_US, SOME_DAY_US) == "in 2 hours"


def test_times_have_their_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    for zone, at, clock in (
        ("Europe/London", "Sun 22 Nov 2026, 09:00 GMT", "09:00:00 GMT"),
        ("Asia/Kathmandu", "Sun 22 Nov 2026, 14:45 UTC+0545", "14:45:00 UTC+0545"),
    ):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert (when(SOME_DAY_US), clock_time(SOME_DAY_US)) == (at, clock)
    monkeypatch.undo()
    time.tzset()


def test_a_file_has_the_address_of_its_content() -> None:
    digest = hashlib.sha256((STATIC / "overt.css").read_bytes()).hexdigest()[:12]
    assert static("overt.css") == f"/static/overt.css?{digest}"


def test_a_browser_is_led_on_by_a_get() -> None:
    answer = go("/people", done="a b&c")
    assert (answer.status_code, answer.headers["location"]) == (303, "/people?done=a+b%26c")
    assert go("/a\r\nx: y").headers["location"] == "/a%0D%0Ax:%20y"


@pytest.mark.parametrize("role", Role)
def test_the_navigation_has_what_a_role_may_do_and_no_more(role: Role) -> None:
    found = places_of((role,))
    for place in PLACES:
        assert (place in found) is any(roles_for((role,), action) for action in place.actions)


def test_what_is_written_is_escaped_and_what_is_missing_fails() -> None:
    environment = render._environment()
    assert environment.from_string("{{ name }}").render(name="<script>") == "&lt;script&gt;"
    with pytest.raises(jinja2.UndefinedError):
        environment.from_string("{{ nothing }}").render()


def test_codes_are_written_as_words() -> None:
    assert spaced("missing-person") == "missing person"
