"""What the vault refuses, drawn as in `domain/errors.py`:

OvertError
├── Refused          exit 2
│   ├── BadMasterKey     a master key that is malformed, or lies where others can read or change it
│   ├── WeakPassphrase   a passphrase that is too short, or is not text
│   ├── WrongKey         what is sealed does not open: wrong master key, wrong passphrase, or altered
│   │   └── UnknownSeal      it begins with a version that this Overt does not know
│   ├── NoKey            there is no key of that name: destroyed, or never made
│   └── KeyExists        there is a key of that name already; none is ever overwritten
├── PartMissing      exit 3
│   └── NoMasterKey      no master key where this installation looks for it
└── Stopped          exit 2
    └── KeyringUnavailable keys cannot be read or written now: full, read-only, gone
"""

from __future__ import annotations

from overt.domain.errors import PartMissing, Refused, Stopped


class NoMasterKey(PartMissing):
    code = "no-master-key"


class BadMasterKey(Refused):
    code = "bad-master-key"


class WeakPassphrase(Refused):
    code = "weak-passphrase"


class WrongKey(Refused):
    code = "wrong-key"


class UnknownSeal(WrongKey):
    code = "unknown-seal"


class NoKey(Refused):
    code = "no-key"


class KeyExists(Refused):
    code = "key-exists"


class KeyringUnavailable(Stopped):
    """Nothing can be said about what was asked, least of all that a key is gone; it can be tried again."""

    code = "keyring-unavailable"
