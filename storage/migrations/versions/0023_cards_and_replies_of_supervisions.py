"""cards and replies of supervisions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "supervision_word",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("supervision_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("at", storage.types.Instant(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "supervision_id", "seq", name=op.f("pk_supervision_word")),
    )
    with op.batch_alter_table("supervision_word", schema=None) as batch_op:
        batch_op.create_index("ix_supervision_word__case", ["org_id", "case_id"], unique=False)
