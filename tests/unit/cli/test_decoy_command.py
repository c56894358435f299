"""`overt decoy`: sets are imported, told in counts and erased; what a decoy was, on the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from overt.bootstrap import make_installation, open_installation
from overt.cli.alert_words import record_of, said_of, told_of_decoy
from overt.cli.figures import of_decoys
from overt.domain.decision import Verdict
from overt.domain.roles import Role
from overt.services.adjudicate import facts_of
from overt.services.decoy_figures import decoy_figures
from overt.settings import Settings, load_settings
from overt.testing.toy_reader import ToyReader
from tests.decoying import Stage, pair_row, write_pairs
from tests.installations import home_in
from tests.people import administrators, person
from tests.unit.cli.test_accounts_cli import Overt

NEXT_MONTH = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"


@pytest.fixture
def overt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Overt:
    """On a machine with an installation, where lisa manages lists and olga is an operator."""
    home_in(tmp_path, monkeypatch)

    def readers(settings: Settings) -> ToyReader:
        assert isinstance(settings, Settings)
        return ToyReader()

    monkeypatch.setattr("overt.bootstrap.portrait_readers", readers)
    make_installation(load_settings())
    with open_installation(load_settings()) as installation:
        administrators(installation, "consent")
        person(installation, "lisa", Role.LIST_MANAGER)
        person(installation, "olga", Role.OPERATOR)
    found = Overt(capsys)
    found.login("lisa")
    return found


def test_a_set_is_imported_told_in_counts_and_erased(overt: Overt, tmp_path: Path) -> None:
    assert "No set of decoys" in overt.fine("decoy", "show")
    folder = write_pairs(tmp_path / "pairs", pairs=2)
    new = overt.fine("decoy", "import", str(folder), "--until", NEXT_MONTH).strip()
    said = overt.fine("decoy", "show")
    assert said.startswith(new)
    assert "2 pairs, 1 of the same person, 2 not shown yet" in " ".join(said.split())
    record = json.loads(overt.fine("decoy", "show", "--json"))
    assert (record["set"], record["pairs"], record["left"], record["state"]) == (new, 2, 2, "kept")
    overt.fine("decoy", "erase", new)
    assert "erased" in overt.fine("decoy", "show")
    assert "no such set" in overt.refused("decoy", "erase", new)


def test_what_is_left_out_is_a_finding(overt: Overt, tmp_path: Path) -> None:
    rows = [pair_row(0), pair_row(1, consent="")]
    folder = write_pairs(tmp_path / "some", rows, pairs=2)
    assert overt("decoy", "import", str(folder), "--until", NEXT_MONTH)[0] == 1
    none = write_pairs(tmp_path / "none", [pair_row(0, same="")], pairs=1)
    assert overt("decoy", "import", str(none), "--until", NEXT_MONTH)[0] == 1
    assert len(overt.fine("decoy", "show", "--json").splitlines()) == 1


def test_an_operator_has_nothing_to_do_with_sets(overt: Overt, tmp_path: Path) -> None:
    overt.login("olga")
    assert "decoy.keep" in overt.refused("decoy", "show")
    assert "decoy.keep" in overt.refused("decoy", "import", str(tmp_path), "--until", NEXT_MONTH)


def test_what_a_decoy_was_is_said_once_it_is_over(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    olga, rules = stage.people["olga"].id, stage.policy.rules
    alert = stage.decoy()
    facts = facts_of(stage.installation, alert, account=olga, rules=rules)
    assert list(told_of_decoy(facts)) == []
    assert record_of(facts)["decoy"] is None
    assert "decoy" not in " ".join(said_of(facts))
    stage.says(alert, Verdict.WORTH_A_LOOK, "olga")
    stage.says(alert, Verdict.CANNOT_TELL, "oscar")
    facts = facts_of(stage.installation, alert, account=olga, rules=rules)
    said, same = " ".join(said_of(facts)), stage.behind(alert).same
    assert "This was a decoy" in said
    assert ("Worth a look was right." if same else "Worth a look was not right.") in said
    assert "Cannot tell was not right." in said
    assert record_of(facts)["decoy"] == {"same_person": same, "ended": "decided"}
    taken = stage.decoy()
    stage.real()
    facts = facts_of(stage.installation, taken, account=olga, rules=rules)
    assert "It was taken back (real alert), and counts for nobody." in list(told_of_decoy(facts))
    sentences = list(of_decoys(decoy_figures(stage.installation, stage.people["ann"])))
    assert sentences[0].endswith("1 decoy decided, 1 taken back, 0 not decided in time.")
    assert any(one.startswith("olga: ") for one in sentences)
