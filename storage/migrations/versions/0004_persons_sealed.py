"""What names a person is sealed; a person is found by the HMAC of a word."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.sealed_types import SealedBlob, SealedFields, SealedText
from storage.sealing import key_ring, person_words

revision = "0004"
down_revision = "0003"

_BATCH = 500
_PERSON = ("name", "address", "phone", "id_no", "political_status", "occupation")
_PERSONAL = frozenset({*_PERSON, *(f"petitioner_{part}" for part in _PERSON)}) | {
    "accused", "accused_persons", "accused_units", "applicant", "complainant", "contact", "person", "petitioner",
    "representatives",
}  # fmt: skip
# table: its key, the columns to seal and how
_FIELDS = SealedFields(_PERSONAL)
_TABLES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "party": (("org_id", "id"), {part: SealedText() for part in _PERSON}),
    "case_file": (("org_id", "id"), {"fields": _FIELDS}),
    "case_entry": (("org_id", "case_id", "seq"), {"answers": _FIELDS}),
    "case_note": (("org_id", "id"), {"text": SealedText()}),
    "register_entry": (("org_id", "register", "seq", "part"), {"fields": _FIELDS}),
    "attachment": (("org_id", "sha256"), {"content": SealedBlob()}),
    "instance": (("org_id", "id"), {"blob": SealedBlob()}),
    "job": (("org_id", "id"), {"inputs": _FIELDS}),
    "history": (("org_id", "instance_id", "seq"), {"data": _FIELDS}),
}


def upgrade() -> None:
    op.create_table(
        "party_word",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "token", "party_id"),
    )
    op.create_index("ix_party_word__party", "party_word", ["org_id", "party_id"])
    op.drop_index("ix_party__name", "party")
    op.drop_index("ix_party__phone", "party")
    _find_persons()
    for name, (key, columns) in _TABLES.items():
        _seal(name, key, columns)
    _seal_accused()


def _find_persons() -> None:
    """The search words of the persons who are known, from what is not yet sealed."""
    conn = op.get_bind()
    party = sa.table("party", *(sa.column(name) for name in ("org_id", "id", *_PERSON)))
    word = sa.table("party_word", sa.column("org_id"), sa.column("token"), sa.column("party_id"))
    for row in conn.execute(sa.select(party)).mappings().all():
        tokens = [key_ring().token(kind, text) for kind, text in person_words(dict(row))]
        if tokens:
            rows = [{"org_id": row["org_id"], "party_id": row["id"], "token": token} for token in tokens]
            conn.execute(sa.insert(word), rows)


def _seal(name: str, key: tuple[str, ...], columns: dict[str, Any]) -> None:
    """Read each row - what is not yet sealed is read as it is - and write it sealed."""
    conn = op.get_bind()
    table = sa.table(
        name, *(sa.column(part) for part in key), *(sa.column(part, kind) for part, kind in columns.items())
    )
    keys = conn.execute(sa.select(*(table.c[part] for part in key))).all()
    here = sa.and_(*(table.c[part] == sa.bindparam(f"at_{part}") for part in key))
    for start in range(0, len(keys), _BATCH):
        for found in keys[start : start + _BATCH]:
            at = {f"at_{part}": value for part, value in zip(key, found, strict=True)}
            row = conn.execute(sa.select(*(table.c[part] for part in columns)).where(here), at).mappings().one()
            conn.execute(sa.update(table).where(here).values({part: row[part] for part in columns}), at)


def _seal_accused() -> None:
    """Names of accused persons who are neither a unit nor a user."""
    conn = op.get_bind()
    table = sa.table("case_accused", *(sa.column(part) for part in ("org_id", "case_id", "kind", "value")))
    for row in conn.execute(sa.select(table).where(table.c.kind == "name")).all():
        here = sa.and_(*(table.c[part] == value for part, value in row._mapping.items()))
        conn.execute(sa.update(table).where(here).values(value=key_ring().seal(row.value)))
