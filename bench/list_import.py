"""What importing a list of 10,000 entries costs besides finding faces: judging, sealing, keeping, look-alikes.

    python -m bench.list_import [--entries N]

Painted portraits of 250 x 250 pixels, and a reader that gives each its own template; SQLite in a temporary folder.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.roles import Role
from overt.engine.clock import SystemClock
from overt.services.drafts import take
from overt.services.installation import create, opened
from overt.services.list_import import import_list
from overt.services.list_sources import list_source
from overt.services.policies import load_policy
from overt.testing.toy_reader import ToyFace, ToyPortrait, ToyReader, paint
from tests.drafting import listed
from tests.installations import PASSPHRASE, place_in
from tests.people import person


class OwnTemplates(ToyReader):
    """A painted face, and a template of its own for every picture."""

    def portraits(self, picture: NDArray[np.uint8]) -> Sequence[ToyPortrait]:
        found = list(super().portraits(picture))
        seed = int.from_bytes(hashlib.blake2b(picture.tobytes(), digest_size=8).digest(), "big")
        drawn = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
        return [replace(one, template=drawn / np.float32(np.linalg.norm(drawn))) for one in found]


def pictures(folder: Path, entries: int) -> Path:
    """A list whose every picture is another."""
    references = [f"person-{number:05}" for number in range(entries)]
    listed(folder, references, now_us=SystemClock().now_us())
    face = np.full((250, 250, 3), 128, np.uint8)
    face[10:230, 10:230] = paint(ToyFace(person=1, width=220))[10:230, 10:230]
    for number, reference in enumerate(references):
        face[240:, :30] = np.frombuffer(number.to_bytes(3, "big"), np.uint8) // 2
        cv2.imwrite(str(folder / f"{reference}.png"), face)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    entries = parser.parse_args().entries
    rules = replace(load_policy("uk-police").rules, list_max=10_000)
    with tempfile.TemporaryDirectory() as folder:
        place, clock = place_in(Path(folder)), SystemClock()
        create(place, clock=clock, random_bytes=os.urandom)
        source = pictures(Path(folder) / "list", entries)
        with opened(place, clock=clock, random_bytes=os.urandom) as installation, list_source(source) as offered:
            by = person(installation, "ann", Role.LIST_MANAGER)
            began, worked = time.monotonic(), time.process_time()
            report = import_list(installation, offered, OwnTemplates(), rules=rules, passphrase=PASSPHRASE, by=by)
            took, cpu = time.monotonic() - began, time.process_time() - worked
            began = time.monotonic()
            taken = take(installation, report.draft, PASSPHRASE, rules=rules, made_by=OwnTemplates().made_by)
            opening = time.monotonic() - began
        size = sum(path.stat().st_size for path in place.home.glob("overt.sqlite*"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| entries | import | CPU | an entry | taken in | store | memory at most |\n|---|---|---|---|---|---|---|")
    print(
        f"| {len(taken.references):,} of {entries:,} | {took:.0f} s | {cpu:.0f} s | {cpu / entries * 1000:.1f} ms "
        f"| {opening:.1f} s | {size / 1e6:.0f} MB | {memory:.0f} MB |"
    )


if __name__ == "__main__":
    main()
