"""一次性告知: the ways of telling, the frozen list, later demands."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from office import documents
from storage.database import Store
from tests.handlers.desk import Desk, make_desk, refusal

REQUIRED = "身份证\n户口簿\n收入证明"
MISSING = "户口簿\n收入证明"


@pytest.fixture
def frozen(desk: Desk) -> Desk:
    """A desk whose list has been told and frozen."""
    desk.handle("notification.freeze_list", required_materials=REQUIRED, missing_items=MISSING)
    return desk


def told(profile: str, store: Store, finding: str, **answers: Any) -> None:
    """Check a notice in a profile."""
    with store.begin() as uow:
        desk = make_desk(uow, profile)
        desk.variables = {"finding": finding}
        desk.check("notification.form", **answers)


def test_every_way_serves_where_all_are_known(store: Store) -> None:
    told("gov_service_centre", store, "incomplete", notice_way=["oral"])


def test_meihua_tells_in_writing_and_names_the_next_window(store: Store) -> None:
    with refusal("notification.way_not_allowed"):
        told("meihua_centre", store, "incomplete", notice_way=["oral"], next_window="3号窗口")


def test_meihua_names_the_next_window(store: Store) -> None:
    with refusal("notification.next_window_missing"):
        told("meihua_centre", store, "consultation", notice_way=["written"])


def test_meihua_names_no_window_where_nothing_follows(store: Store) -> None:
    told("meihua_centre", store, "out_of_scope", notice_way=["written"])


def test_the_town_hall_gives_the_list_of_what_is_missing(store: Store) -> None:
    with refusal("notification.list_empty"):
        told("town_hall", store, "incomplete", notice_way=["oral"], next_window="3号窗口", missing_items="")


def test_the_town_hall_names_the_window_too(store: Store) -> None:
    with refusal("notification.next_window_missing"):
        told("town_hall", store, "incomplete", notice_way=["oral", "written"], missing_items=MISSING)


@pytest.mark.parametrize(
    ("required", "missing", "code"),
    [
        (REQUIRED, "", "notification.list_empty"),
        ("", MISSING, "notification.list_empty"),
        (REQUIRED, "户口簿\n户口簿", "notification.item_repeated"),
        (REQUIRED, "户口簿\n房产证", "notification.item_not_required"),
    ],
)
def test_the_list_is_whole(desk: Desk, required: str, missing: str, code: str) -> None:
    with refusal(code):
        desk.check("notification.complete_list", required_materials=required, missing_items=missing)
    desk.check("notification.complete_list", required_materials=REQUIRED, missing_items=" 户口簿 \n\n收入证明")


def test_a_demand_names_the_material(desk: Desk) -> None:
    desk.check("notification.received_all", materials_outcome="all_received")
    with refusal("notification.material_missing"):
        desk.check("notification.received_all", materials_outcome="demand", demanded_material=" ".strip())


def test_the_list_is_frozen_with_its_checksum_once(frozen: Desk) -> None:
    text = '{"missing":["户口簿","收入证明"],"required":["身份证","户口簿","收入证明"]}'
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert frozen.case["fields"]["frozen_hash"] == expected
    assert frozen.register("FM03")[0]["frozen_hash"] == expected
    again, _ = frozen.handle("notification.freeze_list", required_materials="别的", missing_items="别的")
    assert again["frozen_hash"] == expected


def test_a_later_demand_is_compared_with_the_list(frozen: Desk) -> None:
    def status(material: str) -> str:
        found, _ = frozen.handle("notification.compare_demand", demanded_material=material, demanded_by="sun")
        assert found["demanded_by"] == "sun"
        return str(found["demand_status"])

    assert status("户口簿") == "on_list"
    assert status("　户 口簿 ") == "on_list"
    assert status("房产证") == "not_on_list"


def test_before_the_notice_there_is_no_list(desk: Desk) -> None:
    found, _ = desk.handle("notification.compare_demand", demanded_material="房产证", demanded_by=None)
    assert found == {"demand_status": "no_list", "demanded_by": "wang"}


def test_a_breach_is_entered_unverified_and_told_to_the_director(frozen: Desk) -> None:
    frozen.handle(
        "notification.record_breach", demanded_material="房产证", demanded_by="sun", demand_text="窗口要求",
        reason_claimed="none",
    )  # fmt: skip
    assert frozen.register("notification_breach") == [
        {
            "material": "房产证",
            "clerk": "孙伟",
            "at": frozen.now.isoformat(),
            "status": "unverified",
            "reason_claimed": "none",
            "text": "窗口要求",
        }
    ]
    assert "notification_breach" in frozen.case["flags"]
    assert set(frozen.told("breach")) == {"zhao"}


def test_an_approved_amendment_is_on_the_list_from_then_on(frozen: Desk) -> None:
    before = frozen.case["fields"]["frozen_hash"]
    found, _ = frozen.handle(
        "notification.amend_list", demanded_material="房产证", demand_reason="law_changed", approved_by="zhao"
    )
    assert found["frozen_hash"] != before
    compared, _ = frozen.handle("notification.compare_demand", demanded_material="房产证", demanded_by="sun")
    assert compared["demand_status"] == "on_list"
    entries = frozen.register("FM03")
    assert len(entries) == 1  # continued, not begun anew
    amendment = entries[0]["amendments"][0]
    assert (amendment["reason"], amendment["approved_by"]) == ("law_changed", "赵主任")
    assert [made["form"] for made in documents.documents_of(frozen.uow, frozen.org_id, frozen.case_id)] == ["FM03"]
