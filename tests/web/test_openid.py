"""Sign-in by OpenID Connect against a provider that really runs, and what makes an answer worth nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pyotp
import pytest
from playwright.sync_api import Page, expect

from office import people
from office.town import DEMO_PASSWORD
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Browser, Office
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, Person, Provider, running
from tests.support.ports import free_port

HERE = "http://testserver"


def _set(monkeypatch: pytest.MonkeyPatch, provider: Provider, public_url: str = HERE, **more: str) -> None:
    told = {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET": CLIENT_SECRET}
    for name, value in {**told, "PUBLIC_URL": public_url, **more}.items():
        monkeypatch.setenv(f"BANJIE_{name}", value)


@pytest.fixture
def provider(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    now = sqlite_office.clock.now
    with running(f"{HERE}/api/openid/callback", lambda: int(now().timestamp())) as made:
        _set(monkeypatch, made)
        yield made


def _there(address: str) -> str:
    """Be signed in at the provider; gives the address that it sends the browser back to."""
    answer = httpx2.get(address)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix(HERE)


def _sign_in(browser: Browser, next: str = "/cases") -> str:
    """The whole way; gives where the browser ends."""
    begun = browser.client.get("/api/openid/begin", params={"next": next}, follow_redirects=False)
    assert begun.status_code == 303, begun.text
    return _back(browser, _there(begun.headers["location"]))


def _back(browser: Browser, address: str) -> str:
    answer = browser.client.get(address, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    browser.csrf = browser.told("/me").get("csrf")
    return str(answer.headers["location"])


def _link(office: Office, login: str = "linhai") -> Browser:
    browser = office.stranger()
    browser.log_in(login, DEMO_PASSWORD)
    assert _back(browser, _there(browser.done("/openid/link", {"password": DEMO_PASSWORD})["url"])) == "/security"
    return browser


def _who(browser: Browser) -> str | None:
    user = browser.told("/me")["user"]
    return user and user["login"]


def test_a_tied_account_signs_in_and_out(sqlite_office: Office, provider: Provider) -> None:
    at_home = _link(sqlite_office)
    assert at_home.told("/openid/linked") == {"name": "统一身份认证", "linked": True}
    browser = sqlite_office.stranger()
    assert _sign_in(browser) == "/cases" and _who(browser) == "linhai"
    assert [one["method"] for one in browser.told("/security")["sessions"] if one["current"]] == ["openid"]
    end = urlsplit(browser.done("/logout")["url"])
    assert end.path == "/end" and parse_qs(end.query)["post_logout_redirect_uri"] == [f"{HERE}/login"]
    assert _who(browser) is None
    assert at_home.done("/logout")["url"] is None, "who came by password has no session at the provider"


def test_nobody_becomes_a_user_by_signing_in(sqlite_office: Office, provider: Provider) -> None:
    browser = sqlite_office.stranger()
    provider.person = Person("stranger", {"preferred_username": "linhai"})
    assert _sign_in(browser) == "/login?openid=openid.unknown" and _who(browser) is None


def test_a_claim_ties_an_account_once(
    sqlite_office: Office, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, provider, OIDC_LOGIN_CLAIM="preferred_username")
    provider.person = Person("s-1", {"preferred_username": "LinHai"})
    browser = sqlite_office.stranger()
    assert _sign_in(browser) == "/cases" and _who(browser) == "linhai"
    provider.person = Person("s-2", {"preferred_username": "linhai"})
    assert _sign_in(sqlite_office.stranger()) == "/login?openid=openid.unknown", "the name has an account already"
    provider.person = Person("s-1", {"preferred_username": "chenjing"})
    other = sqlite_office.stranger()
    assert _sign_in(other) == "/cases" and _who(other) == "linhai", "the subject counts, not the name"


def test_an_account_belongs_to_one_person(sqlite_office: Office, provider: Provider) -> None:
    _link(sqlite_office)
    other = sqlite_office.stranger()
    other.log_in("chenjing", DEMO_PASSWORD)
    assert other.post("/openid/link", {"password": "wrong"}).json()["error"]["code"] == "password.wrong"
    url = other.done("/openid/link", {"password": DEMO_PASSWORD})["url"]
    assert _back(other, _there(url)) == "/login?openid=openid.taken"
    assert other.told("/openid/linked")["linked"] is False
    sqlite_office.browser("linhai").done("/openid/unlink")
    assert _sign_in(sqlite_office.stranger()) == "/login?openid=openid.unknown"


def test_an_administrator_sees_and_unties_the_accounts_of_people(sqlite_office: Office, provider: Provider) -> None:
    tied, admin = _link(sqlite_office), sqlite_office.browser("admin")
    (tie,) = admin.told("/admin/external-logins")
    assert (tie["user_id"], tie["name"], tie["service"]) == ("linhai", "林海", "统一身份认证")
    body = {"issuer": tie["issuer"], "user_id": tie["user_id"], "reason": "账号被盗"}
    refused = admin.post("/admin/external-logins/remove", body | {"reason": " "}).json()["error"]["code"]
    assert refused == "safety.no_reason"
    admin.done("/admin/external-logins/remove", body)
    assert tied.get("/inbox").status_code == 401, "what was opened by the account is over"
    assert _sign_in(sqlite_office.stranger()) == "/login?openid=openid.unknown"
    assert admin.told("/admin/external-logins") == []
    assert admin.post("/admin/external-logins/remove", body).json()["error"]["code"] == "external.unknown"
    (line,) = [one for one in admin.told("/admin/office-log") if one["subject"] == "external"]
    assert (line["told"], line["reason"]) == (["林海", "外部登录：统一身份认证 → 无"], "账号被盗")
    told = [one["text"] for one in sqlite_office.browser("linhai").told("/notices")]
    assert [text for text in told if "管理员解除了您的外部登录账号" in text]


WRONG: dict[str, Callable[[dict[str, Any]], None]] = {
    "issuer": lambda claims: claims.update(iss="http://127.0.0.1:1"),
    "audience": lambda claims: claims.update(aud=["another"]),
    "two audiences without a party": lambda claims: claims.update(aud=[CLIENT_ID, "another"], azp="another"),
    "nonce": lambda claims: claims.update(nonce="another"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "over": lambda claims: claims.update(exp=claims["iat"] - 121),
    "not begun": lambda claims: claims.update(nbf=claims["iat"] + 121),
    "made later": lambda claims: claims.update(iat=claims["iat"] + 121),
    "no subject": lambda claims: claims.update(sub=""),
    "no end": lambda claims: claims.pop("exp"),
}


def test_a_token_that_does_not_hold_is_refused(sqlite_office: Office, provider: Provider) -> None:
    _link(sqlite_office)
    for what, bend in WRONG.items():
        provider.bend = bend
        browser = sqlite_office.stranger()
        assert _sign_in(browser) == "/login?openid=openid.refused", what
        assert _who(browser) is None, what
    provider.bend = lambda claims: claims.update(exp=claims["iat"] - 119, iat=claims["iat"] - 300)
    assert _sign_in(sqlite_office.stranger()) == "/cases", "clocks may be two minutes off"


def test_keys_change_and_strange_keys_do_not_count(sqlite_office: Office, provider: Provider) -> None:
    _link(sqlite_office)
    provider.rotate()
    assert _sign_in(sqlite_office.stranger()) == "/cases"
    provider.rotate(tell=False)
    assert _sign_in(sqlite_office.stranger()) == "/login?openid=openid.refused"


def test_an_answer_counts_once_in_the_browser_that_asked_and_for_ten_minutes(
    sqlite_office: Office, provider: Provider
) -> None:
    _link(sqlite_office)
    browser, stale = sqlite_office.stranger(), "/login?openid=openid.stale"

    def go() -> str:
        begun = browser.client.get("/api/openid/begin", follow_redirects=False)
        return _there(begun.headers["location"])

    back = go()
    assert _back(sqlite_office.stranger(), back) == stale, "another browser"
    assert _back(browser, back.replace("state=", "state=x")) == stale
    assert _back(browser, back) == "/"
    assert _back(browser, back) == stale
    back = go()
    sqlite_office.clock.advance(minutes=11)
    assert _back(browser, back) == stale
    back = go()
    assert _back(browser, back.replace("code=", "code=x")) == "/login?openid=openid.refused"
    assert _back(browser, back) == stale
    assert _back(browser, go().split("?")[0] + "?error=access_denied") == stale


def test_the_second_factor_lock_out_and_leaving_hold_here_too(sqlite_office: Office, provider: Provider) -> None:
    at_home = _link(sqlite_office)
    secret = at_home.done("/security/second-factor")["secret"]
    now = int(sqlite_office.clock.now().timestamp())
    at_home.done("/security/second-factor/confirm", {"code": pyotp.TOTP(secret).at(now)})
    browser = sqlite_office.stranger()
    assert _sign_in(browser) == "/login?openid=login.code_wanted" and _who(browser) is None
    assert browser.post("/openid/code", {"code": "000000"}).json()["error"]["code"] == "login.code_wrong"
    assert browser.done("/openid/code", {"code": pyotp.TOTP(secret).at(now + 30)}) == {"next": "/cases"}
    assert _who(browser) == "linhai"
    assert browser.post("/openid/code", {"code": "000000"}).json()["error"]["code"] == "openid.stale"

    guesser = sqlite_office.stranger()
    _sign_in(guesser)
    told = [guesser.post("/openid/code", {"code": f"{guess:06}"}).json()["error"]["code"] for guess in range(6)]
    assert told[-1] == "login.locked"
    assert sqlite_office.stranger().log_in("linhai", DEMO_PASSWORD).json()["error"]["code"] == "login.locked"
    assert _sign_in(sqlite_office.stranger()) == "/login?openid=login.locked"

    with sqlite_office.banjie.store.begin() as uow:
        people.change_user(uow, sqlite_office.org_id, browser.told("/me")["user"]["id"], active=False)
    assert _sign_in(sqlite_office.stranger()) == "/login?openid=openid.left" and _who(browser) is None


def test_one_never_leaves_for_another_site(sqlite_office: Office, provider: Provider) -> None:
    _link(sqlite_office)
    for address in ("https://evil.example/", "//evil.example", "/\\evil.example", "/\tx", "x"):
        assert _sign_in(sqlite_office.stranger(), address) == "/", address


def test_settings(sqlite_office: Office, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = sqlite_office.stranger()
    for issuer in ("http://sso.example.gov.cn", "ftp://127.0.0.1", "https://"):
        _set(monkeypatch, provider, OIDC_ISSUER=issuer)
        assert stranger.get("/openid").json()["error"]["code"] == "openid.settings", issuer
    _set(monkeypatch, provider, OIDC_ISSUER=f"{provider.issuer}/elsewhere")
    begun = stranger.client.get("/api/openid/begin", follow_redirects=False)
    assert begun.headers["location"] == "/login?openid=openid.provider", "it is not there"
    told, provider.issuer = provider.issuer, "http://127.0.0.1:1"
    _set(monkeypatch, provider, OIDC_ISSUER=told)
    begun = stranger.client.get("/api/openid/begin", follow_redirects=False)
    assert begun.headers["location"] == "/login?openid=openid.provider", "it says it is another"
    monkeypatch.delenv("BANJIE_OIDC_ISSUER")
    assert stranger.told("/openid") == {"name": None}
    begun = stranger.client.get("/api/openid/begin", follow_redirects=False)
    assert begun.headers["location"] == "/login?openid=openid.off"


def test_the_tables_do_it_on_both_databases(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(f"{HERE}/api/openid/callback", lambda: int(office.clock.now().timestamp())) as provider:
        _set(monkeypatch, provider)
        _link(office)
        browser = office.stranger()
        assert _sign_in(browser) == "/cases" and _who(browser) == "linhai"


# -- the page ----------------------------------------------------------------------------------------------------------


def test_a_clerk_ties_the_account_and_signs_in_with_the_button(
    new_page: Callable[[], Page], tmp_path: Any, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    with running("", lambda: int(time.time())) as provider:
        _set(monkeypatch, provider, OIDC_NAME="县统一身份认证")
        port = free_port()
        monkeypatch.setenv("BANJIE_PUBLIC_URL", f"http://127.0.0.1:{port}")
        provider.client.redirect_uri = f"http://127.0.0.1:{port}/api/openid/callback"
        with pages.town(tmp_path, port=port) as server:
            stranger = new_page()
            stranger.goto(f"{server.url}/login")
            stranger.get_by_role("button", name="县统一身份认证").click()
            expect(stranger.get_by_role("alert")).to_contain_text("还没有绑定用户")
            stranger.screenshot(path=pages.screen("openid-unknown"))
            pages.accessible(stranger)

            page = new_page()
            pages.sit_down(page, server.url, "linhai", "/security")
            section = page.locator("section").filter(has_text="县统一身份认证")
            section.get_by_label("当前密码").fill(DEMO_PASSWORD)
            section.get_by_role("button", name="绑定").click()
            expect(section.get_by_text("已绑定")).to_be_visible()
            pages.accessible(page)
            page.set_viewport_size({"width": 390, "height": 844})
            pages.fits(page)
            page.screenshot(path=pages.screen("openid-security-phone"), full_page=True)

            stranger.get_by_role("button", name="县统一身份认证").click()
            expect(stranger.get_by_role("heading", name="我的待办")).to_be_visible()
            stranger.locator("details.user summary").click()
            stranger.get_by_role("button", name="退出登录").click()
            expect(stranger).to_have_url(f"{server.url}/login")
            stranger.set_viewport_size({"width": 390, "height": 844})
            stranger.screenshot(path=pages.screen("openid-login-phone"))
