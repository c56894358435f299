"""The live page and its socket: who gets in, what is told, and that tiles come through."""

from __future__ import annotations

import datetime
import struct
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from overt.console.app import create_app
from overt.console.house import House
from overt.console.live_state import METERS, camera_state, state_of
from overt.console.pages import live
from overt.console.runs import Run, Trouble
from overt.console.tiles import TileBoard
from overt.domain.envelope import Envelope, Limit, Standing
from overt.domain.figures import Counts, Health
from overt.domain.geometry import Zone
from overt.domain.roles import Role
from overt.domain.time import SECOND_US
from overt.engine.tiles import Tile
from overt.services.sessions import sign_out
from tests.consoles import house_in
from tests.installations import in_memory
from tests.people import PASSWORD, administrators, person

FROM_HERE = {"sec-fetch-site": "same-origin"}
LIMITS = (
    Limit(quantity="zone_light", amber=40.0, red=20.0, condition="dusk", people=100),
    Limit(quantity="face_sharpness", amber=0.02, red=None, condition="blur", people=100),
)


def an_envelope() -> Envelope:
    return Envelope(limits=LIMITS, source="a test", date=datetime.date(2026, 11, 29))


def a_health(**changes: object) -> Health:
    health = Health(
        camera=0,
        state="live",
        counts=Counts(faces_seen=7, faces_detected=9, unmatched_age_max_s=0.8),
        in_view=2,
        oldest_unmatched_s=0.4,
        frames_per_s=24.6,
        lag_s=0.12,
        standing=Standing.GREEN,
        because="zone_light",
        shows={"zone_light": 90.0},
    )
    return replace(health, **changes)  # type: ignore[arg-type]


@pytest.fixture
def house(tmp_path: Path) -> House:
    installation = in_memory()
    administrators(installation)
    person(installation, "olga", Role.OPERATOR)
    person(installation, "lars", Role.LIST_MANAGER)
    return house_in(installation, tmp_path)


@pytest.fixture
def run(house: House) -> Run:
    now_us = house.now_us
    run = Run(
        deployment="d1",
        name="High Street",
        cameras=("north", "south"),
        closes_us=now_us + 3600 * SECOND_US,
        began_us=now_us,
        zones=(Zone(), Zone(corners=((0.25, 0.0), (1.0, 0.0), (1.0, 1.0)))),
        envelope=an_envelope(),
        tiles=TileBoard(2),
    )
    house.runs._runs[run.deployment] = run
    return run


def signed_in(house: House, name: str = "olga") -> TestClient:
    client = TestClient(create_app(house), base_url="https://testserver", headers=FROM_HERE, follow_redirects=False)
    assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
    return client


def tile(camera: int, at_us: int = 5) -> Tile:
    return Tile(camera=camera, captured_us=at_us, width=640, height=360, jpeg=b"\xff\xd8 a picture")


def test_without_a_run_the_page_says_what_to_do(house: House) -> None:
    answer = signed_in(house).get("/live")
    assert answer.status_code == 200
    assert "Nothing is watched from here now" in answer.text
    assert 'href="/deployments"' in answer.text


def test_a_single_run_is_shown_at_once_and_several_are_listed(house: House, run: Run) -> None:
    client = signed_in(house)
    assert client.get("/live").headers["location"] == "/live/d1"
    second = replace_run(run, deployment="d2", name="Station")
    house.runs._runs["d2"] = second
    assert "2 deployments are watched" in client.get("/live").text
    run.over, run.ended_us, run.why = True, house.now_us, "The store was full."
    second.over, second.ended_us = True, house.now_us
    text = client.get("/live").text
    assert "Nothing is watched from here now" in text
    assert "The store was full." in text


def replace_run(run: Run, **changes: object) -> Run:
    return Run(**{**vars(run), "stop": threading.Event(), **changes})


def test_the_page_has_zone_numbers_and_meters_without_script(house: House, run: Run) -> None:
    run.healths[0] = a_health()
    run.troubles.append(Trouble(at_us=house.now_us, camera="north", says="It was lost."))
    text = signed_in(house).get("/live/d1").text
    for expected in (
        "High Street",
        "north",
        "0.25,0.0 1.0,0.0 1.0,1.0",
        "90 of 255",
        "north: It was lost.",
        "<noscript>",
    ):
        assert expected in text
    for inline in ("<script>", " style="):
        assert inline not in text


def test_who_does_not_watch_does_not_get_in(house: House, run: Run) -> None:
    client = signed_in(house, "lars")
    assert client.get("/live").status_code == 403
    assert client.get("/live/d1").status_code == 403
    assert refused(client, run) == 1008
    nobody = TestClient(create_app(house), base_url="https://testserver", headers=FROM_HERE, follow_redirects=False)
    assert nobody.get("/live/d1").status_code == 303
    assert refused(nobody, run) == 1008
    assert run.tiles.wanted() == frozenset()


