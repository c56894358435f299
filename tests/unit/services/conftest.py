"""An installation of each kind of store, for every test of a service that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from overt.services.installation import Installation
from tests.unit.services.keeping import KINDS, Kept, installation_of


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    with installation_of(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def installation(kept: Kept) -> Installation:
    return kept.installation
