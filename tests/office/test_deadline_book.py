"""The deadline book: armed, closed, extended, recomputed when a calendar is loaded, and always explained."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from office import deadline_book, deadline_pages, deadline_stops, organisations
from office.calendar_table import YearTable
from storage.clock import TZ
from storage.errors import Conflict, NotFound, Refusal


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


def _arm(uow, desk, code, start, **more):
    return deadline_book.arm(uow, desk.org, more.pop("case_id", None), code, start=_at(start), now=desk.now, **more)


def test_a27_three_days(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        plan = _arm(uow, desk, "R39.reply", "2026-11-26T10:00", case_id=case_id)
        assert plan.code == "R39.reply"
        assert plan.instants == (
            ("E0", _at("2026-11-27T09:00")),
            ("E1", _at("2026-12-01T00:00:00")),
            ("E2", _at("2026-12-03T09:00")),
            ("E3", _at("2026-12-09T09:00")),
        )
        assert plan.expires_at == _at("2026-12-01T00:00:00")
        (shown,) = deadline_pages.deadlines_of(uow, desk.org, case_id, now=_at("2026-11-30T23:59:59"))
        assert (shown["light"], shown["due_text"]) == ("yellow", "今天到期")
        assert any("顺延" in line for line in shown["explanation"])
        assert deadline_book.close(uow, desk.org, plan.ref, now=_at("2026-11-30T23:59:59")) == "closed_on_time"
        assert deadline_book.close(uow, desk.org, plan.ref, now=_at("2026-12-09T09:00")) == "closed_on_time"
        late = _arm(uow, desk, "R39.reply", "2026-11-26T10:00", case_id=case_id)
        assert deadline_book.close(uow, desk.org, late.ref, now=_at("2026-12-01T00:00:00")) == "closed_late"
        gone = _arm(uow, desk, "R39.reply", "2026-11-26T10:00", case_id=case_id)
        assert deadline_book.close(uow, desk.org, gone.ref, now=desk.now, cancelled=True) == "cancelled"
        lights = [item["light"] for item in deadline_pages.deadlines_of(uow, desk.org, case_id, now=desk.now)]
        assert sorted(lights) == ["cancelled", "closed_late", "closed_on_time"]


def test_only_a_light_without_ladder(desk):
    with desk.store.begin() as uow:
        plan = _arm(uow, desk, "R39.reply", "2026-11-26T10:00", ladder=False)
        assert plan.instants == ()
        assert deadline_book.current_plan(uow, desk.org, plan.ref) == plan


def test_an_amount_given_by_the_case_and_bad_amounts(desk):
    with desk.store.begin() as uow:
        plan = _arm(uow, desk, "R59.return", "2026-11-27T15:00", n=10, unit="d")
        assert plan.due_at == _at("2026-12-07T23:59:59")  # A55
        assert plan.yellow_at == _at("2026-12-04T09:00")
        with pytest.raises(Refusal) as refused:
            _arm(uow, desk, "R59.return", "2026-11-27T15:00", n=10, unit="fortnight")
        assert refused.value.code == "deadline.bad_unit"
        with pytest.raises(Refusal):
            _arm(uow, desk, "R59.return", "2026-11-27T15:00", n=10, unit="d", mode="sometimes")
        with pytest.raises(Refusal) as refused:
            _arm(uow, desk, "R59.return", "2026-11-27T15:00", n=0, unit="sameday", mode="session")
        assert refused.value.code == "deadline.no_instant"
        with pytest.raises(NotFound):
            deadline_book.close(uow, desk.org, "nothing", now=desk.now)


def test_a79_sixty_days_and_one_extension(desk):
    with desk.store.begin() as uow:
        plan = _arm(uow, desk, "L12", "2026-08-06T09:00", appeal_claim=True)
        assert (plan.due_at, plan.yellow_at) == (_at("2026-10-08T23:59:59"), _at("2026-09-28T09:00"))
        assert deadline_book.extension_limit(uow, desk.org, plan.ref) == 30

        def extend(days):
            approved = _at("2026-10-08T10:00")
            return deadline_book.extend(uow, desk.org, plan.ref, days, reason="案情复杂", by="boss", now=approved)

        with pytest.raises(Refusal) as refused:
            extend(31)
        assert refused.value.code == "extension.too_long"
        new = extend(30)
        assert (new.ref, new.due_at, new.yellow_at) == (plan.ref, _at("2026-11-04T23:59:59"), _at("2026-10-23T09:00"))
        with pytest.raises(Refusal) as refused:
            extend(1)
        assert refused.value.code == "extension.used"
        assert deadline_book.extension_limit(uow, desk.org, plan.ref) == 0
        acts = [(item["act"], item["by"], item["reason"]) for item in deadline_pages.log_of(uow, desk.org, plan.ref)]
        assert acts == [("armed", None, None), ("extended", "boss", "案情复杂")]
        assert any("经批准延期" in line for line in deadline_pages.explain(uow, desk.org, plan.ref))


def test_an_extension_comes_before_the_limit_is_over_and_not_after_closing(desk):
    with desk.store.begin() as uow:
        plan = _arm(uow, desk, "L12", "2026-08-06T09:00")
        with pytest.raises(Refusal):
            deadline_book.extend(uow, desk.org, plan.ref, 30, reason="晚了", by="boss", now=_at("2026-10-09T00:00:00"))
        deadline_book.close(uow, desk.org, plan.ref, now=_at("2026-09-01T10:00"))
        with pytest.raises(Conflict) as refused:
            deadline_book.extend(uow, desk.org, plan.ref, 30, reason="已办结", by="boss", now=_at("2026-09-02T10:00"))
        assert refused.value.code == "deadline.closed"


def test_the_ceiling_binds_an_appeal(desk):
    """3.4: the case's kind and acceptance are asked of the case itself."""
    with desk.store.begin() as uow:
        org = organisations.create_organisation(uow, "MZJ", "民政局", "civil_affairs", now=desk.now, overlay=True)
    with desk.store.begin() as uow:
        from office import cases

        desk.clock.set(_at("2026-08-06T09:00"))
        answers = {"channel": "V", "kind": "appeal_claim", "matter": "低保"}
        case_id = cases.open_case(uow, org, "petition_main", answers, actor=None, now=desk.now)
        for state in ("registered", "accepted"):
            cases.set_state(uow, org, case_id, state, now=desk.now)
        plan = deadline_book.arm(uow, org, case_id, "R40.handle", start=desk.now, now=desk.now)
        worked = deadline_book.worked_deadline(uow, org, plan.ref)
        assert worked.ceiling_applied and worked.profile_due_at == _at("2026-11-06T23:59:59")
        assert plan.due_at == _at("2026-10-08T23:59:59")
        assert deadline_book.extension_limit(uow, org, plan.ref) == 30


