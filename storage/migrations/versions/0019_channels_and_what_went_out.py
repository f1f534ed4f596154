"""channels and what went out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("made_at", storage.types.Instant(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_channel")),
        sa.UniqueConstraint("org_id", "name", name=op.f("uq_channel__org_id_name")),
    )
    op.create_table(
        "delivery",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", storage.types.Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("again_at", storage.types.Instant(), nullable=True),
        sa.Column("ended_at", storage.types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("org_id", "key", name=op.f("uq_delivery__org_id_key")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery__case", ["org_id", "case_id"], unique=False)
        batch_op.create_index("ix_delivery__target", ["org_id", "target_id", "at"], unique=False)

    op.create_table(
        "personal_address",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "user_id", "channel_id", name=op.f("pk_personal_address")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.alter_column("instance_id", existing_type=sa.TEXT(), nullable=True)
