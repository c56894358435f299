"""What a figure rests on: pack, pictures, seed, machine and time, so that anyone can compute it again."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import overt
from overt.domain.time import to_text
from overt.faces.pack import Pack

_SHOWN_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What a measurement was made with.

    Attributes:
        pack: its name.
        digests: SHA-256 of each network of the pack, by what it does.
        calibration: what the pack's thresholds come from, in words; empty where it was never calibrated.
        source: what was measured, in words.
        digest: SHA-256 of what was measured, 64 hexadecimal digits.
        seed: of every random choice; None where there was none.
        machine: processor and system.
        at: when, RFC 3339.
        version: of Overt.
    """

    pack: str
    digests: Mapping[str, str]
    calibration: str
    source: str
    digest: str
    seed: int | None
    machine: str
    at: str
    version: str

    def record(self) -> dict[str, object]:
        """The object for JSON."""
        return {
            "pack": self.pack,
            "digests": dict(self.digests),
            "calibration": self.calibration or None,
            "source": self.source,
            "digest": self.digest,
            "seed": self.seed,
            "machine": self.machine,
            "at": self.at,
            "version": self.version,
        }

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Label and text of each line, for people."""
        seed = () if self.seed is None else (("Seed", str(self.seed)),)
        return (
            ("Model pack", self.pack),
            *((f"SHA-256 of the {part}", digest) for part, digest in self.digests.items()),
            ("Its thresholds come from", self.calibration or "nothing: it was never calibrated"),
            ("Measured on", self.source),
            ("SHA-256 of what was measured", self.digest),
            *seed,
            ("Machine", self.machine),
            ("When", self.at),
            ("Overt", self.version),
        )

    def sentence(self) -> str:
        """One line for the terminal."""
        seed = "" if self.seed is None else f", seed {self.seed}"
        return (
            f"Model pack {self.pack}, {self.source} (SHA-256 {self.digest[:_SHOWN_DIGITS]}...){seed}, {self.at}, "
            f"Overt {self.version}."
        )


def provenance(pack: Pack, *, source: str, digest: str, seed: int | None, now_us: int) -> Provenance:
    """Of a measurement that is made with this pack on this machine now; arguments as the attributes."""
    return Provenance(
        pack=pack.name,
        digests=pack.digests,
        calibration="" if pack.calibration is None else pack.calibration.source,
        source=source,
        digest=digest,
        seed=seed,
        machine=machine(),
        at=to_text(now_us),
        version=overt.__version__,
    )


def machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Processor and system, without any name of this one machine."""
    try:
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    processor = next(named, "") or platform.machine()
    return f"{processor}, {platform.system()}, Python {platform.python_version()}"
