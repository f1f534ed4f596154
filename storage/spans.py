"""Spans: what of one request took how long, over threads, commits and nodes - where a trace is kept, else nothing.

The rooms open spans here and know no library; `web.telemetry` says how they are kept. Attributes hold ids, keys, counts
and the text of statements, never a value that somebody wrote and never who somebody is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

P = ParamSpec("P")
T = TypeVar("T")
Attributes = Mapping[str, str | int | bool | None]

_NOTHING = nullcontext()
_NO_ATTRIBUTES: Attributes = {}


class Keeper(Protocol):
    """Keeps spans."""

    def span(self, name: str, attributes: Attributes, *, of: str | None, kind: str) -> AbstractContextManager[None]:
        """A span around a block; `of` is the `traceparent` of its cause, else it is part of the present one.

        `kind`: internal, server, client or consumer, as OpenTelemetry names them.
        """
        ...

    def tell(self, attributes: Attributes, name: str | None) -> None:
        """Say more of the present span, and its name if that is known only now."""
        ...

    def traceparent(self) -> str | None:
        """The present span, as W3C Trace Context writes it; None if none is kept."""
        ...


_keeper: Keeper | None = None


def keep(keeper: Keeper | None) -> None:
    """From now on spans are kept by `keeper`, or not at all. Databases that are opened later tell their statements."""
    global _keeper
    _keeper = keeper


def kept() -> bool:
    """Whether a trace is kept."""
    return _keeper is not None


def span(
    name: str, attributes: Attributes = _NO_ATTRIBUTES, *, of: str | None = None, kind: str = "internal"
) -> AbstractContextManager[None]:
    """A span around a block. `of`: see `Keeper.span`."""
    return _NOTHING if _keeper is None else _keeper.span(name, attributes, of=of, kind=kind)


def part(name: str, attributes: Attributes = _NO_ATTRIBUTES, *, kind: str = "internal") -> AbstractContextManager[None]:
    """A span around a block that is worth one only as part of another."""
    if _keeper is None or _keeper.traceparent() is None:
        return _NOTHING
    return _keeper.span(name, attributes, of=None, kind=kind)


def tell(attributes: Attributes, name: str | None = None) -> None:
    """Say more of the present span, and its name if that is known only now."""
    if _keeper is not None:
        _keeper.tell(attributes, name)


def traceparent() -> str | None:
    """What a job keeps, so that the node that runs it goes on with the same trace."""
    return None if _keeper is None else _keeper.traceparent()


def act(call: Callable[P, T]) -> Callable[P, T]:
    """Each call of the function is a span `act NAME`."""

    @wraps(call)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        with span(f"act {call.__name__}"):
            return call(*args, **kwargs)

    return told


def statement(text: str, dialect: str, sentence: str | None = None) -> AbstractContextManager[None]:
    """A span around a statement that is sent to the database: its text without its values."""
    if _keeper is None:
        return _NOTHING
    return part(_verb(text), _statement(text, dialect, sentence), kind="client")


def watch(engine: Engine) -> None:
    """Each statement that SQLAlchemy itself sends is a span."""

    @event.listens_for(engine, "before_cursor_execute")
    def _before(conn: Connection, _cursor: object, text: str, *_rest: object) -> None:
        conn.info.setdefault("spans", []).append(begun := statement(text, engine.dialect.name))
        begun.__enter__()

    @event.listens_for(engine, "after_cursor_execute")
    def _after(conn: Connection, *_rest: object) -> None:
        conn.info["spans"].pop().__exit__(None, None, None)

    @event.listens_for(engine, "handle_error")
    def _failed(context: ExceptionContext) -> None:
        waiting = context.connection.info.get("spans") if context.connection is not None else None
        if waiting:
            error = context.original_exception
            waiting.pop().__exit__(type(error), error, None)


def _verb(text: str) -> str:
    return text.split(None, 1)[0].upper() if text.strip() else "statement"


def _statement(text: str, dialect: str, sentence: str | None) -> Attributes:
    return {"db.system.name": dialect, "db.query.text": " ".join(text.split()), "banjie.statement": sentence}
