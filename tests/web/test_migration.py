"""Running matters go over to another version of their regulation: over HTTP, by the command line, on the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.scheduler import run_all
from office.accused import add_accused
from storage.tables import engine as tables
from storage.tables.office import deadline
from storage.tables.people import login as login_table
from tests.engine.diagrams import boundary, chain, el, end, extension, process, properties, start, timer, user
from tests.support import pages
from tests.support.office import Office
from tests.support.server import Server
from web import cli

KEY = "road_repair"
ROAD = {
    "type": "default",
    "id": "road",
    "schemaVersion": 18,
    "components": [{"id": "Matter", "type": "textfield", "key": "matter", "label": "事项"}],
}
DIAGRAM = process(
    start("Start", extension(properties(numberSeries="F")), camunda__formKey="road", name="申报"),
    user("CompleteRegistration", name="完善登记", camunda__candidateGroups="window_clerk"),
    boundary("Late", "CompleteRegistration", timer("timeCycle", '${deadline("R39.reply")}'), interrupting=False),
    end("Told"), user("Inform", name="告知", camunda__candidateGroups="petition_clerk"), end("End"),
    chain("Start", "CompleteRegistration", "Inform", "End"), chain("Late", "Told"), id=KEY,
).decode().replace('name="P"', 'name="道路维修"')  # fmt: skip


def begin(office: Office, matter: str = "村道塌方") -> str:
    """A matter of the regulation, which is deployed if it is not there yet; gives the case's id."""
    admin = office.browser("admin")
    if KEY not in {one["key"] for one in admin.told("/admin/definitions")}:
        admin.done("/admin/deploy", {"key": KEY, "bpmn": DIAGRAM, "forms": {"road": ROAD}, "base_version": None})
    return office.start("wangxiaohua", KEY, matter=matter)


def deploy_changed(office: Office, *changes: tuple[str, str]) -> int:
    """A new version of the regulation with texts of its diagram changed; gives its number."""
    admin = office.browser("admin")
    files = admin.told(f"/admin/definitions/{KEY}/files")
    bpmn = files["bpmn"]
    for old, new in changes:
        assert old in bpmn, old
        bpmn = bpmn.replace(old, new)
    told = admin.done("/admin/deploy", {"key": KEY, "bpmn": bpmn, "base_version": files["version"]})
    assert told["new"], told
    return int(told["version"])


RENAMED = ('name="完善登记"', 'name="补全登记"')
MOVED = ('"CompleteRegistration"', '"FillIn"')


def wish(to: int, **more: Any) -> dict[str, Any]:
    return {"from_version": to - 1, "to_version": to, **more}


def test_shown_done_recorded_and_taken_back(office: Office) -> None:
    first, second = begin(office), begin(office, "桥面破损")
    office.complete("wangxiaohua", second, "CompleteRegistration", {})
    admin = office.browser("admin")
    version = deploy_changed(office, RENAMED)
    told = admin.done(f"/admin/definitions/{KEY}/migration/preview", wish(version))
    assert told["total"] == 2 and told["possible"] == 2
    assert {(one["name"], one["target_name"]) for one in told["elements"]} >= {("完善登记", "补全登记")}
    assert {one["number"] for one in told["instances"]} == {"QSZ-2026-F-0001", "QSZ-2026-F-0002"}
    ids = [one["id"] for one in told["instances"]]
    done = admin.done(f"/admin/definitions/{KEY}/migration", wish(version, instances=ids, reason="改名"))
    assert [one["done"] for one in done["outcomes"]] == [True, True]
    page = office.browser("wangxiaohua").told(f"/cases/{first}")
    assert [task["step"] for task in page["tasks"]] == ["补全登记"]
    assert "改按新版本办理：道路维修" in [step["name"] for step in page["steps"]]
    versions = admin.told(f"/admin/definitions/{KEY}/versions")
    assert [one["instances_open"] for one in versions] == [2, 0]
    (batch,) = admin.told(f"/admin/definitions/{KEY}/migrations")
    assert (batch["from_version"], batch["to_version"], batch["instances"]) == (version - 1, version, 2)
    office.browser("wangxiaohua").done(f"/tasks/{office.task(first, 'CompleteRegistration')}/claim")
    outcomes = admin.done(f"/admin/migrations/{batch['id']}/undo")
    by_number = {one["number"]: one for one in outcomes}
    assert by_number["QSZ-2026-F-0001"]["error"]["code"] == "migration.stepped"
    assert by_number["QSZ-2026-F-0002"]["done"]


