"""Security keys (WebAuthn) as a second factor: made known, used, refused, lost - by the API, and by the page with the
authenticator that Chromium has for tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import CDPSession, Page, expect
from sqlalchemy import select

from office.security_keys import PATIENCE
from office.town import DEMO_PASSWORD
from storage.tables.people import security_key
from tests.support import pages
from tests.support.authenticator import Authenticator
from tests.support.browser import Watch
from tests.support.office import Browser, Office
from tests.support.ports import free_port
from tests.support.server import Server
from web.public_address import site

ORIGIN = "https://banjie.example.gov.cn"
RULES = {"case_megabytes": 500, "person_megabytes": 1000, "org_megabytes": 200_000, "reason": "等级保护要求"}


@pytest.fixture(autouse=True)
def address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANJIE_PUBLIC_URL", f"{ORIGIN}/")


def _refused(browser: Browser, path: str, body: Any) -> str:
    answer = browser.post(path, body)
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["error"]["code"])


def _enrolled(browser: Browser, key: Authenticator, name: str = "钥匙串上的") -> list[str]:
    asked = browser.done("/security/keys/begin", {"password": DEMO_PASSWORD})
    codes: list[str] = browser.done("/security/keys", {"name": name, "key": key.create(asked)})["recovery_codes"]
    return codes


def _log_in(office: Office, login: str = "linhai", **second: Any) -> tuple[int, str | None, Any]:
    """Status, code of the refusal, and what it asks of a key or the browser that is logged in."""
    browser = office.stranger()
    answer = browser.post("/login", {"login": login, "password": DEMO_PASSWORD} | second)
    if answer.status_code == 200:
        browser.csrf = answer.json()["csrf"]
        return 200, None, browser
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("details", {}).get("key")


def test_a_key_is_made_known_used_named_and_taken_away(office: Office) -> None:
    browser, key, spare = office.browser("linhai"), Authenticator(ORIGIN), Authenticator(ORIGIN)
    assert len(set(_enrolled(browser, key))) == 10
    assert _enrolled(browser, spare, "抽屉里的") == [], "the recovery codes are there already"
    told = browser.told("/security")
    assert [(one["name"], one["blocked"], one["used_at"]) for one in told["keys"]] == [
        ("钥匙串上的", False, None), ("抽屉里的", False, None),
    ]  # fmt: skip
    assert (told["second_factor"], told["recovery_codes"], told["keys_possible"]) == (False, 10, True)

    status, code, asked = _log_in(office)
    assert (status, code, len(asked["allowCredentials"])) == (401, "login.code_wanted", 2)
    assert _log_in(office, key=spare.get(asked))[0] == 200
    (first, second) = browser.told("/security")["keys"]
    assert first["used_at"] is None and second["used_at"] is not None
    browser.done(f"/security/keys/{first['id']}/rename", {"name": " 蓝色的 "})
    assert browser.told("/security")["keys"][0]["name"] == "蓝色的"
    assert _refused(browser, f"/security/keys/{first['id']}/rename", {"name": " "}) == "key.name"
    assert _refused(browser, f"/security/keys/{first['id']}/remove", {"password": "wrong"}) == "password.wrong"
    assert _refused(office.browser("chenjing"), f"/security/keys/{first['id']}/rename", {"name": "x"}) == "key.unknown"
    mine = f"/security/keys/{first['id']}/remove"
    assert _refused(office.browser("chenjing"), mine, {"password": DEMO_PASSWORD}) == "key.unknown"
    for one in (first, second):
        browser.done(f"/security/keys/{one['id']}/remove", {"password": DEMO_PASSWORD})
    assert _log_in(office)[0] == 200 and browser.told("/security")["recovery_codes"] == 0
    texts = [one["text"] for one in browser.told("/notices") if one["kind"] == "account"]
    assert len([text for text in texts if "登记了安全密钥" in text]) == 2
    assert len([text for text in texts if "安全密钥“蓝色的”已移除" in text]) == 1


def _other(office: Office, key: Authenticator, asked: Any) -> Any:
    """Somebody else's key answers."""
    other = Authenticator(ORIGIN)
    _enrolled(office.browser("chenjing"), other)
    return other.get(asked)


