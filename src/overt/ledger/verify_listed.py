"""Checks an answer to "was I on a list?". Runs alone: Python 3.11 and the package `cryptography`, nothing of Overt.

    python verify_listed.py ANSWER PUBLIC_KEY [--head HEAD] [--ledger EXPORT] [--outputs FILE]

ANSWER is the JSON file that was handed over. PUBLIC_KEY is the installation's, `ed25519:` and 64 hexadecimal digits, or
a file that holds this, from where it is published; the one that comes with an answer convinces nobody. HEAD is
SIZE:ROOT as it is published or printed on a sign; of ROOT the first 16 digits or more will do. EXPORT is the
installation's ledger, which `verify.py` verifies. FILE has all outputs of the list, 64 hexadecimal digits a line, as an
auditor can have them; they name nobody.

 1. the head of the ledger that the answer names is signed with the public key, and is HEAD where that is given; a HEAD
    of another size is held against the export of step 6, which has to have had it;
 2. the entry of the ledger that the answer names is in the ledger of that head (RFC 9162, 2.1.3.2);
 3. that entry was written when the list of this deployment was sealed: it names the key, the root and the number of
    outputs that the answer goes by;
 4. the proof of the verifiable random function holds (RFC 9381, ECVRF-EDWARDS25519-SHA512-TAI): for this reference,
    this deployment and this key there is one output, and no other;
 5. "listed": that output is in the tree of that root. "Not listed": the outputs next below and next above it are in the
    tree, side by side (or it lies before the first, or after the last), so it is not;
 6. with --ledger: the export is that of the head, and has this one entry about the list of the deployment and no other;
 7. with --outputs: these are the leaves of the tree, in order and each once. Without it a list whose tree was made out
    of order, by an installation that meant to deceive, could show the same person as listed and as not listed.

Exit codes: 0 all of it holds, whatever the answer is; 1 something fails, and is named; 2 the input cannot be used; 3
`cryptography` is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError as missing:
    sys.stderr.write("The Python package cryptography is missing. Install it: python -m pip install cryptography\n")
    raise SystemExit(3) from missing

MOST_BYTES = 1 << 20
TAG = "overt-listed-1"
SUITE = b"\x03"  # ECVRF-EDWARDS25519-SHA512-TAI
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int, int]  # X, Y, Z with x = X/Z and y = Y/Z on -x^2 + y^2 = 1 + d x^2 y^2


class Failed(Exception):
    """The answer does not hold; says why."""


class Unusable(Exception):
    """There is nothing to judge; says why."""


@dataclass(frozen=True)
class Held:
    """An answer that holds."""

    listed: bool
    reference: str
    deployment: str
    outputs: int  # how many there are of this list
    mark: str  # SIZE:ROOT of the head


def check(
    answer: dict[str, Any],
    key: Ed25519PublicKey,
    head: str | None = None,
    export: Path | None = None,
    outputs: Path | None = None,
) -> Held:
    """Steps 1 to 7.

    Raises:
        Failed: a step fails.
        Unusable: it is no answer.
    """
    try:
        if answer["_version"] != TAG:
            raise Unusable("it is no answer of a kind that this script knows; use the newest verify_listed.py.")
        record, deployment, reference = answer["record"], str(answer["deployment"]), str(answer["reference"])
        size, root, mark = _head(record, key)  # 1
        heads = [(size, root.hex()), *([] if head is None else [_expected(head, size, export)])]
        if heads[-1][0] == size and not root.hex().startswith(heads[-1][1]):
            raise Failed(f"it was made for the head {mark}, and not for the one that you expect.")
        entry = str(record["entry"]).encode()
        path = [bytes.fromhex(each) for each in record["path"]]
        if not _in_tree(_leaf(entry), _count(record["index"]), size, path, root):  # 2
            raise Failed("its entry is not in the ledger of its head.")
        count = _committed(json.loads(entry), answer)  # 3
        own = output(bytes.fromhex(answer["key"]), _text(deployment, reference), bytes.fromhex(answer["proof"]))  # 4
        if own is None:
            raise Failed("the proof of the verifiable random function does not hold for this reference and key.")
        listed = answer["listed"]
        _places(own[:32], answer, count)  # 5
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unusable("it is no answer, or something in it is missing.") from error
    if export is not None:
        _alone(export, entry, deployment, heads)  # 6
    if outputs is not None:
        _in_order(outputs, bytes.fromhex(answer["root"]))  # 7
    return Held(listed=listed, reference=reference, deployment=deployment, outputs=count, mark=mark)


def _head(record: dict[str, Any], key: Ed25519PublicKey) -> tuple[int, bytes, str]:
    """Size and root of the head, once its signature held, and both as SIZE:ROOT."""
    signed = str(record["head"]).encode()
    try:
        key.verify(bytes.fromhex(record["signature"]), signed)
    except InvalidSignature:
        raise Failed("its head is not signed with this public key. Is it the right one?") from None
    head = json.loads(signed)
    size, root = _count(head["size"]), str(head["root"])
    if head["_version"] != "overt-head-1":
        raise Failed("what is signed is no head of a ledger.")
    return size, bytes.fromhex(root), f"{size}:{root}"


def _committed(entry: dict[str, Any], answer: dict[str, Any]) -> int:
    """How many outputs the list of the answer has, as the ledger says."""
    facts = entry["facts"]
    if entry["kind"] != "list.committed" or entry["deployment"] != answer["deployment"]:
        raise Failed("its entry is not about the list of this deployment.")
    if any(facts[name] != answer[name] for name in ("list", "key", "root", "outputs")):
        raise Failed("it goes by another key, root or number than those that the ledger has of this list.")
    return _count(facts["outputs"])


def _places(own: bytes, answer: dict[str, Any], outputs: int) -> None:
    """Raises Failed where the members shown do not bear out what the answer says."""
    root, shown = bytes.fromhex(answer["root"]), []
    for member in answer["members"]:
        index, one = _count(member["index"]), bytes.fromhex(member["output"])
        path = [bytes.fromhex(each) for each in member["path"]]
        if len(one) != 32 or not _in_tree(_leaf(one), index, outputs, path, root):
            raise Failed("one of the outputs that it shows is not in the tree of this list.")
        shown.append((index, one))
    if answer["listed"] is True:
        if [one for _, one in shown] != [own]:
            raise Failed("it says that the person was listed, and does not show their own output.")
        return
    if answer["listed"] is not False:
        raise Unusable("it says neither that the person was listed nor that they were not.")
    below = [(index, one) for index, one in shown if one < own]
    above = [(index, one) for index, one in shown if one > own]
    if len(below) + len(above) != len(shown) or len(below) > 1 or len(above) > 1:
        raise Failed("it says that the person was not listed, and shows their own output, or too many others.")
    first = below[0][0] + 1 if below else 0  # the place that the person's own output would have
    if (above[0][0] if above else outputs) != first:
        raise Failed("it says that the person was not listed, and the outputs that it shows are not side by side.")


def _expected(head: str, size: int, export: Path | None) -> tuple[int, str]:
    """Size, and how the root began, of the head that is expected; `size`: of the one that the answer was made for."""
    parts = re.fullmatch("([1-9][0-9]{0,15}):([0-9a-f]{16,64})", head)
    if not parts:
        raise Unusable("the head is not SIZE:ROOT, a number, a colon and 16 to 64 hexadecimal digits; copy them all.")
    if int(parts[1]) != size and export is None:
        raise Unusable(
            f"the answer was made for a head of {size} entries, and yours is of {parts[1]}, so they cannot be compared "
            "alone. Add --ledger with the ledger of the register: it shows whether both are of one record."
        )
    return int(parts[1]), parts[2]


def _alone(export: Path, entry: bytes, deployment: str, heads: list[tuple[int, str]]) -> None:
    """Raises Failed where the export has another entry about the list of the deployment, or lacks one of these heads:
    that of the answer, and one that is expected. The public one will do: it has hashes for what it withholds."""
    found, leaves = [], []
    with export.open("rb") as lines:
        for line in lines:
            one, _, rest = line.rstrip(b"\n").partition(b"\t")
            if one == b"withheld":
                leaves.append(bytes.fromhex(rest.decode("ascii")))
            elif one != b"head":
                leaves.append(_leaf(one))
                if b'"kind":"list.committed"' in one and json.loads(one)["deployment"] == deployment:
                    found.append(one)
    for whose, (size, root) in zip(("of the answer", "that you expect"), heads, strict=False):
        if len(leaves) < size or not _root(leaves[:size]).hex().startswith(root):
            raise Failed(f"the head {whose} is not in this export: it is older, or of another ledger.")
    if found != [entry]:
        raise Failed(f"the ledger has {len(found)} entries that commit to a list of this deployment, and not this one.")


def _in_order(file: Path, root: bytes) -> None:
    """Raises Failed where the outputs of a file are not those of the root, in order and each once."""
    try:
        each = [bytes.fromhex(line) for line in file.read_text("ascii").split()]
    except ValueError as error:
        raise Unusable(f"{file} holds no outputs of a list.") from error
    if each != sorted(set(each)) or _root([_leaf(one) for one in each]) != root:
        raise Failed("the outputs of the file are not the sorted outputs of this list.")


def _root(level: list[bytes]) -> bytes:
    """The root of the tree over these leaves."""
    while len(level) > 1:
        above = [hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        level = above + level[len(level) - len(level) % 2 :]
    return level[0] if level else hashlib.sha256(b"").digest()


def output(public: bytes, text: bytes, proof: bytes) -> bytes | None:
    """What the verifiable random function gives for a text: 64 bytes; None where the proof does not hold (RFC 9381,
    5.3, with the validation of the key, 5.4.5)."""
    if len(public) != 32 or len(proof) != 80:
        return None
    key, gamma = decoded(public), decoded(proof[:32])
    challenge, answer = int.from_bytes(proof[32:48], "little"), int.from_bytes(proof[48:], "little")
    if key is None or gamma is None or answer >= Q or small(key):
        return None
    tries, of_text = 0, None
    while of_text is None:
        of_text = decoded(hashlib.sha512(SUITE + b"\x01" + public + text + bytes([tries, 0])).digest()[:32])
        of_text = None if of_text is None or small(of_text) else times(8, of_text)
        tries += 1
    first = added(times(answer, BASE), negative(times(challenge, key)))
    second = added(times(answer, of_text), negative(times(challenge, gamma)))
    hashed = b"".join(encoded(each) for each in (of_text, gamma, first, second))
    if hashlib.sha512(SUITE + b"\x02" + public + hashed + b"\x00").digest()[:16] != proof[32:48]:
        return None
    return hashlib.sha512(SUITE + b"\x03" + encoded(times(8, gamma)) + b"\x00").digest()


def added(one: Point, other: Point) -> Point:
    """Bernstein, Birkner, Joye, Lange and Peters (2008); it holds for every two points, the same one too."""
    (x, y, z), (u, v, w) = one, other
    a, c, d = z * w % P, x * u % P, y * v % P
    b, e = a * a % P, D * c * d % P
    f, g = b - e, b + e
    return a * f * ((x + y) * (u + v) - c - d) % P, a * g * (c + d) % P, f * g % P


def small(point: Point) -> bool:
    """Whether eight times the point is the neutral one."""
    x, y, z = times(8, point)
    return x == 0 and y == z


def times(scalar: int, point: Point) -> Point:
    found = (0, 1, 1)
    while scalar:
        if scalar & 1:
            found = added(found, point)
        point, scalar = added(point, point), scalar >> 1
    return found


def negative(point: Point) -> Point:
    return -point[0] % P, point[1], point[2]


def encoded(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decoded(data: bytes) -> Point | None:
    """RFC 8032, 5.1.3; None where the bytes are no point, or not in their one form."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return (x if x & 1 == sign else P - x), y, 1


