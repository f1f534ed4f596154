"""signing in and out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "signature",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("in_at", storage.types.Instant(), nullable=False),
        sa.Column("out_at", storage.types.Instant(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "day", "user_id", name=op.f("pk_signature")),
    )
