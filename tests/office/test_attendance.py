"""签到册 (FM09, R16): signed in person, once in, the last time out; who was late, early or absent follows from it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from office import absences, access, attendance, registers
from storage.clock import local
from storage.errors import BanjieError, Forbidden

DAY = date(2026, 11, 26)  # a Thursday


def _at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return local(datetime(day.year, day.month, day.day, hour, minute))


def _sheet(desk, day: date, now: datetime) -> dict[str, tuple[str, bool, bool]]:
    with desk.store.begin() as uow:
        told = attendance.sheet(uow, desk.org, day, now=now)
    return {one["user_id"]: (one["state"], one["late"], one["early"]) for one in told["rows"]}


def _sign(desk, user: str, way: attendance.Way, now: datetime) -> str | None:
    try:
        with desk.store.begin() as uow:
            attendance.sign(uow, desk.org, user, way, now=now)
    except BanjieError as error:
        return error.code
    return None


def test_a_day_in_the_book(desk):
    """Opens 08:30, closes 17:30: the minute of opening is in time; who signs out twice left the second time."""
    assert _sign(desk, "wang", "out", _at(8)) == "attendance.not_in"
    assert _sheet(desk, DAY, _at(18))["zhou"] == ("due", False, False), "no book was kept so far"
    for user, hour, minute in (("wang", 8, 30), ("lin", 8, 31), ("kang", 8, 0)):
        assert _sign(desk, user, "in", _at(hour, minute)) is None
    assert _sign(desk, "wang", "in", _at(9)) == "attendance.signed_in"
    assert _sign(desk, "wang", "out", _at(12)) is None and _sign(desk, "wang", "out", _at(17, 30)) is None
    assert _sign(desk, "lin", "out", _at(17, 29)) is None
    now = _at(17, 29)
    assert _sheet(desk, DAY, now)["zhou"] == ("due", False, False)
    told = _sheet(desk, DAY, _at(17, 30))
    assert told["wang"] == ("out", False, False) and told["lin"] == ("out", True, True)
    assert told["kang"] == ("in", False, False) and told["zhou"] == ("absent", False, False)
    assert _sheet(desk, DAY, _at(0, day=date(2026, 11, 27)))["kang"] == ("no_out", False, False)


def test_what_a_leave_or_an_absence_covers_is_no_fault(desk):
    """周颖 is away all day, 李想 in the morning until the break, 林海 from 15:00."""
    with desk.store.begin() as uow:
        for user, since, until in (("zhou", 8, 18), ("li", 8, 12), ("lin", 15, 18)):
            absences.add_absence(uow, desk.org, user, _at(since), _at(until), "看病", now=_at(7), by="chen")
    assert _sign(desk, "zhou", "in", _at(9)) == "attendance.away"
    assert _sign(desk, "li", "in", _at(14)) is None
    assert _sign(desk, "lin", "in", _at(8)) is None and _sign(desk, "lin", "out", _at(15)) is None
    told = _sheet(desk, DAY, _at(18))
    assert told["zhou"] == ("away", False, False)
    assert told["li"] == ("in", False, False) and told["lin"] == ("out", False, False)


def test_on_a_day_of_rest_only_who_signed_is_listed(desk):
    saturday = date(2026, 11, 28)
    assert _sheet(desk, saturday, _at(10, day=saturday)) == {}
    assert _sign(desk, "wang", "in", _at(10, day=saturday)) is None
    assert _sheet(desk, saturday, _at(20, day=saturday)) == {"wang": ("in", False, False)}


def test_the_register_has_it_and_is_corrected_by_its_keeper_alone(desk):
    _sign(desk, "wang", "in", _at(8))
    _sign(desk, "wang", "out", _at(17, 30))
    with desk.store.begin() as uow:
        seen = access.viewer_of(uow, desk.org, "wang")
        total, (entry,) = registers.entries(uow, seen, "FM09")
        fields = entry["fields"]
        assert total == 1 and (fields["person"], fields["signer"], fields["date"]) == ("王小华", "王小华", "2026-11-26")
        assert (fields["in"], fields["out"]) == (_at(8).isoformat(), _at(17, 30).isoformat())
        with pytest.raises(Forbidden):
            registers.correctable(uow, seen, "FM09", entry["seq"])
        keeper = access.viewer_of(uow, desk.org, "chen")
        assert registers.correctable(uow, keeper, "FM09", entry["seq"]) == fields


def test_a_stand_in_of_an_absence_entered_by_hand_is_here_and_is_told(desk):
    def enter(stand_in: str, hours: int = 1) -> str | None:
        try:
            with desk.store.begin() as uow:
                since = _at(10)
                absence_id = absences.add_absence(
                    uow, desk.org, "li", since, since + timedelta(hours=hours), "急病", now=_at(9), by="chen",
                    stand_in_id=stand_in,
                )  # fmt: skip
                absences.tell_stand_in(uow, desk.org, absence_id, now=_at(9))
        except BanjieError as error:
            return error.code
        return None

    with desk.store.begin() as uow:
        absences.add_absence(uow, desk.org, "zhou", _at(10), _at(11), "看病", now=_at(9), by="chen")
    assert [enter("li"), enter("zhou"), enter("nobody")] == [
        "leave.substitute_self", "leave.substitute_away", "user.unknown",
    ]  # fmt: skip
    assert enter("kang") is None
    with desk.store.begin(write=False) as uow:
        (told,) = absences.absences(uow, desk.org, now=_at(10, 30), user_id="li")
        assert (told["state"], told["stand_in"]) == ("away", "康明")