def test_a81_a_calendar_is_loaded(desk):
    with desk.store.begin() as uow:
        org = organisations.create_organisation(uow, "MZJ", "民政局", "civil_affairs", now=desk.now, overlay=False)

        def arm(code, start):
            return deadline_book.arm(uow, org, None, code, start=_at(start), now=desk.now)

        first, second = arm("L12", "2026-11-02T09:00"), arm("R40.handle", "2026-11-30T09:00")
        closed, early = arm("R40.handle", "2026-11-30T09:00"), arm("R40.reply", "2026-06-01T09:00")
        deadline_book.close(uow, org, closed.ref, now=_at("2026-12-01T09:00"))
        assert (first.due_at, second.due_at) == (_at("2027-01-04T23:59:59"), _at("2027-03-01T23:59:59"))
        before = deadline_book.get_deadline(uow, org, closed.ref)
        assert all(deadline_book.get_deadline(uow, org, plan.ref).provisional for plan in (first, second))

    holidays = {date(2027, 1, day): "元旦" for day in (1, 2, 3)}
    table = YearTable(2027, holidays, {date(2027, 2, 28): "春节"}, "测试")
    with desk.store.begin() as uow:
        changes = {
            change.deadline_id: change for change in deadline_book.load_year(uow, org, table, now=desk.now, by="x")
        }
        assert set(changes) == {first.ref, second.ref}
        moved = changes[second.ref].plan
        assert moved is not None and moved.due_at == _at("2027-02-28T23:59:59")
        assert changes[second.ref].old["due_at"] != changes[second.ref].new["due_at"]
        rows = {ref: deadline_book.get_deadline(uow, org, ref) for ref in (first.ref, second.ref, early.ref)}
        assert rows[first.ref].due_at == _at("2027-01-04T23:59:59")
        assert not any(row.provisional for row in rows.values())
        assert deadline_book.get_deadline(uow, org, closed.ref) == before
        (recomputed,) = [x for x in deadline_pages.log_of(uow, org, second.ref) if x["act"] == "recomputed"]
        assert recomputed["old"]["due_at"].startswith("2027-03-01")
        assert recomputed["new"]["due_at"].startswith("2027-02-28")
        assert deadline_book.load_year(uow, org, table, now=desk.now, by="x") == []  # nothing moves twice


