"""petitions merged for one answer"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "case_merge",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("at", storage.types.Instant(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("answered_at", storage.types.Instant(), nullable=True),
        sa.Column("ended_at", storage.types.Instant(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_case_merge")),
    )
    with op.batch_alter_table("case_merge", schema=None) as batch_op:
        batch_op.create_index("ix_case_merge__case", ["org_id", "case_id"], unique=False)
        batch_op.create_index("ix_case_merge__lead", ["org_id", "lead_id"], unique=False)
        batch_op.create_index(
            "uq_case_merge__running",
            ["org_id", "case_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "held_message",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("at", storage.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_held_message")),
    )
    with op.batch_alter_table("held_message", schema=None) as batch_op:
        batch_op.create_index("ix_held_message__instance", ["org_id", "instance_id"], unique=False)
