"""档案保管: a case is held, a list is proposed, approved and carried out, as people click."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from storage.tables.engine import instance
from storage.tables.office import case_file
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server


def _prepared(office: Office) -> None:
    """Two cases that ended twelve years ago."""
    office = pages.then(office, hours=1)
    ended = [office.accepted("linhai", matter="旧渠清淤"), office.accepted("linhai", name="李小河", matter="路灯不亮")]
    with office.banjie.store.begin() as uow:
        running = select(instance.c.id).where(instance.c.business_key.in_(ended), instance.c.state == "active")
        for one in uow.conn.execute(running).scalars().all():
            office.banjie.engine.cancel(uow, office.org_id, one, reason="办结", actor=None)
        values = {"state": "closed", "closed_at": office.clock.now() - timedelta(days=12 * 366)}
        uow.conn.execute(update(case_file).where(case_file.c.id.in_(ended)).values(values))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("retention")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANJIE_ARCHIVE", str(folder / "archive"))
        with pages.town(folder, _prepared) as running:
            yield running


def test_cases_are_held_listed_and_destroyed(new_page: Callable[[], Page], server: Server, watch: Watch) -> None:
    keeper, mayor = new_page(), new_page()
    pages.sit_down(keeper, server.url, "xuwen", "/retention")
    due = keeper.locator("section.card").nth(0)
    expect(due.locator("tbody tr")).to_have_count(2)
    due.get_by_role("button", name="提出销毁清册").click()
    expect(due.get_by_role("alert")).to_contain_text("请选择要销毁的案卷")
    due.get_by_label("全选").check()
    due.get_by_label("鉴定意见").fill("无继续保存价值")
    pages.accessible(keeper)
    keeper.screenshot(path=pages.screen("retention-due"), full_page=True)
    due.get_by_role("button", name="提出销毁清册（2 件）").click()
    lists = keeper.locator("section.card").nth(1)
    expect(lists).to_contain_text("待审批")
    expect(lists.get_by_role("button", name="同意销毁")).to_have_count(0)

    pages.sit_down(mayor, server.url, "sunlihua", "/cases")
    mayor.locator("main tbody tr").filter(has_text="路灯不亮").get_by_role("link").first.click()
    mayor.get_by_role("button", name="保全").click()
    box = mayor.get_by_role("dialog", name="保全本件")
    box.get_by_role("button", name="确定").click()
    expect(box.get_by_role("alert")).to_contain_text("请写明理由")
    box.get_by_label("理由").fill("正在诉讼")
    box.get_by_role("button", name="确定").click()
    expect(mayor.locator("header.head")).to_contain_text("保全中")
    mayor.locator("details.user summary").click()
    mayor.get_by_role("link", name="档案保管").click()
    mayor.get_by_role("button", name="同意销毁").click()
    expect(mayor.locator("section.card").nth(1)).to_contain_text("待执行")

    keeper.reload()
    keeper.get_by_role("button", name="执行销毁").click()
    sure = keeper.get_by_role("dialog", name="执行销毁")
    expect(sure).to_contain_text("不可恢复")
    sure.get_by_role("button", name="执行销毁").click()
    expect(keeper.get_by_text("已销毁 1 件，保留 1 件")).to_be_visible()
    expect(lists.locator("tbody tr").filter(has_text="旧渠清淤")).to_contain_text("已销毁")
    expect(lists.locator("tbody tr").filter(has_text="路灯不亮")).to_contain_text("在保全中")
    expect(keeper.locator("section.card").nth(2)).to_contain_text("正在诉讼")
    pages.accessible(keeper)
    keeper.screenshot(path=pages.screen("retention-done"), full_page=True)
    keeper.set_viewport_size({"width": 390, "height": 844})
    keeper.screenshot(path=pages.screen("retention-small"), full_page=True)
    keeper.get_by_role("button", name="解除").click()
    box = keeper.get_by_role("dialog", name="的保全")
    box.get_by_label("理由").fill("判决生效")
    box.get_by_role("button", name="确定").click()
    expect(keeper.locator("section.card").nth(2)).to_contain_text("没有保全中的事项")
