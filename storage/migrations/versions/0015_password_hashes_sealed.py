"""Password hashes are sealed by a key that the database does not hold"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.sealed_types import SealedText

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    conn = op.get_bind()
    login = sa.table("login", sa.column("login", sa.Text()), sa.column("password_hash", SealedText()))
    for name, kept in conn.execute(sa.select(login.c.login, login.c.password_hash)).all():  # read as it is, if open
        conn.execute(sa.update(login).where(login.c.login == name).values(password_hash=kept))
