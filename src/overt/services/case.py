"""A deployment at hand: its file, its policy and its digest, as they are now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from overt.domain.authority import Deployment
from overt.domain.policy import Policy
from overt.domain.rules import RecognitionRules
from overt.faces.pack import Pack
from overt.services.deployments import deployment_digest
from overt.services.files import load_deployment
from overt.services.policies import policy_bytes, read_policy


@dataclass(frozen=True, kw_only=True)
class Case:
    """A deployment file, checked, with the policy that it names, and the chosen pack. `digest`: computed anew each
    time."""

    path: Path
    deployment: Deployment
    policy: Policy
    policy_text: str
    pack: Pack
    digest: Callable[[], str]


def case_of(path: Path, *, schemes: tuple[str, ...], rules: RecognitionRules, pack: Pack) -> Case:
    """Reads a deployment file and its policy.

    Raises:
        BadDeployment, BadPolicy: one of them cannot be used.
    """
    deployment = load_deployment(path, rehearsal=False, schemes=schemes)
    content = policy_bytes(deployment.policy)
    policy = read_policy(content, deployment.policy)
    return Case(
        path=path,
        deployment=deployment,
        policy=policy,
        policy_text=content.decode(),
        pack=pack,
        digest=partial(deployment_digest, path, deployment, policy, rules, pack),
    )
