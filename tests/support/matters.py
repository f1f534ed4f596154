"""A matter with everything that one may have, and every id by which one could ask for it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import insert, select

from office import deadline_book, documents, notices, registers
from storage.tables import engine as tables
from storage.tables.asking import asked_person, asking
from storage.tables.keeping import legal_hold
from storage.tables.office import document, supervision
from storage.types import new_id
from tests.support.office import Office
from web.banjie import Banjie


def add_everything(
    office: Office,
    case_id: str,
    element: str,
    *,
    name: str,
    matter: str,
    by: str = "linhai",
    asked: Sequence[str] = (),
) -> dict[str, str]:
    """Give the case, whose open step is `element`, what it lacks; gives ids by the names of path parameters.

    `asked`: users whose opinion was asked for the step.
    """
    task_id, now, org_id = office.task(case_id, element), office.clock.now(), office.org_id
    with office.banjie.store.begin() as uow:
        mine = tables.task.c.id == task_id
        instance_id = uow.conn.execute(select(tables.task.c.instance_id).where(mine)).scalar_one()
        deadline_book.arm(uow, org_id, case_id, "R39.reply", start=now, now=now, instance_id=instance_id)
        seq = registers.add_entry(
            uow, org_id, "FM18a", {"name": name, "matter": matter}, case_id=case_id, at=now, by=by
        )
        documents.store(uow, org_id, case_id, f"{name}.docx", b"PK", "application/zip", now=now, by=by)
        document_id = uow.conn.execute(select(document.c.id).where(document.c.case_id == case_id)).scalars().first()
        uow.conn.execute(
            insert(tables.incident).values(
                org_id=org_id, id=(incident_id := new_id()), instance_id=instance_id, process_key="petition_main",
                element_id=element, business_key=case_id, kind="job", source_id="none", code="handler.failed",
                message=f"{matter}出错", created_at=now,
            )
        )  # fmt: skip
        notices.tell(uow, org_id, by, matter, kind="task", key=f"k{case_id}", case_id=case_id, now=now)
        uow.conn.execute(
            insert(legal_hold).values(
                org_id=org_id, id=(hold_id := new_id()), case_id=case_id, reason=matter, at=now, by=by
            )
        )
        uow.conn.execute(
            insert(supervision).values(
                org_id=org_id, id=(supervision_id := new_id()), card_no=f"督办{case_id}", case_id=case_id,
                cause="manual", opinion=matter, opened_at=now, opened_by=by,
            )
        )  # fmt: skip
        uow.conn.execute(
            insert(asking).values(
                org_id=org_id, id=(asking_id := new_id()), task_id=task_id, case_id=case_id, kind="delegate",
                rule="any", reason=matter, asked_by=by, asked_at=now, answers={"name": name},
            )
        )  # fmt: skip
        rows = [
            dict(org_id=org_id, asking_id=asking_id, case_id=case_id, state="open", user_id=user_id, position=place)
            for place, user_id in enumerate(asked or (by,))
        ]
        uow.conn.execute(insert(asked_person), rows)
    notice_id = next(one["id"] for one in office.browser(by).told("/notices") if one["case_id"] == case_id)
    return {
        "case_id": case_id, "task_id": task_id, "instance_id": instance_id, "document_id": str(document_id),
        "incident_id": incident_id, "notice_id": notice_id, "register": "FM18a", "seq": str(seq), "number": "1",
        "hold_id": hold_id, "asking_id": asking_id,
        "supervision_id": supervision_id, "form": "FM23", "key": "petition_main",
        "process_key": "petition_main",
    }  # fmt: skip


def put_back(office: Office, kept: Path) -> None:
    """The town as the copy of its SQLite file that was kept has it; who was logged in then is logged in again."""
    file = Path(str(office.banjie.store.url.database))
    versions = office.banjie.engine.versions
    office.banjie.close()
    for left in file.parent.glob(f"{file.name}*"):
        left.unlink()
    shutil.copy(kept, file)
    office.banjie = Banjie(f"sqlite:///{file}", clock=office.clock)
    office.banjie.engine.versions = versions
    office.app.state.banjie = office.banjie
