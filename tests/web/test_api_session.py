"""Logging in and staying so: wrong passwords, one-time passwords, CSRF, expiry, every route without login."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from office import accounts, people, town
from tests.support.office import Office
from web.api.common import COOKIE


def test_who_logs_in_learns_who_they_are(office: Office) -> None:
    browser = office.browser("wangxiaohua")
    told = browser.told("/me")
    assert told["user"]["name"] == "王小华" and told["user"]["org"]["code"] == town.TOWN_CODE
    assert told["csrf"] == browser.csrf and told["admin"] is False
    assert office.browser("admin").told("/me")["admin"] is True
    assert office.browser("sunlihua").told("/me")["leader"] is True


def test_the_cookie_is_out_of_reach_of_scripts(sqlite_office: Office) -> None:
    answer = sqlite_office.stranger().log_in("wangxiaohua", town.DEMO_PASSWORD)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
    assert "nosniff" in answer.headers["x-content-type-options"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_an_answer_in_json_is_no_page(sqlite_office: Office) -> None:
    answer = sqlite_office.browser("wangxiaohua").client.get("/api/me")
    assert answer.headers["content-disposition"] == 'attachment; filename="api.json"'
    assert "content-disposition" not in sqlite_office.stranger().client.get("/").headers


@pytest.mark.parametrize(("login", "password"), [("wangxiaohua", "wrong-1234"), ("nobody", "wrong-1234"), ("", "")])
def test_a_wrong_password_and_an_unknown_name_are_told_alike(sqlite_office: Office, login: str, password: str) -> None:
    answer = sqlite_office.stranger().log_in(login, password)
    assert answer.status_code == 401
    assert answer.json() == {"error": {"code": "login.wrong", "message": "登录名或密码不正确。"}}
    assert COOKIE not in answer.cookies


def test_too_many_wrong_passwords_lock_the_name_for_a_while(office: Office) -> None:
    stranger = office.stranger()
    codes = [stranger.log_in("linhai", "wrong-1234").json()["error"]["code"] for _ in range(6)]
    assert codes == ["login.wrong"] * 5 + ["login.locked"]
    locked = stranger.log_in("linhai", town.DEMO_PASSWORD)
    assert locked.status_code == 429 and "分钟后再试" in locked.json()["error"]["message"]
    office.clock.advance(minutes=2)
    assert stranger.log_in("linhai", town.DEMO_PASSWORD).status_code == 200


def test_a_one_time_password_must_be_changed_first(office: Office) -> None:
    with office.banjie.store.begin() as uow:
        password = accounts.set_one_time_password(uow, office.org_id, "lixiang", now=office.clock.now())
    browser = office.stranger()
    assert browser.log_in("lixiang", password).json()["must_change_password"] is True
    refused = browser.get("/inbox")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "password.must_change")
    assert browser.told("/me")["must_change_password"] is True
    plain = browser.post("/password", {"old": password, "new": "short"})
    assert (plain.status_code, plain.json()["error"]["code"]) == (422, "password.too_short")
    assert browser.post("/password", {"old": "not it", "new": "shuiku-anmian-2027"}).status_code in (401, 403, 422)
    for wanted, code in (
        ("lixianglixiang26", "password.too_weak"),
        ("kurz", "password.too_short"),
        ("hedao mianbao deng", ""),
    ):
        told = browser.done("/password/strength", {"new": wanted})
        assert ((told["refused"] or {}).get("code", ""), told["score"] > 2) == (code, code == ""), told
    browser.done("/password", {"old": password, "new": "shuiku-anmian-2027"})
    assert browser.get("/inbox").status_code == 200
    assert office.stranger().log_in("lixiang", password).status_code == 401
    assert office.stranger().log_in("lixiang", "shuiku-anmian-2027").status_code == 200


@pytest.mark.parametrize("token", [None, "", "wrong", "请"])
def test_a_post_without_the_csrf_token_does_nothing(sqlite_office: Office, token: str | None) -> None:
    browser = sqlite_office.browser("wangxiaohua")
    headers = {} if token is None else {b"X-CSRF-Token": token.encode()}
    for path in ("/starts/petition_main", "/logout", "/password", "/notices/all/read"):
        answer = browser.client.post(f"/api{path}", json={"answers": {}, "old": "a", "new": "b"}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "session.csrf"), path
    assert browser.get("/inbox").status_code == 200


def test_the_token_of_another_session_does_not_do(sqlite_office: Office) -> None:
    browser, other = sqlite_office.browser("wangxiaohua"), sqlite_office.browser("linhai")
    answer = browser.client.post("/api/logout", headers={"X-CSRF-Token": str(other.csrf)})
    assert answer.status_code == 403


def test_a_session_ends_by_itself(office: Office) -> None:
    browser = office.stranger()
    browser.log_in("wangxiaohua", town.DEMO_PASSWORD)
    for _ in range(3):  # in use: it goes on
        office.clock.advance(hours=7)
        assert browser.get("/inbox").status_code == 200
    office.clock.advance(hours=3, seconds=1)  # but never longer than a day
    expired = browser.get("/inbox")
    assert (expired.status_code, expired.json()["error"]["code"]) == (401, "session.expired")
    assert "仍然保留" in expired.json()["error"]["message"]
    browser.log_in("wangxiaohua", town.DEMO_PASSWORD)
    office.clock.advance(hours=8)  # left alone
    assert browser.post("/starts/petition_main", {"answers": {}}).status_code == 401


def test_an_office_sets_how_long_one_stays_logged_in(office: Office) -> None:
    """ASVS 3.3.2: 12 hours, 30 minutes unused; it holds at once for whoever is logged in."""
    admin = office.browser("admin")
    rules = {"second_factor": "own", "case_megabytes": 500, "person_megabytes": 1000, "org_megabytes": 200_000}
    for wrong in ({"session_hours": 25}, {"session_hours": 0}, {"idle_minutes": 9}, {"idle_minutes": 481}):
        refused = admin.post("/admin/safety", rules | {"reason": "等级保护"} | wrong).json()["error"]
        assert (refused["code"], refused["field"]) == ("safety.session", *wrong)
    browser, left = office.stranger(), office.stranger()
    for one in (browser, left):
        one.log_in("wangxiaohua", town.DEMO_PASSWORD)
    admin.done("/admin/safety", rules | {"session_hours": 12, "idle_minutes": 30, "reason": "等级保护"})
    for _ in range(24):
        office.clock.advance(minutes=29)
        assert browser.get("/inbox").status_code == 200
    assert left.get("/inbox").status_code == 401, "it was unused"
    assert [one["current"] for one in browser.told("/security")["sessions"]] == [True]
    office.clock.advance(minutes=24)
    assert browser.get("/inbox").status_code == 401, "it was old"


def test_who_logs_out_is_out(sqlite_office: Office) -> None:
    browser = sqlite_office.stranger()
    browser.log_in("wangxiaohua", town.DEMO_PASSWORD)
    token = browser.client.cookies[COOKIE]
    browser.done("/logout")
    browser.client.cookies.set(COOKIE, token)
    assert browser.get("/inbox").status_code == 401 and browser.told("/me") == {"user": None}


def test_who_has_left_is_out_at_once(sqlite_office: Office) -> None:
    browser = sqlite_office.browser("wangxiaohua")
    with sqlite_office.banjie.store.begin() as uow:
        people.change_user(uow, sqlite_office.org_id, "wangxiaohua", active=False)
    assert browser.get("/inbox").status_code == 401 and browser.told("/me") == {"user": None}
    assert sqlite_office.stranger().log_in("wangxiaohua", town.DEMO_PASSWORD).status_code == 401


# Before anybody is logged in.
OPEN = {"/api/login", "/api/me", "/api/openid", "/api/openid/begin", "/api/openid/callback", "/api/openid/code"}
OPEN |= {"/api/ldap", "/api/ldap/login"}


def test_every_route_wants_a_login(sqlite_office: Office) -> None:
    stranger = sqlite_office.stranger()
    routes = [
        (method, path)
        for path, methods in sqlite_office.app.openapi()["paths"].items()
        for method in methods
        if path not in OPEN
    ]
    assert len(routes) > 40
    for method, path in routes:
        address = path.replace("{", "").replace("}", "")
        answer = stranger.client.request(method.upper(), address, json={} if method == "post" else None)
        assert answer.status_code == 401, f"{method} {path}: {answer.status_code} {answer.text[:200]}"
        assert answer.json()["error"]["code"] == "session.expired"
    assert stranger.told("/me") == {"user": None}, "the page asks before it shows the login"


def test_a_forged_cookie_is_nobody(sqlite_office: Office) -> None:
    stranger = sqlite_office.stranger()
    for token in ("x", "' or 1=1 --", "0" * 5000):
        stranger.client.cookies.set(COOKIE, token)
        assert stranger.get("/inbox").status_code == 401 and stranger.told("/me") == {"user": None}


def test_every_admin_route_is_for_administrators(sqlite_office: Office) -> None:
    paths = sqlite_office.app.openapi()["paths"]
    admin = [(method, path) for path, methods in paths.items() for method in methods if "/admin/" in path]
    assert len(admin) > 15
    for login in ("wangxiaohua", "chenjing", "sunlihua"):
        browser = sqlite_office.browser(login)
        for method, path in admin:
            address = path.removeprefix("/api").replace("{", "").replace("}", "")
            answer = browser.get(address, year=2026) if method == "get" else browser.post(address, BODIES.get(path, {}))
            assert answer.status_code == 403, f"{login} {method} {path}: {answer.status_code} {answer.text[:200]}"
            assert answer.json()["error"]["code"] == "access.role"


BODIES = {
    "/api/admin/lint": {"bpmn": "<x/>"},
    "/api/admin/deploy": {"key": "a", "bpmn": "<x/>"},
    "/api/admin/instances/{instance_id}/cancel": {"reason": "x"},
    "/api/admin/users": {"name": "甲", "login": "jia"},
    "/api/admin/units": {"name": "甲"},
    "/api/admin/calendar": {"text": "{}"},
}


def test_a_hash_renewed_by_another_log_in_refuses_nobody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tabs log in while the hash is of an older make: one renews it between the other's check and its session."""
    renewed = accounts.Attempt.renewed
    others: list[int] = []

    def slow(tried: accounts.Attempt, password: str) -> str | None:
        if not others:
            others.append(1)
            others.append(office.stranger().log_in("wangxiaohua", town.DEMO_PASSWORD).status_code)
        return renewed(tried, password)

    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    monkeypatch.setattr(accounts.Attempt, "renewed", slow)
    assert office.stranger().log_in("wangxiaohua", town.DEMO_PASSWORD).status_code == 200
    assert others == [1, 200]
