"""一次性告知: the list is told once and frozen; what is demanded later is compared with it (R02)."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import case_id_of, case_of, in_groups, lines, note, param, require, tell
from office import cases, documents, notices, people, registers
from storage.errors import Refusal

_WAYS = frozenset({"oral", "written", "public"})
_BREACHES = "notification_breach"


@check("notification.form")
def form(context: TaskContext) -> None:
    """The notice is given in a way that the organisation's regulation knows, and names what it asks to be named."""
    known = set(param(context, "notification.form"))
    allowed = (known & _WAYS) or _WAYS
    if not allowed & set(lines(context.answers.get("notice_way"))):
        names = {"oral": "口头告知", "written": "书面告知", "public": "公示告知"}
        told = "、".join(name for way, name in names.items() if way in allowed)
        raise Refusal("notification.way_not_allowed", f"本单位规定的告知方式是：{told}。", field="notice_way")
    finding = context.variables.get("finding")
    if allowed == {"written"} and finding in ("incomplete", "consultation"):
        _require_window(context)
    if "missing_items_list" in known and finding == "incomplete":
        require(context.answers, "missing_items", "notification.list_empty", "请列出缺少的全部材料。")
        _require_window(context)


def _require_window(context: TaskContext) -> None:
    require(context.answers, "next_window", "notification.next_window_missing", "请写明下一步到哪个窗口办理。")


@check("notification.complete_list")
def complete_list(context: TaskContext) -> None:
    """The list of missing items is part of the list of all materials, whole and without repetition."""
    missing = [_folded(item) for item in lines(context.answers.get("missing_items"))]
    required = {_folded(item) for item in lines(context.answers.get("required_materials"))}
    if not missing or not required:
        raise Refusal("notification.list_empty", "请列出缺少的全部材料。", field="missing_items")
    if len(set(missing)) < len(missing):
        raise Refusal("notification.item_repeated", "补办件清单中有重复的材料。", field="missing_items")
    strange = [item for item in lines(context.answers.get("missing_items")) if _folded(item) not in required]
    if strange:
        raise Refusal(
            "notification.item_not_required", f"“{strange[0]}”不在全部书面材料中，请先列入全部材料。",
            field="missing_items", details=strange,
        )  # fmt: skip


@check("notification.received_all")
def received_all(context: TaskContext) -> None:
    """Who demands something more says what."""
    if context.answers.get("materials_outcome") == "demand":
        require(context.answers, "demanded_material", "notification.material_missing", "请写明另要的材料。")


@handler("notification.freeze_list")
def freeze_list(context: HandlerContext) -> Mapping[str, Any]:
    """Freeze the list that was told, with its checksum; a list once frozen stays."""
    fields = case_of(context)["fields"]
    if not fields.get("frozen_hash"):
        frozen = {
            "required": lines(context.inputs.get("required_materials")),
            "missing": lines(context.inputs.get("missing_items")),
        }
        fields = {"frozen_list": frozen, "frozen_hash": _checksum(frozen), "issued_at": context.now.isoformat()}
        note(context, fields)
        _continue_list(context, {"issued_at": fields["issued_at"], "frozen_hash": fields["frozen_hash"]})
    return {"frozen_hash": fields["frozen_hash"], "issued_at": fields["issued_at"]}


@handler("notification.compare_demand")
def compare_demand(context: HandlerContext) -> Mapping[str, Any]:
    """Whether a material demanded later is on the frozen list or an approved amendment."""
    frozen = case_of(context)["fields"].get("frozen_list")
    wanted = _folded(str(context.inputs.get("demanded_material") or ""))
    status = "no_list"
    if frozen:
        listed = {_folded(item) for item in (*frozen["required"], *frozen["missing"])}
        status = "on_list" if wanted in listed else "not_on_list"
    return {"demand_status": status, "demanded_by": context.inputs.get("demanded_by") or context.actor}


@handler("notification.record_breach")
def record_breach(context: HandlerContext) -> None:
    """Enter a breach of telling everything at once: unverified, until who may verify it does (R02, R06)."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    given = context.inputs
    clerk = str(given.get("demanded_by") or "")
    name = people.names_of(uow, org_id, [clerk]).get(clerk)
    fields = {
        "material": given.get("demanded_material"),
        "clerk": name,
        "at": context.now.isoformat(),
        "status": "unverified",
        "reason_claimed": given.get("reason_claimed"),
        "text": given.get("demand_text"),
    }
    registers.add_entry(uow, org_id, _BREACHES, fields, case_id=case_id, at=context.now, by=context.actor)
    cases.set_flag(uow, org_id, case_id, _BREACHES)
    text = f"{notices.case_label(case_of(context))}：{name or '经办人'}在一次性告知之后另要材料，已记为待查的告知违约。"
    tell(context, in_groups(context, ("centre_director",)), text, kind="breach")


@handler("notification.amend_list")
def amend_list(context: HandlerContext) -> Mapping[str, Any]:
    """Add an approved material to the frozen list; FM03 is made again. The limit of the service goes on (R02, R03)."""
    uow, org_id = context.transaction, context.org_id
    given = context.inputs
    fields = case_of(context)["fields"]
    frozen = fields.get("frozen_list") or {"required": [], "missing": []}
    material = str(given.get("demanded_material") or "").strip()
    added = {key: [*items, material] for key, items in frozen.items()}
    checksum = _checksum(added)
    approver = str(given.get("approved_by") or "")
    amendment = {
        "material": material,
        "reason": given.get("demand_reason"),
        "approved_by": people.names_of(uow, org_id, [approver]).get(approver),
        "at": context.now.isoformat(),
        "frozen_hash": checksum,
    }
    amendments = [*(fields.get("list_amendments") or []), amendment]
    note(context, {"frozen_list": added, "frozen_hash": checksum, "list_amendments": amendments})
    printed = {
        "required_materials": "\n".join(added["required"]),
        "missing_items": "\n".join(added["missing"]),
        "frozen_hash": checksum,
    }
    _continue_list(context, {**printed, "amendments": amendments})
    documents.make(uow, org_id, case_id_of(context), "FM03", printed, now=context.now, by=context.actor)
    return {"frozen_hash": checksum}


def _continue_list(context: HandlerContext, fields: Mapping[str, Any]) -> None:
    registers.continue_entry(
        context.transaction, context.org_id, "FM03", fields, case_id=case_id_of(context), at=context.now,
        by=context.actor,
    )  # fmt: skip


def _checksum(frozen: Mapping[str, Sequence[str]]) -> str:
    """SHA-256 of the canonical JSON of `{"missing": [...], "required": [...]}`."""
    text = json.dumps(frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _folded(item: str) -> str:
    """An item as it is compared: full and half width, case and white space make no difference."""
    return "".join(unicodedata.normalize("NFKC", item).casefold().split())
