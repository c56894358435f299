"""Who may do what: accounts, papers, authorities, leases, drafts; what a deployment asks for; what came of an alert.

SQLite: a column is added at the end, so alerts, whose sealed content is to stay last, are made anew; what belongs to
them is put aside meanwhile, in memory. So are erasures, whose constraint changes. Nothing that these tables held is
ever in another file, and all of it is in the one transaction of the upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ASIDE = (
    "CREATE TEMPORARY TABLE decisions_aside AS SELECT * FROM decisions",
    "CREATE TEMPORARY TABLE holds_aside AS SELECT * FROM holds",
    "DELETE FROM decisions",
    "DELETE FROM holds",
)
BACK = (
    "INSERT INTO decisions SELECT * FROM decisions_aside",
    "INSERT INTO holds SELECT * FROM holds_aside",
    "DROP TABLE decisions_aside",
    "DROP TABLE holds_aside",
)
ALERTS = (
    "INSERT INTO alerts_anew SELECT id, deployment, camera, passage, at_us, list_position, score, threshold,"
    " false_alerts_per_1000, shots, cautions, latency_us, erase_after_us, state, 'listed', NULL, sealed FROM alerts"
)
ABOUT = "about IN ('listed', 'volunteer', 'decoy')"
SUBJECT = "subject IN ('list', 'entry', 'alert', 'draft')"
STATE = "state IN ('kept', 'erasing', 'erased')"


def upgrade() -> None:
    _what_a_deployment_asks_for()
    if op.get_bind().dialect.name == "sqlite":
        _alerts_anew()
        _erasures_anew()
    else:
        _alerts_and_erasures_as_they_are()
    op.add_column("decisions", sa.Column("words", sa.LargeBinary(), nullable=True))
    _about_alerts()
    _people()
    _what_people_sign()
    _drafts()


def _what_a_deployment_asks_for() -> None:
    for column in (
        "policy TEXT DEFAULT '' NOT NULL",
        "policy_digest TEXT DEFAULT '' NOT NULL",
        "kind TEXT DEFAULT 'operation' NOT NULL CONSTRAINT ck_deployments_kind CHECK (kind IN ('operation', 'trial'))",
        "state TEXT DEFAULT 'new' NOT NULL"
        " CONSTRAINT ck_deployments_state CHECK (state IN ('new', 'authorised', 'cancelled', 'ended'))",
        "made_by TEXT DEFAULT 'system' NOT NULL",
        "terms TEXT DEFAULT '{}' NOT NULL",
        "ended_us BIGINT",
    ):
        op.execute(f"ALTER TABLE deployments ADD COLUMN {column}")


def _alerts_and_erasures_as_they_are() -> None:
    op.add_column("alerts", sa.Column("about", sa.Text(), server_default="listed", nullable=False))
    op.add_column("alerts", sa.Column("undecided_us", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_alerts_about"), "alerts", ABOUT)
    op.drop_constraint(op.f("ck_erasures_subject"), "erasures")
    op.create_check_constraint(op.f("ck_erasures_subject"), "erasures", SUBJECT)


def _alerts_anew() -> None:
    for statement in ASIDE:  # they refer to alerts, which could not be dropped with them there
        op.execute(statement)
    op.create_table(
        "alerts_anew",
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
        sa.Column("about", sa.Text(), server_default="listed", nullable=False),
        sa.Column("undecided_us", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(STATE, name=op.f("ck_alerts_state")),
        sa.CheckConstraint(ABOUT, name=op.f("ck_alerts_about")),
        sa.CheckConstraint("state <> 'erased' OR sealed IS NULL", name=op.f("ck_alerts_erased")),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name=op.f("fk_alerts_deployment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.execute(ALERTS)
    op.drop_table("alerts")
    op.rename_table("alerts_anew", "alerts")
    op.create_index(op.f("ix_alerts_deployment"), "alerts", ["deployment"])
    for statement in BACK:
        op.execute(statement)


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


def _about_alerts() -> None:
    op.create_table(
        "looks",
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("shown_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_looks_alert")),
        sa.PrimaryKeyConstraint("alert", "account", name=op.f("pk_looks")),
    )
    op.create_table(
        "outcomes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("held_min", sa.BigInteger(), nullable=True),
        sa.Column("followed", sa.Text(), nullable=False),
        sa.Column("served_aim", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_outcomes_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcomes")),
    )
    op.create_index(op.f("ix_outcomes_alert"), "outcomes", ["alert"])


def _people() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("rank", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("trained_until_us", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'active', 'closed')", name=op.f("ck_accounts_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_accounts_name")),
    )
    op.create_table(
        "papers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("deployment", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name=op.f("fk_papers_deployment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
    )
    op.create_index(op.f("ix_papers_kind"), "papers", ["kind"])
    op.create_index(op.f("ix_papers_deployment"), "papers", ["deployment"])


def _what_people_sign() -> None:
    op.create_table(
        "authorities",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signed_us", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name=op.f("fk_authorities_deployment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorities")),
    )
    op.create_index(op.f("ix_authorities_deployment"), "authorities", ["deployment"])
    op.create_table(
        "leases",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("taken_us", sa.BigInteger(), nullable=False),
        sa.Column("renewed_us", sa.BigInteger(), nullable=False),
        sa.Column("ends_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name=op.f("fk_leases_deployment")),
        sa.PrimaryKeyConstraint("deployment", name=op.f("pk_leases")),
    )
    op.create_table(
        "nominals",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], name=op.f("fk_nominals_deployment")),
        sa.PrimaryKeyConstraint("deployment", "digest", name=op.f("pk_nominals")),
    )
    op.create_index(op.f("ix_nominals_digest"), "nominals", ["digest"])


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("erase_after_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sealed_us", sa.BigInteger(), nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(STATE, name=op.f("ck_drafts_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "draft_entries",
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["draft"], ["drafts.id"], name=op.f("fk_draft_entries_draft")),
        sa.PrimaryKeyConstraint("draft", "position", name=op.f("pk_draft_entries")),
    )
