"""A PostgreSQL that goes away: into standby, without a word, to another address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import conninfo
from sqlalchemy import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from storage import schema, signals
from storage.database import ALIVE, Store, UnitOfWork
from storage.errors import database_trouble
from storage.statements import Statement, write
from storage.tables.engine import setting
from tests.support.ports import free_port

ADD = Statement("A setting.", insert(setting))
ROW = {"name": "n", "value": "v", "locked": False}


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    made = Store(postgres_url)
    schema.upgrade(made)
    yield made
    made.close()


def stand_by(server: str, store: Store, on: bool) -> None:
    """Connections that are made from now on may only read, as those to a server that stands by; others go on."""
    with psycopg.connect(server, autocommit=True) as conn:
        name = store.url.database
        conn.execute(
            f'alter database "{name}" {"set" if on else "reset"} default_transaction_read_only {"= on" * on}'.encode()
        )


def as_sqlalchemy(uow: UnitOfWork) -> None:
    uow.conn.execute(insert(setting).values(**ROW))


def as_statement(uow: UnitOfWork) -> None:
    write(uow, [(ADD, [ROW])])


@pytest.mark.parametrize("act", [as_sqlalchemy, as_statement])
def test_a_server_that_stands_by_is_left(store: Store, postgres_server: str, act: Callable[[UnitOfWork], None]) -> None:
    """Another one writes by then: who keeps its connections would never find it."""
    server = make_url(postgres_server).set(drivername="postgresql").render_as_string(hide_password=False)
    store.engine.dispose()
    stand_by(server, store, True)
    with pytest.raises(DBAPIError) as told, store.begin() as uow:
        act(uow)
    assert database_trouble(told.value)
    stand_by(server, store, False)
    with store.begin() as uow:
        act(uow)


def test_a_node_whose_server_stands_by_is_not_ready(store: Store, postgres_server: str) -> None:
    server = make_url(postgres_server).set(drivername="postgresql").render_as_string(hide_password=False)
    assert store.writes()
    store.engine.dispose()
    stand_by(server, store, True)
    assert not store.writes()
    stand_by(server, store, False)
    assert store.writes()


def test_a_connection_that_dies_without_a_word_is_noticed(store: Store) -> None:
    with store.begin(write=False) as uow:
        driver = uow.conn.connection.driver_connection
        assert driver is not None
        with socket.socket(fileno=socket.dup(driver.fileno())) as line:
            assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == ALIVE["keepalives_idle"]
            assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == ALIVE["tcp_user_timeout"]
    own = Store(f"{store.url.render_as_string(hide_password=False)}?keepalives_idle=77")
    assert own.direct()["keepalives_idle"] == "77", "what the operator says is kept"
    own.close()


def test_of_two_servers_the_one_that_writes_is_found(store: Store) -> None:
    """By an address with both, also for the signals and for `pg_dump`."""
    there = f"host=127.0.0.1:{free_port()}&host={store.url.host}:{store.url.port}&target_session_attrs=read-write"
    user = f"{store.url.username}{f':{store.url.password}' if store.url.password else ''}"
    both = Store(f"postgresql://{user}@/{store.url.database}?{there}")
    heard = threading.Event()
    here = signals.Signals(both)
    try:
        with both.begin() as uow:
            as_statement(uow)
        with psycopg.connect(**both.direct()) as conn:
            assert conn.info.port == store.url.port
        conninfo.make_conninfo(**both.direct())
        here.start(heard.set)
        assert heard.wait(30)
    finally:
        here.stop()
        both.close()
