"""What the facts are called that no form asks for: those that handlers and the office itself write into a case."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from office.case_answers import KINDS, WAYS, WEIGHTS
from office.case_states import STATES
from office.classes import MATTER_CLASSES
from office.numbers import CHANNELS

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "account": "信访人（户）",
        "add_digest": "同时摘报反映",
        "amendments": "清单更改",
        "anonymous": "匿名",
        "assigner_due": "交办时限",
        "channel": "渠道",
        "confidential": "保密",
        "coverage": "排班情况",
        "demand_status": "所要材料与清单核对",
        "demanded_by": "索要人",
        "destroyed": "已销毁，见清册",
        "dossier_no": "案卷号",
        "extended": "已延期",
        "extended_until": "延期至",
        "extension_approved_at": "批准延期时间",
        "extension_approved_by": "批准延期人",
        "extension_days": "延期天数",
        "extension_reason": "延期理由",
        "first_inquiry_number": "首问登记号",
        "flags": "标记",
        "frozen_hash": "清单校验码",
        "frozen_list": "已固定的清单",
        "group_count": "人数",
        "handler": "承办人",
        "handling_unit": "承办单位",
        "issued_at": "出具时间",
        "kind": "性质",
        "list_amendments": "清单更改",
        "matter_classes": "事项类别",
        "missing": "缺少的材料",
        "notification_breach": "一次性告知违约",
        "objection_count": "退件次数",
        "objection_unit": "提出退件的单位",
        "outcome": "办理意见",
        "overdue_days": "逾期天数",
        "owner": "责任人",
        "remarks": "备注",
        "request_until": "请求期限至",
        "required": "全部材料",
        "responsible_officer": "责任人",
        "result": "办理结果",
        "return_count": "退回次数",
        "return_reasons": "退回理由",
        "state": "状态",
        "unit_received_at": "单位收件时间",
        "way": "办理方式",
        "ways": "办理方式",
        "weight": "轻重",
        # of a row of list_amendments
        "approved_by": "批准人",
        "at": "时间",
        "material": "材料",
        "reason": "理由",
    }
)

_FLAGS = {
    "urgent": "紧急",
    "group": "群体",
    "confidential": "保密",
    "digest": "摘报",
    "superior_case": "上级交办",
    "notification_breach": "一次性告知违约",
}
_REASONS = {
    "none": "没有法定理由",
    "law_changed": "法规政策变化",
    "applicant_changed_request": "申请人变更请求",
}
_RESULTS = {
    "resolved": "已解决",
    "leave_taken": "已销假",
    "leave_refused": "未准假",
    "partly": "部分解决",
    "explained": "已解释说明",
    "not_supported": "不予支持",
    "guided": "已引导",
    "guided_elsewhere": "已引导到其他机关",
    "accepted": "已受理",
    "not_accepted": "不予受理",
    "explained_with_deadline": "已讲明情况，限时办结",
    "handed_over": "已移交",
    "transferred_by_leader": "领导指明移交部门",
}

# The words of values, by key.
CHOICES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "audience": {"public": "社会公众"},
        "channel": CHANNELS,
        "class": {"leader_case_ownership": "领导包案"},
        "coverage": {"covered": "已排齐", "uncovered": "缺人"},
        "demand_status": {"no_list": "没有出具清单", "on_list": "在清单内", "not_on_list": "不在清单内"},
        "flags": _FLAGS,
        "kind": KINDS,
        "matter_classes": {str(one.number): one.name for one in MATTER_CLASSES},
        "reason": _REASONS,
        "reason_claimed": _REASONS,
        "result": _RESULTS,
        "state": STATES,
        "status": {"unverified": "未核实"},
        "way": WAYS,
        "ways": WAYS,
        "weight": WEIGHTS,
    }
)
