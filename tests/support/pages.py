"""Small words for browser tests, said as a clerk would: log in, open a task, fill in a form by its labels, complete."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from engine.scheduler import run_all
from office.town import DEMO_PASSWORD
from storage.clock import TZ, FixedClock
from tests.support.office import Office, open_office
from tests.support.server import Server

AXE = Path(__file__).parents[2] / "web" / "app" / "node_modules" / "axe-core" / "axe.min.js"
# What was moving before movement was switched off is looked at when it stands.
STILL = (
    "() => Promise.all(document.getAnimations().filter(one => one.effect.getComputedTiming().endTime !== Infinity)"
    ".map(one => one.finished.catch(() => null))).then(() => null)"
)
PATIENCE = 20_000  # milliseconds: two cores, several browsers
Answer = str | bool | Sequence[str]

expect.set_options(timeout=PATIENCE)


# ---------------------------------------------------------------- a server


@contextmanager
def town(folder: Path, prepare: Callable[[Office], None] | None = None, *, port: int | None = None) -> Iterator[Server]:
    """The real program on the sample town, at a port if one is wanted.

    What `prepare` does in the office was done before it started.
    """
    url = f"sqlite:///{folder}/banjie.db"
    office = open_office(url, FixedClock(datetime.now(TZ).replace(microsecond=0)))
    if prepare is not None:
        prepare(office)
    office.banjie.close()
    server = Server(url, log=folder / "serve.log")
    server.port = port or server.port
    with server:
        yield server


def then(office: Office, **ago: float) -> Office:
    """The office some time before now, all that fell due until then done, everybody newly logged in."""
    office.clock.set(datetime.now(TZ).replace(microsecond=0) - timedelta(**ago))
    while run_all(office.banjie.engine):
        pass
    return Office(office.banjie, office.clock, office.org_id)


def screen(name: str) -> Path:
    """Where a picture of a page is kept for people to look at."""
    folder = Path(__file__).parents[2] / "var" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.png"


# ---------------------------------------------------------------- coming in


def log_in(page: Page, url: str, login: str, password: str = DEMO_PASSWORD) -> None:
    """Open the address, log in with the form and arrive at the inbox."""
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}/login")
    enter(page, login, password)
    expect(page.get_by_role("heading", name="我的待办")).to_be_visible()


def sit_down(page: Page, url: str, login: str, path: str = "/") -> None:
    """Be logged in without going through the form, and open `path`."""
    page.set_default_timeout(PATIENCE)
    call(page, url, "POST", "/login", {"login": login, "password": DEMO_PASSWORD})
    page.goto(f"{url}{path}")


def call(page: Page, url: str, method: str, path: str, body: Any = None) -> Any:
    """Ask the API as whoever is logged in on this page, and get its answer."""
    request = page.context.request
    headers: dict[str, str] = {}
    if method != "GET" and path != "/login":
        headers["X-CSRF-Token"] = request.get(f"{url}/api/me").json()["csrf"]
    answer = request.fetch(f"{url}/api{path}", method=method, data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


def enter(page: Page, login: str, password: str) -> None:
    """Fill in the log-in form and send it."""
    page.get_by_label("用户名").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def go(page: Page, entry: str) -> None:
    """Use the menu at the top."""
    page.get_by_role("navigation", name="主菜单").get_by_role("link", name=re.compile(rf"^{entry}\s*\d*$")).click()


# ---------------------------------------------------------------- forms


def field(page: Page, label: str) -> Locator:
    """The field of a form with this label, star or no star."""
    named = page.locator(".fjs-form-field-label", has_text=re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))
    return page.locator(".fjs-form-field").filter(has=named).last


def fill(page: Page, answers: Mapping[str, Answer]) -> None:
    """Fill in fields by their labels, each the way its kind wants it."""
    for label, answer in answers.items():
        _fill_one(page, field(page, label), label, answer)


def _fill_one(page: Page, there: Locator, label: str, answer: Answer) -> None:
    expect(there, f"the field {label!r}").to_be_visible()
    kind = re.search(r"fjs-form-field-(radio|checklist|checkbox|select|taglist|datetime|\w+)", _classes(there))
    match kind and kind.group(1):
        case "radio":
            there.get_by_label(str(answer), exact=True).check()
        case "checkbox":
            there.get_by_role("checkbox").set_checked(bool(answer))
        case "checklist":
            for one in _several(answer):
                there.get_by_label(one, exact=True).check()
        case "select" | "taglist":
            for one in _several(answer):
                there.locator(".fjs-input-group, .fjs-taglist").first.click()
                there.locator(".fjs-dropdownlist-item").get_by_text(one, exact=True).click()
            page.evaluate("document.activeElement.blur()")  # a list to choose several from stays open
        case "datetime":
            for box, part in zip(there.locator("input.fjs-input").all(), str(answer).split(), strict=False):
                box.fill(part)
                box.press("Enter")
        case _:
            there.locator("input, textarea").first.fill(str(answer))


def _classes(there: Locator) -> str:
    return there.get_attribute("class") or ""


def _several(answer: Answer) -> Sequence[str]:
    return [answer] if isinstance(answer, str) else list(answer) if isinstance(answer, Sequence) else []


def form_ready(page: Page) -> None:
    """Wait until the form stands."""
    expect(page.locator(".fjs-form-field").first).to_be_visible()


# ---------------------------------------------------------------- tasks and cases


def open_task(page: Page, number: str, step: str) -> None:
    """Find the task in the inbox by the case's number and its step, and open it."""
    go(page, "我的待办")
    expect(page.get_by_role("heading", name="我的待办")).to_be_visible()
    row = page.locator("tr.task").filter(has_text=number).filter(has=page.locator(".c-step", has_text=step))
    row.first.locator(".c-matter a").click()
    expect(page.get_by_role("heading", name=step, exact=True)).to_be_visible()


