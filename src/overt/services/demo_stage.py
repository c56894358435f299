"""The stage of a demonstration: people whose password is no secret, and a list that is sealed, all in memory.

Rules:
  - there is one account for every role, trained where the role needs it; they share a password that everybody may know;
  - the list is sealed with a passphrase that nobody knows: what opens it is in this process and nowhere else;
  - the policy is kept with the deployment, and deciding goes by it: people are told how sure the machine was when they
    have decided;
  - nothing live runs here: the installation is thrown away (`overt.services.standing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from overt.domain.authority import Deployment
from overt.domain.policy import Policy
from overt.domain.retention import DAY_US
from overt.domain.roles import TRAINED, Role
from overt.faces.pack import added
from overt.services.administrators import enter_administrators
from overt.services.deployments import add_deployment, file_digest
from overt.services.desk import Keeping
from overt.services.installation import Installation
from overt.services.lists import WatchList
from overt.services.people import Account, account_of
from overt.services.policies import policy_bytes, read_policy
from overt.services.sealed_lists import seal_list
from overt.settings import Settings
from overt.store.ports import Work
from overt.store.records import AccountRow, AccountState
from overt.vault.passwords import hash_password

PASSWORD: Final = "demonstration"  # noqa: S105  (it is shown to everybody)
#: What each account is there for, in the order in which a newcomer would try them.
DOES: Final[Mapping[Role, str]] = {
    Role.OPERATOR: "looks at prompts and decides",
    Role.ENGAGEMENT_OFFICER: "meets the person, and says what came of it",
    Role.LIST_MANAGER: "makes watch lists and deployments",
    Role.AUTHORISING_OFFICER: "answers for deployments, and signs for them",
    Role.AUDITOR: "checks the record",
    Role.OVERSIGHT: "watches over all this from outside",
    Role.EVALUATOR: "measures how often it is wrong",
    Role.ADMINISTRATOR: "makes accounts, and sees no face",
    Role.SUPPLIER: "sees figures and nothing else",
}
#: What is known of whoever is on the list: they asked for it.
_FIELDS: Final[Mapping[str, str]] = {
    "category": "self-excluded",
    "ground": "asked to be met here",
    "age": "adult",
    "source": "taken-with-consent",
    "response": "welfare",
}


@dataclass(frozen=True, kw_only=True)
class Player:
    """Somebody of the demonstration."""

    name: str
    role: Role
    does: str


PLAYERS: Final = tuple(Player(name=role.replace("-", " "), role=role, does=does) for role, does in DOES.items())


def staged(installation: Installation, file: Path, deployment: Deployment, watch_list: WatchList) -> Keeping:
    """Puts people, deployment and list into an installation that is thrown away.

    Args:
        file: of the deployment.
        watch_list: enrolled from a folder.

    Returns:
        Where the run keeps what it finds, pictures too.
    """
    content = policy_bytes(deployment.policy)
    policy = read_policy(content, deployment.policy)
    people = enter_players(installation, policy)
    row = add_deployment(
        installation,
        file_digest(file),
        deployment,
        by=people[Role.LIST_MANAGER],
        policy=policy,
        policy_text=content.decode(),
        rows=len(watch_list.templates),
    )
    known = replace(watch_list, fields=(_FIELDS,) * len(watch_list.references))
    nobody_knows = installation.random_bytes(32).hex()
    return Keeping(
        installation=installation,
        deployment=row.id,
        open_list=seal_list(installation, row, known, nobody_knows, rules=policy.retention()),
        retention=policy.retention(),
        blind=policy.rules.blind_first,
        by=people[Role.OPERATOR].id,
    )


def enter_players(installation: Installation, policy: Policy) -> Mapping[Role, Account]:
    """An account for every role, active at once, with `PASSWORD`."""
    kept, now_us = hash_password(PASSWORD, installation.random_bytes), installation.clock.now_us()
    names = {one.role: one.name for one in PLAYERS}
    (administrator,) = enter_administrators(installation, policy, [(names.pop(Role.ADMINISTRATOR), kept)])
    ids = sorted(installation.new_id() for _ in names)  # within a millisecond they have no order of their own
    rows = [
        AccountRow(
            id=account,
            name=name,
            roles=(role,),
            rank="",
            password=kept,
            key="",
            trained_until_us=now_us + DAY_US if role in TRAINED else None,
            state=AccountState.ACTIVE,
            made_us=now_us,
            made_by=administrator.id,
            approved_by=None,
        )
        for account, (role, name) in zip(ids, names.items(), strict=True)
    ]

    def change(work: Work) -> None:
        for row in rows:
            work.accounts.add(row)
            work.record("account.made", actor=administrator.id, facts={"account": row.id, "roles": row.roles})

    installation.store.write(change)
    return {Role.ADMINISTRATOR: administrator, **{Role(row.roles[0]): account_of(row) for row in rows}}


def settings_beside(file: Path, settings: Settings) -> Settings:
    """Those of a home folder beside the demonstration's file, with the model packs of the real one."""
    home = file.parent / "home"
    home.mkdir(mode=0o700)
    packs = added(settings.home)
    if packs.is_dir():
        (home / packs.name).symlink_to(packs, target_is_directory=True)
    return settings.model_copy(update={"home": home, "store_url": ""})
