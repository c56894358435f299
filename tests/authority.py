"""A deployment that may run, for the tests: people with accounts, a policy that asks for little, a signed authority."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tomllib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from overt.domain.authority import Authority, Window
from overt.domain.retention import DAY_US
from overt.domain.roles import Role
from overt.domain.rules import RecognitionRules
from overt.domain.time import to_text
from overt.faces.pack import default_pack
from overt.services.authorise import Signing, authorise, draw_up
from overt.services.case import Case, case_of
from overt.services.entering import enter
from overt.services.installation import Installation
from overt.services.list_folder import COLUMNS, TABLE_NAME, listed_files
from overt.services.people import INSTALLATION_POLICY, Account, account_of, new_paper
from overt.services.portraits import PortraitReader
from overt.services.sessions import keep_token
from overt.services.statement import sign
from overt.settings import SCHEMES
from overt.store.ports import Work
from overt.store.records import AccountRow, AccountState, DeploymentRow, SessionRow
from tests.installations import PASSPHRASE

OFFICER = "anna officer"
SECOND = "olaf officer"
#: What every policy has to ask of an entry.
ENTRY = {
    "category": "volunteer",
    "ground": "asked to be",
    "source": "taken-with-consent",
    "response": "speak",
    "age": "adult",
}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SECOND_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
#: Added to [deployment] and after it: what every policy has to ask of a file.
AREA = "area = [[51.5, 0.0], [51.5, 0.0005], [51.5003, 0.0005], [51.5003, 0.0]]"


def area_of(name: str) -> str:
    """The same, at a place of its own for every name."""
    east = zlib.crc32(name.encode()) % 10_000 / 100
    return f"area = [[51.5, {east}], [51.5, {east + 0.0005}], [51.5003, {east + 0.0005}], [51.5003, {east}]]"


_LENIENT: Mapping[str, object] = {
    "use_cases": ["hotspot", "protective", "likely-location", "missing-person"],
    "purposes": ["trial"],
    "entry_fields": ["reference", "category", "ground", "source", "response"],
    "place_terms": ["area"],
    "authority_terms": ["legal_basis", "aim", "necessity", "proportionality", "alternatives", "authorised_by"],
    "documents": ["signs"],
    "documents_with_digest": [],
    "notice_published_h": 0,
    "signs_before_zone_m": 0,
    "signs_checked_every_min": 0,
    "consultation_terms": [],
    "evaluations": [],
    "trial_before_operation": False,
    "conditions_age_max_days": 0,
    "max_cameras": 64,
    "min_gap_h": 0.0,
    "area_max_ha": 100.0,
    "coverage_max_camera_h_ha_30d": 100_000.0,
    "text_reuse_max": 1.0,
    "max_hours": 24.0,
    "blind_first": False,
    "open_alerts_max": 64,
    "undecided_after_min": 60,
    "not_the_person_s": 20.0,
}


def write_policy(path: Path, changes: Mapping[str, object] = _LENIENT, *, of: str = "consent") -> Path:
    """A policy file: one that Overt brings, with some rules changed."""
    read = tomllib.loads(resources.files("overt").joinpath("policies", f"{of}.toml").read_text("utf-8"))
    about = {**read["policy"], "name": path.stem}
    lines = ["[policy]", *(f"{key} = {_toml(value)}" for key, value in about.items())]
    for name, rule in read["rule"].items():
        whole = {**rule, "is": changes.get(name, rule["is"])}
        lines += [f"[rule.{name}]", *(f"{key} = {_toml(value)}" for key, value in whole.items())]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _toml(value: object) -> str:
    return json.dumps(value) if isinstance(value, str | bool | int | float | list) else str(value)


def write_entries(folder: Path, now_us: int, **fields: str) -> None:
    """A table for everybody in a watch-list folder, with what every policy asks. `now_us`: when it was looked at."""
    names = dict.fromkeys(file.entry for file in listed_files(folder))
    with (folder / TABLE_NAME).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for name in names:
            now = {"ground_checked_at": to_text(now_us), "picture_date": to_text(now_us)[:10]}
            writer.writerow({"reference": name, **ENTRY, **now, **fields})


def authority_of(opens_us: int, closes_us: int) -> Authority:
    """An authority of few words."""
    return Authority(
        legal_basis="a",
        aim="a",
        necessity="a",
        proportionality="a",
        alternatives="a",
        authorised_by="a",
        window=Window(opens_us=opens_us, closes_us=closes_us),
    )


@dataclass(frozen=True)
class Staff:
    """One account for each role, and a second officer."""

    by_role: Mapping[Role, Account]
    second: Account

    def __getitem__(self, role: Role) -> Account:
        return self.by_role[role]


def public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def staff(installation: Installation) -> Staff:
    """The people of an installation, made at the first call; nobody of them has a password."""
    known = {row.name: row for row in installation.store.read(lambda work: work.accounts.all())}
    rows: dict[str, AccountRow] = {}
    for role in (*Role, None):
        name = SECOND if role is None else OFFICER if role is Role.AUTHORISING_OFFICER else f"the {role}"
        rows[name] = known.get(name) or _account(installation, name, role or Role.AUTHORISING_OFFICER)
    new = [row for name, row in rows.items() if name not in known]

    def change(work: Work) -> None:
        for row in new:
            work.accounts.add(row)
        if not work.papers.all(INSTALLATION_POLICY):
            work.papers.add(
                new_paper(
                    installation,
                    INSTALLATION_POLICY,
                    content={
                        "policy": "consent",
                        "digest": "0" * 64,
                        "two_administrators": False,
                        "training_max_days": 365,
                        "session_max_h": 12,
                    },
                )
            )

    installation.store.write(change)
    people = {Role(row.roles[0]): account_of(row) for name, row in rows.items() if name != SECOND}
    return Staff(by_role=people, second=account_of(rows[SECOND]))


def _account(installation: Installation, name: str, role: Role) -> AccountRow:
    now_us = installation.clock.now_us()
    officer = role is Role.AUTHORISING_OFFICER
    return AccountRow(
        id=installation.new_id(),
        name=name,
        roles=(role,),
        rank="superintendent" if officer else "",
        password="",
        key=public(SECOND_KEY if name == SECOND else KEY) if officer else "",
        trained_until_us=now_us + 300 * DAY_US,
        state=AccountState.ACTIVE,
        made_us=now_us,
        made_by="system",
        approved_by=None,
    )


def sign_in(installation: Installation, home: Path, role: Role = Role.OPERATOR) -> Account:
    """Opens a session of somebody in this role; the commands of this home then act for them."""
    account, now_us, token = staff(installation)[role], installation.clock.now_us(), os.urandom(32).hex()
    row = SessionRow(
        id=hashlib.sha256(token.encode()).hexdigest(), account=account.id, made_us=now_us, expires_us=now_us + DAY_US
    )
    installation.store.write(lambda work: work.sessions.add(row))
    keep_token(home, token)
    return account


def case_in(file: Path) -> Case:
    return case_of(file, schemes=SCHEMES, rules=RecognitionRules(), pack=default_pack())


def entered(
    installation: Installation, case: Case, reader: PortraitReader, tell: Callable[[str], None] = print
) -> DeploymentRow:
    """The deployment, entered by the list manager; its folder gets a table where it has none."""
    folder = case.deployment.folder
    if folder is not None and not (folder / TABLE_NAME).exists():
        write_entries(folder, installation.clock.now_us())
    manager = staff(installation)[Role.LIST_MANAGER]
    row, _ = enter(installation, manager, case, reader=lambda: reader, passphrase=lambda _: PASSPHRASE, tell=tell)
    return row


def signed(
    installation: Installation,
    case: Case,
    row: DeploymentRow,
    *,
    by: Account | None = None,
    key: Ed25519PrivateKey = KEY,
    reasons: str = "",
) -> DeploymentRow:
    """The deployment with the signature of its officer, or of somebody else."""
    officer = by or staff(installation)[Role.AUTHORISING_OFFICER]
    statement = draw_up(installation, row, officer).to_bytes()
    return authorise(
        installation,
        Signing(
            by=officer,
            deployment=case.deployment,
            row=row,
            policy=case.policy,
            statement=statement,
            signature=sign(key, statement),
            reasons=reasons,
        ),
    )


def authorised(installation: Installation, case: Case, reader: PortraitReader) -> DeploymentRow:
    return signed(installation, case, entered(installation, case, reader))
