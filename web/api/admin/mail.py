"""Mail that could not be sent: to whom, why, and trying again. What it says is not shown: it tells of cases."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from office import notices
from office.access import MASK
from web.api.common import Admin, Program, Reading

router = APIRouter()


@router.get("/mail", summary="未发出的邮件")
def failed(who: Admin, uow: Reading) -> list[dict[str, Any]]:
    return [{**row, "subject": _kind(row["subject"])} for row in notices.failed_mail(uow, who.org_id)]


@router.post("/mail/{mail_id}/retry", summary="重发邮件")
def retry(mail_id: str, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        notices.retry_mail(uow, who.org_id, mail_id)
    return {"ok": True}


def _kind(subject: str) -> str:
    kind, colon, _ = subject.partition("：")
    return f"{kind}{colon}{MASK}" if colon else MASK
