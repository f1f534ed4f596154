"""Opening the inbox in a browser that has nothing of it yet: from the address to the first row.

`python -m tests.bench.opening`: the real program on the sample town, a clerk who is logged in, each time a new browser
profile in real Chromium. In turn, in a new order each round, the log-in page of the same program, which loads the same
front end and asks for no work.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from office.town import DEMO_PASSWORD
from tests.support import pages, run
from tests.support.browser import launch
from tests.support.office import Office

ROUNDS = 25
OWN = 60  # tasks of the clerk
SEEN = """
  new MutationObserver((_, observer) => {
    if (!document.querySelector('%s')) return;
    observer.disconnect();
    requestAnimationFrame(() => { window.seenAt = performance.now(); });
  }).observe(document, { childList: true, subtree: true });
"""
TOLD = """
  () => new Promise((tell) => {
    const look = () => (window.seenAt ? tell(window.seenAt) : requestAnimationFrame(look));
    look();
  })
"""


def main() -> int:
    """Measure and print medians, the slowest, and the ratio."""
    run.begin()
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            pages.town(Path(folder), _petitions) as server,
            sync_playwright() as playwright,
            launch(playwright) as chromium,
        ):
            places = {"inbox": ("/", "tr.task", True), "log-in page": ("/login", "input[type=password]", False)}
            took: dict[str, list[float]] = {name: [] for name in places}
            for number in range(ROUNDS + 1):
                for name in random.sample(list(places), len(places)):
                    seconds = _open(chromium, server.url, *places[name])
                    if number:  # the first warms the program, as its first reader of the day does
                        took[name].append(seconds)
        for name, times in took.items():
            print(f"{name}: median {statistics.median(times):.3f} s, slowest of {ROUNDS} {max(times):.3f} s")
        ratios = [one / other for one, other in zip(*took.values(), strict=True)]
        print(f"inbox / log-in page: {statistics.median(ratios):.2f}")
    finally:
        run.end()
    return 0


def _petitions(office: Office) -> None:
    for number in range(OWN):
        office.start("linhai", matter=f"第{number}件，村口水渠垮塌", name=f"赵{number}山")


def _open(chromium: Browser, url: str, path: str, wanted: str, logged_in: bool) -> float:
    """Seconds from the beginning of the navigation until what is wanted is about to be painted."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    try:
        page = context.new_page()
        if logged_in:
            login = {"login": "linhai", "password": DEMO_PASSWORD}
            assert context.request.post(f"{url}/api/login", data=login).ok
        page.add_init_script(SEEN % wanted)
        page.goto(f"{url}{path}")
        return float(page.evaluate(TOLD)) / 1000
    finally:
        context.close()


if __name__ == "__main__":
    sys.exit(main())
