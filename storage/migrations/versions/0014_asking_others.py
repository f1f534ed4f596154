"""asking others"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "asked_person",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("asking_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("answers", sa.Text(), nullable=True),
        sa.Column("answered_at", storage.types.Instant(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "asking_id", "user_id", name=op.f("pk_asked_person")),
    )
    with op.batch_alter_table("asked_person", schema=None) as batch_op:
        batch_op.create_index("ix_asked_person__case", ["org_id", "case_id"], unique=False)
        batch_op.create_index("ix_asked_person__open", ["org_id", "user_id", "state"], unique=False)

    op.create_table(
        "asking",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", storage.types.Instant(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=True),
        sa.Column("ended_at", storage.types.Instant(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_asking")),
    )
    with op.batch_alter_table("asking", schema=None) as batch_op:
        batch_op.create_index("ix_asking__case", ["org_id", "case_id"], unique=False)
        batch_op.create_index("ix_asking__task", ["org_id", "task_id"], unique=False)
