"""`overt slip verify`: what it says of a slip, without any installation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from overt.cli import slips
from overt.cli.errors import ending
from overt.ledger.head import public_key_text
from tests.unit.ledger.books import KEY, OTHER_KEY
from tests.unit.ledger.test_slip import ALERT, TEXT, proof

PUBLIC = public_key_text(KEY.public_key())


def overt(*arguments: str | Path) -> int:
    """The exit code of `overt` with only this group."""
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    slips.add_to(app)

    def run() -> None:
        app([str(argument) for argument in arguments])

    try:
        return ending(run)
    except SystemExit as end:
        return int(end.code or 0)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_a_slip_is_verified_as_text_and_as_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, key = tmp_path / "slip.txt", tmp_path / "key.txt"
    file.write_text(TEXT, "utf-8")
    key.write_text(f"{PUBLIC}\n", "ascii")
    for given, public in ((TEXT, PUBLIC), (file, key)):
        assert overt("slip", "verify", given, "--key", public) == 0
        words = said(capsys)
        assert words.startswith("Verified: signed by the installation of ledger ")
        for part in (ALERT, "High Street between", "a score of 0.4830 or more", "3 of 9 alerts", "Example Police"):
            assert part in words
        assert "Entry 3 of the ledger stands for it" in words


def test_a_proof_shows_that_the_alert_is_in_the_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof()), "utf-8")
    assert overt("slip", "verify", TEXT, "--key", PUBLIC, "--proof", file) == 0
    assert "Its entry 3 is in the ledger of 6 entries" in said(capsys)
    file.write_text(json.dumps(proof(path=[])), "utf-8")
    assert overt("slip", "verify", TEXT, "--key", PUBLIC, "--proof", file) == 1
    assert said(capsys).startswith("NOT VERIFIED. The proof does not show")


@pytest.mark.parametrize(
    ("text", "key"),
    [(TEXT.replace("High", "Low"), PUBLIC), (TEXT, public_key_text(OTHER_KEY.public_key())), ("overt-slip-1", PUBLIC)],
    ids=["changed", "another's", "cut"],
)
def test_what_does_not_hold_is_a_finding(text: str, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert overt("slip", "verify", text, "--key", key) == 1
    assert said(capsys).startswith("NOT VERIFIED. Th")


def test_what_cannot_be_read_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert overt("slip", "verify", tmp_path / "none.txt", "--key", PUBLIC) == 2
    assert overt("slip", "verify", TEXT, "--key", "ed25519:00") == 2
    for content in ("no", "[]"):
        file = tmp_path / "proof.json"
        file.write_text(content, "utf-8")
        assert overt("slip", "verify", TEXT, "--key", PUBLIC, "--proof", file) == 2
    assert capsys.readouterr().out == ""
