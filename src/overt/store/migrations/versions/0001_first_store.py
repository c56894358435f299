"""The first store: deployments, lists, alerts, erasures, figures, sessions, the clock's mark and the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from overt.store import triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # so that SQLite takes the key for the row's own number


def upgrade() -> None:
    _what_is_kept_for_good()
    _what_is_sealed()
    _about_alerts()
    _the_house()
    _the_ledger()


def _what_is_kept_for_good() -> None:
    op.create_table(
        "deployments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opens_us", sa.BigInteger(), nullable=False),
        sa.Column("closes_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployments")),
        sa.UniqueConstraint("digest", name=op.f("uq_deployments_digest")),
    )
    op.create_table(
        "figures",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("minute_us", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("faces_detected", sa.BigInteger(), nullable=False),
        sa.Column("faces_seen", sa.BigInteger(), nullable=False),
        sa.Column("possible_matches", sa.BigInteger(), nullable=False),
        sa.Column("cooled_down", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.Column("unmatched_age_max_s", sa.Double(), nullable=False),
        sa.Column("oldest_pixel_max_s", sa.Double(), nullable=False),
        sa.Column("cpu_s", sa.Double(), nullable=False),
        sa.Column("video_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name=op.f("fk_figures_deployment")),
        sa.PrimaryKeyConstraint("deployment", "camera", "minute_us", name=op.f("pk_figures")),
    )


def _what_is_sealed() -> None:
    op.create_table(
        "watch_lists",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("erase_after_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("state IN ('kept', 'erasing', 'erased')", name=op.f("ck_watch_lists_state")),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name=op.f("fk_watch_lists_deployment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_lists")),
    )
    op.create_index(op.f("ix_watch_lists_deployment"), "watch_lists", ["deployment"])
    op.create_table(
        "list_entries",
        sa.Column("watch_list", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["watch_list"], ["watch_lists.id"], name=op.f("fk_list_entries_watch_list")),
        sa.PrimaryKeyConstraint("watch_list", "position", name=op.f("pk_list_entries")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("passage", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("list_position", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("false_alerts_per_1000", sa.Double(), nullable=False),
        sa.Column("shots", sa.BigInteger(), nullable=False),
        sa.Column("cautions", sa.Text(), nullable=False),
        sa.Column("latency_us", sa.BigInteger(), nullable=True),
        sa.Column("erase_after_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('kept', 'erasing', 'erased')", name=op.f("ck_alerts_state")),
        sa.CheckConstraint("state <> 'erased' OR sealed IS NULL", name=op.f("ck_alerts_erased")),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name=op.f("fk_alerts_deployment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_deployment"), "alerts", ["deployment"])


def _about_alerts() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('worth-a-look', 'not-the-person', 'cannot-tell')", name=op.f("ck_decisions_verdict")
        ),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_decisions_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_alert"), "decisions", ["alert"])
    op.create_table(
        "holds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("seconded_by", sa.Text(), nullable=False),
        sa.Column("placed_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("lifted_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_holds_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_alert"), "holds", ["alert"])
    op.create_table(
        "erasures",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_us", sa.BigInteger(), nullable=False),
        sa.Column("key_destroyed_us", sa.BigInteger(), nullable=True),
        sa.Column("residue_cleared_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("subject IN ('list', 'entry', 'alert')", name=op.f("ck_erasures_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )


def _the_house() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_table(
        "clock_mark",
        sa.Column("one", NUMBER, autoincrement=False, nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("host_us", sa.BigInteger(), nullable=False),
        sa.Column("boot_us", sa.BigInteger(), nullable=False),
        sa.Column("jumped_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_clock_mark_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_clock_mark")),
    )


def _the_ledger() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("index", NUMBER, autoincrement=False, nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_ledger_entries")),
    )
    for statement in triggers.statements(op.get_bind().dialect.name):
        op.execute(statement)
