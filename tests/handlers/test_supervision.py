"""督办: the card, its unit, its closing."""

from __future__ import annotations

import pytest

from office import documents, supervision
from tests.handlers.desk import Desk, refusal


def test_a_card_is_numbered_printed_and_sent_to_the_head(desk: Desk) -> None:
    desk.handle("petition.number")
    found, _ = desk.handle(
        "supervision.open_card", actor=None, source="ladder", unit="water", reason="“三日内”逾期未办结。", text=None,
        due=None,
    )  # fmt: skip
    assert found == {"card_no": "督办〔2026〕1号", "supervised_unit": "water", "next_date": None}
    card = supervision.cards_of(desk.uow, desk.org_id, desk.case_id)[0]
    assert (card["cause"], card["unit_id"], card["opinion"]) == ("overdue", "water", "“三日内”逾期未办结。")
    assert [entry["card_no"] for entry in desk.register("FM22")] == ["督办〔2026〕1号"]
    assert [made["form"] for made in documents.documents_of(desk.uow, desk.org_id, desk.case_id)] == ["FM22"]
    assert set(desk.told("supervision")) == {"qian"}


def test_the_leaders_words_and_date_are_on_the_card(desk: Desk) -> None:
    found, _ = desk.handle(
        "supervision.open_card", actor="kang", source="instruction", unit=None, reason="领导签批", text="十日内办结",
        due="2026-12-05",
    )  # fmt: skip
    assert found["next_date"] == "2026-12-05"
    card = supervision.cards_of(desk.uow, desk.org_id, desk.case_id)[0]
    assert (card["cause"], card["leader_id"], card["opinion"]) == ("instruction", "kang", "十日内办结")
    assert str(card["due_on"]) == "2026-12-05"
    assert desk.register("FM22")[0]["leader"] == "康书记"


def test_without_a_unit_it_is_the_handling_unit_and_never_an_accused_one(desk: Desk) -> None:
    desk.handle("petition.number")
    assert desk.handle("supervision.open_card", source="manual")[0]["supervised_unit"] == "hall"
    desk.done("CompleteRegistration", accused_units=["water"])
    found, _ = desk.handle("supervision.open_card", source="ladder", unit="water", reason="逾期")
    assert found["supervised_unit"] != "water"
    assert {"sun", "qian"}.isdisjoint(desk.told("supervision"))


def test_the_card_is_closed_with_its_result_once(desk: Desk) -> None:
    card_no = desk.handle("supervision.open_card", source="manual", unit="water", reason="请督办")[0]["card_no"]
    desk.later(days=2)
    desk.handle("supervision.close_card", card_no=card_no, finding="done", findings="沟已清理")
    closed = desk.now
    desk.later(days=1)
    desk.handle("supervision.close_card", card_no=card_no, finding="return", findings="又查")
    card = supervision.cards_of(desk.uow, desk.org_id, desk.case_id)[0]
    assert (card["result"], card["closed_at"]) == ("已办结：沟已清理", closed)
    entries = desk.register("FM22")
    assert len(entries) == 1
    assert entries[0]["result"] == "已办结：沟已清理"


@pytest.mark.parametrize("next_date", [None, "", "2026-11-25"])
def test_who_goes_on_names_a_day_to_come(desk: Desk, next_date: str | None) -> None:
    with refusal("supervision.date_past"):
        desk.check("supervision.finding", finding="continue", next_date=next_date)


def test_today_is_early_enough_and_other_findings_need_no_day(desk: Desk) -> None:
    desk.check("supervision.finding", finding="continue", next_date="2026-11-26")
    desk.check("supervision.finding", finding="done")
