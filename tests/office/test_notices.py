"""Notices: once by key, never to the accused; the outbox of mail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from office import cases, notices, people
from office.access import viewer_of
from storage.errors import NotFound


def _tell(uow, desk, user="li", key="k1", text="快到期了", **more):
    return notices.tell(uow, desk.org, user, text, kind="remind", key=key, now=desk.now, **more)


def test_the_same_thing_is_told_once(desk):
    with desk.store.begin() as uow:
        people.change_user(uow, desk.org, "li", email="li@example.org")
        assert _tell(uow, desk)
        assert not _tell(uow, desk)
        assert _tell(uow, desk, key="k2")
        assert notices.tell_all(uow, desk.org, ["li", "kang", "kang"], "x", kind="r", key="k1", now=desk.now) == [
            "kang"
        ]
        assert notices.unread(uow, viewer_of(uow, desk.org, "li")) == 2
        assert [mail.to for mail in notices.waiting_mail(uow, now=desk.now)] == ["li@example.org"] * 2


def test_reading(desk):
    with desk.store.begin() as uow:
        _tell(uow, desk)
        _tell(uow, desk, key="k2", text="第二条")
        notice = notices.notices_of(uow, viewer_of(uow, desk.org, "li"))[0]
        with pytest.raises(NotFound):
            notices.mark_read(uow, desk.org, "kang", notice["id"], now=desk.now)  # another's
        notices.mark_read(uow, desk.org, "li", notice["id"], now=desk.now)
        assert notices.unread(uow, viewer_of(uow, desk.org, "li")) == 1
        notices.mark_read(uow, desk.org, "li", None, now=desk.now)
        assert notices.notices_of(uow, viewer_of(uow, desk.org, "li"), unread=True) == []


def test_the_accused_is_told_nothing_and_a_secret_has_no_title(desk):
    from office.cases import get_case

    with desk.store.begin() as uow:
        case_id = desk.open(uow, kind="accusation", accused="康明", matter="反映康明")
        assert not _tell(uow, desk, "li", case_id=case_id)
        assert not _tell(uow, desk, "kang", case_id=case_id)
        assert _tell(uow, desk, "zhou", case_id=case_id)
        assert notices.case_label(get_case(uow, desk.org, case_id)) == "FWZX-2026-V-0001（保密事项）"
        assert notices.case_label(get_case(uow, desk.org, desk.open(uow))) == "FWZX-2026-V-0002《村口水渠垮塌无人修》"


def test_mail_is_tried_until_it_is_sent_or_given_up(desk):
    with desk.store.begin() as uow:
        mail_id = notices.post(uow, desk.org, "a@example.org", "题\n目", "正文", key="m1", now=desk.now)
        assert mail_id is not None
        assert notices.post(uow, desk.org, "a@example.org", "题目", "正文", key="m1", now=desk.now) is None
        assert notices.get_mail(uow, desk.org, mail_id).subject == "题 目"
        for tries in range(notices.MOST_TRIES):
            now = desk.now + timedelta(minutes=2**tries)
            assert [mail.id for mail in notices.waiting_mail(uow, now=now, org_id=desk.org)] == [mail_id]
            notices.mail_failed(uow, desk.org, mail_id, "连接被拒绝")
            assert notices.waiting_mail(uow, now=now) == []
        assert notices.waiting_mail(uow, now=desk.now + timedelta(days=30)) == []
        assert notices.failed_mail(uow, desk.org)[0]["tries"] == notices.MOST_TRIES
        sent = notices.post(uow, desk.org, "b@example.org", "题", "文", key="m2", now=desk.now)
        assert sent is not None
        notices.mail_sent(uow, desk.org, sent, now=desk.now)
        assert notices.waiting_mail(uow, now=desk.now) == []


def test_what_was_told_before_the_accusation_is_not_shown_after_it(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, handling_unit="unit_b")
        assert notices.tell(uow, desk.org, "li", "新待办", kind="r", key="k", now=desk.now, case_id=case_id)
        assert notices.unread(uow, viewer_of(uow, desk.org, "li")) == 1
        cases.apply_answers(uow, desk.org, case_id, {"accused_units": "乙局"}, actor="wang", now=desk.now, name="补充")
        viewer = viewer_of(uow, desk.org, "li")
        assert (notices.unread(uow, viewer), notices.notices_of(uow, viewer)) == (0, [])
