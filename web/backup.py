"""Backup and restore: one zip file with a line of JSON a row, taken in one snapshot of the running database.

The same file restores into SQLite and PostgreSQL. The manifest carries each table's count and checksum, so that a
damaged file is refused before anything is written.
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

from sqlalchemy import Table, func, insert, select, text

from storage.database import Store, UnitOfWork
from storage.errors import BanjieError
from storage.tables import metadata

FORMAT = 1
_BATCH = 500
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


def backup(store: Store, target: Path) -> Path:
    """Write everything to `target` (a .zip that must not exist); people may go on working meanwhile."""
    if target.exists():
        raise BanjieError("backup.exists", f"{target} 已经存在，请换一个文件名。")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".part")
    manifest: dict[str, Any] = {"format": FORMAT, "tables": {}}
    with store.begin(write=False) as uow, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        if uow.dialect == "postgresql":
            uow.conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        for table in metadata.sorted_tables:
            digest, count = hashlib.sha256(), 0
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as out:
                for line in _rows(uow, table):
                    out.write(line)
                    digest.update(line)
                    count += 1
            manifest["tables"][table.name] = {"rows": count, "sha256": digest.hexdigest()}
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.rename(target)
    return target


def restore(source: Path, url: str) -> None:
    """Fill an empty database from `source`. Raises `backup.damaged`, `backup.format` or `restore.not_empty`."""
    try:
        archive = zipfile.ZipFile(source)
        manifest = json.loads(archive.read("manifest.json"))
        manifest["format"], manifest["tables"].items()  # the shape it must have
    except _DAMAGE as error:
        raise BanjieError("backup.damaged", f"{source} 不是完好的备份文件。") from error
    if manifest.get("format") != FORMAT:
        raise BanjieError("backup.format", f"备份格式 {manifest.get('format')} 与本版本不符。")
    with archive:
        _check(archive, manifest)
        store = Store(url)
        store.create_all()
        try:
            with store.begin() as uow:
                for table in metadata.sorted_tables:
                    if uow.conn.execute(select(func.count()).select_from(table)).scalar_one():
                        raise BanjieError("restore.not_empty", "目标数据库不是空的，不能恢复。")
                for table in metadata.sorted_tables:
                    if table.name in manifest["tables"]:
                        _fill(uow, table, archive)
        finally:
            store.close()


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
    result = uow.conn.execution_options(yield_per=_BATCH).execute(select(table).order_by(*table.primary_key.columns))
    for row in result.mappings():
        told = {key: _tell(value) for key, value in row.items()}
        yield json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _fill(uow: UnitOfWork, table: Table, archive: zipfile.ZipFile) -> None:
    batch: list[dict[str, Any]] = []
    with archive.open(f"{table.name}.jsonl") as lines:
        for line in lines:
            batch.append({key: _untell(value) for key, value in json.loads(line).items()})
            if len(batch) == _BATCH:
                uow.conn.execute(insert(table), batch)
                batch = []
    if batch:
        uow.conn.execute(insert(table), batch)


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
