"""Answers to "was I on a list?": what is kept of each list for them. An erasure may be about its key.

SQLite: erasures, whose constraint changes, are made anew, all in the one transaction of the upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SUBJECT = "subject IN ('list', 'entry', 'alert', 'draft', 'decoys', 'listed')"
STATE = "state IN ('kept', 'erasing', 'erased')"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _erasures_anew()
    else:
        op.drop_constraint(op.f("ck_erasures_subject"), "erasures")
        op.create_check_constraint(op.f("ck_erasures_subject"), "erasures", SUBJECT)
    _listed()


def _erasures_anew() -> None:
    op.create_table(
        "erasures_anew",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_us", sa.BigInteger(), nullable=False),
        sa.Column("key_destroyed_us", sa.BigInteger(), nullable=True),
        sa.Column("residue_cleared_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(SUBJECT, name=op.f("ck_erasures_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.execute("INSERT INTO erasures_anew SELECT * FROM erasures")
    op.drop_table("erasures")
    op.rename_table("erasures_anew", "erasures")


def _listed() -> None:
    op.create_table(
        "listed",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("answer_until_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outputs", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(STATE, name=op.f("ck_listed_state")),
        sa.ForeignKeyConstraint(["id"], ["watch_lists.id"], name=op.f("fk_listed_id")),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name=op.f("fk_listed_deployment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed")),
    )
    op.create_index(op.f("ix_listed_deployment"), "listed", ["deployment"])
