"""rosters of recurring duties"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "roster_place",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("set_at", storage.types.Instant(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "code", "day", "place", "user_id", name=op.f("pk_roster_place")),
    )
    with op.batch_alter_table("roster_place", schema=None) as batch_op:
        batch_op.create_index("ix_roster_place__user", ["org_id", "user_id", "day"], unique=False)
