"""The database and its unit of work: one transaction an act, committed at the edge and nowhere else."""

from __future__ import annotations

import itertools
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError

from storage import spans

IDLE_SECONDS = 1.0  # after which a PostgreSQL connection is asked before it is used
FROZEN_SECONDS = 120  # after which PostgreSQL ends a transaction whose program asks nothing: its machine stands still
STEPS = 1_000_000  # of SQLite's own machine, some hundredths of a second, between two looks whether to stop


# A server, or the network to it, that is gone without a word is noticed within half a minute (libpq's parameters).
ALIVE = {
    "connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}  # fmt: skip
_READ_ONLY = "25006"  # what a PostgreSQL that stands by says to whoever would write

_SAVEPOINT, _RELEASE = "SAVEPOINT part", "RELEASE SAVEPOINT part"
_numbers = itertools.count()


def said(conn: Connection) -> list[str]:
    """What PostgreSQL is to be told before the next statement; whoever asks tells it."""
    waiting: list[str] = conn.info.pop("said", [])
    return waiting


def raise_as_sqlalchemy(conn: Connection, text: str | None, parameters: Any, error: Exception) -> NoReturn:
    """Raise a driver's error as SQLAlchemy does, so that callers know one kind; a lost connection is not used again."""
    dialect: Any = conn.dialect
    dbapi = dialect.loaded_dbapi
    if not isinstance(error, dbapi.Error):
        raise error
    lost = dialect.is_disconnect(error, conn.connection.dbapi_connection, None) or _stands_by(error)
    told = DBAPIError.instance(text, parameters, error, dbapi.Error, connection_invalidated=lost, dialect=dialect)
    if lost:
        conn.invalidate(error)
    raise told from error


def _stands_by(error: BaseException | None) -> bool:
    """Whether the server has become one that stands by: another one writes now, and a new connection may find it."""
    return getattr(error, "sqlstate", None) == _READ_ONLY


class UnitOfWork:
    """One transaction. `conn` is its SQLAlchemy Core connection; work that must wait for the commit is queued here."""

    def __init__(self, conn: Connection, dialect: str, *, pooled: bool = False) -> None:
        self.conn = conn
        self.dialect = dialect
        self._pooled = pooled
        self._backend: int | None = None  # through a pooler: the server's process, once it was asked
        self.notes: dict[str, Any] = {}
        self._taken = False
        self._after: list[Callable[[], None]] = []

    def after_commit(self, act: Callable[[], None]) -> None:
        """Call `act` once the transaction has committed; never if it has not."""
        self._after.append(act)

    def may_be_taken_away(self) -> None:
        """Make `take_away` possible: who serves a transaction through a pooler is known only to be asked within it."""
        if self._pooled and self._backend is None:
            self._backend = int(self.conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

    def take_away(self) -> None:
        """End the transaction from another thread, whatever its own is at: its locks are free, nothing of it is kept.

        What its own thread asks of the database from then on fails (on SQLite, what it would write). The caller sees to
        it that that thread does not put the connection away meanwhile, and has called `may_be_taken_away`.
        """
        self._taken = True
        if self.conn.invalidated:
            return
        driver: Any = self.conn.connection.driver_connection
        stop: list[bool] = self.conn.info.get("stop", [])
        self.conn.detach()  # it is closed, not used again, when its thread puts it away
        if self.dialect == "postgresql":
            with self.conn.engine.connect() as other:
                backend = self._backend if self._pooled else driver.info.backend_pid
                other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (backend,))
            return
        stop.append(True)
        driver.execute("PRAGMA query_only=ON")  # waits for the statement that runs, which `stop` ends
        if driver.in_transaction:
            driver.execute("ROLLBACK")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the transaction that is undone alone if it raises: rows, notes, and what waits for the commit.

        PostgreSQL is told of it together with the next statement.
        """
        notes, waiting = dict(self.notes), len(self._after)
        self._say(_SAVEPOINT)
        try:
            yield
        except BaseException as error:
            if self._taken:
                raise
            self.notes = notes
            del self._after[waiting:]
            self.require_whole(error)
            if not self.conn.invalidated and not self._unsay(_SAVEPOINT):
                # psycopg takes what a failed exchange was to prepare for prepared until it sees a rollback, and it does
                # not look at the same words again.
                back = f"ROLLBACK TO SAVEPOINT part -- {next(_numbers)}"
                for text in (*said(self.conn), back):
                    self._execute(text)
                self._say(_RELEASE)
            raise
        self.require_whole()
        if not self._unsay(_SAVEPOINT):
            self._say(_RELEASE)

    def require_whole(self, error: BaseException | None = None) -> None:
        """See whether SQLite has ended the whole transaction, as it may when the disk is full; whatever is asked after
        that would be kept by itself, and is refused instead, the commit too."""
        if self.dialect == "sqlite" and not self.conn.invalidated:
            driver: Any = self.conn.connection.driver_connection
            if not driver.in_transaction:
                self.conn.invalidate(error)

    def _say(self, text: str) -> None:
        """Tell the database now, or PostgreSQL with the next statement."""
        if self.dialect == "postgresql":
            self.conn.info.setdefault("said", []).append(text)
        else:
            self._execute(text)

    def _execute(self, text: str) -> None:
        driver: Any = self.conn.connection.driver_connection
        try:
            driver.execute(text)
        except Exception as error:
            raise_as_sqlalchemy(self.conn, text, None, error)

    def _unsay(self, text: str) -> bool:
        """Whether `text` was the last thing to say and had not been told yet; it is not told any more."""
        waiting = self.conn.info.get("said")
        if not waiting or waiting[-1] != text:
            return False
        waiting.pop()
        return True

    def _committed(self) -> None:
        for act in self._after:
            act()


class Store:
    """A database by its address: `sqlite:///var/banjie.db` or `postgresql://...`.

    `direct`: the server's own address, if `url` is that of a pooler that gives each transaction another of the server's
    connections (PgBouncer's transaction mode). Nothing is kept in the session then; what must be kept goes direct.
    """

    def __init__(self, url: str, *, pool_size: int = 10, direct: str | None = None) -> None:
        parsed = _with_driver(url)
        self.url = parsed
        self.direct_url = parsed if direct is None else _with_driver(direct)
        self.pooled = direct is not None
        self.dialect = parsed.get_backend_name()
        if self.dialect == "sqlite":
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).absolute().parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(
                parsed, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True
            )
            _prepare_sqlite(self.engine)
        elif self.dialect == "postgresql":
            unprepared = {"prepare_threshold": None} if self.pooled else {}
            self.engine = create_engine(
                parsed, pool_size=pool_size, max_overflow=10, hide_parameters=True,
                connect_args=_alive(parsed) | unprepared,
            )  # fmt: skip
            (_say_at_each_begin if self.pooled else _prepare_postgresql)(self.engine)
            _ping_after_idling(self.engine)
            _tell_what_was_said(self.engine)
            _leave_who_stands_by(self.engine)
        else:
            raise ValueError(f"expected a sqlite or postgresql address, but got {self.dialect}")
        if spans.kept():
            spans.watch(self.engine)
        self._reading = self.engine.execution_options(banjie_write=False)

    @contextmanager
    def begin(self, *, write: bool = True) -> Iterator[UnitOfWork]:
        """One transaction; commits at the end, rolls back on any error. `write=False` takes no write lock."""
        connection = (self.engine if write else self._reading).connect
        with spans.part("transaction"), connection() as conn, conn.begin() as transaction:
            uow, info = UnitOfWork(conn, self.dialect, pooled=self.pooled), conn.info
            try:
                yield uow
            finally:
                info.pop("said", None)  # the end of the transaction says it
            uow.require_whole()
            with spans.part("commit"):
                transaction.commit()
        uow._committed()

    @contextmanager
    def snapshot(self) -> Iterator[UnitOfWork]:
        """A transaction that reads everything as of one moment, however long it takes and whatever others write."""
        with self.begin(write=False) as uow:
            if self.dialect == "postgresql":
                uow.conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                uow.conn.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield uow

    def writes(self) -> bool:
        """Whether the database takes what is written: a PostgreSQL that stands by only reads."""
        if self.dialect != "postgresql":
            return True
        with self.begin(write=False) as uow:
            told: str = uow.conn.exec_driver_sql("SHOW transaction_read_only").scalar_one()
        if told == "on":
            self.engine.dispose(close=False)
        return told != "on"

    def direct(self, *, password: bool = True) -> dict[str, Any]:
        """How libpq reaches PostgreSQL itself, by name of parameter."""
        url = self.direct_url if password else self.direct_url.set(password=None)
        told: dict[str, Any] = {**_alive(url), **self.engine.dialect.create_connect_args(url)[1]}
        told.pop("context", None)  # SQLAlchemy's own, for psycopg
        return told

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def default_url() -> str:
    """The address in `BANJIE_DATABASE_URL`, else a file in `var/`."""
    return os.environ.get("BANJIE_DATABASE_URL") or "sqlite:///var/banjie.db"


def direct_url() -> str | None:
    """The address in `BANJIE_DIRECT_URL`: of PostgreSQL itself, where `BANJIE_DATABASE_URL` is that of a pooler."""
    return os.environ.get("BANJIE_DIRECT_URL") or None


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed


def _alive(url: URL) -> dict[str, Any]:
    """What of `ALIVE` the address does not say itself."""
    return {name: value for name, value in ALIVE.items() if name not in url.query}


def _frozen() -> str:
    return f"idle_in_transaction_session_timeout = '{FROZEN_SECONDS}s'"


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.execute(f"SET {_frozen()}")
        dbapi.commit()


def _say_at_each_begin(engine: Engine) -> None:
    """What is set in the session is another's at the next transaction; it travels with the first statement instead."""

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        if conn.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            conn.info.setdefault("said", []).append(f"SET LOCAL {_frozen()}")


def _leave_who_stands_by(engine: Engine) -> None:
    """A server that only reads is left like one that is gone, with all its connections."""

    @event.listens_for(engine, "handle_error")
    def _error(context: ExceptionContext) -> None:
        if _stands_by(context.original_exception):
            context.is_disconnect = True


def _ping_after_idling(engine: Engine) -> None:
    """Ask a connection that has idled whether it is still there; one that was just at work is not asked each time."""

    @event.listens_for(engine, "checkin")
    def _checkin(_dbapi: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _checkout(dbapi: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", math.inf) > IDLE_SECONDS:
            try:
                engine.dialect.do_ping(dbapi)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool opens another one


def _tell_what_was_said(engine: Engine) -> None:
    """Before a statement that SQLAlchemy sends; `storage.statements` does it in the same exchange."""

    @event.listens_for(engine, "before_cursor_execute")
    def _before(conn: Connection, *_rest: Any) -> None:
        for text in said(conn):
            driver: Any = conn.connection.driver_connection
            try:
                driver.execute(text)
            except Exception as error:
                raise_as_sqlalchemy(conn, text, None, error)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, record: Any) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves
        stop: list[bool] = []
        record.info["stop"] = stop
        dbapi.set_progress_handler(stop.__len__, STEPS)  # a statement ends when something is in it
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        write = conn.get_execution_options().get("banjie_write", True)
        dbapi: Any = conn.connection.dbapi_connection
        dbapi.execute("BEGIN IMMEDIATE" if write else "BEGIN")
