"""Leases of jobs, incidents of start timers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.alter_column("instance_id", existing_type=sa.TEXT(), nullable=True)

    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lease", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("calls", sa.Integer(), server_default="0", nullable=False))
