"""What a figure rests on is said whole, and names no machine."""

from __future__ import annotations

import platform
from dataclasses import replace
from pathlib import Path

import overt
from overt.evaluation.provenance import machine, provenance
from overt.faces.pack import default_pack


def test_it_names_pack_digests_seed_machine_and_time() -> None:
    pack = default_pack()
    found = provenance(pack, source="pictures", digest="a" * 64, seed=7, now_us=1_764_000_000_000_000)
    record = found.record()
    assert record["digests"] == pack.digests
    assert (record["pack"], record["seed"], record["digest"]) == (pack.name, 7, "a" * 64)
    assert (record["at"], record["version"]) == ("2025-11-24T16:00:00.000Z", overt.__version__)
    assert pack.calibration is not None
    assert record["calibration"] == pack.calibration.source
    labels = dict(found.rows())
    assert labels["Seed"] == "7"
    assert labels["SHA-256 of the embedder"] == pack.embedder.sha256
    assert "seed 7" in found.sentence()


def test_without_seed_or_calibration_it_says_so() -> None:
    pack = replace(default_pack(), calibration=None)
    found = provenance(pack, source="pictures", digest="a" * 64, seed=None, now_us=0)
    assert found.record()["seed"] is None
    assert found.record()["calibration"] is None
    assert "Seed" not in dict(found.rows())
    assert "never calibrated" in dict(found.rows())["Its thresholds come from"]
    assert "seed" not in found.sentence()


def test_the_machine_is_its_processor_and_system(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: A Processor @ 2 GHz\nmodel name\t: another\n")
    assert machine(cpuinfo).startswith("A Processor @ 2 GHz, Linux, Python 3.")
    cpuinfo.write_text("nothing\n")
    assert machine(cpuinfo).startswith(platform.machine())
    assert machine(tmp_path / "absent").startswith(platform.machine())
    assert platform.node() not in machine() or not platform.node()
