"""How long a camera stood in each colour of the operating envelope. Of older minutes nothing of it is known: 0 s."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("green_s", "amber_s", "red_s"):
        op.add_column("figures", sa.Column(name, sa.Double(), server_default=sa.text("0"), nullable=False))
