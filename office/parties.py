"""Petitioners and applicants. One row a person, as far as the office can tell: one account in the archive (R62).

What names a person is sealed in the database (R65); a person is found by the HMAC of a word.

§0.8: what is kept is what the office needs to answer the person; there is no field for movements, conduct or forecasts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, insert, select, update

from office import numbers
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.resealing import remember_words
from storage.sealing import key_ring
from storage.tables.office import party, party_word
from storage.types import new_id

PARTY_FIELDS = ("name", "gender", "age", "occupation", "address", "phone", "id_no", "political_status")
SENSITIVE = frozenset({"id_no", "political_status"})
_LONGEST = 200  # characters
_CARD = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_FOUND_BY = frozenset({"name", "phone", "id_no"})


def clean_party(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The party's columns as they are stored. Errors: `party.bad_age`, `party.bad_id_no`, `party.too_long`."""
    values: dict[str, Any] = {}
    for key in PARTY_FIELDS:
        if key not in answers:
            continue
        value = answers[key]
        if value is None or value == "":
            values[key] = None
        elif key == "age":
            values[key] = _age(value)
        elif key == "id_no":
            values[key] = _id_no(str(value))
        else:
            text = str(value).strip()
            if len(text) > _LONGEST:
                raise Refusal("party.too_long", f"内容过长，请不超过{_LONGEST}个字。", field=key)
            values[key] = text or None
    return values


def _id_no(text: str) -> str | None:
    """An identity number as it is kept. One of 18 places must have its check digit (GB 11643).

    Errors: `party.bad_id_no`, `party.too_long`.
    """
    number = "".join(text.split()).upper()
    if len(number) > _LONGEST:
        raise Refusal("party.too_long", f"内容过长，请不超过{_LONGEST}个字。", field="id_no")
    if _CARD.fullmatch(number):
        total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
        if _CHECKS[total % 11] != number[-1]:
            raise Refusal("party.bad_id_no", "身份证号校验不符，请核对后重新输入。", field="id_no")
    return number or None


def find_party(uow: UnitOfWork, org_id: str, values: Mapping[str, Any]) -> str | None:
    """The person with the same identity number, or else the same name and telephone; None if not known for certain."""
    if values.get("id_no"):
        same = known_as(org_id, party.c.id, "id_no", values["id_no"])
    elif values.get("name") and values.get("phone"):
        same = and_(*(known_as(org_id, party.c.id, kind, values[kind]) for kind in ("name", "phone")))
    else:
        return None
    row = uow.conn.execute(select(party.c.id).where(party.c.org_id == org_id, same).order_by(party.c.id)).first()
    return None if row is None else str(row.id)


def known_as(org_id: str, party_id: ColumnElement[Any], kind: str, word: str) -> ColumnElement[bool]:
    """True where the word of a kind (`name`, `phone`, `id_no`, or a `part` of the name) is that of the person."""
    word_row = party_word.alias()
    return exists().where(
        word_row.c.org_id == org_id,
        word_row.c.token.in_(key_ring().tokens(kind, word.strip())),
        word_row.c.party_id == party_id,
    )


def found_by(uow: UnitOfWork, org_id: str, given: Mapping[str, str], *, most: int = 1_000) -> list[str]:
    """The ids of the people who are known by one of the words, by kind (as `known_as`); at most `most` of them."""
    tokens = [token for kind, word in given.items() if word.strip() for token in key_ring().tokens(kind, word.strip())]
    query = select(party_word.c.party_id).where(party_word.c.org_id == org_id, party_word.c.token.in_(tokens))
    return list(dict.fromkeys(uow.conn.execute(query.limit(most)).scalars()))


def save_party(
    uow: UnitOfWork, org_id: str, values: Mapping[str, Any], *, party_id: str | None, now: datetime
) -> str | None:
    """Add what is known of a person; gives the party's id, or None if nothing is known.

    A person who is new to the case is looked up first, so that repeated petitions share one account. Values that are
    left out stay; values given as None are cleared.
    """
    if party_id is None:
        party_id = find_party(uow, org_id, values)
        if party_id is None:
            if not any(value is not None for value in values.values()):
                return None
            party_id = new_id()
            uow.conn.execute(insert(party).values(org_id=org_id, id=party_id, created_at=now, **values))
            remember_words(uow, org_id, party_id)
            return party_id
        values = {key: value for key, value in values.items() if value is not None}
    if values:
        uow.conn.execute(update(party).where(party.c.org_id == org_id, party.c.id == party_id).values(**values))
        if _FOUND_BY & values.keys():
            remember_words(uow, org_id, party_id)
    return party_id


def get_party(uow: UnitOfWork, org_id: str, party_id: str | None) -> dict[str, Any] | None:
    """All of a person, sensitive columns included: for the case's own page only."""
    if party_id is None:
        return None
    row = uow.conn.execute(select(party).where(party.c.org_id == org_id, party.c.id == party_id)).one_or_none()
    return None if row is None else dict(row._mapping)


def account_of(uow: UnitOfWork, org_id: str, party_id: str) -> str:
    """The person's archive account, given when first needed (R62). Errors: `party.unknown`."""
    mine = (party.c.org_id == org_id) & (party.c.id == party_id)
    row = uow.conn.execute(select(party.c.account).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("party.unknown", "没有这位信访人的登记。")
    if row.account is not None:
        return str(row.account)
    account = numbers.account_number(uow, org_id)
    uow.conn.execute(update(party).where(mine).values(account=account))
    return account


def _age(value: Any) -> int:
    text = str(value).strip()
    if not text.isdecimal() or not 0 <= int(text) <= 130:
        raise Refusal("party.bad_age", "年龄应为0至130的整数。", field="age")
    return int(text)