def test_deadlines_go_on_through_migration_and_back(office: Office) -> None:
    case_id = begin(office)

    def book() -> list[tuple[Any, ...]]:
        query = select(deadline.c.code, deadline.c.due_at, deadline.c.closing).where(deadline.c.case_id == case_id)
        with office.banjie.store.begin(write=False) as uow:
            return sorted((tuple(row) for row in uow.conn.execute(query)), key=repr)

    before = book()
    assert any(closing is None for _, _, closing in before)
    admin = office.browser("admin")
    version = deploy_changed(office, RENAMED)
    ids = [one["id"] for one in admin.done(f"/admin/definitions/{KEY}/migration/preview", wish(version))["instances"]]
    done = admin.done(f"/admin/definitions/{KEY}/migration", wish(version, instances=ids, reason="改名"))
    assert book() == before, "what says the same keeps its instants"
    assert all(one["done"] for one in admin.done(f"/admin/migrations/{done['batch_id']}/undo"))
    assert book() == before
    office.clock.advance(days=400)
    while run_all(office.banjie.engine):
        pass
    assert any(closing is None for _, _, closing in book())  # late, and still running


def test_only_administrators_and_never_the_accused(office: Office) -> None:
    case_id, other = begin(office), begin(office, "桥面破损")
    admin = office.browser("admin")
    version = deploy_changed(office, RENAMED)
    for login in ("wangxiaohua", "linhai"):
        refused = office.browser(login).post(f"/admin/definitions/{KEY}/migration/preview", wish(version))
        assert refused.json()["error"]["code"] == "access.role"
    with office.banjie.store.begin() as uow:
        me = uow.conn.execute(select(login_table.c.user_id).where(login_table.c.login == "admin")).scalar_one()
        add_accused(uow, office.org_id, case_id, [me], now=office.clock.now(), by=None)
        hidden, shown = (
            uow.conn.execute(select(tables.instance.c.id).where(tables.instance.c.business_key == one)).scalar_one()
            for one in (case_id, other)
        )
    told = admin.done(f"/admin/definitions/{KEY}/migration/preview", wish(version))
    assert told["total"] == 1 and [one["id"] for one in told["instances"]] == [shown]
    body = wish(version, reason="改名", instances=[hidden])
    assert admin.post(f"/admin/definitions/{KEY}/migration", body).json()["error"]["code"] == "migration.nothing"
    done = admin.done(f"/admin/definitions/{KEY}/migration", wish(version, reason="改名"))
    assert [one["instance_id"] for one in done["outcomes"]] == [shown]


CALLER = process(
    start("Start", extension(properties(numberSeries="F")), camunda__formKey="road", name="申报"),
    el("callActivity", "Repair", calledElement=KEY, name="维修"), end("End"), chain("Start", "Repair", "End"),
    id="road_matter",
).decode().replace('name="P"', 'name="道路事项"')  # fmt: skip


def begin_calling(office: Office) -> str:
    """A matter of another regulation, which calls this one; gives the case's id."""
    begin(office)
    admin = office.browser("admin")
    if "road_matter" not in {one["key"] for one in admin.told("/admin/definitions")}:
        body = {"key": "road_matter", "bpmn": CALLER, "forms": {"road": ROAD}, "base_version": None}
        admin.done("/admin/deploy", body)
    return office.start("wangxiaohua", "road_matter", matter="涵洞")


