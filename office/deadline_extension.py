"""Extensions: who asks for more time gets it once, in time, and not beyond the limit (3.4; R45, L12)."""

from __future__ import annotations

from datetime import datetime

from office.deadlines import Deadline
from storage.clock import local
from storage.errors import Refusal


class ExtensionRefused(Refusal):
    """An extension cannot be granted; the sentence says why."""


def check_extension(
    deadline: Deadline,
    days: int,
    *,
    most: int,
    asked_at: datetime,
    approved_at: datetime | None = None,
    earlier: int = 0,
    reason: str = "",
) -> None:
    """Refuse an extension that the rules forbid; return nothing if it may be granted.

    `days`: calendar days asked for. `most`: the largest extension of this limit (`Profile.extension_limit`), 0 none.
    `earlier`: extensions granted before. Asked and approved before the running deadline is over, one only, with reason.
    Errors: ExtensionRefused `extension.not_allowed`, `extension.used`, `extension.bad_days`, `extension.too_long`,
    `extension.reason_missing`, `extension.late`.
    """
    if earlier or deadline.extension_days:
        raise ExtensionRefused("extension.used", "该期限已经延期一次，不能再次延期。")
    if most <= 0 or deadline.due_at is None:
        raise ExtensionRefused("extension.not_allowed", "该期限不允许延期。")
    if isinstance(days, bool) or days < 1:
        raise ExtensionRefused("extension.bad_days", "延期天数应为不少于1的整数。", field="days")
    if days > most:
        raise ExtensionRefused("extension.too_long", f"延期最多{most}日，申请的{days}日超出上限。", field="days")
    if not reason.strip():
        raise ExtensionRefused("extension.reason_missing", "请填写延期理由。", field="reason")
    if local(asked_at).replace(microsecond=0) > deadline.due_at:
        raise ExtensionRefused("extension.late", f"期限已于{deadline.due_at:%Y-%m-%d %H:%M:%S}届满，不能再申请延期。")
    if approved_at is not None and local(approved_at).replace(microsecond=0) > deadline.due_at:
        raise ExtensionRefused("extension.late", f"期限已于{deadline.due_at:%Y-%m-%d %H:%M:%S}届满，不能再批准延期。")