BASE: Point = decoded((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or (0, 1, 1)


def _text(deployment: str, reference: str) -> bytes:
    return f"{TAG}\n{deployment}\n{reference}".encode()


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _in_tree(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    node, last, found = index, size - 1, leaf
    if index >= size:
        return False
    for each in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = hashlib.sha256(b"\x01" + each + found).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + each).digest()
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="verify_listed.py", description='Checks an answer to "was I on a list?".')
    parser.add_argument("answer", metavar="ANSWER", type=Path, help="the answer, a JSON file")
    parser.add_argument("key", metavar="PUBLIC_KEY", help="ed25519:... or a file that holds it")
    parser.add_argument("--head", metavar="HEAD", help="SIZE:ROOT, from elsewhere, that the answer was made for")
    parser.add_argument("--ledger", metavar="EXPORT", type=Path, help="the ledger: has it one entry about the list?")
    parser.add_argument("--outputs", metavar="FILE", type=Path, help="all outputs of the list, as an auditor has them")
    given = parser.parse_args(arguments)
    try:
        with given.answer.open("rb") as file:
            answer = json.loads(file.read(MOST_BYTES))
        held = check(answer, _key(given.key), given.head, given.ledger, given.outputs)
    except Failed as failure:
        sys.stdout.write(f"NOT VERIFIED: {failure}\n")
        return 1
    except (Unusable, OSError, ValueError, TypeError, KeyError) as error:
        sys.stderr.write(f"Nothing could be verified: {error}\n")
        return 2
    said = "WAS on the list" if held.listed else "was NOT on the list"
    sys.stdout.write(
        f"Verified: {held.reference!r} {said} of deployment {held.deployment}, which has {held.outputs} references.\n"
        f"Head: {held.mark}\n"
    )
    if not given.ledger:
        sys.stdout.write("That the ledger has no second root for this list shows only with --ledger.\n")
    return 0


def _key(given: str) -> Ed25519PublicKey:
    text = given if given.startswith("ed25519:") else Path(given).read_text("ascii", "replace").strip()
    if not re.fullmatch("ed25519:[0-9a-f]{64}", text):
        raise Unusable("the public key is not ed25519: and 64 hexadecimal digits.")
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text[8:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
