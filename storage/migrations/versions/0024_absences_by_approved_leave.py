"""absences by approved leave"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("case_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("stand_in_id", sa.Text(), nullable=True))
        batch_op.create_index("ix_absence__case", ["org_id", "case_id"], unique=False)
        batch_op.create_index("ix_absence__stand_in", ["org_id", "stand_in_id", "to_at"], unique=False)
