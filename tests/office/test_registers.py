"""Registers: append-only, numbered, continued by later steps, corrected by new entries; masked in lists."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from office import access, registers
from office.register_catalogue import REGISTERS
from storage.errors import NotFound, Refusal
from storage.tables.office import register_entry


def _add(uow, desk, register="FM01", case_id=None, **fields):
    return registers.add_entry(uow, desk.org, register, fields, case_id=case_id, at=desk.now, by="wang")


def test_the_catalogue_is_whole():
    numbers = {int(code[2:].rstrip("abcdef")) for code in REGISTERS if code.startswith("FM")}
    assert numbers == set(range(1, 49))
    assert {code for code in REGISTERS if not code.startswith("FM")} == {
        "notification_breach",
        "document_service",
        "post_handover",
    }
    assert {code for code in REGISTERS if code.startswith("FM18")} == {f"FM18{letter}" for letter in "abcdef"}
    assert all(item.name and item.columns for item in REGISTERS.values())
    columns = list(dict.fromkeys(REGISTERS["FM18a"].columns.values()))
    assert columns[8:] == ["书面材料"]  # after the eight of the seed


def test_later_steps_continue_the_entry_and_nothing_is_overwritten(desk):
    with desk.store.begin() as uow:
        case_id, other = desk.open(uow), desk.open(uow)
        assert _add(uow, desk, case_id=case_id, matter="问路", branch="") == 1
        assert _add(uow, desk, case_id=other, matter="别的") == 2
        seq = registers.continue_entry(
            uow, desk.org, "FM01", {"branch": "a", "matter": ""}, case_id=case_id, at=desk.now, by="li"
        )
        assert seq == 1
        (entry,) = registers.entries_of_case(uow, desk.org, case_id)
        assert entry["fields"] == {"matter": "问路", "branch": "a"}
        rows = uow.conn.execute(
            select(register_entry.c.fields).where(register_entry.c.case_id == case_id).order_by(register_entry.c.part)
        ).all()
        assert [row.fields for row in rows] == [{"matter": "问路", "branch": ""}, {"matter": "问路", "branch": "a"}]
        assert registers.counts(uow, access.viewer_of(uow, desk.org, "chen")) == {"FM01": 2}


def test_a_correction_is_a_new_entry_with_reason(desk):
    with desk.store.begin() as uow:
        _add(uow, desk, matter="错字", person="甲")
        with pytest.raises(Refusal) as refused:
            registers.correct(uow, desk.org, "FM01", 1, {"matter": "对"}, reason=" ", at=desk.now, by="wang")
        assert refused.value.code == "register.no_reason"
        assert registers.correct(uow, desk.org, "FM01", 1, {"matter": "对"}, reason="笔误", at=desk.now, by="wang") == 2
        with pytest.raises(Refusal) as refused:
            registers.correct(uow, desk.org, "FM01", 1, {"matter": "又"}, reason="笔误", at=desk.now, by="wang")
        assert refused.value.code == "register.corrected"
        total, shown = registers.entries(uow, access.viewer_of(uow, desk.org, "wang"), "FM01")
        assert total == 2
        assert [(entry["seq"], entry["corrects"], entry["fields"]["person"]) for entry in shown] == [
            (2, 1, "甲"),
            (1, None, "甲"),
        ]
        with pytest.raises(NotFound):
            registers.correct(uow, desk.org, "FM01", 9, {}, reason="无", at=desk.now, by="wang")
        with pytest.raises(NotFound):
            _add(uow, desk, "FM99")


def test_lists_hide_sensitive_fields_masked_cases_and_the_accused(desk):
    with desk.store.begin() as uow:
        plain = desk.open(uow)
        secret = desk.open(uow, kind="accusation", accused="unit_b")
        _add(uow, desk, "FM18a", plain, matter="水渠", political_status="群众", petitioner_id_no="110")
        _add(uow, desk, "FM18a", secret, matter="举报乙局")
        lin, li = (access.viewer_of(uow, desk.org, user) for user in ("lin", "li"))
        total, shown = registers.entries(uow, lin, "FM18a")
        assert total == 2
        assert shown[0]["fields"] == {"matter": access.MASK}
        assert shown[1]["fields"] == {"matter": "水渠"}
        assert registers.entries(uow, li, "FM18a") == (0, [])
        assert registers.entries(uow, lin, "FM18a", query="举报")[0] == 0
        assert registers.entries(uow, lin, "FM18a", query="水渠")[0] == 1
        assert registers.entries(uow, lin, "FM18a", offset=1, limit=1)[1][0]["seq"] == 1


def test_only_what_the_lists_show_is_counted(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, kind="accusation", accused="康明")
        registers.add_entry(uow, desk.org, "FM01", {"name": "甲"}, case_id=case_id, at=desk.now, by="wang")
        registers.add_entry(uow, desk.org, "FM01", {"name": "乙"}, case_id=None, at=desk.now, by="wang")
        told = {user: registers.counts(uow, access.viewer_of(uow, desk.org, user)) for user in ("chen", "kang", "li")}
        assert told == {"chen": {"FM01": 2}, "kang": {"FM01": 1}, "li": {"FM01": 1}}
