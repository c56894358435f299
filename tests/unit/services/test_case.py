"""A deployment at hand: its file and its policy, as they are now."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.domain.errors import BadDeployment
from overt.services.policies import POLICIES, BadPolicy, load_policy, policy_bytes
from tests.authority import case_in
from tests.deployed import Site


@pytest.mark.parametrize("name", POLICIES)
def test_a_case_has_the_policy_that_its_file_names(tmp_path: Path, name: str) -> None:
    case = Site(tmp_path, name).case()
    assert case.policy == load_policy(name)
    assert case.policy_text.encode() == policy_bytes(name)
    assert case.deployment.name == "High Street"


def test_its_digest_is_that_of_the_moment_at_which_it_is_asked_for(tmp_path: Path) -> None:
    case = Site(tmp_path).case()
    before = case.digest()
    assert case.digest() == before
    case.path.write_bytes(case.path.read_bytes() + b"# more\n")
    assert case.digest() != before


def test_a_file_or_a_policy_with_faults_is_refused(tmp_path: Path) -> None:
    case = Site(tmp_path).case()
    policy = tmp_path / "mild.toml"
    policy.write_text(policy.read_text().replace("[rule.max_hours]", "[rule.most_hours]"))
    with pytest.raises(BadPolicy, match="max_hours"):
        case_in(case.path)
    case.path.write_text("")
    with pytest.raises(BadDeployment):
        case_in(case.path)
