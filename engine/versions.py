"""Definitions: stored once by the hash of their files, versioned for each organisation, compiled once a process."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from engine import sql
from engine.definition import Definition
from engine.findings import Finding
from engine.reading import Known, read_definition
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound
from storage.tables import engine as tables

_CACHE_SIZE = 500


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What a deployment gave: the version in force, whether it is new, and warnings."""

    key: str
    version: int
    hash: str
    new: bool
    findings: list[Finding]


class Versions:
    """Reads and writes definitions; keeps the compiled ones of all organisations, bounded, by hash."""

    def __init__(self) -> None:
        self._compiled: OrderedDict[str, Definition] = OrderedDict()
        self._checked: OrderedDict[str, tuple[Known, Definition]] = OrderedDict()
        self._lock = threading.Lock()

    def deploy(
        self,
        uow: UnitOfWork,
        org_id: str,
        key: str,
        files: Mapping[str, bytes],
        known: Known,
        *,
        now: datetime,
        actor: str | None,
        base_version: int | None = None,
    ) -> Deployed:
        """Check the files of `key` and make them the current version of `org_id`.

        The same files again give the version in force. `base_version` is the version the editor started from:
        if a newer one is in force, nothing is changed and `deploy.newer_version` (Conflict) is raised. Raises
        `BadDiagram` with all findings if one of them is an error.
        """
        used = with_shared_forms(files, known.shared_forms)
        definition = self._check(key, used, known)
        row = sql.CURRENT_VERSION.first(uow, org=org_id, key=key)
        if row is not None and row.hash == definition.hash:
            return Deployed(key=key, version=row.version, hash=row.hash, new=False, findings=definition.findings)
        version = row.version if row is not None else 0
        if base_version is not None and base_version != version:
            raise _newer(version)
        known_hash = select(tables.definition.c.hash).where(tables.definition.c.hash == definition.hash)
        if uow.conn.execute(known_hash).first() is None:
            with suppress(IntegrityError), uow.savepoint():  # another organisation may store it just now
                uow.conn.execute(insert(tables.definition).values(hash=definition.hash, key=key, files=_to_json(used)))
        row_values = {
            "org_id": org_id,
            "key": key,
            "version": version + 1,
            "hash": definition.hash,
            "name": definition.name,
            "deployed_at": now,
            "deployed_by": actor,
        }
        try:
            uow.conn.execute(insert(tables.deployment).values(row_values))
        except IntegrityError:  # somebody else deployed at the same moment
            raise _newer(version + 1) from None
        return Deployed(key=key, version=version + 1, hash=definition.hash, new=True, findings=definition.findings)

    def _check(self, key: str, files: Mapping[str, bytes], known: Known) -> Definition:
        """Read and check files; the same ones against the same knowledge only once (many offices, one set of files)."""
        digest = files_hash(files)
        with self._lock:
            checked = self._checked.get(digest)
        if checked is not None and checked[0] is known and checked[1].key == key:
            return checked[1]
        definition = read_definition(key, files, known)
        with self._lock:
            self._checked[digest] = (known, definition)
            while len(self._checked) > _CACHE_SIZE:
                self._checked.popitem(last=False)
        return definition

    def current(self, uow: UnitOfWork, org_id: str, key: str) -> Definition:
        """The definition in force under `key`."""
        row = sql.CURRENT_VERSION.first(uow, org=org_id, key=key)
        if row is None:
            raise NotFound("process.unknown", f"本单位没有部署制度“{key}”。", element=key)
        return self.by_hash(uow, row.hash)

    def in_force_since(self, uow: UnitOfWork, org_id: str, key: str) -> datetime:
        """When the version in force was deployed. Raises `process.unknown`."""
        row = sql.CURRENT_VERSION.first(uow, org=org_id, key=key)
        if row is None:
            raise NotFound("process.unknown", f"本单位没有部署制度“{key}”。", element=key)
        return cast(datetime, row.deployed_at)

    def version(self, uow: UnitOfWork, org_id: str, key: str, version: int) -> Definition:
        """The definition of a given version."""
        row = uow.conn.execute(
            select(tables.deployment.c.hash).where(
                tables.deployment.c.org_id == org_id,
                tables.deployment.c.key == key,
                tables.deployment.c.version == version,
            )
        ).first()
        if row is None:
            raise NotFound("process.unknown_version", f"制度“{key}”没有第{version}版。", element=key)
        return self.by_hash(uow, row.hash)

    def by_hash(self, uow: UnitOfWork, digest: str) -> Definition:
        """The compiled definition with this hash."""
        with self._lock:
            found = self._compiled.get(digest)
            if found is not None:
                self._compiled.move_to_end(digest)
                return found
        row = uow.conn.execute(
            select(tables.definition.c.key, tables.definition.c.files).where(tables.definition.c.hash == digest)
        ).one()
        definition = read_definition(row.key, _from_json(row.files), None)
        with self._lock:
            self._compiled[digest] = definition
            while len(self._compiled) > _CACHE_SIZE:
                self._compiled.popitem(last=False)
        return definition

    def superseded_since(self, uow: UnitOfWork, org_id: str, since: datetime) -> list[Definition]:
        """The definitions that were in force at `since` or later and are no longer; oldest first."""
        older, newer = tables.deployment.alias(), tables.deployment.alias()
        query = (
            select(older.c.hash)
            .join(newer, (newer.c.org_id == older.c.org_id) & (newer.c.key == older.c.key))
            .where(older.c.org_id == org_id, newer.c.version == older.c.version + 1, newer.c.deployed_at >= since)
            .order_by(older.c.deployed_at, older.c.key)
        )
        return [self.by_hash(uow, digest) for digest in uow.conn.execute(query).scalars()]

    def all_current(self, uow: UnitOfWork, org_id: str) -> list[tuple[int, Definition]]:
        """Every definition in force with its version, by key."""
        newest = (
            select(tables.deployment.c.key, func.max(tables.deployment.c.version).label("version"))
            .where(tables.deployment.c.org_id == org_id)
            .group_by(tables.deployment.c.key)
            .subquery()
        )
        query = (
            select(tables.deployment.c.hash, tables.deployment.c.version)
            .join(
                newest,
                (newest.c.key == tables.deployment.c.key) & (newest.c.version == tables.deployment.c.version),
            )
            .where(tables.deployment.c.org_id == org_id)
            .order_by(tables.deployment.c.key)
        )
        return [(row.version, self.by_hash(uow, row.hash)) for row in uow.conn.execute(query).all()]

    def files(self, uow: UnitOfWork, digest: str) -> dict[str, bytes]:
        """The files of a definition."""
        query = select(tables.definition.c.files).where(tables.definition.c.hash == digest)
        return _from_json(uow.conn.execute(query).scalar_one())


