"""Deployments as the record knows them: what each one is, and its sealed list.

Rules:
  - a deployment is a digest of its file, its documents, its policy, its list, its model pack with its calibration and
    its envelope, and every setting of the recognition: whatever is changed makes it another one, which nobody has
    signed;
  - it is entered once, whoever is faster (`overt.services.entering` says what has to be so before).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import rfc8785

from overt.domain.authority import Deployment
from overt.domain.calibration import ImpostorCurve
from overt.domain.envelope import Envelope
from overt.domain.errors import BadDeployment, BadWatchList, Refused
from overt.domain.policy import Policy
from overt.domain.roles import Action
from overt.domain.rules import RecognitionRules
from overt.faces.pack import Pack
from overt.ledger.entry import SYSTEM, Fact
from overt.services.acting import act, file_paper, keep_policy
from overt.services.entered_text import ENTERED, besides_of
from overt.services.installation import Installation
from overt.services.list_folder import TABLE_NAME, listed_files
from overt.services.people import Account
from overt.services.said import SAID, said_digest, said_of
from overt.services.terms import kept_terms
from overt.store.ports import Work
from overt.store.records import DeploymentRow, ListRow

AskPassphrase = Callable[[bool], str]
"""Asks a person for the passphrase of a deployment; True: for a new one, which has to be given twice."""

DOCUMENT, CONSULTATION = "document", "consultation"
SALT_BYTES = 16


class NotEntered(Refused):
    code = "not-entered"


def deployment_digest(file: Path, deployment: Deployment, policy: Policy, rules: RecognitionRules, pack: Pack) -> str:
    """SHA-256 of everything that makes this deployment this one, 64 hexadecimal digits.

    Raises:
        BadDeployment, BadWatchList: a file of it cannot be read.
    """
    parts: dict[str, Any] = {
        "file": file_digest(file),
        "read": _digest_of(deployment),
        "documents": [None if one.file is None else file_digest(one.file) for one in deployment.documents],
        "policy": policy.digest,
        "list": deployment.draft if deployment.folder is None else manifest_digest(deployment.folder),
        "rules": asdict(rules),
        "pack": {
            "name": pack.name,
            **pack.digests,
            "calibration": _digest_of_measured(pack.calibration),
            "envelope": _digest_of_measured(pack.envelope),
        },
    }
    return hashlib.sha256(rfc8785.dumps(parts)).hexdigest()


def _digest_of_measured(measured: ImpostorCurve | Envelope | None) -> str | None:
    return None if measured is None else hashlib.sha256(measured.to_toml().encode()).hexdigest()


def _digest_of(deployment: Deployment) -> str:
    """Of what was read of the file, so that nobody can have another one in its place for just that moment."""
    documents = tuple(replace(one, file=None) for one in deployment.documents)
    said = replace(deployment, folder=None, policy="", documents=documents)  # all but where things lie
    return hashlib.sha256(repr(said).encode("utf-8", "surrogateescape")).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file; raises BadDeployment where it cannot be read."""
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise BadDeployment(f"{path} cannot be read: {error.strerror}.", "Check who may read it.") from error


