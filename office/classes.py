"""The ten classes of matter (10大类) and the route each suggests (requirements 2.4, R49)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from storage.errors import Refusal


@dataclass(frozen=True, slots=True)
class MatterClass:
    """One class. `accept`: whether it is taken on as a petition."""

    number: int
    key: str
    name: str
    accept: Literal["yes", "no", "depends", "no_case", "hold"]
    route: str


MATTER_CLASSES: tuple[MatterClass, ...] = (
    MatterClass(1, "legal", "涉及法律方面的", "no", "引导到有权处理的司法、仲裁等机关，不按信访事项受理"),
    MatterClass(2, "regulation", "涉及法规方面的", "depends", "解释有关规定；属于行政法定途径的，引导到有关行政机关"),
    MatterClass(3, "specific", "涉及到具体信访事项的", "yes", "按六种处理方式办理"),
    MatterClass(4, "not_specific", "涉及不到具体信访事项的", "no_case", "建议、咨询转阅处，或者当面解答"),
    MatterClass(5, "concluded", "涉及到信访事项已经终结及不予受理的", "no", "说明不再受理的理由，做好教育疏导和帮扶"),
    MatterClass(6, "blocking", "涉及到围堵冲击党政机关的", "hold", "先按紧急事项和扰序处置办理，再处理诉求"),
    MatterClass(
        7,
        "ethnic_foreign_religious",
        "涉及到民族问题、外国公民利益、宗教问题的",
        "yes",
        "立即报告领导，交有权处理的单位，限制知情范围",
    ),
    MatterClass(8, "emergency", "涉及到突发事件的", "yes", "按重大紧急信访办理"),
    MatterClass(9, "media", "涉及记者参与媒体炒作的", "yes", "报告领导，由专人统一答复"),
    MatterClass(10, "several_departments", "涉及多个部门的", "yes", "联合会商、联合办理"),
)
_BY_NUMBER = {item.number: item for item in MATTER_CLASSES}
_BY_KEY = {item.key: item for item in MATTER_CLASSES}


def class_numbers(values: Iterable[object]) -> list[int]:
    """Class numbers from numbers, digits or keys, ascending, each once. Errors: `class.unknown`."""
    found: set[int] = set()
    for value in values:
        text = str(value).strip()
        item = _BY_KEY.get(text) or (_BY_NUMBER.get(int(text)) if text.isdecimal() else None)
        if item is None:
            raise Refusal("class.unknown", f"没有“{text}”这一类，请从十大类中选择。", field="matter_classes")
        found.add(item.number)
    return sorted(found)


def class_names(numbers: Iterable[int]) -> list[str]:
    """The Chinese names of the classes."""
    return [_BY_NUMBER[number].name for number in numbers if number in _BY_NUMBER]
