"""The slip on a page: its code is read back as a phone would, and names nobody."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.typing import NDArray

from overt.ledger.slip import read
from overt.settings import COMPLAINTS
from tests.noticed import read_code
from tests.unit.console.alerting import REFERENCE, Console, seen

PX = 5


@pytest.fixture
def console() -> Console:
    return Console()


def met(console: Console) -> str:
    return console.decided(console.announced(), "olga", "oscar")


def drawn(page: str) -> NDArray[np.uint8]:
    """The code as it is drawn: rows of runs, each one module high, black on white."""
    drawing = re.search(
        r'<svg[^>]*viewBox="0 0 (\d+) (\d+)"[^>]*>.*?<path[^>]*stroke="#000"[^>]* d="([^"]+)"', page, re.DOTALL
    )
    assert drawing is not None, page
    side = int(drawing[1])
    picture = np.full((side * PX, side * PX), 255, np.uint8)
    x = y = 0.0
    for kind, numbers in re.findall(r"([Mmh])([^Mmh]*)", drawing[3]):
        given = [float(one) for one in re.findall(r"-?[\d.]+", numbers)]
        if kind == "h":
            row = int(y - 0.5)
            picture[row * PX : (row + 1) * PX, round(x) * PX : round(x + given[0]) * PX] = 0
            x += given[0]
        else:
            x, y = (given[0], given[1]) if kind == "M" else (x + given[0], y + given[1])
    return picture


def test_looking_is_no_slip_and_making_one_is_recorded(console: Console) -> None:
    alert = met(console)
    address = f"/phone/alerts/{alert}/slip"
    assert "Make the slip" in seen(console["ed"].get(address))
    assert not console.entries("alert.slip")
    made = console["ed"].post(address)
    assert (made.status_code, made.headers["location"]) == (303, address)
    for _ in range(2):
        assert "1 slip of this alert was made" in seen(console["ed"].get(address))
    (entry,) = console.entries("alert.slip")
    assert (entry.facts["alert"], entry.facts["slips"], entry.actor) == (alert, 1, console.people["ed"].id)


def test_the_code_is_read_back_and_holds_with_the_public_key_alone(console: Console) -> None:
    alert = met(console)
    console["ed"].post(f"/phone/alerts/{alert}/slip")
    page = console["ed"].get(f"/phone/alerts/{alert}/slip").text
    text = read_code(drawn(page))
    slip = read(text, console.installation.ledger.key.public_key())
    assert (slip.alert, slip.place, slip.camera, slip.complaints) == (alert, "there", "north", COMPLAINTS)
    assert slip.threshold == "a score of 0.5000 or more"
    console.erase(alert)
    assert read(text, console.installation.ledger.key.public_key()) == slip


def test_the_slip_names_nobody(console: Console) -> None:
    alert = met(console)
    console["ed"].post(f"/phone/alerts/{alert}/slip")
    page = console["ed"].get(f"/phone/alerts/{alert}/slip").text
    main = page[page.index("<main") : page.index("</main>")]
    assert REFERENCE not in main
    assert not any(one.id in main for one in console.people.values())
    assert "<img" not in main


def test_there_is_no_slip_for_an_alert_that_nobody_was_to_act_on(console: Console) -> None:
    waiting = console.announced()
    refused = console["ed"].post(f"/phone/alerts/{waiting}/slip")
    assert refused.status_code == 409
    assert "Nobody acts on an alert before" in seen(refused)
    assert not console.entries("alert.slip")
