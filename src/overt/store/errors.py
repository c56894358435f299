"""What the store refuses, drawn as in `domain/errors.py`:

OvertError
├── Refused          exit 2
│   ├── NoInstallation   there is none where one is needed, or there is one where none may be
│   ├── BadStore         an address, a file or a version of a store that this Overt cannot use
│   └── StoreRolledBack  the store lies behind the newest signed head: an old copy was put in its place
└── Stopped          exit 2
    └── StoreUnavailable nothing can be read or written now: full, locked for too long, read-only, gone
        └── CommitUnknown    the server was lost while it committed: whether the change is kept is not known
"""

from __future__ import annotations

from overt.domain.errors import Refused, Stopped


class NoInstallation(Refused):
    code = "no-installation"


class BadStore(Refused):
    code = "bad-store"


class StoreRolledBack(Refused):
    code = "store-rolled-back"


class StoreUnavailable(Stopped):
    """Nothing was changed: the whole transaction is undone, and can be tried again."""

    code = "store-unavailable"


class CommitUnknown(StoreUnavailable):
    """The one exception: the change may have been made. It is not tried again; somebody has to look first."""

    code = "commit-unknown"
