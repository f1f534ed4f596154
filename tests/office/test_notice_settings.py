"""How people wish to be told: kinds and channels, quiet hours that hold nothing statutory, one digest a day."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import digest, mail
from office import cases, notice_settings, notices, people
from office.access import viewer_of
from office.notice_kinds import CLASSES, class_of
from office.notice_settings import Wishes, next_at
from storage.clock import TZ
from storage.database import Store
from storage.errors import Refusal
from storage.tables import metadata

ROOT = Path(__file__).parents[2]
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(TZ))
LIMIT, TALK = class_of("reminder"), class_of("comment")


# ---------------------------------------------------------------- kinds


def test_every_kind_that_is_told_has_a_class() -> None:
    """A call that tells names its kind in text: `kind="..."` after `tell(` or `tell_all(`."""
    told = set()
    for folder in ("office", "handlers", "web"):
        for path in (ROOT / folder).rglob("*.py"):
            for call in re.finditer(r"\btell(?:_all)?\(", path.read_text("utf-8")):
                rest = path.read_text("utf-8")[call.end() : call.end() + 500]
                if (found := re.search(r'\bkind=f?"([\w]+)', rest)) is not None:
                    told.add(found[1])
    assert len(told) > 15
    kinds = [kind for one in CLASSES for kind in one.kinds]
    assert len(kinds) == len(set(kinds))
    assert told <= set(kinds)


def test_what_has_a_limit_is_at_once_and_so_is_what_nobody_has_named() -> None:
    assert {one.key for one in CLASSES if one.at_once} == {"limit", "account", "watch"}
    assert class_of("something_new").at_once
    assert class_of("reception/unit_b").key == "visit"


# ---------------------------------------------------------------- quiet hours


@given(CLOCKS, CLOCKS, INSTANTS)
def test_quiet_hours_end_within_a_day_and_hold_nothing_statutory(begin: str, end: str, now: datetime) -> None:
    wishes = Wishes(quiet_from=begin, quiet_to=end)
    assert wishes.held_until(LIMIT, now) is None
    if begin == end:
        return
    until = wishes.held_until(TALK, now)
    if until is not None:
        assert now < until <= now + timedelta(days=1)
        assert f"{until:%H:%M:%S}" == f"{end}:00"
        assert wishes.held_until(TALK, until) is None
    assert wishes.held_until(TALK, next_at(begin, now)) is not None


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-26T20:59:59", None),
        ("2026-11-26T21:00:00", "2026-11-27T07:00:00"),
        ("2026-11-27T00:00:00", "2026-11-27T07:00:00"),
        ("2026-11-27T06:59:59", "2026-11-27T07:00:00"),
        ("2026-11-27T07:00:00", None),
    ],
)
def test_quiet_hours_over_midnight(at: str, until: str | None) -> None:
    held = Wishes(quiet_from="21:00", quiet_to="07:00").held_until(TALK, datetime.fromisoformat(at).replace(tzinfo=TZ))
    assert held == (datetime.fromisoformat(until).replace(tzinfo=TZ) if until else None)


# ---------------------------------------------------------------- what goes out


def _wish(uow, desk, user="li", **wanted):
    people.change_user(uow, desk.org, user, email=f"{user}@example.org")
    notice_settings.save(uow, desk.org, user, Wishes(**wanted), now=desk.now, known=())


def _tell(uow, desk, kind, key, user="li", **more):
    assert notices.tell(uow, desk.org, user, f"《村口水渠》赵大山：{key}", kind=kind, key=key, now=desk.now, **more)


def _sent(desk) -> list[tuple[str, str]]:
    gone: list[tuple[str, str]] = []
    mail.send_waiting(desk.store, desk.clock, sender=lambda _to, subject, body, **_: gone.append((subject, body)))
    return gone


def test_a_kind_goes_by_the_channels_that_were_chosen(desk):
    with desk.store.begin() as uow:
        _wish(uow, desk, channels={"talk": ["inside"], "given": ["mail"], "limit": []})
        _tell(uow, desk, "comment", "a")
        _tell(uow, desk, "transferred", "b")
        _tell(uow, desk, "urging", "c")
        unread = notices.notices_of(uow, viewer_of(uow, desk.org, "li"), unread=True)
        assert {one["kind"] for one in unread} == {"comment", "urging"}, "what is statutory cannot be switched off"
        assert len(notices.notices_of(uow, viewer_of(uow, desk.org, "li"))) == 3, "all stay in the list"
    assert [subject.partition("：")[2] for subject, _ in _sent(desk)] == ["交办、转办与退回", "时限与催办"]


def test_what_goes_out_has_number_step_and_due_date_and_nothing_of_the_matter(desk, monkeypatch):
    monkeypatch.setenv("BANJIE_PUBLIC_URL", "https://banjie.example.cn/")
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        _wish(uow, desk)
        due = datetime(2026, 12, 1, 17, 30, tzinfo=TZ)
        _tell(uow, desk, "reminder", "a", case_id=case_id, step="提出办理意见", due_at=due)
    ((subject, body),) = _sent(desk)
    assert subject == "办结提醒：时限与催办"
    assert body == (
        "时限与催办：FWZX-2026-V-0001，步骤“提出办理意见”，2026-12-01 17:30到期。\n"
        f"https://banjie.example.cn/cases/{case_id}"
    )


def test_quiet_hours_hold_mail_and_a_statutory_one_goes_at_once(desk):
    desk.clock.set(datetime(2026, 11, 26, 22, 0))
    with desk.store.begin() as uow:
        _wish(uow, desk, quiet_from="21:00", quiet_to="07:00")
        _tell(uow, desk, "comment", "a")
        _tell(uow, desk, "urging", "b")
    assert [subject for subject, _ in _sent(desk)] == ["办结提醒：时限与催办"]
    desk.clock.set(datetime(2026, 11, 27, 6, 59, 59))
    assert _sent(desk) == []
    desk.clock.set(datetime(2026, 11, 27, 7, 0))
    assert [subject for subject, _ in _sent(desk)] == ["办结提醒：抄送与讨论"]


def test_what_was_held_does_not_go_to_who_is_accused_by_then(desk):
    desk.clock.set(datetime(2026, 11, 26, 22, 0))
    with desk.store.begin() as uow:
        case_id = desk.open(uow, handling_unit="unit_b")
        _wish(uow, desk, quiet_from="21:00", quiet_to="07:00")
        _wish(uow, desk, "kang", digest=True, digest_at="08:00")
        for user in ("li", "kang"):
            _tell(uow, desk, "comment", "a", user, case_id=case_id)
        cases.apply_answers(uow, desk.org, case_id, {"accused_units": "乙局"}, actor="wang", now=desk.now, name="补充")
    desk.clock.set(datetime(2026, 11, 27, 8, 0))
    assert (digest.send_due(desk.store, desk.clock), _sent(desk)) == (0, [])


# ---------------------------------------------------------------- the digest


def test_a_digest_is_one_mail_a_day_of_what_is_not_statutory(desk):
    desk.clock.set(datetime(2026, 11, 26, 9, 0))
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        _wish(uow, desk, digest=True, digest_at="17:00")
        _tell(uow, desk, "comment", "a", case_id=case_id)
        _tell(uow, desk, "transferred", "b", case_id=case_id, step="办理")
        _tell(uow, desk, "urging", "c", case_id=case_id)
    assert [subject for subject, _ in _sent(desk)] == ["办结提醒：时限与催办"]
    desk.clock.set(datetime(2026, 11, 26, 16, 59, 59))
    assert digest.send_due(desk.store, desk.clock) == 0
    desk.clock.set(datetime(2026, 11, 26, 17, 0))
    assert digest.send_due(desk.store, desk.clock) == 1
    assert digest.send_due(desk.store, desk.clock) == 0
    ((subject, body),) = _sent(desk)
    assert subject == "办结提醒：每日汇总（2条）"
    assert body.splitlines()[1:3] == [
        "抄送与讨论：FWZX-2026-V-0001。", "交办、转办与退回：FWZX-2026-V-0001，步骤“办理”。",
    ]  # fmt: skip
    desk.clock.set(datetime(2026, 11, 27, 17, 0))
    assert (digest.send_due(desk.store, desk.clock), _sent(desk)) == (0, []), "nothing to say: no message"
    with desk.store.begin() as uow:
        _tell(uow, desk, "comment", "d")
        _wish(uow, desk)
    assert digest.send_due(desk.store, desk.clock) == 1, "what waits goes when no digest is wanted any more"
    with desk.store.begin() as uow:
        _tell(uow, desk, "comment", "e")
    assert [subject for subject, _ in _sent(desk)] == ["办结提醒：每日汇总（1条）", "办结提醒：抄送与讨论"]


def test_of_two_nodes_one_sends_the_digest(desk):
    """On PostgreSQL the other finds the row locked and does not wait; on SQLite it finds the digest sent."""
    with desk.store.begin() as uow:
        _wish(uow, desk, digest=True, digest_at="17:00")
        _tell(uow, desk, "comment", "a")
    desk.clock.advance(days=1)
    other = Store(desk.store.url.render_as_string(hide_password=False))
    try:
        if desk.store.dialect == "postgresql":
            with other.begin() as uow:
                from office.digest import claim

                assert claim(uow, desk.org, "li", desk.now) is not None
                assert digest.send_due(desk.store, desk.clock) == 0
        assert digest.send_due(other, desk.clock) + digest.send_due(desk.store, desk.clock) == 1
    finally:
        other.close()
    assert len(_sent(desk)) == 1


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"channels": {"talk": ["telegraph"]}}, "channel"),
        ({"channels": {"gossip": ["mail"]}}, "channel"),
        ({"quiet_from": "21:00"}, "quiet"),
        ({"quiet_from": "21:00", "quiet_to": "21:00"}, "quiet"),
        ({"quiet_from": "24:00", "quiet_to": "07:00"}, "time"),
        ({"digest": True, "digest_at": "5pm"}, "time"),
        ({"digest": True, "digest_at": "22:00", "quiet_from": "21:00", "quiet_to": "07:00"}, "digest_quiet"),
    ],
)
def test_wishes_that_cannot_be(wanted, code):
    with pytest.raises(Refusal) as caught:
        notice_settings._check(Wishes(**wanted), frozenset(("inside", "mail")))
    assert caught.value.code == f"notice_settings.{code}"


def test_every_table_that_waits_with_a_case_goes_with_it():
    """Rows of a case are found by `case_id` when it is destroyed."""
    assert {"mail", "digest_line"} <= {table.name for table in metadata.sorted_tables if "case_id" in table.c}
