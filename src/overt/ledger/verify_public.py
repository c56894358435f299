"""Verifies the public export of a ledger. Runs alone: Python 3.11 and the package `cryptography`, nothing of Overt.

    python verify_public.py EXPORT PUBLIC_KEY [--expect HEAD]

EXPORT has one line for each entry of the ledger, and one at the end. An entry that is told is the entry (JSON), a tab,
its head (JSON), a tab, the signature under the head in 128 hexadecimal digits. Of an entry that is withheld, because it
is about a person or about what somebody did at work, the line is `withheld`, a tab, and its leaf's hash in 64 digits.
The last line is `head`, a tab, the newest head, a tab, and its signature. Each ends with a line break. PUBLIC_KEY is
`ed25519:` and 64 hexadecimal digits, or a file that holds this. HEAD is SIZE:ROOT, as it was published or printed at an
earlier time; of ROOT the first 16 digits or more will do.

For each line, in order:
 1. it has one of the three forms;
 2. a signature is that of the public key, over the bytes of the head as they stand;
 3. the head is of the same ledger as the ones before it;
 4. its size is the number of entries so far, told and withheld: none is missing, doubled or moved;
 5. its root is that of the tree (RFC 6962, SHA-256) over all of them: none was changed, though some cannot be read.
At the end: the last line is a head, and there is none after it. With --expect: the export had that root at that size.

Exit codes: 0 all of it holds; 1 the first line that fails is named; 2 the input cannot be used; 3 `cryptography` is
missing. Memory does not grow with the export.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError as missing:
    sys.stderr.write("The Python package cryptography is missing. Install it: python -m pip install cryptography\n")
    raise SystemExit(3) from missing

MOST_BYTES = 1 << 20  # of a line


class Failed(Exception):
    """The export does not hold; says which line fails, and why."""


class Unusable(Exception):
    """There is nothing to judge; says why."""


@dataclass(frozen=True)
class SignedFor:
    """What a head says, once its signature held."""

    log: str  # the ledger's id
    size: int
    root: str  # 64 hexadecimal digits
    at_us: int  # microseconds since 1970, UTC


@dataclass(frozen=True)
class Verified:
    told: int
    withheld: int
    last: SignedFor


class Tree:
    """RFC 6962, section 2.1, with the roots of its full subtrees only."""

    def __init__(self) -> None:
        self.size = 0
        self.roots: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        self.size += 1
        self.roots.append(leaf)
        for _ in range((self.size & -self.size).bit_length() - 1):
            right = self.roots.pop()
            self.roots.append(hashlib.sha256(b"\x01" + self.roots.pop() + right).digest())

    def root(self) -> str:
        whole = self.roots[-1] if self.roots else hashlib.sha256(b"").digest()
        for left in reversed(self.roots[:-1]):
            whole = hashlib.sha256(b"\x01" + left + whole).digest()
        return whole.hex()


def verify(export: BinaryIO, key: Ed25519PublicKey, expect: tuple[int, str] | None = None) -> Verified:
    """Steps 1 to 5 for every line, and the end. `expect`: size, and how the root began that the export then had."""
    tree, told, last, ended, number = Tree(), 0, None, False, 0
    while line := export.readline(MOST_BYTES):
        number += 1
        try:
            if ended:
                raise Failed("there is something after the last head.")
            parts = re.fullmatch(rb"(?:withheld\t([0-9a-f]{64})|([^\t\n]+)\t([^\t\n]+)\t([0-9a-f]{128}))\n", line)  # 1
            if not parts:
                raise Failed("it is neither an entry with its head, nor a hash, nor the last head.")
            leaf, entry, head, signature = parts.groups()
            if leaf:
                tree.add(bytes.fromhex(leaf.decode()))
            else:
                ended = entry == b"head"
                if not ended:
                    tree.add(hashlib.sha256(b"\x00" + entry).digest())
                    told += 1
                last = _check(head, signature, tree, key, last)
        except Failed as fault:
            raise Failed(f"Line {number} fails: {fault}") from None
        if expect and tree.size == expect[0] and not tree.root().startswith(expect[1]):
            raise Failed(f"The first {expect[0]} entries are not those of the head that you expect.")
    if last is None:
        raise Unusable("The export has no signed head.")
    if not ended:
        raise Failed("The end is missing: the last line is no head.")
    if expect and tree.size < expect[0]:
        raise Failed(f"The end is missing: the export has {tree.size} entries, the head that you expect {expect[0]}.")
    return Verified(told, tree.size - told, last)


def _check(
    head_bytes: bytes, signature: bytes, tree: Tree, key: Ed25519PublicKey, before: SignedFor | None
) -> SignedFor:
    """Steps 2 to 5 for a head."""
    try:
        key.verify(bytes.fromhex(signature.decode()), head_bytes)  # 2
    except InvalidSignature:
        raise Failed("its head is not signed with this public key.") from None
    head = _read_head(head_bytes)
    if before and head.log != before.log:  # 3
        raise Failed(f"its head is of another ledger, {head.log}.")
    if head.size != tree.size:  # 4
        raise Failed(f"its head was signed for {head.size} entries, so some are missing, doubled or moved.")
    if head.root != tree.root():  # 5
        raise Failed("an entry up to here, told or withheld, is not the one that this head was signed for.")
    return head


def _read_head(data: bytes) -> SignedFor:
    try:
        head = json.loads(data)
        log, size, root, at_us = (head[name] for name in ("log", "size", "root", "at_us"))
        known = head["_version"] == "overt-head-1" and re.fullmatch(r"[!-~]{1,128}", log) and isinstance(root, str)
        if known and type(size) is type(at_us) is int and 0 <= at_us < 1 << 53:
            return SignedFor(log, size, root, at_us)
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise Failed("its head is signed, but not of a kind that this script knows; use the newest verify_public.py.")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="verify_public.py", description="Verifies the public export of a ledger.")
    parser.add_argument("export", metavar="EXPORT", type=Path, help="the export, a file")
    parser.add_argument("key", metavar="PUBLIC_KEY", help="ed25519:... or a file that holds it")
    parser.add_argument("--expect", metavar="HEAD", help="SIZE:ROOT that the export has to contain")
    given = parser.parse_args(arguments)
    try:
        text = given.key if given.key.startswith("ed25519:") else Path(given.key).read_text("ascii", "replace").strip()
        if not re.fullmatch("ed25519:[0-9a-f]{64}", text):
            raise Unusable("the public key is not ed25519: and 64 hexadecimal digits.")
        expect = re.fullmatch("([1-9][0-9]{0,15}):([0-9a-f]{16,64})", given.expect or "")
        if given.expect is not None and not expect:
            raise Unusable(
                "the head is not SIZE:ROOT, a number, a colon and 16 to 64 hexadecimal digits; copy them all."
            )
        with given.export.open("rb") as export:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(text[8:]))
            found = verify(export, key, (int(expect[1]), expect[2]) if expect else None)
    except Failed as failure:
        sys.stdout.write(f"NOT VERIFIED. {failure}\n")
        return 1
    except (Unusable, OSError) as error:
        sys.stderr.write(f"Nothing could be verified: {error}\n")
        return 2
    at = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found.last.at_us)).strftime("%Y-%m-%dT%H:%M:%SZ")
    sys.stdout.write(
        f"Verified: {found.last.size} entries of ledger {found.last.log}, {found.told} to be read and {found.withheld} "
        f"withheld; none is missing, moved or changed.\nTime: {at}\nHead: {found.last.size}:{found.last.root}\n"
    )
    if not expect:
        sys.stdout.write("Whether entries are missing at the end shows only with --expect and a head from elsewhere.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
