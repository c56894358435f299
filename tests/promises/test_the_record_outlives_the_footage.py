"""The record stays longer than any law asks, and there is no footage to go back to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.errors import BadDeployment
from overt.domain.retention import DAY_US
from overt.domain.time import SECOND_US
from overt.services.retain import retain
from tests.authority import case_in
from tests.deployed import POLICIES, Site
from tests.installations import kinds

HALF_A_YEAR_S = 184 * DAY_US / SECOND_US


@pytest.mark.parametrize("policy", POLICIES)
def test_p23_half_a_year_later_everything_that_was_done_is_on_record_still(tmp_path: Path, policy: str) -> None:
    site = Site(tmp_path, policy)
    case = site.case()
    row = site.over(case, site.authorised(case))
    before = kinds(site.installation)
    site.clock.advance(HALF_A_YEAR_S)
    retain(replace(site.installation, boot="half a year later"))
    assert kinds(site.installation)[: len(before)] == before
    assert {"deployment.made", "authority.signed", "deployment.ended"} <= set(before)
    assert "list.erased" in kinds(site.installation)[len(before) :]
    assert site.row(row).digest == row.digest


@pytest.mark.parametrize("policy", POLICIES)
def test_p23_recorded_footage_is_never_searched_under_an_authority(tmp_path: Path, policy: str) -> None:
    site = Site(tmp_path, policy)
    case = site.case()
    (tmp_path / "street.mp4").write_bytes(b"recorded yesterday")
    text = case.path.read_text("utf-8")
    case.path.write_text(text.replace("rtsp://10.0.0.5/a", "street.mp4"), "utf-8")
    with pytest.raises(BadDeployment, match="a signed deployment takes live sources only"):
        case_in(case.path)