def test_a_day_of_our_own_moves_only_this_organisation(desk):
    with desk.store.begin() as uow:
        plan = _arm(uow, desk, "R39.reply", "2026-11-26T10:00")  # due Mon 11-30
        (change,) = deadline_book.set_day(uow, desk.org, date(2026, 11, 30), False, "停电检修", now=desk.now, by="boss")
        assert change.deadline_id == plan.ref
        assert change.plan is not None and change.plan.due_at == _at("2026-12-01T23:59:59")
        assert organisations.overrides_of(uow, desk.org, 2026) == [
            {"day": date(2026, 11, 30), "working": False, "reason": "停电检修"}
        ]
        (back,) = deadline_book.set_day(uow, desk.org, date(2026, 11, 30), None, "来电", now=desk.now, by="boss")
        assert back.plan is not None and back.plan.due_at == plan.due_at


def test_a_hearing_stops_the_clock_of_the_final_review(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        plan = _arm(uow, desk, "L16.opinion", "2026-11-02T09:00", case_id=case_id)
        still = _stop(uow, desk, plan.ref, "2026-11-09T09:00")
        assert still.stopped and deadline_book.current_plan(uow, desk.org, plan.ref) == still
        (shown,) = deadline_pages.deadlines_of(uow, desk.org, case_id, now=_at("2026-12-20T09:00"))
        assert (shown["light"], shown["due_text"]) == ("paused", "停止计时（听证）")
        assert shown["stop"]["basis"] == "《信访工作条例》第三十六条"
        new = deadline_stops.resume(uow, desk.org, plan.ref, now=_at("2026-11-16T17:00"), by="boss")
        assert new is not None and not new.stopped and (new.due_at - plan.due_at).days == 8
        _stop(uow, desk, plan.ref, "2026-11-16T18:00")
        again = deadline_stops.resume(uow, desk.org, plan.ref, now=_at("2026-11-17T09:00"), by="boss")
        assert again is not None and (again.due_at - new.due_at).days == 1, (
            "the 16th, which both stops share, counts once"
        )


def test_what_no_law_stops_and_what_is_over(desk):
    with desk.store.begin() as uow:
        final = _arm(uow, desk, "L16.opinion", "2026-11-02T09:00")
        reply = _arm(uow, desk, "R39.reply", "2026-11-26T10:00")
        service = _arm(uow, desk, "R03.limit", "2026-11-26T10:00", n=20, unit="wd")
        for ref, cause, more, code, says in (
            (reply.ref, "hearing", {}, "stop.cause", "法律没有规定"),
            (
                final.ref,
                "appraisal",
                {},
                "stop.cause",
                "按《信访工作条例》第三十六条，“自收到复核请求之日起30日内”只因听证停止计时",
            ),
            (final.ref, "busy", {}, "stop.cause", "可以申请延期"),
            (service.ref, "supplement", {}, "stop.cause", "补正材料"),
            (service.ref, "appraisal", {}, "stop.no_notice", "《行政许可法》第四十五条要求书面告知申请人"),
            (
                service.ref,
                "appraisal",
                {"document_id": "D", "expected_on": date(2026, 11, 1)},
                "stop.expected",
                "已经过去",
            ),
            (final.ref, "hearing", {"at": "2026-12-20T09:00"}, "stop.over", "届满"),
        ):
            with pytest.raises((Refusal, Conflict)) as refused:
                _stop(uow, desk, ref, more.pop("at", "2026-11-27T09:00"), cause, **more)
            assert refused.value.code == code and says in str(refused.value)


def test_an_appraisal_stops_working_days(desk):
    with desk.store.begin() as uow:
        plan = _arm(uow, desk, "R03.limit", "2026-11-23T10:00", n=5, unit="wd")
        assert plan.due_at == _at("2026-11-30T23:59:59")
        _stop(uow, desk, plan.ref, "2026-11-25T09:00", "appraisal", document_id="D")
        new = deadline_stops.resume(uow, desk.org, plan.ref, now=_at("2026-12-01T09:00"), by="boss")
        assert new is not None and new.due_at == _at("2026-12-07T23:59:59")
        told = deadline_pages.explain(uow, desk.org, plan.ref)
        assert any("停止计时：鉴定11月25日至12月1日，其中的5个工作日不计入" in line for line in told)


def test_what_is_finished_while_the_clock_stands_is_in_time(desk):
    with desk.store.begin() as uow:
        plan = _arm(uow, desk, "L16.opinion", "2026-11-02T09:00")
        _stop(uow, desk, plan.ref, "2026-11-30T09:00")
        assert deadline_book.close(uow, desk.org, plan.ref, now=_at("2026-12-28T09:00")) == "closed_on_time"
        deadline_book.reopen(uow, desk.org, plan.ref, now=_at("2026-12-28T10:00"), by="boss")
        still = deadline_book.current_plan(uow, desk.org, plan.ref)
        assert still is not None and still.stopped, "taken back, it stands still as before"
        new = deadline_stops.resume(uow, desk.org, plan.ref, now=_at("2026-12-30T09:00"), by="boss")
        assert new is not None and new.due_at == _at(
            "2027-01-04T23:59:59"
        )  # 2 December and 31 days, 1 to 3 January off


def test_a_calendar_that_changes_moves_no_timer_of_a_clock_that_stands_still(desk):
    with desk.store.begin() as uow:
        plan = _arm(uow, desk, "L16.opinion", "2026-11-02T09:00")
        _stop(uow, desk, plan.ref, "2026-11-09T09:00")
        (change,) = deadline_book.set_day(uow, desk.org, date(2026, 12, 2), False, "停电", now=desk.now, by="boss")
        assert change.plan is not None and change.plan.stopped


def _stop(uow, desk, ref, when, cause="hearing", **more):
    return deadline_stops.stop(uow, desk.org, ref, cause, now=_at(when), by="boss", reason="事由", **more)


def test_open_deadlines_by_code_and_instance(desk):
    with desk.store.begin() as uow:
        plan = _arm(uow, desk, "R39.reply", "2026-11-26T10:00", instance_id="I1")
        _arm(uow, desk, "R39.reply", "2026-11-26T10:00", instance_id="I2")
        found = deadline_book.open_deadlines(uow, desk.org, instance_id="I1", code="R39.reply")
        assert [row.id for row in found] == [plan.ref]
