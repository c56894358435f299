"""A file of evidence is believed only as far as it was compared: parts, digests, proofs, signatures."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from overt.ledger.head import public_key_text
from overt.services import evidence_file
from overt.services.evidence_file import BadEvidence, EvidenceDiffers, read_evidence
from overt.services.installation import Installation
from overt.vault.recipient import open_sealed
from tests.installations import in_memory
from tests.unit.ledger.books import OTHER_KEY
from tests.unit.services.handed_over import KEY, evidential, handed
from tests.unit.services.policed import pictured, policed

Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def twin() -> Installation:
    installation = in_memory()
    policed(installation)
    return installation


@pytest.fixture(scope="module")
def content(twin: Installation) -> bytes:
    """As it was sealed."""
    return open_sealed(KEY, handed(twin, evidential(twin)).sealed)


def unpacked(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(parts: Parts, method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def test_what_was_handed_over_holds_and_any_program_reads_its_parts(twin: Installation, content: bytes) -> None:
    found = read_evidence(content, twin.public_key)
    assert found == read_evidence(content)
    assert (found.to, found.key) == ("court", twin.public_key)
    parts = unpacked(content)
    assert set(parts) == {
        *("manifest.json", "record.json", "record.md", "entry.json", "pictures.json", "ledger.json"),
        *("pictures/listed.jpg", "pictures/passage-1.jpg"),
    }
    assert json.loads(parts["pictures.json"])[1]["captured_at"] == "1970-01-01T00:00:00.000Z"


def changed(name: str, change: Callable[[Any], Any]) -> Callable[[Parts], Parts]:
    """A part that is JSON, changed."""

    def to(parts: Parts) -> Parts:
        value = json.loads(parts[name])
        return parts | {name: json.dumps(change(value)).encode()}

    return to


def proof(change: dict[str, Any], at: int = 0) -> Callable[[Parts], Parts]:
    def to(ledger: dict[str, Any]) -> dict[str, Any]:
        ledger["proofs"][at] |= change
        return ledger

    return changed("ledger.json", to)


FLAWS: dict[str, Callable[[Parts], Parts]] = {
    "another picture": lambda parts: parts | {"pictures/listed.jpg": parts["pictures/passage-1.jpg"]},
    "one part more": lambda parts: parts | {"more.json": b"{}"},
    "one part less": lambda parts: {name: part for name, part in parts.items() if name != "record.md"},
    "the standing changed": lambda parts: (
        parts | {"record.json": parts["record.json"].replace(b'"open"', b'"worth-a-look"')}
    ),
    "another recipient": changed("manifest.json", lambda manifest: manifest | {"to": "press"}),
    "an entry changed": lambda parts: (
        parts | {"ledger.json": parts["ledger.json"].replace(b'score_e4\\":7000', b'score_e4\\":9000')}
    ),
    "a hash changed": proof({"path": ["00" * 32]}),
    "a proof of another place": proof({"index": 0}),
    "a signature changed": proof({"signature": "00" * 64}),
    "no proof at all": changed("ledger.json", lambda ledger: ledger | {"proofs": []}),
    "the disclosure is not proved": changed("ledger.json", lambda ledger: ledger | {"proofs": ledger["proofs"][:1]}),
    "the alert is not proved": changed("ledger.json", lambda ledger: ledger | {"proofs": ledger["proofs"][1:]}),
    "another ledger's key": changed(
        "ledger.json", lambda ledger: ledger | {"public_key": public_key_text(OTHER_KEY.public_key())}
    ),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_whatever_was_changed_is_noticed(content: bytes, flaw: str) -> None:
    parts = unpacked(content)
    edited = FLAWS[flaw](dict(parts))
    assert edited != parts
    with pytest.raises(EvidenceDiffers):
        read_evidence(repacked(edited))


def test_proofs_for_two_heads_are_none(twin: Installation, content: bytes) -> None:
    second = unpacked(open_sealed(KEY, handed(twin, evidential(twin)).sealed))
    parts = unpacked(content)
    ledgers = [json.loads(one["ledger.json"]) for one in (parts, second)]
    both = ledgers[0] | {"proofs": ledgers[0]["proofs"] + ledgers[1]["proofs"]}
    with pytest.raises(EvidenceDiffers, match="one head"):
        read_evidence(repacked(parts | {"ledger.json": json.dumps(both).encode()}))


def test_a_published_key_that_is_another_is_noticed(content: bytes) -> None:
    with pytest.raises(EvidenceDiffers, match="not signed with the ledger's key"):
        read_evidence(content, public_key_text(OTHER_KEY.public_key()))


@pytest.mark.parametrize(
    "bad",
    [
        lambda parts: b"no archive",
        lambda parts: repacked(parts)[:-30],
        lambda parts: repacked(parts, zipfile.ZIP_DEFLATED),
        lambda parts: repacked({"../manifest.json": b"{}"}),
        lambda parts: repacked({"pictures/../../a.jpg": b""}),
        lambda parts: repacked({}),
        lambda parts: repacked({"manifest.json": b"[]", "ledger.json": b"{}"}),
        lambda parts: repacked(parts | {"ledger.json": b"not json"}),
        lambda parts: repacked(proof({"head": "{}"})(parts)),
        lambda parts: repacked(proof({"entry": "{}"})(parts)),
        lambda parts: repacked(changed("manifest.json", lambda one: one | {"_version": "overt-evidence-2"})(parts)),
        lambda parts: repacked({f"a{chr(97 + at % 26)}{chr(97 + at // 26)}.json": b"" for at in range(65)}),
    ],
    ids=[
        *("no archive", "cut", "compressed", "a name that leads out", "another", "empty", "no manifest", "no ledger"),
        *("no head", "no entry", "a later version", "too many"),
    ],
)
def test_what_is_no_file_of_evidence_is_refused(content: bytes, bad: Callable[[Parts], bytes]) -> None:
    with pytest.raises((BadEvidence, EvidenceDiffers)):
        read_evidence(bad(unpacked(content)))


def test_what_says_to_be_longer_than_any_evidence_is_not_read(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_file, "MOST_BYTES", 100)
    with pytest.raises(BadEvidence):
        read_evidence(content)


def test_an_alert_without_a_picture_of_the_list_has_those_of_the_passage() -> None:
    seen = pictured(listed=None, shots=2)
    what = evidence_file.prepared(replace(seen), {"alert": "a"}, alert="a", disclosure="d", to="court", at_us=0)
    assert [name for name in what.parts if name.startswith("pictures/")] == [
        "pictures/passage-1.jpg",
        "pictures/passage-2.jpg",
    ]
