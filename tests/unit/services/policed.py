"""A deployment with its policy, and alerts with real pictures in it, for tests of what people do with alerts."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import cv2
import numpy as np

from overt.ledger.entry import SYSTEM
from overt.services.acting import keep_policy
from overt.services.deployments import add_deployment
from overt.services.erase import key_name
from overt.services.evidence import AlertEvidence, AlertPicture
from overt.services.installation import Installation
from overt.services.policies import read_policy
from overt.store.records import DeploymentRow, Subject
from overt.vault.seal import new_key, seal
from tests.unit.services.keeping import deployment_of


def policed(installation: Installation, name: str = "uk-police", digest: str = "d" * 64) -> DeploymentRow:
    """The deployment of `raised`, entered under a policy; call it first."""
    text = resources.files("overt").joinpath("policies", f"{name}.toml").read_text("utf-8")
    policy = read_policy(text.encode(), name)
    installation.store.write(lambda work: keep_policy(installation, work, policy, text, SYSTEM))
    return add_deployment(installation, digest, deployment_of(Path()), policy=policy)


def jpeg(grey: int, width: int = 60, height: int = 60) -> bytes:
    done, content = cv2.imencode(".jpg", np.full((height, width, 3), grey, np.uint8))
    assert done
    return content.tobytes()


def pictured(*, listed: bytes | None, shots: int = 1) -> AlertEvidence:
    pictures = tuple(AlertPicture(jpeg=jpeg(200), captured_us=0, quality=0.5) for _ in range(shots))
    return AlertEvidence(reference="bob", pictures=pictures, listed=listed)


def with_pictures(installation: Installation, alert: str) -> str:
    """Another alert like this one, whose pictures can be looked at; its id."""
    like = installation.store.read(lambda work: work.alerts.get(alert))
    assert like is not None
    new, key = installation.new_id(), new_key(installation.random_bytes)
    content = pictured(listed=jpeg(60)).to_bytes()
    row = replace(like, id=new, sealed=seal(key, f"alert:{new}", content, installation.random_bytes))
    with installation.keyring.creating():
        installation.keyring.put(key_name(Subject.ALERT, new), key)
        installation.store.write(lambda work: work.alerts.add(row))
    return new
