"""The second factor of an account: six digits that change every 30 seconds (TOTP, RFC 6238, with SHA-1 as every
authenticator has it), from a secret that the account's owner put into an authenticator.

Rules:
  - the secret is 160 random bits, sealed in the store by a key of the keyring;
  - it counts once its owner has shown one code of it;
  - a code is good for its own 30 seconds and those before and after, and only once: never one of a step that was used.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from overt.domain.time import SECOND_US
from overt.services.installation import Installation
from overt.services.place import FACTOR_KEY
from overt.store.records import SecondFactorRow
from overt.vault.errors import KeyExists, NoKey
from overt.vault.seal import new_key, seal, unseal

SECRET_BYTES: Final = 20
DIGITS: Final = 6
STEP_S: Final = 30
DRIFT: Final = (-1, 0, 1)
_ISSUER: Final = "Overt"


@dataclass(frozen=True, kw_only=True)
class NewSecret:
    """What goes into an authenticator; shown once. `address`: an `otpauth://` address."""

    secret: str = field(repr=False)  # in base 32, in groups of four
    address: str = field(repr=False)


def new_secret(installation: Installation, account: str, name: str) -> tuple[SecondFactorRow, NewSecret]:
    """A secret for an account, sealed and to be shown; it does not count yet."""
    secret = installation.random_bytes(SECRET_BYTES)
    row = SecondFactorRow(
        account=account,
        made_us=installation.clock.now_us(),
        sealed=seal(_key(installation), _what(account), secret, installation.random_bytes),
    )
    address = _codes(secret).get_provisioning_uri(name, _ISSUER)
    return row, NewSecret(secret=_grouped(address), address=address)


def step_of(installation: Installation, row: SecondFactorRow, code: str) -> int | None:
    """The step of time whose code this is; None where it is no code of now, or of a step that was used.

    Raises:
        WrongKey: what is sealed does not open.
    """
    codes = _codes(unseal(_key(installation), _what(row.account), row.sealed))
    typed = "".join(code.split()).encode("utf-8", "replace")
    now = installation.clock.now_us() // (STEP_S * SECOND_US)
    good = [step for step in (now + drift for drift in DRIFT) if bytes_eq(codes.generate(step * STEP_S), typed)]
    return next((step for step in good if step > row.last_step), None)


def _codes(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303  (HMAC-SHA-1, which RFC 6238 asks for)


def _key(installation: Installation) -> bytes:
    """The key that seals every secret; made when the first one is."""
    try:
        return installation.keyring.get(FACTOR_KEY)
    except NoKey:
        with suppress(KeyExists):  # another process was faster
            installation.keyring.put(FACTOR_KEY, new_key(installation.random_bytes))
        return installation.keyring.get(FACTOR_KEY)


def _what(account: str) -> str:
    return f"second-factor:{account}"


def _grouped(address: str) -> str:
    """The secret of an address, as people type it."""
    secret = address.partition("secret=")[2].partition("&")[0]
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
