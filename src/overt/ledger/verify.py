"""Verifies an export of a ledger. Runs alone: Python 3.11 and the package `cryptography`, nothing of Overt.

    python verify.py EXPORT PUBLIC_KEY [--expect HEAD]

EXPORT has one line an entry: the entry (JSON), a tab, its head (JSON), a tab, the signature under the head in 128
hexadecimal digits, a line break. PUBLIC_KEY is `ed25519:` and 64 hexadecimal digits, or a file that holds this. HEAD is
SIZE:ROOT as this script wrote it at an earlier time, or as it was published; 16 digits of ROOT or more will do.

For each line, in order:
 1. the line has three parts;
 2. the signature is that of the public key, over the bytes of the head as they stand;
 3. the head is of the same ledger as the ones before it;
 4. its size is the number of entries so far: none is missing, doubled or moved;
 5. its root is that of the tree (RFC 6962, SHA-256) over the bytes of all entries so far, as they stand.
At the end, with --expect: the export reaches that size, and had that root there.

Exit codes: 0 all of it holds; 1 the first entry that fails is named, or the end is missing; 2 the input cannot be used;
3 `cryptography` is missing. Memory does not grow with the export.
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
    """The export does not hold; says which entry fails, and why."""


class Unusable(Exception):
    """There is nothing to judge; says why."""


@dataclass(frozen=True)
class SignedFor:
    """What a head says, once its signature held."""

    log: str  # the ledger's id
    size: int
    root: str  # 64 hexadecimal digits
    at_us: int  # time of the entry, microseconds since 1970, UTC


@dataclass(frozen=True)
class Verified:
    """What an export that holds contains."""

    first: SignedFor
    last: SignedFor
    turns_back: int  # entries with an earlier time than the one before


class Tree:
    """The root of a growing tree, from the roots of its full subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self.roots: list[bytes] = []  # the largest first

    def add(self, entry: bytes) -> None:
        self.roots.append(hashlib.sha256(b"\x00" + entry).digest())
        complete = self.size
        while complete & 1:  # two subtrees of one size make one of the next
            right = self.roots.pop()
            self.roots.append(hashlib.sha256(b"\x01" + self.roots.pop() + right).digest())
            complete >>= 1
        self.size += 1

    def root(self) -> str:
        found = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            found = hashlib.sha256(b"\x01" + left + found).digest()
        return found.hex()


def verify(export: BinaryIO, key: Ed25519PublicKey, expect: tuple[int, str] | None = None) -> Verified:
    """Reads the export to its end, or to the first entry that fails.

    Raises:
        Failed: an entry fails, or at the size of `expect` the root of the export does not begin as it does.
        Unusable: the export is empty.
    """
    tree = Tree()
    heads: list[SignedFor] = []  # the first and the newest
    turns_back = 0
    for lines, line in enumerate(iter(lambda: export.readline(MOST_BYTES), b""), 1):
        try:
            head = _check(line, tree, key, heads)
        except Failed as failure:
            raise Failed(f"Entry {lines - 1} (line {lines}) fails: {failure}") from failure
        turns_back += bool(heads) and head.at_us < heads[-1].at_us
        heads = [*heads[:1], head]
        if expect and head.size == expect[0] and not head.root.startswith(expect[1]):
            raise Failed(
                f"The first {head.size} entries are not those of the head that you expect: it was written anew."
            )
    if expect and tree.size < expect[0]:
        raise Failed(f"The end is missing: the export has {tree.size} entries, the head that you expect {expect[0]}.")
    if not heads:
        raise Unusable("The export is empty.")
    return Verified(heads[0], heads[-1], turns_back)


def _check(line: bytes, tree: Tree, key: Ed25519PublicKey, heads: list[SignedFor]) -> SignedFor:
    """Steps 1 to 5 for one line; adds its entry to the tree."""
    parts = re.fullmatch(rb"([^\t\n]+)\t([^\t\n]+)\t([0-9a-f]{128})\n", line)  # 1
    if not parts:
        raise Failed("the line is not an entry, its head and a signature, parted by tabs and complete.")
    entry, head_bytes, signature = parts.groups()
    try:
        key.verify(bytes.fromhex(signature.decode()), head_bytes)  # 2
    except InvalidSignature:
        raise Failed("its head is not signed with this public key." + " Is it the right one?" * (not heads)) from None
    head = _read_head(head_bytes)
    if heads and head.log != heads[0].log:  # 3
        raise Failed(f"its head is of another ledger, {head.log}.")
    tree.add(entry)
    if head.size != tree.size:  # 4
        raise Failed(f"its head was signed for entry {head.size - 1}, so entries are missing, doubled or moved.")
    if head.root != tree.root():  # 5
        raise Failed("it is not the entry that its head was signed for.")
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
    raise Failed("its head is signed, but not of a kind that this script knows; use the newest verify.py.")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="verify.py", description="Verifies an export of a ledger.")
    parser.add_argument("export", metavar="EXPORT", type=Path, help="the export, a file")
    parser.add_argument("key", metavar="PUBLIC_KEY", help="ed25519:... or a file that holds it")
    parser.add_argument("--expect", metavar="HEAD", help="SIZE:ROOT that the export has to contain")
    given = parser.parse_args(arguments)
    try:
        key, expect = _key(given.key), _expected(given.expect)
        with given.export.open("rb") as export:
            found = verify(export, key, expect)
    except Failed as failure:
        sys.stdout.write(f"NOT VERIFIED. {failure}\n")
        return 1
    except (Unusable, OSError) as error:
        sys.stderr.write(f"Nothing could be verified: {error}\n")
        return 2
    sys.stdout.write(
        f"Verified: {found.last.size} entries of ledger {found.last.log}, each as its head was signed.\n"
        f"Times: {_time(found.first)} to {_time(found.last)}; they turn back {found.turns_back} times.\n"
        f"Head: {found.last.size}:{found.last.root}\n"
    )
    if not expect:
        sys.stdout.write("Whether entries are missing at the end shows only with --expect and a head from elsewhere.\n")
    return 0


def _key(given: str) -> Ed25519PublicKey:
    text = given if given.startswith("ed25519:") else Path(given).read_text("ascii", "replace").strip()
    if not re.fullmatch("ed25519:[0-9a-f]{64}", text):
        raise Unusable("the public key is not ed25519: and 64 hexadecimal digits.")
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text[8:]))


def _expected(given: str | None) -> tuple[int, str] | None:
    if given is None:
        return None
    if not (parts := re.fullmatch("([1-9][0-9]{0,15}):([0-9a-f]{16,64})", given)):
        raise Unusable("the head is not SIZE:ROOT, a number, a colon and 16 to 64 hexadecimal digits; copy them all.")
    return int(parts[1]), parts[2]


def _time(head: SignedFor) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=head.at_us)).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
