"""Too many requests from one side: counted by a clock that is passed in, and refused by the application."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import BanjieError
from tests.support.office import Browser, Office
from web import pace
from web.http import create_app


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_count_slides_over_the_minute() -> None:
    clock = _Clock()
    counter = pace.Counter(4, clock)
    clock.now = 30
    assert [counter.wait("a") for _ in range(4)] == [0, 0, 0, 0]
    assert counter.wait("b") == 0, "another side has its own count"
    assert counter.wait("a") == 45  # at 75 s a quarter of the four has gone
    clock.now = 74
    assert counter.wait("a") == 1
    clock.now = 75
    assert counter.wait("a") == 0 and counter.wait("a") == 15
    clock.now = 200
    assert [counter.wait("a") for _ in range(5)][:4] == [0, 0, 0, 0], "a minute without any wipes the count"


@given(st.integers(1, 6), st.lists(st.floats(0, 40), min_size=1, max_size=60))
def test_whoever_waits_as_told_is_let_in_and_no_minute_has_many_more(most: int, gaps: list[float]) -> None:
    clock = _Clock()
    counter = pace.Counter(most, clock)
    let_in: list[float] = []
    for gap in gaps:
        clock.now += gap
        seconds = counter.wait("a")
        if seconds:
            clock.now += seconds
            assert counter.wait("a") == 0, "it said so"
        let_in.append(clock.now)
    for begun in let_in:
        assert sum(begun <= at < begun + pace.WINDOW for at in let_in) <= 2 * most


def test_sides_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_MOST", 3)
    counter = pace.Counter(1, _Clock())
    assert [counter.wait(side) for side in ("a", "b", "c", "d")] == [0, 0, 0, 0]
    assert counter.wait("a") == 0, "the one longest ago was forgotten"
    assert counter.wait("d") > 0


@pytest.fixture
def slow(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv(pace.SETTING, "20")
    monkeypatch.setattr(pace, "seconds", _Clock())
    office.app = create_app(office.banjie, background=False)
    return office


def _until_refused(browser: Browser, **headers: str) -> int:
    for number in range(100):
        answer = browser.client.get("/api/inbox", headers=headers)
        if answer.status_code == 429:
            assert answer.json()["error"]["code"] == "request.too_many" and 0 < int(answer.headers["retry-after"]) <= 64
            assert answer.headers["x-content-type-options"] == "nosniff"
            return number
    raise AssertionError("never refused")


def test_one_who_asks_too_often_waits_and_nobody_else(slow: Office) -> None:
    clerk, head = slow.browser("linhai"), slow.browser("sunlihua")
    assert _until_refused(clerk) == 21, "the first time it was not known yet, and counted for the address"
    assert head.client.get("/api/inbox").status_code == 200, "a colleague at the same address"
    assert clerk.client.get("/").status_code != 429, "the page itself is no question"


def test_cookies_made_up_share_the_count_of_the_address(slow: Office) -> None:
    stranger = slow.stranger()
    made_up = [{"cookie": f"banjie_session=made-up-{number}"} for number in range(30)]
    answers = [stranger.client.get("/api/inbox", headers=one).status_code for one in made_up]
    assert answers == [401] * 20 + [429] * 10


def test_a_log_in_that_has_ended_counts_for_the_address_again(slow: Office) -> None:
    clerk = slow.browser("linhai")
    token = clerk.client.cookies["banjie_session"]
    assert clerk.client.get("/api/inbox").status_code == 200
    clerk.done("/logout")
    stranger = slow.stranger()
    header = {"cookie": f"banjie_session={token}"}
    assert stranger.client.get("/api/inbox", headers=header).status_code == 401
    _until_refused(stranger, **header)
    assert slow.stranger().client.get("/api/inbox").status_code == 429, "it was the address that was counted"


def test_the_setting_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(pace.SETTING, "viele")
    with pytest.raises(BanjieError) as refused:
        pace.setting()
    assert refused.value.code == "pace.setting"
    monkeypatch.setenv(pace.SETTING, "")
    assert pace.setting() == pace.USUAL
