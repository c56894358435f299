"""Writes `doors.csv` anew after a door was added or changed: python -m tests.promises.write_doors"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.consoles import console_of, house_in
from tests.installations import in_memory
from tests.promises.doors import FILE, written

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        FILE.write_text(written(console_of(house_in(in_memory(), Path(folder)))), "utf-8")
    sys.stdout.write(f"{FILE.name}\n")
