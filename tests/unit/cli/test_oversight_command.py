"""`overt oversight`: hold, lift, show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from overt.bootstrap import make_installation, open_installation
from overt.domain.roles import Role
from overt.services.people import INSTALLATION_POLICY, new_paper
from overt.settings import load_settings
from tests.installations import home_in
from tests.people import administrators, person
from tests.stores import deployment, put
from tests.unit.cli.test_accounts_cli import Overt

WHY, BACK = "Nobody can read the signs.", "There are new signs now."
KEYS_WORDS = "the words of the key"
FAR_US = 4_000_000_000_000_000


@pytest.fixture
def overt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Overt:
    """On a machine with an installation, where olivia is of the oversight and olga an operator."""
    home_in(tmp_path, monkeypatch)
    make_installation(load_settings())
    with open_installation(load_settings()) as installation:
        administrators(installation, "consent")
        person(installation, "olivia", Role.OVERSIGHT)
        person(installation, "olga", Role.OPERATOR)
        put(installation.store, deployment(1, name="High Street", closes_us=FAR_US))
    return Overt(capsys)


def the_deployment() -> str:
    with open_installation(load_settings()) as installation:
        (row,) = installation.store.read(lambda work: work.deployments.all())
    return row.id


def test_a_deployment_is_held_shown_and_let_go(overt: Overt) -> None:
    overt.login("olivia")
    assert overt.fine("oversight", "show") == ("Nothing is held, and nothing was.\nNo key of a panel is pinned.\n")
    (record,) = [json.loads(line) for line in overt.fine("oversight", "show", "--json").splitlines()]
    assert record == {
        "panel_key": None,
        "key_waits": None,
        "countersigned": None,
        "within_days": 0,
        "due": None,
    }
    halt = overt.fine("oversight", "hold", the_deployment(), "--why", WHY).strip()
    said = overt.fine("oversight", "show")
    assert f"by olivia: {WHY}" in said
    assert said.splitlines()[-2] == f"  {halt}"
    overt.fine("oversight", "lift", halt, "--why", BACK)
    assert f"by olivia: {BACK}" in overt.fine("oversight", "show")
    record, _ = [json.loads(line) for line in overt.fine("oversight", "show", "--json").splitlines()]
    assert (record["hold"], record["name"], record["by"], record["why"]) == (halt, "High Street", "olivia", WHY)
    assert (record["lifted_by"], record["lifted_why"]) == ("olivia", BACK)


def test_all_are_held_by_saying_so(overt: Overt) -> None:
    overt.login("olivia")
    overt.fine("oversight", "hold", "--all", "--why", WHY)
    assert "Every deployment, held since 20" in overt.fine("oversight", "show")
    record, _ = [json.loads(line) for line in overt.fine("oversight", "show", "--json").splitlines()]
    assert (record["deployment"], record["lifted"]) == (None, None)


def test_who_may_not_and_what_cannot_be_is_refused(overt: Overt) -> None:
    overt.login("olga")
    assert "halt.place" in overt.refused("oversight", "hold", "--all", "--why", WHY)
    overt.login("olivia")
    assert "--all" in overt.refused("oversight", "hold", "--why", WHY)
    assert "--all" in overt.refused("oversight", "hold", the_deployment(), "--all", "--why", WHY)
    assert "says why" in overt.refused("oversight", "hold", the_deployment(), "--why", " ")
    assert "no such hold" in overt.refused("oversight", "lift", "x", "--why", BACK)


def test_the_panel_countersigns_elsewhere(overt: Overt, tmp_path: Path) -> None:
    file, drawn_up = tmp_path / "panel.pem", tmp_path / "statement.json"
    public_key = overt.fine("account", "keygen", file, lines=(KEYS_WORDS, KEYS_WORDS)).strip()
    overt.login("ann")
    overt.fine("oversight", "key", public_key)  # the policy consent wants one administrator
    assert "no key of the panel waits" in overt.refused("oversight", "approve-key", public_key).lower()
    overt.login("olivia")
    overt.fine("oversight", "draw-up", drawn_up)
    assert "cannot be written" in overt.refused("oversight", "draw-up", drawn_up)
    signature = overt.fine("oversight", "sign", drawn_up, "--key", file, lines=(KEYS_WORDS,)).strip()
    assert "hexadecimal" in overt.refused("oversight", "countersign", drawn_up, "--signature", "no")
    overt.fine("oversight", "countersign", drawn_up, "--signature", signature)
    assert "The panel countersigned on 20" in overt.fine("oversight", "show")


def test_a_key_waits_for_the_second_administrator(overt: Overt) -> None:
    with open_installation(load_settings()) as installation:
        paper = installation.store.read(lambda work: work.papers.all(INSTALLATION_POLICY))[-1]
        content = {**paper.content, "policy": "uk-police", "two_administrators": True}
        two = new_paper(installation, INSTALLATION_POLICY, content=content)
        installation.store.write(lambda work: work.papers.add(two))
    overt.login("ann")
    overt.fine("oversight", "key", "ab" * 32)
    said = overt.fine("oversight", "show")
    assert f"ed25519:{'ab' * 32} waits for another administrator." in said
    assert "It has to countersign by 20" in said
    overt.login("ben")
    assert "another key waits" in overt.refused("oversight", "approve-key", "cd" * 32).lower()
    overt.fine("oversight", "approve-key", f"ed25519:{'ab' * 32}")
    assert f"The panel's key is ed25519:{'ab' * 32}." in overt.fine("oversight", "show")
