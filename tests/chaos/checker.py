"""The independent checker: reads the tables with SQL of its own, hashes with code of its own, proves the promises.

It imports nothing of the engine or the office. Each finding is a sentence; none means that every promise was kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.chaos.people import Journal

GENESIS = "0" * 64
BRANCHES = {"Wait", "Count", "Effect"}


def findings(url: str, journal: Journal, received: Path) -> list[str]:
    """Everything that is not as it was promised, after all has come to rest."""
    tables = Tables(url)
    calls: dict[str, Counter[str]] = defaultdict(Counter)
    for line in received.read_text().splitlines() if received.exists() else []:
        instance_id, key = line.split()
        calls[instance_id][key] += 1
    return [
        *[f"a person was told what nobody should be told: {told}" for told in journal.refused],
        *acknowledged(tables, journal),
        *once(tables),
        *timers(tables),
        *effects(tables, calls),
        *numbers(tables),
        *chain(tables),
        *tokens(tables),
        *rest(tables),
        *duties(tables),
    ]


class Tables:
    """What the tables hold, read in one transaction."""

    def __init__(self, url: str) -> None:
        engine = create_engine(url)
        with engine.connect() as conn:
            if url.startswith("sqlite"):
                broken = conn.execute(text("pragma integrity_check")).scalar()
                assert broken == "ok", broken
            else:
                conn.execute(text("set transaction isolation level repeatable read"))

            def rows(sql: str) -> list[Any]:
                return list(conn.execute(text(sql)).all())

            self.instances = {row.id: row for row in rows("select * from instance where process_key = 'chaos_case'")}
            self.duties = {row.id for row in rows("select * from instance where process_key = 'leader_reception_plan'")}
            self.cases = {row.id: row for row in rows("select * from case_file where process_key = 'chaos_case'")}
            self.tasks = rows("select * from task where process_key = 'chaos_case'")
            self.timers = rows("select * from timer where process_key = 'chaos_case'")
            self.jobs = rows("select * from job")
            self.incidents = rows("select * from incident")
            self.requests = {row.id: json.loads(row.result) for row in rows("select * from request")}
            self.entries = rows("select * from case_entry")
            self.counters = {row.series: row.value for row in rows("select * from counter")}
            self.dates = rows("select * from schedule_date where code = 'R76.plan'")
            self.history: dict[str, list[Any]] = defaultdict(list)
            for row in rows("select * from history order by instance_id, seq"):
                self.history[row.instance_id].append(row)
            self.tips = {row.id: row for row in rows("select id, history_seq, history_hash from instance")}
        engine.dispose()

    def lines(self, instance_id: str, kind: str, element_id: str | None = None) -> list[dict[str, Any]]:
        """The data of an instance's history rows of one kind (of one element)."""
        found = [row for row in self.history[instance_id] if row.kind == kind]
        return [json.loads(row.data) for row in found if element_id is None or row.element_id == element_id]


def acknowledged(tables: Tables, journal: Journal) -> list[str]:
    """Every acknowledged act is there once, with the words that were acknowledged."""
    told = []
    by_case = {row.business_key: row for row in tables.instances.values()}
    for request, case_id in journal.starts.items():
        if case_id not in by_case or case_id not in tables.cases:
            told.append(f"the acknowledged start {request} (case {case_id}) is lost")
        elif tables.requests.get(request, {}).get("case_id") != case_id:
            told.append(
                f"request {request} was answered with case {case_id}, but {tables.requests.get(request)} is kept"
            )
    if len(by_case) != len(tables.instances):
        told.append("two instances share a case")
    tasks = {row.id: row for row in tables.tasks}
    completed = Counter(
        data["task"] for instance_id in tables.instances for data in tables.lines(instance_id, "task_completed")
    )
    digests = {
        data["task"]: data.get("answers_sha256")
        for instance_id in tables.instances
        for data in tables.lines(instance_id, "task_completed")
    }
    for task_id, words in journal.completions.items():
        if len(words) != 1:
            told.append(f"task {task_id} was acknowledged {len(words)} times: {words}")
        if task_id not in tasks or tasks[task_id].state != "completed" or completed[task_id] != 1:
            state = tasks[task_id].state if task_id in tasks else "gone"
            told.append(f"the acknowledged completion of {task_id} is {state}, {completed[task_id]} times in history")
        elif digests[task_id] != _sha256({"nonce": words[0]}):
            told.append(f"task {task_id} was acknowledged with {words[0]}, but history proves other words")
    entries = Counter(row.task_id for row in tables.entries if row.task_id is not None)
    for row in tables.tasks:
        wanted = 1 if row.state == "completed" else 0
        if (completed[row.id], entries[row.id]) != (wanted, wanted):
            told.append(f"task {row.id} is {row.state}: {completed[row.id]} in history, {entries[row.id]} in the case")
    return told


def once(tables: Tables) -> list[str]:
    """No task is open twice, none was made twice."""
    made = Counter((row.instance_id, row.element_id) for row in tables.tasks)
    return [f"{element} of {instance_id} was opened {n} times" for (instance_id, element), n in made.items() if n > 1]


def timers(tables: Tables) -> list[str]:
    """Every timer of a finished wait fired once; none is left behind though its instance has gone on."""
    told = []
    for instance_id in tables.instances:
        fired = len(tables.lines(instance_id, "timer_fired", "Wait"))
        armed = sum(row.instance_id == instance_id for row in tables.timers)
        reached = bool(tables.lines(instance_id, "task_completed", "First"))
        if fired + armed != (1 if reached else 0):
            told.append(f"the timer of {instance_id}: fired {fired} times, armed {armed}, reached {reached}")
    return told


