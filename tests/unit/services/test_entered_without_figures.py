"""A deployment whose pack was never measured, or not for what is wanted, is entered without a threshold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from overt.services.entered_text import model_of
from overt.services.entering import _threshold
from tests.deployed import Site


def test_without_a_calibration_there_is_no_threshold_and_no_measurement(tmp_path: Path) -> None:
    case = Site(tmp_path).case()
    bare = replace(case, pack=replace(case.pack, calibration=None))
    assert _threshold(bare, 2) is None
    assert model_of(bare.pack)["calibration"] is None
    assert _threshold(case, 2) is not None
    wanted = replace(case, deployment=replace(case.deployment, wanted_far=1e-100))
    assert _threshold(wanted, 2) is None
