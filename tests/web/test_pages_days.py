"""A clerk, a department head, a leader and a supervisor each do a whole working day, as they click and type.

Each day is done twice: two of them on an office PC in Chinese and on a phone in English, two the other way round. Every
station is looked at: axe-core, no wider than the screen, of one language, a picture; no page may complain.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, expect

from office.town import TOWN_PROFILE
from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.days import Day, begin, colleague
from tests.support.office import ACCEPTED, CLASSES, PROPOSAL, REGISTRATION, Office
from tests.support.server import Server
from tests.web.test_pages_talk import _png
from web.deploying import deploy_files, known

RUNS = ("甲", "乙")  # the matters of the first run of a day, and of the second
ASSIGNED = {"filing": "approved", "text": "请查明", "handling_unit": "construction_centre", "assign_days": 20}
TRANSFER = {
    "transfer_kind": "assignment", "handling_unit": "construction_centre", "transfer_text": "请办", "assign_days": 20,
}  # fmt: skip
CARD = "11010519491231002X"
READING = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t" id="d">
  <bpmn:process id="paper_reading" name="来文阅知" isExecutable="true">
    <bpmn:startEvent id="Start" camunda:formKey="start"/>
    <bpmn:userTask id="Read" name="阅知" camunda:candidateGroups="window_clerk"/>
    <bpmn:endEvent id="End"/>
    <bpmn:sequenceFlow id="f1" sourceRef="Start" targetRef="Read"/>
    <bpmn:sequenceFlow id="f2" sourceRef="Read" targetRef="End"/>
  </bpmn:process>
</bpmn:definitions>"""
PAPER = b'{"type":"default","id":"start","components":[{"type":"textfield","key":"matter","label":"x"}]}'
TABS = (
    ("案情", "Facts"), ("流程图", "Diagram"), ("办理记录", "Record"), ("登记簿", "Registers"),
    ("时限依据", "Why this date"),
)  # fmt: skip
CASES: dict[str, str] = {}  # ids of what the days need, by their matter


def _matters(office: Office) -> None:
    late = pages.then(office, days=40)
    for run in RUNS:
        late.start("wangxiaohua", **_person(f"窗口漏办的补贴{run}"))
        _to_unit(late, f"桥墩被冲空{run}")
    office = pages.then(office, minutes=30)
    files = {"paper_reading.bpmn": READING.encode(), "start.form": PAPER}
    deploy_files(office.banjie, office.org_id, "paper_reading", files, known(more={"paper_reading"}))
    own = {"R39.reply": {"extension_most": 10}, "reply.extension_max_days": 10}  # this office may extend its answer
    wanted = {"profile": TOWN_PROFILE, "overlay": True, "roll": None, "day_end": None, "parameters": own}
    office.browser("admin").done("/admin/settings", {**wanted, "recompute": False, "reason": "县里通知"})
    for run in RUNS:
        _clerk_matters(office, run)
        for matter in ("批办的水渠", "转出的水渠", "退回的水渠"):
            _to_filing(office, f"{matter}{run}")
        _extension(office, f"延期的水渠{run}")
        for matter in ("包案的拆迁款", "签批的拆迁款"):
            told = {"name": "葛大勇", "matter": f"{matter}{run}", "demand": "尽快兑付", "reception_leader": "sunlihua"}
            office.start("linhai", "leader_case_ownership", **told)


def _clerk_matters(office: Office, run: str) -> None:
    office.start("linhai", matter=f"灌渠闸门锈死{run}", name=f"龚秀{run}", phone="13800000081")
    for number in range(3):
        office.browser("wangxiaohua").done("/starts/paper_reading", {"answers": {"matter": f"防汛通知{number}{run}"}})
        office.start("linhai", matter=f"路灯不亮{number}{run}")


def _person(matter: str) -> dict[str, str]:
    """A matter of somebody of its own."""
    return {"matter": matter, "name": matter[:2] + matter[-1], "phone": f"1380000{1000 + len(CASES)}"}


def _registered(office: Office, matter: str) -> str:
    CASES[matter] = case_id = office.start("linhai", **(told := _person(matter)))
    office.complete("linhai", case_id, "CompleteRegistration", REGISTRATION | told)
    office.complete("linhai", case_id, "Classify", CLASSES)
    office.complete("linhai", case_id, "Inform", ACCEPTED)
    return case_id


def _to_filing(office: Office, matter: str) -> str:
    case_id = _registered(office, matter)
    office.complete("linhai", case_id, "ProposeWay", PROPOSAL)
    office.complete("chenjing", case_id, "DecideWay", {"way": "filed_assignment", "add_digest": False})
    return case_id


