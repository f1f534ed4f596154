"""second factor sessions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("recovery", storage.types.Json(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("begun_at", storage.types.Instant(), nullable=False),
        sa.Column("confirmed_at", storage.types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "user_id", name=op.f("pk_second_factor")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.Text(), nullable=True))
