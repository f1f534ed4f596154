"""Databases with all tables and no rows, made once a run and copied for each test."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support import postgres, run


def sqlite_file() -> Path:
    """A SQLite file to copy."""

    def make() -> str:
        path = run.directory() / "template.db"
        _make_tables(f"sqlite:///{path}")
        return str(path)

    return Path(run.once("template-sqlite", make))


def postgres_name(server: str) -> str:
    """The name of the database on `server` to copy."""

    def make() -> str:
        name = f"banjie_template_{run.pid()}"
        postgres.create_database(server, name)
        _make_tables(postgres.address_of(server, name))
        return name

    return run.once("template-postgresql", make)


def drop() -> None:
    """Leave nothing behind on a server that goes on after this run."""
    server = os.environ.get("BANJIE_TEST_POSTGRES_URL")
    if server and (run.directory() / "template-postgresql").exists():
        postgres.drop_database(server, postgres_name(server))


def _make_tables(url: str) -> None:
    from storage import schema
    from storage.database import Store

    store = Store(url)
    schema.upgrade(store)
    store.close()