def _to_unit(office: Office, matter: str) -> str:
    case_id = _to_filing(office, matter)
    office.complete("songtao", case_id, "ApproveFiling", ASSIGNED)
    office.complete("linhai", case_id, "CheckJurisdiction", {"jurisdiction": "within"})
    office.complete("linhai", case_id, "Transfer", TRANSFER)
    office.complete("dingyi", case_id, "AcceptTransfer", {"outcome": "accept"})
    return case_id


def _extension(office: Office, matter: str) -> None:
    asked = {"outcome": "request_extension", "extension_days": 5, "extension_reason": "连日降雨"}
    office.complete("dingyi", _to_unit(office, matter), "HandleMatter", asked)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("days"), _matters) as running:
        yield running


@pytest.fixture
def day(browser: Browser, server: Server, watch: Watch, request: pytest.FixtureRequest) -> Iterator[Day]:
    login, size, language = request.param
    begun = begin(browser, watch, server.url, login, size, language)
    yield begun
    begun.page.context.close()
    if wrong := [*begun.wrong, *watch.problems()]:
        pytest.fail("\n".join(wrong), pytrace=False)


def _twice(login: str, *runs: tuple[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("day", "run"),
        [((login, *screen), run) for screen, run in zip(runs, RUNS, strict=True)],
        indirect=["day"],
        ids=["-".join(screen) for screen in runs],
    )


@_twice("wangxiaohua", ("pc", "zh"), ("phone", "en"))
def test_a_clerk(day: Day, run: str) -> None:
    day.look("inbox")
    _several_at_once(day, run)
    _registers(day, run)
    _goes_on_and_takes_back(day, run)
    _talks_and_files(day)
    if day.size == "pc":
        _prints(day)
        _by_keyboard(day, run)


def _several_at_once(day: Day, run: str) -> None:
    page = day.page
    mine = day.find("防汛通知", None).filter(has_text=re.compile(f"通知[0-9]{run}"))
    expect(mine).to_have_count(3)
    for row in mine.all():
        row.get_by_role("checkbox").check()
    day.button("批量签收（3）", "Claim all (3)").click()
    day.told("3 件已办妥", "3 done")
    expect(mine.get_by_role("button", name=day.say("签收", "Claim"))).to_have_count(0)
    for row in mine.all():
        row.get_by_role("checkbox").check()
    day.look("picked")
    mine.nth(0).get_by_role("checkbox").uncheck()
    day.button("批量办理（2）", "Complete all (2)").click()
    box = day.dialog()
    day.look("batch")
    day.button("批量办理（2）", "Complete all (2)", box).click()
    expect(mine).to_have_count(1)
    lamps = day.find("路灯不亮", None).filter(has_text=re.compile(f"不亮[12]{run}"))
    expect(lamps).to_have_count(2)
    for row in lamps.all():
        row.get_by_role("checkbox").check()
    day.button("批量签收（2）", "Claim all (2)").click()
    expect(lamps.get_by_role("button", name=day.say("签收", "Claim"))).to_have_count(0)
    for row in lamps.all():
        row.get_by_role("checkbox").check()
    day.button("批量转办（2）", "Transfer all (2)").click()
    box = day.dialog()
    box.locator("select[name=person]").select_option(label="林海（信访专干）")
    box.locator("textarea[name=reason]").fill("下午外出")
    day.look("transfer-several")
    day.button("转办", "Transfer", box).click()
    expect(lamps).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)


def _registers(day: Day, run: str) -> None:
    page = day.page
    day.go("登记", "Register")
    day.look("starts")
    page.get_by_role("link", name=re.compile("信访事项办理")).click()
    pages.form_ready(page)
    card = pages.field(page, "身份证号").locator("input")
    card.press_sequentially(CARD)
    card.press("Enter")
    expect(pages.field(page, "姓名").locator("input")).to_be_focused()
    pages.fill(page, {"姓名": f"龚秀{run}", "反映的主要问题": f"灌渠闸门锈死放不出水{run}", "诉求": "更换闸门"})
    hint = page.locator("aside", has_text=day.say("可能重复的事项", "Perhaps registered before"))
    expect(hint).to_contain_text(f"灌渠闸门锈死{run}")
    day.look("register")
    page.reload()
    expect(pages.field(page, "诉求").locator("textarea")).to_have_value("更换闸门")
    page.get_by_role("button", name=day.say("登记", "Register"), exact=True).click()
    expect(page.locator("p.ok")).to_contain_text(day.say("登记成功", "Registered"))
    day.look("registered")


