"""accounts and storage by rules, log-ins kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "log_in",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("at", storage.types.Instant(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_log_in")),
    )
    with op.batch_alter_table("log_in", schema=None) as batch_op:
        batch_op.create_index("ix_log_in__at", ["at"], unique=False)
        batch_op.create_index("ix_log_in__user", ["org_id", "user_id", "at"], unique=False)

    op.create_table(
        "safety",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("second_factor", sa.Text(), nullable=False),
        sa.Column("case_megabytes", sa.Integer(), nullable=False),
        sa.Column("person_megabytes", sa.Integer(), nullable=False),
        sa.Column("org_megabytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_safety")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index("ix_attachment__size", ["org_id", "size"], unique=False)

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index("ix_document__by", ["org_id", "by", "at"], unique=False)
