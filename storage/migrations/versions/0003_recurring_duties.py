"""Recurring duties: where each stands, and the dates that have come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "schedule",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("done_until", storage.types.Instant(), nullable=False),
        sa.Column("next_at", storage.types.Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "code", name=op.f("pk_schedule")),
    )
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.create_index("ix_schedule__next", ["next_at"], unique=False)

    op.create_table(
        "schedule_date",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("nominal", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("opened_at", storage.types.Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("process_key", sa.Text(), nullable=True),
        sa.Column("instance_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "code", "nominal", name=op.f("pk_schedule_date")),
    )
    with op.batch_alter_table("schedule_date", schema=None) as batch_op:
        batch_op.create_index("ix_schedule_date__day", ["org_id", "day"], unique=False)