def _goes_on_and_takes_back(day: Day, run: str) -> None:
    page = day.page
    page.get_by_role("link", name=day.say("去办理", "Open"), exact=True).first.click()
    day.button("签收", "Claim").click()
    pages.form_ready(page)
    day.look("step")
    day.complete(
        {
            "性别": "男", "年龄": "76", "职业": "农民", "政治面貌": "群众", "接待人员": "王小华",
            "联系电话": "13800000089", "住址或工作单位": "上青村", "复述的要点和诉求": "更换闸门",
            "已向信访人复述并经其确认": True,
        }
    )  # fmt: skip
    classes: dict[str, pages.Answer] = {"十大类（可多选）": ["③涉及到具体信访事项的"], "已将类别告知信访人": True}
    day.button("签收", "Claim").click()
    day.complete(classes)
    day.button("撤回“归类”", 'Withdraw "归类"').click()
    box = day.dialog()
    box.locator("textarea").fill("类别选错")
    day.look("withdraw")
    day.button("撤回", "Withdraw", box).click()
    day.told("“归类”已撤回", '"归类" is withdrawn')
    day.complete(classes)
    day.heading("告知受理情况")


def _talks_and_files(day: Day) -> None:
    page = day.page
    day.tab("讨论", "Talk")
    box = page.locator("#panel-talk textarea")
    box.press_sequentially("请看现场照片 @林")
    page.get_by_role("button", name="@林海").click()
    day.button("发表", "Send").click()
    expect(page.locator("#panel-talk li")).to_contain_text("@林海")
    day.look("talk")
    day.tab("文书", "Documents")
    page.locator("input[type=file]").set_input_files({"name": "现场.png", "mimeType": "image/png", "buffer": _png()})
    expect(page.locator("#panel-documents tbody tr").filter(has_text="现场.png")).to_be_visible()
    day.look("documents")
    for zh, en in TABS:
        day.tab(zh, en)
        if en == "Diagram":
            expect(page.locator(".djs-shape").first).to_be_visible()
        day.look(f"case-{en.split()[0].lower()}")


def _prints(day: Day) -> None:
    day.page.evaluate("window.print = () => { window.printed = true; }")
    day.button("打印", "Print").click()
    day.page.wait_for_function("() => window.printed")


def _by_keyboard(day: Day, run: str) -> None:
    """From the inbox to a step that is done, without a mouse."""
    page = day.page
    day.go("我的待办", "Inbox")
    rows = page.locator("tr.task")
    expect(rows.first).to_be_visible()
    page.get_by_role("heading").first.click()
    page.keyboard.press("/")
    page.keyboard.type(f"防汛通知0{run}")
    expect(rows).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.get_by_role("heading").first.click()
    page.keyboard.press("j")
    expect(rows.first).to_have_class(re.compile("selected"))
    page.keyboard.press("Enter")
    done = day.button("完成", "Complete")
    expect(done).to_be_visible()
    day.tab_to(done)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text(day.say("“阅知”已完成", '"阅知" is complete'))


@_twice("songtao", ("pc", "en"), ("phone", "zh"))
def test_a_department_head(day: Day, run: str) -> None:
    day.look("inbox")
    _asks_others(day, run)
    _transfers(day, run)
    _sends_back(day, run)
    _extends(day, run)
    _sees_what_is_red(day, run)


def _asks_others(day: Day, run: str) -> None:
    """会签, then 委派, then the step itself: the matter is given to a unit."""
    page = day.page
    other = colleague(day, "luoyan")
    day.open(f"批办的水渠{run}")
    for kind, zh, en in (("before", "会签", "Countersign"), ("delegate", "委派", "Delegate")):
        day.button("会签、委派", "Ask others").click()
        box = day.dialog()
        box.get_by_label(day.say(zh, en)).first.check()
        day.choose_person("罗燕", box)
        box.locator("textarea[name=reason]").fill("请把关")
        day.look(f"ask-{kind}")
        day.button("发出", "Send", box).click()
        day.told("已发出", "Sent")
        expect(day.button("完成", "Complete")).to_be_disabled()
        asked = other("GET", "/askings", None)
        (mine,) = [one for one in asked if f"批办的水渠{run}" in (one["title"] or "")]
        answers = ASSIGNED if kind == "delegate" else None
        other("POST", f"/askings/{mine['id']}/answer", {"agrees": True, "opinion": "可以立案", "answers": answers})
        page.reload()
        expect(page.locator("section.rounds").get_by_text("可以立案").first).to_be_visible()
    pages.form_ready(page)
    day.look("asked")
    day.complete({"批示": "请村建中心查明"})
    expect(page.get_by_role("status").first).to_contain_text(day.say("“审批立案”已完成", '"审批立案" is complete'))
    day.look("next")


