"""how people wish to be told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "digest_line",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", storage.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_digest_line")),
    )
    with op.batch_alter_table("digest_line", schema=None) as batch_op:
        batch_op.create_index("ix_digest_line__user", ["org_id", "user_id", "at"], unique=False)

    op.create_table(
        "notice_setting",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("channels", storage.types.Json(), nullable=False),
        sa.Column("quiet_from", sa.Text(), nullable=True),
        sa.Column("quiet_to", sa.Text(), nullable=True),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("digest_at", sa.Text(), nullable=False),
        sa.Column("digest_next", storage.types.Instant(), nullable=True),
        sa.Column("changed_at", storage.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "user_id", name=op.f("pk_notice_setting")),
    )
    with op.batch_alter_table("notice_setting", schema=None) as batch_op:
        batch_op.create_index("ix_notice_setting__digest", ["digest_next"], unique=False)

    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("not_before", storage.types.Instant(), nullable=True))
        batch_op.add_column(sa.Column("user_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("case_id", sa.Text(), nullable=True))