def effects(tables: Tables, calls: dict[str, Counter[str]]) -> list[str]:
    """What reached outside: at least once where the process says so, always with one key, never for nothing."""
    told = []
    for instance_id, keys in calls.items():
        if instance_id not in tables.instances:
            told.append(f"the receiver was called for {instance_id}, which does not exist")
        if len(keys) != 1:
            told.append(f"the receiver got {len(keys)} keys for {instance_id}: {dict(keys)}")
    for instance_id in tables.instances:
        done = tables.lines(instance_id, "job_done", "Effect")
        if len(done) > 1:
            told.append(f"the effect of {instance_id} was applied {len(done)} times")
        if done and not calls[instance_id]:
            told.append(f"the effect of {instance_id} is done, but the receiver was never called")
        if done and calls[instance_id] and done[0]["result"]["sent"] not in calls[instance_id]:
            told.append(f"the effect of {instance_id} was recorded with another key than the receiver got")
    return told


def numbers(tables: Tables) -> list[str]:
    """Numbers without gap and without double: those of the cases, and those that a handler took."""
    told = []
    series: dict[str, list[int]] = defaultdict(list)
    for row in tables.cases.values():
        stem, _, number = row.number.rpartition("-")
        series[stem].append(int(number))
    for stem, found in series.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            told.append(f"the numbers {stem} have a gap or a double: {sorted(found)[:5]}...{len(found)}/{max(found)}")
    taken = [
        data["result"]["n"]
        for instance_id in tables.instances
        for data in tables.lines(instance_id, "job_done", "Count")
    ]
    if sorted(taken) != list(range(1, tables.counters.get("chaos", 0) + 1)):
        told.append(f"a handler took {len(taken)} numbers, the counter stands at {tables.counters.get('chaos')}")
    return told


def chain(tables: Tables) -> list[str]:
    """The hash chain of every instance is whole and ends where the instance says."""
    told = []
    for instance_id, rows in tables.history.items():
        previous = GENESIS
        for number, row in enumerate(rows, start=1):
            if (row.seq, row.prev_hash, row.hash) != (number, previous, _row_hash(row)):
                told.append(f"the history of {instance_id} breaks at {row.seq}")
                break
            previous = row.hash
        tip = tables.tips.get(instance_id)
        if tip is None or (tip.history_seq, tip.history_hash) != (len(rows), rows[-1].hash):
            told.append(f"the instance {instance_id} does not end where its history does")
    return told + [f"the instance {one} has no history" for one in tables.tips if not tables.history[one]]


def tokens(tables: Tables) -> list[str]:
    """Conservation: in each instance the waits that are there are exactly those that its history leaves open."""
    told = []
    waits: dict[str, list[str]] = defaultdict(list)
    for row in tables.tasks:
        if row.state == "open":
            waits[row.instance_id].append(row.element_id)
    for row in [*tables.timers, *tables.jobs]:
        waits[row.instance_id].append(row.element_id)
    for instance_id, instance in tables.instances.items():
        first = bool(tables.lines(instance_id, "task_completed", "First"))
        second = bool(tables.lines(instance_id, "task_completed", "Second"))
        fired = {"Wait"} if tables.lines(instance_id, "timer_fired", "Wait") else set()
        gone = fired | {one for one in ("Count", "Effect") if tables.lines(instance_id, "job_done", one)}
        if not first:
            wanted = ["First"]
        elif gone != BRANCHES:
            wanted = sorted(BRANCHES - gone)
        else:
            wanted = [] if second else ["Second"]
        state = "completed" if second else "active"
        if sorted(waits[instance_id]) != wanted or instance.state != state or (instance.blob is None) != second:
            told.append(
                f"{instance_id} is {instance.state} and waits at {waits[instance_id]}, expected {state}, {wanted}"
            )
    return told


def rest(tables: Tables) -> list[str]:
    """All has come to rest: no job, no timer, no incident is left."""
    told = [f"the job {row.id} ({row.handler}) is left: {row.state}, {row.error}" for row in tables.jobs]
    told += [f"the timer {row.id} of {row.element_id} is left, due {row.due_at}" for row in tables.timers]
    return told + [f"an incident: {row.kind} {row.code} {row.message}" for row in tables.incidents]


def duties(tables: Tables) -> list[str]:
    """The daily duty: one process a working day, none without its date, no working day left out."""
    told = []
    started = [row for row in tables.dates if row.state == "started"]
    if {row.instance_id for row in started} != tables.duties or len(started) != len(tables.duties):
        told.append(f"{len(tables.duties)} duties run, but {len(started)} dates started one")
    told += [f"the duty of {row.day} is {row.state}: {row.note}" for row in tables.dates if row.state != "started"]
    return told


def _sha256(answers: dict[str, Any]) -> str:
    text_ = json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text_.encode()).hexdigest()


def _row_hash(row: Any) -> str:
    at = row.at if isinstance(row.at, datetime) else datetime.fromisoformat(row.at.replace("Z", "+00:00"))
    told = {
        key: getattr(row, key)
        for key in ("org_id", "instance_id", "seq", "business_key", "actor", "kind", "element_id", "name", "prev_hash")
    }
    told |= {"data": json.loads(row.data), "at": int(at.astimezone(UTC).timestamp())}
    text_ = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text_.encode()).hexdigest()
