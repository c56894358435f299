"""The pages of the cameras: tried, drawn, saved; no address ever comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from overt.console.app import create_app
from overt.console.house import House
from overt.console.pages import cameras
from overt.console.runs import Runs
from overt.console.tried import KEPT_US, MOST, TriedCameras, Waiting
from overt.domain.errors import CameraLost
from overt.domain.roles import Role
from overt.engine.tiles import Tile
from overt.engine.trying import Tried
from overt.services.cameras import FILE_NAME, CameraBook
from overt.settings import SCHEMES, Settings
from tests.installations import in_memory
from tests.people import PASSWORD, administrators, person

URL = "rtsp://bob:s3cret@10.0.0.5/hidden-path"
FILLED = {"name": "north", "zone": "0,0; 1,0; 1,1", "smallest_face_px": "40", "serial": ""}
FOUND = Tried(
    still=Tile(camera=0, captured_us=1, width=64, height=36, jpeg=b"\xff\xd8 a still"),
    width=1920,
    height=1080,
    frames_per_s=25.0,
    widths=(31.0, 62.0),
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    installation = in_memory()
    administrators(installation)
    person(installation, "olga", Role.OPERATOR)
    person(installation, "lars", Role.LIST_MANAGER)
    settings = Settings(home=tmp_path)
    return House(
        installation=installation,
        settings=settings,
        runs=Runs(installation, settings),
        hosts=frozenset({"testserver"}),
        secure=True,
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were called; every camera answers."""
    called: list[str] = []

    def answer(_: object, __: object, ___: object, url: str, ____: int) -> Tried:
        called.append(url)
        return FOUND

    monkeypatch.setattr(cameras, "try_camera", answer)
    return called


def signed_in(house: House, name: str = "lars") -> TestClient:
    client = TestClient(
        create_app(house),
        base_url="https://testserver",
        headers={"sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )
    assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
    return client


def hidden(text: str, name: str) -> str:
    return text.partition(f'name="{name}" value="')[2].partition('"')[0]


def test_an_empty_book_says_what_to_do(house: House) -> None:
    text = signed_in(house).get("/cameras").text
    assert "No camera is in the book yet." in text
    assert 'href="/cameras/new"' in text


@pytest.mark.parametrize("name", ["lars", "olga"])
def test_a_camera_is_tried_then_saved_and_its_address_never_comes_back(
    house: House, asked: list[str], name: str
) -> None:
    client = signed_in(house, name)
    assert 'value="40"' in client.get("/cameras/new").text
    answer = client.post("/cameras/try", data={**FILLED, "url": URL})
    assert answer.status_code == 200
    for expected in ("1920 × 1080", "25.0 come a second", "2 faces at once: 31 to 62 px", "Some are narrower", "north"):
        assert expected in answer.text
    waiting = hidden(answer.text, "waiting")
    still = client.get(f"/cameras/still/{waiting}")
    assert (still.content, still.headers["content-type"]) == (b"\xff\xd8 a still", "image/jpeg")
    assert client.post("/cameras", data={**FILLED, "url": "", "waiting": waiting}).headers["location"] == (
        "/cameras?done=camera-saved"
    )
    assert CameraBook(house.settings.home, SCHEMES).camera("north").url == URL
    assert asked == [URL]
    texts = [answer.text, client.get("/cameras").text, client.get("/cameras/change?name=north").text]
    for text in texts:
        assert "rtsp://10.0.0.5" in text
        assert "s3cret" not in text
        assert "hidden-path" not in text
    assert client.get(f"/cameras/still/{waiting}").status_code == 404


def test_bad_input_is_told_of_and_loses_nothing(house: House, asked: list[str]) -> None:
    client = signed_in(house)
    bad = {**FILLED, "url": URL, "smallest_face_px": "few", "zone": "0,0; 1,0"}
    for path in ("/cameras/try", "/cameras"):
        answer = client.post(path, data=bad)
        assert answer.status_code == 422
        assert "The smallest face must be" in answer.text
        assert "The zone: a zone needs at least three corners" in answer.text
        assert 'value="few"' in answer.text
        assert "0,0; 1,0</textarea>" in answer.text
        assert "s3cret" not in answer.text
    saved = client.post("/cameras", data={**FILLED, "url": "", "waiting": hidden(answer.text, "waiting")})
    assert saved.status_code == 303
    assert CameraBook(house.settings.home, SCHEMES).camera("north").url == URL
    assert asked == []


@pytest.mark.parametrize("path", ["/cameras/try", "/cameras"])
def test_without_an_address_nothing_is_done(house: House, asked: list[str], path: str) -> None:
    answer = signed_in(house).post(path, data=FILLED)
    assert answer.status_code == 422
    assert "The address is missing." in answer.text
    assert asked == []


def test_a_camera_of_the_book_is_changed_tried_and_removed(house: House, asked: list[str]) -> None:
    client = signed_in(house)
    assert client.post("/cameras", data={**FILLED, "url": URL}).status_code == 303
    assert client.post("/cameras/try", data={**FILLED, "was": "north"}).status_code == 200
    assert asked == [URL]
    assert client.post("/cameras", data={**FILLED, "name": "door", "was": "north"}).status_code == 303
    assert CameraBook(house.settings.home, SCHEMES).camera("door").url == URL
    assert client.get("/cameras/change?name=north").status_code != 200
    assert client.post("/cameras", data={**FILLED, "name": "x", "was": "gone"}).status_code == 422
    assert client.post("/cameras/remove", data={"name": "gone"}).status_code == 422
    assert client.post("/cameras/remove", data={"name": "door"}).status_code == 303
    assert CameraBook(house.settings.home, SCHEMES).cameras() == ()


def test_why_a_camera_does_not_answer_is_told_and_nothing_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> Tried:
        raise CameraLost("The camera at rtsp://10.0.0.5 did not answer within 10 seconds.", "Check it.")

    monkeypatch.setattr(cameras, "try_camera", lost)
    client = signed_in(house)
    answer = client.post("/cameras/try", data={**FILLED, "url": URL})
    assert answer.status_code == 422
    assert "did not answer within 10 seconds" in answer.text
    assert "leave this empty to keep" in answer.text
    assert client.get(f"/cameras/still/{hidden(answer.text, 'waiting')}").status_code == 404


def test_a_book_that_cannot_be_read_is_told_of(house: House) -> None:
    (house.settings.home / FILE_NAME).write_text("[[camera]\n")
    answer = signed_in(house).get("/cameras")
    assert answer.status_code == 422
    assert "cameras.toml is not TOML" in answer.text


def test_others_do_not_get_in(house: House, asked: list[str]) -> None:
    person(house.installation, "audrey", Role.AUDITOR)
    client = signed_in(house, "audrey")
    assert client.get("/cameras").status_code == 403
    assert client.post("/cameras/try", data={**FILLED, "url": URL}).status_code == 403
    assert asked == []


def test_what_waits_is_its_owners_and_not_for_long() -> None:
    tried = TriedCameras()
    name = tried.keep(Waiting(account="a", url=URL, at_us=0))
    assert tried.of(name, "a", KEPT_US) is not None
    assert tried.of(name, "b", 0) is None
    assert tried.of(name, "a", KEPT_US + 1) is None
    names = [tried.keep(Waiting(account="a", url=URL, at_us=0)) for _ in range(MOST + 1)]
    assert tried.of(names[0], "a", 0) is None
    assert tried.of(names[1], "a", 0) is not None
    tried.drop(names[1])
    assert tried.of(names[1], "a", 0) is None
