"""Which unit is competent for what (R31, requirements 1.5): the catalogue for set-up, and hints while registering."""

from __future__ import annotations

from dataclasses import dataclass

from office.people import Unit, add_unit, units
from storage.database import UnitOfWork


@dataclass(frozen=True, slots=True)
class CatalogueUnit:
    """A unit of the catalogue with the words by which its matters are known."""

    key: str
    name: str
    matters: tuple[str, ...]
    outside: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("、"))


CATALOGUE: tuple[CatalogueUnit, ...] = (
    CatalogueUnit("economic_office", "经济发展办公室", _words("企业规划、项目、预算、国有资产、集体资产")),
    CatalogueUnit(
        "social_affairs_office",
        "社会事务办公室",
        _words(
            "民政、老龄、农村养老保险、养老、低保、医疗救助、优抚、婚姻登记、殡葬、救灾、残疾人就业、残疾人、敬老院、扶贫、"
            "五老、老区、水库移民、移民、民族、宗教"
        ),
    ),
    CatalogueUnit(
        "governance_office",
        "综治办",
        _words("治安、信访接待、集体访、突发事件、安全生产、整改意见、一票否决、矛盾纠纷"),
    ),
    CatalogueUnit("population_office", "人口和计划生育办公室", _words("计划生育、生育、流动人口、证明")),
    CatalogueUnit(
        "agriculture_centre",
        "农业服务中心",
        _words("农技、三资、水利、灌溉、水渠、病虫害、农产品、社保、劳动、拖欠工资、农田"),
    ),
    CatalogueUnit("industry_centre", "工业服务中心", _words("企业、投资项目、外商投诉、招商")),
    CatalogueUnit(
        "construction_centre",
        "村镇建设与社会事业服务中心",
        _words("规划、宅基地、建房用地、环境卫生、垃圾、违法建设、违章建筑、违法用地、污染、文化、新农合、旅游、道路"),
    ),
    CatalogueUnit(
        "audit_statistics_centre",
        "经统审中心",
        _words("土地承包、承包合同、村帐镇托管、村账、农民负担、农村审计、审计、合作社、统计"),
    ),
    CatalogueUnit("police_station", "派出所", _words("报警、打架、盗窃、诈骗、户口、户籍"), outside=True),
    CatalogueUnit("health_centre", "卫生院", _words("疾病、防疫、医疗纠纷、食物中毒"), outside=True),
    CatalogueUnit("discipline_office", "纪检监察机关", _words("贪污、受贿、违纪、作风"), outside=True),
    CatalogueUnit("justice_office", "司法所", _words("诉讼、仲裁、行政复议、法律援助、调解"), outside=True),
    CatalogueUnit("county_departments", "县（市）有关部门", (), outside=True),
)


def set_up_units(uow: UnitOfWork, org_id: str) -> None:
    """Make the units of the catalogue that the organisation does not have yet."""
    known = {unit.id for unit in units(uow, org_id, inactive=True)}
    for position, item in enumerate(CATALOGUE, start=1):
        if item.key not in known:
            add_unit(
                uow,
                org_id,
                item.name,
                unit_id=item.key,
                outside=item.outside,
                matters=item.matters,
                position=position * 10,
            )


def hints(uow: UnitOfWork, org_id: str, text: str, *, limit: int = 3) -> list[tuple[Unit, tuple[str, ...]]]:
    """The units whose matters the text names, with the words found: longer words and more of them first."""
    found: list[tuple[int, Unit, tuple[str, ...]]] = []
    for unit in units(uow, org_id):
        words = tuple(word for word in unit.matters if word and word in text)
        if words:
            found.append((sum(len(word) for word in words), unit, words))
    found.sort(key=lambda item: -item[0])  # stable: the order of the units among equals
    return [(unit, words) for _, unit, words in found[:limit]]
