"""Urging and supervising (R57, R58, A54)."""

from __future__ import annotations

from datetime import date

import pytest

from office import cases, notices, people, registers, supervision
from office.access import viewer_of
from storage.errors import Conflict, Refusal


def _urge(uow, desk, case_id, method="phone", **more):
    return supervision.urge(uow, desk.org, case_id, method=method, text="请尽快答复", now=desk.now, by="chen", **more)


def test_a_manual_urging_is_number_one_and_the_automatic_one_two(desk):
    with desk.store.begin() as uow:
        people.change_unit(uow, desk.org, "unit_b", parent_id="leaders")
        case_id = desk.open(uow, handling_unit="unit_b")
        assert _urge(uow, desk, case_id) == 1
        assert _urge(uow, desk, case_id, "system", deadline_id="D1") == 2
        assert _urge(uow, desk, case_id, "system", deadline_id="D1") == 2  # once a deadline
        assert _urge(uow, desk, case_id, "system", deadline_id="D2") == 3
        told = supervision.urgings_of(uow, desk.org, case_id)
        assert [(item["number"], item["person_id"], item["copied_to"]) for item in told] == [
            (1, "kang", None),
            (2, "kang", "boss"),
            (3, "kang", "boss"),
        ]
        assert told[1]["method_text"] == "系统自动催办"
        assert len(notices.notices_of(uow, viewer_of(uow, desk.org, "kang"))) == 3
        (copy, _) = notices.notices_of(uow, viewer_of(uow, desk.org, "boss"))
        assert "抄送" in copy["text"] and copy["link"] == f"/cases/{case_id}"


def test_urging_needs_words_and_an_open_case(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, kind="suggestion")
        for more, code in (({"method": "fax"}, "urging.bad_method"),):
            with pytest.raises(Refusal) as refused:
                _urge(uow, desk, case_id, **more)
            assert refused.value.code == code
        with pytest.raises(Refusal) as refused:
            supervision.urge(uow, desk.org, case_id, method="phone", text=" ", now=desk.now, by="chen")
        assert refused.value.code == "urging.no_text"
        cases.set_state(uow, desk.org, case_id, "closed", now=desk.now)
        with pytest.raises(Refusal) as refused:  # A50: no urging possible after forwarding
            _urge(uow, desk, case_id)
        assert refused.value.code == "urging.closed"


def test_an_urging_is_answered_once(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, handling_unit="unit_b")
        _urge(uow, desk, case_id)
        answer = {"answer": "周五前办结", "now": desk.now, "by": "kang", "new_date": date(2026, 11, 27)}
        supervision.answer_urging(uow, desk.org, case_id, 1, **answer)
        with pytest.raises(Conflict):
            supervision.answer_urging(uow, desk.org, case_id, 1, **answer)
        (told,) = supervision.urgings_of(uow, desk.org, case_id)
        assert (told["answer"], told["new_date"]) == ("周五前办结", date(2026, 11, 27))


def test_a_card_is_numbered_registered_and_closed(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, handling_unit="unit_b")
        card = {"opinion": "限期办结", "now": desk.now, "by": "chen"}
        first = supervision.open_card(uow, desk.org, case_id, cause="overdue", due_on=date(2026, 12, 4), **card)
        second = supervision.open_card(uow, desk.org, case_id, cause="instruction", leader_id="boss", **card)
        assert (first, second) == ("督办〔2026〕1号", "督办〔2026〕2号")
        supervision.close_card(uow, desk.org, first, result="已办结", now=desk.now, by="chen")
        supervision.close_card(uow, desk.org, first, result="再写", now=desk.now, by="chen")
        cards = supervision.cards_of(uow, desk.org, case_id)
        assert [(item["card_no"], item["result"]) for item in cards] == [(first, "已办结"), (second, None)]
        entries = {
            entry["fields"]["card_no"]: entry["fields"] for entry in registers.entries_of_case(uow, desk.org, case_id)
        }
        assert entries[first]["result"] == "已办结" and entries[first]["due"] == "2026-12-04"
        assert "result" not in entries[second] and entries[second]["leader"] == "郑国栋"
        assert [item["kind"] for item in notices.notices_of(uow, viewer_of(uow, desk.org, "kang"))] == [
            "supervision",
            "supervision",
        ]


def test_an_accused_unit_is_not_given_a_card(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, kind="accusation", accused="unit_b")
        with pytest.raises(Refusal) as refused:
            supervision.open_card(
                uow, desk.org, case_id, cause="manual", opinion="办", unit_id="unit_b", now=desk.now, by="chen"
            )
        assert refused.value.code == "transfer.accused"
