"""The supervisor's list, yellow and red cards, replies (R58); the accused unit has no part in any (R65)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from office import notices, people, supervision, supervision_book
from office.access import viewer_of
from office.timeline import case_page
from storage.errors import Conflict, Forbidden, Refusal

DAY = date(2026, 12, 1)


def _viewer(desk, uow, user_id):
    return viewer_of(uow, desk.org, user_id, now=desk.now)


def _supervised(desk, uow, unit="unit_b", due_on=DAY, **answers):
    """A case with a supervision; gives the ids of both."""
    case_id = desk.open(uow, handling_unit=unit, **answers)
    supervision.open_card(
        uow, desk.org, case_id, cause="manual", opinion="请查明", now=desk.now, by="chen", unit_id=unit, due_on=due_on
    )
    (card,) = supervision.cards_of(uow, desk.org, case_id)
    return case_id, card["id"]


def _warn(desk, uow, supervision_id, colour, due_on=DAY, text="整改"):
    viewer = _viewer(desk, uow, "chen")
    supervision_book.warn(uow, viewer, supervision_id, colour=colour, text=text, due_on=due_on, now=desk.now)


def test_yellow_comes_before_red_and_each_once(desk):
    with desk.store.begin() as uow:
        people.change_user(uow, desk.org, "kang", superior_id="boss")
        case_id, one = _supervised(desk, uow)
        with pytest.raises(Refusal, match="先亮黄牌"):
            _warn(desk, uow, one, "red")
        with pytest.raises(Refusal, match="不能早于今天"):
            _warn(desk, uow, one, "yellow", due_on=desk.now.date() - timedelta(days=1))
        _warn(desk, uow, one, "yellow", text="逾期不报")
        with pytest.raises(Conflict, match="已经亮过黄牌"):
            _warn(desk, uow, one, "yellow")
        _warn(desk, uow, one, "red", text="仍不落实")
        (told,) = supervision_book.with_words(uow, desk.org, supervision.cards_of(uow, desk.org, case_id))
        assert (told["card"], [word["kind"] for word in told["words"]]) == ("red", ["yellow", "red"])
        head = [one["text"] for one in notices.notices_of(uow, _viewer(desk, uow, "kang"))]
        assert sum("亮" in text for text in head) == 2
        (above,) = (one["text"] for one in notices.notices_of(uow, _viewer(desk, uow, "boss")) if "亮" in one["text"])
        assert "亮红牌" in above and "仍不落实" in above
        steps = [step["name"] for step in case_page(uow, _viewer(desk, uow, "chen"), case_id, now=desk.now)["steps"]]
        assert [name for name in steps if "牌" in name] == ["督办〔2026〕1号：黄牌", "督办〔2026〕1号：红牌"]


def test_the_supervised_unit_replies_and_who_supervises_is_told(desk):
    with desk.store.begin() as uow:
        _, one = _supervised(desk, uow)
        with pytest.raises(Forbidden, match="不是督办您的单位"):
            supervision_book.reply(uow, _viewer(desk, uow, "zhou"), one, text="已办", now=desk.now)
        supervision_book.reply(uow, _viewer(desk, uow, "li"), one, text="已进场施工", now=desk.now)
        told = [told["text"] for told in notices.notices_of(uow, _viewer(desk, uow, "chen"))]
        assert any("已答复" in text for text in told)
        (item,) = supervision_book.listed(uow, _viewer(desk, uow, "chen"), now=desk.now)["items"]
        assert item["last"] == "已进场施工"
        supervision.close_card(uow, desk.org, item["card_no"], result="已落实", now=desk.now, by="chen")
        for act in (
            lambda: _warn(desk, uow, one, "yellow"),
            lambda: supervision_book.reply(uow, _viewer(desk, uow, "li"), one, text="补充", now=desk.now),
        ):
            with pytest.raises(Conflict, match="已经销号"):
                act()


@pytest.mark.parametrize(
    ("due_on", "light"),
    [
        (date(2026, 11, 25), "red"),  # the desk's day is Thursday, November 26
        (date(2026, 11, 26), "yellow"),
        (date(2026, 11, 30), "yellow"),  # the second working day after it
        (date(2026, 12, 1), "green"),
        (None, "none"),
    ],
)
def test_a_supervision_has_a_light_of_its_own(desk, due_on, light):
    with desk.store.begin() as uow:
        _supervised(desk, uow, due_on=due_on)
        told = supervision_book.listed(uow, _viewer(desk, uow, "chen"), now=desk.now)
        assert told["items"][0]["light"] == light
        assert told["counts"] == {"open": 1, "overdue": int(light == "red"), "yellow": 0, "red": 0}


def test_the_list_is_filtered_and_hides_what_accuses(desk):
    with desk.store.begin() as uow:
        _, late = _supervised(desk, uow, due_on=date(2026, 11, 20))
        _supervised(desk, uow, "unit_c")
        secret, _ = _supervised(desk, uow, "unit_c", kind="accusation", accused_units=["unit_b"], matter="截留补偿款")
        _warn(desk, uow, late, "yellow")
        chen = _viewer(desk, uow, "chen")

        def found(viewer=chen, **which):
            return [one["id"] for one in supervision_book.listed(uow, viewer, now=desk.now, **which)["items"]]

        assert len(found()) == 3
        assert found(state="overdue") == found(card="yellow") == found(unit_id="unit_b") == [late]
        assert found(state="closed") == [] and len(found(card="none")) == 2
        masked = next(one for one in supervision_book.listed(uow, chen, now=desk.now)["items"] if one["confidential"])
        assert masked["case_id"] == secret and "截留" not in str(masked) and masked["opinion"] == "＊＊＊"
        people.grant(uow, desk.org, "li", "supervisor")
        accused = supervision_book.listed(uow, _viewer(desk, uow, "li"), now=desk.now)
        assert secret not in str(accused) and accused["total"] == accused["counts"]["open"] == 2