def complete(page: Page, answers: Mapping[str, Answer]) -> None:
    """Fill in the open step's form and complete it; the step must then be gone from the desk."""
    step = page.locator("form.task h2").inner_text()
    form_ready(page)
    fill(page, answers)
    with page.expect_response(re.compile("/api/cases/")):  # the page then shows the case anew
        with page.expect_response(re.compile("/complete$")) as sent:
            page.get_by_role("button", name="完成", exact=True).click()
        assert sent.value.ok, sent.value.text()
    expect(page.locator("form.task h2", has_text=re.compile(f"^{re.escape(step)}$"))).to_have_count(0)


def claim(page: Page) -> None:
    """Take the open task, which one's post may take."""
    page.get_by_role("button", name="签收", exact=True).click()
    expect(page.get_by_role("button", name="完成", exact=True)).to_be_visible()


def act(page: Page, number: str, step: str, answers: Mapping[str, Answer]) -> None:
    """Open a task of one's post from the inbox, claim it and do it."""
    open_task(page, number, step)
    claim(page)
    complete(page, answers)


def tab(page: Page, name: str) -> Locator:
    """Turn to a part of the case page; gives its panel."""
    head = page.get_by_role("tab", name=re.compile(f"^{name}"))
    head.click()
    panel = page.locator(f"#{head.get_attribute('aria-controls')}")
    expect(panel).to_be_visible()
    return panel


def picture(page: Page) -> dict[str, str]:
    """What the case page says, part by part: to compare before and after. Words that count minutes are left out."""
    said = {"head": page.locator("header.head").inner_text()}
    for name in ("案情", "办理记录", "登记簿", "时限依据"):
        said[name] = tab(page, name).inner_text()
    with page.expect_response(re.compile("/papers$")) as offered:  # this part fetches what it offers
        panel = tab(page, "文书")
    if offered.value.json()["papers"]:
        expect(panel.get_by_role("button", name="出具文书")).to_be_visible()
    said["文书"] = panel.inner_text()
    said["办理进程"] = page.get_by_role("region", name="办理进程").inner_text()
    return {part: re.sub(r"(还剩|剩余|还有|已超|超期|逾期)[^\n·]*", "…", words) for part, words in said.items()}


def done_steps(page: Page) -> list[str]:
    """The steps that the case page's record lists as done by people, in order."""
    return [name.strip() for name in tab(page, "办理记录").locator("tbody tr td:nth-child(2) b").all_inner_texts()]


# ---------------------------------------------------------------- what every page must be


def accessible(page: Page) -> None:
    """axe-core finds nothing serious or critical; else the rule, the element's selector and what was seen are told.

    It looks for a second: nothing may begin to fade meanwhile, so the page is that of a person who wants no movement.
    """
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(STILL)
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("() => window.axe.run(document).then(found => found.violations)")
    bad = [
        (one["id"], one["impact"], [(*node["target"], node["html"][:200], _why(node)) for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert not bad, json.dumps(bad, ensure_ascii=False, indent=1)


def _why(node: dict[str, Any]) -> list[str]:
    """What axe-core says of an element that breaks a rule: of a contrast, the two colours and sizes it saw."""
    return [one["message"] for kind in ("any", "all", "none") for one in node[kind]]


def fits(page: Page) -> None:
    """The page is no wider than its window."""
    over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, f"the page is {over} px wider than the window"