class BoundVersions:
    """`Versions` as one turn of one organisation sees it (`engine.stepping.Definitions`)."""

    def __init__(self, versions: Versions, uow: UnitOfWork, org_id: str) -> None:
        self._versions, self._uow, self._org_id = versions, uow, org_id
        self._current: dict[str, Definition] = {}

    def current(self, key: str) -> Definition:
        """The definition in force under `key`."""
        found = self._current.get(key)
        if found is None:
            found = self._current[key] = self._versions.current(self._uow, self._org_id, key)
        return found

    def version(self, key: str, version: int) -> Definition:
        """The definition of a given version."""
        return self._versions.version(self._uow, self._org_id, key, version)

    def by_hash(self, digest: str) -> Definition:
        """The definition with this hash."""
        return self._versions.by_hash(self._uow, digest)


def with_shared_forms(files: Mapping[str, bytes], shared: Mapping[str, bytes]) -> dict[str, bytes]:
    """`files` and those shared forms that a diagram among them names and that it does not bring itself."""
    used = dict(files)
    diagrams = [data for path, data in files.items() if path.endswith(".bpmn")]
    for path, data in shared.items():
        named = path.removesuffix(".form").encode()
        if path not in used and any(b'"' + named + b'"' in diagram for diagram in diagrams):
            used[path] = data
    return used


def _newer(version: int) -> Conflict:
    return Conflict("deploy.newer_version", f"制度已有第{version}版，请先打开最新版本再修改。", details=version)


def _to_json(files: Mapping[str, bytes]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for path, data in sorted(files.items()):
        try:
            told[path] = data.decode("utf-8")
        except UnicodeDecodeError:
            told[path] = {"base64": base64.b64encode(data).decode()}
    return told


def _from_json(told: Mapping[str, Any]) -> dict[str, bytes]:
    return {
        path: data.encode() if isinstance(data, str) else base64.b64decode(data["base64"])
        for path, data in told.items()
    }


def files_hash(files: Mapping[str, bytes]) -> str:
    """The hash that names a set of files."""
    digest = hashlib.sha256()
    for path, data in sorted(files.items()):
        digest.update(f"{len(path.encode())}:{path}{len(data)}:".encode() + data)
    return digest.hexdigest()
