"""The documents of the office: what each is called, its number's word, what it is made from, whether it is served.

A document has a Word template of its code in processes/documents; `SHEET` prints an entry of any register (FM01-FM48).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SHEET = "SHEET"
RECEIPT = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """What a person fills in when a document is made by hand."""

    key: str
    label: str
    kind: str = "text"  # text, lines (several), date
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One kind of document."""

    code: str
    name: str
    word: str | None = None  # of its number; None: it bears another number, or none
    register: str | None = None  # made by hand from the case's latest entry in this register
    needs: str | None = None  # made by hand only where the entry, or the case, knows this field
    blanks: tuple[Blank, ...] = ()
    by_hand: bool = False
    served: bool = False  # handed to somebody, who signs for it (送达)
    keys: tuple[str, ...] = ()  # further names its template may use


_TO = Blank(key="to_unit", label="主送", required=True)
_OF_CASE = ("claim", "explanation", "facts", "opinion", "legal_basis", "remedies", "result")

_PAPERS = (
    Paper(
        code="FM02", name="一次性告知书", word="告知", served=True,
        keys=(
            "required_materials", "missing_items", "formalities", "procedure", "time_limit", "requirements",
            "refusal_reason", "reason", "legal_channel", "unit_to_go", "channel_organ", "explanation", "reply_unit",
            "agreed_date", "next_window", "notice_way",
        ),
    ),
    Paper(
        code="FM03", name="补办件清单", word="补办", served=True,
        keys=("missing_items", "required_materials", "frozen_hash", "next_window"),
    ),
    Paper(
        code="FM22", name="督办卡",
        keys=("handling_unit", "assigned_at", "due", "opinion", "text", "reason", "leader", "result", "closed_at"),
    ),
    Paper(
        code="FM23", name="便函", word="信函", by_hand=True, served=True,
        blanks=(_TO, Blank(key="request", label="请求事项", kind="lines")), keys=("referral_unit", "handling_unit"),
    ),
    Paper(
        code="FM24", name="催办函", word="催办", register="FM24", by_hand=True, served=True,
        blanks=(_TO, Blank(key="urge_text", label="催办要求", kind="lines")),
    ),
    Paper(
        code="FM25", name="调查处理报告", word="调查", register="FM25", by_hand=True, blanks=(_TO,),
    ),
    Paper(code="FM26", name="信访事项处理意见书", word="信访处", served=True, keys=_OF_CASE),
    Paper(code="FM26_review", name="信访事项复查意见书", word="信访复", served=True, keys=_OF_CASE),
    Paper(
        code="FM27", name="信访事项办理结果报告", word="信访报", register="FM27", needs="consenting_leader",
        by_hand=True, served=True,
    ),
    Paper(
        code="FM28", name="信访摘报", word="摘报", register="FM28", by_hand=True,
        blanks=(Blank(key="suggestion", label="建议", kind="lines"),),
    ),
    Paper(code="FM29", name="案卷目录", register="FM29", by_hand=True),
    Paper(code="FM30", name="回访记录", register="FM30", by_hand=True),
    Paper(
        code="FM31", name="接访公告", word="接访", register="FM31", by_hand=True,
        blanks=(Blank(key="scope", label="接待范围", kind="lines"), Blank(key="phone", label="预约电话")),
    ),
    Paper(code="FM34", name="接访签批单", register="FM34", by_hand=True),
    Paper(
        code="FM42", name="问责处理告知书", word="问责", register="FM42", needs="measure", by_hand=True, served=True,
        keys=("reason",),
    ),
    Paper(code="FM43", name="领导批示办理单", register="FM43", by_hand=True),
    Paper(code="FM44", name="查处记录", register="FM44", by_hand=True),
    Paper(
        code="L12", name="延长办理期限告知书", word="信访延", needs="extension_approved_at", by_hand=True, served=True,
        blanks=(Blank(key="extended_until", label="延长后的办结日期", kind="date", required=True),),
        keys=("extension_days", "extension_reason"),
    ),
    Paper(
        code=RECEIPT, name="送达回证",
        keys=("document_name", "document_number", "receiver", "served_place", "served_way"),
    ),
    Paper(code=SHEET, name="登记表", keys=("rows", "register_name", "register_seq", "entered_at", "entered_by")),
)  # fmt: skip

PAPERS: Mapping[str, Paper] = MappingProxyType({one.code: one for one in _PAPERS})

# Ways of serving a document (civil procedure, as 信访 follows it).
SERVED_WAYS: Mapping[str, str] = MappingProxyType(
    {
        "direct": "直接送达",
        "mail": "邮寄送达",
        "electronic": "电子送达",
        "left": "留置送达",
        "entrusted": "委托送达",
        "public": "公告送达",
    }
)

# What the further names of templates mean.
MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "required_materials": "全部书面材料（清单）", "missing_items": "尚缺材料（清单）",
        "formalities": "各种手续（清单）",
        "procedure": "办理程序（清单）", "requirements": "相关要求（清单）", "time_limit": "受理时限",
        "refusal_reason": "不予受理原因", "reason": "理由", "legal_channel": "法定途径", "unit_to_go": "应去单位",
        "channel_organ": "法定途径的机关", "explanation": "解释说明", "reply_unit": "答复单位",
        "agreed_date": "约定答复日期",
        "next_window": "下一步窗口", "notice_way": "告知方式", "frozen_hash": "清单校验码", "assigned_at": "交办时间",
        "opinion": "处理意见", "text": "批示内容", "leader": "领导", "referral_unit": "致送单位", "claim": "投诉请求",
        "facts": "事实和理由", "legal_basis": "法律法规依据", "remedies": "救济途径和期限",
        "extension_days": "延长天数",
        "extension_reason": "延期理由", "document_name": "送达文书", "document_number": "送达文书的编号",
        "receiver": "受送达人", "served_place": "送达地点", "served_way": "送达方式",
        "rows": "登记栏目（循环：label 栏目，value 内容）",
        "register_name": "登记簿名称", "register_seq": "登记序号", "entered_at": "登记时间", "entered_by": "登记人",
    }
)  # fmt: skip

# Every template may use these: of the case, its petitioner, the office and the day.
COMMON: Mapping[str, str] = MappingProxyType(
    {
        "number": "文书编号", "org": "本单位", "today": "今天", "maker": "经办人", "case_number": "案件编号",
        "title": "标题", "matter": "事项", "demand": "诉求", "restated_demand": "确认的诉求", "channel": "渠道",
        "petitioner": "信访人", "anonymous": "是否匿名", "class_names": "所属类别", "acceptance_text": "受理情况",
        "handler": "承办人", "handling_unit": "承办单位", "lead_unit": "牵头单位", "received_at": "收到时间",
        "registered_at": "登记时间", "accepted_at": "受理时间", "closed_at": "办结时间", "group_count": "人数",
        "reply": "答复", "reply_text": "答复内容", "conclusion": "结论", "answer": "当场答复", "basis": "依据",
        "policy_basis": "政策依据", "review_organ": "复查机关", "card_no": "督办卡号", "result": "办理结果",
        "due": "期限",
    }
)  # fmt: skip
