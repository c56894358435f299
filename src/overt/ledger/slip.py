"""The slip: what somebody who was stopped because of an alert takes with them, as short signed text.

- It says which alert, when and where, from which score on alerts begin, how often alerts of this deployment were wrong
  so far, and where to complain. It names nobody: no reference, no picture, no officer. It shows that somebody was
  stopped, and does not say whether they were listed.
- Its text begins with `overt-slip-1`, so that a signature under a slip can be taken for no head, nor the reverse.
- The signature is that of the ledger's key (Ed25519) over the lines before it, as they stand. Whoever has the public
  key checks it without any installation, also once everything about the alert is erased.
- It holds the leaf hash of the alert's own entry in the ledger: a proof of that entry (`overt ledger prove`) shows that
  the alert of the slip is the alert of the record.
- One line for each thing, in one order; only this form is read. How lines end, and blanks, do not matter: cameras and
  mail change them.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from overt.domain.time import to_text, to_us
from overt.ledger.errors import BadSlip
from overt.ledger.head import SIGNATURE_BYTES, Head, SignedHead
from overt.ledger.merkle import includes, leaf_hash

TAG: Final = "overt-slip-1"
WITHHELD: Final = "told once everybody who has to decide has"
MOST_BYTES: Final = 2048
_NAMES: Final = ("alert", "seen", "place", "camera", "threshold", "so far", "complaints", "given", "entry", "ledger")
_ENTRY: Final = re.compile(r"(\d{1,15}) sha256 ([0-9a-f]{64})")
_TODO: Final = "Give the whole text of the QR code as it was read, with its first line and its signature."


@dataclass(frozen=True, kw_only=True)
class Slip:
    """What a slip says.

    Attributes:
        alert: its id.
        at_us, given_us: when the person was seen, and when the slip was given; microseconds since 1970, UTC.
        place, camera: in words, as the signed deployment has them.
        threshold: from which score on alerts begin, in words.
        so_far: how often alerts of this deployment were wrong until then, in words.
        complaints: where to complain, in words.
        index, leaf: of the alert's entry in the ledger: its number from 0, and its leaf hash, 32 bytes.
        log: the ledger's id.
    """

    alert: str
    at_us: int
    place: str
    camera: str
    threshold: str
    so_far: str
    complaints: str
    given_us: int
    index: int
    leaf: bytes
    log: str

    def signed(self, key: Ed25519PrivateKey) -> str:
        """The text with its signature, one line for each thing."""
        said = self._said()
        signature = base64.urlsafe_b64encode(key.sign(said.encode())).decode().rstrip("=")
        return f"{said}\nsignature: {signature}"

    def _said(self) -> str:
        entry = f"{self.index} sha256 {self.leaf.hex()}"
        times = to_text(self.at_us), to_text(self.given_us)
        words = (self.alert, times[0], self.place, self.camera, self.threshold, self.so_far, self.complaints, times[1])
        values = zip(_NAMES, (*words, entry, self.log), strict=True)
        return "\n".join([TAG, *(f"{name}: {' '.join(value.split()) or '-'}" for name, value in values)])


def read(text: str, key: Ed25519PublicKey) -> Slip:
    """What a slip says, once its signature holds.

    Raises:
        BadSlip: it is none, or was not signed with this key as it stands.
    """
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise _no_slip()
    lines = [" ".join(line.split()) for line in text.strip().splitlines() if line.strip()]
    names = [line.partition(":")[0] for line in lines]
    if names != [TAG, *_NAMES, "signature"]:
        raise _no_slip()
    *values, signature = (line.partition(":")[2].strip() for line in lines[1:])
    try:
        key.verify(_signature(signature), "\n".join(lines[:-1]).encode())
    except InvalidSignature as error:
        raise BadSlip(
            "The slip was not signed with this key as it stands: something in it was changed, or it is another's.",
            "Scan the QR code again, and take the public key from where the installation publishes it.",
        ) from error
    return _slip(dict(zip(_NAMES, values, strict=True)))


def require_in_record(slip: Slip, proof: Mapping[str, Any], key: Ed25519PublicKey) -> Head:
    """Goes on where a proof of `overt ledger prove` shows that the alert of a slip is in the ledger; that head.

    Raises:
        BadSlip: it does not show it.
        BadHead: what it says of the ledger is no head, or is not signed with this key.
    """
    try:
        entry = str(proof["entry"]).encode()
        signed = SignedHead(
            head=Head.from_bytes(str(proof["head"]).encode()), signature=bytes.fromhex(proof["signature"])
        )
        index, path = int(proof["index"]), [bytes.fromhex(each) for each in proof["path"]]
        about = json.loads(entry)["facts"].get("alert")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadSlip("This is no proof of an entry.", "Take what overt ledger prove INDEX prints.") from error
    signed.check(key)
    head = signed.head
    if (index, leaf_hash(entry), about) != (slip.index, slip.leaf, slip.alert) or head.log != slip.log:
        raise BadSlip(
            "The proof is of another entry than the one that the slip names.",
            f"Ask for the proof of entry {slip.index}.",
        )
    if not includes(leaf=slip.leaf, index=index, size=head.size, proof=path, root=head.root):
        raise BadSlip("The proof does not show that the entry is in the ledger.", "Report it to whoever audits them.")
    return head


def _slip(values: Mapping[str, str]) -> Slip:
    entry = _ENTRY.fullmatch(values["entry"])
    try:
        if entry is None:
            raise ValueError
        return Slip(
            alert=values["alert"],
            at_us=to_us(datetime.fromisoformat(values["seen"])),
            place=values["place"],
            camera=values["camera"],
            threshold=values["threshold"],
            so_far=values["so far"],
            complaints=values["complaints"],
            given_us=to_us(datetime.fromisoformat(values["given"])),
            index=int(entry[1]),
            leaf=bytes.fromhex(entry[2]),
            log=values["ledger"],
        )
    except ValueError as error:
        raise _no_slip() from error


def _signature(text: str) -> bytes:
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _no_slip() from error
    if len(found) != SIGNATURE_BYTES:
        raise _no_slip()
    return found


def _no_slip() -> BadSlip:
    return BadSlip("This is not a slip that Overt has signed.", _TODO)
