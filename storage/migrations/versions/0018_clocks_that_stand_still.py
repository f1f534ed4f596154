"""clocks that stand still"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "deadline_stop",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deadline_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("since", storage.types.Instant(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("warned_at", storage.types.Instant(), nullable=True),
        sa.Column("ended_at", storage.types.Instant(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_deadline_stop")),
    )
    with op.batch_alter_table("deadline_stop", schema=None) as batch_op:
        batch_op.create_index("ix_deadline_stop__case", ["org_id", "case_id"], unique=False)
        batch_op.create_index("ix_deadline_stop__deadline", ["org_id", "deadline_id"], unique=False)
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_deadline_stop__open", "deadline_stop", ["org_id", "expected_on"], postgresql_where=is_open,
        sqlite_where=is_open,
    )  # fmt: skip
    # A hearing that is being held: until now it stood in the deadline alone. Every installation knew no other cause.
    op.execute(
        "INSERT INTO deadline_stop (org_id, id, deadline_id, case_id, cause, basis, since, reason)"
        " SELECT org_id, id, id, case_id, 'hearing', '《信访工作条例》第三十六条', paused_at, '举行听证'"
        " FROM deadline WHERE paused_at IS NOT NULL AND closed_at IS NULL"
    )
