"""security keys and how long one is logged in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "key_challenge",
        sa.Column("challenge_hash", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("expires_at", storage.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_key_challenge")),
    )
    with op.batch_alter_table("key_challenge", schema=None) as batch_op:
        batch_op.create_index("ix_key_challenge__expires", ["expires_at"], unique=False)

    op.create_table(
        "security_key",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", storage.types.Json(), nullable=False),
        sa.Column("added_at", storage.types.Instant(), nullable=False),
        sa.Column("used_at", storage.types.Instant(), nullable=True),
        sa.Column("blocked_at", storage.types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_security_key")),
    )
    with op.batch_alter_table("security_key", schema=None) as batch_op:
        batch_op.create_index("ix_security_key__credential", ["credential_id"], unique=True)
        batch_op.create_index("ix_security_key__user", ["org_id", "user_id"], unique=False)

    with op.batch_alter_table("safety", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verify_user", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("session_hours", sa.Integer(), server_default="24", nullable=False))
        batch_op.add_column(sa.Column("idle_minutes", sa.Integer(), server_default="480", nullable=False))

    with op.batch_alter_table("second_factor", schema=None) as batch_op:
        batch_op.alter_column("secret", existing_type=sa.TEXT(), nullable=True)
