"""事项变化: what a person reports to a matter beside its steps - the messages that its diagrams wait for and offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import reports
from engine.contexts import known_data
from engine.reports import Offer
from office import access
from office.access import Viewer
from storage import spans
from storage.database import UnitOfWork
from storage.errors import Conflict, Forbidden, NotFound
from web.acts import Actor, drain, viewer
from web.banjie import Banjie


def offered(banjie: Banjie, uow: UnitOfWork, seen: Viewer, case_id: str) -> list[dict[str, Any]]:
    """What the viewer may report to a case now: id, title, message, whether it interrupts, form and what that begins
    with."""
    told = []
    for offer in reports.offers(banjie.engine, uow, seen.org_id, case_id, actor=seen.user_id):
        if not _may(uow, seen, case_id, offer):
            continue
        data: dict[str, Any] = {}
        if offer.form is not None:
            known = known_data(banjie.host.form_data(offer.context), offer.variables)
            shown = offer.form.names | {field.key for field in offer.form.answered if field.locked is True}
            data = {key: known[key] for key in shown if known.get(key) is not None}
            data |= banjie.host.options(offer.context, list(offer.form.option_keys))
        schema = None if offer.form is None else offer.form.schema
        told.append(
            {
                "id": offer.id,
                "message": offer.message,
                "title": offer.title,
                "interrupts": offer.interrupts,
                "form": schema,
                "data": data,
            }
        )
    return told


@spans.act
def report(
    banjie: Banjie, who: Actor, case_id: str, answers: Mapping[str, Any], *, id: str | None = None, name: str = ""
) -> None:
    """Report what the offer `id` asks, or the first of the message `name`. An entry of the case keeps it.

    Errors: `case.unknown`, `message.unwanted`, `message.not_yours`, `form.*`, and what the office's checks refuse.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        seen = viewer(uow, who, now)
        if not access.may_see_case(uow, seen, case_id):
            raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
        found = reports.offers(banjie.engine, uow, who.org_id, case_id, actor=who.user_id)
        offer = next((one for one in found if (one.id == id if id is not None else one.message == name)), None)
        if offer is None:
            raise Conflict("message.unwanted", "此事项目前不接受这项操作。")
        if not _may(uow, seen, case_id, offer):
            raise Forbidden("message.not_yours", f"您的岗位不能登记“{offer.title}”。")
        reports.report(banjie.engine, uow, who.org_id, offer, answers, actor=who.user_id)
    drain(banjie, who.org_id, case_id)


def _may(uow: UnitOfWork, seen: Viewer, case_id: str, offer: Offer) -> bool:
    """The posts that the diagram names, also as stand-in; where it names none, who answers for the case."""
    if not offer.groups:
        return access.may_act_for(uow, seen, case_id)
    return any(access.is_offered(one, offer.groups, ()) for one in access.acting_as(uow, seen, case_id))
