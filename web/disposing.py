"""Carry out an approved list of destruction: first the package of each case, then its rows; what is left is the list.

Each case is a transaction of its own. The package is on the disk before the rows go; a crash in between leaves both,
and carrying out again writes it again. Entries of registers keep their numbers and lose their contents, so that numbers
stay without a gap; the list names the package's SHA-256 and the last hash of each history.
"""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, exists, select, update

from office import closings, organisations, retention
from office.case_rows import rows_of
from storage.database import UnitOfWork
from storage.errors import BanjieError
from storage.tables import engine
from storage.tables.office import attachment, case_file, deadline, document, party, party_word, register_entry
from web import acts, archive
from web.acts import Actor
from web.banjie import Banjie

NOT_DUE = "保管期没有届满、在保全中或者有关联事项在办，没有销毁"


def folder() -> Path:
    """Where packages go (`BANJIE_ARCHIVE`, else var/archive)."""
    return Path(os.environ.get("BANJIE_ARCHIVE", "var/archive"))


def carry_out(banjie: Banjie, who: Actor, list_no: str, *, target: Path | None = None) -> dict[str, int]:
    """Destroy the cases of an approved list; gives how many were `destroyed` and how many `kept` with a reason.

    Errors: Forbidden `access.role`; NotFound `disposal.unknown`; `disposal.no_folder` (503).
    """
    now = banjie.clock.now()
    place = target or folder()
    with banjie.store.begin() as uow:
        case_ids = retention.approved(uow, acts.viewer(uow, who, now), list_no)
    done = {"destroyed": 0, "kept": 0}
    for case_id in case_ids:
        with banjie.store.begin() as uow:
            if retention.still_due(uow, who.org_id, case_id, now=now):
                _destroy(banjie, uow, who, list_no, case_id, place, now)
                done["destroyed"] += 1
            else:
                values = {"state": "withdrawn", "note": NOT_DUE}
                retention.finish(uow, who.org_id, list_no, case_id, values, now=now, by=who.user_id)
                done["kept"] += 1
    return done


def _destroy(
    banjie: Banjie, uow: UnitOfWork, who: Actor, list_no: str, case_id: str, place: Path, now: datetime
) -> None:
    name, content = archive.whole(banjie, uow, who, case_id)
    _write(place / name, content)
    table = engine.instance
    query = select(table.c.id, table.c.history_seq, table.c.history_hash)
    mine = (table.c.org_id == who.org_id) & (table.c.business_key == case_id)
    chains = [
        {"id": row.id, "rows": row.history_seq, "hash": row.history_hash}
        for row in uow.conn.execute(query.where(mine).order_by(table.c.id))
    ]
    values: dict[str, Any] = {
        "state": "destroyed",
        "package": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "chains": chains,
    }
    retention.finish(uow, who.org_id, list_no, case_id, values, now=now, by=who.user_id)
    _delete(uow, who.org_id, case_id, list_no)


def _delete(uow: UnitOfWork, org_id: str, case_id: str, list_no: str) -> None:
    """All rows of the case; those that name others go before those they name."""
    person = uow.conn.execute(
        select(case_file.c.petitioner_id).where(case_file.c.org_id == org_id, case_file.c.id == case_id)
    ).scalar()
    files = select(document.c.sha256).where(document.c.org_id == org_id, document.c.case_id == case_id)
    sums = set(uow.conn.execute(files).scalars())
    closings.forget(uow, org_id, case_id)
    last = {deadline: 1, engine.task: 1, engine.instance: 2, case_file: 3}  # by which others are found
    found = [(table, mine) for table, mine in rows_of(org_id, case_id) if table not in (party, register_entry)]
    for table, mine in sorted(found, key=lambda one: last.get(one[0], 0)):
        uow.conn.execute(delete(table).where(mine))
    blank = {"fields": {"destroyed": list_no}, "reason": None}
    mine = (register_entry.c.org_id == org_id) & (register_entry.c.case_id == case_id)
    uow.conn.execute(update(register_entry).where(mine).values(blank))
    other = exists().where(case_file.c.org_id == org_id, case_file.c.petitioner_id == person)
    for table, is_theirs in ((party_word, party_word.c.party_id == person), (party, party.c.id == person)):
        uow.conn.execute(delete(table).where(table.c.org_id == org_id, is_theirs, ~other))
    kept = exists().where(document.c.org_id == org_id, document.c.sha256 == attachment.c.sha256)
    uow.conn.execute(delete(attachment).where(attachment.c.org_id == org_id, attachment.c.sha256.in_(sums), ~kept))


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and on the disk before we go on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        with part.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        at = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(at)
        finally:
            os.close(at)
    except OSError as problem:
        raise BanjieError(
            "disposal.no_folder", f"归档包写不进 {path.parent}，没有销毁：{problem.strerror}。", status=503
        ) from None


def forget_old(banjie: Banjie) -> int:
    """What is forgotten or summed up by itself, in every organisation; gives how many rows. For the scheduler."""
    with banjie.store.begin(write=False) as uow:
        org_ids = [one.id for one in organisations.organisations(uow)]
    done = 0
    for org_id in org_ids:
        with banjie.store.begin() as uow:
            done += retention.forget_old(uow, org_id, now=banjie.clock.now())
        with banjie.store.begin() as uow:
            done += closings.fold(uow, org_id)
    return done
