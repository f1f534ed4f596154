"""Numbers without gaps: one counter a series, taken in the transaction that uses the number.

The row stays locked until that transaction ends, so a number that is rolled back is
given again and none is given twice.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from office.organisations import get_organisation
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables.office import counter

CHANNELS = {"L": "来信", "V": "来访", "C": "来电", "H": "举报电话", "O": "网上信访"}
_SERIES = re.compile(r"[A-Z]")


def next_number(uow: UnitOfWork, org_id: str, series: str) -> int:
    """The next number of a series of the organisation: 1, 2, 3 ..."""
    make: Any = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    first = make(counter).values(org_id=org_id, series=series, value=1)
    taken = first.on_conflict_do_update(
        index_elements=[counter.c.org_id, counter.c.series], set_={"value": counter.c.value + 1}
    ).returning(counter.c.value)
    return int(uow.conn.execute(taken).scalar_one())


def petition_number(uow: UnitOfWork, org_id: str, channel: str, at: datetime) -> str:
    """`<org>-<yyyy>-<channel>-<nnnn>`, gapless per organisation, year and channel (R35).

    Errors: `number.bad_channel`.
    """
    if channel not in CHANNELS:
        known = "、".join(f"{key}（{name}）" for key, name in CHANNELS.items())
        raise Refusal("number.bad_channel", f"渠道应为：{known}。", field="channel")
    return series_number(uow, org_id, channel, at)


def series_number(uow: UnitOfWork, org_id: str, series: str, at: datetime) -> str:
    """As petition_number, for any series of one capital letter: `F` matters of the service centre (服务), `S` requests
    for review and final review.

    Errors: `number.bad_series`.
    """
    if not _SERIES.fullmatch(series):
        raise Refusal("number.bad_series", "编号系列应为一个大写字母。", field="series")
    code = get_organisation(uow, org_id).code
    return f"{code}-{at.year}-{series}-{next_number(uow, org_id, f'case/{at.year}/{series}'):04d}"


def account_number(uow: UnitOfWork, org_id: str) -> str:
    """The next archive account, one a petitioner: `0001` (R62)."""
    return f"{next_number(uow, org_id, 'account'):04d}"


def dossier_number(uow: UnitOfWork, org_id: str, account: str, closed_at: datetime) -> str:
    """`<account>/<year of closing>/<seq>` (R62)."""
    return f"{account}/{closed_at.year}/{next_number(uow, org_id, f'dossier/{account}/{closed_at.year}')}"


def card_number(uow: UnitOfWork, org_id: str, at: datetime) -> str:
    """The number of a supervision card: `督办〔2026〕3号` (R58)."""
    return f"督办〔{at.year}〕{next_number(uow, org_id, f'supervision/{at.year}')}号"


def document_number(uow: UnitOfWork, org_id: str, form: str, word: str, at: datetime) -> str:
    """The number of a document of a form: `信访字〔2026〕3号`, counted by form and year."""
    return f"{word}〔{at.year}〕{next_number(uow, org_id, f'document/{form}/{at.year}')}号"
