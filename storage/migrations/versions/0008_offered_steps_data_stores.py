"""offered steps data stores"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types
from storage.sealed_types import SealedBlob

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "data_store",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("process_key", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("blob", SealedBlob(), nullable=True),
        sa.Column("changed_at", storage.types.Instant(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "process_key", "id", name=op.f("pk_data_store")),
    )
    op.add_column("task", sa.Column("offered", sa.Boolean(), server_default=sa.false(), nullable=False))
