"""What a sealed file of evidence holds: written here; read and checked, without an installation, by whoever opened it.

It is a ZIP, nothing in it compressed:

    manifest.json   which alert and disclosure, for whom, and of each other part its length and SHA-256
    record.json     the record of the alert, and record.md the same for paper
    entry.json      whom the prompt named: the reference of the list's entry
    pictures.json   of each picture what it is, and when it was taken
    pictures/       the picture of the list, and those of the passage, JPEG
    ledger.json     the public key, and of each entry of the ledger about this alert the proof that it is there

Rules:
  - the ledger's entry of the disclosure has the SHA-256 of the manifest: what is inside is what was handed over then;
  - names are from a closed set, and nothing is read that the manifest does not name;
  - nothing is believed that was not compared: lengths, digests, proofs, signatures.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from overt.domain.errors import OvertError, Refused
from overt.domain.time import to_text
from overt.ledger.entry import Entry
from overt.ledger.errors import BadEntry, BadHead, BadLedgerKey
from overt.ledger.head import Head, SignedHead, public_key_from_text
from overt.ledger.merkle import includes, leaf_hash
from overt.services.evidence import AlertEvidence
from overt.services.outcomes import as_text
from overt.services.record import Inclusion

VERSION: Final = "overt-evidence-1"
MANIFEST, LEDGER, RECORD = "manifest.json", "ledger.json", "record.json"
MOST_BYTES: Final = 64 * 1024 * 1024
_NAME: Final = re.compile(r"(pictures/)?[a-z][a-z0-9-]{0,40}\.(json|md|jpg)")
_MOST_PARTS: Final = 64
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of a ZIP: the times that count are inside
_AGAIN: Final = "Ask whoever handed it over for it again."


class BadEvidence(Refused):
    """What was opened is not a file of evidence as Overt makes it."""

    code = "bad-evidence"


class EvidenceDiffers(OvertError):
    """What was opened is not what the ledger says was handed over."""

    code = "evidence-differs"
    exit_code = 1


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What is to be handed over, before the ledger says that it was. `manifest`: canonical JSON."""

    parts: Mapping[str, bytes]
    manifest: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.manifest).hexdigest()}"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A file of evidence that was checked.

    Attributes:
        parts: by name, the manifest and the ledger's proofs among them.
        key: the public key whose signature stands under the ledger's head.
        head: of the ledger, once the disclosure was recorded.
        entries: of the ledger, about this alert, proved.
    """

    alert: str
    to: str
    parts: Mapping[str, bytes]
    key: str
    head: Head
    entries: tuple[Entry, ...]


def prepared(
    evidence: AlertEvidence, record: Mapping[str, Any], *, alert: str, disclosure: str, to: str, at_us: int
) -> Prepared:
    """The parts of a file of evidence and its manifest. `at_us`: when it is handed over."""
    pictures: dict[str, bytes] = {} if evidence.listed is None else {"pictures/listed.jpg": evidence.listed}
    about: list[dict[str, object]] = [{"name": name, "what": "picture of the list"} for name in pictures]
    for number, one in enumerate(evidence.pictures, 1):
        name = f"pictures/passage-{number}.jpg"
        pictures[name] = one.jpeg
        what = {"name": name, "what": "shot of the passage", "captured_at": to_text(one.captured_us)}
        about.append({**what, "quality": f"{one.quality:.3f}"})
    parts = {
        RECORD: _json(record),
        "record.md": as_text(dict(record)).encode(),
        "entry.json": _json({"reference": evidence.reference, "response": evidence.response}),
        "pictures.json": _json(about),
        **pictures,
    }
    listed: list[dict[str, Any]] = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in parts.items()
    ]
    manifest: dict[str, Any] = {"_version": VERSION, "alert": alert, "disclosure": disclosure, "to": to, "at_us": at_us}
    manifest["parts"] = listed
    return Prepared(parts=parts, manifest=rfc8785.dumps(manifest))


def packed(what: Prepared, proofs: Sequence[Inclusion], public_key: str) -> bytes:
    """The file's content, before it is sealed. `proofs`: all for one head."""
    ledger = _json({"public_key": public_key, "proofs": [one.record() for one in proofs]})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {MANIFEST: what.manifest, **what.parts, LEDGER: ledger}.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return out.getvalue()


