"""closings are counted by month, lists of cases are read in the order of an index"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "closing_count",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_closing_count")),
    )
    with op.batch_alter_table("closing_count", schema=None) as batch_op:
        batch_op.create_index("ix_closing_count__month", ["org_id", "month"], unique=False)
    month = "date(closed_at, '+8 hours', 'start of month')"
    if op.get_bind().dialect.name == "postgresql":
        month = "date_trunc('month', closed_at AT TIME ZONE 'Asia/Shanghai')::date"
    op.execute(
        f"""
        INSERT INTO closing_count (org_id, id, month, unit_id, late, n)
        SELECT org_id, 'before/' || month || '/' || late || '/' || unit_id, month, unit_id, late, count(*)
        FROM (
            SELECT org_id, {month} AS month, coalesce(handling_unit, '') AS unit_id, EXISTS (
                SELECT 1 FROM deadline WHERE deadline.org_id = case_file.org_id AND deadline.case_id = case_file.id
                AND closing = 'closed_late'
            ) AS late
            FROM case_file WHERE closed_at IS NOT NULL
        ) AS closed
        GROUP BY org_id, month, unit_id, late
        """
    )
    is_open = sa.text("closed_at IS NULL")
    for name, columns, only in (
        ("state", ["org_id", "state", "received_at", "id"], None),
        ("received", ["org_id", "received_at", "id"], None),
        ("open", ["org_id", "received_at", "id"], is_open),
    ):
        op.drop_index(f"ix_case_file__{name}", "case_file")
        op.create_index(f"ix_case_file__{name}", "case_file", columns, postgresql_where=only, sqlite_where=only)