def _transfers(day: Day, run: str) -> None:
    day.open(f"转出的水渠{run}")
    day.button("转办", "Transfer").click()
    box = day.dialog()
    box.locator("select[name=person]").select_option(label="孙丽华（镇长）")
    box.locator("textarea[name=reason]").fill("属镇长决定")
    day.look("transfer")
    day.button("转办", "Transfer", box).click()
    day.told("已转办", "Transferred")


def _sends_back(day: Day, run: str) -> None:
    day.open(f"退回的水渠{run}")
    day.button("退回", "Return").click()
    box = day.dialog()
    box.get_by_text("拟办", exact=True).click()
    box.locator("textarea").fill("拟办意见不具体")
    expect(day.button("退回", "Return", box)).to_be_enabled()
    day.look("return")
    day.button("退回", "Return", box).click()
    day.told("已退回到“拟办”", 'Returned to "拟办"')


def _extends(day: Day, run: str) -> None:
    day.open(f"延期的水渠{run}")
    pages.form_ready(day.page)
    day.look("extension")
    day.complete({"审批": "批准", "审批意见": "确因降雨"})
    day.tab("时限依据", "Why this date")
    expect(day.page.locator("#panel-deadlines")).to_contain_text("经批准延期")
    day.look("extended")


def _sees_what_is_red(day: Day, run: str) -> None:
    page = day.page
    day.go("案件查询", "Cases")
    page.get_by_label(day.say("承办单位", "Handling unit")).select_option(label="便民服务中心")
    page.get_by_label(day.say("灯色", "Light")).select_option(label=day.say("已逾期", "Overdue"))
    row = page.locator("tbody tr").filter(has_text=f"窗口漏办的补贴{run}")
    expect(row).to_have_count(1)
    day.look("red")
    row.get_by_role("link").last.click()
    day.heading(f"窗口漏办的补贴{run}")
    day.button("催办", "Urge").click()
    box = day.dialog()
    box.locator("textarea").fill("请今天办")
    day.look("urge")
    day.button("发出", "Send", box).click()
    day.told("已记录催办", "The urging is recorded")


@_twice("sunlihua", ("pc", "zh"), ("phone", "en"))
def test_a_leader(day: Day, run: str) -> None:
    page = day.page
    day.look("inbox")
    day.go("领导看板", "Board")
    late = page.locator("section", has=page.get_by_role("heading", name=day.say("逾期清单", "Overdue"), exact=True))
    expect(late.locator("tbody tr").filter(has_text=f"桥墩被冲空{run}")).to_have_count(1)
    day.look("board")
    page.get_by_role("link", name="村镇建设与社会事业服务中心").click()
    day.heading("案件查询", "Cases")  # before its row is looked for: the board has one of the matter as well
    row = page.locator("tbody tr").filter(has_text=f"桥墩被冲空{run}")
    row.get_by_role("link").last.click()
    day.heading(f"桥墩被冲空{run}")
    day.look("case")

    day.open(f"签批的拆迁款{run}", claim=False)
    day.complete({"处置": "不属分管范围，书面签批"})
    day.heading("书面签批")
    units = {
        "牵头单位": "村镇建设与社会事业服务中心", "协助（配合）单位": ["经统审中心"],
        "稳控单位（联系帮扶）": "社会事务办公室",
    }  # fmt: skip
    pages.form_ready(page)
    pages.fill(page, {"处理意见": "限两周内兑付并报告", **units})
    day.look("instruction")
    day.complete({})

    day.open(f"包案的拆迁款{run}", claim=False)
    day.complete({"处置": "分管范围内，不能现场答复，列入包案"})
    day.heading("列入包案")
    limit = f"{datetime.now(TZ) + timedelta(days=20):%Y-%m-%d}"
    day.complete(
        {
            "答复意见": "二十日内解决", "牵头责任单位": "村镇建设与社会事业服务中心",
            "配合责任单位": ["经统审中心"], "解决时限": limit, "涉及面广的疑难事项或群体性事项": "否",
        }
    )  # fmt: skip
    day.heading("包掌握情况")
    day.look("ownership")
    day.button("抄送", "Copy to").click()
    box = day.dialog()
    day.choose_person("唐健", box)
    box.locator("textarea").fill("请关注")
    day.look("copy")
    day.button("抄送", "Send", box).click()
    day.told("已抄送", "Sent")
    day.go("领导看板", "Board")
    page.get_by_role("link", name=re.compile(day.say("^已逾期", "^Overdue"))).click()
    expect(page.locator("tbody tr").filter(has_text=f"桥墩被冲空{run}")).to_have_count(1)


