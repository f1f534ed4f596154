"""Sign-in by a directory against an OpenLDAP that really runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from office.town import DEMO_PASSWORD
from storage.errors import BanjieError
from tests.support import pages
from tests.support.browser import Watch
from tests.support.directory import BASE, PASSWORD, READER, READER_PASSWORD, Directory, running
from tests.support.office import Browser, Office
from web import ldap

USER_DN = f"uid={{login}},ou=people,{BASE}"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with running(tmp_path_factory.mktemp("directory")) as made:
        yield made


def _set(monkeypatch: pytest.MonkeyPatch, directory: Directory, **more: str) -> None:
    told = {"URL": directory.ldaps, "BASE": BASE, "BIND_DN": READER, "BIND_PASSWORD": READER_PASSWORD}
    for name, value in {**told, "CA": str(directory.ca), "TIE_BY_LOGIN": "1", **more}.items():
        monkeypatch.setenv(f"BANJIE_LDAP_{name}", value)


def _log_in(office: Office, login: str = "linhai", password: str = PASSWORD, **more: Any) -> tuple[str, Browser]:
    """The code of the refusal, or whose session it is."""
    browser = office.stranger()
    answer = browser.client.post("/api/ldap/login", json={"login": login, "password": password, **more})
    if answer.status_code != 200:
        return str(answer.json()["error"]["code"]), browser
    told = browser.told("/me")
    browser.csrf = told["csrf"]
    return str(told["user"]["login"]), browser


WAYS: dict[str, dict[str, str]] = {
    "search, then bind": {},
    "bind as the user": {"USER_DN": USER_DN},
    "a filter of several parts": {"FILTER": "(&(objectClass=inetOrgPerson)(|(uid={login})(mail={login})))"},
}


@pytest.mark.parametrize("way", WAYS)
def test_who_is_in_the_directory_signs_in(
    sqlite_office: Office, directory: Directory, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    _set(monkeypatch, directory, **WAYS[way])
    assert sqlite_office.stranger().told("/ldap") == {"name": "单位目录"}
    told, browser = _log_in(sqlite_office, " LinHai ")
    assert told == "linhai"
    (session,) = browser.told("/security")["sessions"]
    assert session["method"] == "ldap" and browser.told("/security")["log_ins"][0]["method"] == "ldap"
    assert browser.done("/logout")["url"] is None
    assert _log_in(sqlite_office, "linhai", "wrong-1234")[0] == "login.wrong"
    assert _log_in(sqlite_office, "nobody", PASSWORD)[0] == "login.wrong"
    assert _log_in(sqlite_office, "linhai", DEMO_PASSWORD)[0] == "login.wrong", "the password here is another"


STRANGE = (
    "*", "lin*", "linhai)(uid=*", "*)(|(uid=*", "linhai,ou=people", "linhai\x00", "l\\69nhai", "(", "\\", "+",
    "x" * 201, "",
)  # fmt: skip


@pytest.mark.parametrize("way", ["search, then bind", "bind as the user"])
@pytest.mark.parametrize("login", STRANGE)
def test_no_name_changes_what_is_asked(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, way: str, login: str
) -> None:
    """RFC 4515 and RFC 4514: the name is a value, whatever it holds."""
    _set(monkeypatch, directory, **WAYS[way])
    assert ldap.subject(ldap.required(), login, PASSWORD) is None


@pytest.mark.parametrize("way", ["search, then bind", "bind as the user"])
def test_an_empty_password_is_no_password(
    sqlite_office: Office, directory: Directory, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """RFC 4513: a directory lets a bind without password pass, as nobody."""
    _set(monkeypatch, directory, **WAYS[way])
    assert _log_in(sqlite_office, "linhai", "")[0] == "login.wrong"


UNSAFE: dict[str, dict[str, str]] = {
    "an authority that is not trusted": {"CA": "other"},
    "authorities of the system only": {"CA": ""},
    "another host's certificate": {"URL": "localhost"},
    "a directory that is not there": {"URL": "ldaps://127.0.0.1:1"},
    "a wrong password of who looks": {"BIND_PASSWORD": "wrong"},
}


@pytest.mark.parametrize("what", UNSAFE)
def test_a_directory_that_is_not_itself_gets_no_password(
    sqlite_office: Office, directory: Directory, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    more = dict(UNSAFE[what])
    if more.get("CA") == "other":
        more["CA"] = str(directory.other_ca)
    if more.get("URL") == "localhost":
        more["URL"] = directory.ldaps.replace("127.0.0.1", "localhost")
    _set(monkeypatch, directory, **more)
    assert _log_in(sqlite_office)[0] == "ldap.unreachable"


def test_without_ldaps_the_connection_is_encrypted_first(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    """This slapd refuses a password in clear, as any should; from this machine alone none is encrypted."""
    _set(monkeypatch, directory, URL=directory.ldap)
    with pytest.raises(BanjieError, match=r"^ldap\.unreachable"):
        ldap.subject(ldap.required(), "linhai", PASSWORD)
    monkeypatch.setattr(ldap, "_HERE", frozenset())
    assert ldap.subject(ldap.required(), "linhai", PASSWORD) is not None
    _set(monkeypatch, directory, URL=directory.ldap, CA=str(directory.other_ca))
    with pytest.raises(BanjieError, match=r"^ldap\.unreachable"):
        ldap.subject(ldap.required(), "linhai", PASSWORD)


def test_lock_out_and_second_factor_hold_here_too(
    sqlite_office: Office, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = sqlite_office
    _set(monkeypatch, directory)
    assert [_log_in(office, "linhai", "wrong-1234")[0] for _ in range(6)] == ["login.wrong"] * 5 + ["login.locked"]
    assert _log_in(office)[0] == "login.locked"
    assert office.stranger().log_in("linhai", DEMO_PASSWORD).status_code == 429, "one name, one count"
    office.clock.advance(minutes=2)
    told, browser = _log_in(office)
    assert told == "linhai"
    totp = pyotp.TOTP(browser.done("/security/second-factor")["secret"])
    stamp = int(office.clock.now().timestamp())
    browser.done("/security/second-factor/confirm", {"code": totp.at(stamp)})
    assert _log_in(office)[0] == "login.code_wanted"
    assert _log_in(office, code="000000")[0] == "login.code_wrong"
    assert _log_in(office, code=totp.at(stamp + 30))[0] == "linhai"


def test_nobody_becomes_a_user_and_an_account_belongs_to_one_person(
    sqlite_office: Office, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = sqlite_office
    _set(monkeypatch, directory, TIE_BY_LOGIN="0")
    assert _log_in(office)[0] == "ldap.unknown"
    mine, other = office.stranger(), office.stranger()
    mine.log_in("linhai", DEMO_PASSWORD)
    other.log_in("wangxiaohua", DEMO_PASSWORD)
    body = {"password": DEMO_PASSWORD, "login": "linhai", "directory_password": PASSWORD}
    for wrong, code in (({"password": "x"}, "password.wrong"), ({"directory_password": "x"}, "login.wrong")):
        assert mine.post("/ldap/link", body | wrong).json()["error"]["code"] == code
    mine.done("/ldap/link", body)
    assert mine.told("/ldap/linked") == {"name": "单位目录", "linked": True}
    assert other.post("/ldap/link", body).json()["error"]["code"] == "openid.taken"
    assert _log_in(office)[0] == "linhai"
    (tie,) = office.browser("admin").told("/admin/external-logins")
    assert (tie["name"], tie["service"]) == ("林海", "单位目录")
    office.browser("admin").done("/admin/users/linhai", {"active": False})
    assert _log_in(office)[0] == "openid.left"
    office.browser("admin").done("/admin/users/linhai", {"active": True})
    again = _log_in(office)[1]
    again.done("/ldap/unlink")
    assert _log_in(office)[0] == "ldap.unknown"


@pytest.mark.parametrize(
    "wrong", [{"URL": "http://x"}, {"URL": "ldaps://x:port"}, {"BIND_DN": ""}, {"FILTER": "(uid=a)"}]
)
def test_settings_that_are_not_whole_are_told(
    sqlite_office: Office, directory: Directory, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]
) -> None:
    _set(monkeypatch, directory, **wrong)
    assert _log_in(sqlite_office)[0] == "ldap.settings"


def test_without_a_directory_there_is_no_such_way(sqlite_office: Office) -> None:
    assert sqlite_office.stranger().told("/ldap") == {"name": None}
    assert _log_in(sqlite_office)[0] == "ldap.off"


SIZES: dict[str, ViewportSize] = {"pc": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}


def test_a_clerk_ties_the_account_and_signs_in_with_it(
    new_page: Callable[[], Page], directory: Directory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, watch: Watch
) -> None:
    watch.expect("401|403")
    _set(monkeypatch, directory, TIE_BY_LOGIN="0")
    with pages.town(tmp_path) as server:
        page, other = new_page(), new_page()
        page.set_default_timeout(pages.PATIENCE)
        page.goto(f"{server.url}/login")
        expect(page.get_by_role("button", name="用单位目录的用户名和密码登录")).to_be_visible()
        _pictures(page, "login-directory")
        page.get_by_label("用户名").fill("linhai")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="用单位目录的用户名和密码登录").click()
        expect(page.get_by_role("alert")).to_contain_text("还没有绑定用户")

        pages.sit_down(other, server.url, "linhai", "/security")
        card = other.get_by_role("region", name="单位目录")
        expect(card).to_contain_text("未绑定")
        _pictures(other, "security-directory")
        card.get_by_label("当前密码").fill(DEMO_PASSWORD)
        card.get_by_label("目录中的用户名").fill("linhai")
        card.get_by_label("目录中的密码").fill(PASSWORD)
        card.get_by_role("button", name="绑定", exact=True).click()
        expect(card).to_contain_text("已绑定")

        page.get_by_role("button", name="用单位目录的用户名和密码登录").click()
        expect(page.get_by_role("heading", name="我的待办")).to_be_visible()
        page.goto(f"{server.url}/security")
        expect(page.get_by_role("region", name="登录记录").locator("tbody tr").first).to_contain_text("单位目录")
        expect(page.get_by_role("region", name="单位目录", exact=True)).to_contain_text("已绑定")

        page.goto(f"{server.url}/notice-settings")
        save = page.get_by_role("button", name="保存", exact=True)
        expect(save).to_be_visible()
        page.context.clear_cookies()  # the session ends while something is being done
        save.click()
        box = page.get_by_role("dialog", name="登录已过期")
        expect(box.get_by_label("用户名")).to_have_value("linhai")
        box.get_by_label("密码").fill(PASSWORD)
        expect(box.get_by_role("button", name="用单位目录的用户名和密码登录")).to_be_visible()
        pages.accessible(page)
        page.screenshot(path=pages.screen("expired-directory"))
        box.get_by_role("button", name="用单位目录的用户名和密码登录").click()
        expect(page.get_by_text("通知设置已保存")).to_be_visible()


def _pictures(page: Page, name: str) -> None:
    """Both sizes in both languages, looked at by axe-core."""
    for language in ("zh", "en"):
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            pages.accessible(page)
            pages.fits(page)
            page.screenshot(path=pages.screen(f"{name}-{language}-{size}"), full_page=True)
        page.get_by_role("button", name=re.compile("Switch to English|切换为中文")).click()
