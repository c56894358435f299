"""What Prometheus reads, and who may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from overt.console.app import create_app
from overt.domain.roles import Role
from overt.store.errors import StoreUnavailable
from tests.deployed import quick_passphrases
from tests.unit.console.api.seeded import BASE, CANARIES, Seeded, seeded

HERE = ("127.0.0.1", 50000)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    with quick_passphrases():
        yield seeded(tmp_path_factory.mktemp("metrics"))


def local(made: Seeded, **headers: str) -> TestClient:
    """Somebody on this machine, with nothing in between."""
    app = create_app(replace(made.house, secure=False))
    return TestClient(app, base_url=BASE, client=HERE, headers=headers)


def test_counts_are_read_on_this_machine_without_a_sign_in(made: Seeded) -> None:
    answer = local(made).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    camera = f'{{camera="0",deployment="{made.deployment.id}"}}'
    assert float(lines["overt_store_up"]) == 1
    assert float(lines["overt_alerts_waiting"]) == 3
    assert float(lines["overt_oldest_alert_waiting_seconds"]) > 60
    assert float(lines["overt_runs"]) == 1
    assert float(lines["overt_event_streams"]) == 0
    assert float(lines["overt_sessions"]) >= 0
    assert float(lines[f"overt_camera_frames_total{camera}"]) == 7
    assert float(lines[f"overt_camera_live{camera}"]) == 1
    assert float(lines[f"overt_camera_lag_seconds{camera}"]) == 0.04
    green = f'overt_camera_envelope_seconds_total{{camera="0",deployment="{made.deployment.id}",standing="green"}}'
    assert float(lines[green]) == 2


def test_no_name_is_in_it(made: Seeded) -> None:
    said = local(made).get("/metrics").text
    people = [made.by(role) for role in Role]
    for word in (*CANARIES, "camera 0", "High Street", *(one.name for one in people), *(one.id for one in people)):
        assert word not in said


def test_from_elsewhere_somebody_has_to_be_signed_in(made: Seeded) -> None:
    for client in (
        made.client(),
        local(made, **{"x-forwarded-for": "10.1.1.1"}),
        TestClient(made.app, base_url=BASE, client=HERE),  # everybody comes through a server with https
        TestClient(create_app(replace(made.house, secure=False)), base_url=BASE, client=("10.1.1.1", 5)),
    ):
        answer = client.get("/metrics")
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:overt:not-signed-in")
    assert made.client(Role.SUPPLIER).get("/metrics").status_code == 200


def test_a_store_that_is_away_is_told_of(made: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_: Any) -> None:
        raise StoreUnavailable("away")

    client = local(made)
    monkeypatch.setattr(made.installation.store, "read", read)
    said = client.get("/metrics").text
    assert "overt_store_up 0.0" in said
    assert "overt_sessions" not in said
    assert "overt_camera_frames_total" in said


def test_a_run_that_is_over_has_no_series(made: Seeded) -> None:
    run = made.house.runs.of(made.deployment.id)
    assert run is not None
    run.over = True
    try:
        said = local(made).get("/metrics").text
        assert made.deployment.id not in said
        assert "overt_runs 0.0" in said
    finally:
        run.over = False
