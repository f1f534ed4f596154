"""The states of a case and the ways between them (requirements 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STATES: Mapping[str, str] = MappingProxyType(
    {
        "received": "已收到",
        "registered": "已登记",
        "classified": "已归类",
        "accepted": "已受理",
        "not_accepted": "不予受理",
        "way_decided": "已定办理方式",
        "in_handling": "办理中",
        "result_submitted": "已报结果",
        "under_examination": "审查中",
        "returned": "退回重办",
        "approved": "已批准结案",
        "replied": "已答复",
        "reported_upward": "已上报",
        "closed": "已办结",
        "archived": "已归档",
        "followed_up": "已回访",
        "reopened": "重新办理",
        "merged": "已并件",
        "withdrawn": "已撤回",
        "terminated": "已终结",
    }
)
# Steps may be left out (an answer on the spot goes from registered to replied), but not taken backwards ...
_FORWARD = (
    "received",
    "registered",
    "classified",
    "accepted",
    "way_decided",
    "in_handling",
    "result_submitted",
    "under_examination",
    "approved",
    "replied",
    "reported_upward",
    "closed",
    "archived",
    "followed_up",
)
# ... except so.
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "classified": ("not_accepted",),
    "received": ("not_accepted",),
    "registered": ("not_accepted",),
    "accepted": ("not_accepted",),  # it turns out that another organ is competent
    "not_accepted": ("accepted", "replied", "closed", "archived"),  # accepted: new facts, or corrected on complaint
    "way_decided": ("accepted",),
    "in_handling": ("way_decided", "accepted", "not_accepted"),  # sent back by the unit (R60)
    "result_submitted": ("returned",),
    "under_examination": ("returned",),
    "approved": ("returned",),
    "returned": ("in_handling", "way_decided", "result_submitted"),
    "replied": ("reopened",),
    "reported_upward": ("reopened", "returned"),
    "closed": ("reopened",),
    "archived": ("reopened",),
    "followed_up": ("reopened", "closed", "archived"),
    "reopened": (
        "in_handling",
        "way_decided",
        "result_submitted",
        "under_examination",
        "approved",
        "replied",
        "closed",
    ),
}
_FINAL = frozenset({"merged", "withdrawn", "terminated"})
CLOSED_STATES = frozenset({"closed", "archived", "followed_up"}) | _FINAL


def _table() -> Mapping[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for state in STATES:
        onward = _FORWARD[_FORWARD.index(state) + 1 :] if state in _FORWARD else ()
        side = () if state in _FINAL else tuple(_FINAL)
        table[state] = frozenset((*onward, *_OTHERS.get(state, ()), *side))
    return MappingProxyType(table)


TRANSITIONS: Mapping[str, frozenset[str]] = _table()


def may_follow(old: str, new: str) -> bool:
    """True if a case in state `old` may come to state `new`; staying is always allowed."""
    return old == new or new in TRANSITIONS.get(old, frozenset())
