"""Leave by the pages (R16, R05): applied for, approved, taken, reported back; refused and taken back; who is where."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server

MATTER = "村口水渠垮塌无人修"
BEGUN = "async () => (await (await fetch('/api/absences')).json()).leaves.some(one => one.cancel_task)"


def _prepared(office: Office) -> None:
    """沈杰 was away weeks ago and has not reported back; 林海 has a task."""
    long_ago = pages.then(office, days=20)
    since = long_ago.clock.now() + timedelta(hours=1)
    asked = {
        "leave_kind": "official",
        "reason": "到县局开会",
        "from_at": since.isoformat(),
        "to_at": (since + timedelta(hours=2)).isoformat(),
    }
    case_id = long_ago.start("shenjie", "attendance_leave", **asked)
    long_ago.complete("songtao", case_id, "Approve", {"decision": "approved"})
    lately = pages.then(office, hours=1)
    case_id = lately.start("linhai")
    lately.browser("linhai").done(f"/tasks/{lately.task(case_id, 'CompleteRegistration')}/claim")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("leave"), _prepared) as running:
        yield running


def _quarter(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


def _words(at: datetime) -> str:
    return f"{at:%Y-%m-%d} {at:%H:%M}"


def _phone(page: Page, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    pages.fits(page)
    page.screenshot(path=pages.screen(f"{name}-phone"), full_page=True)
    page.set_viewport_size({"width": 1366, "height": 768})


def test_leave_from_the_application_to_the_return(new_page: Callable[[], Page], server: Server) -> None:
    a, b, head = new_page(), new_page(), new_page()
    pages.sit_down(a, server.url, "linhai", "/absence")
    expect(a.get_by_role("heading", name="请假与离岗")).to_be_visible()
    row = a.locator("#on-posts tbody tr").filter(has_text="信访接待")
    expect(row).to_contain_text("全天有人")
    expect(row).to_contain_text("00:00–24:00 林海（A 岗）")
    pages.accessible(a)
    a.screenshot(path=pages.screen("leave-before"), full_page=True)
    _phone(a, "leave-before")

    # it is found on the start page as well
    a.goto(f"{server.url}/register")
    expect(a.get_by_role("link", name=re.compile("请假与因公外出"))).to_be_visible()
    a.goto(f"{server.url}/absence")
    a.get_by_role("link", name="申请请假").click()
    pages.form_ready(a)
    since = _quarter(datetime.now(TZ))
    pages.fill(a, {
        "类别": "请假", "事由": "家中有事", "离岗开始": _words(since), "离岗结束": _words(since + timedelta(hours=3)),
    })  # fmt: skip
    pages.accessible(a)
    a.screenshot(path=pages.screen("leave-apply"), full_page=True)
    _phone(a, "leave-apply")
    a.get_by_role("button", name="登记", exact=True).click()
    expect(a.get_by_text("登记成功")).to_be_visible()
    number = a.locator(".done b.number").inner_text()
    a.goto(f"{server.url}/absence")
    mine = a.locator("#my-leave tbody tr").filter(has_text="家中有事")
    expect(mine).to_contain_text("待审批")
    expect(mine).to_contain_text("顾平")

    pages.sit_down(head, server.url, "songtao")
    pages.open_task(head, number, "审批请假")
    pages.claim(head)
    expect(pages.field(head, "申请人").locator("input")).to_have_value("林海")
    head.screenshot(path=pages.screen("leave-approve"), full_page=True)
    pages.accessible(head)
    _phone(head, "leave-approve")
    pages.complete(head, {"审批意见": "同意"})

    # away: B has the task and confirms the handover; what A must do in person stays with A
    a.wait_for_function(BEGUN)  # the scheduler sees that the leave has begun
    a.reload()
    expect(mine).to_contain_text("离岗中")
    expect(mine).to_contain_text("宋涛")
    expect(row).to_contain_text("顾平（B 岗）")
    a.screenshot(path=pages.screen("leave-away"), full_page=True)
    _extended(a, head, server, mine, number, since)
    pages.accessible(a)
    _phone(a, "leave-away")
    pages.sit_down(b, server.url, "guping")
    expect(b.locator("tr.task").filter(has_text=MATTER)).to_contain_text("林海（由顾平代）")
    expect(b.locator("tr.task").filter(has=b.locator(".c-step", has_text="销假"))).to_have_count(0)
    pages.open_task(b, number, "接手人确认交接")
    expect(pages.field(b, "交接事项").locator("textarea")).to_have_value(re.compile("1. QSZ-"))
    b.screenshot(path=pages.screen("leave-handover"), full_page=True)
    pages.complete(b, {"接手人确认：以上事项已接手": True})
    b.goto(f"{server.url}/")
    b.locator("tr.task").filter(has_text=MATTER).locator(".c-matter a").click()
    told = {"性别": "男", "年龄": "56", "职业": "农民", "政治面貌": "群众", "接待人员": "顾平"}
    pages.complete(b, {**told, "复述的要点和诉求": "修复水渠", "已向信访人复述并经其确认": True})
    expect(b.locator("li.past").filter(has_text="代 林海")).to_have_count(1)

    pages.open_task(a, number, "移交人确认交接")
    pages.complete(a, {"移交人确认：以上事项已交清": True})
    a.goto(f"{server.url}/absence")
    mine.get_by_role("link", name="销假").click()
    pages.complete(a, {"返岗说明": "提前返岗"})
    a.goto(f"{server.url}/absence")
    expect(mine).to_contain_text("已销假")
    expect(row).to_contain_text("24:00 林海（A 岗）")
    pages.accessible(a)


def _extended(a: Page, head: Page, server: Server, mine: Locator, number: str, since: datetime) -> None:
    """Two hours more are asked for from the list of one's leave, approved, and told there."""
    until = since + timedelta(hours=5)
    changes = "**/api/cases/*/changes"
    a.route(changes, lambda route: route.fulfill(json={**route.fetch().json(), "reports": []}))
    mine.get_by_role("button", name="续假").click()  # it has ended meanwhile: that is said, and no dialog stays
    expect(a.get_by_text("这次请假的情况已经变化，请刷新页面后再看。")).to_be_visible()
    expect(a.get_by_role("dialog", name="续假")).to_have_count(0)
    a.unroute(changes)
    mine.get_by_role("button", name="续假").click()
    box = a.get_by_role("dialog", name="续假")
    expect(pages.field(a, "离岗时间").locator("input")).not_to_have_value("")
    pages.fill(a, {"续假至": _words(until), "续假事由": "家事未了"})
    pages.accessible(a)
    a.screenshot(path=pages.screen("leave-extend"))
    _phone(a, "leave-extend")
    box.get_by_role("button", name="提交申请").click()
    expect(a.get_by_text("续假申请已提交")).to_be_visible()
    head.goto(f"{server.url}/")
    pages.open_task(head, number, "审批续假")
    pages.claim(head)
    expect(pages.field(head, "续假事由").locator("textarea")).to_have_value("家事未了")
    pages.accessible(head)
    head.screenshot(path=pages.screen("leave-extend-approve"), full_page=True)
    pages.complete(head, {"审批意见": "同意"})
    a.goto(f"{server.url}/absence")
    expect(mine).to_contain_text(f"{until:%H:%M}")