def _false_signature(office: Office, key: Authenticator, asked: Any) -> Any:
    answer = key.get(asked)
    answer["response"]["signature"] = key.get(asked)["response"]["signature"]
    return answer


def _later(office: Office, key: Authenticator, asked: Any) -> Any:
    office.clock.advance(seconds=PATIENCE.total_seconds())
    return key.get(asked)


def _again(office: Office, key: Authenticator, asked: Any) -> Any:
    """What was seen on the way is sent once more."""
    answer = key.get(asked)
    assert _log_in(office, key=answer)[0] == 200
    return answer


def _for_enrolling(office: Office, key: Authenticator, asked: Any) -> Any:
    """A challenge that was put for another purpose."""
    begun = office.browser("linhai").done("/security/keys/begin", {"password": DEMO_PASSWORD})
    return key.get({**begun, "rpId": begun["rp"]["id"]})


def _of_another(office: Office, key: Authenticator, asked: Any) -> Any:
    """A challenge that was put to somebody else."""
    _enrolled(office.browser("chenjing"), Authenticator(ORIGIN))
    return key.get(_log_in(office, "chenjing")[2])


REFUSALS: dict[str, tuple[str, Callable[[Office, Authenticator, Any], Any]]] = {
    "another origin": ("wrong", lambda _, key, asked: key.get(asked, origin="https://banjie.example.com")),
    "plain http": ("wrong", lambda _, key, asked: key.get(asked, origin="http://banjie.example.gov.cn")),
    "another port": ("wrong", lambda _, key, asked: key.get(asked, origin=f"{ORIGIN}:8443")),
    "another host": ("wrong", lambda _, key, asked: key.get(asked, rp_id="example.gov.cn")),
    "another act": ("wrong", lambda _, key, asked: key.get(asked, type="webauthn.create")),
    "another's key": ("wrong", _other),
    "a false signature": ("wrong", _false_signature),
    "an unknown key": ("wrong", lambda _, key, asked: Authenticator(ORIGIN).get(asked)),
    "junk": ("wrong", lambda _, key, asked: key.get(asked) | {"rawId": "!"}),
    "another challenge": ("stale", lambda _, key, asked: key.get(asked | {"challenge": "AAAA"})),
    "an old challenge": ("stale", _later),
    "a used challenge": ("stale", _again),
    "a challenge for enrolling": ("stale", _for_enrolling),
    "a challenge of another": ("stale", _of_another),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_an_answer_that_does_not_count(sqlite_office: Office, kind: str) -> None:
    office, key = sqlite_office, Authenticator(ORIGIN)
    _enrolled(office.browser("linhai"), key)
    fault, answer = REFUSALS[kind]
    status, code, asked = _log_in(office, key=answer(office, key, _log_in(office)[2]))
    assert (status, code) == (401, f"login.key_{fault}")
    assert _log_in(office, key=key.get(asked))[0] == 200, "the refusal asks anew"
    outcomes = [one["outcome"] for one in office.browser("linhai").told("/security")["log_ins"]]
    assert ("key" in outcomes) is (fault == "wrong"), "one that was late is no attempt of a stranger"


def test_guessing_locks_the_name_and_the_owner_hears_of_it(sqlite_office: Office) -> None:
    office, key, thief = sqlite_office, Authenticator(ORIGIN), Authenticator(ORIGIN)
    _enrolled(office.browser("linhai"), key)
    thief.credential_id = key.credential_id
    told = [_log_in(office, key=thief.get(_log_in(office)[2]))[1] for _ in range(5)]
    assert told == ["login.key_wrong"] * 5 and _log_in(office)[1] == "login.locked"
    texts = [one["text"] for one in office.browser("linhai").told("/notices")]
    assert len([text for text in texts if "有人用您的正确密码登录，但动态口令或安全密钥不对" in text]) == 5


def test_a_copy_of_a_key_is_noticed_and_both_open_nothing_any_more(office: Office) -> None:
    key, copy = Authenticator(ORIGIN, count=7), Authenticator(ORIGIN, count=7)
    codes = _enrolled(office.browser("linhai"), key)
    assert _log_in(office, key=key.get(_log_in(office)[2]))[0] == 200
    copy.credential_id, copy._private = key.credential_id, key._private
    status, code, asked = _log_in(office, key=copy.get(_log_in(office)[2]))
    assert (status, code, asked) == (401, "login.key_copied", None)
    assert _log_in(office)[1:] == ("login.code_wanted", None), "it is still wanted, and none is left to ask"
    assert office.browser("linhai").told("/security")["keys"][0]["blocked"] is True
    warned = [one["text"] for one in office.browser("admin").told("/notices") if one["kind"] == "unusual"]
    assert len(warned) == 1 and "可能被复制过" in warned[0]
    assert _log_in(office, code=codes[0])[0] == 200


def test_a_key_that_never_counts_is_used_again_and_again(sqlite_office: Office) -> None:
    """Keys that are kept on several devices say 0 always."""
    key = Authenticator(ORIGIN)
    _enrolled(sqlite_office.browser("linhai"), key)
    for _ in range(2):
        key.count = -1  # the next one
        assert _log_in(sqlite_office, key=key.get(_log_in(sqlite_office)[2]))[0] == 200


def test_an_office_may_want_the_owner_verified(sqlite_office: Office) -> None:
    office, key = sqlite_office, Authenticator(ORIGIN, verifies=True)
    office.browser("admin").done("/admin/safety", RULES | {"second_factor": "own", "verify_user": True})
    browser = office.browser("linhai")
    asked = browser.done("/security/keys/begin", {"password": DEMO_PASSWORD})
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    careless = Authenticator(ORIGIN).create(asked)
    assert _refused(browser, "/security/keys", {"name": "x", "key": careless}) == "key.refused"
    _enrolled(browser, key)
    key.verifies = False
    assert _log_in(office, key=key.get(_log_in(office)[2]))[1] == "login.key_wrong"
    key.verifies = True
    assert _log_in(office, key=key.get(_log_in(office)[2]))[0] == 200
    (line,) = [one for one in office.browser("admin").told("/admin/office-log") if one["subject"] == "safety"]
    assert "安全密钥须验证本人：否 → 是" in line["told"]


def test_a_key_is_the_second_factor_that_the_office_wants_and_is_reset_like_one(sqlite_office: Office) -> None:
    office, key = sqlite_office, Authenticator(ORIGIN)
    office.browser("admin").done("/admin/safety", RULES | {"second_factor": "all"})
    browser = _log_in(office)[2]
    assert browser.get("/inbox").status_code == 403 and browser.told("/me")["must_enrol"] is True
    _enrolled(browser, key)
    assert browser.get("/inbox").status_code == 200 and browser.told("/me")["must_enrol"] is False
    admin = office.browser("admin")
    _enrolled(admin, Authenticator(ORIGIN))
    without = {one["id"] for one in admin.told("/admin/safety")["without"]}
    assert "linhai" not in without and "chenjing" in without
    admin.done("/admin/users/linhai", {"reset_second_factor": True})
    assert browser.get("/inbox").status_code == 401, "what was logged in with the lost key is not any more"
    assert _log_in(office)[2].told("/me")["must_enrol"] is True
    with office.banjie.store.begin(write=False) as uow:
        mine = select(security_key.c.id).where(security_key.c.user_id == "linhai")
        assert uow.conn.execute(mine).all() == []


def test_what_is_no_new_key(sqlite_office: Office) -> None:
    office, key = sqlite_office, Authenticator(ORIGIN)
    browser = office.browser("linhai")
    assert _refused(browser, "/security/keys/begin", {"password": "wrong"}) == "password.wrong"

    def asked() -> Any:
        return browser.done("/security/keys/begin", {"password": DEMO_PASSWORD})

    def tried(answer: Any, name: str = "甲") -> str:
        return _refused(browser, "/security/keys", {"name": name, "key": answer})

    assert tried(key.create(asked()), " ") == "key.name"
    assert tried(key.create(asked(), origin="https://banjie.example.com")) == "key.refused"
    assert tried(key.create(asked() | {"challenge": "AAAA"})) == "key.stale"
    late = key.create(asked())
    office.clock.advance(seconds=PATIENCE.total_seconds())
    assert tried(late) == "key.stale"
    asked_once = asked()
    browser.done("/security/keys", {"name": "甲", "key": key.create(asked_once)})
    assert tried(key.create(asked_once)) == "key.stale"
    assert tried(key.create(asked())) == "key.taken"
    assert browser.told("/security")["keys"][0]["name"] == "甲"
    for number in range(9):
        _enrolled(browser, Authenticator(ORIGIN), f"第{number}把")
    assert _refused(browser, "/security/keys/begin", {"password": DEMO_PASSWORD}) == "key.too_many"


def test_codes_and_keys_stand_side_by_side(sqlite_office: Office) -> None:
    office, key = sqlite_office, Authenticator(ORIGIN)
    browser = office.browser("linhai")
    codes = _enrolled(browser, key)
    secret = browser.done("/security/second-factor")["secret"]
    now = int(office.clock.now().timestamp())
    done = browser.done("/security/second-factor/confirm", {"code": pyotp.TOTP(secret).at(now)})
    assert done["recovery_codes"] == [] and browser.told("/security")["recovery_codes"] == 10
    assert _log_in(office, code=pyotp.TOTP(secret).at(now + 30))[0] == 200
    assert _log_in(office, key=key.get(_log_in(office)[2]))[0] == 200
    browser.done("/security/second-factor/remove", {"password": DEMO_PASSWORD})
    assert _log_in(office)[1] == "login.code_wanted", "the key is still one"
    assert _log_in(office, code=pyotp.TOTP(secret).at(now + 60))[1] == "login.code_wrong"
    assert _log_in(office, code=codes[0])[0] == 200


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://banjie.example.gov.cn", ORIGIN), ("https://Banjie.example.gov.cn:443/", ORIGIN),
        ("https://banjie.example.gov.cn:8443", f"{ORIGIN}:8443"), ("http://localhost:8000", "http://localhost:8000"),
        ("", None), ("http://banjie.example.gov.cn", None), ("https://10.0.0.5", None), ("https://[::1]", None),
        ("banjie.example.gov.cn", None), ("https://x:port", None),
    ],
)  # fmt: skip
def test_keys_are_for_one_address(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch, url: str, origin: str | None
) -> None:
    office, key = sqlite_office, Authenticator(ORIGIN)
    codes = _enrolled(office.browser("linhai"), key)
    monkeypatch.setenv("BANJIE_PUBLIC_URL", url)
    found = site()
    assert (found.origin if found else None) == origin
    if origin is None:
        assert office.browser("linhai").told("/security")["keys_possible"] is False
        begun = _refused(office.browser("linhai"), "/security/keys/begin", {"password": DEMO_PASSWORD})
        assert begun == "key.no_address"
        assert _log_in(office)[1:] == ("login.code_wanted", None)
        assert _log_in(office, code=codes[0])[0] == 200, "nobody is shut out by a setting"


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    with pytest.MonkeyPatch.context() as setting:
        setting.setenv("BANJIE_PUBLIC_URL", f"http://localhost:{port}")
        with pages.town(tmp_path_factory.mktemp("keys"), port=port) as running:
            yield running