def manifest_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of a watch list's files, 64 hexadecimal digits.

    Raises:
        BadWatchList: a file cannot be read.
    """
    digest = hashlib.sha256()
    table = folder / TABLE_NAME
    for path in [file.path for file in listed_files(folder)] + ([table] if table.exists() else []):
        try:
            with path.open("rb") as opened:
                content = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise BadWatchList(f"{path} cannot be read: {error.strerror}.", "Check who may read it.") from error
        digest.update(f"{path.relative_to(folder)}\0{content}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def find_deployment(installation: Installation, digest: str) -> tuple[DeploymentRow | None, ListRow | None]:
    """The deployment of this digest and its sealed list, where there are such."""

    def look(work: Work) -> tuple[DeploymentRow | None, ListRow | None]:
        row = work.deployments.by_digest(digest)
        return row, None if row is None else work.lists.kept_for(row.id)

    return installation.store.read(look)


def entered_row(installation: Installation, digest: str) -> DeploymentRow:
    """The deployment of this digest; raises NotEntered where there is none."""
    row, _ = find_deployment(installation, digest)
    if row is None:
        raise NotEntered(
            "This deployment is not entered as it stands now: its file, policy, list or the program was changed "
            "since, or it never was.",
            "Enter it with overt deployment new, and have it signed.",
        )
    return row


def known_row(installation: Installation, deployment: str) -> DeploymentRow:
    """The deployment of this id; raises NotEntered where there is none."""
    row = installation.store.read(lambda work: work.deployments.get(deployment.lower()))
    if row is None:
        raise NotEntered(f"There is no deployment {deployment}.", "See which there are with overt figures.")
    return row


def entered(installation: Installation, digest: str) -> tuple[DeploymentRow, ListRow]:
    """The deployment of this digest, and its list.

    Raises:
        NotEntered: there is none, or its list is not sealed or is erased.
    """
    row, (_, sealed) = entered_row(installation, digest), find_deployment(installation, digest)
    if sealed is None:
        raise NotEntered(
            "The list of this deployment is not sealed, or was erased.", "Enter a new one with overt deployment new."
        )
    return row, sealed


def add_deployment(
    installation: Installation,
    digest: str,
    deployment: Deployment,
    *,
    by: Account | None = None,
    policy: Policy | None = None,
    policy_text: str = "",
    rows: int = 0,
    pack: Pack | None = None,
    threshold: float | None = None,
) -> DeploymentRow:
    """Enters a deployment's row, or finds it where another process was faster. `by`, `policy`: None in a rehearsal;
    `pack`: what it says is kept, with the digests of this pack; `rows`, `threshold`: as in `kept_terms`."""
    window, salt = deployment.authority.window, installation.random_bytes(SALT_BYTES)
    row = DeploymentRow(
        id=installation.new_id(),
        digest=digest,
        name=deployment.name,
        opens_us=window.opens_us,
        closes_us=window.closes_us,
        policy=deployment.policy if policy is None else policy.name,
        policy_digest="" if policy is None else policy.digest,
        kind=deployment.kind,
        made_by=SYSTEM if by is None else by.id,
        terms=kept_terms(deployment, rows, "" if pack is None else pack.made_by, threshold),
    )

    def change(work: Work) -> DeploymentRow:
        known = work.deployments.by_digest(digest)
        if known is not None:
            if by is not None and policy is not None:
                act(installation, work, by, Action.DEPLOYMENT_NEW, known, roles_apart=policy.rules.roles_apart)
            return known
        work.deployments.add(row)
        facts: dict[str, Fact] = {
            "digest": digest,
            "name": installation.digest(deployment.name),
            "policy": row.policy if policy else None,
            "policy_digest": row.policy_digest,
            "opens_us": row.opens_us,
            "closes_us": row.closes_us,
            "cameras": len(deployment.cameras),
            "kind": row.kind,
        }
        if by is not None and policy is not None:
            act(installation, work, by, Action.DEPLOYMENT_NEW, row, roles_apart=policy.rules.roles_apart)
            keep_policy(installation, work, policy, policy_text, by.id)
            documents = _keep_documents(installation, work, deployment, row, by)
            said = said_of(deployment, policy, documents=documents, salt=salt)
            file_paper(installation, work, SAID, by=by.id, row=row, content=said)
            facts["said"] = said_digest(said)
            facts["publish_at_least"] = policy.rules.publish_at_least
            if pack is not None:
                besides = besides_of(deployment, pack)
                file_paper(installation, work, ENTERED, by=by.id, row=row, content=besides, recorded=True)
        work.record("deployment.made", actor=row.made_by, deployment=row.id, facts=facts)
        return row

    return installation.store.write(change)


def _keep_documents(
    installation: Installation, work: Work, deployment: Deployment, row: DeploymentRow, by: Account
) -> list[str | None]:
    """The SHA-256 of each."""
    digests = [one.sha256 or (None if one.file is None else file_digest(one.file)) for one in deployment.documents]
    for one, digest in zip(deployment.documents, digests, strict=True):
        content: dict[str, object] = {
            "reference": one.reference,
            "version": one.version,
            "at_us": one.at_us,
            "sha256": digest,
        }
        file_paper(installation, work, DOCUMENT, by=by.id, row=row, about=one.kind, content=content, recorded=True)
    for asked in deployment.consultations:
        content = dict(asdict(asked))
        file_paper(installation, work, CONSULTATION, by=by.id, row=row, content=content, recorded=True)
    return digests
