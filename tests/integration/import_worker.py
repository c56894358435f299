"""Imports a list in a process of its own, and waits at one picture to be killed.

python -m tests.integration.import_worker HOME-FOLDER LIST-FOLDER ACCOUNT STOP
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from overt.engine.clock import SystemClock
from overt.services.installation import opened
from overt.services.list_import import import_list
from overt.services.list_sources import list_source
from overt.services.people import account_of
from overt.testing.toy_reader import ToyReader
from tests.drafting import UK, roomy
from tests.installations import PASSPHRASE, place_in


def main(home: str, folder: str, account: str, stop: int) -> None:
    def wait(done: int, _: int) -> None:
        if done == stop:
            sys.stdout.write("now\n")
            sys.stdout.flush()
            time.sleep(600)

    place = place_in(Path(home))
    with (
        opened(place, clock=SystemClock(), random_bytes=os.urandom) as installation,
        list_source(Path(folder)) as source,
    ):
        row = installation.store.read(lambda work: work.accounts.get(account))
        assert row is not None
        import_list(
            installation,
            source,
            ToyReader(),
            rules=roomy(UK, list_max=10_000),
            passphrase=PASSPHRASE,
            by=account_of(row),
            progress=wait,
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
