"""Backup and restore: one zip file with a line of JSON a row, taken in one snapshot of the running database.

The same file restores into SQLite and PostgreSQL. The manifest carries each table's count, checksum and kinds of
column, so that a damaged file is refused before anything is written, and the revision of the tables, so that a backup
of an older version is restored as it was and then brought up to date.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, Table, TableClause, column, insert, select
from sqlalchemy import table as table_clause
from sqlalchemy.engine import make_url

from storage import schema
from storage.database import Store, UnitOfWork
from storage.errors import BanjieError
from storage.sealed_types import SealedFields, as_kept
from storage.tables import metadata
from storage.types import Instant, Json
from web import native_backup

FORMAT = 2  # 1: version 0.1.0, without `schema` and `columns`
_BATCH = 500
_TYPES = {"json": Json(), "instant": Instant()}
# What reading a zip file that is not whole may raise.
_DAMAGE = (
    OSError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    zipfile.BadZipFile,
)


def backup(store: Store, target: Path, *, native: bool = False) -> Path:
    """Write everything to `target` (a .zip that must not exist); people may go on working meanwhile.

    `native`: as the database copies itself, for the same kind of database (`web.native_backup`).
    Errors: `backup.exists`, `backup.pg_dump`.
    """
    if target.exists():
        raise BanjieError("backup.exists", f"{target} 已经存在，请换一个文件名。")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".part")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            (native_backup.write if native else _write)(store, archive)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    unfinished.rename(target)
    return target


def _write(store: Store, archive: zipfile.ZipFile) -> None:
    manifest: dict[str, Any] = {"format": FORMAT, "schema": schema.head(), "tables": {}}
    with store.snapshot() as uow:
        for table in metadata.sorted_tables:
            digest, count = hashlib.sha256(), 0
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as out:
                for line in _rows(uow, table):
                    out.write(line)
                    digest.update(line)
                    count += 1
            told = {"rows": count, "sha256": digest.hexdigest(), "columns": _kinds(table)}
            manifest["tables"][table.name] = told
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))


def restore(source: Path, url: str) -> None:
    """Fill an empty database from `source`.

    Raises `backup.damaged`, `backup.format`, `restore.not_empty`, `restore.other_kind`, `backup.pg_dump`.
    """
    try:
        archive = zipfile.ZipFile(source)
        manifest = json.loads(archive.read("manifest.json"))
        manifest["format"], manifest["tables"].items()  # the shape it must have
    except _DAMAGE as error:
        raise BanjieError("backup.damaged", f"{source} 不是完好的备份文件。") from error
    if manifest["format"] not in (1, FORMAT, native_backup.FORMAT):
        raise BanjieError("backup.format", f"备份格式 {manifest.get('format')} 与本版本不符。")
    with archive:
        if manifest["format"] == native_backup.FORMAT:
            _restore_native(archive, manifest, source, url)
            return
        _check(archive, manifest)
        store = Store(url)
        try:
            with store.begin() as uow:
                _make_empty(uow)
                schema.upgrade_in(uow, manifest.get("schema", schema.FIRST))
                _fill(uow, archive, manifest)
                schema.upgrade_in(uow, schema.head())
                schema.remember_keys(uow)
        finally:
            store.close()


def _restore_native(archive: zipfile.ZipFile, manifest: dict[str, Any], source: Path, url: str) -> None:
    try:
        native_backup.check(archive, manifest, make_url(url).get_backend_name())
    except _DAMAGE as error:
        raise BanjieError("backup.damaged", f"{source} 不是完好的备份文件。") from error
    store = Store(url)
    try:
        with store.begin() as uow:
            _make_empty(uow)
        native_backup.read(archive, store)
        schema.upgrade(store)
    finally:
        store.close()


def _make_empty(uow: UnitOfWork) -> None:
    """Refuse a database with rows; drop tables without, which may be of another revision than the backup."""
    there = MetaData()
    there.reflect(uow.conn)
    for table in there.sorted_tables:
        if table.name != "alembic_version" and uow.conn.execute(select(table).limit(1)).first() is not None:
            raise BanjieError("restore.not_empty", "目标数据库不是空的，不能恢复。")
    there.drop_all(uow.conn)


def _check(archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> None:
    for name, told in manifest["tables"].items():
        digest = hashlib.sha256()
        try:
            with archive.open(f"{name}.jsonl") as lines:
                for line in lines:
                    digest.update(line)
        except _DAMAGE as error:
            raise BanjieError("backup.damaged", f"备份中的 {name} 缺失或损坏。") from error
        if digest.hexdigest() != told["sha256"]:
            raise BanjieError("backup.damaged", f"备份中的 {name} 校验不符。")


def _rows(uow: UnitOfWork, table: Table) -> Iterator[bytes]:
    query = select(*(as_kept(one) for one in table.columns)).order_by(*table.primary_key.columns)
    result = uow.conn.execution_options(yield_per=_BATCH).execute(query)
    for row in result.mappings():
        told = {key: _tell(value) for key, value in row.items()}
        yield json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def fill(uow: UnitOfWork, source: Path) -> None:
    """Write the rows of a backup into tables that are there and of its revision."""
    with zipfile.ZipFile(source) as archive:
        _fill(uow, archive, json.loads(archive.read("manifest.json")))


def _fill(uow: UnitOfWork, archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> None:
    for name, told in manifest["tables"].items():
        _fill_table(uow, archive, name, told.get("columns"))


def _fill_table(uow: UnitOfWork, archive: zipfile.ZipFile, name: str, kinds: Mapping[str, str] | None) -> None:
    batch: list[dict[str, Any]] = []
    into: TableClause | None = None
    with archive.open(f"{name}.jsonl") as lines:
        for line in lines:
            row = {key: _untell(value) for key, value in json.loads(line).items()}
            if into is None:
                known = kinds or _kinds(metadata.tables[name]) | _open_then(metadata.tables[name])
                into = table_clause(name, *(column(key, _TYPES.get(known.get(key, ""))) for key in row))
            batch.append(row)
            if len(batch) == _BATCH:
                uow.conn.execute(insert(into), batch)
                batch = []
    if batch and into is not None:
        uow.conn.execute(insert(into), batch)


def _kinds(table: Table) -> dict[str, str]:
    """Columns whose values need their type to be written again: JSON and instants."""
    names: dict[type, str] = {type(made): name for name, made in _TYPES.items()}
    return {one.name: names[type(one.type)] for one in table.columns if type(one.type) in names}


def _open_then(table: Table) -> dict[str, str]:
    """Columns that version 0.1.0 kept as open JSON."""
    return {one.name: "json" for one in table.columns if isinstance(one.type, SealedFields)}


def _tell(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"$instant": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    return {"$json": value} if isinstance(value, dict | list) else value


def _untell(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, told),) = value.items()
    if kind == "$bytes":
        return base64.b64decode(told)
    if kind == "$instant":
        return datetime.fromisoformat(told)
    return date.fromisoformat(told) if kind == "$date" else told