def refused(client: TestClient, run: Run, path: str = "wss://testserver/live/d1/socket") -> int:
    with client.websocket_connect(path, headers=ORIGIN) as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_text()
    assert not run.tiles.newest()
    return closed.value.code


ORIGIN = {"host": "testserver", **FROM_HERE}


def test_a_run_that_is_not_there_is_told_of(house: House, run: Run) -> None:
    client = signed_in(house)
    assert client.get("/live/d9").status_code == 404
    assert refused(client, run, "wss://testserver/live/d9/socket") == 1008


def test_state_and_tiles_come_through_the_socket_and_only_while_somebody_looks(house: House, run: Run) -> None:
    run.tiles.tile(tile(0))
    assert run.tiles.newest() == []
    with signed_in(house).websocket_connect("wss://testserver/live/d1/socket", headers=ORIGIN) as socket:
        state = socket.receive_json()
        assert [camera["word"] for camera in state["cameras"]] == ["Being called", "Being called"]
        assert run.tiles.wanted() == {0, 1}
        run.tiles.tile(tile(1, 77))
        camera, at_us, width, height = struct.unpack_from(">BqHH", content := socket.receive_bytes())
        assert (camera, at_us, width, height) == (1, 77, 640, 360)
        assert content[live.TILE_HEAD.size :] == b"\xff\xd8 a picture"
        run.over, run.ended_us, run.why = True, house.now_us, "It was stopped."
        while not (state := socket.receive_json())["over"]:
            pass
        assert state["why"] == "It was stopped."
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert closed.value.code == live.OVER
    until = time.monotonic() + 5
    while run.tiles.wanted() and time.monotonic() < until:
        time.sleep(0.01)
    assert run.tiles.wanted() == frozenset()
    assert run.tiles.newest() == []


def test_who_is_signed_out_is_shown_out(house: House, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STILL_HERE_S", 0.0)
    monkeypatch.setattr(live, "STATE_S", 0.05)
    client = signed_in(house)
    with client.websocket_connect("wss://testserver/live/d1/socket", headers=ORIGIN) as socket:
        socket.receive_json()
        sign_out(house.installation, client.cookies["__Host-overt"])
        with pytest.raises(WebSocketDisconnect) as closed:
            list(iter(socket.receive_json, None))
    assert closed.value.code == 1008


def test_a_slow_reader_gets_only_the_newest() -> None:
    board, news = TileBoard(2), []
    with board.looking(lambda: news.append(1)):
        for at_us in range(10):
            board.tile(tile(0, at_us))
        board.tile(tile(9))
        assert [one.captured_us for one in board.newest()] == [9]
        assert len(news) == 10


def meter(state: dict[str, object], quantity: str) -> dict[str, object]:
    meters = state["meters"]
    assert isinstance(meters, list)
    return next(one for one in meters if one["quantity"] == quantity)


def test_every_standing_has_a_word_and_a_sign() -> None:
    light = {
        value: meter(camera_state(a_health(shows={"zone_light": value}), an_envelope()), "zone_light")
        for value in (90.0, 30.0, 10.0)
    }
    assert [(one["word"], one["colour"]) for one in light.values()] == [
        ("good", "green"),
        ("poor", "amber"),
        ("too poor", "red"),
    ]
    assert len({one["sign"] for one in light.values()}) == 3
    state = camera_state(a_health(), None)
    assert meter(state, "lag_s")["word"] == "no limit known"
    assert meter(state, "lag_s")["value"] == "0.12 s"
    assert meter(state, "face_yaw")["word"] == "nothing seen yet"
    assert meter(camera_state(a_health(state="lost"), None), "lag_s")["value"] == ""
    assert [one["quantity"] for one in state["meters"]] == list(METERS)


@pytest.mark.parametrize(
    ("changes", "word", "says"),
    [
        ({}, "Live", ""),
        ({"standing": Standing.AMBER, "shows": {"zone_light": 30.0}}, "Live, with a warning", "Fewer are found"),
        ({"standing": Standing.RED, "shows": {"zone_light": 10.0}}, "Paused", "Scanning has paused here"),
        ({"state": "lost"}, "Lost", "does not answer"),
        ({"moved": True}, "Live, with a warning", ""),
        ({"state": "ended"}, "Ended", ""),
    ],
)
def test_a_camera_is_told_of_in_words(changes: dict[str, object], word: str, says: str) -> None:
    state = camera_state(a_health(**changes), an_envelope())
    assert state["word"] == word
    assert says in state["says"]
    assert bool(state["moved"]) is bool(changes.get("moved"))


def test_only_the_newest_troubles_are_told_newest_first(run: Run, house: House) -> None:
    for k in range(12):
        run.troubles.append(Trouble(at_us=house.now_us, camera="", says=f"no. {k}"))
    assert [one["says"] for one in state_of(run, house.now_us)["troubles"]] == [f"no. {k}" for k in range(11, 3, -1)]
