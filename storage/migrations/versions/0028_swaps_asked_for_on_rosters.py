"""swaps asked for on rosters"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "roster_swap",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("other_day", sa.Date(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked_at", storage.types.Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_at", storage.types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_roster_swap")),
    )
    with op.batch_alter_table("roster_swap", schema=None) as batch_op:
        batch_op.create_index("ix_roster_swap__state", ["org_id", "state", "day"], unique=False)
