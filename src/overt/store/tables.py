"""The tables, one class each, with the columns of `records` by the same names.

- Ids are text, times microseconds since 1970 (UTC), sealed content is bytes, lists of codes and plain content are JSON
  text.
- What is sealed stands in the last column, so that listing a table never reads over it.
- An entry of a list has its place on that list and nothing else: no column by which a person could be looked for across
  lists or deployments. That somebody was listed is a keyed digest in a table of its own.
- A table is changed by a migration in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from overt.domain.decision import Verdict
from overt.store.columns import NAMES, Code, Codes, Plain, one_of
from overt.store.records import ABOUT, KINDS, AccountState, DeploymentState, State, Subject


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012
        str: Text,
        int: BigInteger,
        float: Double,
        bytes: LargeBinary,
        tuple[str, ...]: Codes,
        Mapping[str, object]: Plain,
        AccountState: Code(AccountState),
        DeploymentState: Code(DeploymentState),
        State: Code(State),
        Subject: Code(Subject),
        Verdict: Code(Verdict),
    }


class Deployment(Base):
    __tablename__ = "deployments"
    __table_args__ = (one_of("state", DeploymentState), one_of("kind", KINDS))

    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    opens_us: Mapped[int]
    closes_us: Mapped[int]
    policy: Mapped[str] = mapped_column(server_default=text("''"))
    policy_digest: Mapped[str] = mapped_column(server_default=text("''"))
    kind: Mapped[str] = mapped_column(server_default="operation")
    state: Mapped[DeploymentState] = mapped_column(server_default="new")
    made_by: Mapped[str] = mapped_column(server_default="system")
    terms: Mapped[Mapping[str, object]] = mapped_column(server_default="{}")
    ended_us: Mapped[int | None]


class WatchList(Base):
    __tablename__ = "watch_lists"
    __table_args__ = (one_of("state", State),)

    id: Mapped[str] = mapped_column(primary_key=True)
    deployment: Mapped[str] = mapped_column(ForeignKey("deployments.id"), index=True)
    entries: Mapped[int]
    made_us: Mapped[int]
    erase_after_us: Mapped[int]
    state: Mapped[State]
    salt: Mapped[bytes]


class ListEntry(Base):
    __tablename__ = "list_entries"

    watch_list: Mapped[str] = mapped_column(ForeignKey("watch_lists.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    expires_us: Mapped[int | None]
    sealed: Mapped[bytes]


class Alert(Base):
    __tablename__ = "alerts"
    __table_args__ = (
        one_of("state", State),
        one_of("about", ABOUT),
        CheckConstraint("state <> 'erased' OR sealed IS NULL", name="erased"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    deployment: Mapped[str] = mapped_column(ForeignKey("deployments.id"), index=True)
    camera: Mapped[str]
    passage: Mapped[int]
    at_us: Mapped[int]
    list_position: Mapped[int]
    score: Mapped[float]
    threshold: Mapped[float]
    false_alerts_per_1000: Mapped[float]
    shots: Mapped[int]
    cautions: Mapped[tuple[str, ...]]
    latency_us: Mapped[int | None]
    erase_after_us: Mapped[int]
    state: Mapped[State]
    about: Mapped[str] = mapped_column(server_default="listed")
    undecided_us: Mapped[int | None]
    sealed: Mapped[bytes | None]


class Look(Base):
    __tablename__ = "looks"

    alert: Mapped[str] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    shown_us: Mapped[int]


class Decision(Base):
    __tablename__ = "decisions"
    __table_args__ = (one_of("verdict", Verdict),)

    id: Mapped[str] = mapped_column(primary_key=True)
    alert: Mapped[str] = mapped_column(ForeignKey("alerts.id"), index=True)
    at_us: Mapped[int]
    account: Mapped[str]
    verdict: Mapped[Verdict]
    words: Mapped[bytes | None]


class Outcome(Base):
    __tablename__ = "outcomes"

    id: Mapped[str] = mapped_column(primary_key=True)
    alert: Mapped[str] = mapped_column(ForeignKey("alerts.id"), index=True)
    at_us: Mapped[int]
    account: Mapped[str]
    means: Mapped[str]
    result: Mapped[str]
    held_min: Mapped[int | None]
    followed: Mapped[str]
    served_aim: Mapped[bool | None]


class Hold(Base):
    __tablename__ = "holds"

    id: Mapped[str] = mapped_column(primary_key=True)
    alert: Mapped[str] = mapped_column(ForeignKey("alerts.id"), index=True)
    case: Mapped[str]
    placed_by: Mapped[str]
    seconded_by: Mapped[str]
    placed_us: Mapped[int]
    expires_us: Mapped[int]
    lifted_us: Mapped[int | None]


class Erasure(Base):
    __tablename__ = "erasures"
    __table_args__ = (one_of("subject", Subject),)

    id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[Subject]
    subject_id: Mapped[str]
    reason: Mapped[str]
    begun_us: Mapped[int]
    key_destroyed_us: Mapped[int | None]
    residue_cleared_us: Mapped[int | None]


class Figure(Base):
    """The columns after `minute_us` are those of `overt.domain.figures.Counts`."""

    __tablename__ = "figures"

    deployment: Mapped[str] = mapped_column(ForeignKey("deployments.id"), primary_key=True)
    camera: Mapped[str] = mapped_column(primary_key=True)
    minute_us: Mapped[int] = mapped_column(primary_key=True)
    frames: Mapped[int]
    dropped: Mapped[int]
    faces_detected: Mapped[int]
    faces_seen: Mapped[int]
    possible_matches: Mapped[int]
    cooled_down: Mapped[int]
    lost: Mapped[int]
    unmatched_age_max_s: Mapped[float]
    oldest_pixel_max_s: Mapped[float]
    cpu_s: Mapped[float]
    video_s: Mapped[float]
    green_s: Mapped[float] = mapped_column(server_default=text("0"))
    amber_s: Mapped[float] = mapped_column(server_default=text("0"))
    red_s: Mapped[float] = mapped_column(server_default=text("0"))


class Session(Base):
    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]
    made_us: Mapped[int]
    expires_us: Mapped[int]


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (one_of("state", AccountState),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    roles: Mapped[tuple[str, ...]]
    rank: Mapped[str]
    password: Mapped[str]
    key: Mapped[str]
    trained_until_us: Mapped[int | None]
    state: Mapped[AccountState]
    made_us: Mapped[int]
    made_by: Mapped[str]
    approved_by: Mapped[str | None]


class SecondFactor(Base):
    __tablename__ = "second_factors"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    made_us: Mapped[int]
    counts_us: Mapped[int | None]
    last_step: Mapped[int]
    sealed: Mapped[bytes]


class Paper(Base):
    """Rows are only ever added."""

    __tablename__ = "papers"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    deployment: Mapped[str | None] = mapped_column(ForeignKey("deployments.id"), index=True)
    about: Mapped[str]
    account: Mapped[str]
    at_us: Mapped[int]
    content: Mapped[Mapping[str, object]]


class Authority(Base):
    """Rows are only ever added, and cancelled."""

    __tablename__ = "authorities"

    id: Mapped[str] = mapped_column(primary_key=True)
    deployment: Mapped[str] = mapped_column(ForeignKey("deployments.id"), index=True)
    account: Mapped[str]
    statement: Mapped[bytes]
    signature: Mapped[bytes]
    key: Mapped[str]
    signed_us: Mapped[int]
    cancelled_us: Mapped[int | None]


class Lease(Base):
    __tablename__ = "leases"

    deployment: Mapped[str] = mapped_column(ForeignKey("deployments.id"), primary_key=True)
    holder: Mapped[str]
    machine: Mapped[str]
    taken_us: Mapped[int]
    renewed_us: Mapped[int]
    ends_us: Mapped[int]


class Nominal(Base):
    __tablename__ = "nominals"

    deployment: Mapped[str] = mapped_column(ForeignKey("deployments.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True, index=True)


class Draft(Base):
    __tablename__ = "drafts"
    __table_args__ = (one_of("state", State),)

    id: Mapped[str] = mapped_column(primary_key=True)
    made_by: Mapped[str]
    made_us: Mapped[int]
    erase_after_us: Mapped[int]
    state: Mapped[State]
    sealed_us: Mapped[int | None]
    entries: Mapped[int]
    withdrawn: Mapped[int]
    salt: Mapped[bytes]


class DraftEntry(Base):
    __tablename__ = "draft_entries"

    draft: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    facts: Mapped[Mapping[str, object]]
    approved_by: Mapped[str | None]
    sealed: Mapped[bytes]


class Clock(Base):
    __tablename__ = "clock_mark"
    __table_args__ = (CheckConstraint("one = 1", name="one"),)  # so there is one row at most

    one: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    boot: Mapped[str]
    host_us: Mapped[int]
    boot_us: Mapped[int]
    jumped_us: Mapped[int]


class LedgerEntry(Base):
    """Rows are only ever added, each with the next index; `triggers` refuse all else. They are never migrated."""

    __tablename__ = "ledger_entries"

    index: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    entry: Mapped[bytes]
    leaf: Mapped[bytes]
    head: Mapped[bytes]
    frontier: Mapped[bytes]


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


DEPLOYMENTS = _table(Deployment)
WATCH_LISTS = _table(WatchList)
LIST_ENTRIES = _table(ListEntry)
ALERTS = _table(Alert)
LOOKS = _table(Look)
DECISIONS = _table(Decision)
OUTCOMES = _table(Outcome)
HOLDS = _table(Hold)
ERASURES = _table(Erasure)
FIGURES = _table(Figure)
SESSIONS = _table(Session)
ACCOUNTS = _table(Account)
SECOND_FACTORS = _table(SecondFactor)
PAPERS = _table(Paper)
AUTHORITIES = _table(Authority)
LEASES = _table(Lease)
NOMINALS = _table(Nominal)
DRAFTS = _table(Draft)
DRAFT_ENTRIES = _table(DraftEntry)
CLOCK_MARK = _table(Clock)
LEDGER_ENTRIES = _table(LedgerEntry)
