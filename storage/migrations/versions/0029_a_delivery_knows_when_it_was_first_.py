"""A delivery knows when it was first tried; deliveries are found by their channel"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("begun_at", storage.types.Instant(), nullable=True))
        batch_op.create_index("ix_delivery__target", ["org_id", "target_id", "state", "ended_at"], unique=False)
