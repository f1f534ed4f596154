"""The safety of the own account: a second factor, and where one is logged in - by the API and by the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx2
import pyotp
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from office import accounts
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
    known = {"password": DEMO_PASSWORD}
    assert _refused(other, f"/security/sessions/{elsewhere}/end", known) == "session.unknown"
    assert _refused(here, "/security/sessions/%25/end", known) == "session.unknown"
    for path in (f"/security/sessions/{elsewhere}/end", "/security/sessions/end-others"):
        assert _refused(here, path, {"password": "wrong"}) == "password.wrong", "whoever finds the computer open"
    assert there.get("/inbox").status_code == 200
    here.done(f"/security/sessions/{elsewhere}/end", known)
    assert (here.get("/inbox").status_code, there.get("/inbox").status_code) == (200, 401)
    there.log_in("linhai", DEMO_PASSWORD)
    here.done("/security/sessions/end-others", known)
    assert (here.get("/inbox").status_code, there.get("/inbox").status_code) == (200, 401)


RULES = {"case_megabytes": 500, "person_megabytes": 1000, "org_megabytes": 200_000, "reason": "等级保护要求"}


@pytest.mark.parametrize(("who", "clerk", "admin"), [("admins", 200, 403), ("all", 403, 403), ("own", 200, 200)])
def test_an_office_may_want_a_second_factor_before_anything_else(
    sqlite_office: Office, who: str, clerk: int, admin: int
) -> None:
    office = sqlite_office
    office.browser("admin").done("/admin/safety", RULES | {"second_factor": who})
    for login, status in (("linhai", clerk), ("admin", admin)):
        _, _, browser = _log_in(office, login)
        assert browser.told("/me")["must_enrol"] is (status == 403)
        answer = browser.get("/inbox")
        assert answer.status_code == status, login
        if status == 200:
            continue
        assert answer.json()["error"]["code"] == "second_factor.must_enrol"
        assert (
            browser.get("/admin/users").status_code == 403 and browser.post("/starts/petition_main").status_code == 403
        )
        secret = browser.done("/security/second-factor")["secret"]
        browser.done("/security/second-factor/confirm", {"code": _code(office, secret)})
        assert browser.told("/me")["must_enrol"] is False and browser.get("/inbox").status_code == 200
        browser.done("/security/second-factor/remove", {"password": DEMO_PASSWORD})
        assert browser.get("/inbox").status_code == 403, "who turns it off must turn it on again"


def test_the_rules_are_changed_with_a_reason_that_is_kept(sqlite_office: Office) -> None:
    admin = sqlite_office.browser("admin")
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"reason": " "}, "no_reason"), ({"second_factor": "x"}, "who"), ({"case_megabytes": 0}, "quota"),
    ]  # fmt: skip
    for wrong, code in wrongs:
        body = RULES | {"second_factor": "own"} | wrong
        assert _refused(admin, "/admin/safety", body) == f"safety.{code}"
    assert "linhai" in {one["id"] for one in admin.told("/admin/safety")["without"]}
    admin.done("/admin/safety", RULES | {"second_factor": "own", "case_megabytes": 300})
    (line,) = [one for one in admin.told("/admin/office-log") if one["subject"] == "safety"]
    assert (line["told"], line["reason"]) == (["每件文件限额（MB）：500 → 300"], "等级保护要求")


@pytest.mark.parametrize(("quota", "code"), [("case", "case"), ("person", "person"), ("org", "org")])
def test_nobody_fills_the_storage(sqlite_office: Office, quota: str, code: str) -> None:
    office, mine = sqlite_office, sqlite_office.browser("linhai")
    rules = RULES | {"second_factor": "own", f"{quota}_megabytes": 1}
    office.browser("admin").done("/admin/safety", rules)
    cases = [office.start("linhai", matter=f"水渠{number}") for number in range(2)]

    def hand_in(case_id: str, letter: str) -> tuple[int, str | None]:
        content = (letter * 400_000).encode()
        answer = mine.client.post(
            f"/api/cases/{case_id}/attachments", files={"file": (f"{letter}.txt", content)},
            headers={"X-CSRF-Token": str(mine.csrf)},
        )  # fmt: skip
        return answer.status_code, answer.json().get("error", {}).get("code")

    assert [hand_in(cases[0], letter)[0] for letter in "ab"] == [200, 200]
    assert hand_in(cases[0], "c") == (422, f"quota.{code}")
    assert hand_in(cases[1], "c")[0] == (200 if quota == "case" else 422), "the other case has room of its own"
    office.clock.advance(hours=24)
    mine.log_in("linhai", DEMO_PASSWORD)
    assert hand_in(cases[1], "d")[0] == (422 if quota == "org" else 200)


def test_one_sees_who_came_in_and_who_tried(office: Office) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36 Edg/126.0"
    secret, _, browser = _turned_on(office)
    thief = office.stranger().client
    for body in ({"password": "wrong"}, {"password": DEMO_PASSWORD, "code": "000000"}):
        thief.post("/api/login", json={"login": "linhai"} | body, headers={"User-Agent": agent + " x" * 500})
        office.clock.advance(minutes=1)
    told = browser.told("/security")["log_ins"]
    assert [(one["outcome"], one["device"]) for one in told] == [
        ("code", "Windows 10 · Edge"), ("password", "Windows 10 · Edge"), ("in", None),
    ]  # fmt: skip
    assert told[0]["source"] == "testclient" and told[0]["method"] is None
    warned = [one["text"] for one in browser.told("/notices") if "有人用您的正确密码登录" in one["text"]]
    assert len(warned) == 1, "who knows the password and not the code is no owner of the account"
    assert [one["outcome"] for one in office.browser("chenjing").told("/security")["log_ins"]] == ["in"]
    office.clock.advance(days=191)
    with office.banjie.store.begin() as uow:
        accounts.forget_old(uow, now=office.clock.now())
    assert _log_in(office, "linhai", _code(office, secret))[2].told("/security")["log_ins"][1:] == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_session_is_kept_as_safely_as_the_way_allows(sqlite_office: Office, scheme: str) -> None:
    """Over HTTPS no other host and no page without it can set or read the cookie; the other name is not taken."""
    client = TestClient(sqlite_office.app, base_url=f"{scheme}://testserver")
    answer = client.post("/api/login", json={"login": "linhai", "password": DEMO_PASSWORD})
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == {"http": "banjie_session", "https": "__Host-banjie_session"}[scheme]
    told = rest.lower()
    assert ("secure" in told) is (scheme == "https")
    assert "path=/" in told and "domain" not in told and "httponly" in told
    token = client.cookies[name]
    assert client.get("/api/me").json()["user"]["login"] == "linhai"
    gone = client.post("/api/logout", headers={"X-CSRF-Token": answer.json()["csrf"]}).headers["set-cookie"]
    assert gone.startswith(f'{name}=""') and ("secure" in gone.lower()) is (scheme == "https")
    other = {"http": "__Host-banjie_session", "https": "banjie_session"}[scheme]
    client.cookies.clear()
    client.post("/api/login", json={"login": "linhai", "password": DEMO_PASSWORD})
    token = client.cookies[name]
    client.cookies.clear()
    assert client.get("/api/me", headers={"Cookie": f"{other}={token}"}).json() == {"user": None}


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
    expect(page.get_by_role("region", name="已登录的地方").locator("tbody tr")).to_have_count(1)
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
    here = page.get_by_role("region", name="已登录的地方")
    here.get_by_role("button", name="结束", exact=True).click()
    expect(here.get_by_role("alert")).to_contain_text("请先输入当前密码")
    expect(here.get_by_label("当前密码")).to_be_focused()
    for width, height in ((1366, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        pages.accessible(page)
        page.screenshot(path=pages.screen(f"security-sessions-{width}"), full_page=True)
    page.set_viewport_size({"width": 1366, "height": 768})
    here.get_by_label("当前密码").fill(DEMO_PASSWORD)
    here.get_by_role("button", name="结束", exact=True).click()
    expect(here.locator("tbody tr")).to_have_count(1)
    expect(here.get_by_label("当前密码")).to_have_count(0)
    page.get_by_role("region", name="动态口令").get_by_label("当前密码").fill(DEMO_PASSWORD)
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


SIZES = {"pc": (1366, 768), "phone": (390, 844)}


def test_an_administrator_wants_a_second_factor_of_all_and_a_clerk_enrols_at_log_in(
    new_page: Callable[[], Page], server: Server, watch: Watch
) -> None:
    watch.expect("403")  # what must not be opened before
    admin, clerk = new_page(), new_page()
    pages.sit_down(admin, server.url, "admin", "/admin/safety")
    _pictures(admin, "safety")
    admin.get_by_label("所有人").check()
    admin.get_by_label("每件事项的文件").fill("300")
    admin.get_by_label("修改的原因").fill("网络安全等级保护要求")
    admin.get_by_role("button", name="保存").click()
    expect(admin.get_by_text("已保存")).to_be_visible()

    pages.sit_down(clerk, server.url, "pengfei", "/cases")
    expect(clerk.get_by_role("status").filter(has_text="之后才能继续办理")).to_be_visible()
    clerk.goto(f"{server.url}/register")
    expect(clerk.get_by_role("heading", name="登录安全")).to_be_visible()
    clerk.goto(f"{server.url}/cases")
    clerk.get_by_role("button", name="开启", exact=True).click()
    secret = clerk.locator("code.secret").inner_text()
    clerk.get_by_label("六位数字").fill(pyotp.TOTP(secret).at(int(datetime.now(TZ).timestamp()) - 30))
    clerk.get_by_role("button", name="确认开启").click()
    clerk.get_by_role("button", name="已抄好").click()
    expect(clerk).to_have_url(f"{server.url}/cases")
    clerk.goto(f"{server.url}/security")
    past = clerk.get_by_role("region", name="登录记录")
    expect(past.locator("tbody tr").first).to_contain_text("登录成功")
    _pictures(clerk, "security-past")


def _pictures(page: Page, name: str) -> None:
    """Both sizes in both languages, looked at by axe-core."""
    for language in ("zh", "en"):
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            pages.accessible(page)
            pages.fits(page)
            page.screenshot(path=pages.screen(f"{name}-{language}-{size}"), full_page=True)
        page.get_by_role("button", name=re.compile("Switch to English|切换为中文")).click()
