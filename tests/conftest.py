"""Fixtures for every test: both databases, a clock set by hand, a browser. Nothing is ever skipped.

`database_url` runs a test twice, on SQLite and on PostgreSQL, each time on a fresh empty database; `store` gives the
same with all tables made, `tables_url` its address.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import hypothesis
import pytest

from storage import sealing
from tests.support import logins, postgres, run, templates

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from storage.clock import FixedClock
    from storage.database import Store
    from tests.support.browser import Watch

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
SCREENS = Path(__file__).parents[1] / "var" / "screens"
NOW = datetime(2026, 11, 26, 9, 0)  # a Thursday, an ordinary working day

hypothesis.settings.register_profile("banjie", deadline=None, print_blob=True)  # busy machines are slow, not wrong
hypothesis.settings.load_profile("banjie")


def pytest_configure(config: pytest.Config) -> None:
    logins.make_cheap()
    if not hasattr(config, "workerinput"):
        run.begin()
        os.environ["BANJIE_KEYS"] = str(run.directory() / "keys")
        sealing.add_key()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        templates.drop()
        run.end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: once Playwright runs in a process, `asyncio.run` no longer does. Those of them first that are
    given more time, or one process is busy with them when the others have nothing left to do."""

    def order(item: pytest.Item) -> tuple[bool, bool]:
        of_browser = "browser" in getattr(item, "fixturenames", ())
        return of_browser, of_browser and item.get_closest_marker("timeout") is None

    items.sort(key=order)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that is skipped has failed."""
    return _unskipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """So has a module that is."""
    return _unskipped((yield))


def _unskipped(report: Report) -> Report:
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"nothing is skipped here, but this was: {report.longrepr}"
    return report


# ---------------------------------------------------------------- databases


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of the run's PostgreSQL server."""
    return postgres.server_url(run.pid())


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path}/banjie.db"


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh empty PostgreSQL database."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh empty database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def tables_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with all tables and no rows, once on SQLite and once on PostgreSQL: faster than making them."""
    if request.param == "sqlite":
        shutil.copy(templates.sqlite_file(), tmp_path / "banjie.db")
        yield f"sqlite:///{tmp_path}/banjie.db"
    else:
        server = request.getfixturevalue("postgres_server")
        with postgres.database(server, template=templates.postgres_name(server)) as url:
            yield url


@pytest.fixture
def store(tables_url: str) -> Iterator[Store]:
    """The database of `tables_url`."""
    from storage.database import Store

    made = Store(tables_url)
    yield made
    made.close()


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at 2026-11-26 09:00 in Shanghai until the test moves it."""
    from storage.clock import FixedClock

    return FixedClock(NOW)


# ---------------------------------------------------------------- browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, one a worker."""
    from playwright.sync_api import sync_playwright

    from tests.support.browser import launch

    with sync_playwright() as playwright, launch(playwright) as chromium:
        yield chromium


@pytest.fixture
def watch() -> Watch:
    """What the pages of this test complain about; `watch.expect(pattern)` for an error that the test provokes."""
    from tests.support.browser import Watch

    return Watch()


@pytest.fixture
def new_page(browser: Browser, watch: Watch, request: pytest.FixtureRequest) -> Iterator[Callable[[], Page]]:
    """Makes pages, each a person at a computer of their own (nothing is shared between them).

    At the end each page's picture is in `var/screens/`, and any unexpected complaint fails the test.
    """
    pages: list[Page] = []

    def make() -> Page:
        context = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1366, "height": 768}
        )
        page = context.new_page()
        watch.over(page)
        pages.append(page)
        return page

    yield make
    SCREENS.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]+", "_", request.node.nodeid.removeprefix("tests/"))
    for number, page in enumerate(pages, start=1):
        if not page.is_closed():
            page.screenshot(path=SCREENS / f"{name}{f'-{number}' if number > 1 else ''}.png")
        page.context.close()
    if problems := watch.problems():
        pytest.fail("the pages complained:\n" + "\n".join(problems), pytrace=False)


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    """One browser page, 1366 by 768, Chinese, in Shanghai."""
    return new_page()
