"""Named SQL statements: written once with SQLAlchemy Core, compiled once for each database, run by its driver.

On the way that every completed task takes, building a Core expression and its result costs several times what the
database needs for the statement itself. The statements of that way are made when a module is loaded, each with the
sentence that says what it is for and the index that serves it; `write` sends many of them in one exchange.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg import Pipeline
from psycopg.pq import TransactionStatus

from storage import spans
from storage.database import raise_as_sqlalchemy, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Dialect
    from sqlalchemy.sql import ClauseElement

    from storage.database import UnitOfWork

listeners: list[Callable[[str], None]] = []  # told the text of each statement that is run here; for measuring

Row = Mapping[str, Any]


class Statement:
    """One statement. `clause` is Core, or a function from the dialect's name to Core where the dialects differ.

    `sentence` says what it is for, `index` names the index that finds its rows (`primary key`, or none for an insert);
    the plans of both databases are held against it by a test.
    """

    def __init__(
        self, sentence: str, clause: ClauseElement | Callable[[str], ClauseElement], *, index: str | None = None
    ) -> None:
        self.sentence = sentence
        self.index = index
        self._clause = clause
        self._forms: dict[str, _Form] = {}

    def first(self, uow: UnitOfWork, **values: Any) -> Any:
        """The first row (a named tuple), or None."""
        rows = self.all(uow, **values)
        return rows[0] if rows else None

    def all(self, uow: UnitOfWork, **values: Any) -> list[Any]:
        """All rows, as named tuples."""
        form = self.form(uow)
        connection: Any = uow.conn.connection.driver_connection
        parameters = form.parameters(values)
        with spans.statement(form.text, uow.dialect, self.sentence), _told(uow, form, parameters):
            cursor = connection.cursor()
            with _exchange(uow, connection, reading=True):
                cursor.execute(form.text, parameters)
            found = cursor.fetchall()
        return [form.row(one) for one in found]

    def run(self, uow: UnitOfWork, **values: Any) -> int:
        """Change what it changes; gives how many rows that were."""
        (count,) = write(uow, [(self, [values])])
        return count

    def form(self, uow: UnitOfWork) -> _Form:
        """The statement as the database of `uow` takes it."""
        found = self._forms.get(uow.dialect)
        if found is None:
            clause = self._clause(uow.dialect) if callable(self._clause) else self._clause
            found = self._forms[uow.dialect] = _Form(clause, uow.conn.dialect)
        return found


Write = tuple[Statement, Sequence[Row]]


def read(uow: UnitOfWork, reads: Sequence[tuple[Statement, Row]]) -> list[list[Any]]:
    """Run reading statements in their order; gives the rows of each. PostgreSQL gets all of them in one exchange."""
    connection: Any = uow.conn.connection.driver_connection
    forms = [statement.form(uow) for statement, _ in reads]
    cursors = [connection.cursor() for _ in reads]
    at: tuple[_Form | None, Any] = (None, None)
    texts, sentences = (form.text for form in forms), (statement.sentence for statement, _ in reads)
    with spans.statement(";\n".join(texts), uow.dialect, " ".join(sentences)):
        try:
            with _exchange(uow, connection):
                for form, cursor, (_, values) in zip(forms, cursors, reads, strict=True):
                    for listener in listeners:
                        listener(form.text)
                    at = form, form.parameters(values)
                    cursor.execute(form.text, at[1])
        except Exception as error:
            raise_as_sqlalchemy(uow.conn, at[0].text if at[0] else None, at[1], error)
    return [[form.row(one) for one in cursor.fetchall()] for form, cursor in zip(forms, cursors, strict=True)]


def write(uow: UnitOfWork, writes: Iterable[Write]) -> list[int]:
    """Run statements in their order, each once for each of its rows; gives how many rows each has changed.

    PostgreSQL gets all of them in one exchange. Raises what SQLAlchemy would raise.
    """
    if not spans.kept():
        return _write(uow, writes)
    writes = list(writes)
    texts = ";\n".join(statement.form(uow).text for statement, _ in writes)
    with spans.statement(texts, uow.dialect, " ".join(statement.sentence for statement, _ in writes)):
        return _write(uow, writes)


def _write(uow: UnitOfWork, writes: Iterable[Write]) -> list[int]:
    connection: Any = uow.conn.connection.driver_connection
    many = uow.dialect == "sqlite"
    cursors: list[list[Any]] = []
    at: tuple[_Form | None, Any] = (None, None)
    try:
        with _exchange(uow, connection):
            for statement, rows in writes:
                form = statement.form(uow)
                for listener in listeners:
                    listener(form.text)
                cursor = connection.cursor()
                parameters = [form.parameters(row) for row in rows]
                at = form, parameters
                if len(parameters) == 1:
                    cursor.execute(form.text, parameters[0])
                    cursors.append([cursor])
                elif many:
                    cursor.executemany(form.text, parameters)
                    cursors.append([cursor])
                else:
                    each = [connection.cursor() for _ in parameters]
                    for one, values in zip(each, parameters, strict=True):
                        one.execute(form.text, values)
                    cursors.append(each)
    except Exception as error:
        raise_as_sqlalchemy(uow.conn, at[0].text if at[0] else None, at[1], error)
    return [sum(cursor.rowcount for cursor in group) for group in cursors]


@contextmanager
def _exchange(uow: UnitOfWork, connection: Any, *, reading: bool = False) -> Iterator[None]:
    """PostgreSQL answers at the end of the block, not at each statement.

    BEGIN travels along, and so does what a savepoint had to say; a reading statement with neither is sent as it is.
    """
    if uow.dialect != "postgresql":
        yield
        return
    before = said(uow.conn)
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    if not _PIPELINES or (reading and not idle and not before):
        for text in before:
            connection.execute(text)
        yield
        return
    with connection.pipeline():
        for text in before:
            connection.execute(text)
        yield


_PIPELINES = Pipeline.is_supported()


@contextmanager
def _told(uow: UnitOfWork, form: _Form, parameters: Any) -> Iterator[None]:
    for listener in listeners:
        listener(form.text)
    try:
        yield
    except Exception as error:
        raise_as_sqlalchemy(uow.conn, form.text, parameters, error)


class _Form:
    """A statement compiled for one database: its text, and how values go in and come out."""

    def __init__(self, clause: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = clause.compile(dialect=dialect)
        self.text: str = compiled.string
        self.constants: dict[str, Any] = {}
        into: dict[str, Callable[[Any], Any] | None] = {}
        for bind, name in compiled.bind_names.items():
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required:
                into[name] = process
            else:
                self.constants[name] = process(bind.value) if process else bind.value
        self._by_name = not compiled.positional
        self.order: list[str] = list(into) if self._by_name else compiled.positiontup
        self._in = [(place, process) for place, name in enumerate(self.order) if (process := into.get(name))]
        columns = list(getattr(clause, "selected_columns", ()) or getattr(clause, "exported_columns", ()))
        self._out = [
            (place, out)
            for place, column in enumerate(columns)
            if (out := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]
        self._row: Any = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]

    def parameters(self, values: Row) -> Any:
        """`values` as the driver takes them. Raises KeyError for one that is missing."""
        if self.constants:
            values = {**values, **self.constants}
        told = [values[name] for name in self.order]
        for place, process in self._in:
            told[place] = process(told[place])
        if not self._by_name:
            return told
        return {**dict(zip(self.order, told, strict=True)), **self.constants}

    def row(self, found: Sequence[Any]) -> Any:
        """A row as it is read."""
        if not self._out:
            return self._row._make(found)
        told = list(found)
        for place, out in self._out:
            told[place] = out(told[place])
        return self._row._make(told)
