"""The hands of a scenario over HTTP: what the pages call, in the order in which they call it, and nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2
import uvicorn

from office import accounts, people
from storage.errors import BanjieError
from storage.types import new_id
from web.banjie import Banjie
from web.http import create_app

PASSWORD = "Qingjing-2026-Banjie"  # of everybody in a scenario
_ENOUGH = 200  # tasks that one look into an inbox gives
_PATIENCE = 60.0  # seconds for one answer


def give_passwords(banjie: Banjie, org_id: str) -> None:
    """Everybody of the organisation can log in with `PASSWORD`: only for scenarios, whose database is thrown away."""
    with banjie.store.begin() as uow:
        everybody = [one.id for one in people.users(uow, org_id)]
        accounts.set_same_password(uow, org_id, everybody, PASSWORD, now=banjie.clock.now())


@contextmanager
def serving(banjie: Banjie) -> Iterator[str]:
    """The application over `banjie` on a free port of this machine, without its scheduler; gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(create_app(banjie, background=False), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class HttpHands:
    """At the address `url`, each person with a browser's means alone: log-in, cookie, CSRF token, inbox, task, form."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._browsers: dict[str, httpx2.Client] = {}

    def close(self) -> None:
        """Close all browsers."""
        for browser in self._browsers.values():
            browser.close()
        self._browsers.clear()

    # ---------------------------------------------------------------- what people do

    def start(self, person: str, process_key: str, answers: Mapping[str, Any]) -> str:
        """Register on the page that offers it. Errors also: `play.not_offered`, `play.field`."""
        offered = {one["process_key"]: one for one in self._get(person, "/starts")}
        body = {"answers": dict(answers), "request_id": new_id()}
        case_id = str(self._post(person, f"/starts/{process_key}", body)["case_id"])
        if process_key not in offered:
            raise BanjieError("play.not_offered", f"{person} 登记了一件登记页上没有的事项。")
        _fits(offered[process_key]["form"], answers)
        return case_id

    def claim(self, person: str, task_id: str) -> None:
        self._post(person, f"/tasks/{task_id}/claim")

    def begin(self, person: str, task_id: str) -> None:
        self._post(person, f"/tasks/{task_id}/begin")

    def complete(self, person: str, task_id: str, answers: Mapping[str, Any]) -> None:
        """Open the task from the inbox, claim it if it is offered, fill in its form, complete it.

        A task that was claimed for an act that is refused is given back.
        Errors also: `play.not_in_inbox`, `play.field`.
        """
        inbox = self._get(person, "/inbox", size=_ENOUGH)["items"]
        mine = next((item for item in inbox if item["id"] == task_id), None)
        claimed = mine is not None and not mine["claimed"]
        if claimed:
            self.claim(person, task_id)
        form = self._get(person, f"/tasks/{task_id}")["form"] if mine is not None else None
        try:
            self._post(person, f"/tasks/{task_id}/complete", {"answers": dict(answers)})
        except BanjieError:
            if claimed:
                self._post(person, f"/tasks/{task_id}/release")
            raise
        if mine is None:
            raise BanjieError("play.not_in_inbox", f"{person} 办成了一项不在其待办中的任务。")
        _fits(form, answers)

    def message(self, person: str, case_id: str, name: str, payload: Mapping[str, Any]) -> None:
        """Choose it among what the case's page offers as 事项变化, and fill in its form. Errors also: `play.field`."""
        offered = self._get(person, f"/cases/{case_id}/changes")["reports"]
        offer = next((one for one in offered if one["message"] == name), None)
        body = {"id": offer["id"] if offer is not None else "none", "answers": dict(payload)}
        self._post(person, f"/cases/{case_id}/reports", body)
        _fits(offer["form"] if offer is not None else None, payload)

    def urge(self, person: str, case_id: str, words: Mapping[str, Any]) -> None:
        self._post(person, f"/cases/{case_id}/urge", dict(words))

    def supervise(self, person: str, case_id: str, words: Mapping[str, Any]) -> None:
        self._post(person, f"/cases/{case_id}/supervise", dict(words))

    def load_calendar(self, person: str, text: str) -> None:
        self._post(person, "/admin/calendar", {"text": text})

    def save_post(self, person: str, words: Mapping[str, Any]) -> None:
        self._post(person, "/admin/posts", dict(words))

    def add_absence(self, person: str, words: Mapping[str, Any]) -> None:
        self._post(person, "/absences", dict(words))

    def set_roster(self, person: str, words: Mapping[str, Any]) -> None:
        self._post(person, f"/rosters/{words['code']}/days/{words['day']}", {"places": words["places"]})

    def merge(self, person: str, case_id: str, others: Sequence[str], opinion: str) -> None:
        self._post(person, f"/cases/{case_id}/merge", {"case_ids": list(others), "opinion": opinion})

    def split(self, person: str, case_id: str, other: str, reason: str) -> None:
        self._post(person, f"/cases/{case_id}/split", {"case_id": other, "reason": reason})

    def look(self, person: str, case_id: str, expect: Mapping[str, Any]) -> list[str]:
        """The case's page opens for whom the step says and for nobody else of whom it says so."""
        found = []
        self._page(person, case_id)
        for other in expect.get("visible_to", ()):
            if not self._page(other, case_id):
                found.append(f"{other} 应能打开此事项的页面，却不能")
        for other in (*expect.get("hidden_from", ()), *expect.get("masked_for", ())):
            if self._page(other, case_id):
                found.append(f"{other} 不应能打开此事项的页面")
        return found

    # ---------------------------------------------------------------- how

    def _page(self, person: str, case_id: str) -> bool:
        """Whether the case's page opens; raises what is no refusal."""
        try:
            self._get(person, f"/cases/{case_id}")
        except BanjieError as error:
            if error.status not in (403, 404):
                raise
            return False
        return True

    def _get(self, person: str, path: str, **query: Any) -> Any:
        return self._call(person, "GET", path, params=query)

    def _post(self, person: str, path: str, body: Any = None) -> Any:
        return self._call(person, "POST", path, json={} if body is None else body)

    def _call(self, person: str, method: str, path: str, **more: Any) -> Any:
        """Call the API; a session that has ended is opened anew and the call made again, as the page does it."""
        if person not in self._browsers:
            self._log_in(person)
        answer = self._browsers[person].request(method, f"/api{path}", **more)
        if answer.status_code == 401:
            self._log_in(person)
            answer = self._browsers[person].request(method, f"/api{path}", **more)
        return _told(answer)

    def _log_in(self, person: str) -> None:
        if (old := self._browsers.pop(person, None)) is not None:
            old.close()
        browser = httpx2.Client(base_url=self.url, timeout=_PATIENCE, trust_env=False)
        self._browsers[person] = browser
        told = _told(browser.post("/api/login", json={"login": person, "password": PASSWORD}))
        browser.headers["X-CSRF-Token"] = told["csrf"]


def _told(answer: httpx2.Response) -> Any:
    """What the server tells; raises what it refuses as the error that it was."""
    if answer.is_success:
        return answer.json()
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        error = {"code": f"http.{answer.status_code}", "message": answer.text[:200]}
    raise BanjieError(error["code"], error["message"], field=error.get("field"), status=answer.status_code)


def _fits(form: Any, answers: Mapping[str, Any]) -> None:
    """The page shows a form that has a field for each answer. Errors: `play.field`."""
    without = sorted(set(answers) - _keys(form or {}))
    if without:
        raise BanjieError("play.field", f"页面上的表单没有这些栏目：{'、'.join(without)}")


def _keys(form: Any) -> set[str]:
    """The keys of all fields of a form's JSON, groups and lists opened."""
    found: set[str] = set()
    for part in form.get("components", ()):
        found |= {part[name] for name in ("key", "path") if part.get(name)} | _keys(part)
    return found
