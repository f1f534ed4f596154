"""One visit from the window to the shelf, each person at a browser of their own, the server killed at every turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from office.town import TOWN_CODE
from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import fill
from tests.support.server import Server

MATTER = "屋后排水沟被新修的围墙堵死，雨天院内积水半尺"


@dataclass
class Road:
    """The matter on its way: the server, who sits at which browser, and what has been done so far."""

    server: Server
    new_page: Callable[[], Page]
    number: str = ""
    done: list[str] = field(default_factory=list)
    _desks: dict[str, Page] = field(default_factory=dict)

    def desk(self, login: str) -> Page:
        """The browser of a person, who is logged in."""
        if login not in self._desks:
            self._desks[login] = self.new_page()
            pages.log_in(self._desks[login], self.server.url, login)
        return self._desks[login]

    def act(
        self, login: str, step: str, answers: Mapping[str, pages.Answer], *, then: str, state: str, kill: bool = False
    ) -> Page:
        """One step by one person: `then` is open, the case is in `state`; and, with `kill`, the server dies now."""
        page = self.desk(login)
        pages.act(page, self.number, step, answers)
        self.done.append(step)
        if kill:
            self.survives(page, then=then, state=state)
        else:
            self.stands(page, then=then, state=state)
        return page

    def survives(self, page: Page, *, then: str, state: str) -> None:
        """The case page says the same before SIGKILL and after the next start, nothing lost and nothing doubled."""
        page.reload()
        self.stands(page, then=then, state=state)
        before = pages.picture(page)
        self.server.kill()
        self.server.start()
        page.reload()
        self.stands(page, then=then, state=state)
        after = pages.picture(page)
        for part, words in before.items():
            assert after[part] == words, f"{part} after the start of the server"
        assert self.recorded(page) == self.done

    def stands(self, page: Page, *, then: str, state: str) -> None:
        """The head shows number and state; the timeline what is open (nothing, if `then` is empty), with its light."""
        head = page.locator("header.head")
        expect(head).to_contain_text(self.number)
        expect(head.locator(".tag.blue")).to_have_text(state)
        if then:
            expect(page.locator("li.now b", has_text=re.compile(f"^{then}$")).first).to_be_visible()
            expect(page.locator("li.now .light").first).to_have_text(re.compile("正常|无时限|临近到期"))
        else:
            expect(page.locator("li.past").first).to_be_visible()
            expect(page.locator("li.now")).to_have_count(0)

    def recorded(self, page: Page) -> list[str]:
        """What people did, by the record."""
        return [step for step in pages.done_steps(page) if step in self.done]


def panel_row(panel: Locator, text: str) -> Locator:
    """A register entry or a document of the case page."""
    return panel.locator("article, tbody tr").filter(has_text=text)


@pytest.fixture
def road(tmp_path: Path, new_page: Callable[[], Page], watch: Watch) -> Iterator[Road]:
    watch.expect("ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET")  # while the server is dead
    url = f"sqlite:///{tmp_path}/banjie.db"
    fill(url)
    with Server(url, log=tmp_path / "serve.log") as server:
        yield Road(server, new_page)


@pytest.mark.timeout(420)
def test_a_visit_from_the_window_to_the_shelf(road: Road) -> None:
    today = datetime.now(TZ).date()
    _registered(road)
    _decided(road)
    _transferred_objected_reassigned(road)
    _urged_and_supervised(road)
    _returned_and_approved(road)
    _replied_closed_filed(road, str(today.year))


def _registered(road: Road) -> None:
    window = road.desk("linhai")
    pages.go(window, "登记")
    window.get_by_role("link", name=re.compile("信访事项办理")).click()
    pages.form_ready(window)
    pages.fill(
        window,
        {
            "渠道": "来访",
            "姓名": "严老根",
            "联系电话": "13800000071",
            "住址或工作单位": "上青村六组",
            "反映的主要问题": MATTER,
            "诉求": "拆除围墙，恢复排水沟",
            "事项性质": "申诉求决",
        },
    )
    window.get_by_role("button", name="登记", exact=True).click()
    expect(window.get_by_text("登记成功")).to_be_visible()
    road.number = window.locator(".done b.number").first.inner_text()
    assert road.number == f"{TOWN_CODE}-{datetime.now(TZ).year}-V-0001"
    road.server.kill()
    road.server.start()
    window.get_by_role("link", name="打开案件").click()
    expect(window.get_by_role("heading", name=MATTER)).to_be_visible()
    road.stands(window, then="完善登记", state="已收到")
    coming = window.locator("li.coming")
    expect(coming.first).to_have_text(re.compile("归类"))

    road.act(
        "linhai",
        "完善登记",
        {
            "性别": "男",
            "年龄": "61",
            "职业": "农民",
            "政治面貌": "群众",
            "复述的要点和诉求": "围墙堵死排水沟，要求拆墙复沟",
            "已向信访人复述并经其确认": True,
            "接待人员": "林海",
        },
        then="归类",
        state="已登记",
        kill=True,
    )
    road.act(
        "linhai",
        "归类",
        {"十大类（可多选）": ["③涉及到具体信访事项的"], "已将类别告知信访人": True},
        then="告知受理情况",
        state="已归类",
    )
    road.act("linhai", "告知受理情况", {"告知": "受理", "告知方式": "书面"}, then="拟办", state="已受理")


def _decided(road: Road) -> None:
    road.act(
        "linhai",
        "拟办",
        {"轻重缓急": "一般", "拟办意见（初步处理建议）": "现场查看后责成复沟", "拟用方式": "④立案交办"},
        then="定处理方式",
        state="已受理",
    )
    road.act("chenjing", "定处理方式", {"主办法": "④立案交办"}, then="审批立案", state="已定办理方式")
    road.act(
        "songtao",
        "审批立案",
        {"审批": "批准立案", "批示": "请尽快查清", "承办单位": "农业服务中心"},
        then="核对管辖",
        state="已定办理方式",
    )
    road.act("linhai", "核对管辖", {"管辖": "属于管辖"}, then="转办交办", state="已定办理方式")


def _transferred_objected_reassigned(road: Road) -> None:
    road.act("linhai", "转办交办", _transfer("农业服务中心"), then="签收或异议", state="办理中", kill=True)
    road.act(
        "pengfei",
        "签收或异议",
        {"处理": "异议（不属本单位职权）", "异议的详细理由": "围墙属村镇规划管理"},
        then="弄清退件情况",
        state="办理中",
        kill=True,
    )
    road.act(
        "linhai",
        "弄清退件情况",
        {"弄清的情况": "围墙未经规划许可", "沟通的人员": "彭飞", "处理建议": "改派村建中心"},
        then="决定退件",
        state="办理中",
    )
    road.act(
        "chenjing",
        "决定退件",
        {"决定": "同意退回，改派", "决定的理由": "属村建中心职权"},
        then="转办交办",
        state="办理中",
    )
    road.act(
        "linhai", "转办交办", _transfer("村镇建设与社会事业服务中心"), then="签收或异议", state="办理中", kill=True
    )
    road.act("dingyi", "签收或异议", {"处理": "签收"}, then="承办", state="办理中")
    stranger = road.desk("pengfei")
    pages.go(stranger, "我的待办")
    expect(stranger.get_by_text("没有待办事项")).to_be_visible()


def _transfer(unit: str) -> dict[str, pages.Answer]:
    return {"方式": "交办（要结果）", "承办单位": unit, "交代事项": "请依法查处并报结果", "办理天数": "20"}


def _urged_and_supervised(road: Road) -> None:
    clerk = road.desk("linhai")
    _open_case(clerk, road.number)
    clerk.get_by_role("button", name="催办", exact=True).click()
    box = clerk.get_by_role("dialog", name="催办")
    box.get_by_label("方式").select_option(label="打电话催办")
    box.get_by_label("内容").fill("雨季将至，请抓紧现场处理")
    box.get_by_role("button", name="发出").click()
    expect(clerk.get_by_text("已记录催办")).to_be_visible()
    expect(pages.tab(clerk, "案情")).to_contain_text("雨季将至，请抓紧现场处理")
    road.survives(clerk, then="承办", state="办理中")

    head = road.desk("chenjing")
    _open_case(head, road.number)
    head.get_by_role("button", name="督办", exact=True).click()
    box = head.get_by_role("dialog", name="督办")
    box.get_by_label("内容").fill("请到现场督促拆墙复沟")
    box.get_by_label("办结期限").fill((datetime.now(TZ) + timedelta(days=10)).strftime("%Y-%m-%d"))
    box.get_by_role("button", name="发出").click()
    expect(head.get_by_text("已发起督办")).to_be_visible()
    expect(head.locator("li.now b", has_text="督促检查帮助")).to_be_visible()
    assert panel_row(pages.tab(head, "登记簿"), "FM22").count() == 1
    road.survives(head, then="督促检查帮助", state="办理中")


def _returned_and_approved(road: Road) -> None:
    result: dict[str, pages.Answer] = {
        "承办情况": "报结果",
        "查明的事实": "围墙占压排水沟十二米",
        "结论": "责令拆除并复沟",
        "办理结果": "已解决",
        "结果性质": "实质性（问题已处理）",
    }
    road.act("dingyi", "承办", result, then="审查结果", state="已报结果")
    road.act(
        "guping",
        "审查结果",
        {"审查": "退回重新复议", "退回事由": "事实不清", "退回理由": "没有现场测量记录", "重新办理天数": "5"},
        then="承办",
        state="退回重办",
        kill=True,
    )
    unit = road.desk("dingyi")
    pages.open_task(unit, road.number, "承办")
    expect(pages.field(unit, "退回理由").locator("textarea")).to_have_value("没有现场测量记录")
    pages.claim(unit)
    pages.complete(unit, result | {"证据": "现场测量记录一份"})
    road.done.append("承办")
    road.survives(unit, then="审查结果", state="已报结果")
    road.act(
        "guping",
        "审查结果",
        {"审查": "符合政策，批复结案", "审查意见": "事实清楚，同意结案"},
        then="答复信访人",
        state="已批准结案",
    )
    road.act(
        "chenjing",
        "督促检查帮助",
        {"方式": "深入承办单位", "检查情况": "围墙已拆，排水沟已通", "督办结果": "已落实"},
        then="答复信访人",
        state="已批准结案",
    )


def _replied_closed_filed(road: Road, year: str) -> None:
    unit = road.act(
        "dingyi",
        "答复信访人",
        {
            "答复方式": "书面",
            "事实和理由": "围墙占压排水沟属实",
            "处理意见": "已拆除围墙并恢复排水沟",
            "结果": "已解决",
            "已告知救济途径和期限": True,
            "信访人态度": "表示满意或理解",
        },
        then="办结",
        state="已答复",
        kill=True,
    )
    reply = panel_row(pages.tab(unit, "文书"), "FM26")
    assert reply.count() == 1
    with unit.expect_download() as download:
        reply.get_by_role("link", name="下载").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    assert download.value.suggested_filename.endswith(".docx")
    assert panel_row(pages.tab(unit, "登记簿"), "FM26").count() == 1

    road.act(
        "chenjing",
        "办结",
        {
            "办结": "办结",
            "结果": "已解决",
            "信访人态度": "表示满意或理解",
            "需要存档（没有统一归档规定的）": True,
        },
        then="立卷归档",
        state="已办结",
        kill=True,
    )
    shelf = road.act(
        "xuwen", "立卷归档", {"卷内材料（按时间排列）": "登记、交办、意见书"}, then="", state="已归档", kill=True
    )
    assert panel_row(pages.tab(shelf, "登记簿"), "FM29").count() == 1
    expect(pages.tab(shelf, "时限依据")).to_contain_text("按期办结")
    pages.go(shelf, "登记簿")
    expect(shelf.get_by_role("heading", name="登记簿")).to_be_visible()
    expect(shelf.get_by_text(re.compile("FM26")).first).to_be_visible()
    assert year in road.number


def _open_case(page: Page, number: str) -> None:
    """Find a case by its number, as one does on the telephone."""
    pages.go(page, "案件查询")
    page.get_by_role("searchbox").fill(number)
    page.get_by_role("link", name=re.compile(MATTER)).first.click()
    expect(page.locator("header.head")).to_contain_text(number)
