"""The slip of somebody who was stopped: signed text that anybody checks."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from overt.ledger.errors import BadHead, BadSlip
from overt.ledger.head import Head
from overt.ledger.merkle import frontier_of, inclusion_proof, leaf_hash
from overt.ledger.slip import MOST_BYTES, Slip, read, require_in_record
from tests.unit.ledger.books import ACCOUNT, KEY, LOG, OTHER_KEY, START_US, Kept

ALERT = ACCOUNT
ENTRIES = [json.dumps({"facts": {"alert": ALERT if at == 3 else "another"}, "at": at}).encode() for at in range(6)]
LEAVES = Kept([leaf_hash(each) for each in ENTRIES])
SLIP = Slip(
    alert=ALERT,
    at_us=START_US,
    place="High Street between the station and the clock tower",
    camera="north",
    threshold="a score of 0.4830 or more",
    so_far="3 of 9 alerts of this deployment, after identification, were wrong: 33 % (7 to 70 %); 12 alerts in all",
    complaints="Complaints, Example Police, 1 Some Street",
    given_us=START_US + 60_000_000,
    index=3,
    leaf=LEAVES.hashes[3],
    log=LOG,
)
TEXT = SLIP.signed(KEY)


def proof(**changes: Any) -> dict[str, Any]:
    head = Head(log=LOG, size=6, root=frontier_of(LEAVES, 6).root, at_us=START_US).signed(KEY)
    return {
        "index": 3,
        "entry": ENTRIES[3].decode(),
        "path": [each.hex() for each in inclusion_proof(LEAVES, 3, 6)],
        "head": head.head.to_bytes().decode(),
        "signature": head.signature.hex(),
        **changes,
    }


def test_a_slip_says_what_was_signed() -> None:
    assert read(TEXT, KEY.public_key()) == SLIP


def test_the_text_begins_so_that_its_signature_stands_for_nothing_else() -> None:
    assert TEXT.startswith("overt-slip-1\nalert: ")
    assert TEXT.splitlines()[-1].startswith("signature: ")


@pytest.mark.parametrize(
    "changed",
    [f"\n{TEXT}\n\n", TEXT.replace("\n", "\r\n"), TEXT.replace("\n", "  \n"), TEXT.replace(": ", ":  ")],
    ids=["blank lines", "other line ends", "blanks at the end", "blanks between"],
)
def test_what_cameras_and_mail_do_to_it_does_not_matter(changed: str) -> None:
    assert read(changed, KEY.public_key()) == SLIP


@pytest.mark.parametrize("at", range(1, len(TEXT.splitlines()) - 1))
def test_a_line_that_was_changed_is_found(at: int) -> None:
    lines = TEXT.splitlines()
    lines[at] += "1"
    with pytest.raises(BadSlip, match="not signed with this key"):
        read("\n".join(lines), KEY.public_key())


def test_another_installations_key_says_nothing_for_it() -> None:
    with pytest.raises(BadSlip, match="not signed with this key"):
        read(TEXT, OTHER_KEY.public_key())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        TEXT.replace("overt-slip-1", "overt-slip-2"),
        "\n".join(TEXT.splitlines()[:-1]),
        "\n".join([*TEXT.splitlines(), "more: of it"]),
        TEXT + "AAAA",
        TEXT[:-1] + "%",
        TEXT + "x" * MOST_BYTES,
    ],
    ids=["nothing", "other text", "later version", "no signature", "more", "long signature", "no base64", "too long"],
)
def test_what_is_no_slip_is_refused(text: str) -> None:
    with pytest.raises(BadSlip, match="not a slip"):
        read(text, KEY.public_key())


@pytest.mark.parametrize(("line", "words"), [("entry", "three"), ("seen", "yesterday"), ("given", "2026-11-22")])
def test_a_signed_text_that_cannot_be_a_slip_is_refused(line: str, words: str) -> None:
    said = [f"{line}: {words}" if one.startswith(f"{line}:") else one for one in TEXT.splitlines()[:-1]]
    forged = replace(SLIP, place="x").signed(KEY).splitlines()[-1]  # of another text
    with pytest.raises(BadSlip):
        read("\n".join([*said, forged]), KEY.public_key())
    signature = base64.urlsafe_b64encode(KEY.sign("\n".join(said).encode())).decode().rstrip("=")
    with pytest.raises(BadSlip, match="not a slip"):
        read("\n".join([*said, f"signature: {signature}"]), KEY.public_key())


def test_words_that_would_be_lines_stay_in_their_line() -> None:
    slip = replace(SLIP, place="here\nalert: another", complaints="  ", camera="a  b")
    found = read(slip.signed(KEY), KEY.public_key())
    assert (found.place, found.complaints, found.camera) == ("here alert: another", "-", "a b")


def test_a_proof_shows_that_its_alert_is_in_the_record() -> None:
    assert require_in_record(SLIP, proof(), KEY.public_key()).size == 6


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"entry": ENTRIES[2].decode()}, "another entry"),
        ({"index": 2}, "another entry"),
        ({"path": []}, "does not show"),
        ({"path": ["zz"]}, "no proof"),
        ({"entry": "[]"}, "no proof"),
        ({"signature": None}, "no proof"),
    ],
    ids=["entry", "index", "path", "no hexadecimal", "no entry", "no signature"],
)
def test_a_proof_of_something_else_shows_nothing(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSlip, match=says):
        require_in_record(SLIP, proof(**changes), KEY.public_key())


def test_a_proof_of_another_ledger_shows_nothing() -> None:
    with pytest.raises(BadSlip, match="another entry"):
        require_in_record(replace(SLIP, log="other"), proof(), KEY.public_key())
    with pytest.raises(BadHead):
        require_in_record(SLIP, proof(), OTHER_KEY.public_key())
