"""抄送: a matter is sent to colleagues to read; from then on they may open it (R65: not those it accuses)."""

from __future__ import annotations

from collections.abc import Sequence

from office import access, cases, notices, people
from office.receivers import receiver
from storage import spans
from storage.errors import Forbidden, NotFound, Refusal
from web.acts import Actor, viewer
from web.banjie import Banjie

MOST = 20  # people at once
_REASON = "copied"  # why somebody takes part in the case


@spans.act
def copy(banjie: Banjie, who: Actor, case_id: str, user_ids: Sequence[str], note: str) -> None:
    """Let colleagues read the case and tell them; an entry of the case says to whom it went, and the note.

    Who takes part in the case may, and the offices that write for it. Errors: `case.unknown`, `copy.not_yours`,
    `copy.nobody`, and those of `receivers.receiver`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        seen = viewer(uow, who, now)
        if not access.may_see_case(uow, seen, case_id):
            raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
        if not access.may_write_for(uow, seen, case_id):
            raise Forbidden("copy.not_yours", "只有本件的经办人员可以抄送。")
        wanted = [user for user in dict.fromkeys(user_ids) if user != who.user_id]
        if not wanted:
            raise Refusal("copy.nobody", "请选择抄送给谁。", field="user_ids")
        names = []
        for user_id in wanted:
            names.append(receiver(uow, who.org_id, user_id, case_id, field="user_ids").name)
            cases.add_participant(uow, who.org_id, case_id, user_id, _REASON, now=now)
        cases.apply_answers(
            uow, who.org_id, case_id, {"remarks": note.strip()} if note.strip() else {}, actor=who.user_id, now=now,
            name=f"抄送：{'、'.join(names)}",
        )  # fmt: skip
        me = people.get_user(uow, who.org_id, who.user_id).name
        label = notices.case_label(cases.get_case(uow, who.org_id, case_id))
        key = f"copied:{case_id}:{who.user_id}:{now:%Y%m%d%H%M%S}"
        text = f"{me}把{label}抄送给您，请阅知。"
        notices.tell_all(uow, who.org_id, wanted, text, kind="copied", key=key, case_id=case_id, now=now)