def read_evidence(content: bytes, key: str | None = None) -> Opened:
    """Reads and checks what a sealed file held.

    Args:
        key: the ledger's public key, from where it was published; None: the one inside, which convinces nobody.

    Raises:
        BadEvidence: it is not in the form that Overt gives it.
        EvidenceDiffers: a part, a proof or a signature does not hold.
    """
    parts = _unpacked(content)
    try:
        manifest, ledger = json.loads(parts[MANIFEST]), json.loads(parts[LEDGER])
        if manifest["_version"] != VERSION:
            raise BadEvidence("This was made by a later version of Overt.", "Update Overt.")
        _require_parts(parts, manifest["parts"])
        alert, disclosure, to = (str(manifest[name]) for name in ("alert", "disclosure", "to"))
        public = public_key_from_text(key or str(ledger["public_key"]))
        head, entries = _proved(ledger["proofs"], public)
    except (KeyError, TypeError, ValueError, AttributeError, BadEntry, BadHead, BadLedgerKey) as error:
        raise _bad() from error
    digest = f"sha256:{hashlib.sha256(parts[MANIFEST]).hexdigest()}"
    _require_recorded(entries, alert, disclosure, digest)
    return Opened(
        alert=alert, to=to, parts=parts, key=key or str(ledger["public_key"]), head=head, entries=tuple(entries)
    )


def _unpacked(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = archive.infolist()
            stored = all(one.compress_type == zipfile.ZIP_STORED and _NAME.fullmatch(one.filename) for one in found)
            small = len(found) <= _MOST_PARTS and sum(one.file_size for one in found) <= MOST_BYTES
            if not stored or not small or len({one.filename for one in found}) != len(found):
                raise _bad()
            return {one.filename: archive.read(one) for one in found}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, UnicodeDecodeError) as error:
        raise _bad() from error


def _require_parts(parts: Mapping[str, bytes], listed: Sequence[Mapping[str, Any]]) -> None:
    named = {str(one["name"]): one for one in listed}
    if set(parts) != {*named, MANIFEST, LEDGER}:
        raise EvidenceDiffers("The file does not hold the parts that its manifest names, and no others.", _AGAIN)
    for name, one in named.items():
        if len(parts[name]) != one["bytes"] or hashlib.sha256(parts[name]).hexdigest() != one["sha256"]:
            raise EvidenceDiffers(f"{name} is not the part that the manifest names: its digest is another.", _AGAIN)


def _proved(proofs: Sequence[Mapping[str, Any]], key: Ed25519PublicKey) -> tuple[Head, list[Entry]]:
    """The head of all proofs, and the entries that they prove.

    Raises:
        EvidenceDiffers: one does not hold, or there is none.
    """
    heads, entries = set(), []
    for proof in proofs:
        signed = SignedHead(head=Head.from_bytes(proof["head"].encode()), signature=bytes.fromhex(proof["signature"]))
        try:
            signed.check(key)
        except BadHead as error:
            raise EvidenceDiffers("The head of the ledger is not signed with the ledger's key.", _AGAIN) from error
        entry, path = proof["entry"].encode(), [bytes.fromhex(each) for each in proof["path"]]
        held = includes(
            leaf=leaf_hash(entry),
            index=int(proof["index"]),
            size=signed.head.size,
            proof=path,
            root=signed.head.root,
        )
        if not held:
            raise EvidenceDiffers(f"The proof of entry {int(proof['index'])} of the ledger does not hold.", _AGAIN)
        heads.add(signed.to_bytes())
        entries.append(Entry.from_bytes(entry))
    if len(heads) != 1:
        raise EvidenceDiffers("The proofs are not for one head of the ledger.", _AGAIN)
    return SignedHead.from_bytes(heads.pop()).head, entries


def _require_recorded(entries: Sequence[Entry], alert: str, disclosure: str, digest: str) -> None:
    kinds = {entry.kind for entry in entries if entry.facts.get("alert") == alert}
    told = [entry.facts.get("manifest") for entry in entries if entry.facts.get("disclosure") == disclosure]
    if "alert.raised" not in kinds or told != [digest]:
        raise EvidenceDiffers("The ledger does not say that this alert was raised, and this handed over.", _AGAIN)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def _bad() -> BadEvidence:
    return BadEvidence("What was opened is not a file of evidence as Overt makes it.", _AGAIN)
