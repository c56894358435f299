"""A verifiable random function: ECVRF-EDWARDS25519-SHA512-TAI of RFC 9381, in plain Python.

Whoever has the secret key gives each text exactly one output that nobody can foretell, and a proof of it; whoever has
the public key checks the proof. Without the secret key an output says nothing about its text, and a guess at the text
cannot be tried.

- One suite only: 0x03, a public key of 32 bytes, a proof of 80, an output of 64.
- `verify` takes a point and a scalar in their one canonical form only, and no public key of small order (RFC 9381,
  5.4.5): with such a key one text could have several outputs.
- How long it takes depends on the secret key and on the text: Python's numbers cannot do otherwise. Whoever could
  measure it would have to run beside it. So it is used where nobody asks from outside and waits for the answer: when a
  list is sealed, all of it in one go, and when somebody who is signed in answers one person.

Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z on -x^2 + y^2 = 1 + d x^2 y^2 over 2^255 - 19; adding and
doubling are those of Hisil, Wong, Carter and Dawson (2008), as in RFC 8032, section 5.1.4.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Final, TypeAlias

SUITE: Final = b"\x03"
KEY_BYTES: Final = 32
PROOF_BYTES: Final = 80
OUTPUT_BYTES: Final = 64

Point: TypeAlias = tuple[int, int, int, int]

_P: Final = 2**255 - 19
_Q: Final = 2**252 + 27742317777372353535851937790883648493  # order of the base point
_D: Final = -121665 * pow(121666, -1, _P) % _P
_TWO_D: Final = 2 * _D % _P
_ROOT: Final = pow(2, (_P - 1) // 4, _P)  # of -1
_CHALLENGE_BYTES: Final = 16
_COFACTOR_BITS: Final = 3
_NEUTRAL: Final[Point] = (0, 1, 1, 0)
_WINDOW: Final = 4


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """A secret key of 32 random bytes, and what follows from it (RFC 8032, 5.1.5).

    Raises:
        ValueError: it has another length.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a secret key has {KEY_BYTES} bytes, not {len(self.secret)}")

    @cached_property
    def public(self) -> bytes:
        return _encoded(_times(self._scalar, _base()))

    def output(self, text: bytes) -> bytes:
        """The 64 bytes that belong to a text; a third of the work of a proof."""
        return _output(_times(self._scalar, _point_of(self.public, text)))

    def prove(self, text: bytes) -> bytes:
        """Shows that `output` of the text is what this key gives it; the same 80 bytes each time."""
        of_text = _point_of(self.public, text)
        gamma = _times(self._scalar, of_text)
        nonce = int.from_bytes(hashlib.sha512(self._expanded[32:] + _encoded(of_text)).digest(), "little") % _Q
        challenge = _challenge(self.public, of_text, gamma, _times(nonce, _base()), _times(nonce, of_text))
        answer = (nonce + challenge * self._scalar) % _Q
        return _encoded(gamma) + challenge.to_bytes(_CHALLENGE_BYTES, "little") + answer.to_bytes(32, "little")

    @cached_property
    def _expanded(self) -> bytes:
        return hashlib.sha512(self.secret).digest()

    @cached_property
    def _scalar(self) -> int:
        low = int.from_bytes(self._expanded[:32], "little")
        return low & ((1 << 254) - 8) | (1 << 254)


def verify(public: bytes, text: bytes, proof: bytes) -> bytes | None:
    """The output that belongs to a text, where `proof` shows it for this public key; None where it does not."""
    key, gamma = _decoded(public), _decoded(proof[:32])
    challenge = int.from_bytes(proof[32:48], "little")
    answer = int.from_bytes(proof[48:], "little")
    if len(proof) != PROOF_BYTES or key is None or gamma is None or answer >= _Q or _is_small(key):
        return None
    of_text = _point_of(public, text)
    first = _added(_times(answer, _base()), _times(challenge, _negative(key)))
    second = _added(_times(answer, of_text), _times(challenge, _negative(gamma)))
    if _challenge(public, of_text, gamma, first, second) != challenge:
        return None
    return _output(gamma)


def is_key(public: bytes) -> bool:
    """Whether `verify` takes it as a public key: a point in canonical form, and none of small order."""
    key = _decoded(public)
    return key is not None and not _is_small(key)


def _point_of(public: bytes, text: bytes) -> Point:
    """Try and increment (RFC 9381, 5.4.1.1): two tries on average."""
    tries = 0
    while True:
        hashed = hashlib.sha512(SUITE + b"\x01" + public + text + bytes([tries, 0])).digest()
        found = _decoded(hashed[:32])
        if found is not None and not _is_small(found):
            return _cleared(found)
        tries += 1


def _challenge(public: bytes, *points: Point) -> int:
    hashed = hashlib.sha512(SUITE + b"\x02" + public + b"".join(map(_encoded, points)) + b"\x00").digest()
    return int.from_bytes(hashed[:_CHALLENGE_BYTES], "little")


def _output(gamma: Point) -> bytes:
    return hashlib.sha512(SUITE + b"\x03" + _encoded(_cleared(gamma)) + b"\x00").digest()


def _added(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = one[3] * _TWO_D * other[3] % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _doubled(point: Point) -> Point:
    x, y, z, _ = point
    a, b = x * x % _P, y * y % _P
    c, h = 2 * z * z, a + b
    e = h - (x + y) * (x + y)
    g = a - b
    f = c + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _negative(point: Point) -> Point:
    return -point[0] % _P, point[1], point[2], -point[3] % _P


def _times(scalar: int, point: Point) -> Point:
    """By windows of four bits, from the highest."""
    table = [_NEUTRAL, point]
    for _ in range(2, 1 << _WINDOW):
        table.append(_added(table[-1], point))
    found = _NEUTRAL
    for shift in range(-(-scalar.bit_length() // _WINDOW) * _WINDOW - _WINDOW, -1, -_WINDOW):
        for _ in range(_WINDOW):
            found = _doubled(found)
        digit = scalar >> shift & ((1 << _WINDOW) - 1)
        if digit:
            found = _added(found, table[digit])
    return found


def _cleared(point: Point) -> Point:
    """Eight times the point: what it has of small order is gone."""
    for _ in range(_COFACTOR_BITS):
        point = _doubled(point)
    return point


def _is_small(point: Point) -> bool:
    x, y, z, _ = _cleared(point)
    return x == 0 and y == z


def _encoded(point: Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decoded(data: bytes) -> Point | None:
    """RFC 8032, 5.1.3; None where the bytes are no point, or not its one form."""
    if len(data) != KEY_BYTES:
        return None
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * v**3 % _P * pow(u * v**7, (_P - 5) // 8, _P) % _P
    if (v * x * x - u) % _P:
        x = x * _ROOT % _P
        if (v * x * x - u) % _P:
            return None
    if x == 0 and sign:
        return None
    x = x if x & 1 == sign else _P - x
    return x, y, 1, x * y % _P


@cache
def _base() -> Point:
    found = _decoded((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    assert found is not None  # y = 4/5, x even
    return found