def test_where_it_was_called_and_never_the_accused_there(office: Office) -> None:
    case_id = begin_calling(office)
    admin = office.browser("admin")
    version = deploy_changed(office, RENAMED)
    told = admin.done(f"/admin/definitions/{KEY}/migration/preview", wish(version))
    (there,) = (one for one in told["instances"] if one["inside"])
    assert (there["inside"], there["inside_name"]) == ("road_matter", "道路事项") and there["possible"]
    done = admin.done(f"/admin/definitions/{KEY}/migration", wish(version, reason="改名", instances=[there["id"]]))
    assert [one["done"] for one in done["outcomes"]] == [True]
    task_id = office.task(case_id, "CompleteRegistration")
    with office.banjie.store.begin() as uow:
        assert (
            uow.conn.execute(select(tables.task.c.name).where(tables.task.c.id == task_id)).scalar_one() == "补全登记"
        )
        me = uow.conn.execute(select(login_table.c.user_id).where(login_table.c.login == "admin")).scalar_one()
        add_accused(uow, office.org_id, case_id, [me], now=office.clock.now(), by=None)
    back = wish(version - 1, from_version=version)
    assert not admin.done(f"/admin/definitions/{KEY}/migration/preview", back)["total"]
    body = back | {"reason": "改名", "instances": [there["id"]]}
    assert admin.post(f"/admin/definitions/{KEY}/migration", body).json()["error"]["code"] == "migration.nothing"
    assert admin.done(f"/admin/migrations/{done['batch_id']}/undo") == []


def test_by_the_command_line(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = office.banjie.store.url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANJIE_DATABASE_URL", url)
    case_id = begin(office)
    version = deploy_changed(office, MOVED)
    place = ["migrate", KEY, "--from", str(version - 1), "--to", str(version)]
    assert cli.main(place) == 1
    assert "完善登记 [CompleteRegistration] 1 处 → 没有对应的环节" in capsys.readouterr().out
    mapped = [*place, "--map", "CompleteRegistration=FillIn"]
    assert cli.main(mapped) == 0
    assert cli.main([*mapped, "--apply", "改了编号"]) == 0
    out = capsys.readouterr().out
    assert "QSZ-2026-F-0001  已迁移" in out and office.task(case_id, "FillIn")
    batch_id = out.split("批次 ")[1].split()[0]
    assert cli.main(["migrate", KEY, "--undo", batch_id]) == 0
    assert "已改回原版本" in capsys.readouterr().out and office.task(case_id, "CompleteRegistration")


# -- the page ----------------------------------------------------------------------------------------------------------


def prepare(office: Office) -> None:
    begin(office)
    begin_calling(office)
    deploy_changed(office, MOVED)
    changed = {"key": "road_matter", "bpmn": CALLER.replace("道路事项", "道路桥涵"), "base_version": 1}
    office.browser("admin").done("/admin/deploy", changed)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("migration"), prepare) as running:
        yield running


def test_on_the_page(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "admin", "/admin/definitions/road_matter/migration")
    page.get_by_role("button", name="预览").click()
    inside = page.get_by_role("row").filter(has_text="道路维修")
    expect(inside).to_contain_text("1")
    page.screenshot(path=pages.screen("migration-called"), full_page=True)
    inside.get_by_role("link", name="去迁移").click()
    expect(page.get_by_role("heading", name="迁移在办事项 · 道路维修")).to_be_visible()
    page.get_by_role("link", name="返回").click()
    page.get_by_role("link", name="迁移在办事项").click()
    page.get_by_role("button", name="预览").click()
    row = page.locator("table.elements tbody tr").filter(has_text="完善登记")
    expect(row).to_contain_text("新版本里没有环节“完善登记”")
    expect(page.get_by_text("0 / 3 件可以迁移")).to_be_visible()
    page.screenshot(path=pages.screen("migration-impossible"), full_page=True)
    row.get_by_role("combobox").select_option("FillIn")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("3 / 3 件可以迁移")).to_be_visible()
    expect(page.get_by_text("在“道路桥涵”里办理")).to_be_visible()
    pages.accessible(page)
    page.get_by_role("button", name="迁移选中的 3 件").click()
    expect(page.get_by_role("alert").filter(has_text="请填写迁移原因")).to_be_visible()
    page.get_by_label("迁移原因").fill("登记环节改了编号")
    page.screenshot(path=pages.screen("migration-possible"), full_page=True)
    page.get_by_role("button", name="迁移选中的 3 件").click()
    expect(page.get_by_text("已迁移 3 件")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="登记环节改了编号")).to_contain_text("3")
    page.get_by_role("button", name="撤销迁移").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销迁移").click()
    expect(page.get_by_text("已全部撤销")).to_be_visible()
    pages.accessible(page)
