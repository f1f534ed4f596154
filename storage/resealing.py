"""Seals again under the newest key what older keys have sealed: the second half of a change of keys.

It may run while people work and may be broken off: each batch of rows is a transaction of its own, and what is sealed
anew is passed over the next time. Afterwards the older keys are needed for older backups only.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, and_, delete, insert, select, update

from storage.database import Store, UnitOfWork
from storage.sealed_types import SEALED, OpenOrSealed, as_kept
from storage.sealing import key_ring, person_words
from storage.tables import metadata
from storage.tables.office import party, party_word

_BATCH = 200
Batch = list[tuple[Table, Any]]  # rows: table and primary key


def batches(store: Store) -> list[Batch]:
    """All rows with sealed columns, in batches for `reseal`."""
    keys: Batch = []
    with store.begin(write=False) as uow:
        for table in metadata.sorted_tables:
            if any(isinstance(one.type, SEALED) for one in table.columns):
                keys += [(table, key) for key in uow.conn.execute(select(*map(as_kept, table.primary_key.columns)))]
    return [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]


def reseal(store: Store, batch: Batch) -> int:
    """Seal the rows of a batch that are not yet under the newest key, in one transaction; gives how many."""
    with store.begin() as uow:
        return sum(_reseal_row(uow, table, key) for table, key in batch)


def _reseal_row(uow: UnitOfWork, table: Table, key: Any) -> bool:
    here = and_(*(one == value for one, value in zip(table.primary_key.columns, key, strict=True)))
    columns = [one for one in table.columns if isinstance(one.type, SEALED)]
    raw = uow.conn.execute(select(*(as_kept(one) for one in columns)).where(here)).first()
    older = [f"~{name}~" for name in key_ring().names[:-1]]
    if raw is None or not any(_is_under(value, older) for value in raw):
        return False
    values = uow.conn.execute(select(*columns).where(here)).mappings().one()
    anew = {
        one.name: key_ring().seal(values[one.name]) if isinstance(one.type, OpenOrSealed) else values[one.name]
        for one in columns
    }
    uow.conn.execute(update(table).where(here).values(anew))
    if table is party:
        remember_words(uow, key.org_id, key.id)
    return True


def _is_under(value: str | bytes | None, marks: list[str]) -> bool:
    if value is None:
        return False
    text = value if isinstance(value, str) else bytes(value[:60]).decode("latin-1")
    return any(mark in text for mark in marks)


def remember_words(uow: UnitOfWork, org_id: str, party_id: str) -> None:
    """Write anew, under the newest key, by which words a person is found."""
    mine = (party_word.c.org_id == org_id) & (party_word.c.party_id == party_id)
    uow.conn.execute(delete(party_word).where(mine))
    row = uow.conn.execute(select(party).where(party.c.org_id == org_id, party.c.id == party_id)).one()
    tokens = {key_ring().token(kind, word) for kind, word in person_words(row._asdict())}
    if tokens:
        rows = [{"org_id": org_id, "token": token, "party_id": party_id} for token in sorted(tokens)]
        uow.conn.execute(insert(party_word), rows)
