"""What a page shows, as an Excel file: the same rows by the same rights, masked where the page masks; each logged.

All rows that are asked for, whatever page of them is on the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from office import access, case_list, inbox, leave_book, organisations, registers, rosters, statistics, supervision_book
from office.access import Viewer
from office.excel import MEDIA_TYPE, MOST_ROWS, workbook
from office.field_words import CHOICES
from office.register_catalogue import REGISTERS
from office.schedule_rules import PLACES
from office.schedules import weekday_text
from storage.clock import local
from storage.database import UnitOfWork
from web.acts import Actor
from web.api.answers import files
from web.api.common import Program, Who
from web.api.labels import Labels
from web.api.searches import CasesSearch, InboxSearch, Words

router = APIRouter(prefix="/exports", tags=["导出"])

Columns = Sequence[tuple[str, str]]
Sheet = tuple[str, str, Columns, Iterable[Mapping[str, Any]]]

_LIGHTS = {"red": "已逾期", "yellow": "临近到期", "green": "正常", "none": "无时限", "closed": "已办结"}
_TASKS: Columns = (
    ("light", "灯色"), ("due_text", "剩余时间"), ("due_at", "到期"), ("number", "编号"), ("title", "事项"),
    ("step", "当前环节"), ("petitioner", "信访人"), ("from_name", "来自"), ("assignee_name", "承办"),
    ("created_at", "收到时间"),
)  # fmt: skip
_CASES: Columns = (
    ("number", "编号"), ("title", "事项"), ("petitioner", "信访人"), ("channel", "渠道"), ("kind", "类别"),
    ("weight", "轻重缓急"), ("state_text", "状态"), ("light", "灯色"), ("due_at", "到期"), ("due_text", "剩余时间"),
    ("unit", "承办单位"), ("handler_name", "承办人"), ("owner_name", "责任人"), ("received_at", "收到时间"),
    ("closed_at", "办结时间"),
)  # fmt: skip
_UNITS: Columns = (("unit", "承办单位"), ("open", "在办"), ("red", "逾期"), ("yellow", "临近到期"), ("green", "正常"))
_LEADERS: Columns = (("name", "责任人"), ("open", "在办"), ("red", "逾期"), ("yellow", "临近到期"), ("green", "正常"))
_RED: Columns = (
    ("number", "编号"), ("title", "事项"), ("where", "停在哪一步"), ("unit", "承办单位"), ("who", "谁在办"),
    ("since", "何时到期"), ("due_text", "逾期"),
)  # fmt: skip
_SUPERVISIONS: Columns = (
    ("card_no", "督办卡"), ("number", "编号"), ("title", "事项"), ("unit", "督办单位"), ("cause_text", "缘由"),
    ("opinion", "督办意见"), ("by_name", "督办人"), ("opened_at", "督办时间"), ("due_on", "办结期限"),
    ("light", "灯色"), ("due_text", "剩余时间"), ("card", "亮牌"), ("last", "最近答复或亮牌"), ("result", "结果"),
    ("closed_at", "销号时间"),
)  # fmt: skip
_COUNTED: Columns = (("name", "项目"), ("n", "件数"))
_TOTALS = (
    ("received", "收到"), ("repeated", "其中重复"), ("groups", "其中集体访"), ("closed_on_time", "按期办结"),
    ("closed_late", "逾期办结"), ("on_time_percent", "按期办结率（%）"),
)  # fmt: skip


@router.post("/registers/{register}", summary="登记簿导出Excel", response_class=Response, responses=files(MEDIA_TYPE))
def register(register: str, asked: Words, who: Who, banjie: Program) -> Response:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        viewer = _viewer(uow, who, now)
        _, items = registers.entries(uow, viewer, register, query=asked.q, limit=MOST_ROWS)
        columns = Labels(banjie.engine, uow, who.org_id).register_page(register, items)
        wanted = [("seq", "序号"), ("at", "登记时间"), ("number", "案件编号")]
        wanted += [(f"field.{one['key']}", one["label"]) for one in columns]
        wanted += [("by_name", "登记人"), ("corrects", "更正第几号"), ("reason", "更正理由")]
        if register == leave_book.REGISTER:
            leave_book.lights(uow, who.org_id, items, now=now)
            wanted.append(("light", "销假灯色"))
        rows = [
            {
                **entry,
                **{f"field.{row['key']}": row["value"] for row in entry["fields"]},
                "light": _LIGHTS[entry["light"]] if entry.get("light", "none") != "none" else None,
            }
            for entry in reversed(items)
        ]
        title = f"{register} {REGISTERS[register].name}"
        return _answer(uow, who, title, [(register, title, wanted, rows)], now)


@router.post("/inbox", summary="待办导出Excel", response_class=Response, responses=files(MEDIA_TYPE))
def my_inbox(asked: InboxSearch, who: Who, banjie: Program) -> Response:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        found = inbox.page(
            uow, _viewer(uow, who, now), now=now, which=asked.filter, light=asked.light, query=asked.q,
            sort=asked.sort, limit=MOST_ROWS,
        )  # fmt: skip
        rows = [{**item, "light": _LIGHTS[item["light"]]} for item in found["items"]]
        return _answer(uow, who, "我的待办", [("待办", "我的待办", _TASKS, rows)], now)


@router.post("/cases", summary="案件清单导出Excel", response_class=Response, responses=files(MEDIA_TYPE))
def cases(asked: CasesSearch, who: Who, banjie: Program) -> Response:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        found = case_list.search(
            uow, _viewer(uow, who, now), query=asked.q, state=asked.state, light=asked.light, unit_id=asked.unit,
            now=now, limit=MOST_ROWS,
        )  # fmt: skip
        rows = [
            {
                **item,
                "light": _LIGHTS.get(item["light"], item["light"]),
                **{key: CHOICES[key].get(item[key], item[key]) for key in ("channel", "kind", "weight")},
            }
            for item in found["items"]
        ]
        return _answer(uow, who, "案件清单", [("案件", "案件清单", _CASES, rows)], now)


@router.get("/board", summary="看板导出Excel", response_class=Response, responses=files(MEDIA_TYPE))
def board(who: Who, banjie: Program) -> Response:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        viewer = _viewer(uow, who, now)
        access.require_overview(viewer)
        told = statistics.board(uow, viewer, now=now)
        sheets: list[Sheet] = [
            ("逾期件", "逾期件", _RED, told["red"]),
            ("按单位", "按承办单位", _UNITS, told["by_unit"]),
            ("按责任人", "按责任人", _LEADERS, told["by_leader"]),
        ]
        return _answer(uow, who, "办理情况", sheets, now)


@router.get("/supervisions", summary="督办台账导出Excel", response_class=Response, responses=files(MEDIA_TYPE))
def supervisions(
    who: Who,
    banjie: Program,
    state: Literal["open", "overdue", "closed", "all"] = "open",
    card: Literal["yellow", "red", "none"] | None = None,
    unit: str | None = None,
) -> Response:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        viewer = _viewer(uow, who, now)
        access.require_overview(viewer)
        told = supervision_book.listed(uow, viewer, now=now, state=state, card=card, unit_id=unit, limit=MOST_ROWS)
        cards = supervision_book.CARDS
        rows = [{**one, "light": _LIGHTS[one["light"]], "card": cards.get(one["card"] or "")} for one in told["items"]]
        return _answer(uow, who, "督办台账", [("督办", "督办台账", _SUPERVISIONS, rows)], now)


@router.get("/statistics", summary="月度统计导出Excel", response_class=Response, responses=files(MEDIA_TYPE))
def monthly(
    who: Who,
    banjie: Program,
    year: Annotated[int, Query(ge=2000, le=2100)],
    month: Annotated[int, Query(ge=1, le=12)],
) -> Response:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        viewer = _viewer(uow, who, now)
        access.require_overview(viewer)
        told = statistics.monthly(uow, viewer, year, month)
        totals = [{"name": name, "n": told[key]} for key, name in _TOTALS]
        of = f"{year}年{month}月"
        sheets: list[Sheet] = [
            ("合计", f"{of}合计", _COUNTED, totals),
            ("按类别", f"{of}按十大类", _COUNTED, told["by_class"]),
            ("按性质", f"{of}按事项性质", _COUNTED, told["by_kind"]),
            ("按渠道", f"{of}按渠道", _COUNTED, told["by_channel"]),
            ("按单位", f"{of}按承办单位", _COUNTED, told["by_unit"]),
        ]
        return _answer(uow, who, f"{of}信访统计", sheets, now)


@router.get("/rosters/{code}", summary="值班表导出Excel", response_class=Response, responses=files(MEDIA_TYPE))
def roster(code: str, who: Who, banjie: Program, first: date, last: date) -> Response:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        duty = rosters.roster_of(organisations.profile_of(uow, who.org_id), code)
        columns = [
            ("day", "日期"),
            ("weekday", "星期"),
            *((place, PLACES[place]) for place in PLACES if place in duty.roster),
        ]
        columns.append(("note", "备注"))
        rows = [_roster_row(one) for one in rosters.days(uow, who.org_id, code, first, last)]
        sheets: list[Sheet] = [("值班表", f"{duty.name}值班表", columns, rows)]
        return _answer(uow, who, f"{duty.name}值班表", sheets, now)


def _roster_row(one: rosters.RosterDay) -> Mapping[str, Any]:
    away = [f"{person.name}离岗（{person.away}）" for there in one.places.values() for person in there if person.away]
    lacks = [f"缺{rosters.places_text(one.lacking)}"] if one.lacking else []
    return {
        "day": one.day,
        "weekday": weekday_text(one.day),
        **{place: "、".join(person.name for person in there) for place, there in one.places.items()},
        "note": "；".join(away + lacks),
    }


def _viewer(uow: UnitOfWork, who: Actor, now: datetime) -> Viewer:
    return access.viewer_of(uow, who.org_id, who.user_id, now=now)


def _answer(uow: UnitOfWork, who: Actor, title: str, sheets: Sequence[Sheet], now: datetime) -> Response:
    """The file, its headings with the office and the hour; the export is in the access log."""
    access.log_access(uow, who.org_id, who.user_id, None, "export", now=now, source=who.source)
    org = organisations.get_organisation(uow, who.org_id).name
    at = f"{local(now):%Y-%m-%d %H:%M}"
    content = workbook([(name, f"{org} {heading}（{at}）", columns, rows) for name, heading, columns, rows in sheets])
    name = quote(f"{title}-{local(now):%Y%m%d-%H%M}.xlsx")
    return Response(
        content, media_type=MEDIA_TYPE, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    )
