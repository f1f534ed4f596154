"""events to other systems"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("events", storage.types.Json(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_until", storage.types.Instant(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("stop_after", sa.Integer(), nullable=False),
        sa.Column("failing_since", storage.types.Instant(), nullable=True),
        sa.Column("stopped_at", storage.types.Instant(), nullable=True),
        sa.Column("made_at", storage.types.Instant(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("org_id", "name", name=op.f("uq_webhook__org_id_name")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery__target"))
        batch_op.create_index("ix_delivery__at", ["org_id", "kind", "at"], unique=False)