@_twice("guping", ("pc", "en"), ("phone", "zh"))
def test_a_supervisor(day: Day, run: str) -> None:
    page = day.page
    unit = colleague(day, "weina")
    day.look("inbox")
    day.go("领导看板", "Board")
    page.get_by_role("link", name=day.say("督办台账", "Supervision"), exact=True).click()
    day.heading("督办台账", "Supervision")
    day.look("supervisions")
    case_id = _supervises(day, run)
    told = unit("GET", f"/cases/{case_id}", None)["supervisions"]
    (mine,) = [one for one in told if one["opinion"] == f"请三日内加固{run}"]
    _shows_a_card(day, mine["card_no"], "黄牌", "Yellow card")
    unit("POST", f"/supervisions/{mine['id']}/reply", {"text": "已进场，缺材料"})
    page.reload()
    expect(_card(day, mine["card_no"])).to_contain_text("已进场，缺材料")
    _shows_a_card(day, mine["card_no"], "红牌", "Red card")
    unit("POST", f"/supervisions/{mine['id']}/reply", {"text": "整改报告：已加固"})
    page.reload()
    expect(_card(day, mine["card_no"])).to_contain_text("整改报告：已加固")
    day.look("answered")
    with page.expect_download() as got:
        page.get_by_role("link", name=day.say("导出 Excel", "Export to Excel")).click()
    sheet = load_workbook(io.BytesIO(got.value.path().read_bytes())).worksheets[0]
    assert any("整改报告：已加固" in row for row in sheet.iter_rows(min_row=3, values_only=True))
    _closes(day, run, mine["card_no"])

    day.go("领导看板", "Board")
    page.get_by_role("link", name=day.say("月度统计", "Statistics of the month"), exact=True).click()
    expect(page.locator(".tiles li").first.locator("b")).not_to_have_text("0")
    day.look("statistics")
    page.get_by_role("link", name=day.say("流程热力图", "Heat map"), exact=True).click()
    expect(page.locator(".heat-badge").first).to_be_visible()
    day.look("heat")


def _card(day: Day, card_no: str) -> Locator:
    return day.page.locator("tbody tr").filter(has_text=card_no)


def _supervises(day: Day, run: str) -> str:
    page = day.page
    day.go("领导看板", "Board")
    page.locator("tbody tr").filter(has_text=f"桥墩被冲空{run}").get_by_role("link").first.click()
    day.button("督办", "Supervise").click()
    box = day.dialog()
    box.locator("textarea").fill(f"请三日内加固{run}")
    box.locator("input[name=due]").fill(f"{datetime.now(TZ) + timedelta(days=3):%Y-%m-%d}")
    day.look("supervise")
    day.button("发出", "Send", box).click()
    day.told("已发起督办", "Supervision has begun")
    day.tab("案情", "Facts")
    expect(page.locator("#panel-facts")).to_contain_text(f"请三日内加固{run}")
    day.look("supervised")
    return page.url.rpartition("/")[2]


def _shows_a_card(day: Day, card_no: str, zh: str, en: str) -> None:
    page = day.page
    if not page.url.endswith("/supervision"):
        day.go("领导看板", "Board")
        page.get_by_role("link", name=day.say("督办台账", "Supervision"), exact=True).click()
    row = page.locator("tbody tr").filter(has_text=card_no)
    row.get_by_role("button").click()
    box = day.dialog()
    expect(box.locator(".tag")).to_have_text(day.say(zh, en))
    box.locator("textarea").fill("没有按期落实")
    box.locator("input[type=date]").fill(f"{datetime.now(TZ) + timedelta(days=2):%Y-%m-%d}")
    day.look(f"warn-{en.split()[0].lower()}")
    day.button("亮牌", "Show the card", box).click()
    expect(row.locator(".tag", has_text=day.say(zh, en))).to_be_visible()


def _closes(day: Day, run: str, card_no: str) -> None:
    page = day.page
    row = page.locator("tbody tr").filter(has_text=card_no)
    row.get_by_role("link").click()
    day.heading(f"桥墩被冲空{run}")
