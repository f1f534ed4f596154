"""立卷归档: one account a petitioner, bound by year, items numbered by time (R62, FM29)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.registry import HandlerContext, handler
from handlers._common import case_id_of, case_of, last_answers, lines, note
from office import cases, documents, numbers, parties, people, registers, supervision

_ANONYMOUS = "0000"  # the account of petitions without a name


@handler("petition.dossier")
def dossier(context: HandlerContext) -> Mapping[str, Any]:
    """Number the dossier `<account>/<year of closing>/<seq>` and enter it with its items as FM29.

    A petition that was reopened and closed again in the same year keeps its dossier; its entry is continued.
    """
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    case = case_of(context)
    closed_at: datetime = case["closed_at"] or context.now
    known = case["petitioner_id"] is not None and not case["anonymous"]
    account = parties.account_of(uow, org_id, case["petitioner_id"]) if known else _ANONYMOUS
    earlier = str(case["fields"].get("dossier_no") or "")
    number = earlier if earlier.split("/")[:2] == [account, str(closed_at.year)] else ""
    number = number or numbers.dossier_number(uow, org_id, account, closed_at)
    fields = {"account": account, "seq": number, "volume": closed_at.year, "items": _items(context)}
    filed = last_answers(context, "FileDossier")
    fields |= {"paper_items": lines(filed.get("items")), "pages": filed.get("pages"), "shelf": filed.get("shelf")}
    registers.continue_entry(
        uow, org_id, "FM29", fields, case_id=case_id, at=context.now, by=context.actor, where={"seq": number}
    )
    note(context, {"dossier_no": number})
    return {"dossier_no": number}


def _items(context: HandlerContext) -> list[str]:
    """What the dossier holds, numbered by time: steps, register entries, documents, urgings, supervision cards."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    steps = cases.entries(uow, org_id, case_id)
    names = people.names_of(uow, org_id, [step["by"] for step in steps])
    held: list[tuple[datetime, str]] = []
    for step in steps:
        if step["by"] is not None:
            held.append((step["at"], f"{step['name']}（{names.get(step['by'], '')}）"))
    for entry in registers.entries_of_case(uow, org_id, case_id):
        held.append((entry["at"], f"{entry['name']}第{entry['seq']}号"))
    for made in documents.documents_of(uow, org_id, case_id):
        name = made["name"].removesuffix(".docx") if made["form"] else made["name"]  # a paper is no file there
        held.append((made["at"], f"{name}{'，' + made['number'] if made['number'] else ''}"))
    for urging in supervision.urgings_of(uow, org_id, case_id):
        held.append((urging["at"], f"催办第{urging['number']}号（{urging['method_text']}）"))
    for card in supervision.cards_of(uow, org_id, case_id):
        held.append((card["opened_at"], f"督办卡{card['card_no']}"))
    held.sort(key=lambda item: item[0])
    return [f"{place}. {at:%Y-%m-%d %H:%M} {text}" for place, (at, text) in enumerate(held, start=1)]
