"""Column types that are sealed in the database and plain in the program (`storage.sealing`)."""

from __future__ import annotations

import json
from collections.abc import Set
from typing import Any

from sqlalchemy import Column, ColumnElement, Dialect, LargeBinary, Text, TypeDecorator, type_coerce
from sqlalchemy.dialects import postgresql

from storage.sealing import key_ring

MARK = "~"  # the one key of an object that stands for a sealed value
_BYTES = b"~sealed~"


class SealedText(TypeDecorator[str]):
    """A text, sealed. Nothing can be compared with it in SQL: search by the HMAC of a word."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else key_ring().seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else key_ring().open(value)


class OpenOrSealed(TypeDecorator[str]):
    """A text that is an id, which stays open, or a name that the writer has sealed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else key_ring().open(value)


class SealedFields(TypeDecorator[Any]):
    """A JSON value whose personal fields are sealed, at any depth; the others can be searched as text."""

    impl = Text
    cache_ok = True

    def __init__(self, keys: Set[str]) -> None:
        super().__init__()
        self.keys = frozenset(keys)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return json.dumps(self.seal(value), ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else opened(json.loads(value))

    def seal(self, value: Any) -> Any:
        """The value with each personal field replaced by `{"~": sealed JSON}`; an empty one stays empty."""
        if isinstance(value, dict):
            return {
                key: {MARK: key_ring().seal(json.dumps(part, ensure_ascii=False))}
                if key in self.keys and part not in (None, "", [], {})
                else self.seal(part)
                for key, part in value.items()
            }
        return [self.seal(part) for part in value] if isinstance(value, list) else value


def opened(value: Any) -> Any:
    """A JSON value with what was sealed in it put back."""
    if isinstance(value, dict):
        if value.keys() == {MARK}:
            return json.loads(key_ring().open(value[MARK]))
        return {key: opened(part) for key, part in value.items()}
    return [opened(part) for part in value] if isinstance(value, list) else value


class SealedBlob(TypeDecorator[bytes]):
    """Bytes, sealed."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(postgresql.BYTEA() if dialect.name == "postgresql" else LargeBinary())

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _BYTES + key_ring().seal_bytes(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        value = bytes(value)
        return key_ring().open_bytes(value[len(_BYTES) :]) if value.startswith(_BYTES) else value


SEALED: tuple[type[TypeDecorator[Any]], ...] = (SealedText, OpenOrSealed, SealedFields, SealedBlob)


def as_kept(column: Column[Any]) -> ColumnElement[Any]:
    """The column as the database has it: what is sealed stays sealed."""
    if not isinstance(column.type, SEALED):
        return column
    return type_coerce(column, column.type.impl_instance).label(column.name)
