"""Setting up: the sample town (invented), and a new empty office with its administrator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from office import accounts, people
from office.access import ADMIN
from office.organisations import create_organisation
from office.posts import add_post
from office.routing import set_up_units
from storage.database import UnitOfWork

TOWN_NAME = "青石镇人民政府"
TOWN_CODE = "QSZ"
TOWN_PROFILE = "service_centre_petition"  # 便民服务中心: three days to answer, the statute as its ceiling
DEMO_PASSWORD = "banjie-2026"  # of everybody in the sample town; never used by `create_office`


@dataclass(frozen=True, slots=True)
class _Person:
    login: str
    name: str
    title: str
    unit: str
    roles: tuple[str, ...]
    head: bool = False
    superior: str | None = None


_UNITS: tuple[tuple[str, str], ...] = (
    ("town_leaders", "党政领导"),
    ("party_office", "党政办公室"),
    ("service_centre", "便民服务中心"),
    ("petition_office", "信访办公室"),
)
_VILLAGES: tuple[tuple[str, str], ...] = (("shangqing_village", "上青村"), ("liuhe_village", "柳河村"))

_PEOPLE: tuple[_Person, ...] = (
    _Person("zhengguodong", "郑国栋", "党委书记", "town_leaders", ("main_leader", "party_secretary"), head=True),
    _Person(
        "sunlihua", "孙丽华", "镇长", "town_leaders", ("main_leader", "mayor", "town_principal", "reception_leader")
    ),
    _Person(
        "heweimin",
        "何为民",
        "党委副书记",
        "town_leaders",
        ("leader_in_charge", "reception_leader"),
        superior="sunlihua",
    ),
    _Person(
        "tangjian", "唐健", "副镇长", "town_leaders", ("leader_in_charge", "reception_leader"), superior="sunlihua"
    ),
    _Person("fangmin", "方敏", "纪委书记", "town_leaders", ("discipline_supervision", "verifier")),
    _Person("luoyan", "罗燕", "党政办主任", "party_office", ("office_director", "accountability_committee"), head=True),
    _Person("xuwen", "徐雯", "档案员", "party_office", ("archivist", "drafter")),
    _Person(
        "songtao", "宋涛", "中心主任", "service_centre", ("centre_director", "assessor"), head=True, superior="tangjian"
    ),
    _Person("wangxiaohua", "王小华", "综合窗口", "service_centre", ("window_clerk", "petition_clerk", "receiver")),
    _Person("lixiang", "李想", "民政社保窗口", "service_centre", ("window_clerk", "responsible_post")),
    _Person("zhaoqian", "赵倩", "农业国土窗口", "service_centre", ("window_clerk", "responsible_post")),
    _Person(
        "chenjing",
        "陈静",
        "信访办主任",
        "petition_office",
        ("petition_office_head", "petition_office", "supervisor", "examiner"),
        head=True,
        superior="heweimin",
    ),
    _Person("linhai", "林海", "信访专干", "petition_office", ("petition_clerk", "petition_office", "distributor")),
    _Person(
        "guping",
        "顾平",
        "督查员",
        "petition_office",
        ("petition_office", "supervisor", "examiner", "inspector", "reviewer"),
    ),
    _Person("majun", "马军", "经发办主任", "economic_office", ("handler",), head=True),
    _Person("yuanfang", "袁芳", "社会事务办主任", "social_affairs_office", ("handler",), head=True),
    _Person("denglei", "邓磊", "民政助理", "social_affairs_office", ("handler", "investigator")),
    _Person("xiejun", "谢军", "综治办主任", "governance_office", ("handler", "mediator"), head=True),
    _Person("caoli", "曹莉", "计生办主任", "population_office", ("handler",), head=True),
    _Person("pengfei", "彭飞", "农业中心主任", "agriculture_centre", ("handler",), head=True),
    _Person("jiangbo", "蒋波", "水利员", "agriculture_centre", ("handler", "investigator")),
    _Person("caihong", "蔡红", "工业中心主任", "industry_centre", ("handler",), head=True),
    _Person("dingyi", "丁毅", "村建中心主任", "construction_centre", ("handler",), head=True),
    _Person("weina", "魏娜", "规划员", "construction_centre", ("handler", "investigator")),
    _Person("shenjie", "沈杰", "经统审中心主任", "audit_statistics_centre", ("handler", "auditor"), head=True),
    _Person("liangbing", "梁兵", "派出所所长", "police_station", ("public_security", "handler"), head=True),
    _Person(
        "sushan", "苏珊", "上青村党支部书记", "shangqing_village", ("village_branch_secretary", "handler"), head=True
    ),
    _Person("yejian", "叶建", "上青村委会主任", "shangqing_village", ("village_director", "village_cadre")),
    _Person("panwei", "潘伟", "柳河村党支部书记", "liuhe_village", ("village_branch_secretary", "handler"), head=True),
    _Person("admin", "系统管理员", "信息员", "party_office", (ADMIN,)),
)
_POSTS: tuple[tuple[str, str, str, str], ...] = (
    ("service_centre", "综合窗口", "wangxiaohua", "lixiang"),
    ("service_centre", "民政社保窗口", "lixiang", "zhaoqian"),
    ("service_centre", "农业国土窗口", "zhaoqian", "wangxiaohua"),
    ("petition_office", "信访接待", "linhai", "guping"),
    ("social_affairs_office", "民政救助", "denglei", "yuanfang"),
    ("construction_centre", "村镇规划", "weina", "dingyi"),
)


def create_town(uow: UnitOfWork, *, now: datetime, password: str = DEMO_PASSWORD, parent_id: str | None = None) -> str:
    """Make the sample town 青石镇: units of the catalogue, people with posts and roles; gives its id.

    Everybody's user id is the login name and everybody's password is `password`: for showing and trying only.
    """
    org_id = create_organisation(uow, TOWN_CODE, TOWN_NAME, TOWN_PROFILE, now=now, overlay=True, parent_id=parent_id)
    for position, (unit_id, name) in enumerate(_UNITS, start=1):
        people.add_unit(uow, org_id, name, unit_id=unit_id, position=position)
    set_up_units(uow, org_id)
    for position, (unit_id, name) in enumerate(_VILLAGES, start=500):
        people.add_unit(uow, org_id, name, unit_id=unit_id, position=position)
    _add_people(uow, org_id, _PEOPLE, now=now)
    for unit_id, name, a_id, b_id in _POSTS:
        add_post(uow, org_id, unit_id, name, a_id, b_id, now=now)
    accounts.set_same_password(uow, org_id, [person.login for person in _PEOPLE], password, now=now)
    return org_id


def create_office(
    uow: UnitOfWork, profile: str, name: str, code: str, *, now: datetime, login: str = "admin"
) -> tuple[str, str]:
    """Make a new office: the units of the catalogue and one administrator, nobody else.

    Gives the administrator's login and one-time password, which must be changed at the first log-in and is not kept.
    Where the login is taken (another office of this installation has it), the code is put behind it.
    Errors: those of `create_organisation`.
    """
    org_id = create_organisation(uow, code, name, profile, now=now)
    set_up_units(uow, org_id)
    if people.login_taken(uow, login):
        login = f"{login}-{code.lower()}"
    user_id = people.add_user(uow, org_id, "系统管理员", login, now=now, roles=(ADMIN,))
    return login, accounts.set_one_time_password(uow, org_id, user_id, now=now)


def demo_people() -> list[dict[str, str]]:
    """The people of the sample town whom one tries first: login, name, title."""
    first = ("wangxiaohua", "linhai", "chenjing", "heweimin", "yuanfang", "pengfei", "sunlihua", "admin")
    by_login = {person.login: person for person in _PEOPLE}
    return [{"login": login, "name": by_login[login].name, "title": by_login[login].title} for login in first]


def _add_people(uow: UnitOfWork, org_id: str, persons: Sequence[_Person], *, now: datetime) -> None:
    for person in persons:
        people.add_user(
            uow,
            org_id,
            person.name,
            person.login,
            now=now,
            user_id=person.login,
            title=person.title,
            unit_id=person.unit,
            superior_id=person.superior,
            roles=person.roles,
        )
        if person.head:
            people.change_unit(uow, org_id, person.unit, head_id=person.login)
