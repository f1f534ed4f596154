"""The forms and registers of the office: names, labels of fields.

FM01-FM48 (requirements 1.4), the serving of documents, handovers (R05), breaches of R02.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Register:
    """One register. `columns`: the fields of its form, in order (§1.4); keys with one label share a column.

    `labels`: what all fields that an entry may hold are called.
    """

    code: str
    name: str
    columns: Mapping[str, str]
    labels: Mapping[str, str]


# Code, name, `key=label` of the columns in their order; after `|` what else an entry may hold.
_ROWS = (
    (
        "FM01",
        "首问登记",
        "reg_no=登记号 at=时间 channel=渠道 person=来人 contact=联系方式 matter=事由 first_contact_officer=首问责任人"
        " branch=归属 received_by=接手人 told_department=告知部门 leader_informed_at=报告领导时间 name=来人"
        " phone=联系电话 address=住址 demand=要求 category=事项类别 window_unit=接手窗口 handover=移交情况"
        " handling=办理情况 explanation=情况说明 limit_days=承诺天数 guide_way=引导方式 instruction=领导安排",
    ),
    (
        "FM02",
        "一次性告知",
        "formalities=各种手续 required_materials=全部书面材料 procedure=办理程序 time_limit=受理时限"
        " requirements=相关要求 refusal_reason=不予受理原因 unit_to_go=应去单位 notice_way=告知方式"
        " next_window=下一步窗口",
    ),
    (
        "FM03",
        "补办件清单",
        "missing_items=缺少的材料 issued_at=出具时间 to=申请人 frozen_hash=清单校验码"
        " required_materials=全部书面材料 next_window=下一步窗口 amendments=清单更改",
    ),
    (
        "FM04",
        "办理事项流程时限表",
        "item=办理事项 unit=办理机构 responsible_post=责任岗位 procedure=办理流程 limit=办理时限 phone=监督电话",
    ),
    (
        "FM05",
        "服务承诺公示",
        "item=服务事项 limit=服务时限 procedure=办事程序 fee=收费标准 content=服务内容 standard=服务标准",
    ),
    (
        "FM06",
        "办事公开",
        "item=办理事项 basis=政策依据 conditions=申报条件 procedure=办事程序 promised_limit=承诺期限 fee=收费标准"
        " materials=申报材料 sample=样表格式文本 result=办理结果",
    ),
    (
        "FM07",
        "受理登记记录",
        "no=编号 applicant=申请人 item=事项 materials=材料 accepted_at=受理时间 limit=时限 result=结果"
        " handed_over_at=交付时间 accepted_materials=收到的材料 promised_limit=承诺时限",
    ),
    (
        "FM08",
        "投诉登记",
        "no=编号 at=时间 channel=渠道 complainant=投诉人 type=类型 against=被投诉对象 content=内容 investigator=调查人"
        " finding=调查结论 measure=处理措施 reply_at=答复时间 published_at=公布时间",
    ),
    ("FM09", "签到册", "person=姓名 date=日期 in=签到 out=签退 signer=签名"),
    (
        "FM10",
        "请假销假登记",
        "person=姓名 window=窗口 kind=类别 reason=事由 from=开始 to=结束 days=天数 approver=批准人"
        " substitute=顶岗人 cancelled_at=销假时间 | note=备注",
    ),
    (
        "FM11",
        "学习计划·点名·请假登记·笔记心得",
        "plan=年度计划 date=日期 topic=主题 chair=主持人 roll=点名 leave=请假 notes=笔记心得",
    ),
    (
        "FM12",
        "月例会签到·记录",
        "date=日期 chair=主持人 attendees=出席 absentees=缺席 agenda=议程 resolutions=决议 owner=责任人 due=期限",
    ),
    (
        "FM13",
        "值班记录",
        "cleaning=卫生保洁 archive=档案管理 attendance=工作人员出勤 badges=佩证上岗 attitude=服务态度 manner=仪态言行"
        " efficiency=工作效率 safety=安全防范 handover=交接手续"
        " | problems=存在的问题和处理 duty_person=值班人 at=时间 handed_to=接班人 remarks=备注",
    ),
    (
        "FM14",
        "安全检查",
        "doors=门窗 power=电源 papers=重要资料 daily=每日安全状况"
        " | window=窗口 remarks=隐患和处理情况 checker=检查人 at=时间",
    ),
    (
        "FM15",
        "借阅（复印）登记",
        "item=材料 person=借阅人 kind=借阅或复印 consent_by=批准人 out=借出 due=应还 back=归还",
    ),
    (
        "FM16",
        "公开存档",
        "audience=对象 class=类别 content=内容 form=形式 timing=时限类别 reviewer=审核人 published_at=公开时间"
        " opinions=意见",
    ),
    (
        "FM17",
        "预公开方案",
        "matter=事项 plan=方案 from=开始 to=结束 opinions=意见及答复 adjustments=调整 final=最终公开",
    ),
    (
        "FM18a",
        "来信来访登记（便民服务中心）",
        "received_at=来访时间 name=访者姓名 gender=性别 age=年龄 occupation=职业 political_status=政治面貌"
        " address=住址或工作单位 matter=反映的主要问题 written_material=书面材料"
        " petitioner_name=访者姓名 petitioner_gender=性别 petitioner_age=年龄 petitioner_occupation=职业"
        " petitioner_political_status=政治面貌 petitioner_address=住址或工作单位"
        " | phone=联系电话 receivers=接待人员",
    ),
    (
        "FM18b",
        "来信来访登记（政协）",
        "unit=单位 name=姓名 address=地址 matter=反映的问题要求 handling=办理情况 number=统一编号"
        " petitioner_name=姓名 petitioner_address=地址 | phone=联系电话 received_at=时间",
    ),
    (
        "FM18c",
        "群众来信来访登记表",
        "received_at=收信时间 envelope_checked=信封邮票检查 matter=反映的问题和要求 answer=接待人员做出的答复"
        " | name=姓名 phone=联系电话 address=住址或工作单位",
    ),
    (
        "FM18d",
        "来访登记表",
        "petitioner_name=基本情况 matter=反映的主要问题 when=时间 who=人物 where=地点（单位） what=事件 name=姓名"
        " gender=性别 age=年龄 occupation=职业 political_status=政治面貌 address=住址或工作单位 phone=联系电话"
        " received_at=来访时间",
    ),
    (
        "FM18e",
        "群众信访登记",
        "received_at=时间 petitioner_name=姓名 petitioner_phone=电话 matter=反映的问题 handling=办理情况 name=姓名"
        " phone=电话 address=住址",
    ),
    ("FM18f", "登记编号", "number=编号 first_suggestion=初步处理建议"),
    ("FM19", "来访接待记录表", "matter=来访事由 person=来访人 at=时间 receiver=接待人 result=结果"),
    (
        "FM20",
        "领导干部定期分类接待群众来访登记表",
        "name=来访人 reason=来访原因 leader=接访领导 opinion=处理意见 result=办理结果 reply=答复情况"
        " petitioner_name=来访人 matter=来访原因 reception_leader=接访领导 | disposal=处置 demand=反映的问题和要求",
    ),
    (
        "FM21",
        "院长、副院长接待上访当事人登记表",
        "matter=来访人反映的问题 order_no=来访序号 person=来访人 case=案件 name=来访人 court_case=案件",
    ),
    (
        "FM22",
        "督办卡",
        "leader=领导签名 opinion=具体处理意见 handling_unit=承办单位 due=期限 card_no=编号 petition=信访事项"
        " assigned_at=交办时间 result=办理结果 closed_at=办结时间",
    ),
    (
        "FM23",
        "便函",
        "number=文号 to_unit=致送单位 petitioner=信访人 matter=事由 request=请求事项 issued_at=出具时间"
        " referral_unit=致送单位 sent_way=送出方式",
    ),
    ("FM24", "催办函", "number=文号 unit=单位 petition=信访事项 due=期限 overdue_days=逾期天数 answer=答复"),
    (
        "FM25",
        "调查处理（复查）报告",
        "facts=查明的事实 evidence=证据 basis=依据 conclusion=结论 proposal=处理建议 investigators=调查人"
        " signed_at=签署时间 | result=办理结果 result_kind=结果性质",
    ),
    (
        "FM26",
        "信访事项处理（复查）意见书",
        "claim=投诉请求 facts=事实和理由 opinion=处理意见 legal_basis=法律法规依据 remedies=救济途径和期限"
        " | result=办理结果 reply_way=答复方式 number=文号",
    ),
    (
        "FM27",
        "上报结果材料",
        "signed_opinion=结果意见 signer=签署人 consenting_leader=批准领导 reported_at=上报时间 organ=接收机关"
        " opinion=结果意见 | report_no=文号",
    ),
    (
        "FM28",
        "摘报·专报",
        "class=类别 summary=摘要 petitions=信访事项 leader=呈送领导 instruction=批示 outcome=办理意见",
    ),
    (
        "FM29",
        "案卷",
        "account=信访人（户） seq=顺序编号 volume=年卷 items=卷内材料 paper_items=纸质材料 pages=页数 shelf=存放位置",
    ),
    (
        "FM30",
        "回访记录",
        "opinions=信访人意见 remaining=还有什么问题或要求 at=回访时间 place=地点 visitor=回访人 satisfied=是否满意"
        " next=下一步 outcome=是否满意 rating=是否满意 | shown_facts=已摆事实、讲处理经过",
    ),
    ("FM31", "接访公告", "name=姓名 post=职务 portfolio=分管工作 time=接待时间 place=地点 form=形式"),
    ("FM32", "全年接访工作计划", "leader=领导 class=事项类别 date=日期"),
    (
        "FM33",
        "化解台账",
        "opinion=答复意见 responsible=责任主体 limit=解决时限 state=化解情况 lead_unit=责任主体 limit_date=解决时限"
        " settlement=化解情况",
    ),
    (
        "FM34",
        "接访签批单",
        "opinion=处理意见 lead_unit=牵头单位 assisting_units=协助（配合）单位 contact_unit=稳控单位",
    ),
    (
        "FM35",
        "值班表·坐班日志·来访记录·来电来文登记",
        "names=值班人员 date=日期 shift=班次 events=事项 visits=来访 handover_to=交接 calls=来电来文 | order=维持秩序",
    ),
    ("FM36", "代办登记", "villager=村民 matter=事项 documents=证件材料 done_at=办结时间 result=结果"),
    ("FM37", "入伙资料签发", "handbook=住户手册 covenant=业主公约 registration=住户登记表 decoration=装修管理规定"),
    (
        "FM38",
        "住房移交验收交接表",
        "inspection=验房情况 water=水表底数 electricity=电表底数 gas=煤气表底数 signatures=双方签字 copies=各存一份",
    ),
    ("FM39", "钥匙签收", "signature=业主签收"),
    (
        "FM40",
        "物业投诉记录",
        "owner=业主 room=房号 content=内容 service_complaint=服务投诉 apology_at=致歉时间 verified=核实情况"
        " finding=结论 reported_to=报告对象 promised_at=约定答复 owner_consent=业主同意 handled_at=处理时间"
        " handler=处理人",
    ),
    ("FM41", "外来人员登记", "person=姓名 unit=单位 purpose=事由 permitted_by=批准人 in=进厂 out=出厂"),
    (
        "FM42",
        "问责记录",
        "person=人员 ground=事由 source=来源 verified_by=核实人 heard_at=听取陈述时间 statement=本人陈述"
        " severity=情节 organ=机关 measure=措施 effective=生效时间 responsible_person=责任人 facts=核实情况"
        " judgement=核实结论 hearing_way=听取方式 decision=决定和理由",
    ),
    (
        "FM43",
        "领导批示登记",
        "leader=领导 text=批示 at=时间 to=承办单位 due=期限 feedback=反馈 opinion=批示 instruction=批示"
        " confirmation_text=批示 handling_unit=承办单位 lead_unit=承办单位 assign_due=期限"
        " | advice=参谋意见 filing=立案审批 jurisdiction=管辖 reading=阅示",
    ),
    (
        "FM44",
        "查处记录",
        "investigation=调查情况 result=处理结果 handler_signature=承办人员签字 leader_signature=分管领导签字"
        " | signature=签字",
    ),
    ("FM45", "整改意见", "unit=单位 problem=问题 demand=要求 due=期限 result=结果 veto_proposed=建议一票否决"),
    ("FM46", "联系群众记录", "cadre=干部 grade=年级 group=小组 week=周次 form=形式 opinions=意见 action=处理"),
    ("FM47", "办事须知·公示牌·工作牌", "window=窗口 item=事项 version=版本 changed_at=更换时间 changed_by=更换人"),
    ("FM48", "社会力量接访记录", "role=身份 person=姓名 date=日期 petition=信访事项 work_done=所做工作"),
    (
        "document_service",
        "送达登记",
        "document_name=送达文书 document_number=文书编号 receiver=受送达人 served_on=送达日期 served_way=送达方式"
        " remarks=备注",
    ),
    (
        "post_handover",
        "业务交接",
        "post=岗位 from_person=移交人 to_person=接手人 handed_at=移交时间 count=项数 lines=交接事项"
        " confirmed_out=移交人确认 confirmed_in=接手人确认 returned_at=交还时间",
    ),
    (
        "notification_breach",
        "一次性告知违约",
        "material=材料 clerk=经办人 at=时间 status=状态 reason_claimed=所称理由 text=说明",
    ),
)


def _read(code: str, name: str, text: str) -> Register:
    columns, _, others = text.partition("|")
    return Register(code, name, _labels(columns), _labels(f"{columns} {others}"))


def _labels(text: str) -> Mapping[str, str]:
    return MappingProxyType(dict(part.split("=", 1) for part in text.split()))


REGISTERS: Mapping[str, Register] = MappingProxyType({row[0]: _read(*row) for row in _ROWS})
