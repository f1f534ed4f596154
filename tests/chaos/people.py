"""The people: each opens matters and completes tasks over HTTP, and writes down what was acknowledged, and only that.

What got no answer is sent again as it was, as a browser does, until it is known what became of it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from office.town import DEMO_PASSWORD
from tests.chaos import work

PATIENCE = 20.0  # seconds for an answer
CLERKS = ("wangxiaohua", "lixiang", "zhaoqian")


@dataclass
class Journal:
    """What was acknowledged. Written by many people, read when all have gone home."""

    starts: dict[str, str] = field(default_factory=dict)  # request id -> case id
    completions: dict[str, list[str]] = field(default_factory=dict)  # task id -> the words that were acknowledged
    refused: list[str] = field(default_factory=list)  # answers that nobody should ever get
    answers: dict[int, int] = field(default_factory=dict)  # how often each HTTP status was seen; 0: no answer
    lock: threading.Lock = field(default_factory=threading.Lock)

    def acts(self) -> int:
        """How many acts were acknowledged so far."""
        return len(self.starts) + len(self.completions)

    def saw(self, status: int) -> None:
        with self.lock:
            self.answers[status] = self.answers.get(status, 0) + 1


class Clerk(threading.Thread):
    """One person at a computer, who works until told to stop."""

    def __init__(self, number: int, seed: int, ports: list[int], url: str, journal: Journal, most: int) -> None:
        super().__init__(name=f"clerk-{number}", daemon=True)
        self.number, self.ports, self.journal, self.most = number, ports, journal, most
        self.random = random.Random(f"{seed}/clerk/{number}")
        self.stopping = threading.Event()
        self.cut_next = threading.Event()  # the next request is sent and its answer not waited for
        self._engine = create_engine(url, connect_args=_SHORT[url.split(":")[0].split("+")[0]])
        self._cases: list[str] = []
        self._opened = 0
        self._sent: dict[str, str] = {}  # task id -> what was said, while it is not known what became of it
        self._headers: dict[str, str] = {}
        self._conn: http.client.HTTPConnection | None = None

    def run(self) -> None:
        pending: str | None = None
        while not self.stopping.is_set():
            try:
                if not self._headers:
                    self._log_in()
                elif pending is not None or (self._opened < self.most and len(self._cases) < 8):
                    pending = pending or f"{self.number}-{self._opened}"
                    if self._open(pending):
                        self._opened, pending = self._opened + 1, None
                elif self._cases:
                    self._work_on(self.random.choice(self._cases))
                else:
                    self.stopping.wait(0.1)
            except (OSError, http.client.HTTPException, SQLAlchemyError, ValueError):
                self.journal.saw(0)
                self._hang_up()
                self.stopping.wait(self.random.uniform(0.01, 0.1))
        self._hang_up()
        self._engine.dispose()

    # -- what is done ----------------------------------------------------------------------------------------------

    def _log_in(self) -> None:
        login = CLERKS[self.number % len(CLERKS)]
        status, told, headers = self._post("/login", {"login": login, "password": DEMO_PASSWORD})
        if status == 200:
            cookie = next(value for name, value in headers if name.lower() == "set-cookie")
            self._headers = {"Cookie": cookie.split(";")[0], "X-CSRF-Token": told["csrf"]}
        else:
            self.stopping.wait(0.1)

    def _open(self, request: str) -> bool:
        """Open a matter; the same request until it is answered."""
        body = {"answers": {"nonce": request}, "request_id": request}
        status, told, _ = self._post(f"/starts/{work.KEY}", body)
        if status == 200:
            with self.journal.lock:
                self.journal.starts[request] = told["case_id"]
            self._cases.append(told["case_id"])
            return True
        self._judge("start", status, told, ())
        return False

    def _work_on(self, case_id: str) -> None:
        rows = self._tasks(case_id)
        if not rows:
            self._cases.remove(case_id)
            return
        still_open = [row.id for row in rows if row.state == "open"]
        if not still_open:
            if len(rows) == 2:  # both are done
                self._cases.remove(case_id)
            self.stopping.wait(0.02)
            return
        task_id = still_open[0]
        words = self._sent.setdefault(task_id, f"{self.number}-{self.random.getrandbits(40):x}")
        status, told, _ = self._post(f"/tasks/{task_id}/complete", {"answers": {"nonce": words}})
        if status == 200:
            with self.journal.lock:
                self.journal.completions.setdefault(task_id, []).append(words)
            del self._sent[task_id]
        else:
            self._judge("complete", status, told, ("task.already_done", "instance.changed", "instance.ended"))

    def _judge(self, what: str, status: int, told: Any, fine: tuple[str, ...]) -> None:
        """A refusal must be one that the moment explains; a server in trouble says 500 and has done nothing."""
        code = told.get("error", {}).get("code") if isinstance(told, dict) else None
        if status == 401:
            self._headers = {}
        elif status == 409 and (code in fine or code == "instance.changed"):
            pass
        elif status >= 500:
            self.stopping.wait(0.05)
        else:
            with self.journal.lock:
                self.journal.refused.append(f"{what}: {status} {told}"[:300])
            self.stopping.wait(0.5)

    def _tasks(self, case_id: str) -> list[Any]:
        sql = "select id, state from task where business_key = :case order by id"
        with self._engine.connect() as conn:
            return list(conn.execute(text(sql), {"case": case_id}).all())

    # -- the line --------------------------------------------------------------------------------------------------

    def _post(self, path: str, body: Any) -> tuple[int, Any, list[tuple[str, str]]]:
        if self._conn is None:
            self._conn = http.client.HTTPConnection("127.0.0.1", self.random.choice(self.ports), timeout=PATIENCE)
        data = json.dumps(body).encode()
        self._conn.request("POST", f"/api{path}", data, {"Content-Type": "application/json", **self._headers})
        if self.cut_next.is_set():
            self.cut_next.clear()
            time.sleep(self.random.uniform(0, 0.03))
            raise OSError("cut by the driver")
        answer = self._conn.getresponse()
        raw = answer.read()
        self.journal.saw(answer.status)
        told = json.loads(raw) if raw else {}
        if answer.status >= 500 or self.random.random() < 0.05:
            self._hang_up()  # on to another node
        return answer.status, told, answer.getheaders()

    def _hang_up(self) -> None:
        if self._conn is not None:
            with contextlib.suppress(OSError):
                if self._conn.sock is not None:
                    self._conn.sock.shutdown(socket.SHUT_RDWR)
            self._conn.close()
            self._conn = None


_SHORT: dict[str, dict[str, Any]] = {"sqlite": {"timeout": 5}, "postgresql": {"connect_timeout": 5}}
