"""open cases found among many"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    is_open = sa.text("closed_at IS NULL")
    op.create_index("ix_case_file__closed", "case_file", ["org_id", "closed_at"])
    op.create_index("ix_case_file__repeat", "case_file", ["org_id", "repeat_of"])
    op.create_index(
        "ix_case_file__open", "case_file", ["org_id", "received_at"], postgresql_where=is_open, sqlite_where=is_open
    )
