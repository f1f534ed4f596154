"""The safety of the own account: a second factor, and where one is logged in - by the API and by the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx2
import pyotp
import pytest
from playwright.sync_api import Page, expect

from office.town import DEMO_PASSWORD
from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Browser, Office
from tests.support.server import Server


def _log_in(office: Office, login: str, code: str | None = None) -> tuple[int, str | None, Browser]:
    browser = office.stranger()
    body = {"login": login, "password": DEMO_PASSWORD} | ({} if code is None else {"code": code})
    answer = browser.client.post("/api/login", json=body)
    browser.csrf = answer.json().get("csrf")
    return answer.status_code, answer.json().get("error", {}).get("code"), browser


def _code(office: Office, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(office.clock.now().timestamp()) + 30 * steps)


def _turned_on(office: Office, login: str = "linhai") -> tuple[str, list[str], Browser]:
    browser = office.browser(login)
    secret = browser.done("/security/second-factor")["secret"]
    codes = browser.done("/security/second-factor/confirm", {"code": _code(office, secret)})["recovery_codes"]
    return secret, codes, browser


def test_it_counts_only_when_a_first_code_was_right(office: Office) -> None:
    browser = office.browser("linhai")
    assert _refused(browser, "/security/second-factor/confirm", {"code": "123456"}) == "second_factor.not_begun"
    begun = browser.done("/security/second-factor")
    assert begun["uri"].startswith("otpauth://totp/") and begun["svg"].lstrip().startswith("<svg")
    assert _refused(browser, "/security/second-factor/confirm", {"code": "000000"}) == "second_factor.code"
    assert _log_in(office, "linhai")[:2] == (200, None)
    assert browser.told("/security")["second_factor"] is False


def test_a_log_in_asks_for_a_code_that_works_once(office: Office) -> None:
    secret, codes, browser = _turned_on(office)
    assert len(set(codes)) == 10 and browser.told("/security")["recovery_codes"] == 10
    assert _log_in(office, "linhai")[:2] == (401, "login.code_wanted")
    used = _code(office, secret)
    assert _log_in(office, "linhai", used)[:2] == (401, "login.code_wrong"), "it was used to turn it on"
    assert _log_in(office, "linhai", _code(office, secret, -2))[:2] == (401, "login.code_wrong")
    assert _log_in(office, "linhai", _code(office, secret, 1))[:2] == (200, None), "a clock may be half a minute off"
    assert _log_in(office, "linhai", _code(office, secret, 1))[:2] == (401, "login.code_wrong")
    office.clock.advance(minutes=2)
    assert _log_in(office, "linhai", f" {codes[3].upper()} ")[:2] == (200, None)
    assert _log_in(office, "linhai", codes[3])[:2] == (401, "login.code_wrong")
    assert browser.told("/security")["recovery_codes"] == 9


def test_guessing_codes_locks_the_name(office: Office) -> None:
    _turned_on(office)
    told = [_log_in(office, "linhai", f"{guess:06}")[1] for guess in range(6)]
    assert told == ["login.code_wrong"] * 5 + ["login.locked"]


def test_it_is_turned_off_with_the_password_or_by_an_administrator(office: Office) -> None:
    _, _, browser = _turned_on(office)
    assert _refused(browser, "/security/second-factor") == "second_factor.on"
    assert _refused(browser, "/security/second-factor/remove", {"password": "wrong"}) == "password.wrong"
    browser.done("/security/second-factor/remove", {"password": DEMO_PASSWORD})
    assert _log_in(office, "linhai")[0] == 200
    _, _, lost = _turned_on(office, "chenjing")
    user_id = lost.told("/me")["user"]["id"]
    office.browser("admin").done(f"/admin/users/{user_id}", {"reset_second_factor": True})
    assert lost.get("/inbox").status_code == 401, "what was logged in with the lost telephone is not any more"
    assert _log_in(office, "chenjing")[0] == 200


def test_one_sees_and_ends_ones_own_sessions(office: Office) -> None:
    here, there, other = office.stranger(), office.stranger(), office.browser("chenjing")
    for browser in (here, there):
        browser.log_in("linhai", DEMO_PASSWORD)
    sessions = here.told("/security")["sessions"]
    assert [one["current"] for one in sessions].count(True) == 1 and len(sessions) == 2
    (elsewhere,) = (one["id"] for one in sessions if not one["current"])
    assert _refused(other, f"/security/sessions/{elsewhere}/end") == "session.unknown"
    assert _refused(here, "/security/sessions/%25/end") == "session.unknown"
    here.done(f"/security/sessions/{elsewhere}/end")
    assert (here.get("/inbox").status_code, there.get("/inbox").status_code) == (200, 401)


def _refused(browser: Browser, path: str, body: Any = None) -> str:
    answer = browser.post(path, body)
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["error"]["code"])


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("security")) as running:
        yield running


def test_no_answer_names_the_server(server: Server) -> None:
    answer = httpx2.get(f"{server.url}/api/me")
    assert answer.status_code == 200 and "server" not in answer.headers


def test_a_clerk_turns_it_on_and_logs_in_with_it(new_page: Callable[[], Page], server: Server, watch: Watch) -> None:
    watch.expect("401")
    page = new_page()
    pages.sit_down(page, server.url, "linhai", "/security")
    page.get_by_role("button", name="开启", exact=True).click()
    secret = page.locator("code.secret").inner_text()
    pages.accessible(page)
    totp = pyotp.TOTP(secret)
    page.get_by_label("六位数字").fill(totp.at(int(datetime.now(TZ).timestamp()) - 30))
    page.get_by_role("button", name="确认开启").click()
    expect(page.locator("ul.codes li")).to_have_count(10)
    recovery = page.locator("ul.codes li").first.inner_text()
    page.get_by_role("button", name="已抄好").click()
    expect(page.get_by_text("备用码还剩 10 个")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
    pages.accessible(page)

    other = new_page()
    other.goto(f"{server.url}/login")
    other.get_by_label("用户名").fill("linhai")
    other.get_by_label("密码").fill(DEMO_PASSWORD)
    other.get_by_role("button", name="登录").click()
    expect(other.get_by_label("动态口令")).to_be_focused()
    other.get_by_label("动态口令").fill("000000")
    other.get_by_role("button", name="登录").click()
    expect(other.get_by_role("alert")).to_contain_text("动态口令不正确")
    other.get_by_label("动态口令").fill(recovery)
    other.get_by_role("button", name="登录").click()
    expect(other).to_have_url(re.compile(f"{server.url}/$"))

    page.reload()
    expect(page.get_by_text("备用码还剩 9 个")).to_be_visible()
    page.locator("tbody tr").filter(has=page.get_by_role("button", name="结束")).get_by_role("button").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("当前密码").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="关闭动态口令").click()
    expect(page.get_by_role("button", name="开启", exact=True)).to_be_visible()


def test_one_is_told_when_the_way_in_was_changed(office: Office) -> None:
    _turned_on(office)
    admin = office.browser("admin")
    password = admin.done("/admin/users/linhai", {"reset_second_factor": True, "reset_password": True})
    browser = office.stranger()
    browser.log_in("linhai", password["one_time_password"])
    browser.done("/password", {"old": password["one_time_password"], "new": "shuiku-anmian-2027"})
    told = [one["text"] for one in browser.told("/notices") if one["kind"] == "account"]
    assert len(told) == 4 and all("请立即联系管理员" in text for text in told)
    for words in ("动态口令已开启", "管理员重设了您的登录密码", "管理员关闭了您的动态口令", "登录密码已修改"):
        assert [text for text in told if words in text], words
    assert not [one for one in admin.told("/notices") if one["kind"] == "account"]


def test_who_changed_whose_rights_is_written_down(office: Office) -> None:
    admin = office.browser("admin")
    made = admin.done("/admin/users", {"name": "新人", "login": "xinren", "roles": ["window_clerk"]})["id"]
    admin.done(f"/admin/users/{made}", {"roles": ["window_clerk", "handler@agriculture_centre"]})
    admin.done(f"/admin/users/{made}", {"phone": "13900000000"})
    admin.done(f"/admin/users/{made}", {"reset_password": True, "active": False})
    log = [one for one in admin.told("/admin/office-log") if one["subject"] == "user"]
    assert [(one["act"], one["subject_id"], one["by_name"]) for one in log] == [
        ("changed", made, "系统管理员"), ("changed", made, "系统管理员"), ("added", made, "系统管理员"),
    ]  # fmt: skip
    assert [one["new"] for one in log[:2]] == [
        {"active": False, "reset_password": True},
        {"roles": ["handler@agriculture_centre", "window_clerk"]},
    ]
    assert log[1]["told"] == ["新人", "岗位角色：窗口工作人员 → 农业服务中心承办人、窗口工作人员"]
    assert "13900000000" not in str(log)