def _with_key(page: Page) -> tuple[CDPSession, str]:
    """Plug a key into the browser."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    about = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True, "isUserVerified": True}
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": about})["authenticatorId"]


def _both_sizes(page: Page, name: str) -> None:
    for width, height in ((1366, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        pages.accessible(page)
        pages.fits(page)
        page.screenshot(path=pages.screen(f"{name}-{width}"), full_page=width == 390)
    page.set_viewport_size({"width": 1366, "height": 768})


def test_a_clerk_adds_a_key_and_logs_in_with_it_also_where_the_session_ended(
    page: Page, server: Server, watch: Watch
) -> None:
    watch.expect("401")
    url = f"http://localhost:{server.port}"
    pages.sit_down(page, url, "linhai", "/security")
    _with_key(page)
    _both_sizes(page, "security-no-key")
    keys = page.get_by_role("region", name="安全密钥")
    keys.get_by_role("button", name="登记安全密钥").click()
    box = page.get_by_role("dialog", name="登记安全密钥")
    box.get_by_label("名称").fill("钥匙串上的")
    box.get_by_label("当前密码").fill("wrong")
    box.get_by_role("button", name="继续").click()
    expect(box.get_by_role("alert")).to_contain_text("当前密码不正确")
    watch.expect("403")
    _both_sizes(page, "security-add-key")
    box.get_by_label("当前密码").fill(DEMO_PASSWORD)
    box.get_by_role("button", name="继续").click()
    expect(page.locator("ul.codes li")).to_have_count(10)
    _both_sizes(page, "security-recovery-codes")
    page.get_by_role("button", name="已抄好").click()
    expect(keys.locator("tbody tr")).to_contain_text("钥匙串上的")

    pages.call(page, url, "POST", "/logout")
    page.get_by_role("navigation", name="主菜单").get_by_role("link", name="登记簿").click()
    again = page.get_by_role("dialog")
    again.get_by_label("密码").fill(DEMO_PASSWORD)
    again.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="登记簿")).to_be_visible()
    expect(again).to_have_count(0)

    page.goto(f"{url}/security")
    expect(keys.locator("tbody tr td").nth(2)).not_to_have_text("—")
    keys.get_by_role("button", name="改名").click()
    box = page.get_by_role("dialog", name="安全密钥改名")
    box.get_by_label("名称").fill("蓝色的")
    box.get_by_role("button", name="改名").click()
    expect(keys.locator("tbody tr")).to_contain_text("蓝色的")
    _both_sizes(page, "security-key")
    keys.get_by_role("button", name="移除").click()
    box = page.get_by_role("dialog", name="移除安全密钥“蓝色的”")
    box.get_by_label("当前密码").fill(DEMO_PASSWORD)
    box.get_by_role("button", name="移除").click()
    expect(keys.locator("tbody tr")).to_have_count(0)
    pages.call(page, url, "POST", "/logout")
    pages.sit_down(page, url, "admin", "/admin/safety")
    expect(page.get_by_label("不操作多久退出（分钟）")).to_have_value("480")
    _both_sizes(page, "admin-safety")


def test_a_key_that_does_not_answer_leaves_the_recovery_codes(
    new_page: Callable[[], Page], server: Server, watch: Watch
) -> None:
    watch.expect("401")
    url = f"http://localhost:{server.port}"
    page = new_page()
    page.add_init_script("localStorage.setItem('banjie.language', 'en')")
    pages.sit_down(page, url, "chenjing", "/security")
    _with_key(page)
    page.get_by_role("button", name="Add a security key").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Name").fill("on the key ring")
    box.get_by_label("Current password").fill(DEMO_PASSWORD)
    box.get_by_role("button", name="Go on").click()
    expect(page.locator("ul.codes li")).to_have_count(10)
    code = page.locator("ul.codes li").first.inner_text()
    _both_sizes(page, "security-recovery-codes-en")
    page.get_by_role("button", name="Written down").click()
    expect(page.get_by_role("region", name="Security keys").locator("tbody tr")).to_contain_text("on the key ring")
    _both_sizes(page, "security-key-en")

    other = new_page()
    other.add_init_script("localStorage.setItem('banjie.language', 'en')")
    session, _ = _with_key(other)
    other.goto(f"{url}/login")
    other.get_by_label("User name").fill("chenjing")
    other.get_by_label("Password").fill(DEMO_PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("The security key did not answer")
    _both_sizes(other, "login-key-silent-en")
    other.get_by_label("Recovery code").fill(code)
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other).to_have_url(re.compile(f"{url}/$"))
    session.detach()
