"""The verifiable random function: all vectors of its suite in RFC 9381, and what no proof can do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overt.ledger import vrf
from overt.ledger.vrf import KEY_BYTES, OUTPUT_BYTES, PROOF_BYTES, SecretKey, is_key, verify

KEY = SecretKey(secret=bytes(range(32)))
OTHER = SecretKey(secret=bytes(range(1, 33)))
#: Each try takes some milliseconds.
FEW = settings(max_examples=25)
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
#: Every encoding of a point of small order, canonical ones first, with an order and a remark each.
SMALL = {
    "neutral": (1).to_bytes(32, "little"),
    "order 2": (P - 1).to_bytes(32, "little"),
    "order 4, even": bytes(32),
    "order 4, odd": (1 << 255).to_bytes(32, "little"),
    "order 8": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "order 8, negative": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    "order 8, other": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "order 8, other, negative": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
}
NOT_CANONICAL = {
    "y = p": P.to_bytes(32, "little"),
    "y = p + 1": (P + 1).to_bytes(32, "little"),
    "y = 2^255 - 1": ((1 << 255) - 1).to_bytes(32, "little"),
    "minus nought": (1 | 1 << 255).to_bytes(32, "little"),
    "minus nought, y = -1": (P - 1 | 1 << 255).to_bytes(32, "little"),
    "no point": (2).to_bytes(32, "little"),
    "too short": bytes(31),
    "too long": bytes(33),
}


@dataclass(frozen=True)
class Vector:
    """An example of RFC 9381, appendix B.3."""

    secret: str
    public: str
    text: str
    of_text: str
    proof: str
    output: str


VECTORS = {
    "example 16": Vector(
        secret="9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        public="d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        text="",
        of_text="91bbed02a99461df1ad4c6564a5f5d829d0b90cfc7903e7a5797bd658abf3318",
        proof="8657106690b5526245a92b003bb079ccd1a92130477671f6fc01ad16f26f723f"
        "26f8a57ccaed74ee1b190bed1f479d97"
        "27d2d0f9b005a6e456a35d4fb0daab1268a1b0db10836d9826a528ca76567805",
        output="90cf1df3b703cce59e2a35b925d411164068269d7b2d29f3301c03dd757876ff"
        "66b71dda49d2de59d03450451af026798e8f81cd2e333de5cdf4f3e140fdd8ae",
    ),
    "example 17": Vector(
        secret="4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        public="3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        text="72",
        of_text="5b659fc3d4e9263fd9a4ed1d022d75eaacc20df5e09f9ea937502396598dc551",
        proof="f3141cd382dc42909d19ec5110469e4feae18300e94f304590abdced48aed593"
        "3bf0864a62558b3ed7f2fea45c92a465"
        "301b3bbf5e3e54ddf2d935be3b67926da3ef39226bbc355bdc9850112c8f4b02",
        output="eb4440665d3891d668e7e0fcaf587f1b4bd7fbfe99d0eb2211ccec90496310eb"
        "5e33821bc613efb94db5e5b54c70a848a0bef4553a41befc57663b56373a5031",
    ),
    "example 18": Vector(
        secret="c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        public="fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        text="af82",
        of_text="bf4339376f5542811de615e3313d2b36f6f53c0acfebb482159711201192576a",
        proof="9bc0f79119cc5604bf02d23b4caede71393cedfbb191434dd016d30177ccbf80"
        "96bb474e53895c362d8628ee9f9ea3c0"
        "e52c7a5c691b6c18c9979866568add7a2d41b00b05081ed0f58ee5e31b3a970e",
        output="645427e5d00c62a23fb703732fa5d892940935942101e456ecca7bb217c61c45"
        "2118fec1219202a0edcf038bb6373241578be7217ba85a2687f7a0310b2df19f",
    ),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_every_vector_of_the_rfc(vector: Vector) -> None:
    key, text = SecretKey(secret=bytes.fromhex(vector.secret)), bytes.fromhex(vector.text)
    assert key.public.hex() == vector.public
    assert vrf._encoded(vrf._point_of(key.public, text)).hex() == vector.of_text
    assert key.prove(text).hex() == vector.proof
    assert key.output(text).hex() == vector.output
    verified = verify(key.public, text, bytes.fromhex(vector.proof))
    assert verified is not None
    assert verified.hex() == vector.output


def test_sizes_and_a_key_that_tells_nothing_of_itself() -> None:
    assert (len(KEY.public), len(KEY.prove(b"")), len(KEY.output(b""))) == (KEY_BYTES, PROOF_BYTES, OUTPUT_BYTES)
    assert repr(KEY) == "SecretKey()"
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        SecretKey(secret=bytes(31))


@FEW
@given(st.binary(max_size=80), st.binary(min_size=32, max_size=32))
def test_what_was_proved_verifies_and_gives_that_output(text: bytes, secret: bytes) -> None:
    key = SecretKey(secret=secret)
    assert verify(key.public, text, key.prove(text)) == key.output(text)
    assert key.prove(text) == key.prove(text)
    assert is_key(key.public)


@FEW
@given(st.binary(max_size=20), st.binary(max_size=20))
def test_a_proof_is_for_one_text_and_one_key(text: bytes, other: bytes) -> None:
    proof = KEY.prove(text)
    assert (verify(KEY.public, other, proof) is not None) == (text == other)
    assert verify(OTHER.public, text, proof) is None
    assert (KEY.output(text) == KEY.output(other)) == (text == other)
    assert KEY.output(text) != OTHER.output(text)


@FEW
@given(st.integers(0, 8 * PROOF_BYTES - 1))
def test_a_proof_with_one_bit_turned_does_not_verify(bit: int) -> None:
    proof = bytearray(KEY.prove(b"ann"))
    proof[bit // 8] ^= 1 << bit % 8
    assert verify(KEY.public, b"ann", bytes(proof)) is None


@FEW
@given(st.binary(min_size=PROOF_BYTES, max_size=PROOF_BYTES))
@example(bytes(PROOF_BYTES))
def test_no_other_proof_gives_another_output(proof: bytes) -> None:
    assert verify(KEY.public, b"ann", proof) is None


@FEW
@given(st.binary(min_size=32, max_size=32))
def test_no_proof_that_begins_with_another_point_gives_another_output(secret: bytes) -> None:
    """Uniqueness, as far as trying goes: the point of another key, or of another text, in an honest proof."""
    proof = KEY.prove(b"ann")
    stranger = SecretKey(secret=secret)
    for other in (stranger.prove(b"ann"), KEY.prove(b"bob"), stranger.public + bytes(48)):
        assert verify(KEY.public, b"ann", other[:32] + proof[32:]) is None
        assert verify(KEY.public, b"ann", proof[:32] + other[32:]) is None


def test_a_scalar_that_is_too_large_by_the_order_is_refused() -> None:
    proof = KEY.prove(b"ann")
    answer = int.from_bytes(proof[48:], "little") + Q
    assert verify(KEY.public, b"ann", proof[:48] + answer.to_bytes(32, "little")) is None


@pytest.mark.parametrize("wrong", [b"", KEY.prove(b"ann")[:-1], KEY.prove(b"ann") + b"\0"], ids=["0", "79", "81"])
def test_a_proof_of_another_length_is_refused(wrong: bytes) -> None:
    assert verify(KEY.public, b"ann", wrong) is None


@pytest.mark.parametrize("bad", [*SMALL.values(), *NOT_CANONICAL.values()], ids=[*SMALL, *NOT_CANONICAL])
def test_a_key_of_small_order_or_in_another_form_is_none(bad: bytes) -> None:
    assert not is_key(bad)
    assert verify(bad, b"ann", KEY.prove(b"ann")) is None


@pytest.mark.parametrize("point", SMALL.values(), ids=SMALL)
def test_small_points_are_points(point: bytes) -> None:
    """So that what refuses them is their order, not their form."""
    found = vrf._decoded(point)
    assert found is not None
    assert vrf._encoded(found) == point
    assert vrf._is_small(found)


def test_what_a_key_of_small_order_could_do() -> None:
    """Planted: without the check of the key, its owner, whose scalar is of no consequence, shows every output."""
    small = SMALL["order 2"]
    key = vrf._decoded(small)
    assert key is not None

    def shown(text: bytes, nonce: int) -> bytes | None:
        """A proof for Gamma = a multiple of the neutral point that holds whenever the challenge is even."""
        of_text = vrf._point_of(small, text)
        gamma = vrf._NEUTRAL
        first, second = vrf._times(nonce, vrf._base()), vrf._times(nonce, of_text)
        challenge = vrf._challenge(small, of_text, gamma, first, second)
        if challenge % 2:
            return None
        return vrf._encoded(gamma) + challenge.to_bytes(16, "little") + nonce.to_bytes(32, "little")

    forged = next(proof for nonce in range(1, 40) if (proof := shown(b"ann", nonce)) is not None)
    assert verify(small, b"ann", forged) is None
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(vrf, "_is_small", lambda _: False)
        assert verify(small, b"ann", forged) is not None, "the check of the order is what refuses it"


def test_a_point_of_small_order_in_a_text_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    real, tried = hashlib.sha512, []

    class Planted:
        def __init__(self, data: bytes) -> None:
            self._data = data

        def digest(self) -> bytes:
            tried.append(self._data)
            return SMALL["order 8"] + bytes(32) if len(tried) == 1 else real(self._data).digest()

    monkeypatch.setattr(hashlib, "sha512", Planted)
    found = vrf._point_of(bytes(32), b"ann")
    assert not vrf._is_small(found)
    assert len(tried) >= 2


@FEW
@given(st.integers(0, 2**256), st.integers(0, 2**256))
def test_multiples_add_up(one: int, other: int) -> None:
    base = vrf._base()
    together = vrf._added(vrf._times(one, base), vrf._times(other, base))
    assert vrf._encoded(together) == vrf._encoded(vrf._times(one + other, base))
    assert vrf._encoded(vrf._times(Q, base)) == SMALL["neutral"]
