"""The tables of a database, brought up to those of this program by the Alembic revisions in `storage/migrations`.

All missing revisions run in one transaction, on one node at a time: the others wait and find nothing left to do. A
database that version 0.1.0 made, which kept no revision, is recognised by its tables. There is no way down: to go back,
restore the backup that was made before.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select

from storage import sealing
from storage.database import Store, UnitOfWork
from storage.errors import BanjieError
from storage.sealed_types import SEALED, SealedBlob
from storage.tables import metadata
from storage.tables.engine import setting
from storage.types import Instant, Json

FOLDER = Path(__file__).parent / "migrations"
FIRST = "0001"  # the tables of version 0.1.0
_SEALED_WITH = "keys.check"
_LOCK = 0x62616E6A  # PostgreSQL's advisory lock: "banj"


def _render(kind: str, item: Any, _context: Any) -> str | bool:
    """Our own column types are written by name in a revision, not as what a database makes of them."""
    if kind == "type" and isinstance(item, Instant | Json):
        return f"storage.types.{type(item).__name__}()"
    if kind == "type" and isinstance(item, SEALED):
        return "sa.LargeBinary()" if isinstance(item, SealedBlob) else "sa.Text()"
    return False


OPTIONS: Final[dict[str, Any]] = {
    "target_metadata": metadata,
    "render_as_batch": True,  # SQLite changes a table by copying it
    "compare_server_default": True,
    "render_item": _render,
}


def upgrade(store: Store) -> list[str]:
    """Bring the database up to the newest revision; gives the revisions that were run.

    Raises `database.newer` (a later version of Banjie has been here), `database.unrecognised`, and `keys.*` if the
    database was sealed with other keys than are there.
    """
    with store.begin(write=False) as uow:
        stored, remembered = _stored(uow.conn), _remembered(uow.conn)
    sealing.check(remembered)
    if stored == head() and remembered is not None:
        return []
    with store.begin() as uow:
        missing = upgrade_in(uow, head())
        remember_keys(uow)
    return missing


def upgrade_in(uow: UnitOfWork, wanted: str) -> list[str]:
    """The same inside a transaction that the caller commits, up to the revision `wanted`."""
    if uow.dialect == "postgresql":
        uow.conn.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")
    config, stored = _config(uow.conn), _stored(uow.conn)
    before = stored or _recognise(uow.conn)
    for revision in (before, wanted):
        require_known(revision)
    if before is not None and stored is None:
        command.stamp(config, before)
    missing = [one.revision for one in _scripts().iterate_revisions(wanted, before or "base")][::-1]
    if missing:
        command.upgrade(config, wanted)
    return missing


def remember_keys(uow: UnitOfWork) -> None:
    """Note that the database is sealed with the keys in force, once."""
    if _remembered(uow.conn) is None:
        uow.conn.execute(insert(setting).values(name=_SEALED_WITH, value=sealing.key_ring().seal("banjie")))


def current(store: Store) -> str | None:
    """The revision that the database is at; None if it holds nothing yet. Raises `database.unrecognised`."""
    with store.begin(write=False) as uow:
        return _stored(uow.conn) or _recognise(uow.conn)


@cache
def head() -> str:
    """The newest revision that this program knows."""
    return _scripts().get_current_head() or ""


def differences(store: Store) -> list[Any]:
    """How the database differs from the models, in Alembic's words: empty when the revisions are complete."""
    with store.begin(write=False) as uow:
        return differences_in(uow)


def differences_in(uow: UnitOfWork) -> list[Any]:
    """The same inside a transaction of the caller's."""
    return list(compare_metadata(MigrationContext.configure(uow.conn, opts=OPTIONS), metadata))


def write_revision(store: Store, message: str) -> str | None:
    """Write the revision that leads from `store`, which is at the newest one, to the models; gives its file."""
    if not differences(store):
        return None
    number = f"{int(head()) + 1:04}"
    with store.begin(write=False) as uow:
        made: Any = command.revision(_config(uow.conn), message, autogenerate=True, rev_id=number)
    return str(made.path)


def _remembered(conn: Connection) -> str | None:
    if not inspect(conn).has_table(setting.name):
        return None
    found: str | None = conn.execute(select(setting.c.value).where(setting.c.name == _SEALED_WITH)).scalar()
    return found


def _stored(conn: Connection) -> str | None:
    """The revision that is written in the database."""
    return MigrationContext.configure(conn).get_current_revision()


def _recognise(conn: Connection) -> str | None:
    """What a database is at that keeps no revision: nothing, or version 0.1.0."""
    present = set(inspect(conn).get_table_names())
    first: set[str] = set(_scripts().get_revision(FIRST).module.TABLES)
    if not present & first:
        return None
    if present >= first:
        return FIRST
    raise BanjieError(
        "database.unrecognised",
        f"数据库缺少表 {'、'.join(sorted(first - present))}，认不出是哪个版本建立的，没有改动。请恢复备份。",
    )


def require_known(revision: str | None) -> None:
    """Refuse what a later version of Banjie has made. Raises `database.newer`."""
    if revision is not None and revision not in {one.revision for one in _scripts().walk_revisions()}:
        raise BanjieError(
            "database.newer",
            f"数据库或备份的结构（{revision}）比本程序（{head()}）新，没有改动。请使用较新的程序，或恢复升级前的备份。",
        )


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER))


def _config(conn: Connection) -> Config:
    config = Config(attributes={"connection": conn})
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config
