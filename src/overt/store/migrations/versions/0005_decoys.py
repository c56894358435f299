"""Decoys: sets of pairs of pictures, and what stands behind each alert that is one. An erasure may be about a set.

SQLite: erasures, whose constraint changes, are made anew, all in the one transaction of the upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SUBJECT = "subject IN ('list', 'entry', 'alert', 'draft', 'decoys')"
STATE = "state IN ('kept', 'erasing', 'erased')"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _erasures_anew()
    else:
        op.drop_constraint(op.f("ck_erasures_subject"), "erasures")
        op.create_check_constraint(op.f("ck_erasures_subject"), "erasures", SUBJECT)
    _decoys()


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


def _decoys() -> None:
    op.create_table(
        "decoy_sets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("erase_after_us", sa.BigInteger(), nullable=False),
        sa.Column("pairs", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(STATE, name=op.f("ck_decoy_sets_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decoy_sets")),
    )
    op.create_table(
        "decoy_pairs",
        sa.Column("decoy_set", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["decoy_set"], ["decoy_sets.id"], name=op.f("fk_decoy_pairs_decoy_set")),
        sa.PrimaryKeyConstraint("decoy_set", "position", name=op.f("pk_decoy_pairs")),
    )
    op.create_table(
        "decoys",
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("decoy_set", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("over_us", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_decoys_alert")),
        sa.ForeignKeyConstraint(["decoy_set"], ["decoy_sets.id"], name=op.f("fk_decoys_decoy_set")),
        sa.PrimaryKeyConstraint("alert", name=op.f("pk_decoys")),
    )
