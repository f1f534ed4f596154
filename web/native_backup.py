"""The database's own way of copying itself, packed as a backup: SQLite's online backup, PostgreSQL's `pg_dump`.

For databases that are large: nothing is read row by row. It restores only into the same kind of database. The zip holds
one member as the database wrote it, and a manifest with its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from psycopg import conninfo

from storage import schema
from storage.database import Store
from storage.errors import BanjieError

FORMAT = 3
_MEMBER = {"sqlite": "database.db", "postgresql": "database.dump"}
_CALLED = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_DEBIAN = Path("/usr/lib/postgresql")  # its clients lie in NUMBER/bin, and PATH has one of them
_BLOCK = 1 << 20


def write(store: Store, archive: zipfile.ZipFile) -> None:
    """Put the whole database, as of one moment, into an open zip. Errors: `backup.pg_dump`."""
    digest, member = hashlib.sha256(), zipfile.ZipInfo(_MEMBER[store.dialect])
    if store.dialect == "sqlite":  # pg_dump compresses by itself
        member.compress_type = zipfile.ZIP_DEFLATED
    with _copy(store) as (source, kind), archive.open(member, "w", force_zip64=True) as out:
        while block := source.read(_BLOCK):
            out.write(block)
            digest.update(block)
    told = {"kind": store.dialect, "schema": schema.head(), "sha256": digest.hexdigest(), "made_by": kind}
    archive.writestr("manifest.json", json.dumps({"format": FORMAT, "tables": {}} | told, indent=1))


def check(archive: zipfile.ZipFile, manifest: dict[str, Any], dialect: str) -> None:
    """See that a backup is whole, of this kind of database and not newer than this program.

    Errors: `backup.damaged`, `restore.other_kind`, `database.newer`.
    """
    if manifest["kind"] != dialect:
        kind = _CALLED.get(manifest["kind"], "别的数据库")
        raise BanjieError(
            "restore.other_kind",
            f"这是{kind}的原样备份，只能恢复到同一种数据库；要换数据库，请用不带 --native 的备份。",
        )
    digest = hashlib.sha256()
    with archive.open(_MEMBER[dialect]) as member:
        while block := member.read(_BLOCK):
            digest.update(block)
    if digest.hexdigest() != manifest["sha256"]:
        raise BanjieError("backup.damaged", "备份中的数据库校验不符。")
    schema.require_known(manifest["schema"])


def read(archive: zipfile.ZipFile, store: Store) -> None:
    """Fill the empty database of `store` from a backup that was checked. Errors: `backup.pg_dump`."""
    with tempfile.TemporaryDirectory(prefix="banjie-restore-", dir=_room(store)) as folder:
        file = Path(archive.extract(_MEMBER[store.dialect], folder))
        if store.dialect == "sqlite":
            with closing(sqlite3.connect(file)) as source, closing(_sqlite(store)) as target:
                source.backup(target)  # one transaction of the target
            return
        arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        done = _run(_client(store, "pg_restore"), store, *arguments, str(file))
        if done.wait():
            raise _failed("pg_restore", done)


@contextmanager
def _copy(store: Store) -> Iterator[tuple[IO[bytes], str]]:
    """The database as bytes, and what made them."""
    if store.dialect == "sqlite":
        with tempfile.TemporaryDirectory(prefix="banjie-backup-", dir=_room(store)) as folder:
            file = Path(folder) / "copy.db"
            with closing(_sqlite(store)) as source, closing(sqlite3.connect(file)) as target:
                source.backup(target)  # in one step: who writes meanwhile need not wait, and cannot set it back
                target.execute("pragma journal_mode=delete")  # one file
            with file.open("rb") as copied:
                yield copied, f"SQLite {sqlite3.sqlite_version}"
        return
    program = _client(store, "pg_dump")
    dump = _run(program, store, "--format=custom", "--no-owner", "--no-privileges")
    assert dump.stdout is not None
    try:
        yield dump.stdout, _version(program)
        if dump.wait():
            raise _failed("pg_dump", dump)
    finally:
        dump.kill()
        dump.wait()


def _sqlite(store: Store) -> sqlite3.Connection:
    return sqlite3.connect(store.url.database or ":memory:", timeout=30)


def _room(store: Store) -> str | None:
    """Where a copy finds room: beside a SQLite file."""
    return str(Path(store.url.database).absolute().parent) if store.dialect == "sqlite" and store.url.database else None


def _run(program: Path, store: Store, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a client of PostgreSQL on the database of `store`; the password is not seen among the processes."""
    address = conninfo.make_conninfo(**store.direct(password=False))
    password = {"PGPASSWORD": str(store.direct_url.password)} if store.direct_url.password is not None else {}
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
    process = subprocess.Popen(
        [str(program), f"--dbname={address}", "--no-password", *arguments],
        env={**os.environ, **password, "LC_ALL": "C"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
    )  # fmt: skip
    process.stderr = errors
    return process


def _client(store: Store, name: str) -> Path:
    """The client program `name`, not older than the server. Errors: `backup.pg_dump`."""
    with store.begin(write=False) as uow:
        server = int(uow.conn.exec_driver_sql("show server_version_num").scalar_one()) // 10_000
    beside = [*sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: path.as_posix(), reverse=True)]
    on_path = shutil.which(name)
    found = [*([Path(on_path)] if on_path else []), *beside]
    for program in found:
        if _major(program) >= server:
            return program
    there = f"（现有的是 {'、'.join(str(_major(one)) for one in found)}）" if found else ""
    raise BanjieError(
        "backup.pg_dump",
        f"没有找到 PostgreSQL {server} 以上的 {name}{there}。请安装 postgresql-client-{server} 并放进 PATH，"
        "或用不带 --native 的备份。",
    )


def _version(program: Path) -> str:
    return subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=30).stdout.strip()


def _major(program: Path) -> int:
    match = re.search(r"\d+", _version(program))
    return int(match[0]) if match else 0


def _failed(name: str, process: subprocess.Popen[bytes]) -> BanjieError:
    assert process.stderr is not None
    process.stderr.seek(0)
    words = process.stderr.read().decode(errors="replace").strip().splitlines()
    return BanjieError("backup.pg_dump", f"{name} 没有成功：{words[-1] if words else process.returncode}")