def test_in_english_it_is_refused_and_taken_back(page: Page, new_page: Callable[[], Page], server: Server) -> None:
    pages.sit_down(page, server.url, "weina", "/absence")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Leave and absence")).to_be_visible()
    expect(page.locator("#my-leave")).to_contain_text("You have not applied for leave.")
    since = _quarter(datetime.now(TZ) + timedelta(days=3))
    for reason in ("参加培训", "回乡探亲"):
        page.get_by_role("link", name="Apply for leave").click()
        pages.form_ready(page)
        pages.fill(page, {
            "类别": "因公外出" if reason == "参加培训" else "请假", "事由": reason,
            "离岗开始": _words(since), "离岗结束": _words(since + timedelta(hours=1)),
        })  # fmt: skip
        until = pages.field(page, "离岗结束").locator("input.fjs-input").last
        until.fill(f"{since + timedelta(hours=1):%H:%M}")  # and on to the button, without Enter
        page.get_by_role("button", name="Register", exact=True).click()
        expect(page.locator(".done .ok")).to_contain_text("Registered")
        if reason == "参加培训":
            number = page.locator(".done b.number").inner_text()
            head = new_page()
            pages.sit_down(head, server.url, "songtao")
            pages.open_task(head, number, "审批请假")
            pages.claim(head)
            pages.complete(head, {"审批意见": "不同意", "理由或说明": "当天集中检查"})
        page.goto(f"{server.url}/absence")
    rows = page.locator("#my-leave tbody tr")
    expect(rows.filter(has_text="参加培训")).to_contain_text("Refused")
    asked = rows.filter(has_text="回乡探亲")
    expect(asked).to_contain_text("Waiting for approval")
    asked.get_by_role("button", name="Withdraw").click()
    page.get_by_role("dialog").get_by_role("button", name="OK").click()
    expect(rows.filter(has_text="回乡探亲")).to_contain_text("Withdrawn")
    expect(page.locator("#on-posts")).to_contain_text("Covered all day")
    page.screenshot(path=pages.screen("leave-english"), full_page=True)
    pages.accessible(page)
    _phone(page, "leave-english")


