"""Headless Chromium, and pages that complain.

A console error, a request that leaves this machine, and an address that could name a person fail the test.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote_plus, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Frame, Page, Playwright, Request

CHROMIUM = Path(os.environ.get("BANJIE_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",  # root has none; only our own pages are opened
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
HERE = {"127.0.0.1", "localhost", "::1"}
INSIDE = {"data", "blob", "about"}  # schemes that load nothing from anywhere
# What may be a person in an address, which proxies, logs and histories keep: Chinese, a telephone, an ID card.
PERSONAL = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]|(?<![0-9A-Za-z])(?:1\d{10}|\d{17}[\dXx])(?![0-9A-Za-z])")


class NoChromium(Exception):
    """There is no Chromium to test with."""


@contextmanager
def launch(playwright: Playwright) -> Iterator[Browser]:
    """A running Chromium."""
    if not CHROMIUM.exists():
        raise NoChromium(f"expected Chromium at {CHROMIUM}; run `scripts/system browser`, or set BANJIE_CHROMIUM")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    try:
        yield browser
    finally:
        browser.close()


class Watch:
    """What went wrong on the pages of one test, and which of it the test expects."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    def expect(self, pattern: str) -> None:
        """Console errors that match `pattern` belong to the test (a refused click logs its 409)."""
        self._expected.append(re.compile(pattern))

    def over(self, page: Page) -> None:
        """Watch `page` from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._found.append(f"uncaught error: {error}"))
        page.on("request", self._request)
        page.on("framenavigated", self._navigated)

    def problems(self) -> list[str]:
        """What was found and not expected."""
        return [text for text in self._found if not any(pattern.search(text) for pattern in self._expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._found.append(f"console error: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in INSIDE and address.hostname not in HERE:
            self._found.append(f"request that leaves this machine: {request.url}")
        self._address("request", request.url)

    def _navigated(self, frame: Frame) -> None:
        """Also where the page's own router goes."""
        self._address("page", frame.url)

    def _address(self, what: str, url: str) -> None:
        if urlsplit(url).scheme not in INSIDE and PERSONAL.search(unquote_plus(url)):
            self._found.append(f"{what} whose address may name somebody: {unquote_plus(url)}")
