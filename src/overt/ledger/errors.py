"""What the ledger refuses, drawn as in `domain/errors.py`:

Refused                  exit 2
├── BadEntry             an entry that may not be recorded, or bytes that are not one
├── BadHead              a head that is not one, or is not signed with the key given
├── BadLedgerKey         text that is not a public key of a ledger
├── BadSlip              text that is not a signed slip, or a proof that is not about it
└── LedgerDiffers        what is stored is not what the newest head was signed for; nothing may be added
"""

from __future__ import annotations

from overt.domain.errors import Refused


class BadEntry(Refused):
    code = "bad-entry"


class BadHead(Refused):
    code = "bad-head"


class BadLedgerKey(Refused):
    code = "bad-ledger-key"


class BadSlip(Refused):
    code = "bad-slip"


class LedgerDiffers(Refused):
    code = "ledger-differs"