def test_a_leave_that_was_not_reported_back_is_red_and_the_director_knows(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "songtao", "/notices")
    expect(page.get_by_text(re.compile("沈杰的因公外出（.*）到期未销假"))).to_be_visible()
    page.goto(f"{server.url}/registers/FM10")
    row = page.locator("tbody tr").filter(has_text="沈杰")
    expect(row.locator(".light.red")).to_have_text("未销假")
    pages.accessible(page)
    with page.expect_download() as got:
        page.get_by_role("button", name="导出 Excel").click()
    sheet = load_workbook(io.BytesIO(got.value.path().read_bytes())).worksheets[0]
    head, *entries = ([str(cell.value or "") for cell in line] for line in sheet.iter_rows(min_row=2))
    told = {tuple(line[head.index(one)] for one in ("姓名", "销假灯色")) for line in entries}
    assert ("沈杰", "已逾期") in told
    page.screenshot(path=pages.screen("leave-register"))
    _phone(page, "leave-register")
    pages.sit_down(page, server.url, "shenjie", "/absence")
    row = page.locator("#my-leave tbody tr").filter(has_text="到县局开会")
    expect(row).to_contain_text("待销假")
    expect(row.locator(".light.red")).to_be_visible()


def test_the_administrator_enters_who_fell_ill(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("422")
    pages.sit_down(page, server.url, "admin", "/admin/people")
    page.get_by_role("tab", name=re.compile("^离岗")).click()
    now = datetime.now(TZ)
    panel = page.locator("#panel-absences")
    for person, text in (("系统管理员", None), ("邓磊", "系统管理员补登")):
        panel.get_by_label("人员").select_option(label=person)
        panel.get_by_label("开始").fill(f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M}")
        panel.get_by_label("结束").fill(f"{now + timedelta(days=2):%Y-%m-%dT%H:%M}")
        panel.get_by_label("事由").fill("突发疾病")
        panel.get_by_role("button", name="补登离岗").click()
        if text is None:
            expect(panel.get_by_role("alert")).to_contain_text("本人离岗请申请请假")
    row = panel.locator("tbody tr").filter(has_text="邓磊")
    expect(row).to_contain_text("系统管理员补登")
    expect(row).to_contain_text("离岗中")
    pages.accessible(page)
    page.screenshot(path=pages.screen("absence-by-hand"))
    row.get_by_role("button", name="提前返岗").click()
    expect(row).to_contain_text("已结束")


def test_one_signs_for_oneself_and_the_sheet_lies_open(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "guping", "/absence")
    book = page.locator("#sign-book")
    expect(book).to_contain_text("您今天还没有签到")
    book.get_by_role("button", name="签到", exact=True).click()
    book.locator("summary").click()
    expect(book.locator(".mine")).to_contain_text(re.compile(r"您今天 \d\d:\d\d 签到"))
    mine = book.locator("tbody tr").filter(has_text="顾平")
    expect(mine).to_contain_text("在岗")
    book.get_by_role("button", name="签退", exact=True).click()
    expect(mine).to_contain_text("已签退")
    pages.accessible(page)
    page.screenshot(path=pages.screen("sign-book"), full_page=True)
    _phone(page, "sign-book")
    book.get_by_role("link", name="登记簿").click()
    row = page.locator("tbody tr").filter(has_text="顾平")
    expect(row).to_have_count(1)
    page.screenshot(path=pages.screen("sign-register"))
    page.goto(f"{server.url}/absence")
    page.get_by_role("button", name="English").click()
    expect(page.locator("#sign-book")).to_contain_text("Signed out at")
    pages.accessible(page)
    page.screenshot(path=pages.screen("sign-book-english"), full_page=True)
    _phone(page, "sign-book-english")
