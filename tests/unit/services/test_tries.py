"""Trying a camera: who may, what the record says, and what is called."""

from __future__ import annotations

import pytest

from overt.domain.errors import BadSource, CameraLost
from overt.domain.roles import NotAllowed, Role
from overt.engine.tiles import Tile
from overt.engine.trying import Tried, TryOrder
from overt.faces.recipe import Networks, Recipe
from overt.services import tries
from overt.services.installation import Installation
from overt.services.people import Account
from overt.settings import Settings
from tests.installations import in_memory, kinds
from tests.people import person

NETWORKS = Networks(detector=b"", embedder=b"", recipe=Recipe())
STILL = Tile(camera=0, captured_us=1, width=64, height=36, jpeg=b"jpeg")
FOUND = Tried(still=STILL, width=640, height=360, frames_per_s=25.0, widths=())


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[TryOrder]:
    orders: list[TryOrder] = []

    def answer(order: TryOrder, _: Networks) -> Tried:
        orders.append(order)
        return FOUND

    monkeypatch.setattr(tries, "try_camera", answer)
    return orders


def attempt(installation: Installation, by: Account, url: str, address: str = "10.0.0.5") -> Tried:
    return tries.try_out(
        installation, by, Settings(), NETWORKS, url=url, smallest_face_px=40, looked_up=lambda _: [address]
    )


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.LIST_MANAGER])
def test_who_may_gets_a_picture_and_the_record_says_so(role: Role, called: list[TryOrder]) -> None:
    installation = in_memory()
    assert attempt(installation, person(installation, "olga", role), "rtsp://camera/stream") is FOUND
    assert kinds(installation) == ["camera.tried"]
    assert called[0].url == "rtsp://10.0.0.5/stream"
    assert called[0].source.strict
    assert not called[0].source.recorded


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.SUPPLIER])
def test_who_may_not_calls_nothing(role: Role, called: list[TryOrder]) -> None:
    installation = in_memory()
    with pytest.raises(NotAllowed):
        attempt(installation, person(installation, "adam", role), "rtsp://camera/stream")
    assert (called, kinds(installation)) == ([], [])


@pytest.mark.parametrize(("url", "address"), [("rtsp://metadata/", "169.254.169.254"), ("/etc/passwd", "10.0.0.5")])
def test_what_is_not_allowed_is_not_called(url: str, address: str, called: list[TryOrder]) -> None:
    installation = in_memory()
    with pytest.raises(BadSource):
        attempt(installation, person(installation, "olga", Role.OPERATOR), url, address)
    assert called == []


def test_a_camera_that_does_not_answer_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    installation = in_memory()

    def lost(*_: object) -> Tried:
        raise CameraLost("The camera at rtsp://10.0.0.5 did not answer.")

    monkeypatch.setattr(tries, "try_camera", lost)
    with pytest.raises(CameraLost):
        attempt(installation, person(installation, "olga", Role.OPERATOR), "rtsp://camera/stream")
